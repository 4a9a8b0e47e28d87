"""A tensor as a file holds it, read when its numbers are needed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.errors import UserError
from render.model.architecture import Array, FloatArray
from render.model.readable import Readable

BLOCK = 1 << 22
"""About how many numbers are read at once where all are looked at but none is kept."""

Decode = Callable[[Array], FloatArray]
"""Makes float32 of rows as they are stored, (rows, ...) to (rows, columns)."""


def _widened(upper: Array) -> FloatArray:
    """bfloat16, the upper half of a float32."""
    widened: FloatArray = (upper.astype(np.uint32) << 16).view(np.float32)
    return widened


def _rounded(values: Array) -> FloatArray:
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is told when it is read
        rounded: FloatArray = values.astype(np.float32, copy=False)
    return rounded


FLOATS: dict[str, tuple[str, Decode]] = {
    "float32": ("<f4", _rounded),
    "float16": ("<f2", _rounded),
    "bfloat16": ("<u2", _widened),
    "float64": ("<f8", _rounded),
}
"""The types of which every number stands by itself: how numpy reads their bytes, and what makes float32 of them."""


class StoredTensor:
    """A tensor in a file: float32 to whoever reads it, whatever the file keeps.

    Nothing is read before it is indexed, and then only the rows that are asked for; nothing that was read is kept. What
    is read is finite: UserError, naming the file, the tensor and the first place, is raised where it is not.

    name:   what its file calls it
    file:   the path of that file
    shape:  rows first
    data:   its rows as they are stored, such as a memory-mapped array (rows, bytes in a row)
    decode: makes float32 of some of these rows; where nothing here can, words that say why
    """

    def __init__(
        self,
        name: str,
        file: str,
        shape: tuple[int, ...],
        data: Array,
        decode: Decode | str,
        order: NDArray[np.intp] | None = None,
        is_turned: bool = False,
    ) -> None:
        self.name = name
        self.file = file
        self._stored_shape = shape
        self._data = data
        self._decode = decode
        self._order = order
        self._is_turned = is_turned
        self._is_sound = False

    @property
    def shape(self) -> tuple[int, ...]:
        return self._stored_shape[::-1] if self._is_turned else self._stored_shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.float32)

    def turned(self) -> StoredTensor:
        """The same matrix with rows for columns. Raises UserError when it is none."""
        if len(self.shape) != 2:
            raise self._flaw(f"has the shape {list(self.shape)}; expected a matrix")
        return self._viewed(self._order, not self._is_turned)

    def rows(self, order: NDArray[np.intp]) -> StoredTensor:
        """The same rows in another order: row i is what row `order[i]` was. It is for what is not turned."""
        assert not self._is_turned and len(order) == self.shape[0]
        return self._viewed(order if self._order is None else self._order[order], self._is_turned)

    def _viewed(self, order: NDArray[np.intp] | None, is_turned: bool) -> StoredTensor:
        return StoredTensor(self.name, self.file, self._stored_shape, self._data, self._decode, order, is_turned)

    @property
    def digest(self) -> bytes:
        """A hash of what the file holds of it and of how that is read. Nothing is decoded for it."""
        decode = self._decode.args if isinstance(self._decode, partial) else getattr(self._decode, "__name__", "")
        told = (self._stored_shape, self._is_turned, self._data.dtype.str, self._data.shape, decode)
        made = blake2b(repr(told).encode(), digest_size=16)
        if self._order is not None:
            made.update(self._order.tobytes())
        rows = max(1, BLOCK // max(1, math.prod(self._data.shape[1:])))
        for start in range(0, len(self._data), rows):
            made.update(np.ascontiguousarray(self._data[start : start + rows]).data)
        return made.digest()

    def check_kind(self) -> None:
        """Raises UserError, naming what is supported, for a type that nothing here can read."""
        if isinstance(self._decode, str):
            raise UserError(f"{self.file}: {self._decode}")

    def check_numbers(self) -> None:
        """Read what has not been read yet, block by block. Raises UserError where a number is not finite."""
        if not self._is_sound:
            for _ in self._blocks():
                pass
            self._is_sound = True

    def __getitem__(self, index: Any, /) -> Any:
        indices = _spelled_out(index, len(self.shape))
        if indices is None or len(self.shape) < 2:
            return np.asarray(self)[index]
        axis = 1 if self._is_turned else 0
        wanted, indices[axis] = _rows(indices[axis], self.shape[axis])
        block = self._read(wanted)
        return (block.T if self._is_turned else block)[tuple(indices)]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        values = self._read(slice(None))
        self._is_sound = True
        return np.array(values.T if self._is_turned else values, dtype, copy=copy)

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same numbers. They are read as far as they are alike."""
        if not isinstance(other, StoredTensor):
            return NotImplemented
        if self is other:
            return True
        if self.shape != other.shape or self._is_turned != other._is_turned:
            return False
        return all(map(np.array_equal, self._blocks(), other._blocks()))

    __hash__ = object.__hash__

    def _blocks(self) -> Iterator[FloatArray]:
        """All rows, some at a time; all at once where each is one number."""
        if len(self._stored_shape) < 2:
            return iter([self._read(slice(None))])
        n_rows = self._stored_shape[0]
        step = max(1, BLOCK // max(1, math.prod(self._stored_shape[1:])))
        return (self._read(slice(start, start + step)) for start in range(0, n_rows, step))

    def _read(self, wanted: slice | NDArray[np.intp]) -> FloatArray:
        """Some rows, as they are stored, checked."""
        rows = wanted if self._order is None else self._order[wanted]
        if len(self._stored_shape) < 2:  # these are stored as one
            values = self._decoded(self._data).reshape(self._stored_shape)
            values = values if self._order is None else values[rows]
        else:
            found = self._data[rows]
            values = self._decoded(found).reshape(len(found), *self._stored_shape[1:])
        if not self._is_sound and not _is_finite(values):
            raise self._not_finite()
        return values

    def _decoded(self, rows: Array) -> FloatArray:
        self.check_kind()
        assert not isinstance(self._decode, str)
        return self._decode(rows)

    def _not_finite(self) -> UserError:
        """What is wrong with all of it, once some of it is known to be."""
        values = self._decoded(self._data).reshape(self._stored_shape)
        wrong = np.argwhere(~np.isfinite(values))
        place = ", ".join(str(i) for i in wrong[0])
        first = values[tuple(wrong[0])]
        return self._flaw(
            f"has {len(wrong)} of {values.size} values that are not finite, the first is {first} at [{place}]"
        )

    def _flaw(self, message: str) -> UserError:
        return UserError(f"{self.file}: '{self.name}' {message}")


def stored_floats(name: str, file: str, kind: str, shape: tuple[int, ...], raw: NDArray[np.uint8]) -> StoredTensor:
    """A tensor of one of `FLOATS`, or of a `kind` that is not supported, from its bytes, last dimension fastest.

    Raises UserError for bytes too few or many.
    """
    if kind not in FLOATS:
        return StoredTensor(name, file, shape, raw, not_supported(name, kind, FLOATS))
    number, decode = FLOATS[kind]
    needed = math.prod(shape) * np.dtype(number).itemsize
    if raw.size != needed:
        raise UserError(f"{file}: '{name}' should have {needed} bytes and has {raw.size}")
    return StoredTensor(name, file, shape, raw.view(number).reshape(shape), decode)


def not_supported(name: str, kind: str, kinds: Iterable[str]) -> str:
    """What to say of a tensor of a `kind` that is none of `kinds`."""
    return f"the type {kind} of '{name}' is not supported: there are {', '.join(kinds)}"


def check_numbers(weights: Iterable[Readable]) -> None:
    """All that files hold of `weights` is finite. Raises UserError where it is not; what was read before is known."""
    for weight in weights:
        if isinstance(weight, StoredTensor):
            weight.check_numbers()


def _is_finite(values: FloatArray) -> bool:
    """Whether all are; a sum tells faster, unless it is too large itself."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(values.sum()) or np.isfinite(values).all())


def _spelled_out(index: Any, n_dims: int) -> list[Any] | None:
    """One index a dimension; None where that cannot be said, as of masks and new dimensions."""
    parts = list(index) if isinstance(index, tuple) else [index]
    if not all(part is Ellipsis or isinstance(part, slice) or _is_whole(part) for part in parts):
        return None
    gaps = [i for i, part in enumerate(parts) if part is Ellipsis]
    missing = n_dims - len(parts) + len(gaps)
    if len(gaps) > 1 or missing < 0:
        return None
    at = gaps[0] if gaps else len(parts)
    return [*parts[:at], *[slice(None)] * missing, *parts[at + len(gaps) :]]


def _is_whole(part: Any) -> bool:
    return np.issubdtype(np.asarray(part).dtype, np.integer)


def _rows(part: Any, n_rows: int) -> tuple[slice | NDArray[np.intp], Any]:
    """Which rows an index asks for, each once, and what it is among those."""
    if isinstance(part, slice):
        return part, slice(None)
    positions = np.asarray(part)
    if positions.size and not (-n_rows <= positions.min() and positions.max() < n_rows):
        raise IndexError(f"an index is out of bounds for {n_rows} rows")
    wanted, among = np.unique(positions % n_rows, return_inverse=True)
    return wanted.astype(np.intp), among.reshape(positions.shape)[()]
