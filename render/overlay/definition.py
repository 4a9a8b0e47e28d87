"""The card that defines a tensor: the formula of any cell of it, and below it what the formula's symbols stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from render.model import Equation, Graph, format_value
from render.model.maths import Constant, Row, Sign, Symbol, Text, pieces
from render.overlay import fonts, names
from render.overlay.area import Area
from render.overlay.card import TALL_WIDEST, WIDEST, PlacedCard
from render.overlay.free import Free
from render.overlay.maths import MathsSetter
from render.overlay.page import DEFINITION, LABEL, LEGEND, Page
from render.overlay.plate import best_place
from render.overlay.set_maths import SetMaths, side_by_side
from render.overlay.sight import Sight
from render.overlay.stroke import Stroke
from render.overlay.text import Lettering, Style, shape
from render.overlay.typeset import SCRIPT_SIZE
from render.theme import Theme
from render.timeline import Definition

LEADING = 1.75
"""From line to line of the legend, in its font size."""


@dataclass(frozen=True)
class _Entry:
    """A line of the legend: a symbol, what it is, and what it is by what."""

    symbol: SetMaths
    title: str
    sizes: str


class DefinitionSetter:
    """Sets definitions on one page. Each is set once."""

    def __init__(self, graph: Graph, page: Page, theme: Theme) -> None:
        self.graph, self.page, self.theme = graph, page, theme
        self.least = page.type_size(0.0)
        self.size = max(page.type_size(DEFINITION), self.least / SCRIPT_SIZE)
        self.legend = max(page.type_size(LEGEND), 1.2 * self.least)
        self.maths = MathsSetter(theme, self.least)
        self.title = Style(self.legend, theme.ink, fonts.MEDIUM)
        self.note = Style(page.type_size(LABEL), theme.muted, fonts.MEDIUM)
        self.padding = 0.8 * self.size
        self._known: dict[Equation, tuple[tuple[Lettering, ...], tuple[Stroke, ...], Area]] = {}

    def place(self, definition: Definition, sight: Sight, avoid: Free) -> PlacedCard:
        """The card near its tensor, where it covers least of `avoid`."""
        equation = definition.equation
        if equation not in self._known:
            self._known[equation] = self._set(equation)
        letters, strokes, inner = self._known[equation]
        found = sight.region(definition.region, self.page.picture)
        near = found[0].centre if found else None
        width, height = inner.width + 2 * self.padding, inner.height + 2 * self.padding
        area = best_place(width, height, self.page.picture, avoid, near)
        inset = (area.left + self.padding, area.top + self.padding)
        placed = tuple(lettering.moved(*inset) for lettering in letters)
        drawn = tuple(stroke.moved(*inset) for stroke in strokes)
        radius = 0.4 * self.size
        return PlacedCard(area, placed, drawn, (), radius, definition.alpha, self.page, self.theme, "definition")

    def _set(self, equation: Equation) -> tuple[tuple[Lettering, ...], tuple[Stroke, ...], Area]:
        """The letters and strokes with their top left corner at (0, 0), and what they take up."""
        share = TALL_WIDEST if self.page.tall else WIDEST
        room = min(self.page.picture.width, share * self.page.width) - 2 * self.padding
        head = self.maths.equation(equation, self.size, room)
        letters, strokes = list(head.letters), list(head.strokes)
        top = head.height + 0.75 * self.size
        entries = list(self._entries(equation))
        second = max(entry.symbol.width for entry in entries) + 0.9 * self.legend
        third = second + max(shape(entry.title, self.title).width for entry in entries) + 1.2 * self.legend
        beside = third + max(shape(entry.sizes, self.note).width for entry in entries) <= room
        baseline = top - (LEADING - 0.9) * self.legend
        for entry in entries:
            baseline += LEADING * self.legend
            symbol = entry.symbol.moved(0.0, baseline)
            letters += symbol.letters
            strokes += symbol.strokes
            if entry.title:
                letters.append(Lettering(shape(entry.title, self.title), second, baseline, self.theme.card))
            if entry.sizes:
                x = third if beside else second
                baseline += 0.0 if beside else 1.3 * self.note.size
                letters.append(Lettering(shape(entry.sizes, self.note), x, baseline, self.theme.card))
        constants = self._constants(equation)
        if constants is not None:
            baseline += LEADING * self.legend
            made = constants.moved(0.0, baseline)
            letters += made.letters
            strokes += made.strokes
        right = max(lettering.area.right for lettering in letters)
        return tuple(letters), tuple(strokes), Area(0.0, 0.0, right, baseline)

    def _entries(self, equation: Equation) -> Iterator[_Entry]:
        """The result, and each tensor that is read, once."""
        found: dict[tuple[str, str], Symbol] = {}
        for piece in (equation.left, *pieces(equation.right)):
            if isinstance(piece, Symbol):
                found.setdefault((piece.tensor, piece.part), piece)
        for symbol in found.values():
            spec = self.graph[symbol.tensor]
            thing = spec.things.index(symbol.part) if symbol.part in spec.things else None
            title = spec.title if thing is None else names.holding(spec.title, spec, thing)
            sizes = " × ".join(names.counted(dim, spec.sizes[dim]) for dim in symbol.dims)
            yield _Entry(self.maths.set(replace(symbol, index=()), self.legend), title, sizes)

    def _constants(self, equation: Equation) -> SetMaths | None:
        """What the letters stand for that are numbers: A = 16, ε = 1.0e−5."""
        found = dict.fromkeys(piece for piece in pieces(equation.right) if isinstance(piece, Constant))
        rows = [Row((constant, Sign("="), Text(format_value(constant.value)))) for constant in found]
        made = [self.maths.set(row, self.legend) for row in rows]
        return side_by_side([(1.2 * self.legend * (i > 0), one) for i, one in enumerate(made)]) if made else None
