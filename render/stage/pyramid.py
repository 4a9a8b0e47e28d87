"""Coarse levels of a model's large matrices, made once by reading all of it, and kept on disk from run to run.

For every weight matrix of more than `LARGE` values: the means of its positives and of its negatives over blocks of
4 x 4 values, in 8 bits, 1 being the magnitude that fills a cell. That is an eighth of a byte for each weight. What is
coarser is made of them, what is finer is read from the weights themselves, of which then little is in view.

The file is a safetensors one, named by the model's fingerprint, and appears whole or not at all. Whoever finds it
damaged makes it again; several processes may do so at once, and the last one's stays.
"""

from __future__ import annotations

import json
import math
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from render.cache import Cache
from render.errors import MachineError
from render.model import Model, Readable
from render.stage.cells import magnitude

LARGE = 2**16
"""Smaller tensors are read as they are."""

BLOCK = 2
"""log2 of how many rows and columns a mean is over."""

KIND = "levels"
"""The folder of the cache that the files lie in."""

VERSION = 1
"""Another one whenever the same weights give another file."""

PIECE = 2**20
"""How many values of a weight are read at a time."""

Report = Callable[[int, int], None]
"""Called with the millions of values read, and those there are."""

Level = NDArray[np.uint8]


class Pyramid:
    """The means of one model's large matrices by name: of a part of each, and the magnitude that they are shares of."""

    def __init__(self, scales: Mapping[str, float], read: Callable[[str, slice, slice], Level]) -> None:
        self.scales = scales
        self._read = read

    def __contains__(self, name: str) -> bool:
        return name in self.scales

    def read(self, name: str, rows: slice, columns: slice) -> Level:
        """The means of blocks of a matrix, (rows, columns, 2): of its positives and its negatives, 255 being 1."""
        return self._read(name, rows, columns)


def pyramid_of(model: Model) -> Pyramid:
    """The one on disk if it is there and whole, or else one in memory."""
    kept = _open(Cache.usual().path(KIND, _name(model)))
    if kept is not None:
        return kept
    levels, scales = _made(model)
    return Pyramid(scales, lambda name, rows, columns: levels[name][rows, columns])


def keep_pyramid(model: Model, cache: Cache, report: Report | None = None) -> None:
    """See to it that the pyramid is in the cache, for this process, its workers and the next runs.

    Raises MachineError where there is not enough memory or disk for it; nothing is left behind then. A model without
    large matrices has none.
    """
    if not _large(model) or _open(cache.path(KIND, _name(model))) is not None:
        return
    try:
        levels, scales = _made(model, report)
        about = {"scales": scales, "crc32": _checksum(levels[name] for name in sorted(levels))}
        # One entry: of several, their order in the file would be by chance.
        data = save(levels, {"about": json.dumps(about)})
    except MemoryError:
        raise MachineError(f"there is not enough memory for the coarse levels of '{model.name}'") from None
    with cache.writing(KIND, _name(model)) as part:
        part.write_bytes(data)


def _name(model: Model) -> str:
    return f"{model.fingerprint}-{VERSION}.safetensors"


def _open(path: Path) -> Pyramid | None:
    """What is in a file; None if it is not there, or not as it was written."""
    if not path.exists():
        return None
    try:
        file: Any = safe_open(path, framework="numpy")
        about = json.loads(file.metadata()["about"])
        scales = about["scales"]
        if set(scales) != set(file.keys()):
            return None
        if about["crc32"] != _checksum(file.get_tensor(name) for name in sorted(scales)):
            return None
        Cache.touch(path)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError):
        return None
    return Pyramid(scales, lambda name, rows, columns: np.asarray(file.get_slice(name)[rows, columns]))


def _checksum(levels: Iterator[Level]) -> int:
    checksum = 0
    for level in levels:
        checksum = zlib.crc32(level.data, checksum)
    return checksum


def _large(model: Model) -> dict[str, Readable]:
    return {
        name: weight
        for name, weight in model.weights.items()
        if len(weight.shape) == 2 and math.prod(weight.shape) > LARGE
    }


def _made(model: Model, report: Report | None = None) -> tuple[dict[str, Level], dict[str, float]]:
    """The means and the magnitude of every large matrix, several of them at once."""
    weights = _large(model)
    total, done = sum(math.prod(weight.shape) for weight in weights.values()), 0
    levels, scales = {}, {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, (level, scale) in zip(weights, pool.map(_level, weights.values()), strict=True):
            levels[name], scales[name] = level, scale
            done += math.prod(weights[name].shape)
            if report:
                report(round(done / 1e6), round(total / 1e6))
    return levels, scales


def _level(weight: Readable) -> tuple[Level, float]:
    """The means over blocks of a matrix that is read some rows at a time, and its magnitude."""
    height, width = weight.shape
    side = 2**BLOCK
    scale = magnitude(weight)
    level = np.empty((-(-height // side), -(-width // side), 2), np.uint8)
    step = max(1, PIECE // (width * side)) * side
    for start in range(0, height, step):
        rows = np.asarray(weight[start : start + step], np.float32)
        signed = np.clip(rows * np.float32(1 / scale), -1, 1)
        positive, net = (_sums(values, side) for values in (np.maximum(signed, 0), signed))
        counts = np.outer(_counts(len(rows), side), _counts(width, side))
        means = np.stack([positive, positive - net], axis=2) / counts[..., None]
        level[start // side : start // side + len(means)] = np.rint(255 * np.clip(means, 0, 1))
    return level, scale


def _sums(values: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """The sums over blocks of side x side values, at the ends over what there is."""
    height, width = values.shape
    if height % side or width % side:
        values = np.pad(values, ((0, -height % side), (0, -width % side)))
    down = values.reshape(-1, side, values.shape[1]).sum(axis=1)
    return np.asarray(sum(down[:, i::side] for i in range(side)))


def _counts(length: int, side: int) -> NDArray[np.float32]:
    """How many of `length` values lie in each block along a side."""
    counts = np.full(-(-length // side), side, np.float32)
    counts[-1] = length - side * (len(counts) - 1)
    return counts
