"""Films made of several scripts."""

from __future__ import annotations

import itertools
import pickle
import re
import subprocess
from pathlib import Path

import imageio.v3 as imageio
import imageio_ffmpeg
import numpy as np
import pytest
from command import Call, left

import render
from render import Film, UserError
from render.model import load_model
from render.programme.painter import Painter
from render.scene import ScriptError

VIDEO = "video: {size: 192x108, fps: 5}\n"
SCRIPTS = {
    "full": "title: The whole\n" + VIDEO + "include: [parts/01-start.yaml, parts/02-dark.yaml, parts/03-again.yaml]\n",
    "parts/01-start": "title: Start\nprompt: CBABBC\n" + VIDEO + """\
beats:
  - {id: words, say: "{prompt} goes in.", for: 0.9s}
  - {id: end, camera: {frame: embed, over: 0.6s}, do: [{fill: embed, over: 1s}], for: 1.43s}
""",
    "parts/02-dark": "title: Dark\nprompt: ABC\nvideo: {size: 192x108, fps: 5, theme: dark}\n" + """\
beats:
  - {id: end, say: "Now {prompt}.", camera: h.0, do: [{fill: h.0, over: 1s}, {feed_back: {}, over: 0.4s}], for: 2s}
""",
    "parts/03-again": "title: Again\nprompt: CBABBC\n" + VIDEO + """\
beats:
  - {id: clean, say: "Nothing is left.", for: 1s}
  - {id: last, do: [{highlight: wte}], for: 1s}
""",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    (folder / "parts").mkdir()
    for name, text in SCRIPTS.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


@pytest.fixture(scope="module")
def film(folder: Path) -> Film:
    return render.load(folder / "full.yaml")


@pytest.fixture(scope="module")
def parts(folder: Path) -> list[Film]:
    return [render.load(folder / f"{name}.yaml") for name in list(SCRIPTS)[1:]]


def pictures(path: Path) -> list[np.ndarray]:
    return [imageio.imread(frame) for frame in sorted(path.iterdir())]


def test_the_frames_are_those_of_the_parts(film: Film, parts: list[Film], tmp_path: Path) -> None:
    """By one process and by two; a part's own film is its stretch of the whole, to the last pixel."""
    alone = [pictures(part.write(tmp_path / part.name, workers=1)) for part in parts]
    assert [len(frames) for frames in alone] == [11, 10, 10]
    for workers in (1, 2):
        together = pictures(film.write(tmp_path / f"full-{workers}", workers=workers))
        assert len(together) == 31
        for k, (seen, own) in enumerate(zip(together, itertools.chain(*alone), strict=True)):
            np.testing.assert_array_equal(seen, own, err_msg=f"frame {k} with {workers} workers")


def test_parts_may_be_drawn_in_any_order(film: Film, parts: list[Film]) -> None:
    painter = Painter(pickle.loads(pickle.dumps(film.programme)))
    times = (0.4, 4.0, 5.0, 2.2, 4.2, 6.2, 0.4)
    seen = [painter(film.programme.at(t)).copy() for t in times]
    first, dark, again = painter._programme.productions
    studio = painter.studio(first)
    assert painter.studio(again) is studio, "parts with one run share a window"
    assert painter.studio(dark) is not studio
    painter.close()
    np.testing.assert_array_equal(seen[0], seen[-1])
    for t, frame in zip(times, seen, strict=True):
        reel = max((reel for reel in film.programme.reels if reel.start <= t), key=lambda reel: reel.start)
        np.testing.assert_array_equal(frame, parts[reel.part].frame(t - reel.start), err_msg=f"at {t}s")


def test_equal_parts_share_what_is_costly(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[str] = []
    monkeypatch.setattr("render.model.repertoire.load_model", lambda name: loads.append(name) or load_model(name))
    film = render.load(folder / "full.yaml")
    first, dark, again = film.programme.productions
    assert loads == ["nano-sort"]
    assert first.run is again.run is not dark.run and first.run.model is dark.run.model
    assert first.layout is again.layout is not dark.layout


def test_times_run_through_the_film(film: Film) -> None:
    assert [(reel.name, reel.start, reel.end) for reel in film.programme.reels] == [
        ("01-start", 0.0, 2.2),
        ("02-dark", 2.2, 4.2),
        ("03-again", 4.2, 6.2),
    ]
    assert film.duration == 6.2
    beats = [(beat.name, beat.start, beat.end) for beat in film.programme.passages]
    assert [name for name, _, _ in beats] == [
        "01-start/words", "01-start/end", "02-dark/end", "03-again/clean", "03-again/last",
    ]  # fmt: skip
    assert np.allclose([start for _, start, _ in beats], [0, 0.8, 2.2, 4.2, 5.2])
    assert [end for _, _, end in beats[:-1]] == [start for _, start, _ in beats[1:]]


def test_chapters_are_the_parts_and_subtitles_run_through(film: Film, tmp_path: Path) -> None:
    path = film.write(tmp_path / "full.mp4", workers=1)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)]
    facts = subprocess.run(command, capture_output=True, text=True).stderr
    found = re.findall(r"start ([\d.]+), end ([\d.]+)\n\s+Metadata:\n\s+title +: (.*)", facts)
    assert [(title, float(start), float(end)) for start, end, title in found] == [
        ("Start", 0, 2.2),
        ("Dark", 2.2, 4.2),
        ("Again", 4.2, 6.2),
    ]
    lines = (tmp_path / "full.srt").read_text().splitlines()
    assert lines[1::4] == [
        "00:00:00,000 --> 00:00:00,800",
        "00:00:02,200 --> 00:00:04,200",
        "00:00:04,200 --> 00:00:05,200",
    ]
    assert lines[2::4] == ["CBABBC goes in.", "Now ABC.", "Nothing is left."]
    assert film.chapters((2.0, 3.4)) == [("Start", 0.0, pytest.approx(0.2)), ("Dark", pytest.approx(0.2), 1.4)]


def test_a_beat_of_one_part(film: Film, parts: list[Film], tmp_path: Path) -> None:
    assert film.span("last") == film.span("03-again/last")
    assert film.span("02-dark/end") == (2.2, 4.2)
    for beat, words in (
        ("end", "there are 2 beats 'end' in .*full.yaml: say which of 01-start/end, 02-dark/end"),
        ("02-drak/end", "there is no beat '02-drak/end' in .*; did you mean '02-dark/end'"),
        ("01-start/last", "there is no beat"),
        ("clena", "did you mean 'clean'"),
    ):
        with pytest.raises(UserError, match=words):
            film.span(beat)
    together = pictures(film.write(tmp_path / "a", beat="02-dark/end", workers=1))
    alone = pictures(parts[1].write(tmp_path / "b", workers=1))
    assert len(together) == len(alone) == 10
    assert all(np.array_equal(one, other) for one, other in zip(together, alone, strict=True))


def test_the_same_script_twice(tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text(SCRIPTS["parts/03-again"])
    (tmp_path / "full.yaml").write_text(f"title: x\n{VIDEO}include: [part.yaml, part.yaml]\n")
    film = render.load(tmp_path / "full.yaml")
    names = [passage.name for passage in film.programme.passages]
    assert names == ["part/clean", "part/last", "part-2/clean", "part-2/last"]
    assert film.span("part-2/clean") == (2, 3)


def test_stills_are_numbered_through_the_film(film: Film, parts: list[Film], tmp_path: Path) -> None:
    paths = list(film.stills(tmp_path / "all"))
    assert [path.name for path in paths] == [
        "01-01-start-words.png",
        "02-01-start-end.png",
        "03-02-dark-end.png",
        "04-03-again-clean.png",
        "05-03-again-last.png",
    ]
    own = [path for part in parts for path in part.stills(tmp_path / part.name)]
    assert [path.read_bytes() for path in paths] == [path.read_bytes() for path in own]
    (one,) = film.stills(tmp_path / "one", beat="last", at=0.5)
    (other,) = film.stills(tmp_path / "other", at=5.7)
    assert one.name == other.name == "05-03-again-last.png" and one.read_bytes() == other.read_bytes()


def test_settings_of_the_command_line_hold_for_all_parts(folder: Path) -> None:
    film = render.load(folder / "full.yaml", theme="light", prompt="CC", size="128x72", fps=10, captions="off")
    for production in film.programme.productions:
        assert (production.size, production.theme.name) == ((128, 72), "light")
        assert production.run.tokens[: production.run.prompt_length] == (2, 2)
        assert production.scene.video.captions == "off"
    assert film.programme.n_frames == len(list(film.programme.frames())) == 23 + 20 + 20


def test_mistakes_in_all_parts_are_told_with_their_own_places(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("title: x\nprompt: A\nbeats: [{id: a, do: [{fill: embbed}]}]\n")
    (tmp_path / "b.yaml").write_text("title: x\nprompt: A\nbeats:\n- id: a\n  say: '{probbs}'\n")
    (tmp_path / "full.yaml").write_text("title: x\ninclude: [b.yaml, a.yaml, b.yaml]\n")
    with pytest.raises(ScriptError) as caught:
        render.load(tmp_path / "full.yaml")
    lines = str(caught.value).replace(f"{tmp_path}/", "").splitlines()
    assert [line.split("; ")[0] for line in lines] == [
        "a.yaml:3:29: there is no tensor or module 'embbed'",
        "b.yaml:5:10: no value is called 'probbs'",
    ]


def test_a_setting_of_the_including_script_that_cannot_be_is_told_there(folder: Path, tmp_path: Path) -> None:
    include = f"include: [{folder}/parts/01-start.yaml, {folder}/parts/02-dark.yaml]\n"
    for setting, where in (("prompt: CXC", "2:9"), ("tokens: [1, 7]", "2:13"), ("model: nano-srot", "2:8")):
        (tmp_path / "full.yaml").write_text(f"title: x\n{setting}\n{include}")
        with pytest.raises(ScriptError) as caught:
            render.load(tmp_path / "full.yaml")
        assert str(caught.value).startswith(f"{tmp_path}/full.yaml:{where}: ")
        assert len(str(caught.value).splitlines()) == 1


def test_the_command_line(call: Call, folder: Path, tmp_path: Path) -> None:
    script = str(folder / "full.yaml")
    code, out, err = call("check", script)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert [line.split(" (")[0] for line in lines if ".yaml)" in line] == ["The whole", "Start", "Dark", "Again"]
    assert [re.match(r"(\S+) +([\d.]+)s", line).groups() for line in lines if re.match(r"\S+ +[\d.]+s ", line)] == [  # type: ignore[union-attr]
        ("words", "0.00"), ("end", "0.80"), ("end", "2.20"), ("clean", "4.20"), ("last", "5.20"),
    ]  # fmt: skip
    assert lines[-1] == "5 beats, 6.20s"
    assert call(script, "--beat", "01-start/words", "-o", "c.mp4", "--workers", "1")[:2] == (0, "c.mp4\n")
    assert left(tmp_path) == {"scene.yaml", "c.mp4", "c.mp4.manifest.json", "c.srt", "c.vtt"}
    code, out, err = call("stills", script, "--beat", "end")
    assert (code, out) == (2, "") and "say which of 01-start/end, 02-dark/end" in err
