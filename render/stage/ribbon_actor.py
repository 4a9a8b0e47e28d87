"""The flow on the stage: the ribbons of one plane in one mesh, each a flat band with bends and an arrow head."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pyvista as pv
import vtk
from numpy.typing import NDArray

from render.layout import Ribbon
from render.stage.box_actor import install_shader
from render.stage.shaders import (
    RIBBON_FRAGMENT,
    RIBBON_FRAGMENT_DECLARATIONS,
    RIBBON_VERTEX,
    RIBBON_VERTEX_DECLARATIONS,
)
from render.theme import Theme


class RibbonMesh:
    """Points and quads; for every point its place across the band and along it, and which ribbon is its `owner`.

    across: the distance from the middle line, signed, and half the breadth there
    along:  the length of the path from its source, the same on both sides, so that it goes on over bends
    """

    def __init__(self, ribbons: Sequence[Ribbon]) -> None:
        self.points: list[NDArray[np.float64]] = []
        self.across: list[tuple[float, float]] = []
        self.along: list[float] = []
        self.owner: list[int] = []
        self.quads: list[list[int]] = []
        for index, ribbon in enumerate(ribbons):
            self._add(index, ribbon)

    def _add(self, index: int, ribbon: Ribbon) -> None:
        path = [np.array(point, float) for point in ribbon.points]
        half = ribbon.width / 2
        length = float(np.linalg.norm(path[-1] - path[-2]))
        tip = min(1.2 * ribbon.width, 0.55 * length) if ribbon.arrow else 0.0
        direction = (path[-1] - path[-2]) / max(length, 1e-9)
        end, path[-1] = path[-1], path[-1] - tip * direction
        sides = _mitres(path)
        way = np.cumsum([0.0, *(float(np.linalg.norm(b - a)) for a, b in itertools.pairwise(path))]).tolist()
        for k in range(len(path) - 1):
            self._quad(index, *((path[i], sides[i] * half, half, way[i]) for i in (k, k + 1)))
        if ribbon.arrow:
            broad = min(1.9 * half, half + 0.7 * tip)
            self._quad(index, (path[-1], sides[-1] * broad, broad, way[-1]), (end, sides[-1] * 0.0, 0.0, way[-1] + tip))

    def _quad(self, index: int, *ends: tuple[NDArray[np.float64], NDArray[np.float64], float, float]) -> None:
        first = len(self.points)
        reach = 1.0 + 1e-3  # a hair more than the band, so that its own edge is inside
        for point, side, half, way in ends:
            for sign in (-1.0, 1.0):
                self.points.append(point + sign * side * reach)
                self.across.append((sign * half, half))
                self.along.append(way)
                self.owner.append(index)
        self.quads.append([4, first, first + 1, first + 3, first + 2])


def _mitres(path: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """At each point of a path the vector across it in the plane, long enough that bends keep the breadth."""
    normals = []
    for a, b in itertools.pairwise(path):
        dx, dy = float(b[0] - a[0]), float(b[1] - a[1])
        norm = max(float(np.hypot(dx, dy)), 1e-9)
        normals.append(np.array([-dy / norm, dx / norm, 0.0]))
    sides = [normals[0]]
    for before, after in itertools.pairwise(normals):
        both = before + after
        sides.append(both * (2.0 / max(float(both @ both), 0.5)))
    return [*sides, normals[-1]]


def mesh_actor(mesh: pv.PolyData, attributes: Sequence[str], code: tuple[str, str, str, str]) -> vtk.vtkOpenGLActor:
    """An actor that draws a mesh with its own shaders, to which some of its point data go as vertex attributes."""
    mapper = vtk.vtkOpenGLPolyDataMapper()
    mapper.SetInputData(mesh)
    mapper.ScalarVisibilityOff()
    mapper.SetVBOShiftScaleMethod(0)
    for name in attributes:
        mapper.MapDataArrayToVertexAttribute(f"{name}MC", name, vtk.vtkDataObject.FIELD_ASSOCIATION_POINTS, -1)
    actor = vtk.vtkOpenGLActor()
    actor.SetMapper(mapper)
    # Drawn in the opaque pass, from back to front, blending only at the edges.
    actor.ForceOpaqueOn()
    install_shader(actor, *code)
    return actor


class RibbonActor:
    """Draws the ribbons. Their strength follows what they come from and lead to."""

    def __init__(self, ribbons: Sequence[Ribbon], theme: Theme) -> None:
        self.ribbons = ribbons
        mesh = RibbonMesh(ribbons)
        self._owner = np.array(mesh.owner, int)
        self._colours = np.array([theme.tones[ribbon.kind].ribbon for ribbon in ribbons], np.float32)
        self._mesh = pv.PolyData(np.array(mesh.points, np.float32), faces=np.array(mesh.quads).ravel())
        self._mesh.point_data["across"] = np.array(mesh.across, np.float32)
        self._strengths: NDArray[np.float32] | None = None
        self._page = np.array(theme.page, np.float32)
        self.tint(np.ones(len(ribbons), np.float32), np.ones(len(ribbons), np.float32))
        self.actor = mesh_actor(
            self._mesh,
            ("across", "tint"),
            (RIBBON_VERTEX_DECLARATIONS, RIBBON_VERTEX, RIBBON_FRAGMENT_DECLARATIONS, RIBBON_FRAGMENT),
        )

    def tint(self, solid: NDArray[np.float32], flowing: NDArray[np.float32]) -> None:
        """Set how solid each ribbon is, and how much flows in it: both 0 to 1, an empty one is pale."""
        strengths = np.column_stack([solid, 0.25 + 0.75 * flowing])
        if self._strengths is not None and np.array_equal(strengths, self._strengths):
            return
        self._strengths = strengths
        colours = self._page + strengths[:, 1:] * (self._colours - self._page)
        tint = np.column_stack([colours, solid])[self._owner].astype(np.float32)
        self._mesh.point_data["tint"] = tint
        self._mesh.Modified()
