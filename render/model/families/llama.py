"""Llama.

RMS norms before attention and MLP, rotary positions, attention in which several query heads may share a key-value
head, and SwiGLU (Touvron et al. 2023, https://arxiv.org/abs/2302.13971; Grattafiori et al. 2024, "The Llama 3 Herd of
Models", https://arxiv.org/abs/2407.21783). The forward pass is that of transformers' `LlamaForCausalLM`; a Mistral
computes the same where its attention has no sliding window.

Checkpoints of transformers pair channel a of a head with a + A/2 to turn them. GGUF files of this family, by llama.cpp,
pair 2a with 2a + 1: the rows of their queries' and keys' weights are brought back to the order of transformers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from render.errors import UserError
from render.model.architecture import Array
from render.model.decoder import Decoder, Parts
from render.model.dialect import Dialect, Tensors
from render.model.family import Family
from render.model.parts import Attention, Embedding, Head, Heads, Linear, RMSNorm, Rotary, SeparateProjections, SwiGLU
from render.model.parts.rope_scaling import divisors
from render.model.said import Said


@dataclass(frozen=True)
class LlamaConfig(Decoder):
    """The sizes of a Llama, under the names of its config.json.

    num_key_value_heads: how many key-value heads the heads share; None is one for each
    head_dim:            channels of a head; None is hidden_size / num_attention_heads
    rope_factors:        what the rotary frequencies are divided by, one number a pair; none where they are as they are
    attention_bias:      the layers of attention have biases; `mlp_bias` likewise
    """

    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    vocab_size: int
    num_key_value_heads: int | None = None
    head_dim: int | None = None
    max_position_embeddings: int = 2048
    rope_theta: float = 10000.0
    rope_factors: tuple[float, ...] = ()
    rms_norm_eps: float = 1e-6
    tie_word_embeddings: bool = False
    attention_bias: bool = False
    mlp_bias: bool = False

    def __post_init__(self) -> None:
        sizes = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size")
        for name in (*sizes, "num_key_value_heads", "head_dim", "max_position_embeddings"):
            _check_positive(name, getattr(self, name))
        n_head, n_kv_head = self.num_attention_heads, self.num_key_value_heads or 1
        if self.head_dim is None and self.hidden_size % n_head:
            raise UserError(
                f"hidden_size={self.hidden_size} channels cannot be shared evenly among "
                f"num_attention_heads={n_head} heads"
            )
        if n_head % n_kv_head:
            raise UserError(f"num_attention_heads={n_head} heads cannot share num_key_value_heads={n_kv_head} evenly")
        if self.rope_theta <= 0:
            raise UserError(f"rope_theta must be more than 0, not {self.rope_theta}")
        if self.heads.size % 2:
            raise UserError(f"rotary positions turn pairs of channels, and a head has {self.heads.size} channels")
        n_pairs = self.heads.size // 2
        if self.rope_factors and len(self.rope_factors) != n_pairs:
            raise UserError(f"there are {len(self.rope_factors)} rope_factors for {n_pairs} pairs of channels")

    @property
    def block_size(self) -> int:  # type: ignore[override]  # no one sets it
        """How many tokens it can look at together."""
        return self.max_position_embeddings

    @property
    def heads(self) -> Heads:
        """Its heads."""
        n_head = self.num_attention_heads
        return Heads(n_head, self.num_key_value_heads or n_head, self.head_dim or self.hidden_size // n_head)

    @cached_property
    def parts(self) -> Parts:
        heads, rotary = self.heads, Rotary(self.heads.size, self.rope_theta, self.rope_factors)
        g = heads.shared_dim
        layer = Linear("", "jc", "", self.attention_bias, out_in=True)
        projections = SeparateProjections(
            heads,
            replace(layer, name="q_proj", title="Q", thing="Q", splits={"j": "ha"}),
            replace(layer, name="k_proj", title="K", thing="K", splits={"j": f"{g}a"}),
            replace(layer, name="v_proj", title="V", thing="V", splits={"j": f"{g}a"}),
        )
        out = replace(layer, name="o_proj", dims="oc", title="Projection", splits={"c": "ha"})
        layer = Linear("", "fc", "", self.mlp_bias, out_in=True)
        mlp = SwiGLU(
            self.intermediate_size,
            gate=replace(layer, name="gate_proj", title="Gate", thing="gate"),
            up=replace(layer, name="up_proj", title="Up", thing="up"),
            down=replace(layer, name="down_proj", dims="of", title="Down", thing="down"),
        )
        return Parts(
            n_layer=self.num_hidden_layers,
            block_size=self.max_position_embeddings,
            embedding=Embedding(self.vocab_size, self.hidden_size, None),
            rotary=rotary,
            norm=RMSNorm(self.hidden_size, self.rms_norm_eps),
            attention=Attention(heads, projections, rotary, out),
            mlp=mlp,
            head=Head(self.tie_word_embeddings),
        )


def _check_positive(name: str, value: int | None) -> None:
    if value is not None and value < 1:
        raise UserError(f"{name} must be 1 or more, not {value}")


def _read(said: Said, tensors: Tensors, tied: bool) -> LlamaConfig:
    _check_computed_alike(said)
    vocab_size, hidden_size = tensors.matrix("wte.weight", "an embedding")
    n_head, head_dim = _heads(said, tensors)
    theta, factors = _rotation(said, tensors, head_dim)
    intermediate_size, _ = tensors.matrix("h.0.mlp.gate_proj.weight")
    n_kv_head = tensors.matrix("h.0.attn.k_proj.weight")[0] // head_dim
    return LlamaConfig(
        hidden_size=said.agrees(hidden_size, "hidden_size"),
        num_hidden_layers=said.agrees(max(tensors.n_layer, 1), "num_hidden_layers"),
        num_attention_heads=n_head,
        intermediate_size=said.agrees(intermediate_size, "intermediate_size"),
        vocab_size=said.agrees(vocab_size, "vocab_size"),
        num_key_value_heads=said.agrees(n_kv_head, "num_key_value_heads"),
        head_dim=head_dim,
        max_position_embeddings=said.whole("max_position_embeddings", 2048),
        rope_theta=theta,
        rope_factors=factors,
        rms_norm_eps=said.number("rms_norm_eps", 1e-6),
        tie_word_embeddings=tied,
        attention_bias=bool(said.get("attention_bias", "h.0.attn.q_proj.bias" in tensors)),
        mlp_bias=bool(said.get("mlp_bias", "h.0.mlp.gate_proj.bias" in tensors)),
    )


def _check_computed_alike(said: Said) -> None:
    activation = said.get("hidden_act", "silu")
    if activation not in ("silu", "swish"):
        raise UserError(f"the activation function '{activation}' is not supported: there is silu")
    window = said.get("sliding_window", 4096 if said.get("model_type") == "mistral" else None)
    if window is not None:
        raise UserError(f"attention through a sliding window (sliding_window={window}) is not supported")


def _heads(said: Said, tensors: Tensors) -> tuple[int, int]:
    """How many there are, which no shape tells, and how many channels each has."""
    if "num_attention_heads" not in said:
        raise UserError(
            "it does not say how many heads the model has, and no shape tells: put num_attention_heads into the file's "
            'metadata, or write a config.json beside it, such as {"num_attention_heads": 32}'
        )
    n_head = said.whole("num_attention_heads")
    _check_positive("num_attention_heads", n_head)
    width, _ = tensors.matrix("h.0.attn.q_proj.weight")
    if width % n_head:
        raise UserError(
            f"the config says num_attention_heads={n_head}, but the {width} channels of the queries cannot be shared "
            "evenly among so many"
        )
    return n_head, said.agrees(width // n_head, "head_dim")


def _rotation(said: Said, tensors: Tensors, head_dim: int) -> tuple[float, tuple[float, ...]]:
    """The base of the rotary frequencies and what these are divided by."""
    if said.whole("rope_dimension_count", head_dim) != head_dim:
        turned = said["rope_dimension_count"]
        raise UserError(f"rotary positions of {turned} of the {head_dim} channels of a head are not supported")
    scaling = said.table("rope_parameters") or said.table("rope_scaling")
    if "rope_scaling_type" in said:  # what GGUF files say one by one
        scaling = Said({"rope_type": said["rope_scaling_type"], "factor": said.get("rope_scaling_factor")})
    theta = scaling.number("rope_theta", said.number("rope_theta", 10000.0))
    if "rotary.factors" in tensors:
        factors = np.asarray(tensors["rotary.factors"])
        return theta, tuple(float(factor) for factor in factors)
    return theta, divisors(scaling, head_dim, theta)


def _interleaved(own: str, config: Decoder) -> Array | None:
    """Where in each head of a GGUF's queries and keys the rows lie: those of a pair one after the other."""
    if not own.endswith((".q_proj.weight", ".k_proj.weight", ".q_proj.bias", ".k_proj.bias")):
        return None
    heads = config.parts.attention.heads
    n = heads.n_head if ".q_proj." in own else heads.n_kv_head
    order: Array = np.arange(n * heads.size).reshape(n, heads.size // 2, 2).swapaxes(1, 2).ravel()
    return order


FAMILY = Family(
    name="Llama",
    model_types=("llama", "mistral"),
    config=LlamaConfig,
    read=_read,
    keys={
        "block_count": "num_hidden_layers",
        "embedding_length": "hidden_size",
        "context_length": "max_position_embeddings",
        "feed_forward_length": "intermediate_size",
        "vocab_size": "vocab_size",
        "attention.head_count": "num_attention_heads",
        "attention.head_count_kv": "num_key_value_heads",
        "attention.key_length": "head_dim",
        "attention.layer_norm_rms_epsilon": "rms_norm_eps",
        "attention.sliding_window": "sliding_window",
        "rope.dimension_count": "rope_dimension_count",
        "rope.freq_base": "rope_theta",
        "rope.scaling.type": "rope_scaling_type",
        "rope.scaling.factor": "rope_scaling_factor",
    },
    names=(
        Dialect(  # transformers
            {
                "embed_tokens": "wte",
                "layers.N.input_layernorm": "h.N.ln_1",
                "layers.N.self_attn.q_proj": "h.N.attn.q_proj",
                "layers.N.self_attn.k_proj": "h.N.attn.k_proj",
                "layers.N.self_attn.v_proj": "h.N.attn.v_proj",
                "layers.N.self_attn.o_proj": "h.N.attn.o_proj",
                "layers.N.post_attention_layernorm": "h.N.ln_2",
                "layers.N.mlp.gate_proj": "h.N.mlp.gate_proj",
                "layers.N.mlp.up_proj": "h.N.mlp.up_proj",
                "layers.N.mlp.down_proj": "h.N.mlp.down_proj",
                "norm": "ln_f",
                "lm_head": "lm_head",
            },
            buffers=("rotary_emb.inv_freq",),
        ),
        Dialect(  # GGUF
            {
                "token_embd": "wte",
                "rope_freqs.weight": "rotary.factors",
                "blk.N.attn_norm": "h.N.ln_1",
                "blk.N.attn_q": "h.N.attn.q_proj",
                "blk.N.attn_k": "h.N.attn.k_proj",
                "blk.N.attn_v": "h.N.attn.v_proj",
                "blk.N.attn_output": "h.N.attn.o_proj",
                "blk.N.ffn_norm": "h.N.ln_2",
                "blk.N.ffn_gate": "h.N.mlp.gate_proj",
                "blk.N.ffn_up": "h.N.mlp.up_proj",
                "blk.N.ffn_down": "h.N.mlp.down_proj",
                "output_norm": "ln_f",
                "output": "lm_head",
            },
            order=_interleaved,
        ),
    ),
)
