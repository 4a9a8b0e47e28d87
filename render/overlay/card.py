"""The formula card: how one cell was computed, tied to the cells that it was computed from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import skia

from render.model import Formula
from render.overlay.area import Area
from render.overlay.formula import FormulaSetter, SetFormula
from render.overlay.free import Free
from render.overlay.marks import Leader, hanging_curve
from render.overlay.page import Page
from render.overlay.plate import best_place, draw_plate, with_shadow
from render.overlay.sight import Sight
from render.overlay.stroke import Stroke
from render.overlay.text import Lettering, faded
from render.theme import Theme
from render.timeline import Card

WIDEST, TALL_WIDEST = 0.66, 0.94
"""How much of the frame's width a card may take."""

LEADERS = 4
"""How many of the numbers are tied to their cells."""


@dataclass(frozen=True)
class PlacedCard:
    """A card in its place."""

    area: Area
    letters: tuple[Lettering, ...]
    strokes: tuple[Stroke, ...]
    leaders: tuple[Leader, ...]
    radius: float
    alpha: float
    page: Page
    theme: Theme
    name: str = "card"

    @property
    def reach(self) -> Area:
        """All that it covers with its shadow and its leaders."""
        around = [leader.area.grown(6 * self.page.pixel) for leader in self.leaders]
        return Area.union([with_shadow(self.area, self.page), *around])

    def draw(self, canvas: skia.Canvas) -> None:
        with faded(canvas, self.alpha, self.reach):
            canvas.save()
            canvas.clipRect(self.page.picture.rect)
            for leader in self.leaders:
                leader.draw(canvas, self.page, self.theme)
            canvas.restore()
            draw_plate(canvas, self.area, self.radius, self.page, self.theme)
            for stroke in self.strokes:
                stroke.draw(canvas)
            for lettering in self.letters:
                lettering.draw(canvas)


class CardSetter:
    """Sets formula cards on one page. A formula is set once."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self.page, self.theme = page, theme
        self.formulas = FormulaSetter(page, theme)
        self.padding = 0.95 * self.formulas.numbers
        self._known: dict[Formula, SetFormula] = {}

    def place(self, card: Card, sight: Sight, avoid: Free, taken: Sequence[Area] = ()) -> PlacedCard:
        """The card near its cell, clear of what is `taken`, where it covers least of `avoid`, with its leaders."""
        made = self._set(card.formula)
        result = sight.centre(card.formula.result)
        near = (float(result[1][0]), float(result[1][1])) if result else None
        width, height = made.width + 2 * self.padding, made.height + 2 * self.padding
        area = best_place(width, height, self.page.picture, avoid, near, taken)
        inset = (area.left + self.padding, area.top + self.padding)
        letters = tuple(lettering.moved(*inset) for lettering in made.letters)
        strokes = tuple(stroke.moved(*inset) for stroke in made.strokes)
        leaders = tuple(self._leaders(made, letters, area, sight))
        radius = 0.55 * self.formulas.numbers
        return PlacedCard(area, letters, strokes, leaders, radius, card.alpha, self.page, self.theme)

    def _set(self, formula: Formula) -> SetFormula:
        if formula not in self._known:
            picture = self.page.picture
            widest = min(picture.width, (TALL_WIDEST if self.page.tall else WIDEST) * self.page.width)
            room = (widest - 2 * self.padding, picture.height - 2 * self.padding)
            self._known[formula] = self.formulas.set(formula, *room)
        return self._known[formula]

    def _leaders(self, made: SetFormula, letters: Sequence[Lettering], area: Area, sight: Sight) -> Iterator[Leader]:
        """From the card's edge at a number to the number's cell, if it is seen."""
        for i, term in made.tied[:LEADERS]:
            found = sight.centre(term.cell) if term.cell is not None else None
            if found is None or sight.hidden(found[0])[0]:
                continue
            end = Area.around([found[1]])
            if self.page.picture.holds(end) and not area.grown(6 * self.page.pixel).holds(end):
                up = end.top < area.bottom
                start = np.array([letters[i].area.centre[0], area.top if up else area.bottom])
                yield Leader(hanging_curve(start, found[1], up), self.formulas.colour(term))
