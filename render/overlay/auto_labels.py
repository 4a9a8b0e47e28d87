"""The labels that come by themselves: parts of the model from afar, tensors from nearer, letters at their columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import skia
from numpy.typing import NDArray

from render.layout import Layout
from render.model import Run
from render.overlay import fonts, names
from render.overlay.area import Area
from render.overlay.faces import Faces, Points
from render.overlay.page import LABEL, SUBTITLE, Page
from render.overlay.run_labels import RunLabels
from render.overlay.section_labels import SectionLabels
from render.overlay.settle import Candidate, Claim, settle, smoothstep
from render.overlay.side_labels import SideLabels
from render.overlay.sight import Sight
from render.overlay.sign import SOLID, Sign, bid
from render.overlay.text import Lettering, Style, faded
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
        with faded(canvas, self.alpha, self.area.grown(0.3 * self.area.height)):
            for lettering in self.letters:
                lettering.draw(canvas)


class AutoLabels:
    """Finds the labels of one layout on one page."""

    def __init__(self, layout: Layout, run: Run, faces: Faces, page: Page, theme: Theme) -> None:
        self.layout, self.faces, self.page, self.theme = layout, faces, page, theme
        self.title = Style(page.type_size(LABEL), theme.ink, fonts.SEMIBOLD, halo=theme.page)
        self.subtitle = Style(page.type_size(SUBTITLE), theme.muted, fonts.MEDIUM, halo=theme.page)
        # Front boxes first, large ones before small ones: a rank that no camera move changes.
        cells = np.array([box.width * box.height for box in faces.boxes])
        self.order = np.lexsort((np.arange(len(cells)), -cells, -faces.high[:, 2]))
        members = list(layout.graph.cast) or [""]
        self.sections = [SectionLabels(layout, faces, page, theme, member) for member in members]
        self.sides = SideLabels(layout, run, faces, self.order.tolist(), page, theme)
        self.runs = RunLabels(layout, faces, page, theme)
        self._rows = self._long_faces()
        self._signs: dict[int, Sign] = {}
        self._others: dict[int, NDArray[np.intp]] = {}
        self._stacks: dict[str, dict[str, NDArray[np.intp]]] = {}

    def place(self, sight: Sight, taken: Sequence[Claim], said: Mapping[str, float]) -> list[PlacedLabel]:
        """The labels that are seen, with everything in `taken` left free.

        Names of parts that a title in the picture says already are left out, as far as it is there, 0 to 1.
        """
        near = np.zeros(len(self.faces.boxes))
        parts = [
            replace(part, ramp=part.ramp * (1 - said.get(part.letters[0].shaped.text, 0.0)))
            for sections in self.sections
            for part in sections.candidates(sight, near)
        ]
        candidates = [*self.sides.words(sight), *parts, *self._titles(sight, near)]
        candidates += [*self.sides.dims(sight), *self.runs.candidates(sight, near)]
        shown = settle(candidates, taken, CLEARANCE * self.title.size)
        return [PlacedLabel(candidate.area, candidate.letters, alpha) for candidate, alpha in shown]

    def _sign(self, i: int) -> Sign:
        """The title of the tensor that box number `i` shows, and below it which head the box is of."""
        if i not in self._signs:
            box = self.faces.boxes[i]
            head = names.head(box, self.layout.graph)
            title = (names.title(box, self.layout.graph), self.title)
            self._signs[i] = Sign((title, (head, self.subtitle)) if head else (title,))
        return self._signs[i]

    def _long_faces(self) -> dict[int, NDArray[np.intp]]:
        """The boxes that make one face together, where a long dimension is cut up, by the first of them: the title of
        the face is its."""
        found: dict[int, NDArray[np.intp]] = {}
        for i, box in enumerate(self.faces.boxes):
            if i not in found and self.layout.of_model(box.tensor).spans:
                members = [self.faces.index[own.id] for own in self.layout.face_of(box)]
                if len(members) > 1:
                    found |= dict.fromkeys(members, np.array(members, np.intp))
        return found

    def _siblings(self, i: int) -> NDArray[np.intp]:
        """The other boxes that say the same as box number `i`, of other heads: only the front one has a title."""
        if i in self._others:
            return self._others[i]
        tensor, graph = self.faces.boxes[i].tensor, self.layout.graph
        if tensor not in self._stacks:
            alike: dict[str, list[int]] = {}
            for box in self.layout.of_tensor(tensor):
                alike.setdefault(names.title(box, graph), []).append(self.faces.index[box.id])
            self._stacks[tensor] = {title: np.array(numbers, np.intp) for title, numbers in alike.items()}
        stack = self._stacks[tensor][self._sign(i).lines[0][0]]
        self._others[i] = np.setdiff1d(stack, self._rows.get(i, np.array([i])))
        return self._others[i]

    def _titles(self, sight: Sight, near: Points) -> Iterator[Candidate]:
        areas = sight.areas.copy() if self._rows else sight.areas
        for i, members in self._rows.items():
            if i == members[0]:
                areas[i, :2], areas[i, 2:] = areas[members, :2].min(axis=0), areas[members, 2:].max(axis=0)
        left, top, right, bottom = areas.T
        width, height = right - left, bottom - top
        picture = self.page.picture
        seen = (right > picture.left) & (left < picture.right) & (bottom > picture.top) & (top < picture.bottom)
        rooms = np.maximum(WIDER * width, TALLER * height)
        large = np.maximum(width, height) / self.page.unit
        if self._rows:
            seen[[i for i, members in self._rows.items() if i != members[0]]] = False
        seen &= sight.ahead & (sight.alphas > SOLID[0]) & (near > 0) & (large > LARGE[0])
        for i in self.order[seen[self.order]].tolist():
            room = float(rooms[i]) / self._sign(i).width
            if room > 0.95:
                ramp = smoothstep(0.95, 1.15, room) * smoothstep(*LARGE, float(large[i]))
                ramp *= float(near[i]) * smoothstep(*SOLID, float(sight.alphas[i]))
                others = self._siblings(i)
                nearer = others[sight.faces.high[others, 2] > sight.faces.high[i, 2]]
                for alpha, count in Counter(sight.alphas[nearer].tolist()).items():
                    ramp *= (1 - smoothstep(*SOLID, alpha)) ** count
                if ramp > 0:
                    yield from self._title(sight, i, areas[i].tolist(), ramp)

    def _title(self, sight: Sight, i: int, area: list[float], ramp: float) -> Iterator[Candidate]:
        """A title above its box or below it; first beside it, right or left, when the box is flat."""
        box, sign, depth = sight.faces.boxes[i], self._sign(i), float(sight.faces.high[i, 2])
        gap = 0.42 * self.title.size
        left, top, right, bottom = area
        upper, lower = sight.edges(self._rows.get(i, i))
        flat = smoothstep(2.4, 1.8, (bottom - top) / self.title.size)
        above, over = self._clear(upper, sign.width, below=False)
        others = self._siblings(i)
        for behind in self._tops(sight, others[(sight.alphas[others] > SOLID[0]) & sight.ahead[others]], above):
            over = min(over, behind) if over - behind < 3 * self.title.size else over
        rise = max(self.sides.height(sight, own) for own in self._rows.get(i, np.array([i])).tolist())
        beneath, under = self._clear(lower, sign.width, below=True)
        level = (top + bottom - sign.height) / 2
        for x, y, align, strength in (
            (right + gap, level, 0.0, ramp * flat),
            (left - gap, level, 1.0, ramp * flat),
            (above, over - gap - rise - sign.height, 0.5, ramp),
            (beneath, under + gap, 0.5, ramp),
        ):
            if strength > 0:
                yield bid(sight, self.page, box.id, sign.at(x, y, align, self.theme.page), depth, strength, box.tensor)

    def _tops(self, sight: Sight, boxes: NDArray[np.intp], x: float) -> list[float]:
        """How high on the frame the upper edges of boxes' backs are at `x`, or where they end before it."""
        if not len(boxes):
            return []
        low, high = sight.faces.low[boxes], sight.faces.high[boxes]
        ends = [np.stack([across, high[:, 1], low[:, 2]], 1) for across in (low[:, 0], high[:, 0])]
        left, right = (sight.project(end) for end in ends)
        part = np.clip((x - left[:, 0]) / np.maximum(right[:, 0] - left[:, 0], 1e-9), 0.0, 1.0)
        tops: list[float] = (left[:, 1] + part * (right[:, 1] - left[:, 1])).tolist()
        return tops

    def _clear(self, edge: Points, width: float, below: bool) -> tuple[float, float]:
        """Where text `width` wide is centred on the visible part of an edge, and the y that clears all of it there."""
        picture = self.page.picture
        lines = edge.tolist()
        (start, _), (stop, _) = lines[0]
        x = (max(start, picture.left) + min(stop, picture.right)) / 2
        ends = [min(max(end, start), max(stop, start + 1e-6)) for end in (x - width / 2, x + width / 2)]
        ys = [level(line, end) for line in lines for end in ends]
        return x, max(ys) if below else min(ys)


def level(line: list[list[float]], x: float) -> float:
    """How high a line from one pixel to another, which runs to the right, is at x; beyond its ends, as high as they."""
    (x0, y0), (x1, y1) = line
    return y0 if x <= x0 else y1 if x >= x1 else y0 + (x - x0) / (x1 - x0) * (y1 - y0)
