"""GPT-2.

Layer norms before attention and MLP, learned positions, causal multi-head attention and the tanh GELU (Radford et al.
2019, "Language Models are Unsupervised Multitask Learners"; https://github.com/openai/gpt-2).

minGPT, nanoGPT and Hugging Face transformers name the tensors alike, but for what stands before the name. Hugging Face
keeps GPT-2's own linear layers, [in, out]; the others and GGUF files have PyTorch's, [out, in]. All sizes are read from
the shapes, but for the number of heads, which shows in none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from render.errors import UserError
from render.model.decoder import Decoder, Parts
from render.model.dialect import Dialect, Tensors
from render.model.family import Family
from render.model.parts import Attention, Embedding, FusedProjection, GeluMLP, Head, Heads, LayerNorm, Linear
from render.model.said import Said


@dataclass(frozen=True)
class GPT2Config(Decoder):
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

    uncounted: ClassVar = ("lm_head.weight",)  # as nanoGPT and llm-viz count

    def __post_init__(self) -> None:
        for name in ("n_layer", "n_head", "n_embd", "vocab_size", "block_size"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} must be 1 or more, not {getattr(self, name)}")
        if self.n_embd % self.n_head:
            raise UserError(f"n_embd={self.n_embd} channels cannot be shared evenly among n_head={self.n_head} heads")

    @cached_property
    def parts(self) -> Parts:
        C, bias = self.n_embd, self.bias
        heads = Heads(self.n_head, self.n_head, C // self.n_head)
        qkv = Linear("c_attn", "cj", "Q, K, V", bias, splits={"j": "pha"})
        out = Linear("c_proj", "co", "Projection", bias, splits={"c": "ha"})
        return Parts(
            n_layer=self.n_layer,
            block_size=self.block_size,
            embedding=Embedding(self.vocab_size, C, self.block_size),
            rotary=None,
            norm=LayerNorm(C, self.eps, bias),
            attention=Attention(heads, FusedProjection(heads, qkv), None, out),
            mlp=GeluMLP(
                4 * C,
                up=Linear("c_fc", "cf", "MLP", bias),
                down=Linear("c_proj", "fo", "MLP projection", bias),
            ),
            head=Head(self.tied),
        )


def _read(said: Said, tensors: Tensors, tied: bool) -> GPT2Config:
    vocab_size, n_embd = tensors.matrix("wte.weight", "an embedding")
    block_size, _ = tensors.matrix("wpe.weight", "an embedding")
    config = GPT2Config(
        n_layer=max(tensors.n_layer, 1),
        n_head=_n_head(said),
        n_embd=n_embd,
        vocab_size=vocab_size,
        block_size=block_size,
        tied=tied,
        eps=said.number("layer_norm_epsilon", 1e-5),
        bias=any(name.endswith(".bias") for name in tensors),
    )
    said.agrees(config.n_layer, "n_layer", "num_hidden_layers")
    said.agrees(config.n_embd, "n_embd", "hidden_size")
    said.agrees(config.vocab_size, "vocab_size")
    said.agrees(config.block_size, "block_size", "n_positions")
    said.agrees(4 * config.n_embd, "n_inner")
    activation = said.get("activation_function", "gelu_new")
    if activation not in ("gelu_new", "gelu_pytorch_tanh"):
        raise UserError(f"the activation function '{activation}' is not supported: there is gelu_new")
    if said.get("scale_attn_by_inverse_layer_idx"):
        raise UserError("scores that are scaled by their layer (scale_attn_by_inverse_layer_idx) are not supported")
    return config


def _n_head(said: Said) -> int:
    for key in ("n_head", "num_heads", "num_attention_heads"):
        if key in said:
            return said.whole(key)
    raise UserError(
        "it does not say how many heads the model has, and no shape tells: put n_head into the file's metadata, or "
        'write a config.json beside it, such as {"n_head": 12}'
    )


def _is_linear(own: str) -> bool:
    return own.endswith((".c_attn.weight", ".c_fc.weight", ".c_proj.weight"))


def _as_torch(own: str, tensors: Tensors) -> bool:
    """[out, in]: the matrix of Q, K and V is never square, so it tells for the others too."""
    made, read = tensors.matrix("h.0.attn.c_attn.weight")
    return _is_linear(own) and made == 3 * read


_MODULES = ("wte", "wpe", "ln_f", "lm_head", *(f"h.N.{name}" for name in ("ln_1", "ln_2")))
_LAYERS = tuple(f"h.N.{name}" for name in ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"))

FAMILY = Family(
    name="GPT-2",
    model_types=("gpt2",),
    config=GPT2Config,
    read=_read,
    keys={
        "block_count": "n_layer",
        "embedding_length": "n_embd",
        "context_length": "n_positions",
        "feed_forward_length": "n_inner",
        "attention.head_count": "n_head",
        "attention.layer_norm_epsilon": "layer_norm_epsilon",
    },
    names=(
        Dialect(
            {name: name for name in (*_MODULES, *_LAYERS)},
            buffers=(".attn.bias", ".attn.masked_bias"),  # the causal mask
            turned=_as_torch,
        ),
        Dialect(  # GGUF
            {
                "token_embd": "wte",
                "position_embd": "wpe",
                "blk.N.attn_norm": "h.N.ln_1",
                "blk.N.attn_qkv": "h.N.attn.c_attn",
                "blk.N.attn_output": "h.N.attn.c_proj",
                "blk.N.ffn_norm": "h.N.ln_2",
                "blk.N.ffn_up": "h.N.mlp.c_fc",
                "blk.N.ffn_down": "h.N.mlp.c_proj",
                "output_norm": "ln_f",
                "output": "lm_head",
            },
            turned=lambda own, tensors: _is_linear(own),
        ),
    ),
)
