"""Models too large to draw every box by itself: far boxes, close-ups, memory, places far from the origin."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from looking import alone, bare, cell_rect, colour_of, eroded, facing, share

from render.layout import Layout, arrange
from render.model import GPT2Config, Model, Region, Run
from render.stage import stage as stage_module
from render.stage.cells import magnitude
from render.stage.stage import Stage
from render.theme import DARK, LIGHT, Theme
from render.timeline import Flyer, Look, Pose, State, View, frame_points

SIZE = (960, 540)
PAGE = np.array(LIGHT.page) * 255
CONFIG = GPT2Config(n_layer=3, n_head=6, n_embd=384, vocab_size=600, block_size=12)
MATRIX = "h.1.mlp.c_fc.weight"


@pytest.fixture(scope="module")
def run() -> Run:
    return Model("large", CONFIG, CONFIG.initial_weights(seed=1), None).run(tuple(range(8)), 2)


@pytest.fixture(scope="module")
def layout(run: Run) -> Layout:
    return arrange(run.graph, "wide")


@pytest.fixture(scope="module")
def large(layout: Layout, run: Run) -> Iterator[Stage]:
    made = Stage(layout, run, LIGHT, SIZE)
    assert len(layout.boxes) > stage_module.FEW
    yield made
    made.close()


def box_of(layout: Layout, tensor: str):
    return layout.of_tensor(tensor)[0]


def difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.abs(one[..., :3].astype(int) - other[..., :3])


def whole(layout: Layout, azimuth: float = -16.0, elevation: float = 14.0, zoom: float = 1.0) -> State:
    filled = {id: (0.3, 1.0, 1.0)[place % 3] for place, id in enumerate(layout.boxes)}
    looks = {id: Look(0.3) for place, id in enumerate(layout.boxes) if place % 7 == 0}
    return State(frame_points(layout.bounds.corners, 16 / 9, azimuth, elevation, zoom), 0, looks, filled)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("azimuth", "elevation", "zoom"), [(0, 0, 1), (-16, 14, 1), (25, -20, 1.0), (-16, 14, 3.0)])
def test_far_boxes_look_like_near_ones(
    layout: Layout,
    run: Run,
    theme: Theme,
    azimuth: float,
    elevation: float,
    zoom: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same picture, whether every box is drawn by itself or those afar together."""
    state = whole(layout, azimuth, elevation, zoom)
    frames = []
    for few in (0, 10**6):
        monkeypatch.setattr(stage_module, "FEW", few)
        made = Stage(layout, run, theme, SIZE)
        frames.append(made.draw(state))
        made.close()
    apart = difference(*frames).max(axis=2)
    assert apart.mean() < 0.4
    assert (apart > 24).mean() < 0.004
    assert np.abs(colour_of(frames[0]) - colour_of(frames[1])).max() < 0.2


def test_a_frame_does_not_depend_on_those_before(large: Stage, run: Run) -> None:
    layout = large.layout
    box = box_of(layout, MATRIX)
    column = Region("h.0.mlp.c_fc.weight", ((0, 384), (5, 6)))
    states = [
        whole(layout),
        whole(layout, zoom=6.0),
        State(facing(box, 0.7, SIZE), 1, filled=dict.fromkeys(layout.boxes, 1.0)),
        State(facing(box, 5.0, SIZE, (900, 100)), 0),
        State(facing(box, 60.0, SIZE, (900, 100)), 0, flyers=(Flyer(column, box.place(890, 90, 5.0)),)),
        replace(whole(layout), step=1, shifts={box.id: (30.0, -20.0, 100.0)}),
    ]
    alone_frames = []
    for state in states:
        fresh = Stage(layout, run, LIGHT, SIZE)
        alone_frames.append(fresh.draw(state))
        fresh.close()
    for order in ((0, 1, 2, 3, 4, 5), (5, 3, 1, 4, 0, 2), (2, 2, 0, 5, 4, 3)):
        for place in order:
            np.testing.assert_array_equal(large.draw(states[place]), alone_frames[place])


@pytest.mark.parametrize("pixels", [0.125, 0.25, 0.5, 1.0, 2.0, 3.0, 6.0, 0.0885, 0.31])
@pytest.mark.parametrize("azimuth", [0.0, 35.0])
def test_no_level_shows_where_it_changes(large: Stage, pixels: float, azimuth: float) -> None:
    """Just before and just after each distance at which something else is on the card, the picture is the same."""
    box = box_of(large.layout, MATRIX)
    pose = facing(box, pixels, SIZE, (700, 200))
    frames = []
    for distance in (pose.distance * (1 - 1e-6), pose.distance * (1 + 1e-6)):
        frames.append(large.draw(bare(large.layout, box, replace(pose, distance=distance, azimuth=azimuth))))
    apart = difference(*frames)
    assert apart.mean() < 0.3
    assert (apart > 3).mean() < 0.001


def test_a_zoom_is_smooth_at_every_step(large: Stage) -> None:
    """From the whole model to a few cells: neighbouring frames of a slow zoom differ evenly, no one jumps."""
    box = box_of(large.layout, MATRIX)
    near = facing(box, 40.0, SIZE, (700.5, 200.5))
    filled = dict.fromkeys(large.layout.boxes, 1.0)
    distances = near.distance * 1.004 ** np.arange(0, 1500, 25)
    jumps = []
    for distance in distances:
        pair = [large.draw(State(Pose(near.target, d), 0, filled=filled)) for d in (distance, distance * 1.0002)]
        jumps.append(difference(*pair).mean())
    assert max(jumps) < 1.5


def analytic(run: Run, tensor: str) -> np.ndarray:
    values = np.asarray(run.steps[-1][tensor])
    level = np.clip(values / magnitude(values), -1, 1)
    ground, light, dark = (np.array(c) for c in (LIGHT.tones["weight"].ground, LIGHT.positive, LIGHT.negative))
    positive, negative = np.maximum(level, 0).mean(), np.maximum(-level, 0).mean()
    return np.asarray(255 * (ground + 0.665 * (positive * (light - ground) + negative * (dark - ground))))


@pytest.mark.parametrize("pixels", [0.01, 0.05, 0.1, 0.2, 0.4, 0.9, 2.5])
def test_at_every_distance_a_box_has_its_mean_colour(large: Stage, run: Run, pixels: float) -> None:
    box = box_of(large.layout, MATRIX)
    frame = large.draw(bare(large.layout, box, facing(box, pixels, SIZE)))
    inside = eroded(np.abs(frame[..., :3].astype(float) - PAGE).max(axis=2) > 60, 1)
    assert inside.sum() > 4
    np.testing.assert_allclose(colour_of(frame[inside]), analytic(run, MATRIX), atol=3)


def test_close_ups_show_the_values_of_their_cells(large: Stage, run: Run) -> None:
    """In the midst of a matrix that is never on the card as a whole, and at its ends."""
    box, values = box_of(large.layout, MATRIX), np.asarray(run.steps[0][MATRIX])
    scale, checked = magnitude(values), 0
    for at in ((3, 3), (700, 200), (box.width - 4, box.height - 4), (1000, 380)):
        pose = facing(box, 12.0, SIZE, at)
        view, frame = View(pose, SIZE), large.draw(bare(large.layout, box, pose))
        for column, row in itertools.product(range(at[0] - 3, at[0] + 3), range(at[1] - 3, at[1] + 3)):
            index = (column, row) if box.columns.dim == 0 else (row, column)
            level = float(values[index]) / scale
            cell = frame[cell_rect(view, box, column, row, 1.0)]
            colour = LIGHT.positive if level > 0 else LIGHT.negative
            if abs(level) > 0.3:
                middle = cell[cell.shape[0] // 2, cell.shape[1] // 2]
                assert share(middle, LIGHT.tones["weight"].ground, colour) > 0.8, f"column {column}, row {row}"
                checked += 1
    assert checked > 40


def test_windows_are_seen_from_afar(large: Stage) -> None:
    box = box_of(large.layout, MATRIX)
    pose = facing(box, 0.05, SIZE)
    look = Look(0.2, (((0, 0, box.width // 2, box.height), 1.0),))
    frame = large.draw(State(pose, looks={**alone(large.layout, [box.id]), box.id: look}))
    x, y, _ = View(pose, SIZE).project([box.place(box.width / 4, box.height / 2)])[0]
    strong = colour_of(frame[int(y) - 2 : int(y) + 2, int(x) - 4 : int(x) + 4])
    x, y, _ = View(pose, SIZE).project([box.place(box.width * 3 / 4, box.height / 2)])[0]
    faint = colour_of(frame[int(y) - 2 : int(y) + 2, int(x) - 4 : int(x) + 4])
    np.testing.assert_allclose(faint, PAGE + 0.2 * (strong - PAGE), atol=4)
    assert np.abs(strong - PAGE).max() > 100


def test_a_box_away_from_its_place_is_there(large: Stage) -> None:
    box = box_of(large.layout, MATRIX)
    x = large.layout.bounds.high[0]
    shift = (x + 4000 - box.corner[0], 0.0, 0.0)
    pose = facing(box.moved(shift), 0.1, SIZE)
    x, y, _ = View(pose, SIZE).project([pose.target])[0]
    here = (slice(int(y) - 8, int(y) + 8), slice(int(x) - 20, int(x) + 20))
    assert np.abs(colour_of(large.draw(State(pose, shifts={box.id: shift}))[here]) - PAGE).max() > 100
    assert np.abs(colour_of(large.draw(State(pose))[here]) - PAGE).max() < 1


# --- far from the origin ---------------------------------------------------------------------------------------------


def moved(layout: Layout, by: tuple[float, float, float]) -> Layout:
    ribbons = tuple(
        replace(ribbon, points=tuple((x + by[0], y + by[1], z + by[2]) for x, y, z in ribbon.points))
        for ribbon in layout.ribbons
    )
    boxes = {id: box.moved(by) for id, box in layout.boxes.items()}
    return replace(layout, boxes=boxes, ribbons=ribbons, _by_tensor={})


@pytest.mark.parametrize("pixels", [60.0, 8.0, 0.4])
def test_ten_million_units_away_everything_looks_the_same(large: Stage, run: Run, pixels: float) -> None:
    by = (1e7, -1e7, 0.0)
    there = Stage(moved(large.layout, by), run, LIGHT, SIZE)
    box = box_of(large.layout, MATRIX)
    pose = replace(facing(box, pixels, SIZE, (700, 200)), azimuth=-20.0, elevation=10.0)
    x, y, z = pose.target
    filled = dict.fromkeys(large.layout.boxes, 1.0)
    here = large.draw(State(pose, 0, filled=filled))
    frame = there.draw(State(replace(pose, target=(x + by[0], y + by[1], z + by[2])), 0, filled=filled))
    there.close()
    assert difference(here, frame).mean() < 0.05
    assert (difference(here, frame) > 8).mean() < 0.001


def test_what_is_far_behind_does_not_cut_off_what_is_near(large: Stage, run: Run) -> None:
    """A box at the horizon, and the nearest cells are drawn as without it."""
    box = box_of(large.layout, MATRIX)
    other = box_of(large.layout, "h.2.mlp.c_fc.weight")
    boxes = {**large.layout.boxes, other.id: replace(other, corner=(-3e5, 3e5, -1e7))}
    horizon = Stage(replace(large.layout, boxes=boxes, _by_tensor={}), run, LIGHT, SIZE)
    pose = facing(box, 30.0, SIZE, (700, 200))
    frame = horizon.draw(State(pose))
    horizon.close()
    np.testing.assert_array_equal(frame, large.draw(State(pose)))


# --- squeezed boxes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", [(0.1, 1.0), (1.0, 0.04)])
@pytest.mark.parametrize("zoom", [0.05, 0.8, 4.0])
@pytest.mark.parametrize("few", [0, 10**6])
def test_a_squeezed_box_stands_in_its_bounds(
    layout: Layout, run: Run, cell: tuple[float, float], zoom: float, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Near and far, it is as broad as it says, and its colour is its values' mean."""
    monkeypatch.setattr(stage_module, "FEW", few)
    box = replace(box_of(layout, MATRIX), cell=cell)
    squeezed = Stage(replace(layout, boxes={**layout.boxes, box.id: box}, _by_tensor={}), run, LIGHT, SIZE)
    pose = frame_points(box.bounds.corners, 16 / 9, 0, 0, zoom)
    frame = squeezed.draw(State(pose, looks=alone(layout, [box.id])))
    squeezed.close()
    drawn = np.abs(frame[..., :3].astype(float) - PAGE).max(axis=2) > 50
    corners = View(pose, SIZE).project([box.place(0, 0), box.place(box.width, box.height)])
    (x0, y0, _), (x1, y1, _) = corners
    for low, high, found, most in ((x0, x1, drawn.any(axis=0), SIZE[0]), (y0, y1, drawn.any(axis=1), SIZE[1])):
        places = np.flatnonzero(found)
        assert places[0] == pytest.approx(max(low, 0), abs=1.01)
        assert places[-1] + 1 == pytest.approx(min(high, most), abs=1.01)
    inside = eroded(drawn, 2)
    if inside.sum() > 400:
        np.testing.assert_allclose(colour_of(frame[inside]), analytic(run, MATRIX), atol=6)


# --- models without values -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outline() -> Run:
    return Model.blank("outline", CONFIG).outline(8)


@pytest.mark.parametrize("few", [0, 10**6])
def test_a_model_without_values_is_drawn_blank(outline: Run, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_module, "FEW", few)
    layout = arrange(outline.graph, "wide")
    blank = Stage(layout, outline, LIGHT, SIZE)
    box = box_of(layout, MATRIX)
    ground = np.array(LIGHT.tones["weight"].ground) * 255
    for pixels in (0.3, 2.0, 30.0):
        frame = blank.draw(bare(layout, box, facing(box, pixels, SIZE)))
        inside = eroded(np.abs(frame[..., :3].astype(float) - PAGE).max(axis=2) > 60, 2)
        shown = frame[inside][..., :3].astype(float)
        if pixels < 5:
            assert np.abs(shown - ground).max() < 1.5
        else:
            lines = np.abs(shown - ground).max(axis=1) > 4
            assert 0.02 < lines.mean() < 0.3, "grid lines, and nothing else"
            assert (shown <= ground + 1).all(), "no disc"
    blank.draw(whole(layout))
    blank.close()


# --- memory ----------------------------------------------------------------------------------------------------------


def resident() -> float:
    """MiB of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_zooming_in_again_and_again_takes_no_more_memory(
    layout: Layout, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time into other boxes, of which only so many stay on the card."""
    monkeypatch.setattr("render.stage.near_boxes.POOL", 24)
    made = Stage(layout, run, LIGHT, (480, 270))
    targets = [box for box in layout.boxes.values() if box.width * box.height > 2**16]
    assert len(targets) > 10

    def zoom() -> None:
        for box in targets:
            for pixels in (0.05, 0.3, 0.9, 2.5, 12.0, 50.0):
                made.draw(State(facing(box, pixels, (480, 270), (box.width * 0.6, box.height * 0.4)), 0))

    zoom()
    zoom()
    before = resident()
    zoom()
    zoom()
    assert len(made._near._kept) <= 24 + 10
    made.close()
    assert resident() - before < 12
