"""One tensor's box on the stage: a mesh of five faces, a texture of values, and the shader that draws cells."""

from __future__ import annotations

import numpy as np
import pyvista as pv
import vtk
from numpy.typing import NDArray

from render.layout import Box, Point, Rect
from render.stage.cell_texture import CellTexture
from render.stage.shaders import (
    BOX_FRAGMENT,
    BOX_FRAGMENT_DECLARATIONS,
    BOX_VERTEX,
    BOX_VERTEX_DECLARATIONS,
    FAR_CELLS,
)
from render.theme import Theme
from render.timeline import Look
from render.timeline.state import MOST_WINDOWS
from render.timeline.view import NUMBER_PIXELS

NEAR_PIXELS = (3.0, 6.0)
"""How wide a cell is on screen when its own disc begins to show, and from where on nothing else does."""

# Corners (x, y, z as 0 or 1; y down, z backwards) of the front, left, right, top and bottom face.
_FACES = (
    ((0, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 0)),
    ((0, 0, 1), (0, 1, 1), (0, 1, 0), (0, 0, 0)),
    ((1, 0, 0), (1, 1, 0), (1, 1, 1), (1, 0, 1)),
    ((0, 0, 1), (0, 0, 0), (1, 0, 0), (1, 0, 1)),
    ((0, 1, 0), (0, 1, 1), (1, 1, 1), (1, 1, 0)),
)


def box_mesh(corner: Point, extent: tuple[float, float, float]) -> pv.PolyData:
    """The five faces that can be seen from in front, with each point's place in the box (`local`) and its face."""
    local = np.array(_FACES, np.float32).reshape(-1, 3) * np.array(extent, np.float32)
    points = np.array(corner, np.float32) + local * np.array([1, -1, -1], np.float32)
    quads = np.hstack([np.full((5, 1), 4), np.arange(20).reshape(5, 4)])
    mesh = pv.PolyData(points, faces=quads.ravel())
    mesh.point_data["local"] = local
    mesh.point_data["face"] = np.repeat(np.arange(5, dtype=np.float32), 4)
    return mesh


class BoxActor:
    """Draws one box. What changes from frame to frame goes into uniforms: nothing is compiled or uploaded again."""

    def __init__(
        self, box: Box, theme: Theme, height: int, focal: float, part_of: tuple[Box, Rect] | None = None
    ) -> None:
        """`part_of` is the box, and the rectangle of its cells, that this one is a piece of: the cells of both are
        computed together."""
        self.box = box
        home, cells = part_of or (box, (0, 0, box.width, box.height))
        self._has_far: bool | None = None
        self._look: Look | None = None
        self._computed: float | None = None
        self.values = CellTexture(box)
        extent = (float(box.width), float(box.height), box.depth)
        mapper = vtk.vtkOpenGLPolyDataMapper()
        mapper.SetInputData(box_mesh(box.corner, extent))
        mapper.ScalarVisibilityOff()
        mapper.SetVBOShiftScaleMethod(0)
        for name in ("local", "face"):
            mapper.MapDataArrayToVertexAttribute(f"{name}MC", name, vtk.vtkDataObject.FIELD_ASSOCIATION_POINTS, -1)
        self.actor = vtk.vtkOpenGLActor()
        self.actor.SetMapper(mapper)
        # Drawn in the opaque pass, from back to front, blending only at the edges.
        self.actor.ForceOpaqueOn()
        self.actor.GetProperty().SetTexture("cells", self.values.texture)

        properties = self.actor.GetShaderProperty()
        in_vertex = properties.GetVertexCustomUniforms()
        in_vertex.SetUniform3f("extent", extent)
        in_vertex.SetUniformf("focal", focal)
        self._uniforms = properties.GetFragmentCustomUniforms()
        tones = theme.tones[box.kind]
        for name, colour in (
            ("ground", tones.ground),
            ("pale", tones.pale),
            ("page", theme.page),
            ("positive", theme.positive),
            ("negative", theme.negative),
        ):
            self._uniforms.SetUniform3f(name, colour)
        self._uniforms.SetUniform3f("extent", extent)
        self._uniforms.SetUniform2f("texels", self.values.size)
        self._uniforms.SetUniform4f("order", (cells[0], cells[1], home.width, home.height))
        self._uniforms.SetUniformf("byRows", float(box.sequence == "rows"))
        self._uniforms.SetUniformf("numberPixels", NUMBER_PIXELS * height)
        self._uniforms.SetUniform2f("nearPixels", NEAR_PIXELS)
        self.detail(0.0)

    def show(self, look: Look, computed: float) -> None:
        """Take a look, and show `computed` of the box's cells (a count, with a fraction for the one in the making)."""
        if look != self._look:
            self._look = look
            self.actor.SetVisibility(look.alpha > 0.004 or bool(look.windows))
            self._uniforms.SetUniformf("alpha", look.alpha)
            self._uniforms.SetUniformi("nWindows", len(look.windows))
            flat = [value for cells, alpha in look.windows for value in (*cells, alpha)]
            self._uniforms.SetUniform1fv("windows", 5 * MOST_WINDOWS, flat + [0.0] * (5 * MOST_WINDOWS - len(flat)))
        if computed != self._computed:
            self._computed = computed
            self._uniforms.SetUniformf("computed", computed)

    def detail(self, smallest: float) -> None:
        """Tell the shader how many pixels wide the box's smallest cells are, to spare it what it does not need."""
        has_far = smallest < NEAR_PIXELS[1]
        if has_far != self._has_far:
            self._has_far = has_far
            declarations = FAR_CELLS + BOX_FRAGMENT_DECLARATIONS if has_far else BOX_FRAGMENT_DECLARATIONS
            install_shader(self.actor, BOX_VERTEX_DECLARATIONS, BOX_VERTEX, declarations, BOX_FRAGMENT)

    def put(self, face: NDArray[np.float32]) -> None:
        """Show other values."""
        self.values.fill(face)


def install_shader(
    actor: vtk.vtkOpenGLActor, vertex_declarations: str, vertex: str, fragment_declarations: str, fragment: str
) -> None:
    """Put code into VTK's own shaders: the vertex code after the position, the fragment code in place of lighting."""
    properties = actor.GetShaderProperty()
    properties.ClearAllShaderReplacements()
    for stage, marker, code in (
        ("Vertex", "PositionVC::Dec", vertex_declarations),
        ("Vertex", "PositionVC::Impl", vertex),
        ("Fragment", "TCoord::Dec", fragment_declarations),
        ("Fragment", "Light::Impl", fragment),
    ):
        tag = f"//VTK::{marker}"
        getattr(properties, f"Add{stage}ShaderReplacement")(tag, True, f"{tag}\n{code}", False)
