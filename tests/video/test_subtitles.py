from __future__ import annotations

import html
import re
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest
from clips import about, clip, moving

from render.errors import UserError
from render.video.encoding import encoding_for
from render.video.subtitles import Cue, srt, vtt

CUES = [
    Cue("First words.", 0.25, 1.0),
    Cue("a --> b & c < d, <b>no tag</b> &lt; {x}: “é” ₂", 1.0, 61.0625),
    Cue("Two\n\nlines", 3661.5, 3662.0),
]


def read(text: str, point: str) -> list[tuple[str, float, float]]:
    """Cues of an SRT or WebVTT file, read by the letter of the formats."""
    clock = rf"(\d\d):(\d\d):(\d\d){re.escape(point)}(\d\d\d)"
    found = []
    for block in text.split("\n\n"):
        match = re.fullmatch(rf"(?:\d+\n)?{clock} --> {clock}\n([^\n]*)\n?", block)
        if match:
            times = [int(number) for number in match.groups()[:8]]
            start, end = (3600 * h + 60 * m + s + ms / 1000 for h, m, s, ms in (times[:4], times[4:]))
            found.append((match[9], start, end))
    return found


def track(path: Path) -> list[tuple[str, float, float]]:
    """The subtitles that ffmpeg finds in a film."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-map", "0:s", "-f", "srt", "-"]
    return read(subprocess.run(command, capture_output=True, text=True, check=True).stdout, ",")


def test_srt() -> None:
    assert srt(CUES[:2]) == (
        "1\n00:00:00,250 --> 00:00:01,000\nFirst words.\n\n"
        "2\n00:00:01,000 --> 00:01:01,062\na --> b & c < d, <b>no tag</b> &lt; {x}: “é” ₂\n"
    )
    assert read(srt(CUES), ",")[2] == ("Two lines", 3661.5, 3662.0)


def test_vtt_escapes_what_it_must() -> None:
    text = vtt(CUES)
    assert text.startswith("WEBVTT\n\n00:00:00.250 --> 00:00:01.000\nFirst words.\n\n")
    cues = read(text, ".")
    assert not any(re.search(r"-->|<|>|&(?!amp;|lt;|gt;)", words) for words, _, _ in cues)
    assert [html.unescape(words) for words, _, _ in cues] == [CUES[0].text, CUES[1].text, "Two lines"]


def test_a_film_carries_its_subtitles(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    cues = [Cue(CUES[1].text, 0.5, 1.25), Cue("the end", 1.25, 2.0)]
    for _ in range(2):
        earlier = path.read_bytes() if path.exists() else None
        with clip(path, (64, 48), 20, [("One", 0.0, 1.0), ("Two", 1.0, 2.0)], cues) as film:
            for k in range(40):
                film.write(moving(k))
            assert earlier is not None or not list(tmp_path.glob("clip*"))
    assert path.read_bytes() == earlier, "equal frames and words give equal bytes"
    facts = about(path)
    assert re.search(r"\(eng\): Subtitle: mov_text", facts)
    assert len(re.findall(r"Chapter #", facts)) == 2
    assert path.read_bytes().index(b"moov") < path.read_bytes().index(b"mdat")
    assert track(path) == cues
    assert (tmp_path / "clip.srt").read_text() == srt(cues) and (tmp_path / "clip.vtt").read_text() == vtt(cues)


def test_without_words_there_is_no_track(tmp_path: Path) -> None:
    with clip(tmp_path / "clip.mp4", (64, 48), 20) as film:
        film.write(moving(0))
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]
    assert "Subtitle" not in about(tmp_path / "clip.mp4")


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_what_fails_leaves_the_earlier_subtitles(tmp_path: Path, stop: type[BaseException]) -> None:
    for name in ("clip.mp4", "clip.srt", "clip.vtt"):
        (tmp_path / name).write_text("earlier")
    with pytest.raises(stop), clip(tmp_path / "clip.mp4", (64, 48), 20, cues=CUES) as film:
        film.write(moving(0))
        raise stop
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(
        ("clip.mp4", "clip.srt", "clip.vtt"), "earlier"
    )


@pytest.mark.parametrize("name", ["clip.gif", "frames"])
def test_only_an_mp4_has_subtitles(tmp_path: Path, name: str) -> None:
    with clip(tmp_path / name, (64, 48), 20, cues=CUES) as film:
        film.write(moving(0))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_folder_in_the_place_of_the_subtitles_is_told_first(tmp_path: Path) -> None:
    (tmp_path / "clip.vtt").mkdir()
    with pytest.raises(UserError, match=r"clip\.vtt is a folder"):
        encoding_for(tmp_path / "clip.mp4", (64, 48), 20)
