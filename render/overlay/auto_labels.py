"""The labels that come by themselves: parts of the model from afar, tensors from nearer, letters at their columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import skia

from render.layout import Box, Layout
from render.model import Run
from render.overlay import fonts, names
from render.overlay.area import Area
from render.overlay.page import LABEL, SUBTITLE, Page
from render.overlay.section_labels import SectionLabels
from render.overlay.settle import Candidate, Claim, settle, smoothstep
from render.overlay.side_labels import SideLabels
from render.overlay.sight import Faces, Points, Sight
from render.overlay.sign import SOLID, Sign, bid
from render.overlay.text import Lettering, Style, faded, gliding
from render.theme import Theme

WIDER, TALLER = 1.6, 0.55
"""How many times as wide as its box a title may be, or, above a thin box, as the box is tall."""

LARGE = (0.083, 0.090)
"""How long the longer side of a box is on the frame, in units, when it gets a title."""


CLEARANCE = 0.6
"""How near labels may come to each other before the lesser one yields, in font sizes."""


@dataclass(frozen=True)
class PlacedLabel:
    """A label without a plate, in its place."""

    area: Area
    letters: tuple[Lettering, ...]
    alpha: float
    name: str = "label"

    def draw(self, canvas: skia.Canvas) -> None:
        with faded(canvas, self.alpha, self.area.grown(0.3 * self.area.height)), gliding(canvas):
            for lettering in self.letters:
                lettering.draw(canvas)


class AutoLabels:
    """Finds the labels of one layout on one page."""

    def __init__(self, layout: Layout, run: Run, faces: Faces, page: Page, theme: Theme) -> None:
        self.layout, self.faces, self.page, self.theme = layout, faces, page, theme
        self.title = Style(page.type_size(LABEL), theme.ink, fonts.SEMIBOLD, halo=theme.page)
        self.subtitle = Style(page.type_size(SUBTITLE), theme.muted, fonts.MEDIUM, halo=theme.page)
        # Front boxes first, large ones before small ones: a rank that no camera move changes.
        area = [box.width * box.height for box in faces.boxes]
        self.order = sorted(range(len(area)), key=lambda i: (-faces.high[i, 2], -area[i], i))
        self.sections = SectionLabels(layout, faces, page, theme)
        self.sides = SideLabels(layout, run, faces, self.order, page, theme)
        self.signs = [self._sign(box) for box in faces.boxes]
        self.siblings = self._siblings()
        self.widths = np.array([sign.width for sign in self.signs])

    def place(self, sight: Sight, taken: Sequence[Claim], said: Mapping[str, float]) -> list[PlacedLabel]:
        """The labels that are seen, with everything in `taken` left free.

        Names of parts that a title in the picture says already are left out, as far as it is there, 0 to 1.
        """
        near = np.zeros(len(self.faces.boxes))
        parts = [
            replace(part, ramp=part.ramp * (1 - said.get(part.letters[0].shaped.text, 0.0)))
            for part in self.sections.candidates(sight, near)
        ]
        candidates = [*self.sides.letters(sight), *parts, *self._titles(sight, near), *self.sides.dims(sight)]
        shown = settle(candidates, taken, CLEARANCE * self.title.size)
        return [PlacedLabel(candidate.area, candidate.letters, alpha) for candidate, alpha in shown]

    def _sign(self, box: Box) -> Sign:
        """The tensor's title, and below it which head the box is of."""
        head = names.head(box, self.layout.graph)
        title = (names.title(box, self.layout.graph), self.title)
        return Sign((title, (head, self.subtitle)) if head else (title,))

    def _siblings(self) -> list[list[int]]:
        """For each box the boxes of other heads that say the same: only the front one of them has a title."""
        alike: dict[tuple[str, str], list[int]] = {}
        keys = [(box.tensor, sign.lines[0][0]) for box, sign in zip(self.faces.boxes, self.signs, strict=True)]
        for i, key in enumerate(keys):
            alike.setdefault(key, []).append(i)
        return [[other for other in alike[key] if other != i] for i, key in enumerate(keys)]

    def _titles(self, sight: Sight, near: Points) -> Iterator[Candidate]:
        left, top, right, bottom = sight.areas.T
        width, height = right - left, bottom - top
        picture = self.page.picture
        seen = (right > picture.left) & (left < picture.right) & (bottom > picture.top) & (top < picture.bottom)
        room = np.maximum(WIDER * width, TALLER * height) / self.widths
        large = np.maximum(width, height) / self.page.unit
        seen &= sight.ahead & (sight.alphas > SOLID[0]) & (near > 0) & (room > 0.95) & (large > LARGE[0])
        for i in self.order:
            if seen[i]:
                ramp = smoothstep(0.95, 1.15, float(room[i])) * smoothstep(*LARGE, float(large[i]))
                ramp *= float(near[i]) * smoothstep(*SOLID, float(sight.alphas[i]))
                for other in self.siblings[i]:
                    if sight.faces.high[other, 2] > sight.faces.high[i, 2]:
                        ramp *= 1 - smoothstep(*SOLID, float(sight.alphas[other]))
                yield from self._title(sight, i, ramp)

    def _title(self, sight: Sight, i: int, ramp: float) -> Iterator[Candidate]:
        """A title above its box or below it; first beside it, right or left, when the box is flat."""
        box, sign, depth = sight.faces.boxes[i], self.signs[i], float(sight.faces.high[i, 2])
        gap = 0.42 * self.title.size
        left, top, right, bottom = sight.areas[i].tolist()
        upper, lower = sight.edges(i)
        flat = smoothstep(2.4, 1.8, (bottom - top) / self.title.size)
        above, over = self._clear(upper, sign.width, below=False)
        for other in self.siblings[i]:
            if sight.alphas[other] > SOLID[0] and sight.ahead[other]:
                behind = float(np.interp(above, *sight.edges(other)[0][1].T))
                over = min(over, behind) if over - behind < 3 * self.title.size else over
        beneath, under = self._clear(lower, sign.width, below=True)
        level = (top + bottom - sign.height) / 2
        for x, y, align, strength in (
            (right + gap, level, 0.0, ramp * flat),
            (left - gap, level, 1.0, ramp * flat),
            (above, over - gap - self.sides.height(sight, i) - sign.height, 0.5, ramp),
            (beneath, under + gap, 0.5, ramp),
        ):
            if strength > 0:
                yield bid(sight, self.page, box.id, sign.at(x, y, align, self.theme.page), depth, strength, box.tensor)

    def _clear(self, edge: Points, width: float, below: bool) -> tuple[float, float]:
        """Where text `width` wide is centred on the visible part of an edge, and the y that clears all of it there."""
        picture = self.page.picture
        front = edge[0]
        left, right = max(front[0, 0], picture.left), min(front[1, 0], picture.right)
        x = float((left + right) / 2)
        ends = np.clip([x - width / 2, x + width / 2], front[0, 0], max(front[1, 0], front[0, 0] + 1e-6))
        ys = [np.interp(end, line[:, 0], line[:, 1]) for line in edge for end in ends]
        return x, float(max(ys) if below else min(ys))
