"""The walkthrough that ships: every chapter plays, its camera is calm, and its words state no number of their own."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from calm import restless

from render.film import Film, load
from render.programme import Moment
from render.programme.painter import Painter
from render.programme.production import Production
from render.scene import resolve
from render.timeline import View

FOLDER = Path(__file__).parent.parent / "scenes" / "walkthrough"
CHAPTERS = sorted(path.stem for path in FOLDER.glob("[0-9]*.yaml"))

PLACES = r"(position|column|block|blocks|head|layer) \d+"
"""What a number in the words may be without being read from the trace: which one of several."""


@cache
def film(name: str) -> Film:
    return load(FOLDER / f"{name}.yaml", size="192x108")


def production(name: str) -> Production:
    (only,) = film(name).programme.productions
    return only


def test_there_are_ten_chapters() -> None:
    assert [name.split("-", 1)[1] for name in CHAPTERS] == [
        "introduction",
        "preliminaries",
        "embedding",
        "layer-norm",
        "self-attention",
        "projection",
        "mlp",
        "transformer",
        "softmax",
        "output",
    ]


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_is_as_long_as_a_chapter_should_be(name: str) -> None:
    assert 45 <= production(name).timeline.duration <= 150


@pytest.mark.parametrize("name", CHAPTERS)
def test_some_frames_of_a_chapter(name: str) -> None:
    """They are drawn, hold more than the page, and those of different beats differ."""
    painter = Painter(film(name).programme)
    shots = production(name).timeline.shots
    beats = range(0, len(shots), max(1, len(shots) // 4))
    frames = [painter(Moment(0, beat, shots[beat].telling))[..., :3].astype(int) for beat in beats]
    painter.close()
    for frame in frames:
        page = frame[-1, 0]
        assert (np.abs(frame - page).max(axis=2) > 24).mean() > 0.03
    for before, after in pairwise(frames):
        assert (np.abs(before - after).max(axis=2) > 24).mean() > 0.01


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_camera_is_calm_and_stays_outside(name: str) -> None:
    assert not list(restless(production(name)))


@pytest.mark.parametrize("name", CHAPTERS)
def test_what_a_beat_frames_is_in_the_picture(name: str) -> None:
    """Once the camera has arrived, all of it but what zooming in leaves out."""
    made = production(name)
    for beat, shot, step in zip(made.scene.beats, made.timeline.shots, made.scene.steps, strict=True):
        if beat.camera is None or beat.camera.frame is None:
            continue
        graph = made.run.after(step).graph
        regions = tuple(region for selector in beat.camera.frame for region in resolve(selector, graph))
        bounds = made.layout.bounds_of(tuple(region for region in regions if made.layout.find(region)))
        most = 0.0
        for t in np.linspace(0.0, shot.duration, 40):
            seen = View(shot.camera.pose(float(t)), (1920, 1080)).project(bounds.corners)[:, :2]
            low, high = seen.min(axis=0), seen.max(axis=0)
            inside = np.clip(np.minimum(high, (1920, 1080)) - np.maximum(low, 0), 0, None)
            most = max(most, float(np.prod(inside) / np.prod(high - low)))
        assert most > 0.9, f"{beat.id}: {most:.2f}"


@pytest.mark.parametrize("name", CHAPTERS)
def test_numbers_in_the_words_are_read_from_the_trace(name: str) -> None:
    for beat in production(name).scene.beats:
        for template in (beat.say, beat.place, beat.chapter):
            written = "".join(part for part in template.parts if isinstance(part, str)) if template else ""
            assert not re.search(r"\d", re.sub(PLACES, "", written, flags=re.IGNORECASE)), f"{beat.id}: {written}"


def test_the_whole_film_is_all_chapters_in_order() -> None:
    programme = film("full").programme
    assert [reel.name for reel in programme.reels] == CHAPTERS
    chapters = film("full").chapters((0.0, programme.duration))
    assert [title for title, _, _ in chapters] == [production(name).title for name in CHAPTERS]
    assert programme.duration == pytest.approx(sum(production(name).timeline.duration for name in CHAPTERS), abs=0.5)
