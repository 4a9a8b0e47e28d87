"""GGUF files: their numbers against those of the package `gguf`, their models against the same in memory."""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest
from gguf import GGMLQuantizationType as Kind
from gguf_files import GPT2, LLAMA, random_weights, write_gguf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from render.errors import UserError
from render.model import Decoder, Model, load_model
from render.model.gguf_file import read_gguf

KINDS = [Kind.F32, Kind.F16, Kind.BF16, Kind.Q8_0, Kind.Q4_0, Kind.Q4_1, Kind.Q5_0, Kind.Q5_1]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("config", [LLAMA, GPT2], ids=["llama", "gpt2"])
def test_every_family_in_every_quantisation(tmp_path: Path, config: Decoder, kind: Kind) -> None:
    loaded = load_model(str(write_gguf(tmp_path / "mine.gguf", config, random_weights(config), kind)))
    assert loaded.name == "mine"
    assert loaded.config.graph(3).keys() == config.graph(3).keys()
    assert loaded.config.figures == config.figures
    stored = gguf.GGUFReader(tmp_path / "mine.gguf").tensors
    ours, _ = read_gguf(tmp_path / "mine.gguf")
    assert [*ours] == [tensor.name for tensor in stored]
    for tensor in stored:
        expected = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        np.testing.assert_array_equal(np.asarray(ours[tensor.name]), expected.reshape(tensor.shape[::-1]))
        row = len(expected) // 2
        np.testing.assert_array_equal(ours[tensor.name][row], expected[row])
    exact = Model("m", loaded.config, {name: np.array(w) for name, w in loaded.weights.items()}, None)
    np.testing.assert_allclose(loaded.trace((3, 1, 4))["logits"], exact.trace((3, 1, 4))["logits"], atol=1e-5)


@pytest.mark.parametrize("config", [LLAMA, GPT2], ids=["llama", "gpt2"])
def test_it_computes_what_the_weights_in_memory_do(tmp_path: Path, config: Decoder) -> None:
    weights = random_weights(config)
    loaded = load_model(str(write_gguf(tmp_path / "m.gguf", config, weights)))
    for name, values in weights.items():
        np.testing.assert_array_equal(np.asarray(loaded.weights[name]), values)
    memory = Model("m", config, {**config.given, **weights}, None).trace((3, 1, 4, 1, 5))
    for name, values in loaded.trace((3, 1, 4, 1, 5)).items():
        np.testing.assert_allclose(np.asarray(values), np.asarray(memory[name]), atol=2e-5, err_msg=name)


@pytest.mark.parametrize("kind", [Kind.Q2_K, Kind.Q4_K, Kind.Q6_K, Kind.IQ4_XS, Kind.TQ1_0], ids=lambda kind: kind.name)
def test_whatever_else_the_package_reads(tmp_path: Path, kind: Kind) -> None:
    numbers, size = gguf.GGML_QUANT_SIZES[kind]
    raw = np.random.default_rng(0).integers(0, 0x3C, (3, 2 * size), dtype=np.uint8)  # no half of these is not finite
    writer = gguf.GGUFWriter(tmp_path / "m.gguf", "llama")
    writer.add_tensor("w", raw, raw_dtype=kind)
    for write in (
        writer.write_header_to_file,
        writer.write_kv_data_to_file,
        writer.write_tensors_to_file,
        writer.close,
    ):
        write()
    tensors, _ = read_gguf(tmp_path / "m.gguf")
    assert tensors["w"].shape == (3, 2 * numbers)
    np.testing.assert_array_equal(np.asarray(tensors["w"]), gguf.quants.dequantize(raw, kind))
    np.testing.assert_array_equal(tensors["w"][2, 5:9], gguf.quants.dequantize(raw, kind)[2, 5:9])


def test_the_metadata_is_what_the_package_reads(tmp_path: Path) -> None:
    def more(writer: gguf.GGUFWriter) -> None:
        writer.add_array("own.floats", [0.5, -1.5])
        writer.add_array("own.flags", [True, False])
        writer.add_array("own.words", ["", "Ġé", "x" * 300])
        writer.add_bool("own.flag", True)
        writer.add_float64("own.double", 0.1)
        writer.add_int64("own.long", -(1 << 40))
        writer.add_uint8("own.byte", 200)

    path = write_gguf(tmp_path / "m.gguf", LLAMA, random_weights(LLAMA), more=more)
    _, metadata = read_gguf(path)
    theirs = {
        key: field.contents() for key, field in gguf.GGUFReader(path).fields.items() if not key.startswith("GGUF.")
    }
    assert metadata == theirs and len(theirs) > 15


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_gguf(tmp_path / "m.gguf", LLAMA, random_weights(LLAMA), Kind.Q8_0)


def test_cut_off_anywhere(path: Path) -> None:
    data = path.read_bytes()
    for length in [*range(0, 1200, 7), *range(1200, len(data) - 32, 3001), len(data) - 33]:
        path.write_bytes(data[:length])
        with pytest.raises(UserError, match=rf"^{re.escape(str(path))}: (this is not GGUF, or )?it is cut off"):
            load_model(str(path))


@given(places=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), min_size=1, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_bytes_that_are_not_what_they_were(path: Path, places: list[tuple[int, int]]) -> None:
    """Whatever happens to a header, there is a model of it or a message about it."""
    data = bytearray(path.read_bytes())
    for place, value in places:
        data[place] = value
    spoilt = path.with_name("spoilt.gguf")
    spoilt.write_bytes(data)
    try:
        load_model(str(spoilt)).trace((1, 2))
    except UserError as error:
        assert "spoilt" in str(error)


def altered(data: bytes, at: int, value: int, code: str) -> bytes:
    packed = struct.pack(f"<{code}", value)
    return data[:at] + packed + data[at + len(packed) :]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: b"GGML" + data[4:], "this is not GGUF, or it is cut off: it does not begin with GGUF"),
        (lambda data: b"", "this is not GGUF, or it is cut off: it is empty"),
        (lambda data: altered(data, 4, 9, "I"), "it is of version 9, and versions 2 and 3 are read"),
        (lambda data: altered(data, 8, 1 << 60, "Q"), "this is not GGUF, or it is cut off"),
        (lambda data: altered(data, 16, 1 << 60, "Q"), "this is not GGUF, or it is cut off"),
        (lambda data: altered(data, 24, 1 << 63, "Q"), "it ends too early"),
        (
            lambda data: data.replace(b"blk.1.attn_q.weight", b"blk.0.attn_q.weight"),
            "two of its tensors have the same name",
        ),
        (lambda data: data.replace(b"blk.1.attn_q.weight", b"blk.1.attn_x.weight"), "'blk.1.attn_q.weight' is missing"),
        (lambda data: data.replace(b"blk.1.attn_q.weight", b"\xff" * 19), "this is not GGUF, or it is cut off"),
    ],
)
def test_damaged(path: Path, change: Callable[[bytes], bytes], message: str) -> None:
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(UserError) as error:
        load_model(str(path))
    assert message in str(error.value) and str(error.value).startswith(f"{path}: ")


def kind_of(data: bytes, name: bytes, kind: int) -> bytes:
    """The file with another type for one matrix."""
    at = data.index(struct.pack("<Q", len(name)) + name) + 8 + len(name) + 4 + 16
    return altered(data, at, kind, "I")


@pytest.mark.parametrize("kind", [Kind.Q8_K.value, Kind.I16.value, 99])
def test_a_quantisation_that_is_not_supported(path: Path, kind: int) -> None:
    path.write_bytes(kind_of(path.read_bytes(), b"blk.0.attn_k.weight", kind) + bytes(1 << 20))
    known = {own.value: own.name for own in Kind}
    said = known.get(kind, f"number {kind}")
    with pytest.raises(UserError) as error:
        load_model(str(path))
    text = str(error.value)
    if kind == Kind.Q8_K.value:
        assert text == f"{path}: a row of 'blk.0.attn_k.weight' has 64 numbers, and Q8_K keeps them by 256"
    else:
        assert text.startswith(
            f"{path}: the type {said} of 'blk.0.attn_k.weight' is not supported: there are F32, F16, Q4_0"
        )
        assert all(kind.name in text for kind in KINDS) and "I16," not in text.split("supported")[1]


def test_a_number_that_is_not_finite(path: Path) -> None:
    tensor = next(tensor for tensor in gguf.GGUFReader(path).tensors if tensor.name == "blk.1.ffn_up.weight")
    at = int(tensor.data_offset) + 3 * 2 * 34  # the scale of the first block of row 3
    path.write_bytes(altered(path.read_bytes(), at, 0x7C00, "H"))
    model = load_model(str(path))
    with pytest.raises(UserError, match=r"m.gguf: 'blk.1.ffn_up.weight' has 32 of 6144 values .* at \[3, 0\]"):
        model.trace((1, 2))


def test_one_part_of_several(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "m.gguf", LLAMA, random_weights(LLAMA), more=lambda w: w.add_uint16("split.count", 3))
    with pytest.raises(UserError, match="this is one of 3 parts of a model"):
        load_model(str(path))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("llama.attention.head_count", 3, "num_attention_heads=3"),
        ("llama.block_count", 5, "num_hidden_layers=5, but the tensors have 2"),
        ("llama.attention.head_count_kv", 4, "num_key_value_heads=4, but the tensors have 2"),
        ("general.alignment", 0, "its alignment is 0"),
    ],
)
def test_metadata_that_contradicts_the_tensors(tmp_path: Path, key: str, value: int, message: str) -> None:
    def more(writer: gguf.GGUFWriter) -> None:
        writer.kv_data[0][key] = gguf.gguf_writer.GGUFValue(value, gguf.GGUFValueType.UINT32)

    path = write_gguf(tmp_path / "m.gguf", LLAMA, random_weights(LLAMA), more=more)
    with pytest.raises(UserError) as error:
        load_model(str(path))
    assert message in str(error.value) and str(error.value).startswith(f"{path}: ")


def test_without_the_package(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(
        UserError, match=r"GGUF is read with the package 'gguf', which is not installed: pip install 'r"
    ):
        load_model(str(path))
