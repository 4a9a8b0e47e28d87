"""The names of the parts of a model, seen from afar: its embedding, its blocks, a block's branches, its output."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from render.layout import Layout
from render.overlay import fonts, names
from render.overlay.area import Area
from render.overlay.faces import Faces, Points
from render.overlay.page import LABEL, SECTION, Page
from render.overlay.settle import Candidate, smoothstep
from render.overlay.sight import Sight
from render.overlay.sign import SOLID, Sign, bid
from render.overlay.text import Style
from render.theme import Theme

NEAR, BLOCK_NEAR, BRANCH_NEAR = (0.375, 0.385), (0.94, 0.965), (0.510, 0.520)
"""How near a part of the model is when the names of what is in it take the place of its own: between these shares of
the picture, measured along its sides (the root of its area). For a part without branches, a block, a branch."""

BRANCH_SEEN = (0.270, 0.278)
"""How near the nearest branch of a block is when all of them have names beside those of their blocks."""

FEW = 4
"""Up to how many blocks are told apart by their names wherever they stand."""

ABOVE = (3.2, 3.6)
"""How wide a block is, in widths of its name, when that stands above it though other blocks are there."""

MOST = (0.4, 0.6)
"""Which share of the blocks in the picture have their names when all that can have one do."""

STREAM = (1.25, 1.45)
"""How broad the gap between the branches of a block is, beside its number, when that stands there on the stream."""


class SectionLabels:
    """Finds the names of the parts of one layout's model, or of one of its cast."""

    def __init__(self, layout: Layout, faces: Faces, page: Page, theme: Theme, member: str = "") -> None:
        self.faces, self.page, self.theme = faces, page, theme
        self.tall = layout.orientation == "tall"
        self.style = Style(page.type_size(SECTION), theme.ink, fonts.SEMIBOLD, halo=theme.page)
        self.branch = Style(page.type_size(LABEL), theme.ink, fonts.MEDIUM, halo=theme.page)
        self.sections = names.sections(layout.graph, member)
        parts = [section.all_tensors for section in self.sections]
        parts += [part.tensors for section in self.sections for part in section.parts]
        self._whole = _Groups(faces, parts)
        self._own = _Groups(faces, [section.tensors for section in self.sections])
        self.folded = self._is_folded()

    def _is_folded(self) -> bool:
        """Whether the blocks stand in several rows, so that what is above one or below it belongs to others."""
        members = [self._whole.members(i) for i, section in enumerate(self.sections) if section.parts]
        across = 0 if self.tall else 1
        low = [float(self.faces.low[own, across].min()) for own in members if len(own)]
        high = [float(self.faces.high[own, across].max()) for own in members if len(own)]
        return len(low) > FEW and max(low) > min(high)

    def candidates(self, sight: Sight, near: Points) -> Iterator[Candidate]:
        """The names of parts that are far away. Notes in `near`, (n,), how near each box is for a name of its own."""
        spans = self._whole.spans(sight)
        n = len(self.sections)
        named: list[list[Candidate]] = []
        for i, section in enumerate(self.sections):
            closeness = smoothstep(*(BLOCK_NEAR if section.parts else NEAR), self._share(spans[i]))
            near[self._own.members(i)] = closeness
            if self.folded and section.parts:
                branch = n + sum(len(each.parts) for each in self.sections[:i])
                branches = spans[branch : branch + len(section.parts)]
                if len(self._whole.members(i)) and sight.on_frame[self._whole.members(i)].any():
                    named.append([*self._within(sight, section.title, i, spans[i], branches, 1 - closeness)])
            else:
                yield from self._around(sight, section.title, self.style, i, spans[i], 1 - closeness)
        # Names of some blocks here and there are noise: most have theirs, or none.
        told = sum(max((name.ramp for name in names), default=0.0) for names in named) / max(len(named), 1)
        calm = smoothstep(*MOST, told)
        yield from (replace(name, ramp=name.ramp * calm) for names in named for name in names)
        parts = [part for section in self.sections for part in section.parts]
        shares = [self._share(spans[n + i]) for i in range(len(parts))]
        seen = smoothstep(*BRANCH_SEEN, max(shares, default=0.0))
        for i, (part, share) in enumerate(zip(parts, shares, strict=True)):
            closeness = smoothstep(*BRANCH_NEAR, share)
            near[self._whole.members(n + i)] = closeness
            yield from self._around(sight, part.title, self.branch, n + i, spans[n + i], seen * (1 - closeness))

    def _share(self, span: Area | None) -> float:
        """How much of the picture a part spans, measured along its sides; all of it when the camera is in it."""
        picture = self.page.picture
        return 1.0 if span is None else math.sqrt(span.width * span.height / (picture.width * picture.height))

    def _within(
        self, sight: Sight, title: str, part: int, area: Area | None, branches: Sequence[Area | None], ramp: float
    ) -> Iterator[Candidate]:
        """The name of a block that others stand around: beside its first branch, where the block leaves room, or on
        the stream between the first branch and the last.

        Where that has no room for it there is the block's number alone; a block that is near has its name above.
        """
        members = self._whole.members(part)
        branch, last = branches[0], branches[-1]
        if ramp <= 0 or area is None or branch is None or last is None:
            return
        ramp *= smoothstep(*SOLID, float(np.mean(sight.alphas[members])))
        depth, subject = float(sight.faces.high[members, 2].max()), f"{title} {members[0]}"
        name, number = (Sign(((text, self.style),)) for text in (title, title.split()[-1]))
        gap, level = 0.55 * self.style.size, branch.centre[1] - name.height / 2
        above = (area.centre[0], area.top - gap - name.height, 0.5)
        if self.tall:
            inside, room = (branch.centre[0], branch.top - gap - name.height, 0.5), branch.width
        else:
            near = 0.3 * self.style.size
            inside, room = (branch.left - near, level, 1.0), branch.left - area.left - near
        large = smoothstep(*ABOVE, area.width / name.width)
        whole = smoothstep(1.0, 1.15, room / name.width)
        fits = smoothstep(0.85, 1.0, room / number.width)
        on_stream = (
            ((branch.right + last.left) / 2, area.centre[1])
            if self.tall
            else (area.centre[0], (branch.bottom + last.top) / 2)
        )
        gap = last.left - branch.right if self.tall else last.top - branch.bottom
        stream = (1 - whole) * smoothstep(*STREAM, gap / (number.width if self.tall else number.height))
        for sign, (x, top, align), strength in (
            (name, above, large),
            (name, inside, (1 - large) * whole),
            (number, (on_stream[0], on_stream[1] - number.height / 2, 0.5), (1 - large) * stream),
            (number, inside, (1 - large) * (1 - whole) * (1 - stream) * fits),
        ):
            if strength > 0:
                letters = sign.at(x, top, align, self.theme.page)
                yield bid(sight, self.page, subject, letters, depth, ramp * strength)

    def _around(
        self, sight: Sight, title: str, style: Style, part: int, area: Area | None, ramp: float
    ) -> Iterator[Candidate]:
        """A name above its part or below it; in tall layouts, whose parts stand below one another, beside it too."""
        members = self._whole.members(part)
        if ramp <= 0 or area is None or len(members) == 0:
            return
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


class _Groups:
    """Boxes in groups, by the tensors that they show."""

    def __init__(self, faces: Faces, groups: Sequence[Sequence[str]]) -> None:
        of_tensor = np.argsort(faces.tensors, kind="stable")
        starts = np.searchsorted(faces.tensors[of_tensor], np.arange(len(faces.numbers) + 1))
        found = []
        for group in groups:
            own = (faces.numbers[name] for name in group)
            found.append(np.concatenate([of_tensor[:0], *(of_tensor[starts[k] : starts[k + 1]] for k in own)]))
        self._ends = np.cumsum([0, *(len(members) for members in found)])
        self._all = np.concatenate([of_tensor[:0], *found])

    def members(self, group: int) -> NDArray[np.intp]:
        """The numbers of a group's boxes."""
        return self._all[self._ends[group] : self._ends[group + 1]]

    def spans(self, sight: Sight) -> list[Area | None]:
        """What each group spans on the frame; None where the camera is among its boxes."""
        spans: list[Area | None] = [Area(0.0, 0.0, 0.0, 0.0)] * (len(self._ends) - 1)
        filled = np.flatnonzero(np.diff(self._ends))
        if not len(filled):
            return spans
        starts = self._ends[filled]
        areas = sight.areas[self._all]
        low, high = np.minimum.reduceat(areas[:, :2], starts), np.maximum.reduceat(areas[:, 2:], starts)
        ahead = np.logical_and.reduceat(sight.ahead[self._all], starts)
        sides = np.concatenate([low, high], 1).tolist()
        for group, whole, span in zip(filled.tolist(), ahead.tolist(), sides, strict=True):
            spans[group] = Area(*span) if whole else None
        return spans
