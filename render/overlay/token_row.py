"""The sequence so far, as a row of cells at the frame's top right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import skia

from render.model.token_text import written
from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.heading import shortened
from render.overlay.page import TOKEN, TOKEN_ID, Page
from render.overlay.text import CAP_HEIGHT, Lettering, Style, faded, paint_of, shape
from render.theme import Colour, Theme
from render.timeline import TokenRow
from render.timeline.easing import ease_in_out

SIDE, GAP, PADDING = 1.62, 0.24, 0.42
"""A cell's side, the gap between cells, and the room beside words, in font sizes."""

ID_DROP = 1.3
"""How far below its cell the baseline of a token's id is, in font sizes of the id."""

Pixel = tuple[float, float]

LONGEST = 6.0
"""How wide a word may get, in font sizes."""


@dataclass(frozen=True)
class TokenCell:
    """One cell. A place that is still free has no letters."""

    box: Area
    letters: tuple[Lettering, ...]
    edge: Colour
    alpha: float = 1.0

    @property
    def area(self) -> Area:
        return Area.union([self.box, *(lettering.area for lettering in self.letters)])

    def draw(self, canvas: skia.Canvas, fill: Colour, pixel: float) -> None:
        radius = 0.18 * self.box.height
        with faded(canvas, self.alpha, self.area):
            line = paint_of(self.edge, stroke=1.5 * pixel)
            if self.letters:
                canvas.drawRoundRect(self.box.rect, radius, radius, paint_of(fill))
            else:
                line.setPathEffect(skia.DashPathEffect.Make([3 * pixel, 4.5 * pixel], 0.0))
            canvas.drawRoundRect(self.box.rect, radius, radius, line)
            for lettering in self.letters:
                lettering.draw(canvas)


@dataclass(frozen=True)
class PlacedTokenRow:
    """The row in its place."""

    area: Area
    cells: tuple[TokenCell, ...]
    fill: Colour
    pixel: float
    alpha: float = 1.0
    name: str = "tokens"

    @property
    def letters(self) -> tuple[Lettering, ...]:
        return tuple(lettering for cell in self.cells for lettering in cell.letters)

    def draw(self, canvas: skia.Canvas) -> None:
        for cell in self.cells:
            cell.draw(canvas, self.fill, self.pixel)


class TokenRowSetter:
    """Sets token rows on one page."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self.page, self.theme = page, theme
        self.size, self.id_size = page.type_size(TOKEN), page.type_size(TOKEN_ID)
        self.size = max(self.size, 1.25 * self.id_size)

    @property
    def height(self) -> float:
        return SIDE * self.size + ID_DROP * self.id_size

    def place(
        self, row: TokenRow, x: float, top: float, width: float, *, to_left: bool, source: Pixel | None = None
    ) -> PlacedTokenRow | None:
        """The row from x to the right, or to the left, no wider than `width`; None when it has no places.

        A token that is coming flies from the pixel `source` to its place, or rises from below it. Where there is no
        room for all tokens, an ellipsis stands for the oldest ones.
        """
        texts = [written(text) for text in row.texts]
        n_free = max(0, row.capacity - len(texts))
        first = 0
        while True:
            widths = self._widths(texts[first:], n_free, first > 0)
            starts = self._starts(widths, row.n_prompt - first + (first > 0))
            total = starts[-1]
            if total <= width or (first >= len(texts) - 1 and n_free == 0):
                break
            if n_free > 0 and total > 1.5 * width:
                n_free -= 1
            else:
                first, n_free = (first + 1, n_free) if first < len(texts) - 1 else (first, n_free - 1)
        if not widths:
            return None
        left = x - total if to_left else x
        cells = tuple(self._cells(row, texts, first, [left + start for start in starts], widths, top, source))
        area = Area(left, top, left + total, top + self.height)
        return PlacedTokenRow(area, cells, self.theme.card, self.page.pixel)

    def _widths(self, texts: list[str], n_free: int, cut: bool) -> list[float]:
        style, side = self._style(False), SIDE * self.size
        words = [max(side, self._width(text, style)) for text in texts]
        return [side] * cut + words + [side] * n_free

    def _width(self, text: str, style: Style) -> float:
        return min(shape(text, style).width, LONGEST * self.size) + 2 * PADDING * self.size

    def _starts(self, widths: list[float], n_prompt: int) -> list[float]:
        """Where each cell starts, and where the row ends: a wider gap parts the prompt from what is generated."""
        gaps = [GAP * self.size * (2.6 if i + 1 == n_prompt else 1.0) for i in range(len(widths))]
        if gaps:
            gaps[-1] = 0.0
        return [0.0, *accumulate(w + gap for w, gap in zip(widths, gaps, strict=True))]

    def _style(self, generated: bool) -> Style:
        return Style(self.size, self.theme.accent_text if generated else self.theme.ink, fonts.SEMIBOLD)

    def _cells(
        self,
        row: TokenRow,
        texts: list[str],
        first: int,
        starts: list[float],
        widths: list[float],
        top: float,
        source: Pixel | None,
    ) -> Iterator[TokenCell]:
        ids = [str(token) for token in row.ids]
        tokens = list(range(first, len(texts)))
        if first > 0:
            tokens.insert(0, -1)
        for slot, (x, width) in enumerate(zip(starts, widths, strict=False)):
            box = Area.at(x, top, width, SIDE * self.size)
            if slot >= len(tokens):
                yield TokenCell(box, (), self.theme.line)
                continue
            i = tokens[slot]
            if i < 0:
                yield TokenCell(box, (self._lettering("…", self._style(False), box),), self.theme.line)
                continue
            generated = i >= row.n_prompt
            late = 1 - ease_in_out(row.arriving) if i == len(texts) - 1 else 0.0
            if late > 0:
                yield TokenCell(box, (), self.theme.line)
            x, y = box.centre
            from_x, from_y = source if source is not None else (x, y + 0.45 * box.height)
            box = box.moved(late * (from_x - x), late * (from_y - y))
            style = self._style(generated)
            letters = [self._lettering(shortened(texts[i], style, LONGEST * self.size), style, box)]
            if i < len(ids) and ids[i] != texts[i]:
                letters.append(self._id(ids[i], box))
            yield TokenCell(
                box, tuple(letters), self.theme.accent if generated else self.theme.line, min(1.0, 4 * (1 - late))
            )

    def _lettering(self, text: str, style: Style, box: Area) -> Lettering:
        shaped = shape(text, style)
        baseline = box.top + (box.height + CAP_HEIGHT * style.size) / 2
        return Lettering(shaped, box.left + (box.width - shaped.width) / 2, baseline, self.theme.card)

    def _id(self, text: str, box: Area) -> Lettering:
        shaped = shape(text, Style(self.id_size, self.theme.muted, fonts.MEDIUM))
        baseline = box.bottom + ID_DROP * self.id_size
        return Lettering(shaped, box.left + (box.width - shaped.width) / 2, baseline, self.theme.page)
