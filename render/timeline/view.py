"""From the world to the frame: the perspective of a pose, and the pose that frames things.

The frame keeps a band free for the heading at its top and one for the caption at its foot. What is framed is fitted
into the rest, the picture, and the camera's axis goes through the picture's middle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from render.layout import Point
from render.timeline.state import Pose

FIELD_OF_VIEW = 22.0
"""The angle that the frame's height spans, in degrees: narrow, so that far cells stay as readable as near ones."""

TOP_BAND, FOOT_BAND = 0.105, 0.185
"""How much of the frame's height the heading and the caption keep for themselves."""

SIDE_MARGIN = 0.025
"""How much of the frame's width stays free at either side of what is framed."""

FILL = 0.92
"""How much of the picture's height a framed thing fills: the rest is for the words above and below it."""

NUMBER_PIXELS = 44 / 1080
"""How wide a cell is on screen, as a share of the frame's height, when its number is written in it."""


@dataclass(frozen=True)
class View:
    """A pose and the size of the frame in pixels (width, height): projects points of the world to pixels."""

    pose: Pose
    size: tuple[int, int]

    @cached_property
    def basis(self) -> NDArray[np.float64]:
        """Right, up and backwards (towards the viewer) as rows."""
        a, e = math.radians(self.pose.azimuth), math.radians(self.pose.elevation)
        back = (math.sin(a) * math.cos(e), math.sin(e), math.cos(a) * math.cos(e))
        right = (math.cos(a), 0.0, -math.sin(a))
        return np.array([right, np.cross(back, right), back])

    @cached_property
    def eye(self) -> NDArray[np.float64]:
        return np.asarray(np.array(self.pose.target) + self.basis[2] * self.pose.distance)

    @cached_property
    def centre(self) -> tuple[float, float]:
        """The pixel that the camera's axis goes through: the middle of the picture between the bands."""
        width, height = self.size
        return (width / 2, height * (TOP_BAND + 1 - FOOT_BAND) / 2)

    @cached_property
    def focal(self) -> float:
        """Pixels per unit of a thing one unit away."""
        return self.size[1] / 2 / math.tan(math.radians(FIELD_OF_VIEW) / 2)

    @property
    def scale(self) -> float:
        """Pixels per unit at the target."""
        return self.focal / self.pose.distance

    def project(self, points: Sequence[Point] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels of world points, shape (n, 3) to (n, 3): x right, y down, and the distance along the axis in units."""
        # Coordinate by coordinate: side by side in memory, and summed in one order, however many there are.
        points = np.asarray(points, float)
        away = np.empty((3, len(points)))
        np.subtract(points.T, self.eye[:, None], out=away)
        right, up, back = np.einsum("ij,jn->in", self.basis, away)
        seen = np.empty((len(points), 3))
        x, y, depth = seen.T
        np.maximum(-back, 1e-6, out=depth)
        scale = self.focal / depth
        np.multiply(scale, right, out=x)
        np.multiply(scale, -up, out=y)
        x += self.centre[0]
        y += self.centre[1]
        return seen


def frame_points(points: Sequence[Point], aspect: float, azimuth: float, elevation: float, zoom: float = 1.0) -> Pose:
    """The nearest pose in the given direction from which all `points` lie in the picture, centred.

    `aspect` is the frame's width by its height; `zoom` > 1 comes closer, < 1 leaves room around. Each side of the
    picture gives one linear bound on the eye's place, so the fit is exact, perspective included.
    """
    view = View(Pose((0.0, 0.0, 0.0), 1.0, azimuth, elevation), (1, 1))
    seen = np.asarray(points, float) @ view.basis.T
    half = math.tan(math.radians(FIELD_OF_VIEW) / 2)
    slopes = (half * aspect * (1 - 2 * SIDE_MARGIN), half * (1 - TOP_BAND - FOOT_BAND) * FILL)
    backs, middles = [], []
    for axis, slope in enumerate(slopes):
        slope *= zoom
        # A point at (p, w) is inside when |p - e| <= slope * (back - w): two half-planes in (e, back).
        high = float(np.max(seen[:, axis] + slope * seen[:, 2]))
        low = float(np.min(seen[:, axis] - slope * seen[:, 2]))
        backs.append((high - low) / (2 * slope))
        middles.append((slope, high, low))
    back = max(*backs, float(np.max(seen[:, 2])) + 4.0)
    place = [((high - slope * back) + (low + slope * back)) / 2 for slope, high, low in middles]
    # Look at the plane through the middle of what is framed.
    depth = float(np.mean([np.max(seen[:, 2]), np.min(seen[:, 2])]))
    target = np.array([place[0], place[1], depth]) @ view.basis
    return Pose((float(target[0]), float(target[1]), float(target[2])), back - depth, azimuth, elevation)
