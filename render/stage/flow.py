"""The flow on the stage: ribbons, flat bands with bends and an arrow head, and the pulses that run along them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import vtk
from numpy.typing import NDArray

from render.layout import Layout, Ribbon
from render.stage.crowd import Array, Crowd
from render.stage.ribbon_shaders import PULSE, RIBBON
from render.stage.slots import Slots
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

    A ribbon that leads from plane to plane is in the farther one. Its strength follows what it comes from and leads to.
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
        self._cells = crowd.cells.prod(axis=1)[self._sources]
        self._colours = np.array([theme.tones[ribbon.kind].ribbon for ribbon in ribbons]).reshape(-1, 3)
        self._shades = np.array([theme.tones[ribbon.kind].ground for ribbon in ribbons]).reshape(-1, 3)
        self._page = np.array(theme.page)
        lengths = np.zeros(len(ribbons))
        np.maximum.at(lengths, self.ribbon, mesh.along.max(axis=1, initial=0))
        self._spacing = np.maximum(SPACING * layout.unit, lengths / MOST)
        # Ribbons count from 0 in each plane, so that those which cross differ.
        firsts = np.searchsorted(planes[order], planes)
        ranks = np.empty(len(ribbons), int)
        ranks[order] = np.arange(len(ribbons))
        self._nearer = STEP * (1 + (ranks - firsts) % STEPS)
        self._ribbons, self._pulses = Slots(4, RIBBON, focal), Slots(6, PULSE, focal)
        self.nearest = np.inf

    def stand(
        self, state: State, view: View, crowd: Crowd, alpha: Array, computed: Array
    ) -> tuple[dict[float, tuple[int, int]], dict[float, tuple[int, int]]]:
        """Take what is drawn of a frame. By plane: the first slot and the count of the ribbons', and of the pulses'."""
        solid, flowing = self._strengths(state, crowd, alpha, computed)
        mesh = self._mesh
        ends = mesh.ends - view.eye
        depth = -ends @ view.basis[2]
        pixels = view.focal * 2 * mesh.half.max(axis=1, initial=0) / np.maximum(depth.min(axis=1, initial=np.inf), 1e-6)
        drawn = (solid[self.ribbon] * np.minimum(pixels, 1.0) > FAINTEST) & _in_view(ends, depth, mesh.half, view)
        self.nearest = float(depth[drawn].min(initial=np.inf))
        quads = np.flatnonzero(drawn)
        ribbon = self.ribbon[quads]
        texels = self._texels(quads, ends, 4)
        texels[:, 3, :3] = (self._page + (0.25 + 0.75 * flowing[:, None]) * (self._colours - self._page))[ribbon]
        texels[:, 3, 3] = solid[ribbon]
        self._ribbons.fill(texels)
        travel, strength = self._running(state)
        running = quads[strength[ribbon] > 0]
        owner = self.ribbon[running]
        texels = self._texels(running, ends, 6)
        texels[:, 3, :2] = mesh.along[running]
        texels[:, 3, 2] = self._spacing[owner]
        texels[:, 3, 3] = (travel % self._spacing)[owner]
        texels[:, 4, :3] = self._shades[owner]
        texels[:, 4, 3] = (strength * solid)[owner]
        texels[:, 5, 0] = self._nearer[owner]
        self._pulses.fill(texels)
        return _runs(self.plane[quads]), _runs(self.plane[running])

    def ribbon_actor(self, number: int, first: int, count: int, view: View) -> vtk.vtkOpenGLActor:
        return self._ribbons.actor(number, first, count, view.eye)

    def pulse_actor(self, number: int, first: int, count: int, view: View) -> vtk.vtkOpenGLActor:
        return self._pulses.actor(number, first, count, view.eye)

    def _texels(self, quads: NDArray[np.int64], ends: Array, texels: int) -> NDArray[np.float32]:
        made = np.zeros((len(quads), texels, 4), np.float32)
        made[:, :2, :3] = ends[quads]
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


def _in_view(ends: Array, depth: Array, half: Array, view: View) -> NDArray[np.bool_]:
    """Which quads may reach into the picture: not all of them lies beyond one of its edges, or behind the eye."""
    width, height = view.size
    x, y = view.centre
    right, up = ends @ view.basis[0], ends @ view.basis[1]
    margin = view.focal * 1.5 * half + np.maximum(depth, 0)
    inside = (
        view.focal * right + x * depth + margin,
        -view.focal * right + (width - x) * depth + margin,
        -view.focal * up + y * depth + margin,
        view.focal * up + (height - y) * depth + margin,
        depth,
    )
    return np.asarray(np.logical_and.reduce([(side > 0).any(axis=1) for side in inside]))


def _runs(planes: Array) -> dict[float, tuple[int, int]]:
    """Of planes in ascending order: where each begins, and how many there are."""
    found, firsts, counts = np.unique(planes, return_index=True, return_counts=True)
    return {float(z): (int(first), int(n)) for z, first, n in zip(found, firsts, counts, strict=True)}
