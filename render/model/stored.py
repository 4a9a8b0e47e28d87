"""A tensor as a file holds it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from render.errors import UserError
from render.model.architecture import Array, FloatArray

FLOATS = ("float32", "float16", "bfloat16", "float64")


@dataclass(frozen=True)
class StoredTensor:
    """The name of its type (`float32`), its shape, and its values as little-endian bytes, last dimension fastest."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    def float32(self, name: str) -> FloatArray:
        """The values. Raises UserError, with the `name`, for other types, bytes too few or many, NaN and infinity."""
        if self.dtype not in FLOATS:
            raise UserError(f"the type {self.dtype} of '{name}' is not supported: there are {', '.join(FLOATS)}")
        width = 2 if self.dtype.endswith("16") else np.dtype(self.dtype).itemsize
        if len(self.data) != math.prod(self.shape) * width:
            raise UserError(f"'{name}' should have {math.prod(self.shape) * width} bytes and has {len(self.data)}")
        if self.dtype == "bfloat16":  # the upper half of a float32
            values = (np.frombuffer(self.data, "<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            with np.errstate(over="ignore"):  # what is too large becomes infinite, and is told below
                values = np.frombuffer(self.data, np.dtype(self.dtype).newbyteorder("<")).astype(np.float32)
        values = values.reshape(self.shape)
        wrong = np.argwhere(~np.isfinite(values))
        if len(wrong):
            place = ", ".join(str(i) for i in wrong[0])
            raise UserError(
                f"'{name}' has {len(wrong)} of {values.size} values that are not finite, "
                f"the first is {values[tuple(wrong[0])]} at [{place}]"
            )
        return values

    def turned(self) -> StoredTensor:
        """A matrix with its rows for columns."""
        return self._ordered(np.transpose)

    def rows(self, order: Array) -> StoredTensor:
        """The same with the row `order[i]` as row i."""
        return self._ordered(lambda raw: raw[order])

    def _ordered(self, change: Callable[[Array], Array]) -> StoredTensor:
        """The same with its cells, whatever they are, in another order."""
        places = change(np.arange(math.prod(self.shape)).reshape(self.shape))
        width = len(self.data) // max(places.size, 1)
        if width == 0 or width * places.size != len(self.data):
            return StoredTensor(self.dtype, places.shape, self.data)  # what is wrong with it, `float32` says
        return StoredTensor(self.dtype, places.shape, np.frombuffer(self.data, f"V{width}")[places].tobytes())
