"""Safetensors: a length, a JSON header with types, shapes and metadata, and the bytes of all tensors.

https://github.com/huggingface/safetensors says the format; its package checks a file before anything here trusts it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from render.errors import UserError
from render.model.readable import Readable
from render.model.stored import StoredTensor, stored_floats

_WRITTEN = {"float32": "F32", "int64": "I64"}
_KINDS = {"F32": "float32", "F16": "float16", "BF16": "bfloat16", "F64": "float64"}


def read_safetensors(path: Path) -> tuple[dict[str, StoredTensor], Mapping[str, str]]:
    """The tensors of a file, which stay in it, and its metadata. Raises UserError for what is no such file."""
    try:
        with safe_open(path, framework="numpy"):
            pass
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length))
    except (SafetensorError, ValueError) as error:
        raise UserError(f"this is not safetensors, or it is cut off: {error}") from error
    data = np.asarray(np.memmap(path, np.uint8, "r"))[8 + length :]
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, said in header.items():
        start, stop = said["data_offsets"]
        kind, shape = said["dtype"], tuple(said["shape"])
        tensors[name] = stored_floats(name, str(path), _KINDS.get(kind, kind), shape, data[start:stop])
    return tensors, metadata


def write_safetensors(path: Path, tensors: Mapping[str, Readable]) -> None:
    """Write float32 and int64 tensors, of which only one is in memory at a time. Raises OSError."""
    header: dict[str, Any] = {}
    stop = 0
    for name, tensor in tensors.items():
        start, stop = stop, stop + math.prod(tensor.shape) * tensor.dtype.itemsize
        kind = _WRITTEN[tensor.dtype.name]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [start, stop]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # the bytes of the tensors begin at a multiple of 8
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in tensors.values():
            file.write(np.ascontiguousarray(tensor, tensor.dtype.newbyteorder("<")).data)
