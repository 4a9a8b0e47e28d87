"""The faces of all boxes of a layout as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

import numpy as np
from numpy.typing import NDArray

from render.layout import Layout, Point

Points = NDArray[np.float64]


class Faces:
    """The corners of all boxes of a layout as arrays, in the order of `layout.boxes`, and which tensors they show."""

    def __init__(self, layout: Layout) -> None:
        self.boxes = list(layout.boxes.values())
        self.index = {id: i for i, id in enumerate(layout.boxes)}
        self.numbers = {name: number for number, name in enumerate(layout.graph)}
        self.tensors = np.array([self.numbers[box.tensor] for box in self.boxes], np.intp)
        """The number of each box's tensor."""
        self.low, self.high = layout.extents
        self.corners = corners(self.low, self.high)

    def shifted(self, layout: Layout, shifts: Mapping[str, Point]) -> Faces:
        """Those of `layout`, where boxes (by id) are away from their places in this one's."""
        made = copy(self)
        made.boxes, made.low, made.high = self.boxes.copy(), self.low.copy(), self.high.copy()
        moved = [self.index[id] for id in shifts]
        for i, id in zip(moved, shifts, strict=True):
            made.boxes[i] = layout.boxes[id]
            made.low[i], made.high[i] = made.boxes[i].bounds.low, made.boxes[i].bounds.high
        made.corners = self.corners.copy()
        made.corners[moved] = corners(made.low[moved], made.high[moved])
        return made


def corners(low: Points, high: Points) -> Points:
    """The front corners of boxes, clockwise from the top left: (n, 4, 3)."""
    (x0, y0), (x1, y1), z = low[:, :2].T, high[:, :2].T, high[:, 2]
    return np.stack([np.stack(corner, 1) for corner in ((x0, y1, z), (x1, y1, z), (x1, y0, z), (x0, y0, z))], 1)
