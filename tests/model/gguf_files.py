"""GGUF files for the tests, written by the package `gguf` in the way of llama.cpp's converters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind

from render.model import Array, Decoder, FloatArray, GPT2Config, LlamaConfig

LLAMA = LlamaConfig(
    hidden_size=64,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=96,
    vocab_size=40,
    num_key_value_heads=2,
    max_position_embeddings=32,
    rope_theta=1e5,
    rms_norm_eps=1e-5,
    tie_word_embeddings=True,
)
GPT2 = GPT2Config(n_layer=2, n_head=2, n_embd=32, vocab_size=40, block_size=16, tied=True)

_LLAMA_NAMES = {
    "wte": "token_embd",
    "lm_head": "output",
    "ln_f": "output_norm",
    "ln_1": "attn_norm",
    "ln_2": "ffn_norm",
    "attn.q_proj": "attn_q",
    "attn.k_proj": "attn_k",
    "attn.v_proj": "attn_v",
    "attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_GPT2_NAMES = {
    "wte": "token_embd",
    "wpe": "position_embd",
    "lm_head": "output",
    "ln_f": "output_norm",
    "ln_1": "attn_norm",
    "ln_2": "ffn_norm",
    "attn.c_attn": "attn_qkv",
    "attn.c_proj": "attn_output",
    "mlp.c_fc": "ffn_up",
    "mlp.c_proj": "ffn_down",
}


def random_weights(config: Decoder, seed: int = 0) -> dict[str, FloatArray]:
    """Weights of which every one matters."""
    rng = np.random.default_rng(seed)
    weights = {}
    for name, values in config.initial_weights(seed).items():
        noise = rng.normal(0, 0.2, values.shape)
        weights[name] = (noise + (name.endswith("weight") and values.ndim == 1)).astype(np.float32)
    return weights


def write_gguf(
    path: Path,
    config: Decoder,
    weights: Mapping[str, FloatArray],
    kind: Kind = Kind.F32,
    more: Callable[[gguf.GGUFWriter], None] = lambda writer: None,
) -> Path:
    """Write a model, its matrices as `kind`; `more` adds metadata and tensors."""
    is_llama = isinstance(config, LlamaConfig)
    writer = gguf.GGUFWriter(path, "llama" if is_llama else "gpt2")
    figures = config.figures
    writer.add_block_count(figures["n_layer"])
    writer.add_context_length(figures["block_size"])
    writer.add_embedding_length(figures["n_embd"])
    writer.add_feed_forward_length(figures["n_mlp"])
    writer.add_head_count(figures["n_head"])
    if isinstance(config, LlamaConfig):
        writer.add_head_count_kv(figures["n_kv_head"])
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
        writer.add_rope_freq_base(config.rope_theta)
        writer.add_rope_dimension_count(figures["head_size"])
    elif isinstance(config, GPT2Config):
        writer.add_layer_norm_eps(config.eps)
    for name, values in weights.items():
        own = _as_llama_cpp(name, values, config)
        theirs = _renamed(name, _LLAMA_NAMES if is_llama else _GPT2_NAMES)
        stored = Kind.F32 if own.ndim == 1 else kind
        writer.add_tensor(theirs, gguf.quants.quantize(np.ascontiguousarray(own), stored), raw_dtype=stored)
    more(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _renamed(name: str, names: Mapping[str, str]) -> str:
    module, kind = name.rsplit(".", 1)
    if module.startswith("h."):
        _, layer, rest = module.split(".", 2)
        return f"blk.{layer}.{names[rest]}.{kind}"
    return f"{names[module]}.{kind}"


def _as_llama_cpp(name: str, values: FloatArray, config: Decoder) -> Array:
    """As `convert_hf_to_gguf.py` turns GPT-2's linear layers, and permutes Llama's queries and keys."""
    if isinstance(config, GPT2Config):
        return values.T if name.endswith((".c_attn.weight", ".c_fc.weight", ".c_proj.weight")) else values
    if name.endswith(("q_proj.weight", "k_proj.weight")):
        heads = config.figures["n_head" if "q_proj" in name else "n_kv_head"]
        n_rows, rest = values.shape[0], values.shape[1:]
        return values.reshape(heads, 2, n_rows // heads // 2, *rest).swapaxes(1, 2).reshape(values.shape)
    return values
