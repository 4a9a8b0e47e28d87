"""A decoder, put together from parts.

Every block adds to the residual stream what attention and then an MLP make of its norm; the head reads the end of the
stream. Which attention, MLP, norm and head these are, the configuration of a family says.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from render.errors import UserError
from render.model.architecture import Array, FloatArray
from render.model.graph import Graph, TensorSpec
from render.model.notation import Dim, Tensor
from render.model.parts import MLP, Attention, Embedding, ForwardPass, GraphWriter, Head, Norm, Rotary
from render.model.readable import Readable

_c, _t = Dim("c"), Dim("t")


@dataclass(frozen=True)
class Parts:
    """What a decoder is made of. All norms are alike, and so are all blocks.

    block_size: how many tokens it can look at together
    rotary:     the rotary positions that its attention turns by; None where positions are learned
    """

    n_layer: int
    block_size: int
    embedding: Embedding
    rotary: Rotary | None
    norm: Norm
    attention: Attention
    mlp: MLP
    head: Head

    @property
    def dims(self) -> dict[str, int]:
        """The size of every dimension but the positions."""
        rotary = {} if self.rotary is None else self.rotary.dims
        return {**self.embedding.dims, **self.attention.dims, **self.mlp.dims, **rotary}


class Decoder(ABC):
    """What the configurations of all families have in common: they say their `parts`. An `Architecture`.

    vocab_size: how many tokens it knows
    block_size: how many tokens it can look at together
    """

    vocab_size: int
    block_size: int

    uncounted: ClassVar[tuple[str, ...]] = ()
    """The weights that the family leaves out when it counts its parameters."""

    @property
    @abstractmethod
    def parts(self) -> Parts:
        """What it is made of."""

    def graph(self, n_tokens: int) -> Graph:
        """Every tensor of a pass over `n_tokens` tokens, in order, with its formula.

        Raises UserError when they do not fit in the block.
        """
        parts = self.parts
        if not 1 <= n_tokens <= parts.block_size:
            raise UserError(f"the model looks at 1 to {parts.block_size} tokens, not {n_tokens}")
        graph = GraphWriter(n_tokens, parts.dims)
        x = parts.embedding.write(graph)
        if parts.rotary is not None:
            parts.rotary.write(graph)
        for layer in range(parts.n_layer):
            h = f"h.{layer}"
            out = parts.attention.write(graph, f"{h}.attn", parts.norm.write(graph, f"{h}.ln_1", x))
            x = _write_sum(graph, f"{h}.resid_attn", "Residual after attention", x, out)
            out = parts.mlp.write(graph, f"{h}.mlp", parts.norm.write(graph, f"{h}.ln_2", x))
            x = _write_sum(graph, f"{h}.resid", "Residual after MLP", x, out)
        parts.head.write(graph, parts.norm.write(graph, "ln_f", x, final=True))
        return graph.graph()

    def forward(self, weights: Mapping[str, Readable], tokens: tuple[int, ...]) -> dict[str, Array]:
        """Every tensor that a pass over T `tokens` computes, float32, under the names of the graph, and the tokens."""
        parts, forward = self.parts, ForwardPass(weights)
        x = parts.embedding.run(forward, tokens)  # (T, C)
        if parts.rotary is not None:
            parts.rotary.run(forward, len(tokens))
        for layer in range(parts.n_layer):
            h = f"h.{layer}"
            out = parts.attention.run(forward, f"{h}.attn", parts.norm.run(forward, f"{h}.ln_1", x))
            x = forward.keep(f"{h}.resid_attn", x + out)  # (T, C)
            out = parts.mlp.run(forward, f"{h}.mlp", parts.norm.run(forward, f"{h}.ln_2", x))
            x = forward.keep(f"{h}.resid", x + out)  # (T, C)
        self._end(forward, x)
        return forward.trace

    @property
    def stream(self) -> tuple[str, ...]:
        """The residual stream: the embedding, and what it is after every branch."""
        branches = (f"h.{layer}.{name}" for layer in range(self.parts.n_layer) for name in ("resid_attn", "resid"))
        return ("embed", *branches)

    def read_off(self, weights: Mapping[str, Readable], stream: FloatArray) -> FloatArray:
        """The final norm, the head and softmax on vectors of the stream (T, C): probabilities (T, V).

        After "interpreting GPT: the logit lens" (nostalgebraist 2020).
        """
        return self._end(ForwardPass(weights), stream)

    def _end(self, forward: ForwardPass, stream: FloatArray) -> FloatArray:
        return self.parts.head.run(forward, self.parts.norm.run(forward, "ln_f", stream))

    @property
    def given(self) -> Mapping[str, FloatArray]:
        """The weights that no training has found, because they follow from the configuration."""
        return {} if self.parts.rotary is None else self.parts.rotary.given

    @property
    def n_params(self) -> int:
        """How many trained numbers it has, as the family counts them."""
        return sum(spec.size for spec in self._trained() if spec.name not in self.uncounted)

    @property
    def figures(self) -> Mapping[str, int]:
        """The sizes that every decoder has, under the names of GPT-2's configuration."""
        parts, dims = self.parts, self.parts.dims
        return {
            "n_layer": parts.n_layer,
            "n_head": parts.attention.heads.n_head,
            "n_kv_head": parts.attention.heads.n_kv_head,
            "n_embd": dims["c"],
            "n_mlp": dims["f"],
            "head_size": dims["a"],
            "vocab_size": dims["v"],
            "block_size": parts.block_size,
        }

    def initial_weights(self, seed: int) -> dict[str, FloatArray]:
        """Weights as they are before training: normal with deviation 0.02, biases 0, norms 1."""
        rng = np.random.default_rng(seed)
        weights = dict(self.given)
        for spec in self._trained():
            if spec.name.endswith(".bias"):
                weights[spec.name] = np.zeros(spec.shape, np.float32)
            elif len(spec.shape) == 1:
                weights[spec.name] = np.ones(spec.shape, np.float32)
            else:
                weights[spec.name] = rng.normal(0, 0.02, spec.shape).astype(np.float32)
        return weights

    def _trained(self) -> Iterator[TensorSpec]:
        return (spec for spec in self.graph(1).values() if spec.kind == "weight" and spec.trained)


def _write_sum(graph: GraphWriter, name: str, title: str, x: Tensor, out: Tensor) -> Tensor:
    return graph.add(name, "tc", "activation", title, "x", x[_t, _c] + out[_t, _c])
