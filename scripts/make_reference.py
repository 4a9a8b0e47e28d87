"""Make the reference activations that the model is tested against, with Hugging Face transformers' GPT-2.

Small random models, each written to tests/model/reference/ as a checkpoint (NAME.safetensors, exactly the state dict of
transformers) and the activations of one pass (NAME.activations.safetensors, under this project's names). Run by hand:

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
from transformers import GPT2Config, GPT2LMHeadModel

FOLDER = Path(__file__).parent.parent / "tests" / "model" / "reference"
MODELS: dict[str, tuple[int, dict[str, Any]]] = {  # how many tokens, and the configuration
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


def randomise(model: nn.Module) -> None:
    """Give every parameter values that matter, biases and layer norms too."""
    for name, parameter in model.named_parameters():
        nn.init.normal_(parameter, std=0.2)
        if "ln_" in name and name.endswith("weight"):
            parameter.data += 1


def activations(model: GPT2LMHeadModel, tokens: torch.Tensor) -> dict[str, torch.Tensor]:
    """Every intermediate tensor that can be had from one pass, under this project's names."""
    found: dict[str, torch.Tensor] = {}

    def keep(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: Any) -> None:
            found[name] = output[0] if output.dim() == 3 else output  # without the batch

        return hook

    def keep_input(name: str) -> Callable[..., None]:
        return lambda module, inputs: found.__setitem__(name, inputs[0][0])

    body = model.transformer
    body.h[0].register_forward_pre_hook(keep_input("embed"))
    for i, block in enumerate(body.h):
        h = f"h.{i}"
        block.ln_1.register_forward_hook(keep(f"{h}.ln_1.out"))
        block.attn.c_attn.register_forward_hook(keep(f"{h}.qkv"))
        block.attn.c_proj.register_forward_pre_hook(keep_input(f"{h}.attn.y"))
        block.attn.c_proj.register_forward_hook(keep(f"{h}.attn.out"))
        block.ln_2.register_forward_pre_hook(keep_input(f"{h}.resid_attn"))
        block.ln_2.register_forward_hook(keep(f"{h}.ln_2.out"))
        block.mlp.c_fc.register_forward_hook(keep(f"{h}.mlp.fc"))
        block.mlp.act.register_forward_hook(keep(f"{h}.mlp.act"))
        block.mlp.c_proj.register_forward_hook(keep(f"{h}.mlp.out"))
        block.register_forward_hook(keep(f"{h}.resid"))
    body.ln_f.register_forward_hook(keep("ln_f.out"))

    with torch.no_grad():
        output = model(tokens[None], output_attentions=True)
    T, n_head = len(tokens), model.config.n_head
    for i, attention in enumerate(output.attentions):
        found[f"h.{i}.attn.att_softmax"] = attention[0]  # (H, T, T)
        qkv = found.pop(f"h.{i}.qkv").view(T, 3, n_head, -1)
        for part, name in enumerate("qkv"):
            found[f"h.{i}.attn.{name}"] = qkv[:, part].transpose(0, 1)  # (H, T, A)
    found["logits"] = output.logits[0]
    found["probs"] = output.logits[0].softmax(dim=-1)
    return {name: tensor.contiguous() for name, tensor in found.items()}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for seed, (name, (n_tokens, sizes)) in enumerate(MODELS.items()):
        torch.manual_seed(seed)
        config = GPT2Config(**sizes, bos_token_id=None, eos_token_id=None, attn_implementation="eager")
        model = GPT2LMHeadModel(config).eval()
        randomise(model)
        tokens = torch.randint(sizes["vocab_size"], (n_tokens,))
        state = model.state_dict()
        if model.config.tie_word_embeddings:
            del state["lm_head.weight"]  # the same tensor once more, which safetensors does not keep
        save_file(state, FOLDER / f"{name}.safetensors", {"format": "pt", "config": json.dumps(sizes)})
        traced = activations(model, tokens) | {"tokens": tokens}
        save_file(traced, FOLDER / f"{name}.activations.safetensors")
        print(f"{name}: {len(traced)} tensors")


if __name__ == "__main__":
    main()
