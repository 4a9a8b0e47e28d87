"""What the camera sees of the boxes at one moment: where their faces fall on the frame, and what hides what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from render.layout import Bounds, Box, Layout, Point, Rect
from render.model import Region, Run
from render.overlay.area import Area
from render.overlay.faces import Faces, Points, corners
from render.timeline import Flyer, Look, Pose, State, View

HIDING_ALPHA = 0.4
"""Boxes less solid than this hide nothing."""

_SOLID = Look()

_GRID = np.stack(np.meshgrid(np.linspace(0, 1, 17), np.linspace(0, 1, 7)), -1).reshape(-1, 2)
"""Places all over an area, in shares of its sides."""


Side = Literal["top", "right", "bottom", "left"]

_SIDES: dict[Side, tuple[int, int]] = {"top": (0, 1), "right": (1, 2), "bottom": (2, 3), "left": (3, 0)}
"""The corners at the ends of each side of a face."""


def _within(points: Points, area: Area) -> NDArray[np.bool_]:
    """Which pixels (n, 2) lie in an area."""
    x, y = points.T
    return np.asarray((x >= area.left) & (x <= area.right) & (y >= area.top) & (y <= area.bottom))


@dataclass(frozen=True)
class Pane:
    """A face that shows cells: a box's own, or that of a piece in flight, `shift` away from its place.

    cells:    the rectangle of cells that it shows
    computed: how many of the box's cells, in order, hold a value
    """

    box: Box
    cells: Rect
    shift: Point
    look: Look
    computed: float

    def points(self, columns: Points, rows: Points) -> Points:
        """The world points at (column, row) on the face, (n, 3)."""
        x, y, z = self.box.place(0, 0)
        (dx, dy, dz), (wide, high) = self.shift, self.box.cell
        return np.stack([x + dx + wide * columns, y + dy - high * rows, np.full(len(columns), z + dz)], 1)


def _least(corners: Points) -> Points:
    """The least of the four corners of each face, (n, 4) or (n, 4, 2)."""
    first, second, third, fourth = corners.swapaxes(0, 1)
    return np.asarray(np.minimum(np.minimum(first, second), np.minimum(third, fourth)))


class Setting(NamedTuple):
    """All of a state that says where things are seen and what hides what."""

    pose: Pose
    step: int
    looks: Mapping[str, Look]
    shifts: Mapping[str, Point]
    flyers: tuple[Flyer, ...]

    @classmethod
    def of(cls, state: State) -> Setting:
        return cls(state.pose, state.step, state.looks, state.shifts, state.flyers)


class Sight:
    """The boxes of a layout as a state's camera sees them: where they stand at that moment, `faces` and `layout`."""

    def __init__(self, faces: Faces, home: Layout, run: Run, state: State, size: tuple[int, int]) -> None:
        """`faces` are those of `home`, the layout with everything in its place."""
        self.home, self.layout, self.run, self.state = home, state.standing(home), run, state
        self.setting = Setting.of(state)
        self.faces = faces = faces.shifted(self.layout, state.shifts) if state.shifts else faces
        self.view = View(state.pose, size)
        seen = self.view.project(faces.corners.reshape(-1, 3)).reshape(-1, 4, 3)
        self.quads: Points = seen[:, :, :2]
        """The faces' corners in pixels: (n, 4, 2)."""
        self._depths: Points = _least(seen[:, :, 2])
        self.ahead: NDArray[np.bool_] = self._depths > 0.5
        """Which faces lie wholly in front of the camera."""
        self.alphas: Points = np.ones(len(faces.boxes))
        looks = [(faces.index[id], look.alpha) for id, look in state.looks.items() if id in faces.index]
        if looks:
            changed, alphas = zip(*looks, strict=True)
            self.alphas[list(changed)] = alphas

    def at(self, state: State) -> Sight:
        """The sight of another state in the same setting, with all that is known of it."""
        made = copy(self)
        made.state = state
        vars(made).pop("flying", None)  # how much of a piece is computed is no part of the setting
        return made

    @cached_property
    def areas(self) -> Points:
        """What each face spans on the frame, (n, 4): left, top, right, bottom."""
        return np.concatenate([_least(self.quads), -_least(-self.quads)], axis=1)

    def area(self, box: Box) -> Area:
        """What a box's face spans on the frame."""
        return Area(*(float(side) for side in self.areas[self.faces.index[box.id]]))

    def in_picture(self, picture: Area) -> tuple[NDArray[np.intp], Points]:
        """The boxes that are seen in the picture, by number, and what their faces span there, (n, 4): the large ones of
        them."""
        left, top = np.maximum(self.areas[:, 0], picture.left), np.maximum(self.areas[:, 1], picture.top)
        right, bottom = np.minimum(self.areas[:, 2], picture.right), np.minimum(self.areas[:, 3], picture.bottom)
        least = 1e-4 * picture.width * picture.height
        large = (right > left) & (bottom > top) & ((right - left) * (bottom - top) > least)
        seen = np.flatnonzero(large & self.ahead & (self.alphas > HIDING_ALPHA))
        return seen, np.stack([left, top, right, bottom], 1)[seen]

    # --- places -------------------------------------------------------------------------------------------------

    def project(self, points: list[Point] | Points) -> Points:
        """World points to pixels, (n, 2)."""
        return self.view.project(points)[:, :2]

    def quad(self, bounds: Bounds) -> Points | None:
        """The pixels of the front of `bounds`, clockwise from the top left; None when it is not ahead of the camera."""
        (x0, y0, _), (x1, y1, z) = bounds.low, bounds.high
        seen = self.view.project([(x0, y1, z), (x1, y1, z), (x1, y0, z), (x0, y0, z)])
        return seen[:, :2] if bool((seen[:, 2] > 0.5).all()) else None

    def region(self, region: Region, picture: Area) -> tuple[Area, dict[Side, Points]] | None:
        """What a region spans of the picture, and the middle of each of its sides there; None when it is not in it."""
        for frame in self.layout.frames(region):
            quad = self.quad(frame)
            if quad is None:
                continue
            steps = np.linspace(0, 1, 33)[:, None]
            along = {side: quad[a] + (quad[b] - quad[a]) * steps for side, (a, b) in _SIDES.items()}
            inside = {side: points[_within(points, picture)] for side, points in along.items()}
            middles: dict[Side, Points] = {side: p.mean(axis=0) for side, p in inside.items() if len(p)}
            if middles:
                return Area.around(np.concatenate(list(inside.values()))), middles
        return None

    def edges(self, boxes: int | NDArray[np.intp]) -> tuple[Points, Points]:
        """The upper and the lower edge of a box, or of several in a row, by number, in pixels: of the front, then of
        the back, (2, 2, 2)."""
        low, high = (side[boxes].reshape(-1, 3) for side in (self.faces.low, self.faces.high))
        low, high = low.min(axis=0), high.max(axis=0)
        ends = [(x, y, z) for y in (high[1], low[1]) for z in (high[2], low[2]) for x in (low[0], high[0])]
        upper, lower = self.project(np.array(ends)).reshape(2, 2, 2, 2)
        return upper, lower

    def centre(self, region: Region) -> tuple[Points, Points] | None:
        """The middle of a region's first face, in the world (1, 3) and in pixels (2,); None when behind the eye."""
        for frame in self.layout.frames(region):
            x, y, _ = frame.centre
            point = np.array([(x, y, frame.high[2])])
            seen = self.view.project(point)[0]
            if seen[2] > 0.5:
                return point, seen[:2]
        return None

    # --- what hides what ----------------------------------------------------------------------------------------

    @cached_property
    def solid(self) -> NDArray[np.intp]:
        """The numbers of the boxes that can hide anything that is seen."""
        (left, top, right, bottom), (width, height) = self.areas.T, self.view.size
        near = (right > -width) & (left < 2 * width) & (bottom > -height) & (top < 2 * height)
        return np.flatnonzero(near & (self.alphas > HIDING_ALPHA))

    @cached_property
    def _solids(self) -> tuple[Points, Points, Points]:
        """All that hides what is behind it, boxes and pieces in flight: low and high corners, areas on the frame."""
        solid = self.solid
        low, high, areas = self.faces.low[solid], self.faces.high[solid], self.areas[solid]
        flying = [pane for pane in self.flying if pane.look.alpha > HIDING_ALPHA]
        if flying:
            spans = np.array([pane.cells for pane in flying], float)
            starts = np.concatenate([p.points(s[None, 0], s[None, 3]) for p, s in zip(flying, spans, strict=True)])
            ends = np.concatenate([p.points(s[None, 2], s[None, 1]) for p, s in zip(flying, spans, strict=True)])
            quads = self.view.project(corners(starts, ends).reshape(-1, 3)).reshape(-1, 4, 3)[:, :, :2]
            low, high = np.concatenate([low, starts]), np.concatenate([high, ends])
            areas = np.concatenate([areas, np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1)])
        return low, high, areas

    @cached_property
    def _tensors(self) -> NDArray[np.intp]:
        """The number of the tensor that each of the solids shows."""
        flying = [self.faces.numbers[p.box.tensor] for p in self.flying if p.look.alpha > HIDING_ALPHA]
        return np.concatenate([self.faces.tensors[self.solid], np.array(flying, np.intp)])

    def _near(self, area: Area) -> NDArray[np.bool_]:
        """Which of the solids come anywhere near an area of the frame."""
        left, top, right, bottom = self._spans
        return np.asarray((left <= area.right) & (right >= area.left) & (top <= area.bottom) & (bottom >= area.top))

    @cached_property
    def _spans(self) -> Points:
        """The sides of the solids' areas, (4, n), side by side in memory: they are looked through for every label."""
        return np.ascontiguousarray(self._solids[2].T)

    def _through(self, rays: Points, low: Points, high: Points) -> tuple[NDArray[np.bool_], Points]:
        """Which rays from the eye, (m, 3), go through which faces, (m, n), and after how many of their lengths."""
        eye = self.view.eye
        along = (high[:, 2] - eye[2]) / np.where(np.abs(rays[:, 2:]) < 1e-9, 1e-9, rays[:, 2:])
        x, y = eye[0] + along * rays[:, :1], eye[1] + along * rays[:, 1:2]
        hit = (along > 0) & (x > low[:, 0]) & (x < high[:, 0]) & (y > low[:, 1]) & (y < high[:, 1])
        return hit, along

    def hidden(self, points: Points) -> NDArray[np.bool_]:
        """Which world points (n, 3) lie behind something solid: the line from the eye goes through its face."""
        near = self._near(Area.around(self.project(points)))
        near &= self._solids[1][:, 2] > points[:, 2].min() + 1e-6
        hit, along = self._through(points - self.view.eye, self._solids[0][near], self._solids[1][near])
        return np.asarray((hit & (along < 1 - 1e-6)).any(axis=1))

    def covered(self, area: Area, depth: float, tensor: str) -> tuple[float, float, float]:
        """How much of an area of the frame, taken to stand in the plane z = `depth`, boxes share with it.

        First the part that lies behind nearer boxes, then the part that lies over boxes in the plane or behind it:
        those of other tensors, and those of `tensor` itself (the other heads).
        """
        near = self._near(area)
        if not near.any():
            return 0.0, 0.0, 0.0
        pixels = (area.left, area.top) + _GRID * (area.width, area.height)
        low, high = self._solids[0][near], self._solids[1][near]
        hit, _ = self._through(self._rays(pixels), low, high)
        nearer = high[:, 2] > depth + 1e-6
        own = self._tensors[near] == self.faces.numbers.get(tensor, -1)
        parts = (hit & nearer, hit & ~nearer & ~own, hit & ~nearer & own)
        in_front, others, same = (np.count_nonzero(part.any(axis=1)) / len(_GRID) for part in parts)
        return in_front, others, same

    def _rays(self, pixels: Points) -> Points:
        """The directions from the eye through pixels (n, 2)."""
        across = (pixels - self.view.centre) * (1, -1) / self.view.focal
        return np.asarray(across @ self.view.basis[:2] - self.view.basis[2])

    # --- cells --------------------------------------------------------------------------------------------------

    def panes(self, least: float) -> Iterator[Pane]:
        """All faces whose cells can be `least` pixels wide, pieces in flight among them."""
        near = self.ahead & (self._depths < self.view.focal / least) & self.on_frame
        graph = self.run.steps[self.state.step].graph
        for i in np.flatnonzero(near):
            box = self.faces.boxes[i]
            cells = (0.0, 0.0, float(box.width), float(box.height))
            look = self.state.looks.get(box.id, _SOLID)
            yield Pane(box, cells, (0.0, 0.0, 0.0), look, self.state.computed(box, graph))
        yield from self.flying

    @cached_property
    def on_frame(self) -> NDArray[np.bool_]:
        """Which faces come anywhere near the frame."""
        left, top, right, bottom = self.areas.T
        width, height = self.view.size
        return np.asarray(self.ahead & (right > 0) & (left < width) & (bottom > 0) & (top < height))

    @cached_property
    def flying(self) -> list[Pane]:
        """The pieces that are away from their places."""
        flying = []
        for flyer in self.state.flyers:
            box, cells = self.home.find(flyer.region)[0]
            home = box.place(cells[0], cells[1])
            shift = (flyer.corner[0] - home[0], flyer.corner[1] - home[1], flyer.corner[2] - home[2])
            computed = self.state.computed(box, self.run.steps[self.state.step].graph)
            flying.append(Pane(box, cells, shift, Look(flyer.alpha), computed))
        return flying

    def visible_cells(self, pane: Pane, area: Area) -> tuple[int, int, int, int]:
        """The cells of a face that can lie in an area of the frame: first column and row, last ones (exclusive)."""
        pixels = np.array([(x, y) for x in (area.left, area.right) for y in (area.top, area.bottom)])
        rays = self._rays(pixels)
        origin = pane.points(np.zeros(1), np.zeros(1))[0]
        c0, r0, c1, r1 = pane.cells
        if (rays[:, 2] < -1e-6).all():
            along = (origin[2] - self.view.eye[2]) / rays[:, 2]
            columns = (self.view.eye[0] + along * rays[:, 0] - origin[0]) / pane.box.cell[0]
            rows = (origin[1] - (self.view.eye[1] + along * rays[:, 1])) / pane.box.cell[1]
            c0, c1 = max(c0, np.floor(columns.min())), min(c1, np.ceil(columns.max()))
            r0, r1 = max(r0, np.floor(rows.min())), min(r1, np.ceil(rows.max()))
        return int(c0), int(r0), int(c1), int(r1)

    def foreshortening(self, pane: Pane, places: Points) -> Points | None:
        """How a face's cells map to pixels around its points (column, row), (n, 2): what a step right and a step down
        give, as columns, (n, 2, 2). None when the face is not ahead of the camera, or seen edge on."""
        columns, rows = places.T
        at = self.view.project(
            np.concatenate([pane.points(columns + i, rows + j) for i, j in ((0, 0), (1, 0), (0, 1))])
        )
        if at[:, 2].min() <= 0.5:
            return None
        here, right, down = at[:, :2].reshape(3, -1, 2)
        linear = np.stack([right - here, down - here], 2)
        return linear if np.abs(determinants(linear)).min() > 1e-6 else None


def determinants(linear: Points) -> Points:
    """Those of (n, 2, 2)."""
    return np.asarray(linear[:, 0, 0] * linear[:, 1, 1] - linear[:, 0, 1] * linear[:, 1, 0])
