"""Drawing: the same state gives the same pixels, and nothing is laid out twice."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from moments import SIZES, overlay, run, state, states
from numpy.typing import NDArray

from render.overlay.compositor import Overlay
from render.overlay.text import shape
from render.theme import LIGHT, THEMES
from render.timeline import State

SIZE = (640, 360)


def blank(size: tuple[int, int], theme: str = "light") -> NDArray[np.uint8]:
    page = [round(255 * channel) for channel in THEMES[theme].page]
    return np.tile(np.array([*page, 255], np.uint8), (size[1], size[0], 1))


def drawn(over: Overlay, shown: State) -> NDArray[np.uint8]:
    frame = blank(over.page.size)
    over.draw(frame, shown)
    return frame


@pytest.mark.parametrize("name", list(states(SIZE)))
def test_drawing_is_repeatable(name: str) -> None:
    shown = states(SIZE)[name]
    first = drawn(overlay(SIZE), shown)
    again = drawn(Overlay(overlay(SIZE).layout, run(), LIGHT, SIZE), shown)
    assert np.array_equal(first, again)
    assert (first[..., 3] == 255).all()


def test_a_state_seen_before_is_laid_out_only_once() -> None:
    over = overlay(SIZE)
    for shown in states(SIZE).values():
        drawn(over, shown)
    before = shape.cache_info().misses
    for shown in states(SIZE).values():
        drawn(over, shown)
    assert shape.cache_info().misses == before


@pytest.mark.parametrize("size", [SIZES[0], SIZES[3]])
def test_text_never_stands_on_the_picture(size: tuple[int, int]) -> None:
    """Whatever the stage has drawn behind the head and the foot, they come out the same."""
    shown = states(size)["scores"]
    over = overlay(size)
    frames = [blank(size), blank(size)]
    frames[1][..., :3] = np.random.default_rng(0).integers(0, 255, frames[1][..., :3].shape)
    for frame in frames:
        over.draw(frame, shown)
    for item in over.place(shown):
        if item.name in ("caption", "heading", "tokens", "progress", "card"):
            area = item.area
            rows, columns = slice(int(area.top), int(area.bottom)), slice(int(area.left) + 1, int(area.right))
            inset = 0 if item.name != "card" else 30  # rounded corners
            parts = [frame[rows, columns][inset or None : -inset or None] for frame in frames]
            assert np.array_equal(*parts), item.name


def test_transparent_frames_keep_what_is_behind_the_bands() -> None:
    frame = np.zeros((360, 640, 4), np.uint8)
    overlay(SIZE, transparent=True).draw(frame, State(state(SIZE).pose))
    assert (frame[:20] == 0).all()
    assert (frame[-20:] == 0).all()
    assert (frame[..., :3] <= frame[..., 3:]).all()


def test_the_accent_marks_the_beat() -> None:
    frame = drawn(overlay(SIZE), state(SIZE))
    foot = frame[-12:].reshape(-1, 4)[:, :3].astype(int)
    accent = np.array([round(255 * channel) for channel in LIGHT.accent])
    assert (np.abs(foot - accent).max(axis=1) < 3).any()


def test_no_font_of_the_machine_is_looked_for() -> None:
    """A fresh process that shapes text says nothing about fonts."""
    code = "from render.overlay.text import Style, shape; print(shape('Ag', Style(20.0, (0.0, 0.0, 0.0))).width)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ}, check=True)
    assert float(done.stdout) > 0
    assert "ontconfig" not in done.stderr
