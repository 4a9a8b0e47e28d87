from __future__ import annotations

import re
import struct
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from clips import COLOURS, about, clip, decode, moving, stripes

from render.errors import UserError
from render.video.mp4 import chapter_metadata


def boxes(path: Path) -> list[bytes]:
    """The names of the top-level boxes of an MP4 (ISO 14496-12), in order."""
    data, at, names = path.read_bytes(), 0, []
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        names.append(data[at + 4 : at + 8])
        at += length
    return names


def key_frames(path: Path) -> list[int]:
    """The numbers of the frames that a player can jump to, from ffmpeg."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-skip_frame", "nokey", "-i", str(path), "-map", "0:v"]
    command += ["-fps_mode", "passthrough", "-f", "framecrc", "-"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [int(line.split(",")[2]) for line in lines if not line.startswith("#")]


def test_size_rate_and_number_of_frames_are_exact(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    frame = np.full((90, 162, 4), 255, np.uint8)
    with clip(path, (162, 90), 24) as film:
        for k in range(7):
            frame[...] = 30 * k
            film.write(frame, repeat=1 + k % 3)
    words = about(path)
    assert "Video: h264 (High)" in words
    assert ", 162x90" in words and ", 24 fps" in words
    assert len(decode(path, (162, 90))) == 1 + 2 + 3 + 1 + 2 + 3 + 1


def test_held_frames_are_repeated(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with clip(path, (64, 48), 30) as film:
        film.write(moving(0), repeat=4)
        film.write(moving(9), repeat=2)
    seen = decode(path, (64, 48)).astype(int)
    expected = np.stack([moving(0)] * 4 + [moving(9)] * 2)[..., :3]
    assert seen.shape == expected.shape
    assert np.abs(seen - expected).mean() < 3


def test_the_frame_may_be_drawn_over_at_once(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    frame = np.full((48, 64, 4), 255, np.uint8)
    with clip(path, (64, 48), 30) as film:
        for k in range(20):
            frame[...] = 10 * k
            film.write(frame)
    seen = decode(path, (64, 48)).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(seen, 10 * np.arange(20), atol=3)


def test_colours_are_bt709_and_say_so(
    tmp_path: Path,
) -> None:
    path = tmp_path / "clip.mp4"
    with clip(path, (128, 64), 30) as film:
        film.write(stripes(), repeat=3)
    assert "yuv420p(tv, bt709, progressive)" in about(path)

    # ITU-R BT.709: luma weights and the limited range of 8-bit video.
    red, green, blue = COLOURS.T / 255
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    expected = np.stack([16 + 219 * luma, 128 + 224 * (blue - luma) / 1.8556, 128 + 224 * (red - luma) / 1.5748])
    stored = decode(path, (128, 64), "yuv444p")[1, :, 32, 8::16]
    np.testing.assert_allclose(stored, expected, atol=2.5)

    shown = decode(path, (128, 64))[1, 32, 8::16].astype(int)
    np.testing.assert_allclose(shown, COLOURS, atol=5)


def test_chapters(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    chapters = [("Welcome", 0.0, 0.5), ("50 % = half; # \\ Größe", 0.5, 1.25), ("The end", 1.25, 2.0)]
    with clip(path, (64, 48), 20, chapters) as film:
        for k in range(40):
            film.write(moving(k))
    found = re.findall(r"start ([\d.]+), end ([\d.]+)\n\s+Metadata:\n\s+title +: (.*)", about(path))
    assert [(title, float(start), float(end)) for start, end, title in found] == chapters
    assert key_frames(path) == [0, 10, 25]


def test_chapter_titles_of_several_lines_stay_one_entry() -> None:
    assert chapter_metadata([("a\nb", 0, 1)]).count("title=a\\\nb") == 1


def test_plays_before_it_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with clip(path, (128, 64), 30) as film:
        film.write(stripes())
    names = boxes(path)
    assert names.index(b"moov") < names.index(b"mdat")


def test_equal_frames_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        with clip(tmp_path / name, (64, 48), 30, [("Start", 0, 1)]) as film:
            for k in range(30):
                film.write(moving(k))
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize(("size", "nearest"), [((641, 360), "640x360"), ((640, 361), "640x360"), ((1, 1), "2x2")])
def test_odd_sizes_are_refused(tmp_path: Path, size: tuple[int, int], nearest: str) -> None:
    with pytest.raises(UserError, match=f"{size[0]}x{size[1]}; the nearest size is {nearest}"):
        clip(tmp_path / "clip.mp4", size, 30).__enter__()
    assert not list(tmp_path.iterdir())
