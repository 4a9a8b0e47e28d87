"""The typesetter of mathematics: a tree of `render.model.maths` in, placed letters and rules out.

All measures are in font sizes of the piece that they belong to. Every piece has a baseline; fraction bars, big
operators and brackets are centred on the axis, where the middle of a minus sign is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from render.model.equation import Equation
from render.model.maths import (
    Alternatives,
    BigOperator,
    Constant,
    Fenced,
    Floor,
    Fraction,
    Maths,
    Power,
    Root,
    Row,
    Sign,
    Symbol,
    Text,
    Variable,
)
from render.overlay import fonts
from render.overlay.set_maths import SetMaths, drawn, side_by_side, together
from render.overlay.stroke import (
    AXIS,
    BRACE_WIDTH,
    BRACKET_WIDTH,
    FLOOR_WIDTH,
    RULE,
    SIGMA_WIDTH,
    Stroke,
    brace,
    bracket,
    floor,
    hook_width,
    radical,
    sigma,
)
from render.overlay.text import CAP_HEIGHT, DESCENT, Lettering, Style, shape
from render.overlay.typeset import SCRIPT_SIZE
from render.theme import Colour, Theme

GAP = 0.13
"""Between a fraction bar or a radical and what stands next to it."""

THIN, MEDIUM, THICK, TIGHT = 0.18, 0.21, 0.25, 0.09
"""The room between factors, around + and −, around = and <, and around all signs in scripts.

A sign's own advance has a little more."""

SUB_DROP, SUPER_RISE, PART_RISE = 0.22, 0.40, 0.46
"""How far scripts stand below or above the baseline; one above another stands a little higher."""

LINE_GAP = 0.35
"""Between the lines of a right side that is too wide for one."""

BEFORE_CONDITION = 1.1
"""Between the widest of several alternatives and their conditions."""

RELATIONS = ("=", "<", "≤", "≥")


@dataclass(frozen=True)
class SetEquation:
    """A set equation, its top left corner at (0, 0). equals: where the equals sign begins."""

    equals: float
    width: float
    height: float
    letters: tuple[Lettering, ...]
    strokes: tuple[Stroke, ...]


@dataclass(frozen=True)
class _Hand:
    """How what is set now looks: its size, its colour, whether it is a script."""

    size: float
    colour: Colour
    script: bool = False


@dataclass(frozen=True)
class MathsSetter:
    """Sets mathematics on cards of a theme. least: the smallest size there is, in pixels."""

    theme: Theme
    least: float

    def set(self, maths: Maths, size: float) -> SetMaths:
        """A tree in letters of `size` pixels, at least `least / SCRIPT_SIZE` if scripts are to be smaller than it."""
        return self._set(maths, _Hand(size, self.theme.muted))

    def equation(self, equation: Equation, size: float, width: float, column: float = 0.0) -> SetEquation:
        """An equation no wider than `width`, if it can be, its equals sign at least `column` pixels in.

        A right side that is too wide breaks before a plus or a minus that stands in no bracket.
        """
        hand = _Hand(size, self.theme.muted)
        left, equals = self._set(equation.left, hand), self._letters(" = ", hand)
        column = max(column, left.width)
        start = column + equals.width
        lines = [self._set(equation.right, hand)]
        if lines[0].width > width - start and isinstance(equation.right, Row):
            measured = _filled(_terms(equation.right), width - start, lambda row: self._row(row, hand).width)
            lines = [self._row(line, hand) for line in measured]
        if equation.where:
            conditions = [(1.3 * size, self._set(condition, hand)) for condition in equation.where]
            lines[-1] = side_by_side([(0.0, lines[-1]), *conditions])
        first = side_by_side([(column - left.width, left), (0.0, equals), (0.0, lines[0])])
        placed, height = [first.moved(0.0, first.ascent)], first.ascent + first.descent
        for line in lines[1:]:
            height += LINE_GAP * size
            placed.append(line.moved(start, height + line.ascent))
            height += line.ascent + line.descent
        whole = together(max(start + line.width for line in lines), placed)
        return SetEquation(column, whole.width, height, whole.letters, whole.strokes)

    def colour(self, symbol: Symbol) -> Colour:
        """The colour of what a symbol stands for."""
        return self.theme.accent_text if symbol.kind == "result" else self.theme.tones[symbol.kind].text

    def _set(self, maths: Maths, hand: _Hand) -> SetMaths:
        match maths:
            case Text(text=text):
                return self._letters(text, hand)
            case Variable(text=text) | Constant(text=text):
                return self._letters(text, hand, italic=True)
            case Sign():
                return self._sign(maths, hand)
            case Symbol():
                return self._symbol(maths, hand)
            case Row(parts=parts):
                return self._row(parts, hand)
            case Fraction(over=over, under=under):
                return self._fraction(over, under, hand)
            case Root(inside=inside):
                return self._root(inside, hand)
            case Power(base=base, exponent=exponent):
                return self._power(base, exponent, hand)
            case BigOperator():
                return self._big_operator(maths, hand)
            case Fenced(inside=inside, name=name):
                return self._fenced(inside, name, hand)
            case Floor(inside=inside):
                return self._floor(inside, hand)
            case Alternatives(rows=rows):
                return self._alternatives(rows, hand)
        raise TypeError(f"{type(maths).__name__} is no piece of mathematics")

    def _script(self, hand: _Hand) -> _Hand:
        return replace(hand, size=max(SCRIPT_SIZE * hand.size, self.least), script=True)

    def _letters(self, text: str, hand: _Hand, italic: bool = False, weight: int = fonts.MEDIUM) -> SetMaths:
        shaped = shape(text, Style(hand.size, hand.colour, weight, italic))
        lettering = Lettering(shaped, 0.0, 0.0, self.theme.card)
        return SetMaths(shaped.width, CAP_HEIGHT * hand.size, DESCENT * hand.size, (lettering,))

    def _sign(self, sign: Sign, hand: _Hand) -> SetMaths:
        made = self._letters(sign.text, hand)
        room = (TIGHT if hand.script else THICK if sign.text in RELATIONS else MEDIUM) * hand.size
        return replace(made.moved(room, 0.0), width=made.width + 2 * room)

    def _row(self, parts: Sequence[Maths], hand: _Hand) -> SetMaths:
        """Parts side by side, with a thin space where there is no sign between two."""
        placed: list[tuple[float, SetMaths]] = []
        for i, part in enumerate(parts):
            factors = i > 0 and not isinstance(part, Sign) and not isinstance(parts[i - 1], Sign)
            placed.append((THIN * hand.size if factors else 0.0, self._set(part, hand)))
        return side_by_side(placed)

    def _symbol(self, symbol: Symbol, hand: _Hand) -> SetMaths:
        own = replace(hand, colour=self.colour(symbol))
        name = self._letters(symbol.text, own, italic=True, weight=fonts.MEDIUM if own.script else fonts.SEMIBOLD)
        script = self._script(own)
        size = own.size
        pieces = [name]
        end = name.width
        if symbol.part:
            part = self._letters(symbol.part, script)
            pieces.append(part.moved(end + 0.05 * size, -PART_RISE * size))
            end = max(end, name.width + 0.05 * size + part.width)
        if symbol.index:
            commas = [(0.0, self._set(symbol.index[0], script))]
            for piece in symbol.index[1:]:
                commas += [(0.0, self._letters(",", script)), (0.09 * script.size, self._set(piece, script))]
            index = side_by_side(commas)
            pieces.append(index.moved(name.width, SUB_DROP * size))
            end = max(end, name.width + index.width)
        return together(end + 0.02 * size, pieces)

    def _fraction(self, over: Maths, under: Maths, hand: _Hand) -> SetMaths:
        top, bottom = self._set(over, hand), self._set(under, hand)
        size = hand.size
        side = 0.08 * size
        width = max(top.width, bottom.width) + 2 * side
        gap = (GAP + RULE / 2) * size
        bar = Stroke(((0.0, -AXIS * size), (width, -AXIS * size)), hand.colour, RULE * size)
        up = AXIS * size + gap + top.descent
        down = -AXIS * size + gap + bottom.ascent
        placed = [top.moved((width - top.width) / 2, -up), bottom.moved((width - bottom.width) / 2, down)]
        made = together(width, [*placed, SetMaths(width, AXIS * size, 0.0, (), (bar,))])
        whole = replace(made, ascent=up + top.ascent, descent=down + bottom.descent)
        return side_by_side([(0.05 * size, whole), (0.05 * size, SetMaths(0.0, 0.0, 0.0))])

    def _root(self, inside: Maths, hand: _Hand) -> SetMaths:
        piece = self._set(inside, hand)
        size = hand.size
        top = piece.ascent + (GAP + RULE / 2) * size
        bottom = max(piece.descent - 0.5 * DESCENT * size, 0.02 * size)
        start = hook_width(top + bottom, size) + 0.06 * size
        width = start + piece.width + 0.08 * size
        strokes = radical(-top, bottom, width, size, hand.colour)
        placed = piece.moved(start, 0.0)
        ascent, descent = top + RULE / 2 * size, max(piece.descent, bottom)
        return SetMaths(width, ascent, descent, placed.letters, strokes + placed.strokes)

    def _power(self, base: Maths, exponent: Maths, hand: _Hand) -> SetMaths:
        below = self._set(base, hand)
        script = self._script(hand)
        above = self._set(exponent, script)
        # As high as it looks best, but clear of the baseline with all that hangs from it.
        rise = max(SUPER_RISE * hand.size, below.ascent - 0.5 * script.size, above.descent + 0.12 * hand.size)
        gap = 0.02 * hand.size
        made = together(below.width + gap + above.width, [below, above.moved(below.width + gap, -rise)])
        return replace(made, ascent=max(below.ascent, rise + above.ascent), descent=below.descent)

    def _big_operator(self, operator: BigOperator, hand: _Hand) -> SetMaths:
        size = hand.size
        if operator.sign == "Σ":
            sign = drawn(SIGMA_WIDTH * size, sigma(size, hand.colour))
        else:
            sign = replace(self._letters(operator.sign, hand), descent=0.0)
        below = self._set(operator.below, self._script(hand))
        width = max(sign.width, below.width)
        drop = sign.descent + 0.14 * size + below.ascent
        middle = [sign.moved((width - sign.width) / 2, 0.0), below.moved((width - below.width) / 2, drop)]
        both = replace(together(width, middle), ascent=sign.ascent, descent=drop + below.descent)
        return side_by_side([(0.0, both), (THIN * size, self._set(operator.body, hand))])

    def _fenced(self, inside: Maths, name: str, hand: _Hand) -> SetMaths:
        piece = self._set(inside, hand)
        size = hand.size
        called = [(0.0, self._letters(name, hand))] if name else []
        if piece.ascent <= 0.85 * size and piece.descent <= 0.48 * size:
            left, right = self._letters("(", hand), self._letters(")", hand)
            return side_by_side([*called, (0.0, left), (0.06 * size, piece), (0.02 * size, right)])
        reach = max(piece.ascent - AXIS * size, piece.descent + AXIS * size)
        left, right = (
            drawn(BRACKET_WIDTH * size, bracket(reach, size, hand.colour, opens=opens)) for opens in (True, False)
        )
        return side_by_side([*called, (0.06 * size, left), (0.06 * size, piece), (0.06 * size, right)])

    def _floor(self, inside: Maths, hand: _Hand) -> SetMaths:
        piece, size = self._set(inside, hand), hand.size
        top, bottom = -max(piece.ascent, 0.8 * size), max(piece.descent, 0.12 * size)
        left, right = (
            drawn(FLOOR_WIDTH * size, floor(top, bottom, size, hand.colour, opens=opens)) for opens in (True, False)
        )
        return side_by_side([(0.0, left), (0.02 * size, piece), (0.02 * size, right)])

    def _alternatives(self, rows: Sequence[tuple[Maths, Maths]], hand: _Hand) -> SetMaths:
        """A brace, then one below the other; the conditions stand in a column of their own."""
        size = hand.size
        made = [(self._set(piece, hand), self._row((Text("if"), condition), hand)) for piece, condition in rows]
        column = max(piece.width for piece, _ in made) + BEFORE_CONDITION * size
        lines = [side_by_side([(0.0, piece), (column - piece.width, condition)]) for piece, condition in made]
        height = sum(line.ascent + line.descent for line in lines) + LINE_GAP * size * (len(lines) - 1)
        y = -AXIS * size - height / 2
        placed = []
        for line in lines:
            placed.append(line.moved(0.0, y + line.ascent))
            y += line.ascent + line.descent + LINE_GAP * size
        stack = together(max(line.width for line in lines), placed)
        opening = drawn(BRACE_WIDTH * size, *brace(height / 2 + 0.05 * size, size, hand.colour))
        return side_by_side([(0.0, opening), (0.16 * size, stack)])


def _terms(row: Row) -> list[list[Maths]]:
    """The terms of a sum, each with the sign before it."""
    terms: list[list[Maths]] = [[]]
    for part in row.parts:
        if isinstance(part, Sign) and terms[-1]:
            terms.append([])
        terms[-1].append(part)
    return terms


def _filled(terms: Sequence[list[Maths]], width: float, measure: Callable[[list[Maths]], float]) -> list[list[Maths]]:
    """Terms in lines, as many on each as fit."""
    lines: list[list[Maths]] = [[]]
    for term in terms:
        if lines[-1] and measure(lines[-1] + term) > width:
            lines.append([])
        lines[-1] = lines[-1] + term
    return lines
