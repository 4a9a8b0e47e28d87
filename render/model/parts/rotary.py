"""Rotary positions: each pair of channels of a query or key is turned by an angle that grows with the position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from render.model.architecture import FloatArray
from render.model.notation import Affine, Call, Cases, Dim, Expr, Number, Position, Tensor
from render.model.parts.writer import ForwardPass, GraphWriter

_a, _i, _t = Dim("a"), Dim("i"), Dim("t")


@dataclass(frozen=True)
class Rotary:
    """RoPE (Su et al. 2021, https://arxiv.org/abs/2104.09864), channel a paired with a + A/2 as transformers has it.

    Pair i of position t is turned by t / theta^(2i/A), and that is divided by the pair's factor, where there are some.

    head_size: the number of channels of a head, A
    factors:   one for each pair: what long-context models divide the frequencies by; none for one that does not
    """

    head_size: int
    theta: float
    factors: tuple[float, ...] = ()

    @property
    def dims(self) -> dict[str, int]:
        return {"i": self.head_size // 2}

    @property
    def given(self) -> Mapping[str, FloatArray]:
        """The tensors that are not trained but follow from the configuration."""
        return {"rotary.factors": np.array(self.factors, np.float32)} if self.factors else {}

    def write(self, graph: GraphWriter) -> None:
        """Write down the cosine and the sine of every pair's angle at every position."""
        channels = Number(self.head_size, str(self.head_size), "a")
        slowness: Expr = Number(self.theta, "θ") ** (Number(2, "2") * Position(_i) / channels)
        if self.factors:
            title = "Divisors of the rotary frequencies"
            factors = graph.add("rotary.factors", "i", "weight", title, "factor", trained=False)
            slowness = slowness * factors[_i]
        angle = Position(_t) / slowness
        for function, title in (("cos", "Rotary cosines"), ("sin", "Rotary sines")):
            graph.add(f"rotary.{function}", "ti", "activation", title, function, Call(function, angle))

    def run(self, forward: ForwardPass, n_tokens: int) -> None:
        slowness = np.float64(self.theta) ** (np.arange(0, self.head_size, 2) / self.head_size)  # (A/2,)
        if self.factors:
            slowness = slowness * self.factors
        angle = np.arange(n_tokens)[:, None] / slowness  # (T, A/2)
        forward.keep("rotary.cos", np.cos(angle).astype(np.float32))
        forward.keep("rotary.sin", np.sin(angle).astype(np.float32))

    def write_turned(self, graph: GraphWriter, name: str, title: str, x: Tensor, head: Affine) -> Tensor:
        """Write down `name`, which is x (heads, t, a) turned; `head` is the variable of its heads."""
        half = self.head_size // 2
        cos, sin = Tensor("rotary.cos"), Tensor("rotary.sin")
        first = x[head, _t, _a] * cos[_t, _a] - x[head, _t, _a + half] * sin[_t, _a]
        second = x[head, _t, _a] * cos[_t, _a + -half] + x[head, _t, _a + -half] * sin[_t, _a + -half]
        ((dim, _),) = head.terms
        turned = Cases("a", half, first, second)
        return graph.add(name, f"{dim}ta", "activation", title, x.name.split(".")[-1], turned, thing="rot")

    def run_turned(self, forward: ForwardPass, name: str, x: FloatArray) -> FloatArray:
        """x (heads, T, A) turned."""
        cos, sin = forward.trace["rotary.cos"], forward.trace["rotary.sin"]  # (T, A/2)
        low, high = np.split(x, 2, axis=-1)
        return forward.keep(name, np.concatenate([low * cos - high * sin, high * cos + low * sin], axis=-1))
