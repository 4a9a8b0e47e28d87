"""A formula set in lines: its symbols, and below them its numbers, each in the colour of what it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from render.model import Formula, Graph
from render.model.explain import Term
from render.overlay import fonts
from render.overlay.page import INDEX, NUMBERS, SYMBOLS, Page
from render.overlay.text import CAP_HEIGHT, Lettering, Shaped, Style, shape
from render.theme import Colour, Theme

LEADING = 1.62
"""From line to line, in font sizes."""

SMALLER = 0.85
"""By how much the numbers shrink at a time when there are too many."""


@dataclass(frozen=True)
class SetFormula:
    """A formula in lines, its top left corner at (0, 0).

    tied: which of the letters stand for cells of other tensors, the first of each tensor, and the terms they are
    """

    width: float
    height: float
    letters: tuple[Lettering, ...]
    tied: tuple[tuple[int, Term], ...]


@dataclass(frozen=True)
class _Piece:
    """A term, shaped; `drop` pixels below the line."""

    term: Term
    shaped: Shaped
    drop: float = 0.0


@dataclass(frozen=True)
class FormulaSetter:
    """Sets formulas on cards of one page."""

    graph: Graph
    page: Page
    theme: Theme

    @property
    def index(self) -> float:
        return self.page.type_size(INDEX)

    @property
    def symbols(self) -> float:
        return max(self.page.type_size(SYMBOLS), 1.3 * self.index)

    @property
    def numbers(self) -> float:
        return max(self.page.type_size(NUMBERS), 1.12 * self.symbols)

    def colour(self, term: Term) -> Colour:
        """The colour of what a term stands for."""
        if term.kind == "result":
            return self.theme.accent_text
        if term.kind == "operator" or term.kind == "note":
            return self.theme.muted
        return self.theme.tones[term.kind].text

    def set(self, formula: Formula, width: float, height: float) -> SetFormula:
        """As large as fits `width` and `height`; what does not fit even in small letters is left out at the end."""
        size = self.numbers
        made = self._set(formula, size, width, None)
        while made.height > height and size * SMALLER >= self.index:
            size *= SMALLER
            made = self._set(formula, size, width, None)
        most = int((height - CAP_HEIGHT * self.symbols) // (LEADING * size))
        return made if made.height <= height else self._set(formula, size, width, max(most, 1))

    def _set(self, formula: Formula, size: float, width: float, most: int | None) -> SetFormula:
        """Equals signs below one another, the numbers in `size`, of their lines at most `most`."""
        symbols, numbers = self._symbols(formula), self._pieces(formula.numbers, size)
        sides = [_left_side(symbols), _left_side(numbers)]
        column = max(_width(left) for left, _ in sides)
        letters: list[Lettering] = []
        tied: dict[str, tuple[int, Term]] = {}
        baseline = (CAP_HEIGHT - LEADING) * self.symbols
        for (left, right), step in zip(sides, (self.symbols, size), strict=True):
            indent = _width(right[:1])
            for n, line in enumerate(self._lines(right, width - column, indent, most, step)):
                baseline += LEADING * step
                x = column - _width(left) if n == 0 else column + indent
                for piece in (*left, *line) if n == 0 else line:
                    if step == size and piece.term.cell is not None:
                        tied.setdefault(piece.term.cell.tensor, (len(letters), piece.term))
                    letters.append(Lettering(piece.shaped, x, baseline + piece.drop, self.theme.card))
                    x += piece.shaped.width
        tied.pop(formula.result.tensor, None)
        right_edge = max(lettering.area.right for lettering in letters)
        return SetFormula(right_edge, baseline, tuple(letters), tuple(tied.values()))

    def _symbols(self, formula: Formula) -> list[_Piece]:
        """The symbols, names of tensors in italics, the result with the index of its cell: t=3, a=9."""
        dims = self.graph[formula.result.tensor].dims
        index = ", ".join(f"{dim}={start}" for dim, (start, _) in zip(dims, formula.result.ranges, strict=True))
        pieces = []
        for piece in self._pieces(formula.symbols, self.symbols):
            if piece.term.cell is not None:
                piece = replace(piece, shaped=shape(piece.term.text, replace(piece.shaped.style, italic=True)))
            pieces.append(piece)
        shaped = shape(f" {index}", Style(self.index, self.theme.muted, fonts.MEDIUM))
        pieces.insert(1, _Piece(Term(index, "note"), shaped, 0.22 * self.symbols))
        return pieces

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
