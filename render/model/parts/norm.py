"""Norms: what a branch reads is brought to one scale first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from render.model.architecture import FloatArray
from render.model.notation import Call, Dim, Expr, Number, Sum, Tensor
from render.model.parts.writer import ForwardPass, GraphWriter

_c, _t = Dim("c"), Dim("t")


class Norm(Protocol):
    """A norm over the channels."""

    def write(self, graph: GraphWriter, name: str, x: Tensor, final: bool = False) -> Tensor:
        """Write down the norm of x (t, c); the one before the head is `final`."""

    def run(self, forward: ForwardPass, name: str, x: FloatArray) -> FloatArray:
        """The norm of x (T, C)."""


@dataclass(frozen=True)
class LayerNorm:
    """Layer normalisation (Ba et al. 2016, https://arxiv.org/abs/1607.06450). eps: what is added to the variance."""

    n_embd: int
    eps: float
    bias: bool

    def write(self, graph: GraphWriter, name: str, x: Tensor, final: bool = False) -> Tensor:
        title = "Final layer norm" if final else "Layer norm"
        channels = Number(self.n_embd, str(self.n_embd), "c")
        total = Sum("c", self.n_embd, x[_t, _c])
        mean = graph.add(f"{name}.mean", "t", "aggregate", "Mean", "μ", total / channels)
        centred = x[_t, _c] - mean[_t]
        variance = Sum("c", self.n_embd, Call("square", centred)) / channels
        deviation = Call("sqrt", variance + Number(self.eps, "ε"))
        std = graph.add(f"{name}.std", "t", "aggregate", "Standard deviation", "σ", deviation)
        weight = graph.weight(f"{name}.weight", "c", f"{title} weights", "γ")
        out: Expr = centred / std[_t] * weight[_c]
        if self.bias:
            out = out + graph.weight(f"{name}.bias", "c", f"{title} bias", "β")[_c]
        return graph.add(f"{name}.out", "tc", "activation", title, "ln", out)

    def run(self, forward: ForwardPass, name: str, x: FloatArray) -> FloatArray:
        mean = forward.keep(f"{name}.mean", x.mean(axis=-1))  # (T,)
        centred = x - mean[:, None]
        variance = np.square(centred).mean(axis=-1)
        std = forward.keep(f"{name}.std", np.sqrt(variance + np.float32(self.eps)))  # (T,)
        out = centred / std[:, None] * forward.weight(f"{name}.weight")  # (T, C)
        return forward.keep(f"{name}.out", out + forward.weight(f"{name}.bias") if self.bias else out)


@dataclass(frozen=True)
class RMSNorm:
    """Root mean square normalisation (Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467).

    eps: what is added to the mean square
    """

    n_embd: int
    eps: float

    def write(self, graph: GraphWriter, name: str, x: Tensor, final: bool = False) -> Tensor:
        title = "Final RMS norm" if final else "RMS norm"
        square = Sum("c", self.n_embd, Call("square", x[_t, _c])) / Number(self.n_embd, str(self.n_embd), "c")
        root = Call("sqrt", square + Number(self.eps, "ε"))
        rms = graph.add(f"{name}.rms", "t", "aggregate", "Root mean square", "rms", root)
        weight = graph.weight(f"{name}.weight", "c", f"{title} weights", "γ")
        return graph.add(f"{name}.out", "tc", "activation", title, "norm", x[_t, _c] / rms[_t] * weight[_c])

    def run(self, forward: ForwardPass, name: str, x: FloatArray) -> FloatArray:
        square = np.square(x).mean(axis=-1)
        rms = forward.keep(f"{name}.rms", np.sqrt(square + np.float32(self.eps)))  # (T,)
        return forward.keep(f"{name}.out", x / rms[:, None] * forward.weight(f"{name}.weight"))  # (T, C)
