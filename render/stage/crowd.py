"""All boxes of a layout as arrays, and how they are seen from a view: nothing here loops over boxes.

Every array is in the order of `layout.boxes`. A layout may have a hundred thousand boxes, and a frame asks of each
whether it is in view, how large it is on screen, and what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from operator import attrgetter
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from render.layout import Layout
from render.model import Graph, Kind, Run
from render.stage.box_shaders import SLIMMEST_SIDE
from render.timeline import State, View

KINDS: tuple[Kind, ...] = get_args(Kind)
Array = NDArray[np.float64]

WHOLE = 1e30
"""How many cells of a weight are computed: all, and so many that no rounding takes one away."""

FAINTEST = 0.004
"""What covers less of every pixel cannot be seen."""

_DOWN = np.array([[1.0], [-1.0], [-1.0]])
"""From a box's corner its width runs right, its height down and its depth backwards."""


class Crowd:
    """What does not change from frame to frame.

    corner: the top left corner of each face; extent: width, height and depth in world units, both (3, n)
    cells:  columns and rows; cell: how wide and how high one is in world units, both (2, n)
    plane:  the depth of each face, rounded: what lies in one plane is drawn together
    blank:  whether it is of a model without weights: nothing of it has a value
    """

    def __init__(self, layout: Layout, run: Run) -> None:
        boxes = layout.boxes.values()
        self.place = {id: place for place, id in enumerate(layout.boxes)}
        low, high = layout.extents
        self.corner = np.stack([low[:, 0], high[:, 1], high[:, 2]])
        self.extent = np.ascontiguousarray((high - low).T)
        self.cells = np.array([[box.width for box in boxes], [box.height for box in boxes]], float)
        self.cell = np.array([[box.cell[side] for box in boxes] for side in (0, 1)], float)
        self.kind = np.array([KINDS.index(box.kind) for box in boxes])
        self.by_rows = np.array([box.sequence == "rows" for box in boxes])
        self.plane = np.round(self.corner[2], 3)
        self._member = layout.members
        self.blank = np.array([own.model.is_blank for own in run.alone])[self._member]
        self._middle = self.corner + self.extent / 2 * _DOWN
        self._along = np.where(self.by_rows, self.cells[1], self.cells[0])
        self._settled = np.where(self.kind == KINDS.index("weight"), WHOLE, 0.0)
        self._given = (self.kind == KINDS.index("token")).astype(float)
        self._filled, self._alphas = _Named(self.place), _Named(self.place)

    def __len__(self) -> int:
        return len(self.plane)

    def computed(self, state: State, graph: Graph) -> Array:
        """How many cells of each box, in order of computation, hold a value (`State.computed` for all)."""
        graphs = tuple(graph.cast.values()) or (graph,)
        n_tokens = np.array([own.n_tokens for own in graphs])[self._member]
        filled = self._filled.array(state.filled.keys(), state.filled.values(), 0.0)
        reach = self.cells[0] * self.cells[1] * (np.minimum(n_tokens, self._along) / self._along)
        return np.asarray(np.maximum(reach * np.maximum(filled, self._given), self._settled))

    def alpha(self, state: State) -> Array:
        """How solid each box is as a whole."""
        alphas = map(attrgetter("alpha"), state.looks.values())
        return self._alphas.array(state.looks.keys(), alphas, 1.0)

    def seen(self, view: View, alpha: Array) -> Sight:
        """Those boxes that are in the picture and not quite transparent."""
        right, up, back = view.basis
        width, height = view.size
        x, y = view.centre
        half = self.extent / 2
        # Linear forms, each positive on the inner side of an edge of the picture (a pixel out), or before the eye.
        forms = (
            -back,
            view.focal * right - (x + 1) * back,
            -view.focal * right - (width - x + 1) * back,
            -view.focal * up - (y + 1) * back,
            view.focal * up - (height - y + 1) * back,
        )
        inside = alpha > FAINTEST
        for form in forms:
            inside &= along(form, self._middle) + along(np.abs(form), half) > form @ view.eye
        return Sight(self, view, np.flatnonzero(inside), alpha)


class _Named:
    """Numbers by box id as an array over all boxes; many frames name the same boxes, so their places are kept."""

    def __init__(self, place: Mapping[str, int]) -> None:
        self._place = place
        self._names: list[str] = []
        self._places: NDArray[np.int64] = np.zeros(0, int)

    def array(self, names: Iterable[str], numbers: Iterable[float], missing: float) -> Array:
        named = list(names)
        if named != self._names:
            self._names, self._places = named, np.array([self._place[name] for name in named], int)
        values = np.full(len(self._place), missing)
        values[self._places] = np.fromiter(numbers, float, len(named))
        return values


def along(form: Array, vectors: Array) -> Array:
    """The scalar product of one vector with many, (3, n); for so few rows a matrix product would wake all cores."""
    return np.asarray(form[0] * vectors[0] + form[1] * vectors[1] + form[2] * vectors[2])


class Sight:
    """How some boxes are seen from a view; every array is in the order of `places`, their places among all boxes.

    alpha:  how solid each is
    corner: relative to the eye, along the world's axes, (3, n)
    nearest, farthest: how far the box's nearest and farthest corner are along the camera's axis
    """

    def __init__(self, crowd: Crowd, view: View, places: NDArray[np.int64], alpha: Array) -> None:
        self._crowd = crowd
        self.view, self.places, self.alpha = view, places, alpha[places]
        self.corner = crowd.corner[:, places] - view.eye[:, None]
        self.extent = crowd.extent[:, places]
        right, up, back = view.basis
        middle = self.corner + self.extent / 2 * _DOWN
        self._depth, self._right, self._up = along(-back, middle), along(right, middle), along(up, middle)
        reach = along(np.abs(back), self.extent) / 2
        self.nearest, self.farthest = self._depth - reach, self._depth + reach

    def without(self, some: NDArray[np.bool_]) -> Sight:
        """The same but for `some` of them."""
        alpha = np.zeros(len(self._crowd))
        alpha[self.places] = self.alpha
        return Sight(self._crowd, self.view, self.places[~some], alpha)

    @cached_property
    def pixels(self) -> Array:
        """Pixels per unit at the nearest corner; infinite where that is at the eye, or behind it."""
        with np.errstate(divide="ignore"):
            return np.where(self.nearest > 0, self.view.focal / np.maximum(self.nearest, 0), np.inf)

    def faces(self) -> NDArray[np.bool_]:
        """Which faces are worth drawing, (n, 5): front, left, right, top, bottom.

        Not those that are averted, those that cover next to nothing of any pixel, and sides that show little of their
        depth. The breadth of a side on screen is how far its back edge is from its front edge in the box's middle.
        """
        depth = np.maximum(self._depth, 1e-6)
        width, height, thickness = np.minimum(self.view.focal / depth * self.extent, 1e6)
        right, up, back = self.view.basis[:, 2]
        aside = thickness * np.abs(right + self._right / depth * back)
        above = thickness * np.abs(up + self._up / depth * back)
        (x, y, z), (end, foot, _) = self.corner, self.corner + self.extent * _DOWN
        covered = np.minimum(width, 1.0) * np.minimum(height, 1.0) * self.alpha > FAINTEST
        upright = (aside > SLIMMEST_SIDE) & (np.minimum(height, 1.0) * self.alpha > FAINTEST)
        level = (above > SLIMMEST_SIDE) & (np.minimum(width, 1.0) * self.alpha > FAINTEST)
        shown = (covered & (z < 0), upright & (x > 0), upright & (end < 0), level & (y < 0), level & (foot > 0))
        return np.column_stack(shown)

    def away(self) -> Array:
        """How far each is from the eye's foot on its plane: in a plane, what is farther is drawn first."""
        (x, y, _), (end, foot, _) = self.corner, self.corner + self.extent * _DOWN
        return np.asarray(np.hypot(np.maximum(np.maximum(x, -end), 0.0), np.maximum(np.maximum(foot, -y), 0.0)))
