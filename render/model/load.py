"""Models by name or path."""

from __future__ import annotations

import os
from pathlib import Path

from render.errors import UserError, nearest
from render.model.assemble import assemble
from render.model.checkpoint import read_checkpoint
from render.model.model import Model

_ASSETS = Path(__file__).parent.parent / "assets"
BUILT_IN = {"nano-sort": _ASSETS / "nano-sort.safetensors"}
"""The models that come with the package."""


def load_model(name_or_path: str) -> Model:
    """A built-in model, a checkpoint file (.safetensors, .npz, .json), or a folder with a `model.safetensors`.

    Raises UserError, naming the file and the tensor, for what is not there or not a model.
    """
    if name_or_path in BUILT_IN:
        return _load(name_or_path, BUILT_IN[name_or_path])
    if not os.path.exists(name_or_path):  # which, unlike Path.exists, also takes what can be no path
        raise UserError(f"there is no model or file '{name_or_path}'{nearest(name_or_path, BUILT_IN)}")
    path = Path(name_or_path)
    if path.is_dir():
        return _load(path.resolve().name, path / "model.safetensors")
    return _load(path.stem, path)


def _load(name: str, path: Path) -> Model:
    try:
        return assemble(name, read_checkpoint(path))
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
