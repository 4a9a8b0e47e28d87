"""A formula set on a card: as mathematics, and below it its numbers, each in the colour of what it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from render.model import Formula
from render.model.explain import Term
from render.overlay import fonts
from render.overlay.maths import MathsSetter
from render.overlay.page import NUMBERS, SYMBOLS, Page
from render.overlay.stroke import Stroke
from render.overlay.text import CAP_HEIGHT, Lettering, Shaped, Style, shape
from render.overlay.typeset import SCRIPT_SIZE
from render.theme import Colour, Theme

LEADING = 1.62
"""From line to line, in font sizes."""

BELOW = 0.7
"""Between the mathematics and the numbers, in font sizes of the numbers."""

SMALLER = 0.85
"""By how much the numbers shrink at a time when there are too many."""


@dataclass(frozen=True)
class SetFormula:
    """A formula in lines, its top left corner at (0, 0).

    tied: which of the letters stand for cells of other tensors, the first of each tensor, and the terms they are
    lines: how many lines of numbers there are
    """

    width: float
    height: float
    letters: tuple[Lettering, ...]
    strokes: tuple[Stroke, ...]
    tied: tuple[tuple[int, Term], ...]
    lines: int


@dataclass(frozen=True)
class _Piece:
    """A term of the numbers, shaped."""

    term: Term
    shaped: Shaped


@dataclass(frozen=True)
class FormulaSetter:
    """Sets formulas on cards of one page."""

    page: Page
    theme: Theme

    @property
    def least(self) -> float:
        return self.page.type_size(0.0)

    @property
    def symbols(self) -> float:
        return max(self.page.type_size(SYMBOLS), self.least / SCRIPT_SIZE)

    @property
    def numbers(self) -> float:
        return self.page.type_size(NUMBERS)

    @property
    def maths(self) -> MathsSetter:
        return MathsSetter(self.theme, self.least)

    def colour(self, term: Term) -> Colour:
        """The colour of what a term stands for."""
        if term.kind == "result":
            return self.theme.accent_text
        if term.kind == "operator" or term.kind == "note":
            return self.theme.muted
        return self.theme.tones[term.kind].text

    def set(self, formula: Formula, width: float, height: float) -> SetFormula:
        """As large as fits `width` and `height`; numbers for which small letters do not do are left out at the end."""
        size = self.numbers
        made = self._set(formula, size, width, None)
        while made.height > height and size * SMALLER >= self.least:
            size *= SMALLER
            made = self._set(formula, size, width, None)
        while made.height > height and made.lines > 1:
            made = self._set(formula, size, width, made.lines - 1)
        return made

    def _set(self, formula: Formula, size: float, width: float, most: int | None) -> SetFormula:
        """Equals signs below one another, the numbers in `size`, of their lines at most `most`."""
        left, right = _left_side(self._pieces(formula.numbers, size))
        head = self.maths.equation(formula.equation, self.symbols, width, _width(left))
        column, indent = head.equals, _width(right[:1])
        letters = list(head.letters)
        tied: dict[str, tuple[int, Term]] = {}
        baseline = head.height + BELOW * size + CAP_HEIGHT * size
        lines = self._lines(right, width - column, indent, most, size)
        for n, line in enumerate(lines):
            x = column + indent if n else column - _width(left)
            for piece in line if n else (*left, *line):
                if piece.term.cell is not None:
                    tied.setdefault(piece.term.cell.tensor, (len(letters), piece.term))
                letters.append(Lettering(piece.shaped, x, baseline + n * LEADING * size, self.theme.card))
                x += piece.shaped.width
        tied.pop(formula.result.tensor, None)
        right_edge = max(head.width, *(lettering.area.right for lettering in letters))
        height = baseline + (len(lines) - 1) * LEADING * size
        return SetFormula(right_edge, height, tuple(letters), head.strokes, tuple(tied.values()), len(lines))

    def _pieces(self, terms: Sequence[Term], size: float) -> list[_Piece]:
        pieces = []
        for term in terms:
            weight = fonts.MEDIUM if term.kind in ("operator", "note") else fonts.SEMIBOLD
            pieces.append(_Piece(term, shape(term.text, Style(size, self.colour(term), weight))))
        return pieces

    def _lines(
        self, pieces: list[_Piece], width: float, indent: float, most: int | None, size: float
    ) -> list[list[_Piece]]:
        """Pieces in lines of at most `width`; all but the first start `indent` in. There is one line at least.

        A line breaks before a plus or a minus or after a comma; where that is not enough, between any two pieces.
        """
        lines: list[list[_Piece]] = [[]]
        for chunk in _chunks(pieces):
            whole = _width(chunk) <= width - indent
            for part in [chunk] if whole else [[piece] for piece in chunk]:
                room = width if len(lines) == 1 else width - indent
                if lines[-1] and _width(lines[-1]) + _width(part) > room:
                    lines.append([])
                lines[-1] += part
        if most is not None and len(lines) > most:
            lines = lines[:most]
            lines[-1][-1:] = self._pieces([Term(" …", "note")], size)
        return lines


def _chunks(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Pieces that belong together: products, the members of a list."""
    chunks: list[list[_Piece]] = []
    for i, piece in enumerate(pieces):
        after_comma = i > 0 and pieces[i - 1].term.text == ", "
        if not chunks or piece.term.text in (" + ", " − ") or after_comma:
            chunks.append([])
        chunks[-1].append(piece)
    return chunks


def _width(pieces: Sequence[_Piece]) -> float:
    return sum(piece.shaped.width for piece in pieces)


def _left_side(pieces: list[_Piece]) -> tuple[list[_Piece], list[_Piece]]:
    """What stands before the equals sign, and the sign and what stands after it."""
    for i, piece in enumerate(pieces):
        if piece.term.text == " = ":
            return pieces[:i], pieces[i:]
    return pieces, []
