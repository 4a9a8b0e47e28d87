"""Linear layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from render.model.architecture import FloatArray
from render.model.notation import Affine, Dim, Expr, Sum, Tensor
from render.model.parts.writer import ForwardPass, GraphWriter

_i, _t = Dim("i"), Dim("t")


@dataclass(frozen=True)
class Linear:
    """x W, or b + x W.

    name:   of the layer in its module, such as `c_fc`
    dims:   of its matrix as it is stored: "cf" reads c and makes f
    out_in: whether it is stored [out, in], as PyTorch does, and not [in, out]
    title:  what it makes, in words
    thing:  as of a tensor's spec
    splits: of the matrix's dimensions, and of the bias's
    """

    name: str
    dims: str
    title: str
    bias: bool
    out_in: bool = False
    thing: str = ""
    splits: Mapping[str, str] = field(default_factory=dict, hash=False)

    def write(self, graph: GraphWriter, module: str, n_in: int) -> Callable[[Tensor, Affine], Expr]:
        """Write down its weights. Returns how cell `out` of what it makes of `x` (t, n_in) is computed."""
        out_dim = self.dims[0 if self.out_in else 1]
        name = f"{module}.{self.name}"
        W = graph.weight(f"{name}.weight", self.dims, f"{self.title} weights", "W", thing=self.thing, **self.splits)
        b: Tensor | None = None
        if self.bias:
            splits = {dim: parts for dim, parts in self.splits.items() if dim == out_dim}
            b = graph.weight(f"{name}.bias", out_dim, f"{self.title} bias", "b", thing=self.thing, **splits)

        def cell(x: Tensor, out: Affine) -> Expr:
            product = Sum("i", n_in, x[_t, _i] * (W[out, _i] if self.out_in else W[_i, out]))
            return product if b is None else b[out] + product

        return cell

    def run(self, forward: ForwardPass, module: str, x: FloatArray) -> FloatArray:
        """What it makes of x (T, in): (T, out)."""
        name = f"{module}.{self.name}"
        W = forward.weight(f"{name}.weight")
        # For the dozen rows that x has, OpenBLAS is nearly twice as fast this way round.
        out: FloatArray = (W @ x.T if self.out_in else W.T @ x.T).T
        return out + forward.weight(f"{name}.bias") if self.bias else out
