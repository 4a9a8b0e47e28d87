from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from clips import COLOURS, clip, moving, stripes
from PIL import Image, ImageSequence

from render.errors import UserError


def test_frames_durations_and_colours(tmp_path: Path) -> None:
    path = tmp_path / "clip.gif"
    with clip(path, (64, 48), 25) as film:
        for k in range(10):
            film.write(moving(k))
        film.write(moving(10), repeat=5)
        for k in range(11, 15):
            film.write(moving(k))
    with Image.open(path) as gif:
        assert gif.size == (64, 48)
        assert gif.info["loop"] == 0
        pages = [
            (page.info["duration"], np.asarray(page.convert("RGB")).astype(int)) for page in ImageSequence.Iterator(gif)
        ]
    assert sum(duration for duration, _ in pages) == 19 * 40
    shown = [picture for duration, picture in pages for _ in range(duration // 40)]
    expected = [moving(k)[..., :3] for k in [*range(10), *[10] * 5, *range(11, 15)]]
    assert np.abs(np.stack(shown) - np.stack(expected)).max() <= 4


def test_thirty_frames_a_second_last_a_second(tmp_path: Path) -> None:
    path = tmp_path / "clip.gif"
    with clip(path, (64, 48), 30) as film:
        for k in range(30):
            film.write(moving(k))
    with Image.open(path) as gif:
        durations = [page.info["duration"] for page in ImageSequence.Iterator(gif)]
    assert len(durations) == 30
    assert set(durations) == {30, 40}
    assert sum(durations) == 1000


def test_a_still_clip_keeps_its_colours(tmp_path: Path) -> None:
    path = tmp_path / "clip.gif"
    with clip(path, (128, 64), 10) as film:
        film.write(stripes(), repeat=10)
    with Image.open(path) as gif:
        shown = np.asarray(gif.convert("RGB"))[32, 8::16].astype(int)
    np.testing.assert_allclose(shown, COLOURS, atol=4)


def test_more_than_fifty_frames_a_second_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="50 frames a second at most, not 60"):
        clip(tmp_path / "clip.gif", (64, 48), 60).__enter__()


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), clip(tmp_path / "clip.gif", (64, 48), 20) as film:
        film.write(moving(0))
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())
