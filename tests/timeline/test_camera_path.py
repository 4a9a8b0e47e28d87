from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.timeline import Pose, View
from render.timeline.camera_path import (
    DEGREES_A_SECOND,
    FOLDS_A_SECOND,
    WIDTHS_A_SECOND,
    CameraTrack,
    Fixed,
    between,
    natural_duration,
)
from render.timeline.easing import EASINGS, accelerate, ease_in_out, linear, progress
from render.timeline.view import FIELD_OF_VIEW

# Anywhere around nano-sort, from a handful of cells to the whole model.
POSES = st.builds(
    Pose,
    st.tuples(st.floats(0, 800), st.floats(-250, 0), st.floats(-42, 0)),
    st.floats(35, 2500),
    st.floats(-30, 30),
    st.floats(-10, 30),
)


def numbers(pose: Pose) -> tuple[float, ...]:
    return (*pose.target, pose.distance, pose.azimuth, pose.elevation)


@given(a=POSES, b=POSES)
def test_a_move_begins_and_ends_where_it_should(a: Pose, b: Pose) -> None:
    assert numbers(between(a, b, 0.0)) == pytest.approx(numbers(a), abs=1e-6)
    assert numbers(between(a, b, 1.0)) == pytest.approx(numbers(b), rel=1e-6, abs=1e-6)


@settings(max_examples=50)
@given(a=POSES, b=POSES, size=st.sampled_from([(1920, 1080), (1080, 1920), (1080, 1080)]))
def test_a_move_of_natural_length_can_be_followed(a: Pose, b: Pose, size: tuple[int, int]) -> None:
    """From one frame to the next the centre moves by less than 4 % of the width, and things grow by less than 7 %."""
    n = max(1, round(30 * natural_duration(a, b, size[0] / size[1])))
    poses = [between(a, b, ease_in_out(k / n)) for k in range(n + 1)]
    for now, soon in itertools.pairwise(poses):
        view = View(now, size)
        x, y, _ = view.project([soon.target])[0]
        assert math.dist((x, y), view.centre) < 0.04 * size[0]
        assert abs(math.log(soon.distance / now.distance)) < 0.07
        assert min(a.distance, b.distance) * 0.999 <= now.distance


def test_zooming_in_keeps_pace_with_panning() -> None:
    """Half-way in zoom is less than half-way in place to a nearer goal: the pan slows down as things grow."""
    far, near = Pose((0.0, 0.0, 0.0), 1000.0), Pose((100.0, 0.0, 0.0), 10.0)
    middle = between(far, near, 0.5)
    assert middle.distance == pytest.approx(100)
    assert 85 < middle.target[0] < 95


@settings(max_examples=50)
@given(a=POSES, b=POSES)
def test_a_move_takes_no_longer_than_it_must(a: Pose, b: Pose) -> None:
    """It takes a moment at least, and when it takes more it comes near one of its speed limits on its way."""
    seconds, n = natural_duration(a, b, 16 / 9), 400
    assert natural_duration(a, a, 16 / 9) == 0
    assert seconds >= 0.9 or a == b
    if seconds <= 0.9:
        return
    shares = []
    for now, soon in itertools.pairwise(between(a, b, ease_in_out(k / n)) for k in range(n + 1)):
        width = 2 * math.tan(math.radians(FIELD_OF_VIEW) / 2) * 16 / 9 * now.distance
        shares += [
            math.dist(now.target, soon.target) / width / WIDTHS_A_SECOND,
            abs(math.log(soon.distance / now.distance)) / FOLDS_A_SECOND,
            (abs(soon.azimuth - now.azimuth) + abs(soon.elevation - now.elevation)) / DEGREES_A_SECOND,
        ]
    assert 0.8 < max(shares) * n / seconds < 1.1


def test_a_track_goes_from_pose_to_pose() -> None:
    start, one, two = (Pose((x, 0.0, 0.0), 10.0) for x in (0.0, 8.0, -4.0))
    track = CameraTrack(start)
    track.add(1.0, 2.0, Fixed(one), linear)
    track.add(5.0, 1.0, Fixed(two), linear)
    assert [track.pose(t) for t in (0.0, 0.99)] == [start, start]
    assert track.pose(3.0) == one and track.pose(4.9) == one and track.pose(6.0) == two and track.pose(99.0) == two
    assert track.pose(2.0).target[0] == pytest.approx(4)


def test_a_move_that_cuts_another_short_begins_where_the_camera_is() -> None:
    track = CameraTrack(Pose((0.0, 0.0, 0.0), 10.0))
    track.add(0.0, 4.0, Fixed(Pose((4.0, 0.0, 0.0), 10.0)), linear)
    track.add(2.0, 4.0, Fixed(Pose((0.0, 6.0, 0.0), 10.0)), linear)
    before, after = track.pose(1.9999), track.pose(2.0001)
    assert math.dist(before.target, after.target) < 0.01
    assert track.pose(6.0).target == (0.0, 6.0, 0.0)


def test_moves_may_be_added_in_any_order() -> None:
    def track(order: list[int]) -> CameraTrack:
        made = CameraTrack(Pose((0.0, 0.0, 0.0), 10.0))
        moves = [(0.0, (4.0, 0.0, 0.0)), (2.0, (0.0, 6.0, 0.0)), (4.0, (1.0, 1.0, 0.0))]
        for start, target in (moves[i] for i in order):
            made.add(start, 1.0, Fixed(Pose(target, 10.0)), linear)
        return made

    expected = [numbers(track([0, 1, 2]).pose(t / 4)) for t in range(24)]
    for order in ([2, 0, 1], [1, 2, 0], [2, 1, 0]):
        assert [numbers(track(order).pose(t / 4)) for t in range(24)] == [pytest.approx(each) for each in expected]


@pytest.mark.parametrize("name", EASINGS)
def test_easings_run_from_0_to_1_without_turning_back(name: str) -> None:
    values = [EASINGS[name](k / 200) for k in range(201)]
    assert values[0] == 0 and values[-1] == pytest.approx(1)
    assert values == sorted(values)
    half = EASINGS[name](0.5)
    assert {"linear": half == 0.5, "in": half < 0.5, "out": half > 0.5, "in_out": half == pytest.approx(0.5)}[name]


@given(strength=st.floats(0, 6), u=st.floats(0, 1))
def test_acceleration_starts_slow_and_arrives(strength: float, u: float) -> None:
    assert accelerate(0, strength) == 0 and accelerate(1, strength) == pytest.approx(1)
    assert accelerate(u, strength) <= u + 1e-9


@given(start=st.floats(0, 100), length=st.floats(0, 10), t=st.floats(0, 120))
def test_progress_is_0_before_and_1_after(start: float, length: float, t: float) -> None:
    u = progress(t, start, start + length)
    assert 0 <= u <= 1
    assert (u == 1) if t >= start + length else (u < 1 and (u > 0) == (t > start))
