from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.layout import Layout
from render.model import Region
from render.scene import Camera
from render.timeline import Pose, View, frame_points
from render.timeline.framing import frame_regions
from render.timeline.view import FILL, FOOT_BAND, SIDE_MARGIN, TOP_BAND

ANGLES = st.floats(-80, 80)
ASPECTS = st.sampled_from([9 / 16, 3 / 4, 1.0, 4 / 3, 16 / 9, 2.35])


@st.composite
def corners(draw: st.DrawFn) -> list[tuple[float, float, float]]:
    """The corners of a box anywhere, flat or deep, small or large."""
    low = [draw(st.floats(-2000, 2000)) for _ in range(3)]
    size = [draw(st.floats(1, 3000)), draw(st.floats(1, 3000)), draw(st.floats(0, 400))]
    return list(itertools.product(*((a, a + s) for a, s in zip(low, size, strict=True))))


def in_picture(
    pose: Pose, points: list[tuple[float, float, float]], aspect: float
) -> tuple[float, float, float, float]:
    """Where points lie in the picture, the frame without bands and margins: their extremes, 0 to 1 on either axis."""
    height = 1000
    width = height * aspect
    seen = View(pose, (width, height)).project(points)  # type: ignore[arg-type]
    x = (seen[:, 0] / width - SIDE_MARGIN) / (1 - 2 * SIDE_MARGIN)
    y = (seen[:, 1] / height - TOP_BAND) / (1 - TOP_BAND - FOOT_BAND)
    return x.min(), x.max(), y.min(), y.max()


@given(points=corners(), aspect=ASPECTS, azimuth=ANGLES, elevation=ANGLES)
def test_what_is_framed_lies_in_the_picture_and_touches_its_edge(
    points: list[tuple[float, float, float]], aspect: float, azimuth: float, elevation: float
) -> None:
    pose = frame_points(points, aspect, azimuth, elevation)
    assert (pose.azimuth, pose.elevation) == (azimuth, elevation)
    left, right, top, bottom = in_picture(pose, points, aspect)
    assert left > -1e-6 and right < 1 + 1e-6
    assert top > -1e-6 and bottom < 1 + 1e-6
    eye = View(pose, (16, 9)).eye
    nearest = max(float(np.array(point) @ View(pose, (16, 9)).basis[2]) for point in points)
    distance = float(eye @ View(pose, (16, 9)).basis[2]) - nearest
    assert distance > 3.99, "the camera stands in front of all that it frames"
    fills = right - left > 0.99 or bottom - top > 0.99 * FILL
    assert fills or distance < 4.01, "no nearer pose would hold it"


@given(points=corners(), aspect=ASPECTS, azimuth=ANGLES, elevation=ANGLES, zoom=st.floats(0.2, 0.95))
def test_zooming_out_leaves_room_in_proportion(
    points: list[tuple[float, float, float]], aspect: float, azimuth: float, elevation: float, zoom: float
) -> None:
    left, right, top, bottom = in_picture(frame_points(points, aspect, azimuth, elevation, zoom), points, aspect)
    assert max(right - left, bottom - top) <= zoom + 1e-6
    assert (
        max((right - left) / zoom, (bottom - top) / zoom / FILL) == pytest.approx(1, abs=0.01)
        or max(right - left, bottom - top) < zoom
    )


def test_a_pose_is_plain_floats() -> None:
    """Times and opacities are computed from poses; numpy's numbers among them end in VTK, which refuses them."""
    pose = frame_points([(0, 0, 0), (5, 3, 1)], 16 / 9, 10, 10)
    assert all(type(value) is float for value in (*pose.target, pose.distance))


def test_the_axis_goes_through_the_middle_of_the_picture() -> None:
    view = View(Pose((3.0, -2.0, 1.0), 50.0, 20.0, -10.0), (1600, 900))
    x, y, depth = view.project([(3.0, -2.0, 1.0)])[0]
    assert (x, y) == pytest.approx((800, 900 * (TOP_BAND + (1 - TOP_BAND - FOOT_BAND) / 2)))
    assert depth == pytest.approx(50)


@given(azimuth=ANGLES, elevation=ANGLES)
def test_the_basis_is_right_up_and_back(azimuth: float, elevation: float) -> None:
    view = View(Pose((0.0, 0.0, 0.0), 10.0, azimuth, elevation), (1600, 900))
    np.testing.assert_allclose(view.basis @ view.basis.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(view.basis) == pytest.approx(1)
    assert view.basis[0][1] == 0 and view.basis[1][1] > 0, "the horizon is level and the top is up"
    assert math.degrees(math.asin(view.basis[2][1])) == pytest.approx(elevation)
    assert math.copysign(1, view.eye[0]) == math.copysign(1, azimuth) or abs(azimuth) < 1e-9, (
        "positive is from the right"
    )


@pytest.mark.parametrize("azimuth", [-80, -30, 0, 15, 60])
@pytest.mark.parametrize("elevation", [-70, 0, 12, 60])
def test_the_camera_never_stands_in_a_box(nano_wide: Layout, azimuth: float, elevation: float) -> None:
    low = np.array([box.bounds.low for box in nano_wide.boxes.values()])
    high = np.array([box.bounds.high for box in nano_wide.boxes.values()])
    camera = Camera.model_construct(azimuth=azimuth, elevation=elevation)
    for box in nano_wide.boxes.values():
        pose = frame_regions(nano_wide, [Region(box.tensor, box.ranges)], 16 / 9, camera)
        eye = View(pose, (16, 9)).eye
        inside = ((eye > low - 0.5) & (eye < high + 0.5)).all(axis=1)
        assert not inside.any(), f"to see {box.id}"


def test_a_single_cell_gets_room_around_it(nano_wide: Layout) -> None:
    cell = Region.of_cell("embed", (3, 7))
    pose = frame_regions(nano_wide, [cell], 16 / 9)
    box = nano_wide.of_tensor("embed")[0]
    column, row, *_ = box.cells(cell) or (0, 0)
    seen = View(pose, (1600, 900)).project([box.place(column, row), box.place(column + 1, row + 1)])
    width = seen[1, 0] - seen[0, 0]
    assert 20 < width < 160, "its neighbours are seen too"
