"""The branch that looks at one position at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from render.model.architecture import FloatArray
from render.model.evaluation import gelu, silu
from render.model.notation import Call, Dim, Tensor
from render.model.parts.linear import Linear
from render.model.parts.writer import ForwardPass, GraphWriter

_c, _f, _t = Dim("c"), Dim("f"), Dim("t")


@dataclass(frozen=True)
class MLP(ABC):
    """What comes after attention in a block: channels that an input is spread over, and a layer down from them.

    n_mlp: how many channels there are, f
    down:  the layer from them to the stream's
    """

    n_mlp: int
    down: Linear

    @property
    def dims(self) -> dict[str, int]:
        return {"f": self.n_mlp}

    def write(self, graph: GraphWriter, name: str, x: Tensor) -> Tensor:
        """Write down what it makes of x (t, c): (t, c)."""
        act = self.write_inner(graph, name, x)
        cell = self.down.write(graph, name, self.n_mlp)
        return graph.add(f"{name}.out", "tc", "activation", "MLP output", "out", cell(act, _c))

    def run(self, forward: ForwardPass, name: str, x: FloatArray) -> FloatArray:
        """What it makes of x (T, C): (T, C)."""
        act = self.run_inner(forward, name, x)  # (T, F)
        return forward.keep(f"{name}.out", self.down.run(forward, name, act))  # (T, C)

    @abstractmethod
    def write_inner(self, graph: GraphWriter, name: str, x: Tensor) -> Tensor:
        """Write down what goes into the layer down, (t, f)."""

    @abstractmethod
    def run_inner(self, forward: ForwardPass, name: str, x: FloatArray) -> FloatArray:
        """What goes into the layer down, (T, F)."""


@dataclass(frozen=True)
class GeluMLP(MLP):
    """A layer up, GELU, a layer down."""

    up: Linear

    def write_inner(self, graph: GraphWriter, name: str, x: Tensor) -> Tensor:
        cell = self.up.write(graph, name, graph.dims["c"])
        fc = graph.add(f"{name}.fc", "tf", "activation", "MLP layer", "fc", cell(x, _f))
        return graph.add(f"{name}.act", "tf", "activation", "GELU", "act", Call("gelu", fc[_t, _f]))

    def run_inner(self, forward: ForwardPass, name: str, x: FloatArray) -> FloatArray:
        fc = forward.keep(f"{name}.fc", self.up.run(forward, name, x))  # (T, F)
        return forward.keep(f"{name}.act", gelu(fc))


@dataclass(frozen=True)
class SwiGLU(MLP):
    """Two layers up, one of which gates the other through SiLU, and a layer down.

    After Shazeer 2020, "GLU Variants Improve Transformer" (https://arxiv.org/abs/2002.05202).
    """

    gate: Linear
    up: Linear

    def write_inner(self, graph: GraphWriter, name: str, x: Tensor) -> Tensor:
        cell = self.gate.write(graph, name, graph.dims["c"])
        gate = graph.add(f"{name}.gate", "tf", "activation", "Gate", "gate", cell(x, _f))
        cell = self.up.write(graph, name, graph.dims["c"])
        up = graph.add(f"{name}.up", "tf", "activation", "Up", "up", cell(x, _f))
        gated = Call("silu", gate[_t, _f]) * up[_t, _f]
        return graph.add(f"{name}.act", "tf", "activation", "SwiGLU", "act", gated)

    def run_inner(self, forward: ForwardPass, name: str, x: FloatArray) -> FloatArray:
        gate = forward.keep(f"{name}.gate", self.gate.run(forward, name, x))  # (T, F)
        up = forward.keep(f"{name}.up", self.up.run(forward, name, x))  # (T, F)
        return forward.keep(f"{name}.act", silu(gate) * up)
