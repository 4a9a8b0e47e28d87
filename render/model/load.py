"""Models by name or path."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from render.errors import UserError, nearest
from render.model.assemble import assemble
from render.model.built_in import BUILT_IN
from render.model.checkpoint import read_checkpoint, told_of
from render.model.model import Model
from render.model.stored import StoredTensor


def load_model(name_or_path: str) -> Model:
    """A built-in model, or a checkpoint: a file (.safetensors, .npz, .json, .gguf), or a folder as Hugging Face has it.

    Its weights stay in their files. Raises UserError, naming the file and the tensor, for what is not there or not a
    model, and for a built-in model whose weights are elsewhere, with the command that brings them.
    """
    if name_or_path in BUILT_IN:
        own = BUILT_IN[name_or_path]
        return own.blank() if own.is_blank else _load(own.name, own.weights())
    if not os.path.exists(name_or_path):  # which, unlike Path.exists, also takes what can be no path
        raise UserError(f"there is no model or file '{name_or_path}'{nearest(name_or_path, BUILT_IN)}")
    path = Path(name_or_path)
    return _load(path.resolve().name if path.is_dir() else path.stem, path)


def _load(name: str, path: Path) -> Model:
    checkpoint = read_checkpoint(path)
    with told_of(path):
        model = assemble(name, checkpoint)
    for weight in model.weights.values():
        if isinstance(weight, StoredTensor):
            weight.check_kind()
    return replace(model, tokenizer=model.tokenizer or checkpoint.tokenizer, fingerprint=checkpoint.fingerprint)
