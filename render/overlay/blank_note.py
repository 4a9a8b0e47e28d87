"""What a picture of a model without weights says about itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import skia

from render.model import Run
from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.page import PLACE, Page
from render.overlay.text import CAP_HEIGHT, DESCENT, Lettering, Style, paint_of, shape
from render.theme import Theme

WORDS = "Shape only: no weights here, cells left blank"
OF_SOME = "Shape only, cells left blank: {}"

PAD = 0.75
"""How far the edge of the plate is from the words, in font sizes."""


@dataclass(frozen=True)
class PlacedNote:
    """The words on their plate."""

    area: Area
    letters: tuple[Lettering, ...]
    page: Page
    theme: Theme
    alpha: float = 1.0
    name: str = "note"

    def draw(self, canvas: skia.Canvas) -> None:
        radius = 0.35 * self.area.height
        canvas.drawRoundRect(self.area.rect, radius, radius, paint_of(self.theme.card))
        line = paint_of(self.theme.muted, stroke=1.5 * self.page.pixel)
        line.setPathEffect(skia.DashPathEffect.Make([4 * self.page.pixel, 4 * self.page.pixel], 0.0))
        canvas.drawRoundRect(self.area.rect, radius, radius, line)
        for lettering in self.letters:
            lettering.draw(canvas)


def place_note(run: Run, blank: Sequence[str], page: Page, theme: Theme) -> PlacedNote | None:
    """The note where a token row would be: at the right of the frame's head, or at the foot of it in tall frames.

    `blank` are the models in the picture that have no weights. In a cast it names them; where the leading model has
    weights, and a token row, it is at the left, below the heading.
    """
    if not blank:
        return None
    beside_tokens = not run.model.is_blank
    style = Style(page.type_size(PLACE), theme.ink, fonts.MEDIUM)
    shaped = shape(OF_SOME.format(", ".join(blank)) if run.cast else WORDS, style)
    width = shaped.width + 2 * PAD * style.size
    height = (CAP_HEIGHT + DESCENT) * style.size + 1.4 * PAD * style.size
    head = page.head
    left, top = (head.left, head.bottom - height) if page.tall else (head.right - width, head.top)
    if beside_tokens:
        left, top = page.picture.left, page.picture.top + 0.3 * height
    area = Area.at(left, top, width, height)
    baseline = area.centre[1] + CAP_HEIGHT * style.size / 2
    return PlacedNote(area, (Lettering(shaped, left + PAD * style.size, baseline, theme.card),), page, theme)
