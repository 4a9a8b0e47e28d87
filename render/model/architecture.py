"""What a model is made of, seen from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from render.model.graph import Graph
from render.model.readable import Readable

Array = NDArray[Any]
FloatArray = NDArray[np.float32]


class Architecture(Protocol):
    """The configuration of a model: it knows its graph and its forward pass.

    The graph and the pass name the same tensors. `logits` (t, v) are what a model predicts the next token from.
    `render.model.decoder.Decoder` is what all decoders are.
    """

    @property
    def vocab_size(self) -> int:
        """How many tokens it knows."""

    @property
    def block_size(self) -> int:
        """How many tokens it can look at together."""

    @property
    def n_params(self) -> int:
        """How many trained numbers it has, with weights or without."""

    @property
    def figures(self) -> Mapping[str, int]:
        """Its sizes by name, as a template can name them."""

    def graph(self, n_tokens: int) -> Graph:
        """Every tensor of a pass over `n_tokens` tokens."""

    def forward(self, weights: Mapping[str, Readable], tokens: tuple[int, ...]) -> dict[str, Array]:
        """Every tensor that a pass over `tokens` computes, by name, and the tokens."""

    @property
    def stream(self) -> tuple[str, ...]:
        """The names of the tensors (t, c) that the residual stream is, in order: what each layer adds to."""

    def read_off(self, weights: Mapping[str, Readable], stream: FloatArray) -> FloatArray:
        """What the end of the model makes of vectors of the stream (t, c): the probability of every token, (t, v)."""
