"""What makes queries, keys and values: one linear layer for all three, or one for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from render.model.architecture import FloatArray
from render.model.notation import Dim, Tensor
from render.model.parts.linear import Linear
from render.model.parts.writer import ForwardPass, GraphWriter

_a = Dim("a")
_MADE = (("q", "Queries"), ("k", "Keys"), ("v", "Values"))


@dataclass(frozen=True)
class Heads:
    """How many heads there are, how many heads of keys and values they share evenly, and how many channels each has."""

    n_head: int
    n_kv_head: int
    size: int

    @property
    def shared_dim(self) -> str:
        """The dimension of keys and values: their own, g, only where several heads share them."""
        return "h" if self.n_kv_head == self.n_head else "g"

    @property
    def dims(self) -> dict[str, int]:
        groups = {} if self.shared_dim == "h" else {"g": self.n_kv_head}
        return {"h": self.n_head, "a": self.size, **groups}


class Projections(Protocol):
    """What makes queries, keys and values of a vector of the stream."""

    @property
    def dims(self) -> dict[str, int]:
        """The sizes of the dimensions that only its weights have."""

    def write(self, graph: GraphWriter, name: str, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Write down queries (h, t, a), keys and values (g, t, a) of x (t, c)."""

    def run(self, forward: ForwardPass, name: str, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Queries (H, T, A), keys and values (G, T, A) of x (T, C)."""


@dataclass(frozen=True)
class FusedProjection:
    """One layer makes all three side by side, as in GPT-2; every head has its own keys and values."""

    heads: Heads
    linear: Linear

    @property
    def dims(self) -> dict[str, int]:
        return {"p": 3, "j": 3 * self.heads.n_head * self.heads.size}

    def write(self, graph: GraphWriter, name: str, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        A, width = self.heads.size, self.heads.n_head * self.heads.size
        cell = self.linear.write(graph, name, graph.dims["c"])
        q, k, v = (
            graph.add(f"{name}.{one}", "hta", "activation", title, one, cell(x, Dim("h") * A + _a + part * width))
            for part, (one, title) in enumerate(_MADE)
        )
        return q, k, v

    def run(self, forward: ForwardPass, name: str, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        made = self.linear.run(forward, name, x).reshape(len(x), 3, self.heads.n_head, self.heads.size)
        q, k, v = np.ascontiguousarray(made.transpose(1, 2, 0, 3))
        return forward.keep(f"{name}.q", q), forward.keep(f"{name}.k", k), forward.keep(f"{name}.v", v)


@dataclass(frozen=True)
class SeparateProjections:
    """A layer for each of the three. Their matrices' j is as long as the heads side by side that each makes."""

    heads: Heads
    q: Linear
    k: Linear
    v: Linear

    @property
    def dims(self) -> dict[str, int]:
        return {"j": self.heads.n_head * self.heads.size}

    def write(self, graph: GraphWriter, name: str, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        made = []
        for (one, title), linear in zip(_MADE, (self.q, self.k, self.v), strict=True):
            dim = "h" if one == "q" else self.heads.shared_dim
            cell = linear.write(graph, name, graph.dims["c"])
            out = Dim(dim) * self.heads.size + _a
            made.append(graph.add(f"{name}.{one}", f"{dim}ta", "activation", title, one, cell(x, out)))
        q, k, v = made
        return q, k, v

    def run(self, forward: ForwardPass, name: str, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        made = []
        for (one, _), linear in zip(_MADE, (self.q, self.k, self.v), strict=True):
            flat = linear.run(forward, name, x).reshape(len(x), -1, self.heads.size)  # (T, heads, A)
            made.append(forward.keep(f"{name}.{one}", np.ascontiguousarray(flat.transpose(1, 0, 2))))
        q, k, v = made
        return q, k, v
