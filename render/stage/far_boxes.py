"""All boxes that are seen from afar: those whose cells are too small to be told apart, drawn a plane at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLActor

from render.stage.atlas import Atlas
from render.stage.box_shaders import FAR
from render.stage.cell_texture import CellTexture
from render.stage.crowd import KINDS, Array, Crowd, Sight
from render.stage.slots import Slots, runs
from render.theme import Theme
from render.timeline import View


class FarBoxes:
    """Draws boxes by their tiles in an atlas, or blank where there is none.

    A slot is one face. Its texels: the box's corner relative to the eye, its alpha; its size in world units, a code of
    face, kind, sequence and which of its sides are drawn; its columns and rows, how many cells are computed; its tile.
    """

    def __init__(self, crowd: Crowd, atlas: Atlas | None, theme: Theme, focal: float) -> None:
        self._crowd = crowd
        n = len(crowd)
        self._fixed = np.zeros((n, 4, 4), np.float32)
        self._fixed[:, 1, :3] = crowd.extent.T
        self._fixed[:, 2, :2] = crowd.cells.T
        self._code = (crowd.kind << 3) + (crowd.by_rows.astype(int) << 6)
        self.atlas, self._texture = atlas, CellTexture(mipmaps=False)
        code, textures = FAR.defining("BLANK"), {}
        uniforms: dict[str, list[float]] = {
            "page": list(theme.page),
            "positive": list(theme.positive),
            "negative": list(theme.negative),
            "grounds": [value for kind in KINDS for value in theme.tones[kind].ground],
            "pales": [value for kind in KINDS for value in theme.tones[kind].pale],
        }
        if atlas is not None:
            code, textures = FAR, {"atlas": self._texture}
            rows, columns = atlas.texels.shape[:2]
            uniforms["atlasSize"] = [float(columns), float(max(rows, 2))]
            self._fixed[:, 3, 0] = atlas.place @ (1, 4096)
            self._fixed[:, 3, 1] = atlas.block @ (1, 32)
            self._fixed[:, 3, 2:] = atlas.size
        self._slots = Slots(4, code, focal, uniforms, textures)
        self._firsts: NDArray[np.int64] = np.zeros(1, int)

    def upload(self) -> None:
        """Take what is in the atlas now."""
        if self.atlas is not None:
            self._texture.fill(self.atlas.texels.copy())

    def stand(self, sight: Sight, computed: Array) -> dict[float, tuple[int, int]]:
        """Take what is drawn of a frame: the boxes of `sight`. By plane: the first slot and the count."""
        faces = sight.faces()
        worth = np.flatnonzero(faces.any(axis=1))
        order = worth[np.lexsort((-sight.away()[worth], self._crowd.plane[sight.places[worth]]))]
        faces, places = faces[order], sight.places[order]
        box, face = np.nonzero(np.roll(faces, -1, axis=1))  # the front comes last, over the edges of the sides
        face = (face + 1) % 5
        code = self._code[places] + faces[:, 1:] @ np.array([128, 256, 512, 1024])
        quads = self._fixed[places[box]]
        quads[:, 0, :3] = sight.corner[:, order[box]].T
        quads[:, 0, 3] = sight.alpha[order[box]]
        quads[:, 1, 3] = code[box] + face
        quads[:, 2, 2] = computed[places[box]]
        self._slots.fill(quads)
        return runs(self._crowd.plane[places[box]])

    def actor(self, number: int, first: int, count: int, view: View, samples: int) -> vtkOpenGLActor:
        return self._slots.actor(number, first, count, view.eye, samples)
