"""Embeddings: from tokens to the first vectors of the residual stream."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.model.architecture import FloatArray
from render.model.notation import Dim, Expr, Tensor
from render.model.parts.writer import ForwardPass, GraphWriter

_c, _t = Dim("c"), Dim("t")


@dataclass(frozen=True)
class Embedding:
    """The row of a table for each token; plus that of a second table for its position, where there is one.

    n_positions: how many positions have a learned row; None where none has
    """

    vocab_size: int
    n_embd: int
    n_positions: int | None

    @property
    def dims(self) -> dict[str, int]:
        return {"c": self.n_embd, "o": self.n_embd, "v": self.vocab_size}

    def write(self, graph: GraphWriter) -> Tensor:
        tokens = graph.add("tokens", "t", "token", "Tokens", "token")
        wte = graph.weight("wte.weight", "vc", "Token embedding", "wte")
        embed: Expr = wte[tokens[_t], _c]
        if self.n_positions is not None:
            sizes = {"t": self.n_positions}
            wpe = graph.add("wpe.weight", "tc", "weight", "Position embedding", "wpe", sizes=sizes)
            embed = embed + wpe[_t, _c]
        return graph.add("embed", "tc", "activation", "Input embedding", "x", embed)

    def run(self, forward: ForwardPass, tokens: tuple[int, ...]) -> FloatArray:
        ids = np.array(tokens, dtype=np.int64)  # (T,)
        forward.trace["tokens"] = ids
        embed = forward.rows("wte.weight", ids)  # (T, C)
        if self.n_positions is not None:
            embed = embed + forward.rows("wpe.weight", slice(len(ids)))
        return forward.keep("embed", embed)
