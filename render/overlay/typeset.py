"""Text with markup broken into lines: balanced, measured, ready to be placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.markup import Span, Word
from render.overlay.text import CAP_HEIGHT, DESCENT, Lettering, Shaped, Style, shape
from render.theme import Colour

SCRIPT_SIZE, SUB_DROP, SUPER_RISE = 0.68, 0.20, 0.36
"""How large an index is, and how far below or above the line it stands, as shares of the font size."""


@dataclass(frozen=True)
class Manner:
    """How plain and emphasised words look; maths takes the manner of the words it stands among."""

    plain: Style
    emphasis: Style

    def of(self, span: Span) -> Style:
        style = self.emphasis if span.emphasis else self.plain
        size = style.size * (SCRIPT_SIZE if span.script else 1.0)
        return replace(style, size=size, italic=span.italic)


@dataclass(frozen=True)
class Line:
    """Shaped pieces, each with its place (x from the line's start, how far above the baseline)."""

    pieces: tuple[tuple[float, float, Shaped], ...]
    width: float


@dataclass(frozen=True)
class TextBlock:
    """Lines below one another, `leading` pixels from baseline to baseline."""

    lines: tuple[Line, ...]
    size: float
    leading: float

    @property
    def width(self) -> float:
        return max((line.width for line in self.lines), default=0.0)

    @property
    def height(self) -> float:
        """From the capitals of the first line to the descenders of the last."""
        return (CAP_HEIGHT + DESCENT) * self.size + self.leading * (len(self.lines) - 1)

    def placed(self, area: Area, ground: Colour, centred: bool = False) -> tuple[Lettering, ...]:
        """The lines in `area`, from its top, flush left or centred."""
        letters = []
        for i, line in enumerate(self.lines):
            baseline = area.top + CAP_HEIGHT * self.size + i * self.leading
            start = area.left + (area.width - line.width) / 2 if centred else area.left
            letters += [Lettering(shaped, start + x, baseline - rise, ground) for x, rise, shaped in line.pieces]
        return tuple(letters)


def set_text(words: Sequence[Word], manner: Manner, width: float, leading: float = 1.38) -> TextBlock:
    """Break words into as few lines of at most `width` pixels as there can be, all about equally long.

    `leading` is in font sizes. A word that is wider than a line is cut.
    """
    words = [part for word in words for part in _fitting(word, manner, width)]
    lines = []
    start = 0
    widths = [set_line([word], manner).width for word in words]
    for stop in _break(words, widths, shape(" ", manner.plain).width, width):
        lines.append(set_line(words[start:stop], manner))
        start = stop
    size = manner.plain.size
    return TextBlock(tuple(lines), size, leading * size)


def set_line(words: Sequence[Word], manner: Manner) -> Line:
    """Words on one line. Neighbours in the same style are shaped together; an index over an index stands above it."""
    spans: list[Span] = []
    for i, word in enumerate(words):
        if i > 0:
            spans.append(Span(" ", emphasis=word[0].emphasis and words[i - 1][-1].emphasis))
        spans += word
    merged: list[Span] = []
    for span in spans:
        if merged and replace(merged[-1], text="") == replace(span, text=""):
            merged[-1] = replace(span, text=merged[-1].text + span.text)
        else:
            merged.append(span)
    pieces = []
    x = end = script_start = 0.0
    for previous, span in zip([Span(""), *merged], merged, strict=False):
        shaped = shape(span.text, manner.of(span))
        if span.script and not previous.script:
            script_start = x = end + 0.04 * manner.plain.size
        elif span.script and span.script != previous.script:
            x = script_start
        else:
            x = end
        rise = {"": 0.0, "sub": -SUB_DROP, "super": SUPER_RISE}[span.script] * manner.plain.size
        pieces.append((x, rise, shaped))
        end = max(end, x + shaped.width)
    return Line(tuple(pieces), end)


def _fitting(word: Word, manner: Manner, width: float) -> list[Word]:
    """The word itself, or, when it is wider than a line, pieces of it that are not."""
    if set_line([word], manner).width <= width:
        return [word]
    parts: list[Word] = []
    rest: list[Span] = []
    for span in word:
        for letter in span.text:
            if rest and set_line([(*rest, replace(span, text=letter))], manner).width > width:
                parts.append(tuple(rest))
                rest = []
            rest.append(replace(span, text=letter))
    return [*parts, tuple(rest)]


def _break(words: Sequence[Word], widths: Sequence[float], space: float, width: float) -> list[int]:
    """Where each line stops: as few lines as there can be, and of all ways to do that the one that reads best.

    Lines of equal length read best, and lines that end where a sentence or a clause does. A line that ends with a
    word of one or two letters reads badly. Worked out line by line from the end (Knuth and Plass, 1981, without the
    stretching of spaces).
    """
    n = len(words)
    ends = [0.0]
    for word in widths:
        ends.append(ends[-1] + word + space)
    best: list[tuple[int, float, int]] = [(0, 0.0, n)] * (n + 1)  # lines, badness, where the first line stops
    for start in range(n - 1, -1, -1):
        best[start] = (n + 1, 0.0, n)
        for stop in range(start + 1, n + 1):
            length = ends[stop] - ends[start] - space
            if length > width + 0.01 and stop > start + 1:
                break
            lines, badness, _ = best[stop]
            badness += (1 - length / width) ** 2 + (_ending(words[stop - 1]) if stop < n else 0.0)
            best[start] = min(best[start], (lines + 1, badness, stop))
    stops = []
    stop = 0
    while stop < n:
        stop = best[stop][2]
        stops.append(stop)
    return stops


def _ending(word: Word) -> float:
    """How badly a line ends with a word; less than nothing when it ends well there."""
    text = word[-1].text
    if text.endswith((".", "!", "?", ":", ";")):
        return -0.12
    if text.endswith((",", "–", "…")):
        return -0.06
    return 0.04 if len(text) <= 2 else 0.0


def manner(size: float, colour: Colour, emphasis: Colour, weight: int = fonts.BOOK) -> Manner:
    return Manner(Style(size, colour, weight), Style(size, emphasis, fonts.SEMIBOLD))
