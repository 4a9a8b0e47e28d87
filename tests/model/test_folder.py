"""Folders as Hugging Face keeps models: in one file or in shards, with what stands beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf_files import LLAMA, random_weights, write_gguf
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from render.errors import UserError
from render.model import FloatArray, LlamaConfig, Model, load_model
from render.model.checkpoint import read_checkpoint
from render.model.stored import StoredTensor

SAID = {
    "model_type": "llama",
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 96,
    "max_position_embeddings": 32,
    "rope_theta": 1e5,
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": True,
}
_NAMES = {"ln_1": "input_layernorm", "ln_2": "post_attention_layernorm", "attn": "self_attn", "wte": "embed_tokens"}


def renamed(name: str) -> str:
    """As transformers calls it."""
    parts = ["model", *("layers" if part == "h" else _NAMES.get(part, part) for part in name.split("."))]
    return ".".join("norm" if part == "ln_f" else part for part in parts)


def tokenizer() -> Tokenizer:
    """A byte-level tokenizer of 40 tokens that was trained on a sentence, as folders have it in tokenizer.json."""
    own = Tokenizer(models.BPE())
    own.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    own.decoder = decoders.ByteLevel()
    letters = sorted({*"the capital of France is Paris.Ġ"})
    trainer = trainers.BpeTrainer(vocab_size=40, special_tokens=["<s>"], initial_alphabet=letters, show_progress=False)
    own.train_from_iterator(["the capital of France is Paris."] * 3, trainer)
    own.post_processor = processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", 0)])
    return own


def write_folder(folder: Path, weights: dict[str, FloatArray], shards: int = 1) -> Path:
    """A folder as `save_pretrained` writes it."""
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(SAID))
    tokenizer().save(str(folder / "tokenizer.json"))
    tensors = {renamed(name): values for name, values in weights.items()}
    if shards == 1:
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})
        return folder
    places = {}
    for k in range(shards):
        name = f"model-{k + 1:05d}-of-{shards:05d}.safetensors"
        own = dict([*tensors.items()][k::shards])
        save_file(own, folder / name, {"format": "pt"})
        places |= dict.fromkeys(own, name)
    index = {"metadata": {"total_size": 1}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


@pytest.fixture(scope="module")
def weights() -> dict[str, FloatArray]:
    return random_weights(LLAMA)


@pytest.mark.parametrize("shards", [1, 3])
def test_a_folder(tmp_path: Path, weights: dict[str, FloatArray], shards: int) -> None:
    folder = write_folder(tmp_path / "tiny-llama", weights, shards)
    model = load_model(str(folder))
    assert model.name == "tiny-llama"
    assert isinstance(model.config, LlamaConfig) and model.config.figures == LLAMA.figures
    assert all(isinstance(weight, StoredTensor) for weight in model.weights.values())
    for name, values in weights.items():
        np.testing.assert_array_equal(np.asarray(model.weights[name]), values)
    ids = model.encode("the capital of France is")
    assert ids == tuple(tokenizer().encode("the capital of France is").ids) and ids[0] == 0
    memory = Model("m", model.config, weights, None)
    np.testing.assert_allclose(model.trace(ids)["logits"], memory.trace(ids)["logits"], atol=2e-5)


def test_a_file_in_a_folder_and_an_index_are_the_folder(tmp_path: Path, weights: dict[str, FloatArray]) -> None:
    one, many = write_folder(tmp_path / "one", weights), write_folder(tmp_path / "many", weights, 2)
    for path in (one / "model.safetensors", many / "model.safetensors.index.json"):
        model = load_model(str(path))
        assert model.encode("Paris") and model.weights.keys() == weights.keys()


def test_a_folder_with_one_checkpoint_of_another_name(tmp_path: Path, weights: dict[str, FloatArray]) -> None:
    write_gguf(tmp_path / "some.gguf", LLAMA, weights)
    assert load_model(str(tmp_path)).weights.keys() == weights.keys()
    write_gguf(tmp_path / "other.gguf", LLAMA, weights)
    with pytest.raises(UserError, match=r"it has several checkpoints, say which: other.gguf, some.gguf$"):
        load_model(str(tmp_path))


def test_no_code_of_a_folder_runs(tmp_path: Path, weights: dict[str, FloatArray]) -> None:
    folder = write_folder(tmp_path / "m", weights)
    said = SAID | {"auto_map": {"AutoModelForCausalLM": "modeling.Evil"}, "trust_remote_code": True}
    (folder / "config.json").write_text(json.dumps(said))
    (folder / "modeling.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    load_model(str(folder)).trace((1, 2))
    assert not (tmp_path / "ran").exists()


def changed(folder: Path, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads((folder / name).read_text())
    change(content)
    (folder / name).write_text(json.dumps(content))


INDEX = "model.safetensors.index.json"
SHARD = "model-00002-of-00002.safetensors"


@pytest.mark.parametrize(
    ("spoil", "file", "message"),
    [
        (lambda f: (f / SHARD).unlink(), INDEX, rf"the index names the file '{SHARD}', which is not there"),
        (
            lambda f: (f / SHARD).write_bytes((f / SHARD).read_bytes()[:-9]),
            SHARD,
            "this is not safetensors, or it is cut",
        ),
        (lambda f: (f / INDEX).write_text("{"), INDEX, "the index is not JSON"),
        (lambda f: (f / INDEX).write_text("{}"), INDEX, "the index has no 'weight_map'"),
        (
            lambda f: changed(f, INDEX, lambda c: c["weight_map"].update(x="../m")),
            INDEX,
            "the index has no 'weight_map'",
        ),
        (
            lambda f: changed(f, INDEX, lambda c: c["weight_map"].update(x=SHARD)),
            INDEX,
            rf"'x' is in '{SHARD}', and it is",
        ),
        (
            lambda f: changed(f, INDEX, lambda c: c["weight_map"].pop("model.norm.weight")),
            INDEX,
            "the tensor 'norm.weight' is missing",
        ),
        (lambda f: (f / "config.json").write_text("[]"), "config.json", "this is not a JSON object"),
        (
            lambda f: changed(f, "config.json", lambda c: c.update(hidden_size=65)),
            "",
            "hidden_size=65, but the tensors",
        ),
        (lambda f: changed(f, "config.json", lambda c: c.update(model_type="mamba")), "", "models of type 'mamba'"),
        (
            lambda f: changed(f, "config.json", lambda c: c.pop("num_attention_heads")),
            "",
            "does not say how many heads",
        ),
        (lambda f: (f / "tokenizer.json").write_text("{}"), "tokenizer.json", "this is not a tokenizer"),
        (lambda f: (f / "tokenizer.json").write_bytes(b"\xff{"), "tokenizer.json", "this is not a tokenizer"),
    ],
)
def test_what_can_be_wrong_with_a_folder(
    tmp_path: Path, weights: dict[str, FloatArray], spoil: Callable[[Path], object], file: str, message: str
) -> None:
    folder = write_folder(tmp_path / "m", weights, shards=2)
    spoil(folder)
    with pytest.raises(UserError) as error:
        load_model(str(folder))
    where = folder / file if file and "missing" not in message else folder
    assert str(error.value).startswith(f"{where}: ")
    assert re.search(message, str(error.value)), error.value


def test_a_folder_of_pickles(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(UserError, match=r"pytorch_model.bin: this is a pickle, which can run any code"):
        load_model(str(tmp_path))


def test_a_fingerprint_changes_with_the_files(tmp_path: Path, weights: dict[str, FloatArray]) -> None:
    folder = write_folder(tmp_path / "m", weights, 2)
    first = load_model(str(folder)).fingerprint
    assert first == load_model(str(folder)).fingerprint == load_model(str(folder / INDEX)).fingerprint
    copy = write_folder(tmp_path / "copy", weights, 2)
    assert load_model(str(copy)).fingerprint != first
    (folder / SHARD).touch()
    second = load_model(str(folder)).fingerprint
    assert second != first
    (folder / "config.json").write_text(json.dumps(SAID | {"rms_norm_eps": 1e-4}))
    assert load_model(str(folder)).fingerprint not in (first, second)
    in_memory = [Model("m", LLAMA, weights, None).fingerprint for _ in range(2)]
    assert in_memory[0] != in_memory[1] and all(in_memory)


def test_nothing_is_read_before_it_is_needed(tmp_path: Path, weights: dict[str, FloatArray]) -> None:
    """The arrays are views of the mapped file, not copies of it."""
    folder = write_folder(tmp_path / "m", weights)
    for tensor in read_checkpoint(folder).tensors.values():
        base: Any = tensor._data
        while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
            base = base.base
        assert isinstance(base, np.memmap)
