"""When two pictures are different ones, and where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from before_and_after import BEFORE, scripts

import render
from render.report.difference import difference, difference_picture
from render.report.footage import Footage, Picture
from render.report.manifest import manifest_path, read_manifest


def plain(value: int = 200, height: int = 90, width: int = 160) -> Picture:
    return np.full((height, width, 3), value, np.uint8)


def test_equal_pictures_do_not_differ() -> None:
    assert not difference(plain(), plain()).is_seen


def test_noise_is_not_seen_and_a_letter_is() -> None:
    rng = np.random.default_rng(0)
    noisy = np.clip(plain().astype(int) + rng.integers(-40, 41, (90, 160, 3)), 0, 255).astype(np.uint8)
    assert not difference(plain(), noisy).is_seen
    noisy[40:52, 70:74] = 30
    found = difference(plain(), noisy)
    assert found.is_seen and found.share < 0.05


def test_what_is_faint_and_broad_is_seen() -> None:
    other = plain()
    other[:48, :64] += 8
    assert difference(plain(), other).is_seen
    assert not difference(plain(), plain(203)).is_seen


def test_the_share_is_that_of_the_picture() -> None:
    other = plain(height=128)
    other[:32] = 0
    assert difference(plain(height=128), other).share == pytest.approx(0.25)


def test_pictures_of_other_sizes_are_compared() -> None:
    assert not difference(plain(), plain(200, 180, 320)).is_seen
    assert difference(plain(), plain(100, 180, 320)).is_seen


def test_a_difference_picture_marks_what_differs_alone() -> None:
    before, after = plain(), plain()
    after[20:30, 40:60] = 20
    marked = difference_picture(before, after, (1.0, 0.0, 0.0))
    red = (marked[..., 0] > 200) & (marked[..., 1] < 60)
    assert red[20:30, 40:60].all() and red.sum() == 200
    rest = marked[~red]
    assert (rest == rest[:, :1]).all(), "grey"


@pytest.mark.parametrize("kind", ["mp4", "gif", ""])
def test_frames_come_back_by_their_numbers(kind: str, tmp_path: Path) -> None:
    """Those of a part of a film as the renderer draws them, within what the format loses."""
    film = render.load(scripts({"words": BEFORE["words"]}, tmp_path)[0])
    output = tmp_path / (f"film.{kind}" if kind else "film")
    film.write(output, start=0.4, end=3.0, workers=1)
    footage = Footage(output, read_manifest(manifest_path(output)))
    footage.check()
    numbers = [0, 2, 3, 12]
    for number, picture in zip(numbers, footage.pictures(numbers), strict=True):
        drawn = film.frame(0.4 + number / 5)[..., :3]
        assert picture.shape == drawn.shape
        assert not difference(drawn, picture).is_seen
    beats = {beat.name: beat for beat in footage.manifest.beats}
    assert [list(footage.frames_of(beats[name])) for name in ("plain", "said", "card")] == [
        [0, 1, 2],
        [3, 4, 5, 6, 7],
        [8, 9, 10, 11, 12],
    ]
    assert footage.seconds(3) == pytest.approx(1.0)
    assert footage.telling(beats["card"]) == 12, "its telling moment comes after the part's end"


def test_a_film_that_is_not_that_of_its_manifest_is_refused(before: Path, tmp_path: Path) -> None:
    told = read_manifest(manifest_path(before / "same.mp4"))
    with pytest.raises(render.UserError, match="is missing"):
        Footage(tmp_path / "same.mp4", told).check()
    (tmp_path / "same.mp4").write_bytes(b"another film")
    with pytest.raises(render.UserError, match="is not the film"):
        Footage(tmp_path / "same.mp4", told).check()
