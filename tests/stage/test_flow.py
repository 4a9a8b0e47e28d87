"""Pulses as they are drawn: where the bands are, on which ribbons, and nothing where there are none."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from looking import all_filled, alone, share

from render.layout import Layout, Ribbon
from render.model import Run
from render.stage.flow import RibbonMesh
from render.stage.stage import Stage
from render.theme import DARK, LIGHT, Theme
from render.timeline import Pulse, State, View, frame_points


def place_of(layout: Layout, source: str, target: str) -> int:
    (place,) = (i for i, r in enumerate(layout.ribbons) if (r.source, r.target) == (source, target))
    return place


def along(stage: Stage, state: State, ribbon: Ribbon, steps: int = 300) -> np.ndarray:
    """How far the colour goes from the ribbon's own to its kind's ground, at even steps along its middle line."""
    points = np.array(ribbon.points)
    ways = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    at = np.linspace(0.02, 0.85, steps) * ways[-1]
    line = np.stack([np.interp(at, ways, points[:, i]) for i in range(3)], 1)
    x, y, _ = View(state.pose, stage.size).project(line).T
    frame = stage.draw(state)
    tones = stage.theme.tones[ribbon.kind]
    return share(frame[y.astype(int), x.astype(int)], tones.ribbon, tones.ground)


def looking_at(layout: Layout, place: int, *pulses: Pulse, zoom: float = 0.8) -> State:
    ribbon = layout.ribbons[place]
    pose = frame_points(ribbon.points, 16 / 9, 0, 0, zoom)
    return State(pose, 0, alone(layout, [ribbon.source, ribbon.target]), all_filled(layout), pulses=pulses)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("h.0.attn.att_softmax@h=0", "h.0.attn.y@h=0"),
        ("h.0.mlp.out", "h.0.resid"),
        ("h.0.resid", "h.1.resid_attn"),
    ],
)
def test_a_pulse_moves_from_source_to_target_over_bends(stage: Stage, source: str, target: str) -> None:
    """The front of a band, measured in pixels, is where the travel says, for straight ribbons and bent ones."""
    layout = stage.layout
    place = place_of(layout, source, target)
    ribbon = layout.ribbons[place]
    length = sum(np.linalg.norm(np.diff(np.array(ribbon.points), axis=0), axis=1))
    assert along(stage, looking_at(layout, place), ribbon).max() < 0.02
    at = np.linspace(0.02, 0.85, 300) * length
    spacing = max(13.0 * layout.unit, length / 5)
    fronts = []
    for travel in np.arange(0.3, 0.75, 0.05) * spacing:
        strengths = along(stage, looking_at(layout, place, Pulse((place,), float(travel))), ribbon)
        assert strengths.max() == pytest.approx(0.75, abs=0.04)
        # The front of the first band: the last place before the next one where it is at its strongest.
        first = at < travel + 0.2 * spacing
        fronts.append(float(at[first][strengths[first] > 0.7].max()))
    steps = np.diff(fronts)
    assert (steps > 0).all(), "it always moves on"
    np.testing.assert_allclose(steps, 0.05 * spacing, atol=0.02 * spacing)


def test_only_the_ribbons_of_the_pulse_change(stage: Stage) -> None:
    layout = stage.layout
    places = [i for i, ribbon in enumerate(layout.ribbons) if ribbon.target == "h.0.attn.y@h=0"]
    corners = [c for box in layout.boxes.values() if box.id.startswith("h.0.attn") for c in box.bounds.corners]
    still = State(frame_points(corners, 16 / 9, 0, 0), 0, filled=all_filled(layout))
    before = stage.draw(still)
    after = stage.draw(replace(still, pulses=(Pulse(tuple(places), 5.0),)))
    changed = np.abs(after.astype(int) - before).max(axis=2) > 1
    allowed = np.zeros_like(changed)
    for place in places:
        ribbon = layout.ribbons[place]
        x, y, _ = View(still.pose, stage.size).project(np.array(ribbon.points)).T
        broad = 1.2 * ribbon.width * View(still.pose, stage.size).scale
        allowed[int(y.min() - broad) : int(y.max() + broad), int(x.min() - broad) : int(x.max() + broad)] = True
    assert changed.sum() > 50
    assert not (changed & ~allowed).any()


def test_without_pulses_every_pixel_is_as_it_was(stage: Stage) -> None:
    layout = stage.layout
    still = State(frame_points(layout.bounds.corners, 16 / 9, -16, 14), 0, filled=all_filled(layout))
    before = stage.draw(still)
    everywhere = tuple(range(len(layout.ribbons)))
    moved = stage.draw(replace(still, pulses=(Pulse(everywhere, 7.0),)))
    assert not np.array_equal(before, moved)
    np.testing.assert_array_equal(stage.draw(replace(still, pulses=(Pulse(everywhere, 7.0, 0.0),))), before)
    np.testing.assert_array_equal(stage.draw(still), before)
    np.testing.assert_array_equal(stage.draw(replace(still, pulses=(Pulse(everywhere, 7.0),))), moved)


def test_of_two_pulses_the_stronger_is_seen(stage: Stage) -> None:
    place = place_of(stage.layout, "h.0.resid", "h.1.resid_attn")
    strong, faint = Pulse((place,), 20.0), Pulse((place,), 5.0, 0.3)
    only = stage.draw(looking_at(stage.layout, place, strong))
    for both in ((strong, faint), (faint, strong)):
        np.testing.assert_array_equal(stage.draw(looking_at(stage.layout, place, *both)), only)


def test_a_hidden_ribbon_does_not_pulse(stage: Stage) -> None:
    layout = stage.layout
    place = place_of(layout, "h.0.resid", "h.1.resid_attn")
    state = looking_at(layout, place, Pulse((place,), 20.0))
    hidden = replace(state, looks=alone(layout, ["h.0.resid"]))
    np.testing.assert_array_equal(stage.draw(hidden), stage.draw(replace(hidden, pulses=())))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_pulses_stand_out_from_ribbons_in_both_themes(theme: Theme, nano_wide: Layout, nano_run: Run) -> None:
    stage = Stage(nano_wide, nano_run, theme, (480, 270))
    place = place_of(nano_wide, "h.0.resid", "h.1.resid_attn")
    state = looking_at(nano_wide, place, Pulse((place,), 20.0))
    frames = [stage.draw(own)[..., :3].astype(int) for own in (state, replace(state, pulses=()))]
    stage.close()
    assert np.abs(frames[0] - frames[1]).max() > 40


def test_the_way_way_ribbon_goes_on_over_its_bends() -> None:
    bent = Ribbon("a", "b", "activation", ((0, 0, 0), (10, 0, 0), (10, 6, 0), (20, 6, 8)), 2.0)
    mesh = RibbonMesh([bent])
    assert mesh.along.min() == 0 and mesh.along.max() == pytest.approx(16 + np.hypot(10, 8))
    for before, after in itertools.pairwise(range(len(mesh.owner))):
        assert mesh.along[before, 1] == mesh.along[after, 0]
        np.testing.assert_array_equal(mesh.ends[before, 1], mesh.ends[after, 0])
    assert (mesh.owner == 0).all() and mesh.half[-1].tolist() == pytest.approx([1.9, 0.0])
    straight = mesh.sides[0, 0], mesh.sides[0, 1]
    np.testing.assert_allclose(straight, [(0, 1), (-1, 1)], atol=1e-12)


def test_quads_stand_ribbon_by_ribbon_however_many_bends_they_have() -> None:
    bends = [((0, 0, 0), (1, 0, 0), (1, 1, 0), (2, 1, 0)), ((5, 5, 0), (9, 5, 0)), ((0, 0, 0), (0, 3, 0), (2, 3, 0))]
    mesh = RibbonMesh([Ribbon("a", "b", "activation", points, 0.5, arrow=False) for points in bends])
    assert mesh.owner.tolist() == [0, 0, 0, 1, 2, 2]
    corners = [list(itertools.pairwise(points)) for points in bends]
    np.testing.assert_array_equal(mesh.ends, np.array(list(itertools.chain(*corners)), float))
