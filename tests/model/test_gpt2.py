"""The sizes that a GPT-2 can have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from render.errors import UserError
from render.model import GPT2Config


def test_heads_must_share_the_channels_evenly() -> None:
    with pytest.raises(UserError, match="n_embd=10 channels cannot be shared evenly among n_head=3"):
        GPT2Config(n_layer=1, n_head=3, n_embd=10, vocab_size=3, block_size=4)


@pytest.mark.parametrize("size", ["n_layer", "n_head", "n_embd", "vocab_size", "block_size"])
def test_sizes_are_positive(size: str) -> None:
    config = GPT2Config(n_layer=1, n_head=1, n_embd=4, vocab_size=3, block_size=4)
    with pytest.raises(UserError, match=f"{size} must be 1 or more, not 0"):
        replace(config, **{size: 0})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("config", "n_params"),
    [
        (GPT2Config(n_layer=3, n_head=3, n_embd=48, vocab_size=3, block_size=11), 85_584),
        (GPT2Config(n_layer=12, n_head=12, n_embd=768, vocab_size=50257, block_size=1024, tied=True), 124_439_808),
        (GPT2Config(n_layer=48, n_head=25, n_embd=1600, vocab_size=50257, block_size=1024, tied=True), 1_557_611_200),
        (GPT2Config(n_layer=96, n_head=96, n_embd=12288, vocab_size=50257, block_size=2048), 174_604_259_328),
    ],
)
def test_parameters_are_counted_without_weights_and_without_the_head(config: GPT2Config, n_params: int) -> None:
    assert config.n_params == n_params
