"""All boxes of a layout as arrays, and how they are seen from a view: nothing here loops over boxes.

Every array is in the order of `layout.boxes`. A layout may have a hundred thousand boxes, and a frame asks of each
whether it is in view, how large it is on screen, and what it shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from render.layout import Layout
from render.model import Kind
from render.timeline import State, View

KINDS: tuple[Kind, ...] = get_args(Kind)
Array = NDArray[np.float64]

WHOLE = 1e30
"""How many cells of a weight are computed: all, and so many that no rounding takes one away."""


class Crowd:
    """What does not change from frame to frame.

    corner: the top left corner of each face, (n, 3); extent: width, height and depth in world units, (n, 3)
    cells:  columns and rows, (n, 2); cell: how wide and how high one is in world units, (n, 2)
    plane:  the depth of each face, rounded: what lies in one plane is drawn together
    """

    def __init__(self, layout: Layout) -> None:
        boxes = layout.boxes.values()
        self.place = {id: place for place, id in enumerate(layout.boxes)}
        low, high = layout.extents
        self.corner = np.column_stack([low[:, 0], high[:, 1], high[:, 2]])
        self.extent = high - low
        self.cells = np.array([(box.width, box.height) for box in boxes], float)
        self.cell = np.array([box.cell for box in boxes], float)
        self.kind = np.array([KINDS.index(box.kind) for box in boxes])
        self.by_rows = np.array([box.sequence == "rows" for box in boxes])
        self.plane = np.round(self.corner[:, 2], 3)
        self._along = np.where(self.by_rows, self.cells[:, 1], self.cells[:, 0])
        self._filled = _Named(self.place)
        self._alphas = _Named(self.place)

    def __len__(self) -> int:
        return len(self.plane)

    def computed(self, state: State, n_tokens: int) -> Array:
        """How many cells of each box, in order of computation, hold a value (`State.computed` for all)."""
        reach = self.cells.prod(axis=1) * np.minimum(n_tokens, self._along) / self._along
        filled = self._filled.array(state.filled, 0.0)
        share = np.where(self.kind == KINDS.index("token"), 1.0, filled)
        return np.where(self.kind == KINDS.index("weight"), WHOLE, reach * share)

    def alpha(self, state: State) -> Array:
        """How solid each box is as a whole."""
        return self._alphas.array({id: look.alpha for id, look in state.looks.items()}, 1.0)

    def seen(self, view: View) -> Sight:
        return Sight(self, view)


class _Named:
    """Numbers by box id as an array over all boxes; many frames name the same boxes, so their places are kept."""

    def __init__(self, place: Mapping[str, int]) -> None:
        self._place = place
        self._names: list[str] = []
        self._places: NDArray[np.int64] = np.zeros(0, int)

    def array(self, numbers: Mapping[str, float], missing: float) -> Array:
        names = list(numbers)
        if names != self._names:
            self._names, self._places = names, np.array([self._place[name] for name in names], int)
        values = np.full(len(self._place), missing)
        values[self._places] = np.fromiter(numbers.values(), float, len(names))
        return values


class Sight:
    """How all boxes are seen from one view.

    corner:  relative to the eye, along the world's axes, (n, 3)
    nearest, farthest: how far the box's nearest and farthest corner are along the camera's axis
    """

    def __init__(self, crowd: Crowd, view: View) -> None:
        self.view = view
        self._crowd = crowd
        right, up, back = view.basis
        self.corner = crowd.corner - view.eye
        width, height = view.size
        x, y = view.centre
        # Linear forms, each positive on the inner side of the picture's left, right, top and bottom edge (a pixel out).
        forms = np.array(
            [
                view.focal * right - (x + 1) * back,
                -view.focal * right - (width - x + 1) * back,
                -view.focal * up - (y + 1) * back,
                view.focal * up - (height - y + 1) * back,
                -back,
                right,
                up,
            ]
        )
        half = crowd.extent / 2
        seen = (self.corner + half * (1, -1, -1)) @ forms.T
        reach = half @ np.abs(forms[:5]).T
        self._middle = seen[:, 4:]
        self.nearest, self.farthest = seen[:, 4] - reach[:, 4], seen[:, 4] + reach[:, 4]
        self.in_view = (seen[:, :5] + reach > 0).all(axis=1)

    @cached_property
    def most_pixels(self) -> Array:
        """Pixels per unit at the nearest corner; infinite where that is at the eye, or behind it."""
        with np.errstate(divide="ignore"):
            return np.where(self.nearest > 0, self.view.focal / np.maximum(self.nearest, 0), np.inf)

    @cached_property
    def least_pixels(self) -> Array:
        """Pixels per unit at the farthest corner."""
        return np.asarray(self.view.focal / np.maximum(self.farthest, 1e-6))

    @cached_property
    def faces(self) -> NDArray[np.float32]:
        """How many pixels of breadth each face shows, (n, 5): front, left, right, top, bottom; 0 where it is averted.

        Of the sides it is how broad their depth is on screen; of the front how high or wide it is where it is least.
        """
        extent, (low, high) = self._crowd.extent, (self.corner, self.corner + self._crowd.extent * (1, -1, -1))
        depth, x, y = np.maximum(self._middle[:, 0], 1e-6), self._middle[:, 1], self._middle[:, 2]
        right, up, back = self.view.basis[:, 2]
        pixels = self.view.focal * extent[:, 2] / depth
        aside, above = pixels * np.abs(right + x / depth * back), pixels * np.abs(up + y / depth * back)
        front = self.view.focal * extent[:, :2].min(axis=1) / depth
        seen = np.column_stack([low[:, 2] < 0, low[:, 0] > 0, high[:, 0] < 0, low[:, 1] < 0, high[:, 1] > 0])
        return np.where(seen, np.column_stack([front, aside, aside, above, above]), 0).astype(np.float32)

    def away(self, places: NDArray[np.int64], shift: Array | float = 0.0) -> Array:
        """How far boxes are from the eye's foot on their plane: in a plane, what is farther is drawn first."""
        low, extent = self.corner[places] + shift, self._crowd.extent[places]
        x = np.maximum(np.maximum(low[:, 0], -(low[:, 0] + extent[:, 0])), 0.0)
        y = np.maximum(np.maximum(low[:, 1] - extent[:, 1], -low[:, 1]), 0.0)
        return np.asarray(np.hypot(x, y))
