"""Many quads in few draws: the mesh is a row of empty slots, and a texture says what stands in each of them.

What is drawn changes with the view from frame to frame: which boxes are large enough to be seen, and in which order.
Building meshes anew would cost more than drawing them, so the mesh stays and only the texture is filled, with some
texels of four floats a slot. A vertex knows its slot and which of the quad's four corners it is, and reads the rest.

Places are relative to the eye: far from the world's origin a float knows no single cell any more, near the eye it does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLActor, vtkOpenGLPolyDataMapper

from render.stage.cell_texture import CellTexture
from render.stage.shading import Code, install_shader, set_uniform

ROW = 256
"""How many slots share a row of the texture."""

_READ = """
uniform sampler2D slots;
vec4 slotTexel(int texel) {{
  int slot = first + int(vertexMC.x + 0.5);
  return texelFetch(slots, ivec2((slot % {row}) * {texels} + texel, slot / {row}), 0);
}}
"""
_EMPTY = "\nif (int(vertexMC.x + 0.5) >= count) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);"


class Slots:
    """Draws quads from `texels` texels each by shader `code`, whose vertex code gets at them by `slotTexel(i)`.

    There `vertexMC.y` is the corner's number, and places are in world units relative to the eye. `textures` and
    `uniforms`, by name, are for the fragment code; `focal` is known to both.
    """

    def __init__(
        self,
        texels: int,
        code: Code,
        focal: float,
        uniforms: Mapping[str, Sequence[float]] | None = None,
        textures: Mapping[str, CellTexture] | None = None,
    ) -> None:
        self._texels, self._focal, self._uniforms = texels, focal, uniforms or {}
        read = _READ.format(row=ROW, texels=texels)
        self._code = code._replace(vertex_declarations=read + code.vertex_declarations, vertex=code.vertex + _EMPTY)
        self._data = CellTexture(mipmaps=False, smooth=False)
        self._textures = {"slots": self._data, **(textures or {})}
        self._actors: list[_SlotActor] = []

    def fill(self, quads: NDArray[np.float32]) -> None:
        """Take the texels of all quads of a frame, (n, texels, 4)."""
        rows = max(2, 1 << (max(1, -(-len(quads) // ROW)) - 1).bit_length())
        padded = np.zeros((rows * ROW, self._texels, 4), np.float32)
        padded[: len(quads)] = quads
        self._data.fill(padded.reshape(rows, ROW * self._texels, 4))

    def actor(self, number: int, first: int, count: int, eye: NDArray[np.float64], samples: int) -> vtkOpenGLActor:
        """What draws `count` quads from the `first` on, as the run of that `number` in the frame.

        Each pixel is drawn as `samples` by `samples` smaller ones, of which the camera shows one at a time.
        """
        while len(self._actors) <= number:
            made = _SlotActor(self._code)
            for name, texture in self._textures.items():
                made.actor.GetProperty().SetTexture(name, texture.texture)
            properties = made.actor.GetShaderProperty()
            set_uniform(properties.GetVertexCustomUniforms(), "focal", self._focal)
            for name, value in self._uniforms.items():
                set_uniform(properties.GetFragmentCustomUniforms(), name, value)
            self._actors.append(made)
        self._actors[number].show(first, count, eye, samples)
        return self._actors[number].actor


class _SlotActor:
    """A mesh of slots, at least as many as are asked for; those beyond stand empty, out of the picture."""

    def __init__(self, code: Code) -> None:
        self._room = 0
        self._mapper = vtkOpenGLPolyDataMapper()
        self._mapper.ScalarVisibilityOff()
        self._mapper.SetVBOShiftScaleMethod(0)
        self.actor = vtkOpenGLActor()
        self.actor.SetMapper(self._mapper)
        # Drawn in the opaque pass, from back to front, blending only at the edges.
        self.actor.ForceOpaqueOn()
        install_shader(self.actor, code)
        self._uniforms = self.actor.GetShaderProperty().GetVertexCustomUniforms()

    def show(self, first: int, count: int, eye: NDArray[np.float64], samples: int) -> None:
        if not count <= self._room <= 4 * count + 64:
            self._room = 1 << max(5, (count - 1).bit_length())
            self._mapper.SetInputData(_mesh(self._room))
        self._uniforms.SetUniformi("first", first)
        self._uniforms.SetUniformi("count", count)
        set_uniform(self.actor.GetShaderProperty().GetFragmentCustomUniforms(), "samples", float(samples))
        self.actor.SetPosition(*eye)


def _mesh(slots: int) -> pv.PolyData:
    points = np.zeros((slots, 4, 3), np.float32)
    points[..., 0] = np.arange(slots)[:, None]
    points[..., 1] = np.arange(4)
    quads = np.column_stack([np.full(slots, 4), np.arange(4 * slots).reshape(slots, 4)])
    return pv.PolyData(points.reshape(-1, 3), faces=quads.ravel())


def runs(planes: NDArray[np.float64]) -> dict[float, tuple[int, int]]:
    """Of the planes of quads, in ascending order: at which quad each begins, and how many there are."""
    if len(planes) == 0:
        return {}
    firsts = np.flatnonzero(np.concatenate([[True], planes[1:] != planes[:-1]]))
    counts = np.diff(np.append(firsts, len(planes)))
    return dict(zip(planes[firsts].tolist(), zip(firsts.tolist(), counts.tolist(), strict=True), strict=True))
