"""The names of the parts of a model, seen from afar: its embedding, its blocks, a block's branches, its output."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from render.layout import Layout
from render.overlay import fonts, names
from render.overlay.area import Area
from render.overlay.page import LABEL, SECTION, Page
from render.overlay.settle import Candidate, smoothstep
from render.overlay.sight import Faces, Points, Sight
from render.overlay.sign import SOLID, Sign, bid
from render.overlay.text import Style
from render.theme import Theme

NEAR, BLOCK_NEAR, BRANCH_NEAR = (0.375, 0.385), (0.94, 0.965), (0.510, 0.520)
"""How near a part of the model is when the names of what is in it take the place of its own: between these shares of
the picture, measured along its sides (the root of its area). For a part without branches, a block, a branch."""

BRANCH_SEEN = (0.270, 0.278)
"""How near the nearest branch of a block is when all of them have names beside those of their blocks."""


class SectionLabels:
    """Finds the names of the parts of one layout's model."""

    def __init__(self, layout: Layout, faces: Faces, page: Page, theme: Theme) -> None:
        self.faces, self.page, self.theme = faces, page, theme
        self.tall = layout.orientation == "tall"
        self.style = Style(page.type_size(SECTION), theme.ink, fonts.SEMIBOLD, halo=theme.page)
        self.branch = Style(page.type_size(LABEL), theme.ink, fonts.MEDIUM, halo=theme.page)
        self.sections = names.sections(layout.graph)
        self._known: dict[tuple[str, ...], NDArray[np.intp]] = {}

    def candidates(self, sight: Sight, near: Points) -> Iterator[Candidate]:
        """The names of parts that are far away. Notes in `near`, (n,), how near each box is for a name of its own."""
        for section in self.sections:
            members = self._members(section.all_tensors)
            closeness = smoothstep(*(BLOCK_NEAR if section.parts else NEAR), self._share(sight, members))
            near[self._members(section.tensors)] = closeness
            yield from self._around(sight, section.title, self.style, members, 1 - closeness)
        branches = [(part, self._members(part.tensors)) for section in self.sections for part in section.parts]
        shares = [self._share(sight, members) for _, members in branches]
        seen = smoothstep(*BRANCH_SEEN, max(shares, default=0.0))
        for (part, members), share in zip(branches, shares, strict=True):
            near[members] = smoothstep(*BRANCH_NEAR, share)
            yield from self._around(sight, part.title, self.branch, members, seen * (1 - float(near[members][0])))

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

    def _around(
        self, sight: Sight, title: str, style: Style, members: NDArray[np.intp], ramp: float
    ) -> Iterator[Candidate]:
        """A name above its part or below it; in tall layouts, whose parts stand below one another, beside it too."""
        if ramp <= 0 or len(members) == 0 or not sight.ahead[members].all():
            return
        area = self._span(sight, members)
        sign = Sign(((title, style),))
        ramp *= smoothstep(0.5, 0.65, max(area.width, area.height) / sign.width)
        ramp *= smoothstep(*SOLID, float(np.mean(sight.alphas[members])))
        gap, level = 0.55 * style.size, area.centre[1] - sign.height / 2
        depth = float(sight.faces.high[members, 2].max())
        places = [(area.centre[0], area.top - gap - sign.height, 0.5), (area.centre[0], area.bottom + gap, 0.5)]
        if self.tall:
            places += [(area.right + gap, level, 0.0), (area.left - gap, level, 1.0)]
        for x, top, align in places:
            letters = sign.at(x, top, align, self.theme.page)
            yield bid(sight, self.page, f"{title} {members[0]}", letters, depth, ramp)
