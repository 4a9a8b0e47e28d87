"""What rests in a film is drawn finer than what moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

import render
from render.programme import Moment, Programme
from render.programme.painter import FINE, Painter

Drawn = Callable[[int, float, int, int], np.ndarray]

SCRIPT = """
title: Moving and resting
prompt: CBABBC
video: {size: 480x270, fps: 10}
beats:
  - id: moving
    say: It moves and rests.
    camera: {frame: h.0, over: 1s}
    for: 4s
  - id: talking
    say: Words come over what rests.
    for: 4s
"""


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory) -> Programme:
    path = tmp_path_factory.mktemp("scenes") / "scene.yaml"
    path.write_text(SCRIPT)
    return render.load(path).programme


@pytest.fixture(scope="module")
def painter(programme: Programme) -> Iterator[Painter]:
    made = Painter(programme)
    yield made
    made.close()


@pytest.fixture
def drawn(programme: Programme, painter: Painter) -> Drawn:
    """The frame of a moment of a beat with as many samples for stage and overlay as are wanted."""
    (production,) = programme.productions
    return lambda beat, t, stage, overlay: painter.paint(
        production, production.timeline.state_of(beat, t), stage, overlay
    )


@pytest.mark.parametrize(
    ("beat", "t", "stage", "overlay"),
    [
        (0, 0.5, 1, 1),  # the camera is on its way
        (0, 2.5, FINE, FINE),
        (1, 0.1, FINE, 1),  # the words are coming
        (1, 2.0, FINE, FINE),
    ],
)
def test_what_rests_is_finer(painter: Painter, drawn: Drawn, beat: int, t: float, stage: int, overlay: int) -> None:
    frame, ways = painter(Moment(0, beat, t)), [(1, 1), (FINE, 1), (FINE, FINE)]
    alike = [way for way in ways if np.array_equal(frame, drawn(beat, t, *way))]
    assert alike == [(stage, overlay)]


def test_all_of_a_still_is_fine(painter: Painter, drawn: Drawn) -> None:
    still = painter(Moment(0, 0, 0.5), still=True)
    np.testing.assert_array_equal(still, drawn(0, 0.5, FINE, FINE))


def test_finer_words_are_the_same_words(drawn: Drawn) -> None:
    coarse, fine = (drawn(1, 2.0, FINE, overlay)[..., :3].astype(float) for overlay in (1, FINE))
    apart = 10 * np.log10(255**2 / ((fine - coarse) ** 2).mean())
    assert 36 < apart < 60
