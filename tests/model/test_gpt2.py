"""The forward pass against Hugging Face transformers, whose activations scripts/make_reference.py stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from render.errors import UserError
from render.model import GPT2Config, load_model

REFERENCE = Path(__file__).parent / "reference"
NAMES = sorted(path.stem for path in REFERENCE.glob("*.safetensors") if not path.stem.endswith(".activations"))


@pytest.mark.parametrize("name", NAMES)
def test_every_intermediate_is_what_transformers_computes(name: str) -> None:
    reference = load_file(REFERENCE / f"{name}.activations.safetensors")
    model = load_model(str(REFERENCE / f"{name}.safetensors"))
    trace = model.trace(reference.pop("tokens").tolist())
    for tensor, values in reference.items():
        assert trace[tensor].dtype == np.float32
        np.testing.assert_allclose(trace[tensor], values, rtol=0, atol=1e-5, err_msg=tensor)


def test_the_reference_covers_what_both_have() -> None:
    reference = load_file(REFERENCE / "untied.activations.safetensors")
    model = load_model(str(REFERENCE / "untied.safetensors"))
    ours = {name for name, spec in model.graph(len(reference["tokens"])).items() if spec.kind != "weight"}
    only_ours = {name.split(".")[-1] for name in ours - reference.keys()}
    assert only_ours == {"mean", "std", "att", "att_max", "att_sum", "logits_max", "logits_sum"}
    assert reference.keys() <= ours


def test_the_reference_has_tied_and_untied_heads_and_another_eps() -> None:
    configs = [load_model(str(REFERENCE / f"{name}.safetensors")).config for name in NAMES]
    assert {config.tied for config in configs if isinstance(config, GPT2Config)} == {True, False}
    assert {config.eps for config in configs if isinstance(config, GPT2Config)} == {1e-5, 1e-2}


def test_heads_must_share_the_channels_evenly() -> None:
    with pytest.raises(UserError, match="n_embd=10 channels cannot be shared evenly among n_head=3"):
        GPT2Config(n_layer=1, n_head=3, n_embd=10, vocab_size=3, block_size=4)


@pytest.mark.parametrize("size", ["n_layer", "n_head", "n_embd", "vocab_size", "block_size"])
def test_sizes_are_positive(size: str) -> None:
    config = GPT2Config(n_layer=1, n_head=1, n_embd=4, vocab_size=3, block_size=4)
    with pytest.raises(UserError, match=f"{size} must be 1 or more, not 0"):
        replace(config, **{size: 0})  # type: ignore[arg-type]
