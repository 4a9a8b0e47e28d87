"""What a camera sees when it frames regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from render.layout import Bounds, Layout
from render.model import Region
from render.scene import Camera
from render.timeline.state import Pose
from render.timeline.view import View, frame_points

AZIMUTH, ELEVATION = -10.0, 12.0
"""The usual direction, in degrees: nearly from in front, so that cells stay square, enough aside to see depth."""

CLEARANCE = 4.0
"""How many units the eye keeps from every box."""

LEAST = 16.0
"""A framed thing smaller than this many cells gets room around it."""


def frame_regions(
    layout: Layout,
    regions: Sequence[Region],
    aspect: float,
    camera: Camera | None = None,
) -> Pose:
    """The pose that frames `regions` as `camera` wishes."""
    return frame_bounds(layout, layout.bounds_of(tuple(regions)), aspect, camera)


def frame_bounds(
    layout: Layout,
    bounds: Bounds | None,
    aspect: float,
    camera: Camera | None = None,
    now: Pose | None = None,
) -> Pose:
    """The pose that frames `bounds` as `camera` wishes; None keeps what is in the picture and turns around it."""
    azimuth = AZIMUTH if camera is None or camera.azimuth is None else camera.azimuth
    elevation = ELEVATION if camera is None or camera.elevation is None else camera.elevation
    zoom = 1.0 if camera is None or camera.zoom is None else camera.zoom
    if bounds is None:
        assert now is not None and camera is not None
        turned = (
            now.azimuth if camera.azimuth is None else azimuth,
            now.elevation if camera.elevation is None else elevation,
        )
        return Pose(now.target, now.distance / zoom, *turned)
    return _outside(layout, frame_points(_roomy(bounds).corners, aspect, azimuth, elevation, zoom))


def _outside(layout: Layout, pose: Pose) -> Pose:
    """`pose`, farther back along its axis where it would stand in a box or close before one's back."""
    low, high = (side + shift for side, shift in zip(layout.extents, (-CLEARANCE, CLEARANCE), strict=True))
    back = View(pose, (1, 1)).basis[2]
    for _ in range(len(layout.boxes)):
        eye = View(pose, (1, 1)).eye
        inside = np.all((low < eye) & (eye < high), axis=1)
        if not inside.any():
            break
        with np.errstate(divide="ignore"):
            leaving = np.where(back > 0, (high[inside] - eye) / back, (low[inside] - eye) / back)
        way = float(np.min(np.where(back == 0, np.inf, leaving), axis=1).max())
        pose = replace(pose, distance=pose.distance + way + 1e-6)
    return pose


def _roomy(bounds: Bounds) -> Bounds:
    """`bounds` grown about its middle to at least `LEAST` cells in width or height."""
    width, height, _ = bounds.size
    if max(width, height) >= LEAST:
        return bounds
    grow = (LEAST - max(width, height)) / 2
    (x0, y0, z0), (x1, y1, z1) = bounds.low, bounds.high
    return Bounds((x0 - grow, y0 - grow, z0), (x1 + grow, y1 + grow, z1))
