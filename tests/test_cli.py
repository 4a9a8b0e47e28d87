from __future__ import annotations

import re
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pytest
from command import SCRIPT, Call, left, shell
from safetensors.numpy import load_file

from render.model import load_model

KINDS = ("mp4", "mp4.manifest.json", "srt", "vtt")
"""What is written for a film that speaks."""


def test_a_film_where_it_was_asked_for_and_nothing_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(SCRIPT)
    done = shell("scene.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "output/scene.mp4\n", "")
    assert left(tmp_path) == {"scene.yaml", "output"}
    assert left(tmp_path / "output") == {f"scene.{kind}" for kind in KINDS}


def test_a_part_of_a_film_in_other_settings(call: Call, tmp_path: Path) -> None:
    settings = "--size 128x72 --fps 4 --theme dark --prompt AB --from 0.5 --to 1 --workers 1"
    code, out, err = call("scene.yaml", "-o", "frames", *settings.split())
    assert (code, out, err) == (0, "frames\n", "")
    assert left(tmp_path / "frames") == {"00000.png", "00001.png"}
    picture = imageio.imread(tmp_path / "frames" / "00000.png")
    assert picture.shape == (72, 128, 3) and picture[2, 2].max() < 60
    assert call("scene.yaml", "-o", "clip.gif", "--beat", "two", "--workers", "1")[:2] == (0, "clip.gif\n")
    assert imageio.imread(tmp_path / "clip.gif").shape[0] == 2


def test_several_scripts_make_several_films(call: Call, tmp_path: Path) -> None:
    Path("other.yaml").write_text(SCRIPT)
    assert call(*["scene.yaml", "other.yaml", "-o", "films", "--to", "0.5", "--workers", "1"])[:2] == (
        0,
        "films/scene.mp4\nfilms/other.mp4\n",
    )
    assert left(tmp_path / "films") == {f"{name}.{kind}" for name in ("scene", "other") for kind in KINDS}


def test_one_script_goes_into_a_folder_of_films_as_several_do(call: Call, tmp_path: Path) -> None:
    short = ["--to", "0.5", "--workers", "1"]
    assert call("scene.yaml", "-o", "new/", *short)[:2] == (0, "new/scene.mp4\n")
    Path("there").mkdir()
    assert call("scene.yaml", "-o", "there", *short)[:2] == (0, "there/scene.mp4\n")
    assert call("scene.yaml", "-o", "there", *short)[:2] == (0, "there/scene.mp4\n"), "it holds a film now"
    assert left(tmp_path / "new") == left(tmp_path / "there") == {f"scene.{kind}" for kind in KINDS}


def test_a_folder_of_frames_is_one_and_stays_one(call: Call, tmp_path: Path) -> None:
    for _ in range(2):
        assert call("scene.yaml", "-o", "frames", "--to", "0.5", "--workers", "1")[:2] == (0, "frames\n")
        assert left(tmp_path / "frames") == {"00000.png"}
    assert left(tmp_path) == {"scene.yaml", "frames", "frames.manifest.json"}


def test_stills(call: Call, tmp_path: Path) -> None:
    code, out, err = call("stills", "scene.yaml")
    assert (code, err) == (0, "")
    assert out.split() == ["output/scene/01-one.png", "output/scene/02-two.png"]
    assert left(tmp_path / "output" / "scene") == {"01-one.png", "02-two.png"}
    out = call("stills", "scene.yaml", "-o", "here", "--at", "1.4", "--size", "128x72", "--transparent")[1]
    assert out == "here/02-two.png\n"
    assert imageio.imread(tmp_path / "here" / "02-two.png").shape == (72, 128, 4)


def test_check_prints_beats_with_their_times(call: Call, tmp_path: Path) -> None:
    title, words = "Brackets [bold] and [/b] :100:", "See [t=5] and :smile: [/i] of {prompt}."
    Path("scene.yaml").write_text(SCRIPT.replace("Small", f"'{title}'").replace("Of {prompt}.", words))
    code, out, err = call("check", "scene.yaml")
    assert (code, err) == (0, "")
    assert title in out and words.format(prompt="CBABBC") in " ".join(out.split())
    assert re.search(r"^one +0\.00s +1\.00s", out, re.M) and re.search(r"^two +1\.00s +1\.00s", out, re.M)
    assert "2 beats, 2.00s" in out
    assert left(tmp_path) == {"scene.yaml"}


def test_check_prints_words_without_their_markup(call: Call) -> None:
    Path("scene.yaml").write_text(SCRIPT.replace("Of {prompt}.", "The *first* of $x_t$ costs 5\\$."))
    assert "The first of xt costs 5$." in call("check", "scene.yaml")[1]


def test_check_prints_long_names_whole(call: Call) -> None:
    long = "a-beat-with-a-very-long-id-that-says-much-about-what-it-shows"[:60]
    Path("scene.yaml").write_text(SCRIPT.replace("id: one", f"id: {long}").replace("Of {prompt}.", "word " * 30))
    out = call("check", "scene.yaml")[1]
    assert long in out and out.count("word") == 30


def test_a_trace_has_every_tensor_under_its_name(call: Call, tmp_path: Path) -> None:
    assert call("trace", "--tokens", "2 1 0 1 1 2", "-o", "trace.safetensors")[:2] == (0, "trace.safetensors\n")
    written, model = load_file("trace.safetensors"), load_model("nano-sort")
    trace = model.trace((2, 1, 0, 1, 1, 2))
    assert set(written) == set(trace)
    for name in trace:
        np.testing.assert_array_equal(written[name], trace[name])
    assert call("trace", "--prompt", "CBABBC", "--steps", "2", "-o", "steps.npz")[0] == 0
    with np.load("steps.npz", allow_pickle=False) as steps:
        assert {name.split("/")[0] for name in steps.files if "/" in name} == {"step.0", "step.1", "step.2"}
        np.testing.assert_array_equal(steps["step.0/probs"], trace["probs"])
    assert left(tmp_path) == {"scene.yaml", "trace.safetensors", "steps.npz"}


def test_a_cell_is_explained_with_its_numbers(call: Call) -> None:
    code, out, err = call("trace", "--prompt", "CBABBC", "--explain", "h.0.attn.att[h=1,t=5,s=3]")
    assert (code, err) == (0, "")
    value = load_model("nano-sort").trace((2, 1, 0, 1, 1, 2)).cell("h.0.attn.att", {"h": 1, "t": 5, "s": 3})
    numbers = [float(number.replace("−", "-")) for number in re.findall(r"−?\d+\.\d+", out)]
    assert any(abs(number - value) <= 0.01 * max(1, abs(value)) for number in numbers), f"{value} in {out}"
    assert "q" in out and "k" in out


@pytest.mark.parametrize("arguments", [["--help"], [], ["stills", "--help"], ["trace", "--help"], ["--version"]])
def test_help_is_help(call: Call, arguments: list[str]) -> None:
    code, out, err = call(*arguments)
    assert (code, err) == (0, "") and out
    if arguments != ["--version"]:
        assert "Usage" in out
