"""One box by itself on the stage: a mesh of five faces, a texture of what is in view of it, the shader of its cells."""

from __future__ import annotations

import numpy as np
import pyvista as pv
from vtkmodules.vtkCommonDataModel import vtkDataObject
from vtkmodules.vtkRenderingCore import vtkRenderWindow
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLActor, vtkOpenGLPolyDataMapper

from render.layout import Box, Rect
from render.stage.box_shaders import FACES, NEAR
from render.stage.cell_texture import CellTexture
from render.stage.close_up import CloseUp
from render.stage.shading import install_shader, set_uniform
from render.theme import Theme
from render.timeline import Look, Pose, View
from render.timeline.state import MOST_WINDOWS
from render.timeline.view import NUMBER_PIXELS

NEAR_PIXELS = (3.0, 6.0)
"""How wide a cell is on screen when its own disc begins to show, and from where on nothing else does."""

LINE_PIXELS = (5.0, 12.0)
"""How wide a cell is when the lines around it begin to show, and from where on they are as strong as they get."""

NUMBERED = (0.86, 1.05)
"""The same of the room that discs make for numbers, as shares of the breadth from which there are numbers."""


def box_mesh(extent: tuple[float, float, float]) -> pv.PolyData:
    """The five faces that can be seen from in front, with each point's place in the box (`local`) and its face.

    The front is drawn last, over the edges of the sides. The box's corner is at the origin: what stands far from the
    world's is put there by the actor, in doubles.
    """
    local = np.array(FACES, np.float32).reshape(-1, 3) * np.array(extent, np.float32)
    quads = np.roll(np.hstack([np.full((5, 1), 4), np.arange(20).reshape(5, 4)]), -1, axis=0)
    mesh = pv.PolyData(local * np.array([1, -1, -1], np.float32), faces=quads.ravel())
    mesh.point_data["local"] = local
    mesh.point_data["face"] = np.repeat(np.arange(5, dtype=np.float32), 4)
    return mesh


class BoxActor:
    """Draws one box. What changes from frame to frame goes into uniforms: nothing is compiled or uploaded again."""

    def __init__(
        self,
        box: Box,
        theme: Theme,
        size: tuple[int, int],
        *,
        blank: bool = False,
        part_of: tuple[Box, Rect] | None = None,
    ) -> None:
        """`size` is the frame's. `part_of` is the box, and the rectangle of its cells, that this one is a piece of: the
        cells of both are computed together. A `blank` one has no values."""
        self.box = box
        home, cells = part_of or (box, box.whole)
        self.blank = blank
        self._cells = home.width * home.height
        self._number_pixels = NUMBER_PIXELS * size[1]
        self._defined: tuple[str, ...] | None = None
        self._look: Look | None = None
        self._samples: int | None = None
        self._computed: float | None = None
        self._texture: CellTexture | None = None
        self._close_up: CloseUp | None = None
        solid = (*box.extent, box.depth)
        mapper = vtkOpenGLPolyDataMapper()
        mapper.SetInputData(box_mesh(solid))
        mapper.ScalarVisibilityOff()
        mapper.SetVBOShiftScaleMethod(0)
        for name in ("local", "face"):
            mapper.MapDataArrayToVertexAttribute(f"{name}MC", name, vtkDataObject.FIELD_ASSOCIATION_POINTS, -1)
        self.actor = vtkOpenGLActor()
        self.actor.SetMapper(mapper)
        # Drawn in the opaque pass, from back to front, blending only at the edges.
        self.actor.ForceOpaqueOn()
        if not blank:
            self._texture = CellTexture()
            self.actor.GetProperty().SetTexture("cells", self._texture.texture)

        properties = self.actor.GetShaderProperty()
        for name, vector in (("size", solid), ("cell", box.cell)):
            set_uniform(properties.GetVertexCustomUniforms(), name, vector)
        set_uniform(properties.GetVertexCustomUniforms(), "focal", View(Pose((0.0, 0.0, 0.0), 1.0), size).focal)
        self._uniforms = properties.GetFragmentCustomUniforms()
        tones = theme.tones[box.kind]
        for name, value in (
            ("ground", tones.ground),
            ("pale", tones.pale),
            ("page", theme.page),
            ("positive", theme.positive),
            ("negative", theme.negative),
            ("extent", (float(box.width), float(box.height), box.depth)),
            ("order", (cells[0], cells[1], home.width, home.height)),
            ("byRows", float(box.sequence == "rows")),
            ("numberPixels", (NUMBERED[0] * self._number_pixels, NUMBERED[1] * self._number_pixels)),
            ("nearPixels", NEAR_PIXELS),
            ("linePixels", LINE_PIXELS),
            ("texels", (1.0, 1.0)),
            ("first", (0.0, 0.0)),
            ("block", (1.0, 1.0)),
        ):
            set_uniform(self._uniforms, name, value)

    def show(self, look: Look, computed: float) -> None:
        """Take a look, and show `computed` of the box's cells (a count, with a fraction for the one in the making)."""
        if look != self._look:
            self._look = look
            set_uniform(self._uniforms, "alpha", look.alpha)
            set_uniform(self._uniforms, "nWindows", len(look.windows))
            flat = [float(value) for cells, alpha in look.windows for value in (*cells, alpha)]
            set_uniform(self._uniforms, "windows", flat + [0.0] * (5 * MOST_WINDOWS - len(flat)))
        if computed != self._computed:
            self._computed = computed
            set_uniform(self._uniforms, "computed", computed)

    def sample(self, samples: int) -> None:
        """Draw each pixel as so many by so many smaller ones, of which the camera shows one at a time."""
        if samples != self._samples:
            self._samples = samples
            set_uniform(self._uniforms, "samples", float(samples))

    def detail(self, smallest: float, largest: float) -> None:
        """Install the shader that can draw what is shown and no more; cells are from `smallest` to `largest` wide.

        Of cells that are not to scale only their tone is shown: a disc would be none, and beside others a ripple.
        """
        to_scale = not self.box.squeezed
        needed = {
            "MEANS": not to_scale or smallest < NEAR_PIXELS[1],
            "MAGNIFIED": self._close_up is not None and smallest * min(self._close_up.block) >= 1,
            "DISCS": to_scale and largest > NEAR_PIXELS[0],
            "LINES": largest > LINE_PIXELS[0],
            "NUMBERS": largest > NUMBERED[0] * self._number_pixels,
            "EMPTY": self._computed == 0,
            "DONE": self._computed is not None and self._computed >= self._cells,
            "WHOLE": self._close_up is not None and self._close_up.whole,
            "BLANK": self.blank,
            "WINDOWS": self._look is not None and bool(self._look.windows),
        }
        defined = tuple(name for name, needs in needed.items() if needs)
        if defined != self._defined:
            self._defined = defined
            install_shader(self.actor, NEAR.defining(*defined))

    def put(self, close_up: CloseUp) -> None:
        """Show other values."""
        if close_up is self._close_up or self._texture is None:
            return
        self._close_up = close_up
        width, height = self._texture.fill(close_up.texels)
        set_uniform(self._uniforms, "texels", (float(width), float(height)))
        set_uniform(self._uniforms, "first", close_up.first)
        set_uniform(self._uniforms, "block", close_up.block)

    def release(self, window: vtkRenderWindow) -> None:
        """Free what the card holds of it."""
        self.actor.ReleaseGraphicsResources(window)
        if self._texture is not None:
            self._texture.texture.ReleaseGraphicsResources(window)
