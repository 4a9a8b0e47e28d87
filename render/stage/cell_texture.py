"""A box's values as a texture: what the cell shader reads.

Three float channels a cell: how far positive, how far negative (both 0 to 1, so that mipmaps keep the mean of each
sign apart), and what there is: 1 a value, 0.5 a cell hidden by the causal mask, 0 nothing (a token yet to come).
"""

from __future__ import annotations

import numpy as np
import pyvista as pv
import vtk
from numpy.typing import NDArray

from render.layout import Box
from render.model import Readable, TensorSpec

VALUE, MASKED, NOTHING = 1.0, 0.5, 0.0

QUANTILE = 0.995
"""The magnitude that fills a cell is this quantile of the tensor's magnitudes: a few outliers do not dwarf the rest."""


def magnitude(values: Readable) -> float:
    """The magnitude that is drawn as a full disc."""
    read = np.asarray(values)
    finite = np.abs(read[np.isfinite(read)]).astype(np.float64)
    if finite.size == 0 or finite.max() == 0:
        return 1.0
    return float(np.quantile(finite, QUANTILE)) or float(finite.max())


def texels(box: Box, spec: TensorSpec, values: Readable, scale: float) -> NDArray[np.float32]:
    """The face of `box` as (rows, columns, 3) texels; `values` may hold fewer tokens than the layout has places for."""
    face = np.full((box.height, box.width, 3), NOTHING, np.float32)
    ranges = [slice(start, min(stop, size)) for (start, stop), size in zip(box.ranges, values.shape, strict=True)]
    piece = values[tuple(ranges)]
    order = [axis.dim for axis in (box.rows, box.columns) if axis.dim is not None]
    rest = [dim for dim in range(piece.ndim) if dim not in order]
    piece = piece.transpose([*order, *rest])
    shape = [1 if axis.dim is None else piece.shape[order.index(axis.dim)] for axis in (box.rows, box.columns)]
    piece = piece.reshape(shape).astype(np.float32)
    masked = ~np.isfinite(piece)
    if spec.dims[-2:] == ("t", "s"):
        masked |= _future(box, piece.shape)
    level = np.clip(np.where(masked, 0.0, piece) / scale, -1.0, 1.0)
    filled = face[: shape[0], : shape[1]]
    filled[..., 0] = np.maximum(level, 0)
    filled[..., 1] = np.maximum(-level, 0)
    filled[..., 2] = np.where(masked, MASKED, VALUE)
    return face


def _future(box: Box, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Where the key comes after the query, on a face with queries and keys along its sides."""
    rows, columns = np.indices(shape)
    rows, columns = rows + box.rows.start, columns + box.columns.start
    keys, queries = (columns, rows) if box.sequence == "rows" else (rows, columns)
    return np.asarray(keys > queries)


class CellTexture:
    """A texture on the card that is filled again when the values change, and only then."""

    def __init__(self, box: Box) -> None:
        # An image one cell wide is taken for a row, so every side has at least two.
        self.size = (max(box.width, 2), max(box.height, 2))
        self._image = vtk.vtkImageData()
        self._image.SetDimensions(*self.size, 1)
        self._held: NDArray[np.float32] | None = None
        self.texture = vtk.vtkTexture()
        self.texture.SetInputData(self._image)
        self.texture.SetColorModeToDirectScalars()
        self.texture.InterpolateOn()
        self.texture.MipmapOn()
        self.texture.RepeatOff()
        self.texture.EdgeClampOn()

    def fill(self, face: NDArray[np.float32]) -> None:
        """Put (rows, columns, 3) texels on the card."""
        if self._held is not None and np.array_equal(face, self._held):
            return
        width, height = self.size
        padded = np.pad(face, ((0, height - face.shape[0]), (0, width - face.shape[1]), (0, 0)), mode="edge")
        self._held = face
        self._image.GetPointData().SetScalars(pv.convert_array(np.ascontiguousarray(padded.reshape(-1, 3)), deep=True))
        self._image.Modified()
