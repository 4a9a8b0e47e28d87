"""Segments put behind one another are the film that one pass would give."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from clips import clip, decode, moving

from render.errors import MachineError
from render.video.encoding import encoding_for

CUTS = [(), (1,), (7, 8, 9), tuple(range(1, 60))]


def packets(path: Path) -> list[tuple[int, int, int]]:
    """Decoding time, presentation time and duration of every packet of video, in the order of the file, by ffmpeg."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-map", "0:v", "-c", "copy"]
    lines = subprocess.run([*command, "-f", "framecrc", "-"], capture_output=True, text=True, check=True).stdout
    fields = [line.split(",") for line in lines.splitlines() if not line.startswith("#")]
    return [(int(own[1]), int(own[2]), int(own[3])) for own in fields]


@pytest.mark.parametrize("cuts", CUTS, ids=["one", "two", "short ones", "one a frame"])
@pytest.mark.parametrize("fps", [24, 30])
def test_every_frame_is_there_at_its_time(tmp_path: Path, cuts: tuple[int, ...], fps: int) -> None:
    path = tmp_path / "clip.mp4"
    with clip(path, (64, 48), fps, cuts=cuts) as film:
        for k in range(60):
            film.write(moving(k))
    assert len(film.files) == len(cuts) + 1
    seen = decode(path, (64, 48)).astype(int)
    expected = np.stack([moving(k)[..., :3] for k in range(60)]).astype(int)
    assert seen.shape == expected.shape
    assert np.abs(seen - expected).mean(axis=(1, 2, 3)).max() < 3, "each frame is nearer to its own picture"
    times = packets(path)
    assert len({duration for _, _, duration in times}) == 1
    (step,) = {duration for _, _, duration in times}
    shown = sorted(shown for _, shown, _ in times)
    assert shown == [k * step for k in range(60)], "from 0 on, at a constant rate"
    decoded = [decoded for decoded, _, _ in times]
    assert decoded == sorted(set(decoded))


def test_a_joined_film_has_the_frames_of_its_segments(tmp_path: Path) -> None:
    """To the last bit: nothing is encoded again."""
    encoded: list[np.ndarray] = []
    with clip(tmp_path / "clip.mp4", (64, 48), 30, cuts=[20, 33]) as film:
        for k in range(50):
            film.write(moving(k), 1 + k % 2)
        film.finish()
        encoded = [decode(file, (64, 48)) for file in film.files]
    np.testing.assert_array_equal(decode(tmp_path / "clip.mp4", (64, 48)), np.concatenate(encoded))


@pytest.mark.parametrize("fps", [7, 24, 30, 60])
def test_frames_are_held_as_long_as_they_should_be(tmp_path: Path, fps: int) -> None:
    repeats = [2, 1, 1, 5, 1, 3, 2, 2, 40, 1, 6]
    with clip(tmp_path / "clip.mp4", (64, 48), fps, cuts=[8, 9]) as film:
        for k, repeat in enumerate(repeats):
            film.write(np.full((48, 64, 4), 20 * k + 10, np.uint8), repeat)
    seen = [round((frame.mean() - 10) / 20) for frame in decode(tmp_path / "clip.mp4", (64, 48))]
    assert seen == [k for k, repeat in enumerate(repeats) for _ in range(repeat)]


def test_a_player_can_go_to_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with clip(path, (64, 48), 20, cuts=[13, 29, 50]) as film:
        for k in range(60):
            film.write(moving(k))
    whole = decode(path, (64, 48))
    for frame in (0, 12, 13, 28, 29, 30, 49, 55):
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-ss", f"{frame / 20:.3f}", "-i", str(path)]
        command += ["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
        raw = subprocess.run(command, capture_output=True, check=True).stdout
        np.testing.assert_array_equal(np.frombuffer(raw, np.uint8).reshape(48, 64, 3), whole[frame])


def test_names_that_need_quotes(tmp_path: Path) -> None:
    folder = tmp_path / "it's a \\ folder"
    folder.mkdir()
    with clip(folder / "clip.mp4", (64, 48), 20, cuts=[1]) as film:
        film.write(moving(0))
        film.write(moving(1))
    assert len(decode(folder / "clip.mp4", (64, 48))) == 2


def test_a_segment_that_is_none_is_told_for_what_it_is(tmp_path: Path) -> None:
    """And not what ffmpeg says of frames that it is not to decode."""
    encoding = encoding_for("clip.mp4", (64, 48), 30)
    good, bad = tmp_path / "good.mp4", tmp_path / "bad.mp4"
    with encoding.segment(good, [1]) as feed:
        feed.write(moving(0))
    bad.write_bytes(b"no film")
    with pytest.raises(MachineError, match=r"clip\.mp4: .*[Ii]nvalid data|moov atom") as caught:
        encoding.join([good, bad], tmp_path / "clip.mp4", [], [])
    assert "whitelist" not in str(caught.value) and not (tmp_path / "clip.mp4").exists()
