"""Whatever is wrong gets one clear message, the right exit code, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from command import HEAD, SCRIPT, Call, left, shell
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer, models

from render.model import GPT2Config, LlamaConfig, load_model

ARGUMENTS = {
    "no script": (["missing.yaml"], "missing.yaml"),
    "no script, stills": (["stills", "missing.yaml"], "missing.yaml"),
    "no script, check": (["check", "missing.yaml"], "missing.yaml"),
    "a folder": (["."], "."),
    "no command": (["chekc", "scene.yaml"], "did you mean 'check'"),
    "unknown option": (["scene.yaml", "--sizes", "720p"], "--size"),
    "unknown beat": (["scene.yaml", "--beat", "twoo"], "did you mean 'two'"),
    "unknown beat, stills": (["stills", "scene.yaml", "--beat", "twoo"], "did you mean 'two'"),
    "beat and seconds": (["scene.yaml", "--beat", "two", "--from", "1"], "not both"),
    "fps 0": (["scene.yaml", "--fps", "0"], "1 to 120"),
    "fps -3": (["scene.yaml", "--fps", "-3"], "1 to 120"),
    "fps 1e9": (["scene.yaml", "--fps", "1000000000"], "1 to 120"),
    "fps no number": (["scene.yaml", "--fps", "many"], "many"),
    "size 0x0": (["scene.yaml", "--size", "0x0"], "64"),
    "size negative": (["scene.yaml", "--size", "-100x100"], "--size"),
    "size absurd": (["scene.yaml", "--size", "100000x100000"], "8192"),
    "size odd": (["scene.yaml", "--size", "101x100"], "even"),
    "size no size": (["scene.yaml", "--size", "big"], "1080p"),
    "theme": (["scene.yaml", "--theme", "drak"], "dark"),
    "captions": (["scene.yaml", "--captions", "of"], "captions"),
    "before the start": (["scene.yaml", "--from", "-1"], "0s"),
    "past the end": (["scene.yaml", "--from", "2"], "2.00s"),
    "from after to": (["scene.yaml", "--from", "1", "--to", "0.5"], "0.5s"),
    "from nan": (["scene.yaml", "--from", "nan"], "nan"),
    "at negative": (["stills", "scene.yaml", "--at", "-1"], "0s"),
    "at the end": (["stills", "scene.yaml", "--at", "2"], "2.00s"),
    "letters": (["scene.yaml", "--prompt", "CBXB"], "X"),
    "long prompt": (["scene.yaml", "--prompt", "ABCABCABCABC"], "11"),
    "empty prompt": (["scene.yaml", "--prompt", ""], "prompt"),
    "model": (["scene.yaml", "--model", "nano-srt"], "nano-sort"),
    "checkpoint": (["scene.yaml", "--model", "gone.safetensors"], "gone.safetensors"),
    "workers 0": (["scene.yaml", "--workers", "0"], "workers"),
    "output suffix": (["scene.yaml", "-o", "clip.mp5"], "did you mean '.mp4'"),
    "two scripts, one file": (["scene.yaml", "scene.yaml", "-o", "clip.mp4"], "folder"),
    "the same script twice": (["scene.yaml", "scene.yaml"], "two of the scenes"),
    "stills of nothing": (["stills"], "scene"),
    "check of nothing": (["check"], "scene"),
    "trace of nothing": (["trace", "-o", "x.npz"], "--tokens or --prompt"),
    "trace of both": (["trace", "--tokens", "1", "--prompt", "A", "-o", "x.npz"], "either"),
    "trace for nothing": (["trace", "--tokens", "1"], "--output"),
    "trace suffix": (["trace", "--tokens", "1", "-o", "x.txt"], ".npz"),
    "token id": (["trace", "--tokens", "1 2 x", "-o", "x.npz"], "'x'"),
    "token out of range": (["trace", "--tokens", "1 2 3", "-o", "x.npz"], "0 to 2"),
    "too many tokens": (["trace", "--tokens", "0 " * 12, "-o", "x.npz"], "11"),
    "no tokens": (["trace", "--tokens", "", "-o", "x.npz"], "token"),
    "too many steps": (["trace", "--tokens", "0 1 2", "--steps", "99", "-o", "x.npz"], "11"),
    "steps negative": (["trace", "--tokens", "0 1 2", "--steps", "-1", "-o", "x.npz"], "0 or more"),
    "explain tensor": (["trace", "--tokens", "0 1", "--explain", "h.0.attn.q2[h=0,t=0,a=0]"], "did you mean"),
    "explain row": (["trace", "--tokens", "0 1", "--explain", "embed[t=0]"], "one cell"),
    "explain range": (["trace", "--tokens", "0 1", "--explain", "embed[t=7,c=0]"], "0 to 1"),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_bad_arguments(call: Call, name: str, tmp_path: Path) -> None:
    arguments, words = ARGUMENTS[name]
    Path("output").mkdir()
    Path("output", "scene.mp4").write_bytes(b"earlier")
    code, out, err = call(*arguments)
    assert code == 2
    assert words in err and out == ""
    assert len(err.strip().splitlines()) == 1, err
    assert "Traceback" not in err and "[" not in re.sub(r"\[[\w=,. ]*\]", "", err)
    assert left(tmp_path) == {"scene.yaml", "output"} and left(tmp_path / "output") == {"scene.mp4"}
    assert Path("output", "scene.mp4").read_bytes() == b"earlier"


BEATS = "beats:\n- id: one\n  "
MEMBER = "{small: {model: nano-sort, prompt: AB}}"
TWO = "{one: {model: nano-sort, prompt: AB}, two: {model: nano-sort, prompt: BA}}"
ANYWHERE = r"(:\d+:\d+)?: "
CASTS = {
    "a list": ("[gpt2]", "for: 1s", r":4:7: 'cast' must be a mapping of names to models"),
    "a member that is a list": ("{b: [gpt2]}", "for: 1s", r":4:11: .*must be a mapping"),
    "a member of nothing": ("{b: {}}", "for: 1s", r":4:11: a member of the cast needs 'model'"),
    "unknown key": ("{b: {model: gpt2, promt: A}}", "for: 1s", r":4:25: .*did you mean 'prompt'"),
    "a key of the script": ("{b: {model: gpt2, video: A}}", "for: 1s", r":4:25: unknown key 'video'"),
    "unknown model": ("{b: gtp2}", "for: 1s", r":4:11: .*'gtp2'; did you mean 'gpt2'"),
    "no such file": ("{b: {model: m.gguf, prompt: A}}", "for: 1s", r":4:19: .*'m.gguf'"),
    "reads nothing": ("{b: nano-sort}", "for: 1s", r":4:11: .* needs 'prompt'"),
    "prompt too long": (f"{{b: {{model: nano-sort, prompt: {'A' * 12}}}}}", "for: 1s", r":4:38: 12 tokens .* 11 "),
    "unknown letter": ("{b: {model: nano-sort, prompt: AX}}", "for: 1s", r":4:38: 'X', letter 2"),
    "token out of range": ("{b: {model: nano-sort, tokens: [0, 7]}}", "for: 1s", r":4:42: .* 0 to 2"),
    "positions of a real one": ("{b: {model: nano-sort, prompt: A, positions: 2}}", "for: 1s", r":4:52: .*without"),
    "too many positions": ("{b: {model: gpt2, positions: 5000}}", "for: 1s", r":4:36: 5000 positions .* 1024 "),
    "name taken": ("{h: gpt2}", "for: 1s", r":4:11: the name 'h' is taken"),
    "unknown member": (MEMBER, "do: [{fill: smal.h.0}]", r":7:15: .*did you mean 'small.h.0'"),
    "unknown part of a member": (MEMBER, "do: [{fill: small.h.0.atn}]", r":7:15: .*did you mean 'small.h.0.attn'"),
    "unknown figure": (MEMBER, "say: '{small.model.parms}'", r":7:10: .*did you mean 'params'"),
    "fill of a blank one": ("{big: gpt2}", "do: [{fill: big.h.0}]", r":7:15: gpt2 has no weights here"),
    "chart of a blank one": ("{big: gpt2}", "do: [{chart: 'big.probs[t=0]'}]", r":7:16: gpt2 has no weights"),
    "tokens of a blank one": ("{big: gpt2}", "say: '{big.tokens}'", r":7:10: gpt2 .* so it reads no tokens"),
    "a blank one's token": ("{big: gpt2}", "camera: 'big.wte[v=tokens[0]]'", r":7:\d+: .* has nothing to read"),
    "a member's token": (MEMBER, "camera: 'small.wte[v=tokens[2]]'", r":7:\d+: .* the sequence goes from 0 to 1"),
    "predictions of two": (TWO, "do: [{chart: '*.embed[t=0]', through: prediction}]", r":7:16: .*off one model"),
}
"""What is wrong with a cast: the cast, what the beat then says, and what is told."""

SCRIPTS = {
    "empty": ("", r":1:1: "),
    "only a comment": ("# nothing\n", ANYWHERE),
    "no mapping": ("- one\n- two\n", r":1:1: "),
    "a word": ("word\n", r":1:1: "),
    "tabs": (HEAD + "beats:\n\t- id: one\n", r":5:1: .*tab"),
    "broken": (HEAD + "beats: [{id: one\n", ANYWHERE),
    "not text": ("\x00\x01\x02", ANYWHERE),
    "duplicate key": (HEAD + "prompt: ABC\n" + BEATS + "for: 1s\n", r":4:1: .*prompt"),
    "unknown key": (HEAD + "beets: []\n" + BEATS + "for: 1s\n", r":4:1: .*did you mean 'beats'"),
    "unknown beat key": (HEAD + BEATS + "sya: words\n", r":6:3: .*did you mean 'say'"),
    "unknown action": (HEAD + BEATS + "do: [{fil: embed}]\n", r":6:9: .*did you mean 'fill'"),
    "unknown option": (HEAD + BEATS + "do: [{fill: embed, ovr: 1s}]\n", r":6:\d+: .*did you mean 'over'"),
    "unknown tensor": (HEAD + BEATS + "do: [{fill: embbed}]\n", r":6:15: .*did you mean 'embed'"),
    "unknown dimension": (HEAD + BEATS + "do: [{highlight: 'embed[z=1]'}]\n", r":6:\d+: .*'z'.*t, c"),
    "index": (HEAD + BEATS + "do: [{highlight: 'embed[t=6]'}]\n", r":6:\d+: .*0 to 5"),
    "template": (HEAD + BEATS + "say: '{probbs[t=1].max}'\n", r":6:\d+: .*did you mean 'probs'"),
    "attribute": (HEAD + BEATS + "say: '{probs[t=1].mx}'\n", r":6:\d+: .*did you mean 'max'"),
    "python in a template": (HEAD + BEATS + "say: '{prompt.__class__}'\n", r":6:\d+: "),
    "letters": (HEAD.replace("CBABBC", "CBXB") + BEATS + "for: 1s\n", r":2:\d+: .*X"),
    "long prompt": (HEAD.replace("CBABBC", "A" * 12) + BEATS + "for: 1s\n", r":2:\d+: .*11"),
    "too many feed_backs": (HEAD + BEATS + "do: [{feed_back: {times: 9}}]\n", r":6:\d+: "),
    "negative time": (HEAD + BEATS + "for: -1s\n", r":6:8: .*negative"),
    "no time": (HEAD + BEATS + "for: 0s\n", r":6:8: .*longer than 0"),
    "absurd time": (HEAD + BEATS + "for: 900000s\n", r":6:8: .*10 minutes"),
    "no duration": (HEAD + BEATS + "for: soon\n", r":6:8: .*soon"),
    "size": (HEAD.replace("96x64", "1x1") + BEATS + "for: 1s\n", r":3:\d+: .*64"),
    "fps": (HEAD.replace("fps: 2", "fps: 0") + BEATS + "for: 1s\n", r":3:\d+: .*1 to 120"),
    "captions": (HEAD.replace("fps: 2", "fps: 2, captions: no") + BEATS + "for: 1s\n", r":3:\d+: .*on or off"),
    "angle": (HEAD + BEATS + "camera: {azimuth: 500}\n", r":6:\d+: .*-80 to 80"),
    "no beats": (HEAD + "beats: []\n", r":4:8: .*one or more"),
    "beats and include": (HEAD + "include: [scene.yaml]\n" + BEATS + "for: 1s\n", r":4:10: .*not both"),
    "neither": (HEAD, r":1:1: .*'beats' \(or 'include'\)"),
    "include of nothing": (HEAD + "include: []\n", r":4:10: .*one or more"),
    "include missing": (HEAD + "include: [sene.yaml]\n", r":4:11: .*no script 'sene.yaml'"),
    "include a folder": (HEAD + "include: [.]\n", r":4:11: .*folder"),
    "include itself": (HEAD + "include: [scene.yaml]\n", r":4:11: .*itself: scene.yaml -> scene.yaml"),
    "two of an id": (HEAD + "beats: [{id: one}, {id: one}]\n", r":4:\d+: .*taken"),
    "id": (HEAD + "beats: [{id: '../one'}]\n", r":4:\d+: .*'-'"),
    "camera": (HEAD + BEATS + "camera: {frame: embd}\n", r":6:\d+: .*did you mean 'embed'"),
    "pulse of nothing": (HEAD + BEATS + "do: [{pulse: h.0.ln_1.mean}]\n", r":6:16: no ribbon .*'h.0.ln_1.mean'"),
    "pulse misspelt": (HEAD + BEATS + "do: [{pulse: embbed}]\n", r":6:16: .*did you mean 'embed'"),
    "pulse for no time": (HEAD + BEATS + "do: [{pulse: embed, for: 0s}]\n", r":6:28: .*longer than 0"),
    "minimap": (HEAD + BEATS + "do: [{minimap: onn}]\n", r":6:18: 'minimap' must be on or off, not 'onn'"),
    "model": ("model: nano-srt\n" + HEAD + BEATS + "for: 1s\n", r":1:8: .*nano-sort"),
    **{f"cast: {what}": (f"{HEAD}cast: {cast}\n{BEATS}{beat}\n", told) for what, (cast, beat, told) in CASTS.items()},
    "token out of range in a slice": (HEAD + BEATS + "camera: 'wte[v=tokens[9]]'\n", r":6:\d+: .* from 0 to 5"),
    "no token in a slice": (HEAD + BEATS + "camera: 'wte[v=tokens[]]'\n", r":6:\d+: .*a slice is written"),
    "cast of a film": ("title: x\ninclude: [scene.yaml]\ncast: {b: gpt2}\n", r":3:7: .*no cast of its own"),
    "explain outside": (HEAD + BEATS + "do: [{fill: embed, explain: 'probs[t=0,v=0]'}]\n", r":6:\d+: "),
}
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
DEEP = "title: " + "[" * 5000 + "]" * 5000


@pytest.mark.parametrize("command", ["check", "film"])
@pytest.mark.parametrize("name", [*SCRIPTS, "alias bomb", "nested deep"])
def test_bad_scripts(call: Call, name: str, command: str, tmp_path: Path) -> None:
    text, where = {"alias bomb": (BOMB, ANYWHERE), "nested deep": (DEEP, ANYWHERE)}.get(name) or SCRIPTS[name]
    Path("scene.yaml").write_text(text)
    begun = time.monotonic()
    code, out, err = call("check", "scene.yaml") if command == "check" else call("scene.yaml", "-o", "out.mp4")
    assert time.monotonic() - begun < 3
    assert (code, out) == (2, "")
    assert re.match(rf"(render: )?scene\.yaml{where}", err), err
    assert len(err.strip().splitlines()) == 1, err
    assert left(tmp_path) == {"scene.yaml"}


def test_an_error_on_line_100_is_on_line_100(call: Call) -> None:
    Path("scene.yaml").write_text(HEAD + "#\n" * 96 + "beets: 1\n")
    assert call("check", "scene.yaml")[2].startswith("scene.yaml:100:1: ")


def test_all_that_is_wrong_is_told_at_once_each_on_its_line(call: Call) -> None:
    Path("scene.yaml").write_text(HEAD + BEATS + "do: [{fill: embbed}, {show: wpee}, {chart: 'prbs[t=0]'}]\n")
    code, _, err = call("check", "scene.yaml")
    assert code == 2
    assert [line.split(": ")[0] for line in err.splitlines()] == [
        "scene.yaml:6:15",
        "scene.yaml:6:31",
        "scene.yaml:6:46",
    ]


def checkpoint(path: Path, change: Callable[[dict[str, np.ndarray]], None]) -> None:
    weights = {name: np.array(array) for name, array in load_model("nano-sort").weights.items()}
    change(weights)
    save_file(weights, path, metadata={"n_head": "3", "vocabulary": "ABC"})


def with_nan(weights: dict[str, np.ndarray]) -> None:
    weights["h.1.mlp.c_fc.weight"][3, 5] = np.nan


def with_a_wrong_shape(weights: dict[str, np.ndarray]) -> None:
    weights["h.1.mlp.c_fc.weight"] = weights["h.1.mlp.c_fc.weight"][:, :100].copy()


@pytest.mark.parametrize("name", ["missing", "truncated", "no checkpoint", "NaN", "shape", "pickle"])
def test_bad_checkpoints(call: Call, name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    words = {"NaN": "c_fc", "shape": "c_fc"}.get(name, "model")
    if name in ("NaN", "shape"):
        checkpoint(path, with_nan if name == "NaN" else with_a_wrong_shape)
    elif name == "truncated":
        checkpoint(path, lambda weights: None)
        path.write_bytes(path.read_bytes()[:-1000])
    elif name == "no checkpoint":
        path.write_bytes(b"hello" * 100)
    elif name == "pickle":
        path = tmp_path / "model.npz"
        np.savez(path, weights=np.array([{"a": 1}], dtype=object))
    before = left(tmp_path)
    for arguments in (["trace", "--tokens", "0", "-o", "x.npz"], ["scene.yaml"]):
        code, out, err = call(*arguments, "--model", str(path))
        assert (code, out) == (2, ""), err
        assert words in err and len(err.strip().splitlines()) == 1, err
        assert left(tmp_path) == before


def language_model(folder: Path, spoil: Callable[[Path], object]) -> Path:
    """A small Llama in two shards with a tokenizer, and one thing wrong with it."""
    config = LlamaConfig(8, 1, 2, 16, 30, num_key_value_heads=1, max_position_embeddings=6, tie_word_embeddings=True)
    said = {"model_type": "llama", "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 6}
    (folder / "config.json").write_text(json.dumps(said))
    tokenizer = Tokenizer(models.BPE({letter: i for i, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ .,!")}, []))
    tokenizer.save(str(folder / "tokenizer.json"))
    tensors = {name: values for name, values in config.initial_weights(seed=0).items()}
    places = {}
    for k in range(2):
        own = dict([*tensors.items()][k::2])
        save_file(own, folder / f"model-{k}.safetensors")
        places |= dict.fromkeys(own, f"model-{k}.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    spoil(folder)
    return folder


def without_a_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def with_a_nan(folder: Path) -> None:
    tensors = load_file(folder / "model-0.safetensors")
    name = sorted(tensors)[0]
    tensors[name].flat[3] = np.nan
    save_file(tensors, folder / "model-0.safetensors")


def of_short_sight(folder: Path) -> None:
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(text.replace('"max_position_embeddings": 6', '"max_position_embeddings": 5'))


def with_pickles(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04")


LANGUAGE_MODELS: dict[str, tuple[Callable[[Path], object], str]] = {
    "shard missing": (lambda f: (f / "model-1.safetensors").unlink(), "names the file 'model-1.safetensors'"),
    "shard cut off": (lambda f: (f / "model-1.safetensors").write_bytes(b"x" * 9), "model-1.safetensors: this is not"),
    "config contradicts": (lambda f: (f / "config.json").write_text('{"n_head": 2, "hidden_size": 9}'), "m: "),
    "config empty": (lambda f: (f / "config.json").write_text(""), "config.json: this is not JSON"),
    "tokenizer damaged": (lambda f: (f / "tokenizer.json").write_text("{}"), "tokenizer.json: this is not a tokenizer"),
    "tokenizer absent": (without_a_tokenizer, "the model 'm' has no tokenizer: give token ids"),
    "NaN": (with_a_nan, "model-0.safetensors: 'h.0"),
    "pickles": (with_pickles, "pytorch_model.bin: this is a pickle"),
    "prompt too long": (of_short_sight, "6 tokens are too many: 'm' looks at 5 at most"),
    "not in the vocabulary": (lambda f: (f / "tokenizer.json").write_text(TINY), "'C', letter 1 of 'CBABBC'"),
    "GGUF cut off": (lambda f: only(f, "model.gguf", b"GGUF\x03"), "this is not GGUF, or it is cut off"),
    "no GGUF": (lambda f: only(f, "model.gguf", b"hello" * 99), "this is not GGUF, or it is cut off"),
}
TINY = Tokenizer(models.BPE({"A": 0, "B": 1}, [])).to_str()


def only(folder: Path, name: str, content: bytes) -> None:
    for file in folder.iterdir():
        file.unlink()
    (folder / name).write_bytes(content)


@pytest.mark.parametrize("name", LANGUAGE_MODELS)
def test_bad_language_models(call: Call, name: str, tmp_path: Path) -> None:
    spoil, words = LANGUAGE_MODELS[name]
    (tmp_path / "m").mkdir()
    folder = language_model(tmp_path / "m", spoil)
    before = left(tmp_path), left(folder)
    for arguments in (["trace", "--prompt", "CBABBC", "-o", "x.npz"], ["scene.yaml", "--prompt", "CBABBC"]):
        code, out, err = call(*arguments, "--model", str(folder))
        assert (code, out) == (2, ""), err
        assert words in err and len(err.strip().splitlines()) == 1, err
        assert (left(tmp_path), left(folder)) == before


@pytest.mark.parametrize(
    "arguments", [["trace", "--tokens", "1", "-o", "x.npz"], ["scene.yaml"], ["check", "scene.yaml"]]
)
def test_a_model_without_weights_reads_nothing(call: Call, arguments: list[str], tmp_path: Path) -> None:
    code, out, err = call(*arguments, "--model", "gpt2")
    assert (code, out) == (2, "")
    assert "gpt2 has no weights here, so it" in err and len(err.strip().splitlines()) == 1, err
    assert left(tmp_path) == {"scene.yaml"}


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """Where a folder should be, there is a file: nothing can be written below it, whoever asks."""
    path = tmp_path / "sealed"
    path.write_text("mine")
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ["scene.yaml", "-o", "sealed/clip.mp4"],
        ["scene.yaml", "-o", "sealed/clip.gif"],
        ["scene.yaml", "-o", "sealed/frames"],
        ["scene.yaml", "-o", "sealed"],
        ["stills", "scene.yaml", "-o", "sealed"],
        ["stills", "scene.yaml", "-o", "sealed/deep"],
        ["trace", "--tokens", "0 1", "-o", "sealed/x.npz"],
        ["trace", "--tokens", "0 1", "-o", "sealed/x.safetensors"],
    ],
)
def test_outputs_that_cannot_be_written(call: Call, sealed: Path, arguments: list[str], tmp_path: Path) -> None:
    code, out, err = call(*arguments)
    assert code in (1, 2) and out == ""
    assert "sealed" in err and len(err.strip().splitlines()) == 1, err
    assert sealed.read_text() == "mine" and left(tmp_path) == {"scene.yaml", "sealed"}


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A checkpoint that has coarse levels."""
    config = GPT2Config(n_layer=1, n_head=4, n_embd=256, vocab_size=3, block_size=11)
    path = tmp_path / "large.safetensors"
    save_file(config.initial_weights(seed=0), path, metadata={"n_head": "4", "vocabulary": "ABC"})
    return path


@pytest.mark.parametrize("arguments", [["scene.yaml", "-o", "clip.mp4"], ["stills", "scene.yaml", "-o", "pictures"]])
@pytest.mark.parametrize("cause", ["no folder", "disk fills up"])
def test_coarse_levels_that_cannot_be_kept(
    call: Call,
    large: Path,
    sealed: Path,
    cause: str,
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RENDER_CACHE", str(sealed if cause == "no folder" else tmp_path / "cache"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if cause == "disk fills up":
        monkeypatch.setattr("render.cache.os.replace", full)
    code, out, err = call(*arguments, "--model", str(large))
    assert (code, out) == (1, ""), err
    assert "cannot be written: " in err and "--cache" in err
    assert len(err.strip().splitlines()) == 1, err
    assert left(tmp_path) - {"cache"} == {"scene.yaml", "sealed", "large.safetensors"}
    assert not [path for path in tmp_path.glob("cache/**/*") if path.is_file()]


@pytest.mark.parametrize("damage", ["cut off", "changed", "empty", "a folder"])
def test_damaged_coarse_levels_are_made_again(
    call: Call, large: Path, damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENDER_CACHE", str(tmp_path / "cache"))
    arguments = ["stills", "scene.yaml", "-o", "pictures", "--beat", "one", "--model", str(large)]
    assert call(*arguments)[0] == 0
    (levels,) = tmp_path.glob("cache/levels/*/*")
    whole, picture = levels.read_bytes(), (tmp_path / "pictures" / "01-one.png").read_bytes()
    data = bytearray(whole)
    data[-500] ^= 8
    if damage == "a folder":
        levels.unlink()
        levels.mkdir()
    else:
        levels.write_bytes({"cut off": whole[: len(whole) // 3], "changed": bytes(data), "empty": b""}[damage])
    code, out, err = call(*arguments)
    if damage == "a folder":
        assert (code, out) == (1, "") and len(err.strip().splitlines()) == 1 and "--cache" in err, err
    else:
        assert (code, err) == (0, ""), err
        assert levels.read_bytes() == whole
    assert (tmp_path / "pictures" / "01-one.png").read_bytes() == picture


@pytest.mark.skipif(os.getuid() == 0 and not Path("/proc/version").exists(), reason="root may write anywhere")
@pytest.mark.parametrize("arguments", [["scene.yaml", "-o"], ["stills", "scene.yaml", "-o"]])
def test_a_place_that_the_system_refuses(call: Call, arguments: list[str], tmp_path: Path) -> None:
    code, out, err = call(*arguments, "/proc/nowhere/frames")
    assert (code, out) == (1, "")
    assert "/proc/nowhere" in err and len(err.strip().splitlines()) == 1, err


def test_no_opengl(tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(SCRIPT)
    done = shell("scene.yaml", cwd=tmp_path, __EGL_VENDOR_LIBRARY_FILENAMES="/nowhere.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "OpenGL" in done.stderr and len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert left(tmp_path) == {"scene.yaml"}


@pytest.mark.parametrize("kind", ["missing", "failing", "dying half-way"])
def test_ffmpeg_that_fails(tmp_path: Path, kind: str) -> None:
    (tmp_path / "scene.yaml").write_text(SCRIPT)
    (tmp_path / "clip.mp4").write_bytes(b"earlier")
    program = tmp_path / "ffmpeg"
    if kind != "missing":
        reads = "head -c 30000 > /dev/null\n" if kind == "dying half-way" else ""
        program.write_text(f"#!/bin/sh\n{reads}echo 'no such codec' >&2\nexit 1\n")
        program.chmod(0o755)
    before = left(tmp_path)
    done = shell("scene.yaml", "-o", "clip.mp4", "--workers", "1", cwd=tmp_path, IMAGEIO_FFMPEG_EXE=str(program))
    assert (done.returncode, done.stdout) == (1, "")
    assert "ffmpeg" in done.stderr and len(done.stderr.strip().splitlines()) <= 2, done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "clip.mp4").read_bytes() == b"earlier" and left(tmp_path) == before


@pytest.mark.parametrize("output", ["clip.mp4", "frames"])
def test_a_disk_that_fills_half_way(tmp_path: Path, output: str) -> None:
    """No file may grow beyond a few kilobytes, as where the disk is full."""
    (tmp_path / "scene.yaml").write_text(SCRIPT.replace("96x64", "640x360"))
    code = "import resource, sys; from render.cli import main; "
    code += "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000)); "
    code += f"sys.argv = ['render', 'scene.yaml', '-o', '{output}', '--workers', '1']; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert "Traceback" not in done.stderr and 1 <= len(done.stderr.strip().splitlines()) <= 2, done.stderr
    assert left(tmp_path) == {"scene.yaml"}


@pytest.mark.parametrize(("output", "code"), [("clip.mp4", signal.SIGINT), ("frames", signal.SIGTERM)])
def test_being_stopped_leaves_nothing_half_written(tmp_path: Path, output: str, code: signal.Signals) -> None:
    text = SCRIPT.replace("for: 1s, do", "for: 500s, do").replace("over: 1s", "over: 500s")
    (tmp_path / "scene.yaml").write_text(text)
    earlier = tmp_path / "clip.mp4"
    earlier.write_bytes(b"earlier")
    command = [sys.executable, "-m", "render", "scene.yaml", "-o", output]
    env = {**os.environ, "RENDER_CACHE": str(tmp_path / "cache")}
    process = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    )
    deadline = time.monotonic() + 30
    while len(list(tmp_path.glob("cache/.work-*/*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)
    assert process.poll() is None
    process.send_signal(code)
    out, err = process.communicate(timeout=15)
    assert process.returncode == 130 and out == ""
    assert err == "render: stopped\n"
    assert left(tmp_path) == {"scene.yaml", "clip.mp4", "cache"} and earlier.read_bytes() == b"earlier"
    assert not list(tmp_path.glob("cache/.work-*"))
