"""All boxes that are seen from afar: those whose cells are too small to be told apart, drawn a plane at a time."""

from __future__ import annotations

import numpy as np
import vtk
from numpy.typing import NDArray

from render.stage.atlas import Atlas
from render.stage.box_shaders import FAR
from render.stage.cell_texture import CellTexture
from render.stage.crowd import KINDS, Array, Crowd, Sight
from render.stage.slots import Slots
from render.theme import Theme
from render.timeline import View

FAINTEST = 0.004
"""What covers less of every pixel cannot be seen."""

SLIMMEST_SIDE = 0.3
"""Sides that show fewer pixels of their depth are left out."""


class FarBoxes:
    """Draws boxes by their tiles in an atlas, or blank where there is none.

    A slot is one face. Its texels: the box's corner relative to the eye, its alpha; its size in world units, a code of
    face, kind, sequence and which of its sides are drawn; its columns and rows, how many cells are computed; its tile.
    """

    def __init__(self, crowd: Crowd, atlas: Atlas | None, theme: Theme, focal: float) -> None:
        self._crowd = crowd
        n = len(crowd)
        self._fixed = np.zeros((n, 4, 4), np.float32)
        self._fixed[:, 1, :3] = crowd.extent
        self._fixed[:, 2, :2] = crowd.cells
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

    def stand(
        self, seen: NDArray[np.bool_], sight: Sight, alpha: Array, computed: Array
    ) -> dict[float, tuple[int, int]]:
        """Take what is drawn of a frame: of the boxes `seen`, what is not too faint. By plane: first slot and count."""
        breadth = sight.faces
        solid = np.minimum(breadth[:, 0], 1.0) * alpha
        places = np.flatnonzero(seen & ((solid > FAINTEST) | (breadth[:, 1:].max(axis=1) * alpha > SLIMMEST_SIDE)))
        planes, plane = np.unique(self._crowd.plane[places], return_inverse=True)
        places = places[np.lexsort((-sight.away(places), plane))]
        shown = breadth[places]
        shown = np.column_stack([shown[:, 0] * alpha[places] > FAINTEST, shown[:, 1:] > SLIMMEST_SIDE])
        quads = self._fixed[places]
        quads[:, 0, :3] = sight.corner[places]
        quads[:, 0, 3] = alpha[places]
        quads[:, 2, 2] = computed[places]
        quads[:, 1, 3] = self._code[places] + shown[:, 1:] @ np.array([128, 256, 512, 1024])
        box, face = np.nonzero(shown)
        quads = quads[box]
        quads[:, 1, 3] += face
        self._slots.fill(quads)
        counts = np.bincount(np.searchsorted(planes, self._crowd.plane[places])[box], minlength=len(planes))
        ends = np.cumsum(counts)
        return {float(z): (int(end - n), int(n)) for z, end, n in zip(planes, ends, counts, strict=True) if n}

    def actor(self, number: int, first: int, count: int, view: View) -> vtk.vtkOpenGLActor:
        return self._slots.actor(number, first, count, view.eye)
