"""The branch that looks at one position at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from render.model.architecture import FloatArray
from render.model.evaluation import gelu, silu
from render.model.notation import Call, Dim, Tensor
from render.model.parts.linear import Linear
from render.model.parts.writer import ForwardPass, GraphWriter

_c, _f, _t = Dim("c"), Dim("f"), Dim("t")


class MLP(Protocol):
    """What comes after attention in a block."""

    @property
    def dims(self) -> dict[str, int]:
        """How many channels it has, f."""

    def write(self, graph: GraphWriter, name: str, x: Tensor) -> Tensor:
        """Write down what it makes of x (t, c): (t, c)."""

    def run(self, forward: ForwardPass, name: str, x: FloatArray) -> FloatArray:
        """What it makes of x (T, C): (T, C)."""


@dataclass(frozen=True)
class GeluMLP:
    """A layer up, GELU, a layer down."""

    n_mlp: int
    up: Linear
    down: Linear

    @property
    def dims(self) -> dict[str, int]:
        return {"f": self.n_mlp}

    def write(self, graph: GraphWriter, name: str, x: Tensor) -> Tensor:
        cell = self.up.write(graph, name, graph.dims["c"])
        fc = graph.add(f"{name}.fc", "tf", "activation", "MLP layer", "fc", cell(x, _f))
        act = graph.add(f"{name}.act", "tf", "activation", "GELU", "act", Call("gelu", fc[_t, _f]))
        cell = self.down.write(graph, name, self.n_mlp)
        return graph.add(f"{name}.out", "tc", "activation", "MLP output", "out", cell(act, _c))

    def run(self, forward: ForwardPass, name: str, x: FloatArray) -> FloatArray:
        fc = forward.keep(f"{name}.fc", self.up.run(forward, name, x))  # (T, F)
        act = forward.keep(f"{name}.act", gelu(fc))  # (T, F)
        return forward.keep(f"{name}.out", self.down.run(forward, name, act))  # (T, C)


@dataclass(frozen=True)
class SwiGLU:
    """Two layers up, one of which gates the other through SiLU, and a layer down.

    After Shazeer 2020, "GLU Variants Improve Transformer" (https://arxiv.org/abs/2002.05202).
    """

    n_mlp: int
    gate: Linear
    up: Linear
    down: Linear

    @property
    def dims(self) -> dict[str, int]:
        return {"f": self.n_mlp}

    def write(self, graph: GraphWriter, name: str, x: Tensor) -> Tensor:
        cell = self.gate.write(graph, name, graph.dims["c"])
        gate = graph.add(f"{name}.gate", "tf", "activation", "Gate", "gate", cell(x, _f))
        cell = self.up.write(graph, name, graph.dims["c"])
        up = graph.add(f"{name}.up", "tf", "activation", "Up", "up", cell(x, _f))
        gated = Call("silu", gate[_t, _f]) * up[_t, _f]
        act = graph.add(f"{name}.act", "tf", "activation", "SwiGLU", "act", gated)
        cell = self.down.write(graph, name, self.n_mlp)
        return graph.add(f"{name}.out", "tc", "activation", "MLP output", "out", cell(act, _c))

    def run(self, forward: ForwardPass, name: str, x: FloatArray) -> FloatArray:
        gate = forward.keep(f"{name}.gate", self.gate.run(forward, name, x))  # (T, F)
        up = forward.keep(f"{name}.up", self.up.run(forward, name, x))  # (T, F)
        act = forward.keep(f"{name}.act", silu(gate) * up)  # (T, F)
        return forward.keep(f"{name}.out", self.down.run(forward, name, act))  # (T, C)
