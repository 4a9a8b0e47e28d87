"""Checkpoints of every family and file format, and everything that can be wrong with one."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from render.errors import UserError
from render.model import Array, FloatArray, GPT2Config, Model, load_model

CONFIG = GPT2Config(n_layer=2, n_head=3, n_embd=12, vocab_size=5, block_size=7)
TIED = GPT2Config(n_layer=2, n_head=3, n_embd=12, vocab_size=5, block_size=7, tied=True)
NO_BIAS = GPT2Config(n_layer=2, n_head=3, n_embd=12, vocab_size=5, block_size=7, bias=False)
SAID = {"n_head": 3}

Tensors = Mapping[str, Array]
RandomModel = Callable[[GPT2Config], Model]


def out_in(weights: Tensors) -> Tensors:
    """Linear layers as PyTorch has them."""
    linear = re.compile(r"(c_attn|c_fc|c_proj)\.weight$")
    return {name: np.ascontiguousarray(w.T) if linear.search(name) else w for name, w in weights.items()}


def with_buffers(weights: Tensors) -> Tensors:
    """With the causal mask that old versions keep in the state dict."""
    T = CONFIG.block_size
    mask = {f"h.{i}.attn.bias": np.tril(np.ones((1, 1, T, T), np.uint8)) for i in range(CONFIG.n_layer)}
    return {**weights, **mask, "h.0.attn.masked_bias": np.array(-1e4, np.float32)}


def prefixed(prefix: str, weights: Tensors) -> Tensors:
    return {name if name.startswith("lm_head") else prefix + name: w for name, w in weights.items()}


def all_prefixed(prefix: str, weights: Tensors) -> Tensors:
    return {prefix + name: w for name, w in weights.items()}


def head_twice(weights: Tensors) -> Tensors:
    """A tied head as nanoGPT saves it: the token embedding once more."""
    return {**weights, "lm_head.weight": weights["wte.weight"]}


FAMILIES: dict[str, tuple[GPT2Config, Callable[[Tensors], Tensors]]] = {
    "own names": (CONFIG, lambda w: w),
    "GPT2Model": (TIED, lambda w: w),
    "GPT2LMHeadModel": (TIED, lambda w: with_buffers(prefixed("transformer.", w))),
    "minGPT": (CONFIG, lambda w: prefixed("transformer.", with_buffers(out_in(w)))),
    "nanoGPT": (TIED, lambda w: prefixed("transformer.", out_in(head_twice(w)))),
    "nanoGPT compiled": (CONFIG, lambda w: all_prefixed("_orig_mod.", prefixed("transformer.", out_in(w)))),
    "nanoGPT without biases": (NO_BIAS, lambda w: prefixed("transformer.", out_in(w))),
    "wrapped": (CONFIG, lambda w: all_prefixed("model.", w)),
}


def write(path: Path, tensors: Tensors, said: Mapping[str, Any]) -> Path:
    """Write a checkpoint in the format of the suffix."""
    config = json.dumps(said)
    if path.suffix == ".safetensors":
        save_file(dict(tensors), path, {"config": config} if said else None)
    elif path.suffix == ".npz":
        extra = {"config": np.array(config)} if said else {}
        np.savez(path, **{**tensors, **extra})  # type: ignore[arg-type]
    else:
        content: dict[str, Any] = {"config": said}
        for name, array in tensors.items():
            data = base64.b64encode(array.tobytes()).decode()
            content[name] = {"shape": list(array.shape), "dtype": f"torch.{array.dtype.name}", "data": data}
        path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".json"])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_in_every_format(tmp_path: Path, random_model: RandomModel, family: str, suffix: str) -> None:
    config, rename = FAMILIES[family]
    original = random_model(config)
    loaded = load_model(str(write(tmp_path / f"mine{suffix}", rename(original.weights), SAID)))
    assert loaded.name == "mine"
    assert loaded.config == config
    assert loaded.tokenizer is None
    assert loaded.weights.keys() == original.weights.keys()
    for name, weight in original.weights.items():
        assert loaded.weights[name].dtype == np.float32
        np.testing.assert_array_equal(loaded.weights[name], weight)
    # a turned matrix is multiplied in another order, so sums end in other digits
    np.testing.assert_allclose(loaded.trace((1, 4, 0))["logits"], original.trace((1, 4, 0))["logits"], atol=2e-6)


@pytest.fixture
def weights(random_model: RandomModel) -> dict[str, FloatArray]:
    return dict(random_model(CONFIG).weights)


def upper_half(w: Array) -> Array:
    return (w.view("<u4") >> 16).astype("<u2")


@pytest.mark.parametrize(
    ("dtype", "to_bits", "precision"),
    [
        ("F16", lambda w: w.astype("<f2"), 2**-10),
        ("BF16", upper_half, 2**-7),
        ("F64", lambda w: w.astype("<f8"), 0),
    ],
)
def test_other_floats_become_float32(
    tmp_path: Path, weights: dict[str, FloatArray], dtype: str, to_bits: Callable[[Array], Array], precision: float
) -> None:
    header: dict[str, Any] = {"__metadata__": {"n_head": "3"}}
    data = b""
    for tensor, w in weights.items():
        raw = to_bits(w).tobytes()
        header[tensor] = {"dtype": dtype, "shape": w.shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    loaded = load_model(str(path))
    for tensor, w in weights.items():
        assert loaded.weights[tensor].dtype == np.float32
        np.testing.assert_allclose(loaded.weights[tensor], w, rtol=precision, atol=1e-7)


def test_a_folder_as_transformers_saves_it(tmp_path: Path, random_model: RandomModel) -> None:
    model = random_model(TIED)
    write(tmp_path / "model.safetensors", prefixed("transformer.", model.weights), {})
    said = {"n_head": 3, "n_layer": 2, "n_positions": 7, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-3}
    (tmp_path / "config.json").write_text(json.dumps(said))
    loaded = load_model(str(tmp_path))
    assert loaded.name == tmp_path.name
    assert isinstance(loaded.config, GPT2Config)
    assert loaded.config.n_head == 3
    assert loaded.config.eps == 1e-3


def test_a_vocabulary_of_letters(tmp_path: Path, weights: dict[str, FloatArray]) -> None:
    model = load_model(str(write(tmp_path / "m.npz", weights, {"n_head": "3", "vocabulary": "VWXYZ"})))
    assert model.encode("ZVX") == (4, 0, 2)


def test_reading_executes_nothing_and_leaves_the_file_alone(tmp_path: Path, weights: dict[str, FloatArray]) -> None:
    path = write(tmp_path / "m.safetensors", weights, SAID)
    before = path.read_bytes()
    load_model(str(path))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m.safetensors"]


def without(name: str) -> Callable[[dict[str, Array]], None]:
    return lambda tensors: tensors.__delitem__(name)


def put(name: str, array: Array) -> Callable[[dict[str, Array]], None]:
    return lambda tensors: tensors.__setitem__(name, array)


def spoil(name: str, value: float) -> Callable[[dict[str, Array]], None]:
    def change(tensors: dict[str, Array]) -> None:
        tensors[name] = tensors[name].copy()
        tensors[name][2, 5] = value

    return change


F4 = np.float32


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("h.1.mlp.c_fc.weight"), "the tensor 'h.1.mlp.c_fc.weight' is missing"),
        (without("wte.weight"), "the tensor 'wte.weight' is missing"),
        (without("wpe.weight"), "the tensor 'wpe.weight' is missing"),
        (put("h.0.attn.rotary", np.zeros(3, F4)), "the tensor 'h.0.attn.rotary' is not one of a GPT-2"),
        (put("h.7.ln_1.weight", np.zeros(12, F4)), "the tensor 'h.2.ln_1.weight' is missing (and 11 more)"),
        (put("wte.weight", np.zeros(5, F4)), "'wte.weight' has the shape [5]; an embedding has two dimensions"),
        (put("ln_f.bias", np.zeros(13, F4)), "'ln_f.bias' has the shape [13]; expected [12]"),
        (put("wpe.weight", np.zeros((7, 11), F4)), "'wpe.weight' has the shape [7, 11]; expected [7, 12]"),
        (put("h.1.mlp.c_fc.weight", np.zeros((48, 12), F4)), "c_fc.weight' has the shape [48, 12]; expected [12, 48]"),
        (put("h.0.attn.c_attn.weight", np.zeros((12, 12), F4)), "has the shape [12, 12]; expected [12, 36]"),
        (put("model.ln_f.bias", np.zeros(12, F4)), "there are two tensors for 'ln_f.bias'"),
        (put("ln_f.bias", np.zeros(12, np.int32)), "of 'ln_f.bias' is not supported: there are float32, float16"),
        (
            spoil("wte.weight", np.nan),
            "'wte.weight' has 1 of 60 values that are not finite, the first is nan at [2, 5]",
        ),
        (spoil("h.1.attn.c_proj.weight", -np.inf), "1 of 144 values that are not finite, the first is -inf at [2, 5]"),
    ],
)
@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".json"])
def test_wrong_tensors(
    tmp_path: Path, weights: dict[str, Array], suffix: str, change: Callable[[dict[str, Array]], None], message: str
) -> None:
    change(weights)
    path = write(tmp_path / f"bad{suffix}", weights, SAID)
    with pytest.raises(UserError) as error:
        load_model(str(path)).trace((0,))
    assert str(error.value).startswith(f"{path}: ")
    assert message in str(error.value)


def test_what_is_too_large_for_float32(tmp_path: Path, weights: dict[str, Array]) -> None:
    weights["ln_f.bias"] = np.full(12, 1e300)
    with pytest.raises(UserError, match=r"'ln_f.bias' has 12 of 12 values that are not finite, the first is inf at"):
        load_model(str(write(tmp_path / "bad.npz", weights, SAID))).trace((0,))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, r"does not say how many heads .* put n_head into .* config.json beside it, such as \{\"n_head\": 12\}"),
        ({"n_head": 5}, "n_embd=12 channels cannot be shared evenly among n_head=5 heads"),
        ({"n_head": 0}, "n_head must be 1 or more, not 0"),
        ({"n_head": "three"}, "says n_head='three', which is not a number"),
        ({"n_head": 1.5}, "says n_head=1.5, which is not a whole number"),
        ({"n_head": None}, "says n_head=None, which is not a number"),
        ({"n_head": 3, "n_layer": 12}, "says n_layer=12, but the tensors have 2"),
        ({"n_head": 3, "n_positions": 1024}, "says n_positions=1024, but the tensors have 7"),
        (
            {"n_head": 3, "activation_function": "relu"},
            "activation function 'relu' is not supported: there is gelu_new",
        ),
        ({"n_head": 3, "vocabulary": "ABC"}, "vocabulary has to be 5 different letters, not 'ABC'"),
        ({"n_head": 3, "vocabulary": "ABCDA"}, "vocabulary has to be 5 different letters, not 'ABCDA'"),
    ],
)
def test_wrong_words_about_the_model(
    tmp_path: Path, weights: dict[str, Array], said: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        load_model(str(write(tmp_path / "bad.safetensors", weights, said)))


@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".json"])
@pytest.mark.parametrize("kept", [0.0, 0.001, 0.5, 0.999])
def test_a_file_that_is_cut_off(tmp_path: Path, weights: dict[str, Array], suffix: str, kept: float) -> None:
    path = write(tmp_path / f"cut{suffix}", weights, SAID)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(UserError, match=f"{re.escape(str(path))}: this is not .*, or it is cut off"):
        load_model(str(path))


@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".json"])
def test_a_file_of_something_else(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"noise{suffix}"
    path.write_bytes(np.random.default_rng(0).bytes(5000))
    with pytest.raises(UserError, match="this is not"):
        load_model(str(path))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1, 2]", "this JSON is not a model as llm-viz keeps it"),
        ('{"wte.weight": {}}', "this JSON is not a model as llm-viz keeps it"),
        ('{"config": {"n_head": 3}}', "the tensor 'wte.weight' is missing"),
        ('{"config": {}, "wte.weight": 3}', "'wte.weight' is not a tensor: an object with 'shape', 'dtype' and 'data'"),
        ('{"config": {}, "w": {"shape": [2], "dtype": "torch.float32"}}', "'w' is not a tensor"),
        ('{"config": {}, "w": {"shape": [-2], "dtype": "F", "data": ""}}', "shape of 'w' is not a list of sizes"),
        ('{"config": {}, "w": {"shape": 2, "dtype": "F", "data": ""}}', "shape of 'w' is not a list of sizes"),
        ('{"config": {}, "w": {"shape": [2], "dtype": 3, "data": ""}}', "'dtype' and 'data' of 'w' have to be text"),
        ('{"config": {}, "w": {"shape": [2], "dtype": "F", "data": "%%"}}', "the data of 'w' is not base64"),
        ("[" * 100_000, "this is not JSON, or it is cut off"),
    ],
)
def test_json_that_is_no_such_model(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content)
    with pytest.raises(UserError) as error:
        load_model(str(path))
    assert message in str(error.value)


def test_json_with_too_few_bytes(tmp_path: Path, weights: dict[str, Array]) -> None:
    path = write(tmp_path / "bad.json", weights, SAID)
    content = json.loads(path.read_text())
    content["ln_f.bias"]["data"] = base64.b64encode(bytes(40)).decode()
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match=r"'ln_f.bias' should have 48 bytes and has 40"):
        load_model(str(path))


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".bin", ".ckpt", ".pkl"])
def test_pickles_are_not_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(b"\x80\x04")
    with pytest.raises(UserError, match=r"this is a pickle, which can run any code .* safetensors.torch.save_file"):
        load_model(str(path))


def test_an_npz_with_a_pickle_inside(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    np.savez(path, wte=np.array([{}], dtype=object))
    with pytest.raises(UserError, match="Object arrays cannot be loaded"):
        load_model(str(path))


def test_names_and_places_that_there_are_not(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no model or file 'nano-srot'; did you mean 'nano-sort'\?"):
        load_model("nano-srot")
    for name in ("", "x" * 5000, "a\0b"):
        with pytest.raises(UserError, match="there is no model or file"):
            load_model(name)
    with pytest.raises(UserError, match=r"model.safetensors cannot be read: No such file or directory"):
        load_model(str(tmp_path))
    path = tmp_path / "model.txt"
    path.write_text("")
    with pytest.raises(UserError, match=r"a checkpoint ends in .safetensors, .npz, .json, .gguf, not '.txt'"):
        load_model(str(path))


@pytest.mark.parametrize("content", ["", "[]", "{"])
def test_a_bad_config_beside(tmp_path: Path, weights: dict[str, Array], content: str) -> None:
    path = write(tmp_path / "m.safetensors", weights, {})
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(UserError, match=r"config.json: this is not"):
        load_model(str(path))
