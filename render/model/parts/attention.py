"""Causal multi-head attention."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from render.model.architecture import FloatArray
from render.model.notation import Call, Causal, Dim, Max, Number, Sum, Tensor
from render.model.parts.linear import Linear
from render.model.parts.projections import Heads, Projections
from render.model.parts.rotary import Rotary
from render.model.parts.shares import shares
from render.model.parts.writer import ForwardPass, GraphWriter

_a, _c, _h, _s, _t = (Dim(name) for name in "achst")


@dataclass(frozen=True)
class Attention:
    """Attention (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762) with heads that may share keys and values.

    Grouped queries are after Ainslie et al. 2023 (https://arxiv.org/abs/2305.13245).

    projections: what makes queries, keys and values
    rotary:      what turns queries and keys by their position; None where positions are learned
    out:         the layer that mixes what the heads found
    """

    heads: Heads
    projections: Projections
    rotary: Rotary | None
    out: Linear

    @property
    def dims(self) -> dict[str, int]:
        return {**self.heads.dims, **self.projections.dims}

    def write(self, graph: GraphWriter, name: str, x: Tensor) -> Tensor:
        A, own, g = self.heads.size, Dim("h"), Dim(self.heads.shared_dim)
        q, k, v = self.projections.write(graph, name, x)
        if self.rotary is not None:
            q = self.rotary.write_turned(graph, f"{name}.q_rot", "Rotated queries", q, own)
            k = self.rotary.write_turned(graph, f"{name}.k_rot", "Rotated keys", k, g)

        score = Sum("a", A, q[_h, _t, _a] * k[g, _s, _a]) / Number(math.sqrt(A), f"√{A}", "a")
        att = graph.add(f"{name}.att", "hts", "activation", "Attention scores", "score", Causal(_t, _s, score))
        past = _t + 1
        largest = Max("s", past, att[_h, _t, _s])
        att_max = graph.add(f"{name}.att_max", "ht", "aggregate", "Largest score", "m", largest)
        exp = Call("exp", att[_h, _t, _s] - att_max[_h, _t])
        total = Sum("s", past, exp)
        att_sum = graph.add(f"{name}.att_sum", "ht", "aggregate", "Sum of exponentials", "z", total)
        share = Causal(_t, _s, exp / att_sum[_h, _t], otherwise=0.0)
        weights = graph.add(f"{name}.att_softmax", "hts", "activation", "Attention weights", "share", share)
        mixed = Sum("s", past, weights[_h, _t, _s] * v[g, _s, _a])
        y = graph.add(f"{name}.y", "tc", "activation", "Weighted values", "y", mixed, splits={"c": "ha"})

        cell = self.out.write(graph, name, self.heads.n_head * A)
        return graph.add(f"{name}.out", "tc", "activation", "Attention output", "out", cell(y, _c))

    def run(self, forward: ForwardPass, name: str, x: FloatArray) -> FloatArray:
        T, H, G, A = len(x), self.heads.n_head, self.heads.n_kv_head, self.heads.size
        q, k, v = self.projections.run(forward, name, x)  # (H, T, A), (G, T, A), (G, T, A)
        if self.rotary is not None:
            q = self.rotary.run_turned(forward, f"{name}.q_rot", q)
            k = self.rotary.run_turned(forward, f"{name}.k_rot", k)

        # Each group of heads has one key-value head: (G, H/G * T, A) against (G, A, T).
        att = (q.reshape(G, -1, A) @ k.transpose(0, 2, 1)).reshape(H, T, T) / np.float32(math.sqrt(A))
        att[:, np.triu(np.ones((T, T), dtype=bool), k=1)] = -np.inf  # query t sees keys s up to itself
        forward.keep(f"{name}.att", att)
        att_max, att_sum, weights = shares(att)
        forward.keep(f"{name}.att_max", att_max)  # (H, T)
        forward.keep(f"{name}.att_sum", att_sum)  # (H, T)
        forward.keep(f"{name}.att_softmax", weights)  # (H, T, T)
        mixed = (weights.reshape(G, -1, T) @ v).reshape(H, T, A)
        y = forward.keep(f"{name}.y", mixed.transpose(1, 0, 2).reshape(T, H * A))  # heads side by side
        return forward.keep(f"{name}.out", self.out.run(forward, name, y))  # (T, C)
