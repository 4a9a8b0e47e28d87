"""The formula card: how one cell was computed, in symbols and with its real numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import skia

from render.model import Formula, Graph
from render.model.explain import Term
from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.marks import draw_curve, hanging_curve
from render.overlay.page import INDEX, NUMBERS, SYMBOLS, Page
from render.overlay.plate import best_place, draw_plate
from render.overlay.sight import Sight
from render.overlay.text import CAP_HEIGHT, Lettering, Shaped, Style, faded, shape
from render.theme import Colour, Theme
from render.timeline import Card

WIDEST, TALL_WIDEST = 0.66, 0.94
"""How much of the frame's width a card may take."""

LEADERS = 4
"""How many of the numbers are tied to their cells: the first of each tensor, up to so many."""

LEADING = 1.62
"""From line to line, in font sizes."""


@dataclass(frozen=True)
class Leader:
    """A line from a number on the card to the cell it stands for."""

    path: skia.Path
    colour: Colour


@dataclass(frozen=True)
class PlacedCard:
    """A card in its place."""

    area: Area
    letters: tuple[Lettering, ...]
    leaders: tuple[Leader, ...]
    alpha: float
    page: Page
    theme: Theme
    name: str = "card"

    def draw(self, canvas: skia.Canvas) -> None:
        with faded(canvas, self.alpha, self.page.frame):
            for leader in self.leaders:
                draw_curve(canvas, self.page, leader.path, leader.colour, self.theme.page, 1.0)
            draw_plate(canvas, self.area, 0.55 * self.page.type_size(NUMBERS), self.page, self.theme)
            for lettering in self.letters:
                lettering.draw(canvas)


@dataclass(frozen=True)
class _Piece:
    """A term of a formula, shaped; `drop` pixels below the line."""

    term: Term
    shaped: Shaped
    drop: float = 0.0


@dataclass(frozen=True)
class _Set:
    """A formula in lines, its top left corner at (0, 0)."""

    width: float
    height: float
    letters: tuple[Lettering, ...]
    tied: tuple[tuple[int, Term], ...]
    """Which letters are tied to a cell, and the terms that they are."""


class CardSetter:
    """Sets formula cards on one page. A formula is set once."""

    def __init__(self, graph: Graph, page: Page, theme: Theme) -> None:
        self.graph, self.page, self.theme = graph, page, theme
        self.index = page.type_size(INDEX)
        self.symbols = max(page.type_size(SYMBOLS), 1.3 * self.index)
        self.numbers = max(page.type_size(NUMBERS), 1.12 * self.symbols)
        self.padding = 0.95 * self.numbers
        widest = (TALL_WIDEST if page.tall else WIDEST) * page.width
        self.widest = min(page.picture.width, widest) - 2 * self.padding
        self._known: dict[Formula, _Set] = {}

    def place(self, card: Card, sight: Sight, avoid: Sequence[tuple[Area, float]]) -> PlacedCard:
        """The card where it covers least of `avoid`, with its leaders."""
        if card.formula not in self._known:
            self._known[card.formula] = self._fit(card.formula)
        made = self._known[card.formula]
        result = sight.centre(card.formula.result)
        near = (float(result[1][0]), float(result[1][1])) if result else None
        area = best_place(made.width, made.height, self.page.picture, avoid, near)
        letters = tuple(lettering.moved(area.left, area.top) for lettering in made.letters)
        leaders = tuple(self._leaders(made, letters, area, sight))
        return PlacedCard(area, letters, leaders, card.alpha, self.page, self.theme)

    def _leaders(self, made: _Set, letters: Sequence[Lettering], area: Area, sight: Sight) -> Iterator[Leader]:
        for i, term in made.tied:
            found = sight.centre(term.cell) if term.cell is not None else None
            if found is None or sight.hidden(found[0])[0]:
                continue
            end = Area.around([found[1]])
            if self.page.picture.holds(end) and not area.grown(6 * self.page.pixel).holds(end):
                up = end.top < area.bottom
                start = np.array([letters[i].area.centre[0], area.top if up else area.bottom])
                yield Leader(hanging_curve(start, found[1], up), self._colour(term))

    def _fit(self, formula: Formula) -> _Set:
        """As large as fits the picture; what does not fit even in small letters is cut off."""
        room = self.page.picture.height
        for smaller in (1.0, 0.85, 0.7):
            size = max(smaller * self.numbers, self.index)
            made = self._set(formula, size, MANY)
            if made.height <= room:
                return made
        excess = made.height - room
        return self._set(formula, size, made.n_lines - math.ceil(excess / (LEADING * size)))

    def _set(self, formula: Formula, size: float, most: int) -> _Set:
        """The symbols above the numbers, equals signs below one another; of the numbers at most `most` lines."""
        rows = [
            self._pieces(formula, formula.symbols, self.symbols),
            self._pieces(formula, formula.numbers, self.numbers),
        ]
        sides = [_left_side(row) for row in rows]
        column = max(_width(left) for left, _ in sides)
        letters: list[Lettering] = []
        tied: list[tuple[int, Term]] = []
        seen = {formula.result.tensor}
        baseline = self.padding - LEADING * self.symbols + 0.9 * CAP_HEIGHT * self.symbols
        for row, ((left, right), size) in enumerate(zip(sides, (self.symbols, self.numbers), strict=True)):
            indent = _width(right[:1]) if right else 0.0
            for n, line in enumerate(_lines(right, self.widest - column, indent) or [[]]):
                baseline += LEADING * size
                x = self.padding + column - (_width(left) if n == 0 else -indent)
                for piece in (*left, *line) if n == 0 else line:
                    cell = piece.term.cell
                    if row == 1 and cell is not None and cell.tensor not in seen:
                        seen.add(cell.tensor)
                        tied.append((len(letters), piece.term))
                    letters.append(Lettering(piece.shaped, x, baseline + piece.drop, self.theme.card))
                    x += piece.shaped.width
        right_edge = max(lettering.area.right for lettering in letters)
        height = baseline + 0.1 * CAP_HEIGHT * self.numbers + self.padding
        return _Set(right_edge + self.padding, height, tuple(letters), tuple(tied[:LEADERS]))

    def _pieces(self, formula: Formula, terms: Sequence[Term], size: float) -> list[_Piece]:
        pieces = []
        for term in terms:
            weight = fonts.MEDIUM if term.kind in ("operator", "note") else fonts.SEMIBOLD
            italic = terms is formula.symbols and term.cell is not None and term.text.isalpha()
            pieces.append(_Piece(term, shape(term.text, Style(size, self._colour(term), weight, italic))))
        if terms is formula.symbols:
            pieces.insert(1, self._index_of(formula))
        return pieces

    def _index_of(self, formula: Formula) -> _Piece:
        """Which cell it is, as an index of the result: t = 3, a = 9."""
        dims = self.graph[formula.result.tensor].dims
        text = ", ".join(f"{dim}={start}" for dim, (start, _) in zip(dims, formula.result.ranges, strict=True))
        style = Style(self.index, self.theme.muted, fonts.MEDIUM)
        return _Piece(Term(text, "note"), shape(f" {text}", style), 0.22 * self.symbols)

    def _colour(self, term: Term) -> Colour:
        if term.kind == "result":
            return self.theme.accent_text
        if term.kind == "operator" or term.kind == "note":
            return self.theme.muted
        return self.theme.tones[term.kind].text


def _width(pieces: Sequence[_Piece]) -> float:
    return sum(piece.shaped.width for piece in pieces)


def _left_side(pieces: list[_Piece]) -> tuple[list[_Piece], list[_Piece]]:
    """What stands before the equals sign, and the sign and what stands after it."""
    for i, piece in enumerate(pieces):
        if piece.term.text == " = ":
            return pieces[:i], pieces[i:]
    return pieces, []


def _lines(pieces: list[_Piece], width: float, indent: float) -> list[list[_Piece]]:
    """Pieces in lines of at most `width`; all but the first start `indent` in.

    A line breaks before a plus or a minus or after a comma; where that is not enough, between any two pieces.
    """
    chunks: list[list[_Piece]] = []
    for i, piece in enumerate(pieces):
        after_comma = i > 0 and pieces[i - 1].term.text == ", "
        if not chunks or piece.term.text in (" + ", " − ") or after_comma:
            chunks.append([])
        chunks[-1].append(piece)
    lines: list[list[_Piece]] = []
    for chunk in chunks:
        fits = _width(chunk) <= width - indent
        for part in [chunk] if fits else [[piece] for piece in chunk]:
            if lines and _width(lines[-1]) + _width(part) <= width - (indent if len(lines) > 1 else 0.0):
                lines[-1] += part
            else:
                lines.append(list(part))
    return lines
