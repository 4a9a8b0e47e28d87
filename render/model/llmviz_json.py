"""The JSON in which llm-viz (https://github.com/bbycroft/llm-viz) keeps a model.

One object with `config`, and with each tensor under its name: `shape`, `dtype` (such as `torch.float32`), and `data`,
which is the little-endian bytes in base64. Names and orientation are minGPT's.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from render.errors import UserError
from render.model.stored import StoredTensor, stored_floats


def read_llmviz_json(data: bytes, file: str) -> tuple[dict[str, StoredTensor], Mapping[str, Any]]:
    """The tensors and the config of a `file`'s bytes. Raises UserError for what is not such JSON, naming the tensor."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UserError(f"this is not JSON, or it is cut off: {error}") from error
    config = content.get("config") if isinstance(content, dict) else None
    if not isinstance(config, dict):
        raise UserError("this JSON is not a model as llm-viz keeps it: one object with 'config' and the tensors")
    return {name: _tensor(name, value, file) for name, value in content.items() if name != "config"}, config


def _tensor(name: str, value: Any, file: str) -> StoredTensor:
    if not isinstance(value, dict) or not {"shape", "dtype", "data"} <= value.keys():
        raise UserError(f"'{name}' is not a tensor: an object with 'shape', 'dtype' and 'data'")
    shape, dtype, data = value["shape"], value["dtype"], value["data"]
    if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
        raise UserError(f"the shape of '{name}' is not a list of sizes: {shape!r}")
    if not isinstance(dtype, str) or not isinstance(data, str):
        raise UserError(f"the 'dtype' and 'data' of '{name}' have to be text")
    try:
        raw = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UserError(f"the data of '{name}' is not base64: {error}") from error
    return stored_floats(name, file, dtype.removeprefix("torch."), tuple(shape), np.frombuffer(raw, np.uint8))
