"""Make the reference activations that the models are tested against, with Hugging Face transformers.

Small random models of each family, written to tests/model/reference/FAMILY/ as a checkpoint (NAME.safetensors, exactly
the state dict of transformers, with its config.json as metadata) and the activations of one pass
(NAME.activations.safetensors, under this project's names). Run by hand:

    pip install -e '.[reference]' && python scripts/make_reference.py
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedModel
from transformers.models.llama import modeling_llama

FOLDER = Path(__file__).parent.parent / "tests" / "model" / "reference"

Sizes = dict[str, tuple[int, dict[str, Any]]]
"""How many tokens, and the configuration."""

GPT2: Sizes = {
    "one-head": (4, {"n_layer": 1, "n_head": 1, "n_embd": 8, "vocab_size": 5, "n_positions": 4}),
    "untied": (
        7,
        {"n_layer": 2, "n_head": 3, "n_embd": 24, "vocab_size": 17, "n_positions": 9, "tie_word_embeddings": False},
    ),
    "deep": (12, {"n_layer": 4, "n_head": 4, "n_embd": 16, "vocab_size": 31, "n_positions": 16}),
    "large-eps": (
        6,
        {"n_layer": 1, "n_head": 5, "n_embd": 20, "vocab_size": 11, "n_positions": 6, "layer_norm_epsilon": 1e-2},
    ),
}

LLAMA: Sizes = {
    "grouped": (
        9,
        {
            **{"num_hidden_layers": 2, "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 8},
            **{"hidden_size": 24, "intermediate_size": 40, "vocab_size": 17, "max_position_embeddings": 32},
            **{"rope_parameters": {"rope_type": "default", "rope_theta": 1e5}, "tie_word_embeddings": True},
        },
    ),
    "one-key-head": (
        7,
        {
            **{"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 1},
            **{"hidden_size": 24, "intermediate_size": 20, "vocab_size": 13, "max_position_embeddings": 16},
            **{"rms_norm_eps": 1e-3},
        },
    ),
    "biases": (
        6,
        {
            **{"num_hidden_layers": 1, "num_attention_heads": 3, "hidden_size": 12, "intermediate_size": 28},
            **{"vocab_size": 11, "max_position_embeddings": 8, "attention_bias": True, "mlp_bias": True},
        },
    ),
    "llama3": (
        14,
        {
            **{"num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16},
            **{"hidden_size": 20, "intermediate_size": 32, "vocab_size": 19, "max_position_embeddings": 128},
            "rope_parameters": {
                **{"rope_type": "llama3", "rope_theta": 5e2, "factor": 8.0, "low_freq_factor": 1.0},
                **{"high_freq_factor": 4.0, "original_max_position_embeddings": 32},
            },
        },
    ),
    "linear": (
        5,
        {
            **{"num_hidden_layers": 1, "num_attention_heads": 2, "hidden_size": 8, "intermediate_size": 12},
            **{"vocab_size": 7, "max_position_embeddings": 16, "tie_word_embeddings": True},
            "rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 2.5},
        },
    ),
}


def randomise(model: nn.Module) -> None:
    """Give every parameter values that matter, biases and norms too."""
    for name, parameter in model.named_parameters():
        nn.init.normal_(parameter, std=0.2)
        if "norm" in name or ("ln_" in name and name.endswith("weight")):
            parameter.data += 1


class Kept(dict[str, torch.Tensor]):
    """What hooks have kept of a pass, without the batch."""

    def output(self, name: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: Any) -> None:
            self[name] = output[0] if output.dim() == 3 else output

        return hook

    def input(self, name: str) -> Callable[..., None]:
        return lambda module, inputs: self.__setitem__(name, inputs[0][0])

    def finish(self, output: Any) -> dict[str, torch.Tensor]:
        """With what the model itself hands out."""
        for i, attention in enumerate(output.attentions):
            self[f"h.{i}.attn.att_softmax"] = attention[0]  # (H, T, T)
        self["logits"] = output.logits[0]
        self["probs"] = output.logits[0].softmax(dim=-1)
        return {name: tensor.contiguous() for name, tensor in self.items()}


def gpt2_activations(model: GPT2LMHeadModel, tokens: torch.Tensor) -> dict[str, torch.Tensor]:
    """Every intermediate tensor that can be had from one pass, under this project's names."""
    kept, body = Kept(), model.transformer
    body.h[0].register_forward_pre_hook(kept.input("embed"))
    for i, block in enumerate(body.h):
        h = f"h.{i}"
        block.ln_1.register_forward_hook(kept.output(f"{h}.ln_1.out"))
        block.attn.c_attn.register_forward_hook(kept.output(f"{h}.qkv"))
        block.attn.c_proj.register_forward_pre_hook(kept.input(f"{h}.attn.y"))
        block.attn.c_proj.register_forward_hook(kept.output(f"{h}.attn.out"))
        block.ln_2.register_forward_pre_hook(kept.input(f"{h}.resid_attn"))
        block.ln_2.register_forward_hook(kept.output(f"{h}.ln_2.out"))
        block.mlp.c_fc.register_forward_hook(kept.output(f"{h}.mlp.fc"))
        block.mlp.act.register_forward_hook(kept.output(f"{h}.mlp.act"))
        block.mlp.c_proj.register_forward_hook(kept.output(f"{h}.mlp.out"))
        block.register_forward_hook(kept.output(f"{h}.resid"))
    body.ln_f.register_forward_hook(kept.output("ln_f.out"))

    with torch.no_grad():
        output = model(tokens[None], output_attentions=True)
    for i in range(model.config.n_layer):
        qkv = kept.pop(f"h.{i}.qkv").view(len(tokens), 3, model.config.n_head, -1)
        for part, name in enumerate("qkv"):
            kept[f"h.{i}.attn.{name}"] = qkv[:, part].transpose(0, 1)  # (H, T, A)
    return kept.finish(output)


def llama_activations(model: LlamaForCausalLM, tokens: torch.Tensor) -> dict[str, torch.Tensor]:
    """As `gpt2_activations`. Rotated queries and keys are in no module: the function that makes them is listened to."""
    kept, body = Kept(), model.model
    body.layers[0].register_forward_pre_hook(kept.input("embed"))
    for i, block in enumerate(body.layers):
        h, attention, mlp = f"h.{i}", block.self_attn, block.mlp
        block.input_layernorm.register_forward_hook(kept.output(f"{h}.ln_1.out"))
        for name, layer in (("q", attention.q_proj), ("k", attention.k_proj), ("v", attention.v_proj)):
            layer.register_forward_hook(kept.output(f"{h}.attn.{name}"))
        attention.o_proj.register_forward_pre_hook(kept.input(f"{h}.attn.y"))
        attention.o_proj.register_forward_hook(kept.output(f"{h}.attn.out"))
        block.post_attention_layernorm.register_forward_pre_hook(kept.input(f"{h}.resid_attn"))
        block.post_attention_layernorm.register_forward_hook(kept.output(f"{h}.ln_2.out"))
        mlp.gate_proj.register_forward_hook(kept.output(f"{h}.mlp.gate"))
        mlp.up_proj.register_forward_hook(kept.output(f"{h}.mlp.up"))
        mlp.down_proj.register_forward_pre_hook(kept.input(f"{h}.mlp.act"))
        mlp.down_proj.register_forward_hook(kept.output(f"{h}.mlp.out"))
        block.register_forward_hook(kept.output(f"{h}.resid"))
    body.norm.register_forward_hook(kept.output("ln_f.out"))

    rotate, rotated = modeling_llama.apply_rotary_pos_emb, []

    def listening(q: torch.Tensor, k: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> Any:
        rotated.append((cos[0], sin[0], *(made[0] for made in rotate(q, k, cos, sin))))
        return rotate(q, k, cos, sin)

    modeling_llama.apply_rotary_pos_emb = listening
    with torch.no_grad():
        output = model(tokens[None], output_attentions=True)
    modeling_llama.apply_rotary_pos_emb = rotate
    for i, (cos, sin, q, k) in enumerate(rotated):
        kept["rotary.cos"], kept["rotary.sin"] = (table[:, : table.shape[1] // 2] for table in (cos, sin))
        kept[f"h.{i}.attn.q_rot"], kept[f"h.{i}.attn.k_rot"] = q, k  # (H, T, A), (G, T, A)
        for name in "qkv":
            flat = kept[f"h.{i}.attn.{name}"]
            kept[f"h.{i}.attn.{name}"] = flat.view(len(tokens), -1, model.config.head_dim).transpose(0, 1)
    return kept.finish(output)


def write(
    family: str, name: str, model: PreTrainedModel, n_tokens: int, activations: Callable[..., dict[str, torch.Tensor]]
) -> None:
    """Write a model and the activations of a pass over random tokens."""
    model.eval()
    randomise(model)
    tokens = torch.randint(model.config.vocab_size, (n_tokens,))
    state = model.state_dict()
    if model.config.tie_word_embeddings:
        del state["lm_head.weight"]  # the same tensor once more, which safetensors does not keep
    folder = FOLDER / family
    folder.mkdir(parents=True, exist_ok=True)
    said = model.config.to_json_string(use_diff=True)
    save_file(state, folder / f"{name}.safetensors", {"format": "pt", "config": json.dumps(json.loads(said))})
    traced = activations(model, tokens) | {"tokens": tokens}
    save_file(traced, folder / f"{name}.activations.safetensors")
    print(f"{family} {name}: {len(traced)} tensors")


def main() -> None:
    torch.set_num_threads(1)
    plain = {"bos_token_id": None, "eos_token_id": None, "attn_implementation": "eager"}
    for seed, (name, (n_tokens, sizes)) in enumerate(GPT2.items()):
        torch.manual_seed(seed)
        write("gpt2", name, GPT2LMHeadModel(GPT2Config(**sizes, **plain)), n_tokens, gpt2_activations)
    for seed, (name, (n_tokens, sizes)) in enumerate(LLAMA.items()):
        torch.manual_seed(seed)
        write("llama", name, LlamaForCausalLM(LlamaConfig(**sizes, **plain)), n_tokens, llama_activations)


if __name__ == "__main__":
    main()
