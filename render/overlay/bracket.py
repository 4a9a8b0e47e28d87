"""Brackets along the sides of a region, with the name and the size of the dimension that runs there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import skia

from render.layout import Axis, Bounds, Box, Layout, Point, Rect
from render.model import Graph, Region, TensorSpec
from render.overlay import fonts, names
from render.overlay.area import Area
from render.overlay.faces import Points
from render.overlay.markup import parse
from render.overlay.page import BRACKET, LEAST_TEXT, Page
from render.overlay.settle import smoothstep
from render.overlay.sight import Sight
from render.overlay.text import Lettering, faded, paint_of
from render.overlay.typeset import SCRIPT_SIZE, TextBlock, manner, set_text
from render.theme import Colour, Theme
from render.timeline import Bracket

CLEAR, LEG, WORDS = 0.16, 0.34, 0.34
"""How far a bracket keeps from the box, how long its ends are, and how far its words keep from it, in font sizes."""

SHORT = (0.7, 1.1)
"""From how long on a side has a bracket, and from where on wholly, in font sizes."""

COVERED = (0.30, 0.15)
"""What share of the words may lie over other boxes, at most and without any effect, while another place is free."""

LONGEST = 24.0
"""How wide words may be, in font sizes."""


@dataclass(frozen=True)
class Edge:
    """A side of a region in the world, along which a dimension runs.

    start, end: its corners on the front
    outward:    away from the region
    depth:      how thick the box is behind the front
    count:      how many cells the side has, of the `whole` dimension
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
        with faded(canvas, self.alpha, self.area.grown(8 * pixel)):
            canvas.save()
            canvas.clipRect(self.page.label_room.rect)
            canvas.drawPath(path, paint_of(self.theme.page, 0.9, 5.0 * pixel))
            canvas.drawPath(path, paint_of(self.colour, 1.0, 2.0 * pixel))
            canvas.restore()
            plate = self.words.grown(4 * pixel)
            canvas.drawRoundRect(plate.rect, 5 * pixel, 5 * pixel, paint_of(self.theme.page))
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
        """The brackets of the sides that are seen, each in all the places where it could be, the best first.

        A place that covers other boxes is there only in so far as it covers little of them; the first one is there once
        more at the end, for when all of them do.
        """
        graph = sight.run.steps[sight.state.step].graph
        spec = graph[bracket.region.tensor]
        spans = zip(bracket.region.ranges, spec.shape, strict=True)
        region = Region(spec.name, tuple((low, min(high, size)) for (low, high), size in spans))
        for i, edges in enumerate(self._sides(region, spec, graph)):
            dim, count, whole = edges[0].dim, edges[0].count, edges[0].whole
            if bracket.sides is not None and dim not in bracket.sides:
                continue
            symbol = names.symbol(dim, spec, graph)
            usual = f"{symbol} = {count:,}" if count == whole else f"{count:,} of {symbol}"
            words = usual if bracket.text is None else bracket.text
            found = [self._place(f"{region} {i}", edge, words, bracket.alpha, sight) for edge in edges]
            for edge, placed in zip(edges, found, strict=True):
                if placed is not None:
                    covered = sum(sight.covered(placed.words, edge.start[2], spec.name))
                    yield replace(placed, alpha=placed.alpha * smoothstep(*COVERED, covered))
            yield from [placed for placed in found if placed is not None][:1]

    # --- sides --------------------------------------------------------------------------------------------------

    def _sides(self, region: Region, spec: TensorSpec, graph: Graph) -> Iterator[list[Edge]]:
        """The sides of two cells or more, each at both ends of the box; then those into the depth, of heads.

        Those of one box, of the front one where heads stand behind one another.
        """
        stacks: dict[tuple[float, float], list[list[tuple[Box, Rect]]]] = {}
        for face in self.layout.faces(region):
            stacks.setdefault(face[0][0].corner[:2], []).append(face)
        for stack in stacks.values():
            stack.sort(key=lambda face: -face[0][0].corner[2])
            front = stack[0]
            box = front[0][0]
            cells = Bounds.around(own.around(rect) for own, rect in front)
            whole = Bounds.around(own.bounds for own in self.layout.face_of(box))
            columns, rows = _count(front, box.columns), _count(front, box.rows)
            (x0, y0, _), (x1, y1, z) = cells.low, cells.high
            if columns > 1:
                yield [
                    self._edge(box, box.columns, columns, spec, (x0, side, z), (x1, side, z), (0.0, y, 0.0))
                    for side, y in ((whole.low[1], -1.0), (whole.high[1], 1.0))
                ]
            if rows > 1:
                yield [
                    self._edge(box, box.rows, rows, spec, (side, y1, z), (side, y0, z), (x, 0.0, 0.0))
                    for side, x in ((whole.high[0], 1.0), (whole.low[0], -1.0))
                ]
            if len(stack) > 1:
                yield self._deep(whole, stack[-1][0][0].corner[2], len(stack), spec, graph)

    def _edge(
        self, box: Box, axis: Axis, count: int, spec: TensorSpec, start: Point, end: Point, outward: Point
    ) -> Edge:
        assert axis.dim is not None
        dim, whole = spec.dims[axis.dim], spec.shape[axis.dim]
        if dim in spec.splits:  # the heads stand apart: what runs along the side is what one of them has
            dim, whole = spec.splits[dim][-1]
        return Edge(dim, start, end, outward, box.depth, count, whole)

    def _deep(self, front: Bounds, back: float, count: int, spec: TensorSpec, graph: Graph) -> list[Edge]:
        """Into the depth, at each corner of the boxes: those on the outline of the whole are seen."""
        (x0, y0, _), (x1, y1, z) = front.low, front.high
        dim = "h" if "h" in spec.sizes else "g"
        heads = graph.of_model(spec.name).dims[dim]
        return [
            Edge(dim, (column, row, z), (column, row, back), (x, y, 0.0), 0.0, count, heads)
            for row, y in ((y1, 1.0), (y0, -1.0))
            for column, x in ((x1, 1.0), (x0, -1.0))
        ]

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


def _count(face: list[tuple[Box, Rect]], axis: Axis) -> int:
    """How many cells of a face lie side by side along an axis of its boxes."""
    if axis.dim is None:
        return 1
    spans = [box.region(cells).ranges[axis.dim] for box, cells in face]
    return max(stop for _, stop in spans) - min(start for start, _ in spans)
