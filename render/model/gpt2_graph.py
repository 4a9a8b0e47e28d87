"""GPT-2 in index notation: every tensor of a forward pass and how one cell of it is computed.

The same model as `gpt2.forward`, which computes whole tensors; the tests hold one against the other. Linear layers are
written as GPT-2 stores them, [in, out].
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from render.errors import UserError
from render.model.graph import Graph, Kind, Split, TensorSpec
from render.model.notation import Affine, Call, Causal, Dim, Expr, Max, Number, Sum, Tensor

if TYPE_CHECKING:
    from render.model.gpt2 import GPT2Config

_a, _c, _f, _h, _i, _o, _s, _t, _v = (Dim(name) for name in "acfhiostv")


def gpt2_graph(config: GPT2Config, n_tokens: int) -> Graph:
    """Every tensor of a pass over `n_tokens` tokens, in order. Raises UserError when they do not fit in the block."""
    if not 1 <= n_tokens <= config.block_size:
        raise UserError(f"the model looks at 1 to {config.block_size} tokens, not {n_tokens}")
    return _Writer(config, n_tokens).graph()


class _Writer:
    """Writes the tensors down one after the other, each with the sizes of this configuration."""

    def __init__(self, config: GPT2Config, n_tokens: int) -> None:
        self.config = config
        self.n_tokens = n_tokens
        C, H = config.n_embd, config.n_head
        self.parts = {"p": 3, "h": H, "a": C // H}
        self.dims = {"t": n_tokens, "s": n_tokens, "c": C, "o": C, "f": 4 * C, "j": 3 * C, "v": config.vocab_size}
        self.dims |= self.parts
        self.specs: list[TensorSpec] = []

    def graph(self) -> Graph:
        self._add("tokens", "t", "token", "Tokens", "token")
        stream = self._embedding()
        for layer in range(self.config.n_layer):
            stream = self._block(f"h.{layer}", stream)
        self._prediction(self._layer_norm("ln_f", stream, "Final layer norm"))
        return Graph(self.specs, self.n_tokens, self.dims)

    def _add(
        self,
        name: str,
        dims: str,
        kind: Kind,
        title: str,
        symbol: str,
        formula: Expr | None = None,
        splits: dict[str, str] | None = None,
        shape: tuple[int, ...] = (),
    ) -> Tensor:
        shape = shape or tuple(self.dims[dim] for dim in dims)
        parts: dict[str, Split] = {d: tuple((p, self.parts[p]) for p in ps) for d, ps in (splits or {}).items()}
        self.specs.append(TensorSpec(name, tuple(dims), shape, kind, formula, title, symbol, parts))
        return Tensor(name)

    def _weight(self, name: str, dims: str, title: str, symbol: str = "W", **splits: str) -> Tensor:
        return self._add(f"{name}.weight", dims, "weight", f"{title} weights", symbol, splits=splits)

    def _bias(self, name: str, dims: str, title: str, symbol: str = "b", **splits: str) -> Tensor | None:
        if not self.config.bias:
            return None
        return self._add(f"{name}.bias", dims, "weight", f"{title} bias", symbol, splits=splits)

    def _embedding(self) -> Tensor:
        C, config = self.config.n_embd, self.config
        wte = self._add("wte.weight", "vc", "weight", "Token embedding", "wte")
        wpe = self._add("wpe.weight", "tc", "weight", "Position embedding", "wpe", shape=(config.block_size, C))
        embed = wte[Tensor("tokens")[_t], _c] + wpe[_t, _c]
        return self._add("embed", "tc", "activation", "Input embedding", "x", embed)

    def _block(self, name: str, stream: Tensor) -> Tensor:
        out = self._attention(f"{name}.attn", self._layer_norm(f"{name}.ln_1", stream, "Layer norm"))
        after = stream[_t, _c] + out[_t, _c]
        stream = self._add(f"{name}.resid_attn", "tc", "activation", "Residual after attention", "x", after)
        out = self._mlp(f"{name}.mlp", self._layer_norm(f"{name}.ln_2", stream, "Layer norm"))
        after = stream[_t, _c] + out[_t, _c]
        return self._add(f"{name}.resid", "tc", "activation", "Residual after MLP", "x", after)

    def _layer_norm(self, name: str, x: Tensor, title: str) -> Tensor:
        C = self.config.n_embd
        channels = Number(C, str(C), "c")
        mean = self._add(f"{name}.mean", "t", "aggregate", "Mean", "μ", Sum("c", C, x[_t, _c]) / channels)
        centred = x[_t, _c] - mean[_t]
        variance = Sum("c", C, Call("square", centred)) / channels
        std = Call("sqrt", variance + Number(self.config.eps, "ε"))
        std_of = self._add(f"{name}.std", "t", "aggregate", "Standard deviation", "σ", std)
        weight = self._weight(name, "c", title, "γ")
        bias = self._bias(name, "c", title, "β")
        out: Expr = centred / std_of[_t] * weight[_c]
        if bias is not None:
            out = out + bias[_c]
        return self._add(f"{name}.out", "tc", "activation", title, "ln", out)

    def _attention(self, name: str, x: Tensor) -> Tensor:
        C, H = self.config.n_embd, self.config.n_head
        A = C // H
        W = self._weight(f"{name}.c_attn", "cj", "Q, K, V", j="pha")
        b = self._bias(f"{name}.c_attn", "j", "Q, K, V", j="pha")
        parts = [_linear(x, W, b, C, _h * A + _a + part * C) for part in range(3)]
        q = self._add(f"{name}.q", "hta", "activation", "Queries", "q", parts[0])
        k = self._add(f"{name}.k", "hta", "activation", "Keys", "k", parts[1])
        v = self._add(f"{name}.v", "hta", "activation", "Values", "v", parts[2])

        score = Sum("a", A, q[_h, _t, _a] * k[_h, _s, _a]) / Number(math.sqrt(A), f"√{A}", "a")
        att = self._add(f"{name}.att", "hts", "activation", "Attention scores", "score", Causal(_t, _s, score))
        past = _t + 1
        largest = Max("s", past, att[_h, _t, _s])
        att_max = self._add(f"{name}.att_max", "ht", "aggregate", "Largest score", "m", largest)
        exp = Call("exp", att[_h, _t, _s] - att_max[_h, _t])
        att_sum = self._add(f"{name}.att_sum", "ht", "aggregate", "Sum of exponentials", "z", Sum("s", past, exp))
        share = Causal(_t, _s, exp / att_sum[_h, _t], otherwise=0.0)
        weights = self._add(f"{name}.att_softmax", "hts", "activation", "Attention weights", "share", share)
        mixed = Sum("s", past, weights[_h, _t, _s] * v[_h, _s, _a])
        y = self._add(f"{name}.y", "tc", "activation", "Weighted values", "y", mixed, splits={"c": "ha"})

        W = self._weight(f"{name}.c_proj", "co", "Projection", c="ha")
        b = self._bias(f"{name}.c_proj", "o", "Projection")
        return self._add(f"{name}.out", "tc", "activation", "Attention output", "out", _linear(y, W, b, C, _c))

    def _mlp(self, name: str, x: Tensor) -> Tensor:
        C, F = self.config.n_embd, self.dims["f"]
        W = self._weight(f"{name}.c_fc", "cf", "MLP")
        b = self._bias(f"{name}.c_fc", "f", "MLP")
        fc = self._add(f"{name}.fc", "tf", "activation", "MLP layer", "fc", _linear(x, W, b, C, _f))
        act = self._add(f"{name}.act", "tf", "activation", "GELU", "act", Call("gelu", fc[_t, _f]))
        W = self._weight(f"{name}.c_proj", "fo", "MLP projection")
        b = self._bias(f"{name}.c_proj", "o", "MLP projection")
        return self._add(f"{name}.out", "tc", "activation", "MLP output", "out", _linear(act, W, b, F, _c))

    def _prediction(self, x: Tensor) -> None:
        C, V = self.config.n_embd, self.config.vocab_size
        head = Tensor("wte.weight") if self.config.tied else self._weight("lm_head", "vc", "Language model head")
        score = Sum("c", C, x[_t, _c] * head[_v, _c])
        logits = self._add("logits", "tv", "activation", "Logits", "logit", score)
        logits_max = self._add("logits_max", "t", "aggregate", "Largest logit", "m", Max("v", V, logits[_t, _v]))
        exp = Call("exp", logits[_t, _v] - logits_max[_t])
        logits_sum = self._add("logits_sum", "t", "aggregate", "Sum of exponentials", "z", Sum("v", V, exp))
        self._add("probs", "tv", "activation", "Probabilities", "p", exp / logits_sum[_t])


def _linear(x: Tensor, weight: Tensor, bias: Tensor | None, n_in: int, out: Affine) -> Expr:
    """b[out] + sum over i of x[t, i] W[i, out]."""
    product = Sum("i", n_in, x[_t, _i] * weight[_i, out])
    return product if bias is None else bias[out] + product
