"""The flow on the stage: ribbons, flat bands with bends and an arrow head, and the pulses that run along them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLActor

from render.layout import Layout, Ribbon
from render.stage.crowd import Array, Crowd, along
from render.stage.ribbon_shaders import PULSE, RIBBON
from render.stage.slots import Slots, runs
from render.theme import Theme
from render.timeline import State, View

SPACING = 13.0
"""How far apart the bands on a ribbon are, in the layout's units."""

MOST = 5
"""How many bands a long ribbon has: on it they are farther apart."""

STEP, STEPS = 1e-6, 50
"""How much nearer than its ribbon a pulse is in the depth buffer. Ribbons that cross differ in it by some steps."""

FAINTEST = 0.01
"""A ribbon that covers less of a pixel's breadth is not drawn."""


class RibbonMesh:
    """The quads of some ribbons, ribbon by ribbon: the stretches between bends, then the arrow's head.

    ends:  the middle of each quad's two ends, (n, 2, 3)
    sides: the vector across it at each end, in the plane, longer than 1 at bends to keep the breadth, (n, 2, 2)
    half:  half its breadth at each end, (n, 2)
    along: the length of the path from the ribbon's source to each end, (n, 2)
    owner: which ribbon it belongs to, (n,)
    """

    def __init__(self, ribbons: Sequence[Ribbon]) -> None:
        lengths = np.array([len(ribbon.points) for ribbon in ribbons], int)
        parts = []
        for n_points in np.unique(lengths):
            places = np.flatnonzero(lengths == n_points)
            parts.append(_quads(places, [ribbons[place] for place in places.tolist()]))
        ends, sides, half, along, owner, number = (
            np.concatenate(arrays) if arrays else np.zeros((0, *shape))
            for arrays, shape in zip(
                zip(*parts, strict=True) if parts else ((),) * 6, ((2, 3), (2, 2), (2,), (2,), (), ()), strict=True
            )
        )
        order = np.lexsort((number, owner))
        self.ends, self.sides, self.half, self.along = ends[order], sides[order], half[order], along[order]
        self.owner = owner[order].astype(int)


def _quads(places: NDArray[np.int64], ribbons: Sequence[Ribbon]) -> tuple[NDArray[np.float64], ...]:
    """The quads of ribbons with equally many points, and each quad's number in its ribbon."""
    path = np.array([ribbon.points for ribbon in ribbons], float)
    width = np.array([ribbon.width for ribbon in ribbons], float)
    arrow = np.array([ribbon.arrow for ribbon in ribbons])
    length = np.linalg.norm(path[:, -1] - path[:, -2], axis=1)
    tip = np.where(arrow, np.minimum(1.2 * width, 0.55 * length), 0.0)
    direction = (path[:, -1] - path[:, -2]) / np.maximum(length, 1e-9)[:, None]
    end = path[:, -1].copy()
    path[:, -1] -= tip[:, None] * direction
    steps = np.diff(path, axis=1)
    norm = np.maximum(np.hypot(steps[..., 0], steps[..., 1]), 1e-9)
    normals = np.stack([-steps[..., 1], steps[..., 0]], axis=2) / norm[..., None]
    both = normals[:, :-1] + normals[:, 1:]
    mitres = both * (2.0 / np.maximum((both**2).sum(axis=2), 0.5))[..., None]
    sides = np.concatenate([normals[:, :1], mitres, normals[:, -1:]], axis=1)
    way = np.concatenate([np.zeros((len(path), 1)), np.cumsum(np.linalg.norm(steps, axis=2), axis=1)], axis=1)
    half = np.broadcast_to(width[:, None] / 2, way.shape)

    def pairs(values: NDArray[np.float64], head: NDArray[np.float64]) -> NDArray[np.float64]:
        joined = np.stack([values[:, :-1], values[:, 1:]], axis=2)
        return np.concatenate([joined.reshape(-1, *joined.shape[2:]), head[arrow]])

    broad = np.minimum(0.95 * width, width / 2 + 0.7 * tip)
    heads = (
        np.stack([path[:, -1], end], axis=1),
        np.stack([sides[:, -1], sides[:, -1]], axis=1),
        np.stack([broad, np.zeros_like(broad)], axis=1),
        np.stack([way[:, -1], way[:, -1] + tip], axis=1),
    )
    count = path.shape[1] - 1
    owner = np.concatenate([np.repeat(places, count), places[arrow]])
    number = np.concatenate([np.tile(np.arange(count), len(path)), np.full(int(arrow.sum()), count)])
    quads = [pairs(values, head) for values, head in zip((path, sides, half, way), heads, strict=True)]
    return (*quads, owner, number)


class Flow:
    """Draws the ribbons of a layout a plane at a time, and over them the pulses while there are some.

    `span` is from how near to how far ribbons stood in the last frame. A ribbon that leads from plane to plane is in
    the farther one. Its strength follows what it comes from and leads to.
    """

    def __init__(self, layout: Layout, crowd: Crowd, theme: Theme, focal: float) -> None:
        ribbons = layout.ribbons
        planes = np.array([round(min(z for _, _, z in ribbon.points), 3) for ribbon in ribbons])
        order = np.argsort(planes, kind="stable")
        mesh = self._mesh = RibbonMesh([ribbons[place] for place in order.tolist()])
        self.ribbon = order[mesh.owner] if len(order) else mesh.owner
        self.plane = planes[self.ribbon]
        self._sources = np.array([crowd.place[ribbon.source] for ribbon in ribbons], int)
        self._targets = np.array([crowd.place[ribbon.target] for ribbon in ribbons], int)
        self._cells = crowd.cells.prod(axis=0)[self._sources]
        self._colours = np.array([theme.tones[ribbon.kind].ribbon for ribbon in ribbons]).reshape(-1, 3)
        self._shades = np.array([theme.tones[ribbon.kind].ground for ribbon in ribbons]).reshape(-1, 3)
        self._page = np.array(theme.page)
        lengths = np.zeros(len(ribbons))
        np.maximum.at(lengths, self.ribbon, mesh.along.max(axis=1, initial=0))
        units = np.array([layout.unit_of(layout.boxes[ribbon.target].tensor) for ribbon in ribbons])
        self._spacing = np.maximum(SPACING * units, lengths / MOST)
        # Ribbons count from 0 in each plane, so that those which cross differ.
        firsts = np.searchsorted(planes[order], planes)
        ranks = np.empty(len(ribbons), int)
        ranks[order] = np.arange(len(ribbons))
        self._nearer = STEP * (1 + (ranks - firsts) % STEPS)
        self._ribbons, self._pulses = Slots(4, RIBBON, focal), Slots(6, PULSE, focal)
        self._ends = np.ascontiguousarray(mesh.ends.transpose(2, 1, 0).reshape(3, -1))
        self._breadth = 2 * mesh.half.max(axis=1, initial=0)
        self.span = (np.inf, 0.0)

    def stand(
        self, state: State, view: View, crowd: Crowd, alpha: Array, computed: Array
    ) -> tuple[dict[float, tuple[int, int]], dict[float, tuple[int, int]]]:
        """Take what is drawn of a frame. By plane: the first slot and the count of the ribbons', and of the pulses'."""
        solid, flowing = self._strengths(state, crowd, alpha, computed)
        mesh, strong = self._mesh, solid[self.ribbon]
        near = along(-view.basis[2], self._ends).reshape(2, -1).min(axis=0) + view.eye @ view.basis[2]
        broad = np.minimum(view.focal * self._breadth / np.maximum(near, 1e-6), 1.0)
        quads = np.flatnonzero(strong * broad > FAINTEST)
        spans = _depths(mesh.ends[quads], mesh.half[quads], view)
        seen = spans[:, 0] <= spans[:, 1]
        quads, spans = quads[seen], spans[seen]
        self.span = (float(spans[:, 0].min(initial=np.inf)), float(spans[:, 1].max(initial=0.0)))
        ribbon = self.ribbon[quads]
        texels = self._texels(quads, 4, view)
        texels[:, 3, :3] = (self._page + (0.25 + 0.75 * flowing[:, None]) * (self._colours - self._page))[ribbon]
        texels[:, 3, 3] = solid[ribbon]
        self._ribbons.fill(texels)
        travel, strength = self._running(state)
        running = quads[strength[ribbon] > 0]
        owner = self.ribbon[running]
        texels = self._texels(running, 6, view)
        texels[:, 3, :2] = mesh.along[running]
        texels[:, 3, 2] = self._spacing[owner]
        texels[:, 3, 3] = (travel % self._spacing)[owner]
        texels[:, 4, :3] = self._shades[owner]
        texels[:, 4, 3] = (strength * solid)[owner]
        texels[:, 5, 0] = self._nearer[owner]
        self._pulses.fill(texels)
        return runs(self.plane[quads]), runs(self.plane[running])

    def ribbon_actor(self, number: int, first: int, count: int, view: View, samples: int) -> vtkOpenGLActor:
        return self._ribbons.actor(number, first, count, view.eye, samples)

    def pulse_actor(self, number: int, first: int, count: int, view: View, samples: int) -> vtkOpenGLActor:
        return self._pulses.actor(number, first, count, view.eye, samples)

    def _texels(self, quads: NDArray[np.int64], texels: int, view: View) -> NDArray[np.float32]:
        made = np.zeros((len(quads), texels, 4), np.float32)
        made[:, :2, :3] = self._mesh.ends[quads] - view.eye
        made[:, :2, 3] = self._mesh.half[quads]
        made[:, 2] = self._mesh.sides[quads].reshape(-1, 4)
        return made

    def _strengths(self, state: State, crowd: Crowd, alpha: Array, computed: Array) -> tuple[Array, Array]:
        """A ribbon is as solid as the boxes at its ends, and pale until there is something to flow.

        There is none to a box that is away from its place.
        """
        standing = alpha.copy()
        standing[[crowd.place[id] for id in state.shifts]] = 0.0
        solid = np.minimum(standing[self._sources], standing[self._targets])
        return solid, np.minimum(1.0, computed[self._sources] / self._cells * 4.0)

    def _running(self, state: State) -> tuple[Array, Array]:
        """How far the pulses on each ribbon have run, and how strong they are: of several the strongest is seen."""
        travel, strength = np.zeros((2, len(self._spacing)))
        for pulse in sorted(state.pulses, key=lambda pulse: pulse.alpha):
            places = list(pulse.ribbons)
            travel[places], strength[places] = pulse.travel, pulse.alpha
        return travel, strength


def _depths(ends: Array, half: Array, view: View) -> Array:
    """How near and how far what is in the picture of each quad is, (n, 2); inf and -inf where nothing is.

    A quad may begin far behind the eye. Along its middle, every edge of the picture cuts off what lies beyond it.
    """
    width, height = view.size
    x, y = view.centre
    seen = (ends - view.eye).reshape(-1, 3).T
    right, up = (view.focal * along(axis, seen).reshape(-1, 2) for axis in view.basis[:2])
    depth = along(-view.basis[2], seen).reshape(-1, 2)
    margin = view.focal * 1.5 * half + np.maximum(depth, 0)
    inside = (
        right + x * depth + margin,
        (width - x) * depth - right + margin,
        y * depth - up + margin,
        (height - y) * depth + up + margin,
        depth,
    )
    first, last = np.zeros(len(ends)), np.ones(len(ends))
    for side in inside:
        begin, end = side.T
        with np.errstate(divide="ignore", invalid="ignore"):
            cut = begin / (begin - end)
        first = np.where(begin < 0, np.where(end < 0, np.inf, np.maximum(first, cut)), first)
        last = np.where((end < 0) & (begin >= 0), np.minimum(last, cut), last)
    visible = first <= last
    bounds = np.stack([np.where(visible, first, 0), np.where(visible, last, 0)], axis=1)
    depths = np.sort(depth[:, :1] + bounds * (depth[:, 1:] - depth[:, :1]), axis=1)
    # The band's own breadth leans towards the eye, or away from it.
    lean = half.max(axis=1) * np.hypot(*view.basis[2, :2])
    return np.where(visible[:, None], np.column_stack([depths[:, 0] - lean, depths[:, 1] + lean]), (np.inf, -np.inf))
