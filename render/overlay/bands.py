"""The bands of the page at the frame's head and foot, which lie over the picture."""

from __future__ import annotations

import math

import skia

from render.overlay.page import Page
from render.overlay.text import paint_of
from render.theme import Theme
from render.timeline.view import FOOT_BAND, TOP_BAND


class Bands:
    """Lays the head and the foot of one page over the picture, fading out at their inner edge.

    The edges are pictures, drawn once: a gradient over a frame's width costs more than all else that stands there.
    """

    def __init__(self, page: Page, theme: Theme) -> None:
        self.page, self.theme = page, theme
        height, fade = page.height, page.fade
        top, foot = TOP_BAND * height, (1 - FOOT_BAND) * height
        self._head = self._edge(math.floor(top - fade), math.ceil(top + fade), top - fade, top + fade)
        self._foot = self._edge(math.floor(foot - fade), math.ceil(foot + fade), foot + fade, foot - fade)

    def draw(self, canvas: skia.Canvas) -> None:
        (head, first), (foot, second) = self._head, self._foot
        width, height = self.page.size
        page = paint_of(self.theme.page)
        canvas.drawRect(skia.Rect.MakeLTRB(0, 0, width, first), page)
        canvas.drawImage(head, 0, first)
        canvas.drawImage(foot, 0, second)
        canvas.drawRect(skia.Rect.MakeLTRB(0, second + foot.height(), width, height), page)

    def _edge(self, first: int, last: int, full: float, clear: float) -> tuple[skia.Image, int]:
        """A band's inner edge in the rows from `first` to `last`: solid up to `full`, gone from `clear` on."""
        surface = skia.Surface.MakeRasterN32Premul(self.page.width, last - first)
        paint = paint_of(self.theme.page)
        colours = [skia.Color4f(*self.theme.page, alpha).toColor() for alpha in (1.0, 0.0)]
        ends = [skia.Point(0, full - first), skia.Point(0, clear - first)]
        paint.setShader(skia.GradientShader.MakeLinear(ends, colours))
        surface.getCanvas().drawPaint(paint)
        return surface.makeImageSnapshot(), first
