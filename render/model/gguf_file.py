"""GGUF: metadata, the names, shapes and types of all tensors, and their bytes, which may be quantised.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. The package `gguf` knows the types and makes
numbers of their bytes. The header is read here, because that package takes seconds for a vocabulary of 50 thousand.
"""

from __future__ import annotations

import math
import struct
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from render.errors import UserError
from render.model.architecture import Array, FloatArray
from render.model.extras import needs_extra
from render.model.stored import StoredTensor, not_supported, stored_floats

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_FLOATS = {"F32": "float32", "F16": "float16", "BF16": "bfloat16", "F64": "float64"}
_MOST_DIMS = 4


class _Entry(NamedTuple):
    """What the header says of one tensor; `shape` with the rows first, `start` from the beginning of the data."""

    name: str
    shape: tuple[int, ...]
    kind: int
    start: int


def read_gguf(path: Path) -> tuple[dict[str, StoredTensor], dict[str, Any]]:
    """The tensors of a file, which stay in it, and its metadata by key.

    Raises UserError for what is no such file, for one that is cut off, and where the package `gguf` is not installed.
    """
    with needs_extra("gguf", "GGUF is read"):
        import gguf  # noqa: F401
    if path.stat().st_size == 0:
        raise UserError("this is not GGUF, or it is cut off: it is empty")
    data: NDArray[np.uint8] = np.asarray(np.memmap(path, np.uint8, "r"))
    try:
        metadata, entries, start = _Header(data).read()
    except (struct.error, ValueError) as error:
        raise UserError(f"this is not GGUF, or it is cut off: {error}") from error
    parts = metadata.get("split.count", 1)
    if parts != 1:
        raise UserError(f"this is one of {parts} parts of a model; join them with llama-gguf-split --merge")
    tensors = {entry.name: _tensor(entry, str(path), data[start:]) for entry in entries}
    if len(tensors) < len(entries):
        raise UserError("two of its tensors have the same name")
    return tensors, metadata


def _tensor(entry: _Entry, file: str, data: NDArray[np.uint8]) -> StoredTensor:
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    try:
        kind = GGMLQuantizationType(entry.kind)
    except ValueError:
        return StoredTensor(entry.name, file, entry.shape, data, _unknown(entry.name, f"number {entry.kind}"))
    numbers, size = GGML_QUANT_SIZES[kind]
    columns = entry.shape[-1] if entry.shape else 1
    if columns % numbers:
        raise UserError(f"a row of '{entry.name}' has {columns} numbers, and {kind.name} keeps them by {numbers}")
    length = math.prod(entry.shape) // numbers * size
    raw = data[entry.start : entry.start + length]
    if raw.size != length:
        raise UserError(f"it is cut off: '{entry.name}' should have {length} bytes and has {raw.size}")
    if kind.name in _FLOATS:
        return stored_floats(entry.name, file, _FLOATS[kind.name], entry.shape, raw)
    if not _is_readable(kind):
        return StoredTensor(entry.name, file, entry.shape, raw, _unknown(entry.name, kind.name))
    rows = raw.reshape(*entry.shape[:-1], columns // numbers * size)
    return StoredTensor(entry.name, file, entry.shape, rows, partial(_dequantised, kind))


def _dequantised(kind: Any, rows: Array) -> FloatArray:
    """The numbers that quantised rows stand for, as the package `gguf` computes them, which follows ggml."""
    from gguf.quants import dequantize

    with np.errstate(all="ignore"):  # what is not finite is told when it is read
        values: FloatArray = dequantize(rows, kind)
    return values


@cache
def _is_readable(kind: Any) -> bool:
    """Whether the package can make numbers of a type: tried on one block of it."""
    from gguf import GGML_QUANT_SIZES

    try:
        _dequantised(kind, np.zeros((1, GGML_QUANT_SIZES[kind][1]), np.uint8))
    except NotImplementedError:
        return False
    return True


def _unknown(name: str, kind: str) -> str:
    from gguf import GGMLQuantizationType

    kinds = [known.name for known in GGMLQuantizationType if known.name in _FLOATS or _is_readable(known)]
    return not_supported(name, kind, kinds)


class _Header:
    """Reads the header from its beginning. Whatever is not so raises ValueError or struct.error."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self.data = data.data
        self.at = 0

    def read(self) -> tuple[dict[str, Any], list[_Entry], int]:
        """The metadata, what is said of the tensors, and where their bytes begin."""
        if bytes(self._taken(4)) != b"GGUF":
            raise ValueError("it does not begin with GGUF")
        version = self._number("I")
        if version not in (2, 3):
            raise ValueError(f"it is of version {version}, and versions 2 and 3 are read")
        n_tensors, n_keys = self._number("Q"), self._number("Q")
        metadata: dict[str, Any] = {}
        for _ in range(n_keys):
            key = self._string()
            metadata[key] = self._value(self._number("I"))
        entries = [self._entry() for _ in range(n_tensors)]
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or alignment < 1:
            raise ValueError(f"its alignment is {alignment}")
        return metadata, entries, -(-self.at // alignment) * alignment

    def _entry(self) -> _Entry:
        name = self._string()
        n_dims = self._number("I")
        if n_dims > _MOST_DIMS:
            raise ValueError(f"'{name}' has {n_dims} dimensions")
        shape = tuple(self._number("Q") for _ in range(n_dims))[::-1]  # it has the columns first
        return _Entry(name, shape, self._number("I"), self._number("Q"))

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            kind, length = self._number("I"), self._number("Q")
            if kind == _STRING:
                return [self._string() for _ in range(length)]
            return np.frombuffer(self._taken(length * struct.calcsize(_scalar(kind))), f"<{_scalar(kind)}").tolist()
        return self._number(_scalar(kind))

    def _string(self) -> str:
        return bytes(self._taken(self._number("Q"))).decode()

    def _number(self, code: str) -> Any:
        (number,) = struct.unpack_from(f"<{code}", self.data, self.at)
        self.at += struct.calcsize(f"<{code}")
        return number

    def _taken(self, length: int) -> memoryview:
        if length > len(self.data) - self.at:
            raise ValueError("it ends too early")
        self.at += length
        return self.data[self.at - length : self.at]


def _scalar(kind: int) -> str:
    if kind not in _SCALARS:
        raise ValueError(f"there is no type of metadata {kind}")
    return _SCALARS[kind]
