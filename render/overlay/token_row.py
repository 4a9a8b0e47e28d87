"""The sequence so far, as a row of cells at the frame's top right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

import skia

from render.model.token_text import written
from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.heading import shortened
from render.overlay.page import TOKEN, TOKEN_ID, Page
from render.overlay.text import CAP_HEIGHT, Lettering, Shaped, Style, faded, paint_of, shape
from render.theme import Colour, Theme
from render.timeline import TokenRow
from render.timeline.easing import ease_in_out

SIDE, GAP, PADDING = 1.62, 0.24, 0.42
"""A cell's side, the gap between cells, and the room beside words, in font sizes."""

ID_DROP = 1.3
"""How far below its cell the baseline of a token's id is, in font sizes of the id."""

Pixel = tuple[float, float]

SMALLER = 0.94
"""By how much words shrink at a time while there is no room for all of them."""

LONGEST = 8.0
"""How wide a word may get, in font sizes."""


@dataclass(frozen=True)
class TokenCell:
    """One cell. A place that is still free has no letters. late: how much of its way is before it, 1 to 0."""

    box: Area
    letters: tuple[Lettering, ...]
    edge: Colour
    alpha: float = 1.0
    late: float = 0.0

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
    """The row in its place. A token on its way there is by itself: `coming`, a row of one cell."""

    area: Area
    cells: tuple[TokenCell, ...]
    fill: Colour
    pixel: float
    coming: PlacedTokenRow | None = None
    alpha: float = 1.0
    name: str = "tokens"

    def shown(self, alpha: float) -> PlacedTokenRow | None:
        """The row, `alpha` solid; None where nothing is left of it."""
        if alpha <= 0 or alpha >= 1:
            return self if alpha >= 1 else None
        cells = tuple(replace(cell, alpha=alpha * cell.alpha) for cell in self.cells)
        return replace(self, cells=cells, coming=self.coming and self.coming.shown(alpha))

    @property
    def letters(self) -> tuple[Lettering, ...]:
        return tuple(lettering for cell in self.cells for lettering in cell.letters)

    def draw(self, canvas: skia.Canvas) -> None:
        for cell in self.cells:
            cell.draw(canvas, self.fill, self.pixel)


@dataclass(frozen=True)
class Setting:
    """How large the words of a row are, and whether their ids stand below them."""

    size: float
    ids: bool


class TokenRowSetter:
    """Sets token rows on one page."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self.page, self.theme = page, theme
        self.id_size = page.type_size(TOKEN_ID)
        self.size = max(page.type_size(TOKEN), 1.25 * self.id_size)
        least, step = page.type_size(0.0), self.size
        self._settings = [Setting(step, True)]
        while step > least:
            self._settings.append(Setting(step, False))
            step *= SMALLER
        self._settings.append(Setting(least, False))

    @property
    def height(self) -> float:
        return SIDE * self.size + ID_DROP * self.id_size

    def place(
        self, row: TokenRow, x: float, top: float, width: float, *, to_left: bool, source: Pixel | None = None
    ) -> PlacedTokenRow | None:
        """The row from x to the right, or to the left, no wider than `width`; None when it has no places.

        A token that is coming flies from the pixel `source` to its place, or rises from below it. Words get smaller
        where there is no room for all of them, those to come among them, and lose their ids. Where even the smallest
        leave none, an ellipsis stands for the oldest ones.
        """
        texts = [written(text) for text in row.texts]
        free = [written(text) for text in row.coming[: max(0, row.capacity - len(texts))]]
        free += [""] * (row.capacity - len(texts) - len(free))
        ids = [str(id) for id in row.ids]
        for setting in self._settings:
            widths = self._widths(texts, ids, free, setting)
            if self._starts(widths, row.n_prompt, setting)[-1] <= width:
                break
        first = 0
        while True:
            widths = [SIDE * setting.size] * (first > 0) + self._widths(texts[first:], ids[first:], free, setting)
            starts = self._starts(widths, row.n_prompt - first + (first > 0), setting)
            total = starts[-1]
            if total <= width or (first >= len(texts) - 1 and not free):
                break
            if free and (total > 1.5 * width or first >= len(texts) - 1):
                free.pop()
            else:
                first += 1
        if not widths:
            return None
        left = x - total if to_left else x
        places = [(left + start, own) for start, own in zip(starts, widths, strict=False)]
        cells = list(self._cells(row, texts, first, places, top, setting, source))
        area = Area(left, top, left + total, top + self.height)
        look = (self.theme.card, self.page.pixel)
        coming = [PlacedTokenRow(cell.area, (cell,), *look, name="token") for cell in cells if cell.late]
        here = tuple(cell for cell in cells if not cell.late)
        return PlacedTokenRow(area, here, *look, coming[0] if coming else None)

    def _widths(self, texts: list[str], ids: list[str], free: list[str], setting: Setting) -> list[float]:
        """How wide the cells of tokens are, and of those to come."""
        known = [self._width(text, id if setting.ids else "", setting) for text, id in zip(texts, ids, strict=True)]
        return known + [self._width(text, "", setting) for text in free]

    def _width(self, text: str, id: str, setting: Setting) -> float:
        size = setting.size
        word = min(shape(text, self._style(False, size)).width, LONGEST * size) + 2 * PADDING * size if text else 0.0
        return max(SIDE * size, word, self._id(id).width - 0.1 * size if id != text else 0.0)

    def _starts(self, widths: list[float], n_prompt: int, setting: Setting) -> list[float]:
        """Where each cell starts, and where the row ends: a wider gap parts the prompt from what is generated."""
        gaps = [GAP * setting.size * (2.6 if i + 1 == n_prompt else 1.0) for i in range(len(widths))]
        if gaps:
            gaps[-1] = 0.0
        return [0.0, *accumulate(w + gap for w, gap in zip(widths, gaps, strict=True))]

    def _style(self, generated: bool, size: float) -> Style:
        return Style(size, self.theme.accent_text if generated else self.theme.ink, fonts.SEMIBOLD)

    def _cells(
        self,
        row: TokenRow,
        texts: list[str],
        first: int,
        places: list[tuple[float, float]],
        top: float,
        setting: Setting,
        source: Pixel | None,
    ) -> Iterator[TokenCell]:
        size = setting.size
        tokens = [*([-1] if first > 0 else []), *range(first, len(texts))]
        top += SIDE * (self.size - size) / 2
        for slot, (x, width) in enumerate(places):
            box = Area.at(x, top, width, SIDE * size)
            if slot >= len(tokens):
                yield TokenCell(box, (), self.theme.line)
                continue
            i = tokens[slot]
            if i < 0:
                yield TokenCell(box, (self._lettering("…", self._style(False, size), box),), self.theme.line)
                continue
            generated = i >= row.n_prompt
            late = 1 - ease_in_out(row.arriving) if i == len(texts) - 1 else 0.0
            if late > 0:
                yield TokenCell(box, (), self.theme.line)
            x, y = box.centre
            from_x, from_y = source if source is not None else (x, y + 0.45 * box.height)
            box = box.moved(late * (from_x - x), late * (from_y - y))
            style = self._style(generated, size)
            letters = [self._lettering(shortened(texts[i], style, LONGEST * size), style, box)]
            if setting.ids and str(row.ids[i]) != texts[i]:
                shaped = self._id(str(row.ids[i]))
                at = box.left + (box.width - shaped.width) / 2, box.bottom + ID_DROP * self.id_size
                letters.append(Lettering(shaped, *at, self.theme.page))
            edge = self.theme.accent if generated else self.theme.line
            yield TokenCell(box, tuple(letters), edge, min(1.0, 4 * (1 - late)), late)

    def _lettering(self, text: str, style: Style, box: Area) -> Lettering:
        shaped = shape(text, style)
        baseline = box.top + (box.height + CAP_HEIGHT * style.size) / 2
        return Lettering(shaped, box.left + (box.width - shaped.width) / 2, baseline, self.theme.card)

    def _id(self, text: str) -> Shaped:
        return shape(text, Style(self.id_size, self.theme.muted, fonts.MEDIUM))
