from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from looking import all_filled, alone, bare, cell_rect, colour_of, facing, share

from render.layout import Layout
from render.model import Region, Run
from render.stage.stage import Stage
from render.theme import DARK, LIGHT
from render.timeline import Caption, Flyer, Look, Outline, Pose, Pulse, State, View, frame_points

PAGE = np.array(LIGHT.page) * 255


@pytest.mark.parametrize("id", ["embed", "h.0.attn.q@h=1", "h.1.mlp.c_fc.weight", "probs", "h.2.attn.att@h=2"])
@pytest.mark.parametrize(("azimuth", "elevation"), [(0, 0), (-16, 14), (30, -25)])
def test_the_view_projects_to_where_the_stage_draws(stage: Stage, id: str, azimuth: float, elevation: float) -> None:
    box = stage.layout.boxes[id]
    pose = frame_points(box.bounds.corners, 16 / 9, azimuth, elevation, 0.8)
    frame = stage.draw(bare(stage.layout, box, pose, step=5))
    drawn = np.abs(frame[..., :3].astype(float) - PAGE).max(axis=2) > 50
    corners = View(pose, stage.size).project(box.bounds.corners)
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    # A pixel's middle is half a pixel from its edges.
    assert columns[0] == pytest.approx(corners[:, 0].min(), abs=1.01)
    assert columns[-1] + 1 == pytest.approx(corners[:, 0].max(), abs=1.01)
    assert rows[0] == pytest.approx(corners[:, 1].min(), abs=1.01)
    assert rows[-1] + 1 == pytest.approx(corners[:, 1].max(), abs=1.01)


def test_a_state_drawn_again_is_the_same_to_the_byte(stage: Stage, nano_run: Run, nano_wide: Layout) -> None:
    first = State(frame_points(nano_wide.bounds.corners, 16 / 9, -16, 14), 0, filled={"embed": 0.4, "h.0.mlp.fc": 1.0})
    other = State(
        facing(nano_wide.boxes["probs"], 30, stage.size),
        4,
        looks={"probs": Look(0.5), "embed": Look(1.0, (((0, 0, 1, 4), 0.0),))},
        filled=all_filled(nano_wide),
        flyers=(Flyer(Region("embed", ((1, 2), (0, 48))), (10.0, -20.0, 30.0)),),
    )
    before = stage.draw(first)
    between = stage.draw(other)
    assert not np.array_equal(before, between)
    np.testing.assert_array_equal(stage.draw(first), before)
    np.testing.assert_array_equal(stage.draw(other), between)
    fresh = Stage(nano_wide, nano_run, LIGHT, stage.size)
    np.testing.assert_array_equal(fresh.draw(other), between)
    fresh.close()


def test_words_over_a_resting_stage_draw_nothing_again(stage: Stage, nano_wide: Layout) -> None:
    """What only the overlay shows changes no pixel of the stage, and costs no drawing; all else does."""
    draws: list[str] = []
    stage._window.AddObserver("StartEvent", lambda *_: draws.append("drawn"))
    pose = frame_points(nano_wide.boxes["embed"].bounds.corners, 16 / 9, -16, 14)
    region = Region("embed", ((1, 2), (0, 48)))
    state = State(pose, looks={"embed": Look(0.9)}, filled=all_filled(nano_wide))
    first = stage.draw(state)
    assert len(draws) == 1
    said = replace(state, caption=Caption("x"), outlines=(Outline(region, "focus"),), minimap=1.0)
    kept = stage.draw(said)
    np.testing.assert_array_equal(kept, first)
    assert len(draws) == 1
    kept[:] = 0
    np.testing.assert_array_equal(stage.draw(state), first)
    changed = (
        replace(state, pose=replace(pose, azimuth=-15.0)),
        replace(state, step=3),
        replace(state, looks={"embed": Look(0.5)}),
        replace(state, filled={**all_filled(nano_wide), "embed": 0.5}),
        replace(state, shifts={"embed": (0.0, 3.0, 0.0)}),
        replace(state, flyers=(Flyer(region, nano_wide.boxes["embed"].place(3, 3, 5.0)),)),
        replace(state, pulses=(Pulse(tuple(range(len(nano_wide.ribbons))), 5.0),)),
    )
    for number, other in enumerate(changed):
        assert not np.array_equal(stage.draw(other), first), f"change {number} does not show"


def test_samples_are_the_larger_picture_made_smaller(nano_wide: Layout, nano_run: Run) -> None:
    """Means of two by two: the frame of a stage twice as large, but for what is there whatever its size in pixels."""
    small, large = (Stage(nano_wide, nano_run, LIGHT, size) for size in ((480, 270), (960, 540)))
    state = State(frame_points(nano_wide.bounds.corners, 16 / 9, 20, 10))  # no cell is a disc in either
    once, twice = (small.draw(state, samples).astype(float) for samples in (1, 2))
    halved = large.draw(state).reshape(270, 2, 480, 2, 4).astype(float).mean(axis=(1, 3))
    np.testing.assert_array_equal(small.draw(state, 2), twice)
    np.testing.assert_array_equal(small.draw(state), once)
    assert np.abs(twice - halved).mean() < 0.25 * np.abs(once - halved).mean()
    for each in (small, large):
        each.close()


def test_more_samples_come_closer(nano_wide: Layout, nano_run: Run) -> None:
    """Against 64 samples a pixel a frame of one is near, one of four nearer: 38 and 45 dB are asked for at 1080p."""
    stage = Stage(nano_wide, nano_run, LIGHT, (1920, 1080))
    state = State(frame_points(nano_wide.bounds.corners, 16 / 9, -16, 14), filled=all_filled(nano_wide))
    exact = stage.draw(state, 8)[..., :3].astype(float)
    apart = [np.mean((stage.draw(state, samples)[..., :3] - exact) ** 2) for samples in (1, 2)]
    stage.close()
    once, twice = 10 * np.log10(255**2 / np.array(apart))
    assert once > 37.5 and twice > 45 and twice > once + 5


def test_a_state_changed_after_it_was_drawn_is_drawn_again(stage: Stage, nano_wide: Layout) -> None:
    looks = {"embed": Look()}
    state = State(frame_points(nano_wide.boxes["embed"].bounds.corners, 16 / 9, 0, 0), looks=looks)
    first = stage.draw(state)
    looks["embed"] = Look(0.2)
    assert not np.array_equal(stage.draw(state), first)


def test_a_frame_is_the_callers(stage: Stage, nano_wide: Layout) -> None:
    state = State(frame_points(nano_wide.bounds.corners, 16 / 9, 0, 0))
    one = stage.draw(state)
    kept = one.copy()
    assert one.shape == (540, 960, 4) and one.dtype == np.uint8 and one.flags.c_contiguous and one.flags.writeable
    assert (one[..., 3] == 255).all()
    stage.draw(State(Pose((0.0, 0.0, 0.0), 50.0)))
    np.testing.assert_array_equal(one, kept)


def test_values_are_those_of_the_step(stage: Stage) -> None:
    box, seen = stage.layout.boxes["probs"], []
    pose = facing(box, 18.0, stage.size)
    view = View(pose, stage.size)
    for step in range(6):
        frame = stage.draw(bare(stage.layout, box, pose, step))
        probs = stage.run.steps[step]["probs"]
        ground = LIGHT.tones["activation"].ground
        for t in range(11):
            shares = [share(frame[cell_rect(view, box, t, v, 1.0)], ground, LIGHT.positive).sum() for v in range(3)]
            if t < len(probs):
                assert int(np.argmax(shares)) == int(probs[t].argmax())
            else:
                assert np.ptp(shares) < 2, "there is no such token yet"
        seen.append(frame)
    assert len({frame.tobytes() for frame in seen}) == 6


def test_looks_fade_boxes_and_windows_of_their_cells(stage: Stage) -> None:
    box = stage.layout.boxes["wte.weight"]
    pose = facing(box, 14.0, stage.size, (1.5, 10))
    view = View(pose, stage.size)

    def cell(look: Look, column: int, row: int) -> np.ndarray:
        looks = {**alone(stage.layout, [box.id]), box.id: look}
        return colour_of(stage.draw(State(pose, looks=looks))[cell_rect(view, box, column, row, 1)])

    full = cell(Look(), 1, 5)
    np.testing.assert_allclose(cell(Look(0.5), 1, 5), (full + PAGE) / 2, atol=2)
    np.testing.assert_allclose(cell(Look(0.0), 1, 5), PAGE, atol=0.6)
    windows = Look(0.2, (((1, 0, 2, 48), 1.0), ((2, 4, 3, 6), 0.0)))
    np.testing.assert_allclose(cell(windows, 1, 5), full, atol=1)
    np.testing.assert_allclose(cell(windows, 2, 5), PAGE, atol=0.6)
    np.testing.assert_allclose(cell(windows, 2, 6), PAGE + 0.2 * (cell(Look(), 2, 6) - PAGE), atol=2)
    np.testing.assert_allclose(cell(Look(0.0, (((0, 5, 3, 6), 1.0),)), 1, 5), full, atol=1)


def test_nearer_boxes_hide_farther_ones(stage: Stage) -> None:
    """Head 0 stands before head 1: it alone is seen from in front, and the one behind when the first is hidden."""
    front, behind = (stage.layout.boxes[f"h.0.attn.v@h={h}"] for h in (0, 1))
    pose = facing(front, 20.0, stage.size, (3, 4))
    rect = cell_rect(View(pose, stage.size), front, 2, 3, 1)
    filled = all_filled(stage.layout)
    both = stage.draw(State(pose, looks=alone(stage.layout, [front.id, behind.id]), filled=filled))
    only = stage.draw(State(pose, looks=alone(stage.layout, [front.id]), filled=filled))
    second = stage.draw(State(pose, looks=alone(stage.layout, [behind.id]), filled=filled))
    np.testing.assert_array_equal(both[rect], only[rect])
    assert np.abs(second[rect].astype(float) - only[rect]).max() > 30


def test_the_flow_grows_stronger_with_what_is_computed(stage: Stage) -> None:
    """The stream between two stations is pale until the first of them is filled, and hidden with either of them."""
    ribbon = next(r for r in stage.layout.ribbons if r.source == "h.0.resid" and r.target == "h.1.resid_attn")
    middle = np.mean([ribbon.points[0], ribbon.points[-1]], axis=0)
    pose = Pose((float(middle[0]), float(middle[1]), float(middle[2])), 200.0)
    x, y, _ = View(pose, stage.size).project([pose.target])[0]
    here = (slice(int(y) - 2, int(y) + 2), slice(int(x) - 2, int(x) + 2))
    ends = alone(stage.layout, [ribbon.source, ribbon.target])
    empty, full, gone = (
        np.abs(colour_of(stage.draw(State(pose, looks=looks, filled=filled))[here]) - PAGE).sum()
        for looks, filled in (
            (ends, {}),
            (ends, {ribbon.source: 1.0}),
            (alone(stage.layout, [ribbon.source]), {ribbon.source: 1.0}),
        )
    )
    assert full > 1.5 * empty > 0
    assert gone < 2


def test_two_copies_of_one_column_are_two(stage: Stage) -> None:
    box, goal = stage.layout.boxes["wte.weight"], stage.layout.boxes["embed"]
    column = Region("wte.weight", ((1, 2), (0, 48)))
    pose = facing(goal, 16.0, stage.size, (5, 8))
    view = View(pose, stage.size)
    flyers = tuple(Flyer(column, goal.place(position, 0, 2.0)) for position in (2, 5, 8))
    frame = stage.draw(State(pose, looks=alone(stage.layout, []), flyers=flyers))
    pieces = []
    for position in (2, 5, 8):
        x, y, _ = view.project([goal.place(position + 0.5, 6.5, 2.0)])[0]
        pieces.append(frame[int(y) - 40 : int(y) + 40, int(x) - 6 : int(x) + 6])
        assert np.abs(colour_of(pieces[-1]) - PAGE).max() > 40, f"nothing at position {position}"
    x, y, _ = view.project([goal.place(4, 6.5)])[0]
    assert np.abs(colour_of(frame[int(y) - 5 : int(y) + 5, int(x) - 5 : int(x) + 5]) - PAGE).max() < 2
    np.testing.assert_allclose(colour_of(pieces[0]), colour_of(pieces[2]), atol=6)
    gone = stage.draw(State(pose, looks=alone(stage.layout, [])))
    assert np.abs(gone[..., :3].astype(float) - PAGE).max() < 2, "a piece that has landed is gone with its flyer"
    assert box.width == 3


def test_a_transparent_stage_leaves_the_page_out(nano_wide: Layout, nano_run: Run) -> None:
    clear = Stage(nano_wide, nano_run, LIGHT, (320, 180), transparent=True)
    solid = Stage(nano_wide, nano_run, LIGHT, (320, 180))
    box = nano_wide.boxes["h.0.mlp.c_fc.weight"]
    state = bare(nano_wide, box, facing(box, 0.7, (320, 180)))
    frame, opaque = clear.draw(state).astype(float), solid.draw(state).astype(float)
    clear.close()
    solid.close()
    assert (frame[2, 2] == 0).all()
    x, y = 160, 80
    assert frame[y, x, 3] == 255
    np.testing.assert_allclose(frame[y, x], opaque[y, x], atol=1)
    over = frame[..., :3] + (1 - frame[..., 3:] / 255) * PAGE
    np.testing.assert_allclose(over, opaque[..., :3], atol=3)


def test_a_dark_stage_has_a_dark_page(nano_wide: Layout, nano_run: Run) -> None:
    dark = Stage(nano_wide, nano_run, DARK, (320, 180))
    frame = dark.draw(State(frame_points(nano_wide.bounds.corners, 16 / 9, 0, 0)))
    dark.close()
    np.testing.assert_allclose(frame[3, 3, :3], np.array(DARK.page) * 255, atol=0.6)
    assert frame[..., :3].mean() < 60


def resident() -> float:
    """MiB of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_drawing_does_not_hoard_memory(nano_wide: Layout, nano_run: Run) -> None:
    """Another camera, other looks, other steps, pieces in flight: 200 frames leave nothing behind."""
    made = Stage(nano_wide, nano_run, LIGHT, (320, 180))

    def draw(k: int) -> None:
        pose = frame_points(nano_wide.boxes["embed"].bounds.corners, 16 / 9, k % 60 - 30, 10)
        column = Region("wte.weight", ((k % 3, k % 3 + 1), (0, 48)))
        made.draw(
            State(
                pose,
                k // 20 % 6,
                looks={"embed": Look(k % 10 / 10)},
                filled=dict.fromkeys(nano_wide.boxes, k % 50 / 50),
                flyers=(Flyer(column, (float(k % 40), 0.0, 5.0)),),
            )
        )

    for k in range(120):
        draw(k)
    before = resident()
    for k in range(120, 320):
        draw(k)
    made.close()
    assert resident() - before < 8
