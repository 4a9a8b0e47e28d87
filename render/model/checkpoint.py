"""Checkpoint files: the tensors in them, and what they say of the model.

Read are safetensors, npz and the JSON of llm-viz. Pickles are not, because a pickle can run any code when it is loaded.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, deserialize

from render.errors import UserError
from render.model.llmviz_json import read_llmviz_json
from render.model.stored import StoredTensor

SUFFIXES = (".safetensors", ".npz", ".json")
PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle")

_Content = tuple[dict[str, StoredTensor], Mapping[str, Any]]


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds: its tensors under its own names, and what it says of the model (`n_head` and so on)."""

    tensors: Mapping[str, StoredTensor]
    config: Mapping[str, Any]


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint file. What it does not say of the model may stand in a `config.json` beside it.

    Raises UserError for a file that is missing, damaged, a pickle, or of no kind that is read.
    """
    if path.suffix in PICKLES:
        raise UserError(
            "this is a pickle, which can run any code when it is loaded, so it is not read; convert it where you trust "
            "it: safetensors.torch.save_file(model.state_dict(), 'model.safetensors')"
        )
    if path.suffix not in SUFFIXES:
        raise UserError(f"a checkpoint ends in {', '.join(SUFFIXES)}, not '{path.suffix}'")
    data = _read(path)
    if path.suffix == ".json":
        tensors, config = read_llmviz_json(data)
        return Checkpoint(tensors, config)
    tensors, config = _read_safetensors(data) if path.suffix == ".safetensors" else _read_npz(data)
    beside = path.with_name("config.json")
    if beside.exists():
        config = {**_json_object(_read(beside), "the config.json beside it"), **config}
    return Checkpoint(tensors, config)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path.name} cannot be read: {error.strerror}") from error


def _read_safetensors(data: bytes) -> _Content:
    """A length, a JSON header with types, shapes and metadata, and the bytes (https://github.com/huggingface/safetensors)."""
    try:
        stored = deserialize(data)  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise UserError(f"this is not safetensors, or it is cut off: {error}") from error
    names = {"F32": "float32", "F16": "float16", "BF16": "bfloat16", "F64": "float64"}
    tensors = {
        name: StoredTensor(names.get(info["dtype"], info["dtype"]), tuple(info["shape"]), bytes(info["data"]))
        for name, info in stored
    }
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return tensors, _config(header.get("__metadata__", {}))


def _read_npz(data: bytes) -> _Content:
    """An archive of numpy arrays. Arrays of text, such as `config`, are what it says of the model."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise UserError(f"this is not npz, or it is cut off: {error}") from error
    texts = {name: str(array) for name, array in arrays.items() if array.dtype.kind == "U"}
    tensors = {
        name: StoredTensor(array.dtype.name, array.shape, array.astype(array.dtype.newbyteorder("<")).tobytes())
        for name, array in arrays.items()
        if name not in texts
    }
    return tensors, _config(texts)


def _config(metadata: Mapping[str, str]) -> Mapping[str, Any]:
    """Metadata is text only: what does not fit in there stands as JSON under `config`."""
    if "config" not in metadata:
        return metadata
    return {**metadata, **_json_object(metadata["config"], "its 'config'")}


def _json_object(text: str | bytes, what: str) -> Mapping[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{what} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise UserError(f"{what} is not a JSON object")
    return content
