"""GPT-2 checkpoints as minGPT, nanoGPT and Hugging Face transformers write them.

They name the same tensors alike, but for what stands before the name. Hugging Face keeps GPT-2's own linear layers,
[in, out]; the others have PyTorch's, [out, in]. All sizes are read from the shapes, but for the number of heads, which
shows in none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from render.errors import UserError, nearest
from render.model.checkpoint import Checkpoint
from render.model.gpt2 import GPT2Config
from render.model.model import Model
from render.model.stored import StoredTensor
from render.model.tokenizer import LetterTokenizer

_PREFIX = re.compile(r"^(?:(?:_orig_mod|module|model|transformer)\.)+")
_BUFFERS = (".attn.bias", ".attn.masked_bias")  # the causal mask
_LINEAR = (".c_attn.weight", ".c_fc.weight", ".c_proj.weight")
_TANH_GELU = ("gelu_new", "gelu_pytorch_tanh")
_SIZES = {  # what a config may call the sizes that the shapes already tell
    "n_layer": ("n_layer", "num_hidden_layers"),
    "n_embd": ("n_embd", "hidden_size"),
    "vocab_size": ("vocab_size",),
    "block_size": ("block_size", "n_positions"),
}


def gpt2_model(name: str, checkpoint: Checkpoint) -> Model:
    """The model that a checkpoint holds.

    Raises UserError, naming the tensor, when one is missing, unknown, of the wrong shape or type, or not finite, and
    when what the checkpoint says of the model is not so.
    """
    tensors = _own_names(checkpoint.tensors)
    config = _config(tensors, checkpoint.config)
    weights = _weights(tensors, config)
    return Model(name, config, weights, _tokenizer(checkpoint.config, config))


def _own_names(tensors: Mapping[str, StoredTensor]) -> dict[str, StoredTensor]:
    own: dict[str, StoredTensor] = {}
    for name, tensor in tensors.items():
        short = _PREFIX.sub("", name)
        if short.endswith(_BUFFERS):
            continue
        if short in own:
            raise UserError(f"there are two tensors for '{short}', one of them '{name}'")
        own[short] = tensor
    return own


def _config(tensors: Mapping[str, StoredTensor], said: Mapping[str, Any]) -> GPT2Config:
    vocab_size, n_embd = _table(tensors, "wte.weight")
    block_size, _ = _table(tensors, "wpe.weight")
    head = tensors.get("lm_head.weight")
    layers = {match[1] for name in tensors if (match := re.match(r"h\.(\d+)\.", name))}
    config = GPT2Config(
        n_layer=max(len(layers), 1),
        n_head=_n_head(said),
        n_embd=n_embd,
        vocab_size=vocab_size,
        block_size=block_size,
        tied=head is None or head == tensors["wte.weight"],
        eps=_number(said, "layer_norm_epsilon", 1e-5),
        bias=any(name.endswith(".bias") for name in tensors),
    )
    for size, keys in _SIZES.items():
        for key in keys:
            if key in said and _whole(said, key) != getattr(config, size):
                raise UserError(f"the config says {key}={said[key]}, but the tensors have {getattr(config, size)}")
    activation = said.get("activation_function", _TANH_GELU[0])
    if activation not in _TANH_GELU:
        raise UserError(f"the activation function '{activation}' is not supported: there is {_TANH_GELU[0]}")
    return config


def _table(tensors: Mapping[str, StoredTensor], name: str) -> tuple[int, int]:
    if name not in tensors:
        raise UserError(f"the tensor '{name}' is missing{nearest(name, tensors)}")
    shape = tensors[name].shape
    if len(shape) != 2:
        raise UserError(f"'{name}' has the shape {list(shape)}; an embedding has two dimensions")
    return shape[0], shape[1]


def _n_head(said: Mapping[str, Any]) -> int:
    for key in ("n_head", "num_heads", "num_attention_heads"):
        if key in said:
            return _whole(said, key)
    raise UserError(
        "it does not say how many heads the model has, and no shape tells: put n_head into the file's metadata, or "
        'write a config.json beside it, such as {"n_head": 12}'
    )


def _whole(said: Mapping[str, Any], key: str) -> int:
    value = _number(said, key, 0)
    if not float(value).is_integer():
        raise UserError(f"the config says {key}={said[key]}, which is not a whole number")
    return int(value)


def _number(said: Mapping[str, Any], key: str, default: float) -> float:
    try:
        return float(said.get(key, default))
    except (TypeError, ValueError) as error:
        raise UserError(f"the config says {key}={said[key]!r}, which is not a number") from error


def _weights(tensors: Mapping[str, StoredTensor], config: GPT2Config) -> dict[str, StoredTensor]:
    shapes = {spec.name: spec.shape for spec in config.graph(1).values() if spec.kind == "weight"}
    missing = [name for name in shapes if name not in tensors]
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise UserError(f"the tensor '{missing[0]}' is missing{more}")
    unknown = [name for name in tensors if name not in shapes and name != "lm_head.weight"]
    if unknown:
        raise UserError(f"the tensor '{unknown[0]}' is not one of a GPT-2{nearest(unknown[0], shapes)}")

    C = config.n_embd
    out_in = tensors["h.0.attn.c_attn.weight"].shape == (3 * C, C)  # it is never square, so it tells for c_proj too
    weights = {}
    for name, shape in shapes.items():
        turned = out_in and name.endswith(_LINEAR)
        expected = shape[::-1] if turned else shape
        if tensors[name].shape != expected:
            raise UserError(f"'{name}' has the shape {list(tensors[name].shape)}; expected {list(expected)}")
        weights[name] = tensors[name].turned() if turned else tensors[name]
    return weights


def _tokenizer(said: Mapping[str, Any], config: GPT2Config) -> LetterTokenizer | None:
    letters = said.get("vocabulary")
    if letters is None:
        return None
    if not isinstance(letters, str) or len(set(letters)) != len(letters) or len(letters) != config.vocab_size:
        raise UserError(f"the vocabulary has to be {config.vocab_size} different letters, not {letters!r}")
    return LetterTokenizer(letters)
