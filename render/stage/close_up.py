"""What of a large box is on the card while it is near: the part in view, no finer than the view can show.

A box of a few cells is there whole, as floats. Of a larger one there are the means of blocks of 2^level cells, texels
about as large as a pixel or up to twice as fine, and of those a window around what is in view. Its edges lie on a
grid, so that it changes seldom, and both follow from the view alone. Where a level changes, the mipmaps of the finer
one are the texels of the coarser one, so the picture does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from render.layout import Box
from render.timeline import View

SMALL = 2**16
"""A box of so many cells is on the card whole."""

GRID = 64
"""Windows begin and end at multiples of so many texels; it is a power of two, for mipmaps to halve."""

BORDER = 4
"""How many texels a window has around what is in view, for interpolation to reach into."""

CELL_PIXELS = 2.0
"""Cells at least so large are there as floats: nearly large enough to be seen one by one."""


@dataclass(frozen=True, eq=False)
class CloseUp:
    """Texels (rows, columns, 3), the cell (column, row) at which they begin, and the cells in each (columns, rows)."""

    texels: NDArray[np.float32] | NDArray[np.uint8]
    first: tuple[float, float] = (0.0, 0.0)
    block: tuple[float, float] = (1.0, 1.0)

    @cached_property
    def whole(self) -> bool:
        """Whether every cell has a value."""
        full = 255 if self.texels.dtype == np.uint8 else 1
        return bool((self.texels[..., 2] == full).all())


class Focus(NamedTuple):
    """Which texels of a box a view needs: log2 of the cells in each (columns, rows), and the window in cells."""

    block: tuple[int, int]
    window: tuple[int, int, int, int]
    exact: bool


def focus_on(box: Box, slim: tuple[int, int], view: View) -> Focus | None:
    """What the view can show of a box: None for the whole of it, as floats.

    `slim` is log2 of the (columns, rows) that are together as broad as high.
    """
    if box.width * box.height <= SMALL:
        return None
    shown, depth = visible(box, view)
    cell = box.cell
    texel = max(side * 2.0**n for side, n in zip(cell, slim, strict=True))
    pixels = view.focal / depth * texel
    level = max(0, math.floor(-math.log2(pixels)))
    block = (slim[0] + level, slim[1] + level)
    window = []
    for axis, count in ((0, box.width), (1, box.height)):
        step = 2 ** block[axis]
        grid, border = GRID * step, BORDER * step
        low, high = shown[:, axis].min() / cell[axis], shown[:, axis].max() / cell[axis]
        start = math.floor(max(0.0, low - border) / grid) * grid
        stop = math.ceil(min(float(count), high + border) / grid) * grid
        window.append((min(start, (count - 1) // grid * grid), min(max(stop, start + grid), count)))
    (c0, c1), (r0, r1) = window
    return Focus(block, (c0, r0, c1, r1), block == (0, 0) and pixels >= CELL_PIXELS)


def visible(box: Box, view: View) -> tuple[NDArray[np.float64], float]:
    """The corners of what is in the picture of a face, (n, 2) from its own corner, and the depth of its nearest point.

    The face is cut by the picture's edges one after the other. Where nothing is left, it is the face's own corner.
    """
    width, height = box.extent
    right, up, back = view.basis
    x, y = view.centre
    forms = np.array(
        [
            -back,
            view.focal * right - x * back,
            -view.focal * right - (view.size[0] - x) * back,
            -view.focal * up - y * back,
            view.focal * up - (view.size[1] - y) * back,
        ]
    )
    polygon = np.array([(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)])
    seen = np.array(box.corner) - view.eye
    for form in forms:
        side = form @ seen + polygon @ (form[:2] * (1, -1)) - (1e-9 if form is forms[0] else 0.0)
        polygon = _cut(polygon, side)
        if len(polygon) == 0:
            return np.zeros((1, 2)), float(max(-back @ seen, 1e-6))
    depth = -back @ seen + polygon @ (-back[:2] * (1, -1))
    return polygon, float(max(depth.min(), 1e-6))


def _cut(polygon: NDArray[np.float64], side: NDArray[np.float64]) -> NDArray[np.float64]:
    """The part of a convex polygon on the positive side of a line, by each corner's distance from it."""
    if (side >= 0).all():
        return polygon
    kept = []
    for i, point in enumerate(polygon):
        j = (i + 1) % len(polygon)
        if side[i] >= 0:
            kept.append(point)
        if (side[i] >= 0) != (side[j] >= 0):
            kept.append(point + side[i] / (side[i] - side[j]) * (polygon[j] - point))
    return np.array(kept).reshape(-1, 2)
