"""What the cell shader reads: values as texels, cell by cell or as the means of blocks of cells.

Three channels: how far positive, how far negative (both 0 to 1, so that means keep each sign apart), and what there
is: 1 a value, 0.5 a cell hidden by the causal mask, 0 nothing (a token yet to come). As floats where single cells are
seen, in 8 bits where only means are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.layout import Box, Rect
from render.model import Readable, TensorSpec

VALUE, MASKED, NOTHING = 1.0, 0.5, 0.0

QUANTILE = 0.995
"""The magnitude that fills a cell is this quantile of the tensor's magnitudes: a few outliers do not dwarf the rest."""

SAMPLE = 2**18
"""Of a tensor with more values than that, rows at even distances stand for all."""

PIECE = 2**22
"""How many cells are read at a time."""


def magnitude(values: Readable) -> float:
    """The magnitude that is drawn as a full disc."""
    rows = -(-int(np.prod(values.shape)) // SAMPLE)
    sample = np.asarray(values[::rows] if rows > 1 else values)
    finite = np.abs(sample[np.isfinite(sample)]).astype(np.float64)
    if finite.size == 0 or finite.max() == 0:
        return 1.0
    return float(np.quantile(finite, QUANTILE)) or float(finite.max())


def texels(box: Box, spec: TensorSpec, values: Readable, scale: float) -> NDArray[np.float32]:
    """The face of `box` as (rows, columns, 3) texels; `values` may hold fewer tokens than the layout has places for."""
    face = np.full((box.height, box.width, 3), NOTHING, np.float32)
    ranges = [slice(start, min(stop, size)) for (start, stop), size in zip(box.ranges, values.shape, strict=True)]
    piece = np.asarray(values[tuple(ranges)])
    order = [axis.dim for axis in (box.rows, box.columns) if axis.dim is not None]
    rest = [dim for dim in range(piece.ndim) if dim not in order]
    piece = piece.transpose([*order, *rest])
    shape = [1 if axis.dim is None else piece.shape[order.index(axis.dim)] for axis in (box.rows, box.columns)]
    piece = piece.reshape(shape).astype(np.float32)
    filled = face[: shape[0], : shape[1]]
    filled[..., 2] = VALUE
    if spec.kind != "weight":  # a weight is a number everywhere
        masked = ~np.isfinite(piece)
        if spec.dims[-2:] == ("t", "s"):
            masked |= _future(box, piece.shape)
        piece = np.where(masked, np.float32(0), piece)
        filled[masked, 2] = MASKED
    level = np.clip(piece / np.float32(scale), -1.0, 1.0)
    np.maximum(level, 0, out=filled[..., 0])
    np.maximum(-level, 0, out=filled[..., 1])
    return face


def _future(box: Box, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Where the key comes after the query, on a face with queries and keys along its sides."""
    rows, columns = np.indices(shape)
    rows, columns = rows + box.rows.start, columns + box.columns.start
    keys, queries = (columns, rows) if box.sequence == "rows" else (rows, columns)
    return np.asarray(keys > queries)


def block_texels(
    box: Box, spec: TensorSpec, values: Readable, scale: float, block: tuple[int, int], window: Rect
) -> NDArray[np.float32]:
    """The means of `texels` over blocks of (columns, rows) cells, of a window of the face that begins on a block.

    Blocks at the face's end have the mean of the cells that there are. No more than `PIECE` cells are held at once.
    """
    rows = block[1]
    c0, r0, c1, r1 = (int(side) for side in window)
    step = max(1, PIECE // max(1, (c1 - c0) * rows)) * rows
    pieces = []
    for start in range(r0, r1, step):
        face = texels(box.piece((c0, start, c1, min(start + step, r1))), spec, values, scale)
        pieces.append(block_means(face, block))
    return np.concatenate(pieces)


def block_means(
    face: NDArray[Any], block: tuple[int, int], size: tuple[float, float] | None = None
) -> NDArray[np.float32]:
    """The means of a (rows, columns, ...) array over blocks of (columns, rows), the last ones over what there is.

    Where the array holds means already, `size` (columns, rows) says of how many blocks' parts the face consists:
    the last row and column then count for the fraction that lies inside.
    """
    columns, rows = block
    if (columns, rows) == (1, 1):
        return np.asarray(face, np.float32)
    height, width = face.shape[:2]
    across, down = size or (width, height)
    weights = [
        np.clip(count - np.arange(n), 0.0, 1.0).astype(np.float32) for count, n in ((down, height), (across, width))
    ]
    means = np.asarray(face, np.float32)
    for axis, (weight, step) in enumerate(zip(weights, (rows, columns), strict=True)):
        means = _means_along(axis, means, weight, step)
    return means


def _means_along(axis: int, values: NDArray[np.float32], weight: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """The weighted means of every `step` values along an axis."""
    shape = [1] * values.ndim
    shape[axis] = -1
    if weight[-1] < 1:
        values = values * weight.reshape(shape)
    short = -len(weight) % step
    if short:
        missing = (*values.shape[:axis], short, *values.shape[axis + 1 :])
        values = np.concatenate([values, np.zeros(missing, np.float32)], axis)
        weight = np.concatenate([weight, np.zeros(short, np.float32)])
    blocks = (*values.shape[:axis], -1, step, *values.shape[axis + 1 :])
    summed = values.reshape(blocks).sum(axis=axis + 1)
    return np.asarray(summed / weight.reshape(-1, step).sum(axis=1).reshape(shape), np.float32)
