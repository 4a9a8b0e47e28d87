"""GPT-2: its configuration and its forward pass.

A decoder with the layer norms before attention and MLP, learned positions, causal multi-head attention and the tanh
GELU (Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"; https://github.com/openai/gpt-2).
`gpt2_graph.py` says the same once more, cell by cell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from render.errors import UserError
from render.model.architecture import Array, FloatArray
from render.model.gpt2_graph import gpt2_graph
from render.model.graph import Graph
from render.model.notation import gelu
from render.model.readable import Readable


@dataclass(frozen=True)
class GPT2Config:
    """The sizes of a GPT-2.

    tied: logits are read off with the token embedding, and there is no `lm_head.weight`
    bias: linear layers and layer norms have biases (nanoGPT can leave all of them out)
    eps:  what a layer norm adds to the variance
    """

    n_layer: int
    n_head: int
    n_embd: int
    vocab_size: int
    block_size: int
    tied: bool = False
    eps: float = 1e-5
    bias: bool = True

    def __post_init__(self) -> None:
        for name in ("n_layer", "n_head", "n_embd", "vocab_size", "block_size"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} must be 1 or more, not {getattr(self, name)}")
        if self.n_embd % self.n_head:
            raise UserError(f"n_embd={self.n_embd} channels cannot be shared evenly among n_head={self.n_head} heads")

    def graph(self, n_tokens: int) -> Graph:
        """Every tensor of a pass over `n_tokens` tokens (1 to block_size), with its formula."""
        return gpt2_graph(self, n_tokens)

    def forward(self, weights: Mapping[str, Readable], tokens: tuple[int, ...]) -> dict[str, Array]:
        """Every tensor of a pass over `tokens`, by name."""
        return forward(self, weights, tokens)

    @property
    def stream(self) -> tuple[str, ...]:
        """The residual stream: the embedding, and what it is after every branch."""
        branches = (f"h.{layer}.{name}" for layer in range(self.n_layer) for name in ("resid_attn", "resid"))
        return ("embed", *branches)

    def read_off(self, weights: Mapping[str, Readable], stream: FloatArray) -> FloatArray:
        """The final norm, the head and softmax on vectors of the stream (T, C): probabilities (T, V).

        After "interpreting GPT: the logit lens" (nostalgebraist 2020).
        """
        return _prediction(self, stream, weights, {})


def forward(config: GPT2Config, weights: Mapping[str, Readable], tokens: tuple[int, ...]) -> dict[str, Array]:
    """Run the model over T `tokens` and return every tensor that it computes, float32, under the names of the graph."""
    trace: dict[str, Array] = {}
    ids = trace["tokens"] = np.array(tokens, dtype=np.int64)  # (T,)

    x = trace["embed"] = weights["wte.weight"][ids] + weights["wpe.weight"][: len(ids)]  # (T, C)
    for layer in range(config.n_layer):
        h = f"h.{layer}"
        normed = _layer_norm(x, f"{h}.ln_1", config.eps, weights, trace)
        x = trace[f"{h}.resid_attn"] = x + _attention(normed, f"{h}.attn", config.n_head, weights, trace)  # (T, C)
        normed = _layer_norm(x, f"{h}.ln_2", config.eps, weights, trace)
        x = trace[f"{h}.resid"] = x + _mlp(normed, f"{h}.mlp", weights, trace)  # (T, C)
    _prediction(config, x, weights, trace)
    return trace


def _prediction(
    config: GPT2Config, x: FloatArray, weights: Mapping[str, Readable], trace: dict[str, Array]
) -> FloatArray:
    """The probability of every token (T, V), read off the end of the stream (T, C)."""
    x = _layer_norm(x, "ln_f", config.eps, weights, trace)
    head = np.asarray(weights["wte.weight" if config.tied else "lm_head.weight"])  # (V, C)
    logits = trace["logits"] = x @ head.T  # (T, V)
    trace["logits_max"], trace["logits_sum"], probs = _softmax(logits)  # (T,), (T,), (T, V)
    trace["probs"] = probs
    return probs


def _layer_norm(
    x: FloatArray, name: str, eps: float, weights: Mapping[str, Readable], trace: dict[str, Array]
) -> FloatArray:
    """Layer normalisation (Ba et al. 2016, https://arxiv.org/abs/1607.06450) of x (T, C)."""
    mean = trace[f"{name}.mean"] = x.mean(axis=-1)  # (T,)
    centred = x - mean[:, None]
    std = trace[f"{name}.std"] = np.sqrt(np.square(centred).mean(axis=-1) + np.float32(eps))  # (T,)
    out = centred / std[:, None] * np.asarray(weights[f"{name}.weight"])  # (T, C)
    trace[f"{name}.out"] = _plus_bias(out, name, weights)
    return trace[f"{name}.out"]


def _linear(x: FloatArray, name: str, weights: Mapping[str, Readable]) -> FloatArray:
    return _plus_bias(x @ np.asarray(weights[f"{name}.weight"]), name, weights)  # (T, in) @ (in, out)


def _plus_bias(x: FloatArray, name: str, weights: Mapping[str, Readable]) -> FloatArray:
    bias = weights.get(f"{name}.bias")
    return x if bias is None else x + np.asarray(bias)


def _softmax(x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Softmax over the last dimension: the largest, the sum of exponentials relative to it, and the probabilities."""
    largest = x.max(axis=-1)
    exp = np.exp(x - largest[..., None])
    total = exp.sum(axis=-1)
    return largest, total, exp / total[..., None]


def _attention(
    x: FloatArray, name: str, n_head: int, weights: Mapping[str, Readable], trace: dict[str, Array]
) -> FloatArray:
    """Causal multi-head attention (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762) over x (T, C)."""
    T, C = x.shape
    A = C // n_head
    qkv = _linear(x, f"{name}.c_attn", weights)  # (T, 3C)
    q, k, v = np.ascontiguousarray(qkv.reshape(T, 3, n_head, A).transpose(1, 2, 0, 3))  # each (H, T, A)

    att = q @ k.transpose(0, 2, 1) / np.float32(math.sqrt(A))  # (H, T, T): query t, key s
    att[:, np.triu(np.ones((T, T), dtype=bool), k=1)] = -np.inf  # a position sees itself and the past
    att_max, att_sum, att_softmax = _softmax(att)  # (H, T), (H, T), (H, T, T)
    y = (att_softmax @ v).transpose(1, 0, 2).reshape(T, C)  # heads side by side
    out = _linear(y, f"{name}.c_proj", weights)  # (T, C)

    trace |= {f"{name}.q": q, f"{name}.k": k, f"{name}.v": v, f"{name}.att": att}
    trace |= {f"{name}.att_max": att_max, f"{name}.att_sum": att_sum, f"{name}.att_softmax": att_softmax}
    trace |= {f"{name}.y": y, f"{name}.out": out}
    return out


def _mlp(x: FloatArray, name: str, weights: Mapping[str, Readable], trace: dict[str, Array]) -> FloatArray:
    fc = trace[f"{name}.fc"] = _linear(x, f"{name}.c_fc", weights)  # (T, F)
    act = trace[f"{name}.act"] = gelu(fc)  # (T, F)
    out = trace[f"{name}.out"] = _linear(act, f"{name}.c_proj", weights)  # (T, C)
    return out


def initial_weights(config: GPT2Config, seed: int) -> dict[str, FloatArray]:
    """Weights as GPT-2 has them before training: normal with deviation 0.02, biases 0, layer norms 1."""
    rng = np.random.default_rng(seed)
    weights: dict[str, FloatArray] = {}
    for spec in config.graph(1).values():
        if spec.kind != "weight":
            continue
        if spec.name.endswith(".bias"):
            weights[spec.name] = np.zeros(spec.shape, np.float32)
        elif len(spec.shape) == 1:
            weights[spec.name] = np.ones(spec.shape, np.float32)
        else:
            weights[spec.name] = rng.normal(0, 0.02, spec.shape).astype(np.float32)
    return weights
