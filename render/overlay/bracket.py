"""Brackets along the sides of a region, with the name and the size of the dimension that runs there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import skia

from render.layout import Axis, Box, Layout, Point, Rect
from render.model import Graph, Region, TensorSpec
from render.overlay import fonts, names
from render.overlay.area import Area
from render.overlay.markup import parse
from render.overlay.page import BRACKET, LEAST_TEXT, Page
from render.overlay.settle import smoothstep
from render.overlay.sight import Points, Sight
from render.overlay.text import Lettering, faded, gliding, paint_of
from render.overlay.typeset import SCRIPT_SIZE, TextBlock, manner, set_text
from render.theme import Colour, Theme
from render.timeline import Bracket

CLEAR, LEG, WORDS = 0.18, 0.45, 0.40
"""How far a bracket keeps from the box, how long its ends are, and how far its words keep from it, in font sizes."""

SHORT = (0.7, 1.1)
"""From how long on a side has a bracket, and from where on wholly, in font sizes."""

ROOM = 4.0
"""How many units stay free beside a box where a bracket is put below it, or right of it, without a look elsewhere."""

LONGEST = 24.0
"""How wide words may be, in font sizes."""

_OUTWARD: dict[str, tuple[float, float]] = {"top": (0, 1), "right": (1, 0), "bottom": (0, -1), "left": (-1, 0)}


@dataclass(frozen=True)
class Edge:
    """A side of a region in the world, along which a dimension runs.

    start, end: its corners on the front; outward: away from the region; depth: how thick the box is behind it
    whole:      how many cells the dimension has in all, and how many of them the side has
    """

    dim: str
    start: Point
    end: Point
    outward: Point
    depth: float
    count: int
    whole: int


@dataclass(frozen=True)
class PlacedBracket:
    """A bracket in its place; `line` are its four pixels, from end to end."""

    subject: str
    line: Points
    letters: tuple[Lettering, ...]
    alpha: float
    page: Page
    theme: Theme
    colour: Colour
    name: str = "bracket"

    @property
    def words(self) -> Area:
        return Area.union(lettering.area for lettering in self.letters)

    @property
    def area(self) -> Area:
        return Area.union([self.words, Area.around(self.line)])

    def draw(self, canvas: skia.Canvas) -> None:
        pixel = self.page.pixel
        path = skia.Path()
        path.addPoly([skia.Point(*point) for point in self.line.tolist()], False)
        with faded(canvas, self.alpha, self.page.frame):
            canvas.save()
            canvas.clipRect(self.page.label_room.rect)
            canvas.drawPath(path, paint_of(self.theme.page, 0.9, 5.0 * pixel))
            canvas.drawPath(path, paint_of(self.colour, 1.0, 2.0 * pixel))
            canvas.restore()
            plate = self.words.grown(4 * pixel)
            canvas.drawRoundRect(plate.rect, 5 * pixel, 5 * pixel, paint_of(self.theme.page))
            with gliding(canvas):
                for lettering in self.letters:
                    lettering.draw(canvas)


class BracketSetter:
    """Sets brackets of one layout on one page."""

    def __init__(self, layout: Layout, page: Page, theme: Theme) -> None:
        self.layout, self.page, self.theme = layout, page, theme
        # An index must be large enough to read, too.
        self.size = page.type_size(BRACKET, LEAST_TEXT / SCRIPT_SIZE)
        self._known: dict[tuple[str, Colour], TextBlock] = {}

    def place(self, bracket: Bracket, sight: Sight) -> Iterator[PlacedBracket]:
        """The brackets of the sides that are seen."""
        graph = sight.run.steps[sight.state.step].graph
        spec = graph[bracket.region.tensor]
        region = Region(
            spec.name,
            tuple((low, min(high, size)) for (low, high), size in zip(bracket.region.ranges, spec.shape, strict=True)),
        )
        for i, edge in enumerate(self._edges(region, spec, graph)):
            if bracket.sides is None or edge.dim in bracket.sides:
                symbol = names.symbol(edge.dim, spec, graph)
                usual = f"{symbol} = {edge.count:,}" if edge.count == edge.whole else f"{edge.count:,} of {symbol}"
                words = usual if bracket.text is None else bracket.text
                placed = self._place(f"{region} {i}", edge, words, bracket.alpha, sight)
                if placed is not None:
                    yield placed

    # --- sides --------------------------------------------------------------------------------------------------

    def _edges(self, region: Region, spec: TensorSpec, graph: Graph) -> Iterator[Edge]:
        """The sides of two cells or more: of each front box, and into the depth where heads stand behind it."""
        stacks: dict[tuple[float, float], list[tuple[Box, Rect]]] = {}
        for box, cells in self.layout.find(region):
            stacks.setdefault(box.corner[:2], []).append((box, cells))
        for stack in stacks.values():
            stack.sort(key=lambda piece: -piece[0].corner[2])
            front, (c0, r0, c1, r1) = stack[0]
            width, height = front.width, front.height
            if c1 - c0 > 1:
                side = self._freer(front, "bottom", "top")
                row = height if side == "bottom" else 0
                yield self._edge(front, front.columns, spec, front.place(c0, row), front.place(c1, row), side)
            if r1 - r0 > 1:
                side = self._freer(front, "right", "left")
                column = width if side == "right" else 0
                yield self._edge(front, front.rows, spec, front.place(column, r0), front.place(column, r1), side)
            if len(stack) > 1:
                yield from self._deep(stack, graph)

    def _edge(self, box: Box, axis: Axis, spec: TensorSpec, start: Point, end: Point, side: str) -> Edge:
        assert axis.dim is not None
        dim, whole = spec.dims[axis.dim], spec.shape[axis.dim]
        if dim in spec.splits:  # the heads stand apart: what runs along the side is what one of them has
            dim, whole = spec.splits[dim][-1]
        count = round(abs(end[0] - start[0]) + abs(end[1] - start[1]))
        return Edge(dim, start, end, (*_OUTWARD[side], 0.0), box.depth, count, whole)

    def _freer(self, box: Box, usual: Literal["bottom", "right"], other: Literal["top", "left"]) -> str:
        """The side of a box that has a bracket: the usual one, or the other where only that has room."""
        return usual if self._gap(box, usual) >= min(ROOM * self.layout.unit, self._gap(box, other)) else other

    def _gap(self, box: Box, side: str) -> float:
        """How far it is from a side of a box to the next box there in its plane."""
        lows, highs = self.layout.extents
        low, high = np.array(box.bounds.low), np.array(box.bounds.high)
        axis = 0 if side in ("left", "right") else 1
        beside = (lows[:, 1 - axis] < high[1 - axis]) & (highs[:, 1 - axis] > low[1 - axis])
        beside &= np.abs(highs[:, 2] - high[2]) < ROOM * self.layout.unit
        gaps = lows[:, axis] - high[axis] if side in ("right", "top") else low[axis] - highs[:, axis]
        return float(np.min(gaps[beside & (gaps > -1e-6)], initial=np.inf))

    def _deep(self, stack: list[tuple[Box, Rect]], graph: Graph) -> Iterator[Edge]:
        """Into the depth, at each corner of the boxes: that on the outline of the whole is seen."""
        (front, _), (back, _) = stack[0], stack[-1]
        for column, x in ((0, -1.0), (front.width, 1.0)):
            for row, y in ((0, 1.0), (front.height, -1.0)):
                start, end = front.place(column, row), back.place(column, row)
                yield Edge("h", start, end, (x, y, 0.0), 0.0, len(stack), graph.dims["h"])

    # --- places -------------------------------------------------------------------------------------------------

    def _place(self, subject: str, edge: Edge, words: str, alpha: float, sight: Sight) -> PlacedBracket | None:
        seen = sight.view.project([edge.start, edge.end])
        if (seen[:, 2] <= 0.5).any():
            return None
        corners, along = seen[:, :2], seen[1, :2] - seen[0, :2]
        length = float(np.hypot(*along))
        alpha *= smoothstep(*SHORT, length / self.size)
        if alpha <= 0:
            return None
        outward = self._outward(edge, corners, sight)
        normal = np.array([along[1], -along[0]]) / length
        normal *= np.sign(normal @ outward.sum(axis=0))
        if edge.start[2] != edge.end[2]:
            alpha *= self._on_outline(edge, normal, sight)
        # The ends reach over the side of the box where that is seen behind the front.
        behind = sight.project([(x, y, z - edge.depth) for x, y, z in (edge.start, edge.end)]) - corners
        reach = (CLEAR + LEG) * self.size + max(0.0, float((behind @ normal).max()))
        straight = reach / np.maximum(outward @ normal, 0.25)
        clear = CLEAR * self.size / np.maximum(outward @ normal, 0.25)
        heads = corners + outward * straight[:, None]
        line = np.stack([corners[0] + outward[0] * clear[0], heads[0], heads[1], corners[1] + outward[1] * clear[1]])
        alpha *= self._open(edge, sight)
        letters = self._letters(words, self.theme.dims.get(edge.dim, self.theme.ink), heads, normal)
        if letters is None or alpha <= 0:
            return None
        words_area = Area.union(lettering.area for lettering in letters)
        room = self.page.label_room
        out = max(room.left - words_area.left, room.top - words_area.top)
        out = max(out, words_area.right - room.right, words_area.bottom - room.bottom)
        alpha *= smoothstep(0.0, -0.25 * self.size, out)
        colour = self.theme.dims.get(edge.dim, self.theme.ink)
        return PlacedBracket(subject, line, letters, alpha, self.page, self.theme, colour)

    def _outward(self, edge: Edge, corners: Points, sight: Sight) -> Points:
        """Which way is out on the frame at both ends: unit vectors, (2, 2)."""
        step = 0.01 * np.array(edge.outward)
        ways = sight.project(np.array([edge.start, edge.end]) + step) - corners
        return np.asarray(ways / np.maximum(np.hypot(*ways.T), 1e-9)[:, None])

    def _on_outline(self, edge: Edge, normal: Points, sight: Sight) -> float:
        """Whether a line into the depth bounds what is seen of the boxes, so that its outside is free."""
        step = np.array([(edge.outward[0], 0.0, 0.0), (0.0, edge.outward[1], 0.0)])
        ways = sight.project(np.array(edge.start) + step) - sight.project([edge.start])
        return smoothstep(0.0, 0.1, float((ways @ normal / np.hypot(*ways.T)).min()))

    def _open(self, edge: Edge, sight: Sight) -> float:
        """How far a side is not hidden behind nearer boxes."""
        start, end = np.array(edge.start), np.array(edge.end)
        points = start + (end - start) * np.linspace(0.02, 0.98, 17)[:, None] + 0.05 * np.array(edge.outward)
        return smoothstep(0.6, 0.2, float(sight.hidden(points).mean()))

    def _letters(self, words: str, colour: Colour, heads: Points, normal: Points) -> tuple[Lettering, ...] | None:
        """The words at the middle of what is in the picture of a bracket's line, clear of it."""
        steps = heads[0] + (heads[1] - heads[0]) * np.linspace(0, 1, 65)[:, None]
        room = self.page.label_room
        inside = (steps[:, 0] >= room.left) & (steps[:, 0] <= room.right)
        inside &= (steps[:, 1] >= room.top) & (steps[:, 1] <= room.bottom)
        if not inside.any() or not words.strip():
            return None
        middle = (steps[inside][0] + steps[inside][-1]) / 2
        if (words, colour) not in self._known:
            style = manner(self.size, colour, colour, fonts.SEMIBOLD)
            self._known[words, colour] = set_text(parse(words), style, LONGEST * self.size)
        block = self._known[words, colour]
        half = np.array([block.width, block.height]) / 2
        x, y = middle + normal * (WORDS * self.size + float(np.abs(normal) @ half))
        area = Area.at(x - half[0], y - half[1], block.width, block.height)
        return block.placed(area, self.theme.page, centred=True)
