"""The marks at the frame's foot: one segment a beat, all alike."""

from __future__ import annotations

from dataclasses import dataclass

import skia

from render.overlay.area import Area
from render.overlay.page import Page
from render.overlay.text import Lettering, paint_of
from render.theme import Colour, Theme
from render.timeline import Progress

GAP = 5.0
"""Between segments, in pixels at 1080p; less when there are very many."""


@dataclass(frozen=True)
class PlacedProgress:
    """The marks in their place."""

    area: Area
    segments: tuple[tuple[Area, Colour], ...]
    alpha: float = 1.0
    letters: tuple[Lettering, ...] = ()
    name: str = "progress"

    def draw(self, canvas: skia.Canvas) -> None:
        radius = self.area.height / 2
        for area, colour in self.segments:
            canvas.drawRoundRect(area.rect, radius, radius, paint_of(colour))


def place_progress(progress: Progress, page: Page, theme: Theme) -> PlacedProgress:
    """The marks of a film."""
    area, count = page.progress, progress.n_beats
    gap = min(GAP * page.pixel, 0.25 * area.width / count)
    width = (area.width - gap * (count - 1)) / count
    segments = []
    for i in range(count):
        colour = theme.line if i > progress.beat else theme.accent if i == progress.beat else theme.muted
        segments.append((Area.at(area.left + i * (width + gap), area.top, width, area.height), colour))
    return PlacedProgress(area, tuple(segments))
