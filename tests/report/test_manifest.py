"""What stands beside a film says what it was made from, and what it shows."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
from before_and_after import BEFORE, HEAD, films, scripts
from command import Call

import render
from render import UserError
from render.farm.identity import identity
from render.farm.segments import beat_keys
from render.model import load_model
from render.model.lineage import contents
from render.report.manifest import manifest_path, read_manifest
from render.video.encoding import encoding_for


def test_a_manifest_says_what_a_film_was_made_from(before: Path) -> None:
    output = before / "words.mp4"
    told, script = read_manifest(manifest_path(output)), before.parent / "words.yaml"
    film = render.load(script)
    assert (told.film, told.title, told.versions) == ("words.mp4", "Words and numbers", identity())
    settings = {"size": "320x180", "fps": 5, "theme": "light", "captions": "on", "span": None}
    assert told.settings.model_dump() == settings
    for found, path in [(told.scripts[0], script), *zip(told.files, map(output.with_suffix, ENDINGS), strict=True)]:
        data = path.read_bytes()
        assert (found.size, found.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert [file.name for file in told.scripts] == ["../words.yaml"]
    assert [file.name for file in told.files] == ["words.mp4", "words.srt", "words.vtt"]
    (model,) = told.models
    assert (model.model, model.contents, model.text) == ("nano-sort", contents(load_model("nano-sort")).hex(), "CBABBC")
    keys = beat_keys(film.segments(encoding_for(output, (320, 180), 5)))
    assert {beat.name: beat.key for beat in told.beats} == keys
    for beat, passage in zip(told.beats, film.programme.passages, strict=True):
        assert (beat.start, beat.end) == pytest.approx((passage.start, passage.end))
        assert beat.start <= beat.telling <= beat.end
    assert told.beats[0].words == ("It reads “CBABBC”.",) and ("prompt", "CBABBC") in told.beats[0].numbers


ENDINGS = (".mp4", ".srt", ".vtt")


def test_the_numbers_of_a_card_are_those_of_the_trace(before: Path) -> None:
    """The sum on the card is that of the two columns, by the weights themselves."""
    card = next(beat for beat in read_manifest(manifest_path(before / "words.mp4")).beats if beat.name == "card")
    trace = load_model("nano-sort").trace((2, 1, 0, 1, 1, 2))
    (written,) = [text for what, text in card.numbers if what == "embed[t=3, c=7]"]
    value, *operands = (float(number.replace("−", "-")) for number in re.findall(r"−?\d+\.?\d*", written))
    assert value == pytest.approx(trace["wte.weight"][1, 7] + trace["wpe.weight"][3, 7], abs=0.006)
    assert operands == pytest.approx([trace["wte.weight"][1, 7], trace["wpe.weight"][3, 7]], abs=0.006)


def test_the_same_film_has_the_same_manifest(before: Path, tmp_path: Path) -> None:
    again = films({"same": BEFORE["same"]}, tmp_path)
    assert manifest_path(again / "same.mp4").read_bytes() == manifest_path(before / "same.mp4").read_bytes()


def test_a_part_of_a_film_has_the_beats_that_are_in_it(tmp_path: Path) -> None:
    film = render.load(scripts({"words": BEFORE["words"]}, tmp_path)[0])
    film.write(tmp_path / "part.gif", start=1.5, end=2.3, workers=1)
    told = read_manifest(tmp_path / "part.gif.manifest.json")
    assert told.settings.span == (1.6, 2.4), "whole frames"
    assert [beat.name for beat in told.beats] == ["said", "card"] and [file.name for file in told.files] == ["part.gif"]


def test_a_folder_of_frames_has_its_manifest_beside_it(tmp_path: Path) -> None:
    film = render.load(scripts({"same": BEFORE["same"]}, tmp_path)[0])
    film.write(tmp_path / "frames", workers=1)
    frames = sorted((tmp_path / "frames").iterdir())
    (file,) = read_manifest(tmp_path / "frames.manifest.json").files
    assert file.size == sum(path.stat().st_size for path in frames) and len(frames) == 5


def test_included_scripts_are_inputs(tmp_path: Path) -> None:
    parts = "title: All\nvideo: {size: 320x180, fps: 5}\ninclude: [same.yaml, beats.yaml, same.yaml]\n"
    film = films({"same": BEFORE["same"], "beats": BEFORE["beats"], "all": parts}, tmp_path) / "all.mp4"
    told = read_manifest(manifest_path(film))
    assert [file.name for file in told.scripts] == ["../all.yaml", "../same.yaml", "../beats.yaml"]
    assert [beat.name for beat in told.beats][::4] == ["same/only", "same-2/only"]
    assert [reading.part for reading in told.models] == ["same", "beats", "same-2"]


def test_a_film_that_cannot_be_written_keeps_the_earlier_manifest(
    before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(before, tmp_path / "output")
    earlier = (tmp_path / "output" / "same.mp4.manifest.json").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    script = scripts({"same": BEFORE["same"].replace("One", "Two")}, tmp_path)[0]
    with pytest.raises(render.MachineError, match="No space left"):
        render.load(script).write(tmp_path / "output" / "same.mp4", workers=1)
    assert (tmp_path / "output" / "same.mp4.manifest.json").read_bytes() == earlier


def test_what_is_no_manifest_is_not_replaced(call: Call, tmp_path: Path) -> None:
    mine = tmp_path / "clip.mp4.manifest.json"
    mine.write_text('{"name": "my app"}')
    code, out, err = call("scene.yaml", "-o", "clip.mp4", "--workers", "1")
    assert (code, out) == (2, "") and "clip.mp4.manifest.json is no manifest" in err
    assert mine.read_text() == '{"name": "my app"}' and not (tmp_path / "clip.mp4").exists()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text[:40], "is damaged"),
        (lambda text: text.replace('"manifest": 1', '"manifest": 99'), "no manifest of this version"),
        (lambda text: text.replace('"fps": 5', '"fps": "many"'), "settings.fps"),
    ],
)
def test_a_damaged_manifest_is_told(before: Path, tmp_path: Path, damage: object, words: str) -> None:
    path = tmp_path / "x.mp4.manifest.json"
    path.write_text(damage(manifest_path(before / "same.mp4").read_text()))  # type: ignore[operator]
    with pytest.raises(UserError, match=words):
        read_manifest(path)


def test_a_manifest_is_plain_json(before: Path) -> None:
    told = json.loads(manifest_path(before / "words.mp4").read_text())
    assert HEAD.startswith(f"prompt: {told['models'][0]['text']}")
    assert [beat["name"] for beat in told["beats"]] == ["plain", "said", "card", "far", "view"]
