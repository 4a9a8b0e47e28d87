"""What is up to date, what is stale, and why; nothing is rendered for it."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from before_and_after import BEFORE, HEAD, films, scripts
from command import Call
from safetensors.numpy import save_file

import render
from render.farm.identity import identity
from render.model import load_model
from render.report.status import Status, status

Change = Callable[[str], str]


@pytest.fixture
def place(before: Path, tmp_path: Path) -> Path:
    """A folder with scripts and, in `output`, their films."""
    shutil.copytree(before.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path


def of(place: Path, name: str = "words", **settings: str) -> Status:
    output = place / "output" / f"{name}.mp4"
    return status(output, render.load(place / f"{name}.yaml", **settings).manifest(output))  # type: ignore[arg-type]


def edit(place: Path, old: str, new: str, name: str = "words") -> None:
    path = place / f"{name}.yaml"
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_what_was_just_rendered_is_up_to_date_wherever_it_lies(place: Path) -> None:
    for name in BEFORE:
        found = of(place, name)
        assert found.is_up_to_date and str(found) == f"{place}/output/{name}.mp4  up to date"


def test_a_comment_or_a_date_makes_nothing_stale(place: Path) -> None:
    edit(place, "title:", "# A comment\ntitle:")
    os.utime(place / "words.yaml", (1, 1))
    os.utime(place / "output" / "words.mp4", (1, 1))
    assert of(place).is_up_to_date


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("farther from zero", "farther from nought", "beat 'said' changed (its words)"),
        ("embed[t=3, c=7]", "embed[t=3, c=6]", "beat 'card' changed (its numbers)"),
        ("{frame: model}", "{frame: h.0}", "beat 'view' changed (its pictures)"),
        ("{id: view, for: 1s", "{id: view, for: 2s", "beat 'view' changed (its length)"),
    ],
)
def test_a_changed_beat_is_named_alone(place: Path, old: str, new: str, reason: str) -> None:
    edit(place, old, new)
    named = [own for own in of(place).reasons if own.startswith("beat")]
    assert named == [reason]
    assert of(place).reasons[-1] == "script ../words.yaml changed"


def test_beats_that_come_and_go_are_named(place: Path) -> None:
    edit(place, "- {id: gone, for: 1s, say: Two.}", "- {id: new, for: 1s, say: Two.}", "beats")
    assert {"beat 'new' added", "beat 'gone' removed"} <= set(of(place, "beats").reasons)


def test_another_prompt_and_other_settings_are_told(place: Path) -> None:
    assert "prompt “CBABBC” -> “ABCABC”" in of(place, prompt="ABCABC").reasons
    assert of(place, theme="dark").reasons[0] == "theme light -> dark"
    assert of(place, size="160x90").reasons[0] == "size 320x180 -> 160x90"
    output = place / "output" / "words.mp4"
    part = render.load(place / "words.yaml").manifest(output, beat="said")
    assert status(output, part).reasons == ("part all of it -> 1 s to 2 s",)


def test_another_version_is_told_once_and_not_for_every_beat(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = {**identity(), "vtk": "1.2.3"}
    for module in ("render.film", "render.report.record"):
        monkeypatch.setattr(f"{module}.identity", lambda: other)
    assert of(place).reasons == (f"vtk {identity()['vtk']} -> 1.2.3",)


def test_files_that_are_missing_or_touched_are_told(place: Path) -> None:
    output = place / "output"
    (output / "words.srt").unlink()
    data = bytearray((output / "words.mp4").read_bytes())
    data[len(data) // 2] ^= 1
    (output / "words.mp4").write_bytes(data)
    assert of(place).reasons == ("words.mp4 is not as it was rendered", "words.srt is missing")
    (output / "same.mp4").unlink()
    assert of(place, "same").reasons == ("not rendered yet",)
    (output / "beats.mp4.manifest.json").unlink()
    assert of(place, "beats").reasons == ("it has no manifest",)
    (output / "beats.mp4.manifest.json").write_text("{")
    assert "is damaged" in of(place, "beats").reasons[0]


def test_another_weight_is_told_where_it_is_seen(tmp_path: Path) -> None:
    model = load_model("nano-sort")
    weights = {name: np.array(weight) for name, weight in model.weights.items()}
    about = {"n_head": "3", "vocabulary": "ABC"}
    save_file(weights, tmp_path / "model.safetensors", metadata=about)
    script = f"title: One\nmodel: model.safetensors\n{HEAD}beats:\n- id: near\n  for: 1s\n"
    script += '  camera: {frame: ["wte[c=0:4]"]}\n- id: far\n  for: 1s\n  camera: {frame: model}\n'
    films({"one": script}, tmp_path)
    assert of(tmp_path, "one").is_up_to_date
    weights["lm_head.weight"] = weights["lm_head.weight"] * 1.01
    save_file(weights, tmp_path / "model.safetensors", metadata=about)
    reasons = of(tmp_path, "one").reasons
    assert "beat 'far' changed (its pictures)" in reasons and reasons[-1].endswith("changed")
    assert reasons[-1].startswith("model ")


def test_the_command_says_it_for_the_targets_of_rendering(call: Call) -> None:
    options = ["--size", "128x72", "--theme", "dark"]
    assert call("status", "scene.yaml", "-o", "out/")[:2] == (3, "out/scene.mp4  stale: not rendered yet\n")
    assert call("scene.yaml", "-o", "out/", "--workers", "1", *options)[0] == 0
    assert call("status", "scene.yaml", "-o", "out", *options)[:2] == (0, "out/scene.mp4  up to date\n")
    scripts({"other": BEFORE["same"]}, Path())
    code, out, _ = call("status", "scene.yaml", "other.yaml", "-o", "out", *options)
    assert code == 3 and out.splitlines() == ["out/scene.mp4  up to date", "out/other.mp4  stale: not rendered yet"]
    code, out, _ = call("status", "scene.yaml", "-o", "out")
    assert code == 3 and "size 128x72 -> 96x64" in out and "theme dark -> light" in out


def test_the_command_writes_nothing(call: Call, tmp_path: Path) -> None:
    call("status", "scene.yaml", "-o", "out/")
    assert [path.name for path in tmp_path.iterdir()] == ["scene.yaml"]


def test_status_of_a_real_film_is_quick(tmp_path: Path) -> None:
    """Once the machine is known: without the start of the program, which takes most of a second."""
    identity()
    script = Path(__file__).parents[2] / "scenes" / "sort.yaml"
    used = resource.getrusage(resource.RUSAGE_SELF)
    render.load(script).manifest(tmp_path / "sort.mp4")
    now = resource.getrusage(resource.RUSAGE_SELF)
    assert now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime < 1.0
