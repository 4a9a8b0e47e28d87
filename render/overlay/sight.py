"""What the camera sees of the boxes at one moment: where their faces fall on the frame, and what hides what."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from render.layout import Box, Layout, Point, Rect
from render.model import Region, Run
from render.overlay.area import Area
from render.timeline import Look, State, View

Points = NDArray[np.float64]

HIDING_ALPHA = 0.4
"""Boxes less solid than this hide nothing."""

_SOLID = Look()


class Faces:
    """The corners of all boxes of a layout as arrays, in the order of `layout.boxes`."""

    def __init__(self, layout: Layout) -> None:
        self.boxes = list(layout.boxes.values())
        self.index = {box.id: i for i, box in enumerate(self.boxes)}
        self.low = np.array([box.bounds.low for box in self.boxes])
        self.high = np.array([box.bounds.high for box in self.boxes])
        (x0, y0), (x1, y1), z = self.low[:, :2].T, self.high[:, :2].T, self.high[:, 2]
        self.corners = np.stack([np.stack(c, 1) for c in ((x0, y1, z), (x1, y1, z), (x1, y0, z), (x0, y0, z))], 1)
        """The face's corners, clockwise from the top left: (n, 4, 3)."""


class Sight:
    """The boxes of a layout as a state's camera sees them."""

    def __init__(self, faces: Faces, layout: Layout, run: Run, state: State, size: tuple[int, int]) -> None:
        self.faces, self.layout, self.run, self.state = faces, layout, run, state
        self.view = View(state.pose, size)
        seen = self.view.project(faces.corners.reshape(-1, 3)).reshape(-1, 4, 3)
        self.quads: Points = seen[:, :, :2]
        """The faces' corners in pixels: (n, 4, 2)."""
        self.ahead: NDArray[np.bool_] = (seen[:, :, 2] > 0.5).all(axis=1)
        """Which faces lie wholly in front of the camera."""
        looks = state.looks
        self.alphas: Points = np.ones(len(faces.boxes))
        for id, look in looks.items():
            if id in faces.index:
                self.alphas[faces.index[id]] = look.alpha
        self._solid = np.flatnonzero(self.alphas > HIDING_ALPHA)

    def look(self, box: Box) -> Look:
        return self.state.looks.get(box.id, _SOLID)

    def area(self, i: int) -> Area:
        """What the face of box number `i` spans on the frame."""
        return Area.around(self.quads[i])

    @cached_property
    def areas(self) -> Points:
        """What each face spans on the frame, (n, 4): left, top, right, bottom."""
        return np.concatenate([self.quads.min(axis=1), self.quads.max(axis=1)], axis=1)

    def project(self, points: list[Point] | Points) -> Points:
        """World points to pixels, (n, 2)."""
        return self.view.project(points)[:, :2]

    def quad(self, box: Box, cells: Rect) -> Points | None:
        """The pixels of a rectangle of cells, clockwise from the top left, or None when it is not ahead of the camera."""
        c0, r0, c1, r1 = cells
        seen = self.view.project([box.place(c0, r0), box.place(c1, r0), box.place(c1, r1), box.place(c0, r1)])
        return seen[:, :2] if bool((seen[:, 2] > 0.5).all()) else None

    def centre(self, region: Region) -> tuple[Point, Points] | None:
        """The middle of a region's first box: in the world, and in pixels; None when it is not ahead of the camera."""
        for box, (c0, r0, c1, r1) in self.layout.find(region):
            point = box.place((c0 + c1) / 2, (r0 + r1) / 2)
            seen = self.view.project([point])[0]
            if seen[2] > 0.5:
                return point, seen[:2]
        return None

    def hidden(self, points: Points) -> NDArray[np.bool_]:
        """Which world points (n, 3) lie behind a box that is solid: the line from the eye goes through its face."""
        eye = self.view.eye
        low, high = self.faces.low[self._solid], self.faces.high[self._solid]
        ray = points - eye
        along = (high[:, 2] - eye[2]) / np.where(np.abs(ray[:, 2:]) < 1e-9, 1e-9, ray[:, 2:])
        between = (along > 0) & (along < 1 - 1e-6)
        x, y = eye[0] + along * ray[:, :1], eye[1] + along * ray[:, 1:2]
        through = (x > low[:, 0]) & (x < high[:, 0]) & (y > low[:, 1]) & (y < high[:, 1])
        return np.asarray((between & through).any(axis=1))

    def covered(self, area: Area, depth: float) -> tuple[float, float]:
        """How much of an area of the frame, taken to stand in the plane z = `depth`, other boxes share: the part that
        solid boxes nearer than the plane would hide, and the part that boxes in or behind it would be hidden by."""
        columns, rows = np.linspace(area.left, area.right, 9), np.linspace(area.top, area.bottom, 3)
        pixels = np.stack(np.meshgrid(columns, rows), -1).reshape(-1, 2)
        across = (pixels - self.view.centre) * (1, -1) / self.view.focal
        rays = across @ self.view.basis[:2] - self.view.basis[2]
        eye = self.view.eye
        near = self._near(area)
        low, high = self.faces.low[near], self.faces.high[near]
        along = (high[:, 2] - eye[2]) / np.where(np.abs(rays[:, 2:]) < 1e-9, 1e-9, rays[:, 2:])
        x, y = eye[0] + along * rays[:, :1], eye[1] + along * rays[:, 1:2]
        through = (along > 0) & (x > low[:, 0]) & (x < high[:, 0]) & (y > low[:, 1]) & (y < high[:, 1])
        front = high[:, 2] > depth + 1e-6
        hidden = (through & front).any(axis=1)
        return float(hidden.mean()), float((through & ~front).any(axis=1).mean())

    def _near(self, area: Area) -> NDArray[np.intp]:
        """The solid boxes whose faces come anywhere near an area of the frame."""
        left, top, right, bottom = self.areas[self._solid].T
        return np.asarray(
            self._solid[(left < area.right) & (right > area.left) & (top < area.bottom) & (bottom > area.top)]
        )

    def computed(self, box: Box) -> float:
        """How many of a box's cells hold a value, in order of computation, of those that this step's tokens fill."""
        total = float(box.width * box.height)
        along = box.columns if box.sequence == "columns" else box.rows
        dims = self.layout.graph[box.tensor].dims
        if along.dim is not None and dims[along.dim] == "t" and box.kind != "weight":
            n_tokens = len(self.run.steps[self.state.step].tokens)
            total *= min(n_tokens, along.count) / along.count
        if box.kind in ("weight", "token"):
            return total
        return self.state.filled.get(box.id, 0.0) * total
