"""The names of the parts of a model, seen from afar: its embedding, its blocks, a block's branches, its output."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from render.layout import Layout
from render.overlay import fonts, names
from render.overlay.area import Area
from render.overlay.page import SECTION, Page
from render.overlay.settle import Candidate, smoothstep
from render.overlay.sight import Faces, Points, Sight
from render.overlay.sign import SOLID, Sign, bid
from render.overlay.text import Style
from render.theme import Theme

PARTS_NEAR, BLOCK_NEAR, BRANCH_NEAR = (0.34, 0.42), (0.60, 0.68), (0.52, 0.60)
"""How near a part of the model is when the names of what is in it take the place of its own: between these shares of
the picture, measured along its sides (the root of its area). For a part without parts, a block, a branch of a block."""


class SectionLabels:
    """Finds the names of the parts of one layout's model."""

    def __init__(self, layout: Layout, faces: Faces, page: Page, theme: Theme) -> None:
        self.faces, self.page, self.theme = faces, page, theme
        self.style = Style(page.type_size(SECTION), theme.ink, fonts.SEMIBOLD, halo=theme.page)
        self.sections = names.sections(layout.graph)
        self._known: dict[tuple[str, ...], NDArray[np.intp]] = {}

    def candidates(self, sight: Sight, near: Points) -> Iterator[Candidate]:
        """The names of parts that are far away. Notes in `near`, (n,), how near each box is for a name of its own."""
        for section in self.sections:
            members = self._members(section.all_tensors)
            closeness = smoothstep(*(BLOCK_NEAR if section.parts else PARTS_NEAR), self._share(sight, members))
            near[self._members(section.tensors)] = closeness
            yield from self._around(sight, section.title, members, 1 - closeness)
            for part in section.parts:
                members = self._members(part.tensors)
                own = smoothstep(*BRANCH_NEAR, self._share(sight, members))
                near[members] = own
                yield from self._around(sight, part.title, members, closeness * (1 - own))

    def _members(self, tensors: tuple[str, ...]) -> NDArray[np.intp]:
        """The numbers of the boxes that show any of `tensors`."""
        if tensors not in self._known:
            wanted = set(tensors)
            numbers = [i for i, box in enumerate(self.faces.boxes) if box.tensor in wanted]
            self._known[tensors] = np.array(numbers, np.intp)
        return self._known[tensors]

    def _share(self, sight: Sight, members: NDArray[np.intp]) -> float:
        """How much of the picture boxes span, measured along its sides; all of it when the camera is among them."""
        if not sight.ahead[members].all():
            return 1.0
        area, picture = self._span(sight, members), self.page.picture
        return float(np.sqrt(area.width * area.height / (picture.width * picture.height)))

    def _span(self, sight: Sight, members: NDArray[np.intp]) -> Area:
        if len(members) == 0:
            return Area(0.0, 0.0, 0.0, 0.0)
        areas = sight.areas[members]
        return Area(*(float(side) for side in (*areas[:, :2].min(axis=0), *areas[:, 2:].max(axis=0))))

    def _around(self, sight: Sight, title: str, members: NDArray[np.intp], ramp: float) -> Iterator[Candidate]:
        """A name above its part, below it, or beside it."""
        if ramp <= 0 or len(members) == 0 or not sight.ahead[members].all():
            return
        area = self._span(sight, members)
        sign = Sign(((title, self.style),))
        ramp *= smoothstep(0.5, 0.65, max(area.width, area.height) / sign.width)
        ramp *= smoothstep(*SOLID, float(np.mean(sight.alphas[members])))
        gap, level = 0.55 * self.style.size, area.centre[1] - sign.height / 2
        depth = float(self.faces.high[members, 2].max())
        for x, top, align in (
            (area.centre[0], area.top - gap - sign.height, 0.5),
            (area.centre[0], area.bottom + gap, 0.5),
            (area.right + gap, level, 0.0),
            (area.left - gap, level, 1.0),
        ):
            letters = sign.at(x, top, align, self.theme.page)
            yield bid(sight, self.page, f"{title} {members[0]}", letters, depth, ramp)
