"""Drawing: the same state gives the same pixels, and nothing is laid out twice."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import skia
from moments import SIZES, overlay, run, state, states
from numpy.typing import NDArray

from render.overlay import fonts
from render.overlay import parts as module
from render.overlay.compositor import Overlay
from render.overlay.text import EXACT, shape
from render.theme import LIGHT, THEMES
from render.timeline import Progress, State

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


def large(over: Overlay, shown: State, times: int) -> NDArray[np.float64]:
    """The flat layer alone, drawn so many times as large and filtered down, (height, width, 4)."""
    width, height = over.page.size
    surface = skia.Surface.MakeRasterN32Premul(times * width, times * height)
    canvas = surface.getCanvas()
    canvas.scale(times, times)
    over.draw_on(canvas, shown)
    pixels = surface.toarray(colorType=skia.kRGBA_8888_ColorType).astype(float)
    pixels[..., :3] *= pixels[..., 3:] / 255
    return np.asarray(pixels.reshape(height, times, width, times, 4).mean(axis=(1, 3)))


def test_the_numbers_of_cells_are_exactly_where_they_are() -> None:
    """Glyphs on quarters of pixels have 31 dB here."""
    size = (1280, 720)
    shown = state(size, "lm_head.weight", zoom=2.5, azimuth=-12.0, elevation=10.0)
    over = overlay(size)
    frame = np.zeros((size[1], size[0], 4), np.uint8)
    over.draw(frame, shown)
    reference = large(over, shown, 6)
    rows = slice(int(over.page.picture.top) + 40, int(over.page.picture.bottom) - 40)
    apart = ((frame[rows, :, 3] - reference[rows, :, 3]) ** 2).mean()
    assert reference[rows, :, 3].mean() > 5, "there are numbers"
    assert 10 * np.log10(255**2 / apart) > 36


@pytest.mark.parametrize("name", ["scores", "norm formula", "beside a chart"])
def test_a_layer_is_the_same_in_parts(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, over = states(SIZE)[name], overlay(SIZE)
    frames = []
    for largest in (8191, 700):
        monkeypatch.setattr(module, "LARGEST", largest)
        assert len(list(module.parts(*SIZE, 2))) == (1 if largest == 8191 else 4)
        frame = blank(SIZE)
        over.draw(frame, shown, 2)
        frames.append(frame)
    # Skia may smooth an outline in another way where it has another sheet around it.
    difference = np.subtract(*(frame.astype(float) for frame in frames))
    assert np.abs(difference).max() < 60 and 10 * np.log10(255**2 / (difference**2).mean()) > 50


def test_text_that_is_half_there_is_half_there_on_the_largest_part() -> None:
    surface = skia.Surface.MakeRasterN32Premul(module.LARGEST, 100)
    canvas = surface.getCanvas()
    canvas.concat(EXACT)
    font = skia.Font(fonts.typeface(fonts.SEMIBOLD), 60)
    paint = skia.Paint(skia.Color4f(1, 1, 1, 0.5))
    canvas.drawString("88", 8000, 80, font, paint)
    assert surface.toarray()[..., 3].max() == 128


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


@pytest.mark.parametrize("theme", list(THEMES))
def test_progress_is_one_mark_a_beat_all_alike_and_the_accent_is_on_the_beat(theme: str) -> None:
    """Read from the pixels: the marks' runs of colour along the middle of their row."""
    look = THEMES[theme]
    over = Overlay(overlay((1920, 1080)).layout, run(), look, (1920, 1080))
    frame = blank((1920, 1080), theme)
    over.draw(frame, replace(state((1920, 1080)), progress=Progress(2, 5)))
    row = frame[round(over.page.progress.centre[1]), :, :3].astype(int)
    colours = {
        name: np.abs(row - [round(255 * channel) for channel in colour]).max(axis=1) < 3
        for name, colour in (("muted", look.muted), ("accent", look.accent), ("line", look.line))
    }
    runs = [(name, *span) for name, mask in colours.items() for span in spans(mask)]
    runs.sort(key=lambda run: run[1])
    assert [name for name, _, _ in runs] == ["muted", "muted", "accent", "line", "line"]
    widths = [stop - start for _, start, stop in runs]
    gaps = [after[1] - before[2] for before, after in pairwise(runs)]
    assert max(widths) - min(widths) <= 2 and min(widths) > 300
    assert max(gaps) - min(gaps) <= 2 and min(gaps) >= 3


def spans(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where a mask is set without a break."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def test_no_font_of_the_machine_is_looked_for() -> None:
    """A fresh process that shapes text says nothing about fonts."""
    code = "from render.overlay.text import Style, shape; print(shape('Ag', Style(20.0, (0.0, 0.0, 0.0))).width)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ}, check=True)
    assert float(done.stdout) > 0
    assert "ontconfig" not in done.stderr
