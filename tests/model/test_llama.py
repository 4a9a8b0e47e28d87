"""The sizes that a Llama can have, and the checkpoints that it can come from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from render.errors import UserError
from render.model import FAMILIES, Array, Decoder, LlamaConfig, Model, load_model

CONFIG = LlamaConfig(
    hidden_size=12,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=20,
    vocab_size=9,
    num_key_value_heads=2,
    head_dim=6,
    max_position_embeddings=16,
    rope_theta=1e5,
)
SAID = {"model_type": "llama", "num_attention_heads": 4, "max_position_embeddings": 16, "rope_theta": 1e5}

Tensors = dict[str, Array]
RandomModel = Callable[[Decoder], Model]


@pytest.mark.parametrize(
    ("config", "n_params"),
    [
        (LlamaConfig(576, 30, 9, 1536, 49152, 3, tie_word_embeddings=True), 134_515_008),  # SmolLM2-135M
        (LlamaConfig(4096, 32, 32, 14336, 128256, 8), 8_030_261_248),  # Llama 3 8B
        (LlamaConfig(4096, 32, 32, 14336, 128256, 8, rope_factors=(2.0,) * 64), 8_030_261_248),
        (LlamaConfig(8192, 80, 64, 28672, 128256, 8), 70_553_706_496),  # Llama 3 70B
    ],
)
def test_all_that_is_trained_is_counted(config: LlamaConfig, n_params: int) -> None:
    assert config.n_params == n_params


def test_initial_weights_are_those_of_the_graph() -> None:
    config = replace(CONFIG, rope_factors=(1.0, 2.0, 3.0), attention_bias=True)
    weights = config.initial_weights(seed=3)
    specs = {spec.name: spec for spec in config.graph(1).values() if spec.kind == "weight"}
    assert {name: w.shape for name, w in weights.items()} == {name: spec.shape for name, spec in specs.items()}
    assert weights["rotary.factors"].tolist() == [1, 2, 3]
    assert weights["h.1.ln_2.weight"].tolist() == [1] * 12
    assert not weights["h.0.attn.q_proj.bias"].any()
    assert weights["wte.weight"].std() == pytest.approx(0.02, rel=0.2)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"num_key_value_heads": 3}, "num_attention_heads=4 heads cannot share num_key_value_heads=3 evenly"),
        ({"num_key_value_heads": 0}, "num_key_value_heads must be 1 or more, not 0"),
        ({"num_hidden_layers": 0}, "num_hidden_layers must be 1 or more, not 0"),
        ({"hidden_size": 10, "head_dim": None}, "hidden_size=10 channels cannot be shared evenly among num_att"),
        ({"head_dim": 5}, "rotary positions turn pairs of channels, and a head has 5 channels"),
        ({"rope_theta": 0.0}, "rope_theta must be more than 0, not 0.0"),
        ({"rope_factors": (1.0, 2.0)}, "there are 2 rope_factors for 3 pairs of channels"),
    ],
)
def test_sizes_that_do_not_go_together(sizes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        replace(CONFIG, **sizes)


# --- checkpoints ----------------------------------------------------------------------------------------------------

HF = {
    "wte.": "model.embed_tokens.",
    "ln_f.": "model.norm.",
    ".attn.": ".self_attn.",
    ".ln_1.": ".input_layernorm.",
    ".ln_2.": ".post_attention_layernorm.",
    "h.": "model.layers.",
}
GGUF = {
    "wte.": "token_embd.",
    "ln_f.": "output_norm.",
    "lm_head.": "output.",
    ".attn.q_proj.": ".attn_q.",
    ".attn.k_proj.": ".attn_k.",
    ".attn.v_proj.": ".attn_v.",
    ".attn.o_proj.": ".attn_output.",
    ".mlp.gate_proj.": ".ffn_gate.",
    ".mlp.up_proj.": ".ffn_up.",
    ".mlp.down_proj.": ".ffn_down.",
    ".ln_1.": ".attn_norm.",
    ".ln_2.": ".ffn_norm.",
    "h.": "blk.",
}


def named(name: str, words: Mapping[str, str]) -> str:
    for own, theirs in words.items():
        if own in name and (own != "h." or name.startswith("h.")):
            name = name.replace(own, theirs, 1)
    return name


def hugging_face(model: Model) -> Tensors:
    return {named(name, HF): np.asarray(w) for name, w in model.weights.items()}


def permuted(w: Array, n_head: int) -> Array:
    """As llama.cpp's convert_hf_to_gguf.py has it (LlamaModel.permute)."""
    return w.reshape(n_head, 2, w.shape[0] // n_head // 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)


def gguf(model: Model, heads: int, kv_heads: int) -> Tensors:
    found = {}
    for name, w in model.weights.items():
        n = {"q_proj": heads, "k_proj": kv_heads}.get(name.split(".")[-2])
        found[named(name, GGUF)] = np.asarray(w) if n is None else permuted(np.asarray(w), n)
    return found


def loaded(folder: Path, tensors: Mapping[str, Array], said: Mapping[str, Any]) -> Model:
    """The model of a checkpoint with these tensors that says this."""
    path = folder / "m.safetensors"
    save_file({name: np.ascontiguousarray(w) for name, w in tensors.items()}, path, {"config": json.dumps(said)})
    return load_model(str(path))


def assert_same(found: Model, expected: Model) -> None:
    assert found.config == expected.config
    assert found.weights.keys() == expected.weights.keys()
    for name, w in expected.weights.items():
        np.testing.assert_array_equal(np.asarray(found.weights[name]), w, err_msg=name)


@pytest.mark.parametrize("tied", [True, False])
def test_a_checkpoint_of_transformers(tmp_path: Path, random_model: RandomModel, tied: bool) -> None:
    model = random_model(replace(CONFIG, tie_word_embeddings=tied))
    buffers = {"model.layers.0.self_attn.rotary_emb.inv_freq": np.ones(3, np.float32)}
    save_file({**hugging_face(model), **buffers}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps({**SAID, "rms_norm_eps": 1e-6, "head_dim": None}))
    assert_same(load_model(str(tmp_path)), model)


def test_a_checkpoint_without_prefixes_and_the_name_of_its_family(tmp_path: Path, random_model: RandomModel) -> None:
    """What transformers' LlamaModel saves: the same without a head."""
    model = random_model(replace(CONFIG, tie_word_embeddings=True, attention_bias=True, mlp_bias=True))
    tensors = {name.removeprefix("model."): w for name, w in hugging_face(model).items()}
    said = {key: value for key, value in SAID.items() if key != "model_type"}
    assert_same(loaded(tmp_path, tensors, said), model)


def test_the_names_of_this_house(tmp_path: Path, random_model: RandomModel) -> None:
    model = random_model(CONFIG)
    assert_same(loaded(tmp_path, {name: np.asarray(w) for name, w in model.weights.items()}, SAID), model)


GGUF_SAID = {
    "general.architecture": "llama",
    "llama.block_count": 2,
    "llama.embedding_length": 12,
    "llama.feed_forward_length": 20,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "llama.attention.layer_norm_rms_epsilon": 1e-6,
    "llama.attention.key_length": 6,
    "llama.context_length": 16,
    "llama.rope.freq_base": 1e5,
    "llama.rope.dimension_count": 6,
    "llama.vocab_size": 9,
}


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_the_names_and_the_pairs_of_gguf(tmp_path: Path, random_model: RandomModel, tied: bool, bias: bool) -> None:
    model = random_model(replace(CONFIG, tie_word_embeddings=tied, attention_bias=bias))
    assert_same(loaded(tmp_path, gguf(model, 4, 2), GGUF_SAID), model)


def test_the_frequencies_of_gguf(tmp_path: Path, random_model: RandomModel) -> None:
    model = random_model(replace(CONFIG, rope_factors=(1.0, 2.5, 8.0)))
    tensors = gguf(model, 4, 2)
    tensors["rope_freqs.weight"] = tensors.pop("rotary.factors")
    assert_same(loaded(tmp_path, tensors, GGUF_SAID), model)


def test_a_mistral_is_computed_alike_where_it_has_no_window(tmp_path: Path, random_model: RandomModel) -> None:
    model = random_model(CONFIG)
    tensors = hugging_face(model)
    assert_same(loaded(tmp_path, tensors, {**SAID, "model_type": "mistral", "sliding_window": None}), model)
    for said in ({"model_type": "mistral"}, {"sliding_window": 4096}):
        with pytest.raises(UserError, match=r"attention through a sliding window .sliding_window=4096. is not supp"):
            loaded(tmp_path, tensors, {**SAID, **said})


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"model_type": "qwen2"}, "models of type 'qwen2' are not supported; there are: gpt2, llama, mistral"),
        ({"model_type": "lama"}, "models of type 'lama' are not supported; did you mean 'llama'?"),
        ({"num_attention_heads": 5}, "num_attention_heads=5, but the 24 channels of the queries cannot be shared even"),
        ({"num_attention_heads": 0}, "num_attention_heads must be 1 or more, not 0"),
        ({"num_attention_heads": "four"}, "the config says num_attention_heads='four', which is not a number"),
        ({"head_dim": 3}, "the config says head_dim=3, but the tensors have 6"),
        ({"num_key_value_heads": 4}, "the config says num_key_value_heads=4, but the tensors have 2"),
        ({"num_hidden_layers": 3}, "the config says num_hidden_layers=3, but the tensors have 2"),
        ({"hidden_size": 64}, "the config says hidden_size=64, but the tensors have 12"),
        ({"intermediate_size": 21}, "the config says intermediate_size=21, but the tensors have 20"),
        ({"vocab_size": 10}, "the config says vocab_size=10, but the tensors have 9"),
        ({"tie_word_embeddings": True}, "tie_word_embeddings=True, but 'lm_head.weight' is not the token embedding"),
        ({"hidden_act": "gelu"}, "the activation function 'gelu' is not supported: there is silu"),
        ({"attention_bias": True}, "the tensor 'layers.0.self_attn.q_proj.bias' is missing (and 7 more)"),
        ({"rope_scaling": {"type": "yarn", "factor": 4}}, "the rope_type 'yarn' is not supported; there are: default,"),
        ({"rope_scaling": {"rope_type": "linear"}}, "the config does not say factor"),
        ({"rope_scaling": {"rope_type": "linear", "factor": 0}}, "the config says factor=0 of its rope_scaling"),
        ({"rope_scaling": 4}, "the config says rope_scaling=4, which is no table"),
        ({"rope_parameters": {"partial_rotary_factor": 0.5}}, "rotary positions of a part of the channels"),
        (
            {
                "rope_scaling": {
                    **{"rope_type": "llama3", "factor": 8, "original_max_position_embeddings": 8},
                    **{"low_freq_factor": 4, "high_freq_factor": 1},
                }
            },
            "low_freq_factor=4 of the rope_scaling must be less than high_freq_factor=1",
        ),
    ],
)
def test_wrong_words_about_the_model(
    tmp_path: Path, random_model: RandomModel, said: dict[str, Any], message: str
) -> None:
    tensors = hugging_face(random_model(CONFIG))
    with pytest.raises(UserError) as error:
        loaded(tmp_path, tensors, {**SAID, **said})
    assert message in str(error.value)


def test_how_many_heads_there_are_has_to_be_said(tmp_path: Path, random_model: RandomModel) -> None:
    tensors = hugging_face(random_model(CONFIG))
    with pytest.raises(UserError, match=r"does not say how many heads .* such as \{\"num_attention_heads\": 32\}"):
        loaded(tmp_path, tensors, {"model_type": "llama"})


F4 = np.float32


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        ("model.norm.weight", None, "the tensor 'norm.weight' is missing"),
        ("model.embed_tokens.weight", None, "the tensor 'embed_tokens.weight' is missing"),
        ("model.layers.1.mlp.up_proj.weight", None, "the tensor 'layers.1.mlp.up_proj.weight' is missing"),
        ("model.layers.0.self_attn.k_norm.weight", np.ones(6, F4), "'layers.0.self_attn.k_norm.weight' is not one of"),
        ("model.norm.weight", np.ones(13, F4), "'norm.weight' has the shape [13]; expected [12]"),
        (
            "model.layers.1.mlp.down_proj.weight",
            np.ones((20, 12), F4),
            "'layers.1.mlp.down_proj.weight' has the shape [20, 12]; expected [12, 20]",
        ),
    ],
)
def test_wrong_tensors(
    tmp_path: Path, random_model: RandomModel, name: str, tensor: Array | None, message: str
) -> None:
    tensors = hugging_face(random_model(CONFIG))
    tensors.pop(name, None)
    if tensor is not None:
        tensors[name] = tensor
    with pytest.raises(UserError) as error:
        loaded(tmp_path, tensors, SAID)
    assert message in str(error.value)


def test_every_file_of_the_package_is_a_family() -> None:
    folder = Path(__file__).parents[2] / "render" / "model" / "families"
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert len(FAMILIES) == len(files)
    assert [family.name for family in FAMILIES] == ["GPT-2", "Llama"]


def test_every_dialect_names_every_weight() -> None:
    """What a family's graph has, each of its dialects has a name for, and takes back by it."""
    configs = {"Llama": replace(CONFIG, rope_factors=(1.0, 2.0, 3.0)), "GPT-2": load_model("nano-sort").config}
    for family in FAMILIES:
        weights = [spec for spec in configs[family.name].graph(1).values() if spec.kind == "weight"]
        for dialect in family.dialects:
            for spec in weights:
                if spec.trained:
                    assert dialect.own(dialect.theirs(spec.name)) == spec.name


def test_gpt2_in_gguf(tmp_path: Path) -> None:
    nano = load_model("nano-sort")
    words = {"wte.": "token_embd.", "wpe.": "position_embd.", "ln_f.": "output_norm.", "lm_head.": "output."}
    words |= {".ln_1.": ".attn_norm.", ".ln_2.": ".ffn_norm.", ".attn.c_attn.": ".attn_qkv.", "h.": "blk."}
    words |= {".attn.c_proj.": ".attn_output.", ".mlp.c_fc.": ".ffn_up.", ".mlp.c_proj.": ".ffn_down."}
    tensors = {
        named(name, words): w.T if re.search(r"c_(attn|fc|proj)\.weight", name) else w
        for name, w in ((name, np.asarray(w)) for name, w in nano.weights.items())
    }
    said = {"general.architecture": "gpt2", "gpt2.attention.head_count": 3, "gpt2.context_length": 11}
    said |= {"gpt2.attention.layer_norm_epsilon": 1e-5, "gpt2.embedding_length": 48, "gpt2.block_count": 3}
    assert_same(loaded(tmp_path, tensors, said), nano)
    with pytest.raises(UserError, match="the config says n_layer=4, but the tensors have 3"):
        loaded(tmp_path, tensors, {**said, "gpt2.block_count": 4})
