from __future__ import annotations

import functools
import itertools
import subprocess
from collections.abc import Iterator
from pathlib import Path

import imageio.v3 as imageio
import imageio_ffmpeg
import numpy as np
import pytest

import render
from render import Film, MachineError, UserError
from render.cache import Cache
from render.farm.identity import identity
from render.programme.painter import Painter
from render.scene import ScriptError
from render.stage import opengl
from render.video.encoding import encoding_for

CHECK = opengl.check

SCRIPT = """
title: Three beats
prompt: CBABBC
video: {size: 192x108, fps: 5}
beats:
  - id: start
    chapter: Part one
    say: "{prompt} goes in."
    for: 1s
  - id: fill-it
    camera: {frame: embed, over: 0.6s}
    do:
      - {fill: embed, over: 1s}
    for: 2s
  - id: predict
    chapter: Part two
    do:
      - chart: probs[t=-1]
      - feed_back: {}
        over: 1s
    for: 3s
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenes") / "three.yaml"
    path.write_text(SCRIPT)
    return path


@pytest.fixture(scope="module")
def film(script: Path) -> Film:
    return render.load(script)


@pytest.fixture(scope="module")
def painter(film: Film) -> Iterator[Painter]:
    made = Painter(film.programme)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenGL is tried out in a process of its own before every film; for the tests once is enough."""
    monkeypatch.setattr("render.film.opengl.check", opengl_of_this_machine)


@functools.cache
def opengl_of_this_machine() -> opengl.OpenGL:
    return CHECK()


def about(path: Path) -> str:
    """What ffmpeg says of a file."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)]
    return subprocess.run(command, capture_output=True, text=True).stderr


def test_the_public_surface_is_small() -> None:
    assert sorted(render.__all__) == ["Film", "MachineError", "RenderError", "UserError", "load"]


def test_a_film_knows_its_length_and_beats(film: Film) -> None:
    assert film.name == "three" and film.duration == 6
    assert [passage.name for passage in film.programme.passages] == ["start", "fill-it", "predict"]
    assert film.span() == (0, 6)
    assert film.span("fill-it") == (1, 3)
    assert film.span(start=2.5) == (2.5, 6) and film.span(end=2) == (0, 2) and film.span(start=1, end=99) == (1, 6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"beat": "fill-in"}, "did you mean 'fill-it'"),
        ({"beat": "predict", "start": 1.0}, "either a beat or the seconds"),
        ({"start": -1.0}, "nothing from -1s"),
        ({"start": 3.0, "end": 3.0}, "nothing from 3s to 3s"),
        ({"start": 3.0, "end": 1.0}, "nothing from 3s to 1s"),
        ({"start": 6.0}, "6"),
        ({"start": float("nan")}, "nan"),
        ({"end": float("nan")}, "nan"),
        ({"end": float("-inf")}, "inf"),
    ],
)
def test_a_part_that_there_is_not(film: Film, arguments: dict[str, float], words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=words):
        film.write(tmp_path / "clip.mp4", **arguments)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_settings_replace_those_of_the_script(script: Path) -> None:
    film = render.load(script, size="128x72", fps=7, theme="dark", prompt="AB")
    assert film.programme.size == (128, 72) and film.programme.fps == 7
    assert film.programme.productions[0].theme.name == "dark"
    assert next(film.programme.passages[0].pages).text == "AB goes in."
    assert len(film.programme.productions[0].run.steps[0].tokens) == 2


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"size": "10x10"}, "64"),
        ({"size": "193x108"}, "even"),
        ({"size": "huge"}, "720p"),
        ({"size": "-64x64"}, "WIDTHxHEIGHT"),
        ({"fps": 0}, "1 to 120"),
        ({"fps": 1000}, "1 to 120"),
        ({"theme": "drak"}, "dark"),
        ({"captions": "maybe"}, "captions must be on or off, not 'maybe'"),
        ({"prompt": "CBX"}, "X"),
        ({"prompt": "ABCABCABCABC"}, "11"),
        ({"prompt": "ABCABCABCAB" + "A" * 500}, "11"),
        ({"prompt": " "}, "empty"),
        ({"model": "nano-srt"}, "nano-sort"),
        ({"model": "missing.safetensors"}, "missing.safetensors"),
    ],
)
def test_settings_that_cannot_be(script: Path, setting: dict[str, str], words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        render.load(script, **setting)  # type: ignore[arg-type]
    assert len(str(caught.value).splitlines()) == 1


def test_a_script_is_checked_before_anything_is_drawn(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(SCRIPT.replace("fill: embed", "fill: embbed"))
    with pytest.raises(ScriptError, match=r"bad\.yaml:13:1\d: .*did you mean 'embed'"):
        render.load(bad)


def test_an_mp4_of_the_whole_film(film: Film, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    clip = tmp_path / "deep" / "er" / "clip.mp4"
    path = film.write(clip, workers=1, report=lambda done, all: told.append((done, all)))
    assert path == clip
    assert imageio_ffmpeg.count_frames_and_secs(str(path)) == (30, pytest.approx(6))
    assert told[-1] == (30, 30) and [done for done, _ in told] == sorted(done for done, _ in told)
    facts = about(path)
    assert "h264" in facts and "192x108" in facts and "bt709" in facts and "yuv420p" in facts
    for title in ("Part one: Start", "Part one: Fill it", "Part two: Predict"):
        assert title in facts
    kinds = ("mp4", "mp4.manifest.json", "srt", "vtt")
    assert sorted(p.name for p in path.parent.iterdir()) == [f"clip.{kind}" for kind in kinds]


def test_subtitles_say_what_the_pages_say(tmp_path: Path) -> None:
    words = "One *two* $x_t$ -> 3 < 4 & 5."
    script = tmp_path / "s.yaml"
    script.write_text(
        SCRIPT.replace("{prompt} goes in.", f"{{prompt}}. {words}").replace("for: 2s", 'for: 2s\n    say: "No."')
    )
    film = render.load(script, captions="off")
    film.write(tmp_path / "all.mp4", workers=1)
    assert (tmp_path / "all.srt").read_text() == (
        "1\n00:00:00,000 --> 00:00:01,000\nCBABBC. One two xt -> 3 < 4 & 5.\n\n2\n00:00:01,000 --> 00:00:03,000\nNo.\n"
    )
    film.write(tmp_path / "part.mp4", start=0.6, end=2.0, workers=1)
    lines = (tmp_path / "part.vtt").read_text().splitlines()
    assert lines[2:4] == ["00:00:00.000 --> 00:00:00.400", "CBABBC. One two xt -&gt; 3 &lt; 4 &amp; 5."]
    assert lines[5:] == ["00:00:00.400 --> 00:00:01.400", "No."]
    assert "Subtitle: mov_text" in about(tmp_path / "part.mp4")
    film.write(tmp_path / "silent.mp4", beat="predict", workers=1)
    assert not list(tmp_path.glob("silent.[sv]*")) and "Subtitle:" not in about(tmp_path / "silent.mp4")


def test_captions_can_be_switched_off(script: Path, film: Film, painter: Painter, tmp_path: Path) -> None:
    without = render.load(script, captions="off")
    bare, spoken = without.frame(0.5), painter(film.programme.at(0.5))
    foot = slice(-20, -4)
    page = np.array(film.programme.productions[0].theme.page) * 255
    assert np.abs(spoken[foot, :, :3] - page).max() > 60
    assert np.abs(bare[foot, :, :3] - page).max() <= 1
    np.testing.assert_array_equal(bare[:-24], spoken[:-24])
    np.testing.assert_array_equal(without.frame(1.8), painter(film.programme.at(1.8)))
    script.with_name("off.yaml").write_text(SCRIPT.replace("fps: 5", "fps: 5, captions: off"))
    np.testing.assert_array_equal(render.load(script.with_name("off.yaml")).frame(0.5), bare)
    np.testing.assert_array_equal(render.load(script.with_name("off.yaml"), captions="on").frame(0.5), spoken)


def test_what_is_written_is_what_is_seen(film: Film, painter: Painter, tmp_path: Path) -> None:
    """PNG frames are the states of their times, and however many processes draw them they are the same bytes."""
    one = film.write(tmp_path / "one", beat="fill-it", workers=1)
    two = film.write(tmp_path / "two", beat="fill-it", workers=2)
    names = [f"{k:05d}.png" for k in range(10)]
    assert sorted(path.name for path in one.iterdir()) == sorted(path.name for path in two.iterdir()) == names
    for name in names:
        assert (one / name).read_bytes() == (two / name).read_bytes()
    np.testing.assert_array_equal(imageio.imread(one / "00004.png"), painter(film.programme.at(1.8))[..., :3])


def test_held_frames_are_drawn_once(film: Film, tmp_path: Path) -> None:
    path = film.write(tmp_path / "more", beat="start", workers=1)
    frames = [imageio.imread(frame) for frame in sorted(path.iterdir())]
    assert len(frames) == 5
    different = 1 + sum(not np.array_equal(a, b) for a, b in itertools.pairwise(frames))
    segments = film.segments(encoding_for(path, film.programme.size, film.programme.fps), film.span("start"))
    assert different <= sum(len(segment.frames) for segment in segments) <= different + 1 < 6


def test_a_frame_is_rgba_with_the_top_row_first(film: Film, painter: Painter) -> None:
    frame = film.frame(2.9)
    assert frame.shape == (108, 192, 4) and frame.dtype == np.uint8 and (frame[..., 3] == 255).all()
    np.testing.assert_array_equal(frame, painter(film.programme.at(2.9)))
    caption = film.frame(0.5)
    page = np.array(film.programme.productions[0].theme.page) * 255
    assert np.abs(caption[-20:, :, :3] - page).max() > 100, "the caption stands at the foot"


def test_a_gif(film: Film, tmp_path: Path) -> None:
    path = film.write(tmp_path / "clip.gif", start=1.0, end=2.0, workers=1)
    frames = imageio.imread(path)
    assert frames.shape[0] == 5 and frames.shape[1:3] == (108, 192)


def test_an_earlier_folder_of_frames_is_replaced_and_nothing_else(film: Film, tmp_path: Path) -> None:
    film.write(tmp_path / "frames", start=0.0, end=1.0, workers=1)
    film.write(tmp_path / "frames", start=0.0, end=0.4, workers=1)
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == ["00000.png", "00001.png"]
    (tmp_path / "frames" / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match=r"notes\.txt"):
        film.write(tmp_path / "frames", start=0.0, end=0.4, workers=1)
    assert (tmp_path / "frames" / "notes.txt").read_text() == "mine"


def test_what_fails_half_way_leaves_the_earlier_output(
    film: Film, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"earlier")
    empty = Cache(tmp_path_factory.mktemp("empty"))

    def failing(*_: object, **__: object) -> None:
        raise MachineError("the card is gone")

    monkeypatch.setattr("render.film.draw_segments", failing)
    for name in ("clip.mp4", "clip.gif", "frames"):
        with pytest.raises(MachineError, match="the card is gone"):
            film.write(tmp_path / name, workers=1, cache=empty)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]
    assert clip.read_bytes() == b"earlier"


def test_stills_show_each_beat_at_its_telling_moment(film: Film, painter: Painter, tmp_path: Path) -> None:
    paths = list(film.stills(tmp_path))
    assert [path.name for path in paths] == ["01-start.png", "02-fill-it.png", "03-predict.png"]
    for path, passage in zip(paths, film.programme.passages, strict=True):
        picture = imageio.imread(path)
        assert picture.shape == (108, 192, 3)
        np.testing.assert_array_equal(picture, painter(passage.telling, still=True)[..., :3])


def test_a_still_of_a_moment(film: Film, tmp_path: Path) -> None:
    (path,) = film.stills(tmp_path, at=1.8)
    assert path.name == "02-fill-it.png"
    (other,) = film.stills(tmp_path / "b", beat="fill-it", at=0.8)
    assert other.read_bytes() == path.read_bytes()
    (beat,) = film.stills(tmp_path / "c", beat="predict")
    assert beat.name == "03-predict.png"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"at": 6.0}, "from 0s to 6.00s"),
        ({"at": -0.1}, "from 0s"),
        ({"at": float("nan")}, "nan"),
        ({"beat": "fill-it", "at": 2.5}, "from 0s to 2.00s"),
        ({"beat": "predicts"}, "did you mean 'predict'"),
    ],
)
def test_a_still_that_there_is_not(film: Film, arguments: dict[str, float], words: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=words):
        list(film.stills(tmp_path / "stills", **arguments))  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_transparent_still_leaves_the_page_out(film: Film, tmp_path: Path) -> None:
    (clear,) = film.stills(tmp_path / "clear", beat="start", transparent=True)
    (solid,) = film.stills(tmp_path / "solid", beat="start")
    picture, page = imageio.imread(clear), imageio.imread(solid).astype(float)
    assert picture.shape == (108, 192, 4)
    alpha = picture[..., 3:] / 255
    assert alpha.min() == 0 and alpha.max() == 1 and 0.05 < alpha.mean() < 0.6
    background = np.array(film.programme.productions[0].theme.page) * 255
    over = picture[..., :3] * alpha + background * (1 - alpha)
    middle = slice(12, 84)  # between the bands of heading and caption, which belong to the page
    assert np.abs(over - page)[middle].max() < 4, "on a page of the film's colour it is the film's picture"


def test_drawing_without_opengl_says_how_to_get_it(film: Film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.film.opengl.check", CHECK)
    monkeypatch.setattr("render.film.identity", identity.__wrapped__)
    monkeypatch.setenv("__EGL_VENDOR_LIBRARY_FILENAMES", "/nowhere.json")
    with pytest.raises(MachineError, match="OpenGL"):
        film.write(tmp_path / "clip.mp4")
    with pytest.raises(MachineError, match="OpenGL"):
        list(film.stills(tmp_path))
    assert not list(tmp_path.iterdir())
