"""The labels that come by themselves: parts of the model from afar, tensors from nearer, letters above their columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import skia
from numpy.typing import NDArray

from render.layout import Axis, Box, Layout
from render.model import Run
from render.overlay import fonts, names
from render.overlay.area import Area
from render.overlay.page import AXIS, LABEL, SECTION, SUBTITLE, Page
from render.overlay.settle import Candidate, Claim, settle, smoothstep
from render.overlay.sight import Faces, Points, Sight
from render.overlay.text import CAP_HEIGHT, DESCENT, Lettering, Style, faded, gliding, shape
from render.overlay.token_row import written
from render.theme import Theme

WIDER = 1.6
"""How many times as wide as its box a title may be."""

SOLID = (0.45, 0.75)
"""From how solid on a box has a label, and from where on all of it."""

PARTS_NEAR, BLOCK_NEAR, BRANCH_NEAR = (0.34, 0.42), (0.60, 0.68), (0.52, 0.60)
"""How near a part of the model is when the names of what is in it take the place of its own: between these shares of
the picture, measured along its sides (the root of its area). For a part without parts, a block, a branch of a block."""


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


@dataclass(frozen=True)
class _Sign:
    """The words of a label: a line of text, and perhaps a second one below it."""

    lines: tuple[tuple[str, Style], ...]

    @property
    def width(self) -> float:
        return max(shape(text, style).width for text, style in self.lines)

    @property
    def height(self) -> float:
        first, last = self.lines[0][1].size, self.lines[-1][1].size
        return CAP_HEIGHT * first + DESCENT * last + sum(1.22 * style.size for _, style in self.lines[1:])

    def at(self, x: float, top: float, align: float, ground: tuple[float, float, float]) -> tuple[Lettering, ...]:
        """With its top at `top`; `align` 0 starts at x, 0.5 is centred there, 1 ends there."""
        letters = []
        baseline = top + CAP_HEIGHT * self.lines[0][1].size
        for i, (text, style) in enumerate(self.lines):
            baseline += 1.22 * style.size if i > 0 else 0.0
            shaped = shape(text, style)
            letters.append(Lettering(shaped, x - align * shaped.width, baseline, ground))
        return tuple(letters)


class AutoLabels:
    """Finds the labels of one layout on one page."""

    def __init__(self, layout: Layout, run: Run, faces: Faces, page: Page, theme: Theme) -> None:
        self.layout, self.run, self.faces, self.page, self.theme = layout, run, faces, page, theme
        self._known: dict[tuple[str, ...], NDArray[np.intp]] = {}
        size = {share: page.type_size(share) for share in (LABEL, SECTION, SUBTITLE, AXIS)}
        self.title = Style(size[LABEL], theme.ink, fonts.SEMIBOLD, halo=theme.page)
        self.subtitle = Style(size[SUBTITLE], theme.muted, fonts.MEDIUM, halo=theme.page)
        self.section = Style(size[SECTION], theme.ink, fonts.SEMIBOLD, halo=theme.page)
        self.letter = Style(size[AXIS], theme.ink, fonts.SEMIBOLD, halo=theme.page)
        self.dim = Style(size[AXIS], theme.muted, fonts.MEDIUM, italic=True, halo=theme.page)
        self.sections = names.sections(layout.graph)
        # Front boxes first, large ones before small ones: a rank that no camera move changes.
        area = [box.width * box.height for box in faces.boxes]
        self.order = sorted(range(len(area)), key=lambda i: (-faces.high[i, 2], -area[i], i))
        self.signs = [self._sign(box) for box in faces.boxes]
        self.widths = np.array([sign.width for sign in self.signs])

    def place(self, sight: Sight, taken: list[Claim]) -> list[PlacedLabel]:
        """The labels that are seen, with everything in `taken` left free."""
        near = np.zeros(len(self.faces.boxes))
        sections = list(self._sections(sight, near))
        candidates = [*self._letters(sight), *sections, *self._titles(sight, near)]
        shown = settle(candidates, taken, 0.5 * self.title.size)
        return [PlacedLabel(candidate.area, candidate.letters, alpha) for candidate, alpha in shown]

    def _sign(self, box: Box) -> _Sign:
        lines = [(names.title(box, self.layout.graph), self.title)]
        head = names.head(box, self.layout.graph)
        return _Sign((*lines, (head, self.subtitle)) if head else tuple(lines))

    # --- parts of the model ---------------------------------------------------------------------------------------

    def _sections(self, sight: Sight, near: Points) -> Iterator[Candidate]:
        """The names of parts that are far enough away. Notes in `near` how near the boxes are for names of their own."""
        for section in self.sections:
            members = self._members(section.all_tensors)
            share = self._share(sight, members)
            span = BLOCK_NEAR if section.parts else PARTS_NEAR
            closeness = smoothstep(*span, share)
            near[self._members(section.tensors)] = closeness
            yield from self._section(sight, section.title, members, 1 - closeness)
            for part in section.parts:
                members = self._members(part.tensors)
                own = smoothstep(*BRANCH_NEAR, self._share(sight, members))
                near[members] = own
                yield from self._section(sight, part.title, members, closeness * (1 - own))

    def _members(self, tensors: tuple[str, ...]) -> NDArray[np.intp]:
        """The numbers of the boxes that show any of `tensors`."""
        if tensors not in self._known:
            boxes = [box.id for box in self.faces.boxes if box.tensor in set(tensors)]
            self._known[tensors] = np.array([self.faces.index[id] for id in boxes], np.intp)
        return self._known[tensors]

    def _share(self, sight: Sight, members: NDArray[np.intp]) -> float:
        """How much of the picture boxes span, measured along its sides."""
        if len(members) == 0:
            return 0.0
        if not sight.ahead[members].all():
            return 1.0
        area, picture = self._span(sight, members), self.page.picture
        return float(np.sqrt(area.width * area.height / (picture.width * picture.height)))

    def _span(self, sight: Sight, members: NDArray[np.intp]) -> Area:
        areas = sight.areas[members]
        return Area(*(float(side) for side in (*areas[:, :2].min(axis=0), *areas[:, 2:].max(axis=0))))

    def _section(self, sight: Sight, title: str, members: NDArray[np.intp], ramp: float) -> Iterator[Candidate]:
        if ramp <= 0 or len(members) == 0 or not sight.ahead[members].all():
            return
        area = self._span(sight, members)
        sign = _Sign(((title, self.section),))
        ramp *= smoothstep(0.8, 1.0, max(WIDER * area.width, 0.6 * area.height) / sign.width)
        ramp *= smoothstep(*SOLID, float(np.mean(sight.alphas[members])))
        if ramp > 0:
            yield from self._around(sight, f"{title} {members[0]}", sign, area, members, ramp)

    def _around(
        self, sight: Sight, subject: str, sign: _Sign, area: Area, members: NDArray[np.intp], ramp: float
    ) -> Iterator[Candidate]:
        gap = 0.55 * self.section.size
        x = area.centre[0]
        depth = float(self.faces.high[members, 2].max())
        for top in (area.top - gap - sign.height, area.bottom + gap):
            yield self._candidate(sight, subject, sign.at(x, top, 0.5, self.theme.page), depth, ramp)

    # --- tensors ----------------------------------------------------------------------------------------------------

    def _titles(self, sight: Sight, near: Points) -> Iterator[Candidate]:
        frame_height = self.page.unit
        areas = sight.areas
        width, height = areas[:, 2] - areas[:, 0], areas[:, 3] - areas[:, 1]
        picture = self.page.picture
        seen = (areas[:, 2] > picture.left) & (areas[:, 0] < picture.right)
        seen &= (areas[:, 3] > picture.top) & (areas[:, 1] < picture.bottom)
        worth = np.maximum(WIDER * width, 0.55 * height) / self.widths
        large = np.maximum(width, height) / frame_height
        seen &= sight.ahead & (sight.alphas > SOLID[0]) & (near > 0) & (worth > 0.9) & (large > 0.07)
        for i in self.order:
            if seen[i]:
                ramp = smoothstep(0.95, 1.15, float(worth[i])) * smoothstep(0.07, 0.10, float(large[i]))
                ramp *= float(near[i]) * smoothstep(*SOLID, float(sight.alphas[i]))
                yield from self._title(sight, i, ramp)

    def _title(self, sight: Sight, i: int, ramp: float) -> Iterator[Candidate]:
        """A title above its box or below it; beside it, right or left, when the box is flat."""
        box, sign = self.faces.boxes[i], self.signs[i]
        gap = 0.42 * self.title.size
        upper, lower = self._edges(sight, i)
        above = self._letter_room(sight, box)
        depth = float(self.faces.high[i, 2])
        left, top, right, bottom = sight.areas[i]
        flat = smoothstep(2.4, 1.8, float(bottom - top) / self.title.size)
        for x, align in ((right + gap, 0.0), (left - gap, 1.0)):
            if flat > 0:
                letters = sign.at(float(x), float(top + bottom - sign.height) / 2, align, self.theme.page)
                yield self._candidate(sight, box.id, letters, depth, ramp * flat, box.tensor)
        for edge, below in ((upper, False), (lower, True)):
            x, y = self._clear(edge, sign.width, below)
            y = y + gap if below else y - gap - above - sign.height
            yield self._candidate(sight, box.id, sign.at(x, y, 0.5, self.theme.page), depth, ramp, box.tensor)

    def _edges(self, sight: Sight, i: int) -> tuple[Points, Points]:
        """The pixels of a box's outermost upper and lower edge, sides and all: front edge and back edge, (2, 2, 2)."""
        low, high = self.faces.low[i], self.faces.high[i]
        corners = [(x, y, z) for y in (high[1], low[1]) for z in (high[2], low[2]) for x in (low[0], high[0])]
        pixels = sight.project(np.array(corners)).reshape(2, 2, 2, 2)
        return pixels[0], pixels[1]

    def _clear(self, edge: Points, width: float, below: bool) -> tuple[float, float]:
        """Where text `width` wide is centred on the visible part of an edge, and the y that clears all of it there."""
        picture = self.page.picture
        front = edge[0]
        left, right = max(front[0, 0], picture.left), min(front[1, 0], picture.right)
        x = float((left + right) / 2)
        ends = np.clip([x - width / 2, x + width / 2], front[0, 0], max(front[1, 0], front[0, 0] + 1e-6))
        ys = [np.interp(end, line[:, 0], line[:, 1]) for line in edge for end in ends]
        return x, float(max(ys) if below else min(ys))

    # --- letters ------------------------------------------------------------------------------------------------------

    def _letters(self, sight: Sight) -> Iterator[Candidate]:
        for i in self.order:
            box = self.faces.boxes[i]
            if not sight.ahead[i] or sight.alphas[i] < SOLID[0]:
                continue
            for along, axis in (("columns", box.columns), ("rows", box.rows)):
                ramp = self._letter_ramp(sight, box, axis, along) * smoothstep(*SOLID, float(sight.alphas[i]))
                if ramp > 0:
                    letters = self._letters_along(sight, box, axis, along)
                    if letters:
                        yield self._candidate(sight, f"{box.id} {along}", letters, float(self.faces.high[i, 2]), ramp, box.tensor)

    def _texts(self, sight: Sight) -> list[str]:
        tokenizer = self.run.model.tokenizer
        tokens = self.run.steps[sight.state.step].tokens
        return [written(tokenizer.text(token)) if tokenizer else str(token) for token in tokens]

    def _letter_ramp(self, sight: Sight, box: Box, axis: Axis, along: str) -> float:
        """Letters belong to sides along which positions run, where they have room; beside the first two from afar."""
        if axis.dim is None or box.kind in ("weight", "aggregate"):
            return 0.0
        if self.layout.graph[box.tensor].dims[axis.dim] not in ("t", "s"):
            return 0.0
        quad = sight.quads[self.faces.index[box.id]]
        side = quad[1] - quad[0] if along == "columns" else quad[3] - quad[0]
        step = float(np.linalg.norm(side)) / axis.count
        widest = max(shape(text, self.letter).width for text in self._texts(sight))
        room = step / (widest + 0.3 * self.letter.size if along == "columns" else 1.15 * self.letter.size)
        first = box.tensor in ("tokens", "embed")
        return smoothstep(0.95, 1.2, room) if first else smoothstep(1.6, 2.0, room)

    def _letter_room(self, sight: Sight, box: Box) -> float:
        return 1.3 * self.letter.size * self._letter_ramp(sight, box, box.columns, "columns")

    def _letters_along(self, sight: Sight, box: Box, axis: Axis, along: str) -> tuple[Lettering, ...]:
        texts = self._texts(sight)[axis.start : axis.stop]
        middles = np.arange(len(texts)) + 0.5
        upper, _ = self._edges(sight, self.faces.index[box.id])
        letters = []
        for text, middle in zip(texts, middles, strict=True):
            shaped = shape(text, self.letter)
            if along == "columns":
                x, y = sight.project([box.place(middle, 0)])[0]
                y = min(y, *(np.interp(x, line[:, 0], line[:, 1]) for line in upper))
                letters.append(Lettering(shaped, x - shaped.width / 2, y - 0.4 * self.letter.size, self.theme.page))
            else:
                x, y = sight.project([box.place(0, middle)])[0]
                x -= 0.45 * self.letter.size + shaped.width
                letters.append(Lettering(shaped, x, y + CAP_HEIGHT * self.letter.size / 2, self.theme.page))
        return tuple(letter for letter in letters if self.page.label_room.holds(letter.area))

    # --- all ----------------------------------------------------------------------------------------------------------

    def _candidate(
        self, sight: Sight, subject: str, letters: tuple[Lettering, ...], depth: float, ramp: float, tensor: str = ""
    ) -> Candidate:
        """A candidate that gives way to nearer boxes over it, to boxes that it would cover, and to the picture's edge."""
        area = Area.union(lettering.area for lettering in letters)
        inside = self.page.label_room
        out = max(inside.left - area.left, inside.top - area.top, area.right - inside.right, area.bottom - inside.bottom)
        ramp *= smoothstep(0.0, -0.25 * self.title.size, out)
        if ramp > 0:
            in_front, behind = sight.covered(area, depth, tensor)
            ramp *= smoothstep(0.30, 0.0, in_front) * smoothstep(0.22, 0.06, behind)
        return Candidate(subject, area, letters, ramp)
