"""Lines on the picture: outlines around regions, and threads from operands to the cell made from them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import skia

from render.layout import Bounds
from render.overlay.area import Area
from render.overlay.faces import Points
from render.overlay.kept import Kept
from render.overlay.page import Page
from render.overlay.sight import Sight
from render.overlay.text import paint_of
from render.theme import Colour, Theme
from render.timeline import Outline

WIDTHS = {"focus": 2.4, "operand": 2.0, "result": 3.2}
"""How broad outlines are, in pixels at 1080p."""

PIECES = 20
"""Into how many pieces a side of an outline is cut to see what of it is hidden."""


def outlined_areas(sight: Sight, *roles: str) -> list[Area]:
    """What the outlines of a state span on the frame: all, or those of some roles."""
    areas = []
    for outline in sight.state.outlines:
        if roles and outline.role not in roles:
            continue
        for frame in sight.layout.frames(outline.region):
            quad = sight.quad(frame)
            if quad is not None:
                areas.append(Area.around(quad))
    return areas


class Marks:
    """Draws the outlines and threads of states on one page."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self.page, self.theme = page, theme
        self._paths = Kept[list[skia.Path]]()

    def draw(self, canvas: skia.Canvas, sight: Sight) -> None:
        outlines = sorted(sight.state.outlines, key=lambda outline: list(WIDTHS).index(outline.role))
        framed = [(outline, frame) for outline in outlines for frame in sight.layout.frames(outline.region)]
        frames = [frame for _, frame in framed]
        paths = self._paths.of((sight.setting, frames), lambda: [_visible_frame(sight, frame) for frame in frames])
        for (outline, _), path in zip(framed, paths, strict=True):
            if not path.isEmpty():
                kind = sight.layout.graph[outline.region.tensor].kind
                colour = self.theme.tones[kind].text if outline.role == "operand" else self.theme.accent
                self._outline(canvas, path, outline, colour)
        for thread in sight.state.threads:
            ends = sight.centre(thread.source), sight.centre(thread.target)
            if ends[0] is not None and ends[1] is not None:
                leader = Leader(curve(ends[0][1], ends[1][1]), self.theme.tones[thread.kind].text)
                leader.draw(canvas, self.page, self.theme, thread.alpha)

    def _outline(self, canvas: skia.Canvas, path: skia.Path, outline: Outline, colour: Colour) -> None:
        width = WIDTHS[outline.role] * self.page.pixel
        if outline.role == "result":
            glow = paint_of(self.theme.accent, 0.75 * outline.alpha, 3.0 * width)
            glow.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, 1.6 * width))
            canvas.drawPath(path, glow)
        canvas.drawPath(path, paint_of(self.theme.page, 0.9 * outline.alpha, width + 2.4 * self.page.pixel))
        canvas.drawPath(path, paint_of(colour, outline.alpha, width))


def _visible_frame(sight: Sight, frame: Bounds) -> skia.Path:
    """The outline of the front of `frame` as far as it is ahead and no nearer box hides it."""
    path = skia.Path()
    if sight.quad(frame) is None:
        return path
    (x0, y0, _), (x1, y1, z) = frame.low, frame.high
    corners = np.array([(x0, y1, z), (x1, y1, z), (x1, y0, z), (x0, y0, z), (x0, y1, z)])
    steps = np.linspace(0, 1, PIECES, endpoint=False)[:, None]
    points = np.concatenate([a + (b - a) * steps for a, b in pairwise(corners)] + [corners[:1]])
    pixels = sight.project(points)
    hidden = sight.hidden((points[1:] + points[:-1]) / 2)
    if not hidden.any():
        path.addPoly([skia.Point(*pixels[i]) for i in range(0, 4 * PIECES, PIECES)], True)
        return path
    for i in np.flatnonzero(~hidden):
        if i == 0 or hidden[i - 1]:
            path.moveTo(*pixels[i])
        path.lineTo(*pixels[i + 1])
    return path


def curve(start: Points, end: Points) -> skia.Path:
    """A smooth curve between two pixels, leaving and arriving along the longer of the two directions."""
    (x0, y0), (x1, y1) = (float(start[0]), float(start[1])), (float(end[0]), float(end[1]))
    path = skia.Path()
    path.moveTo(x0, y0)
    if abs(x1 - x0) > abs(y1 - y0):
        middle = (x0 + x1) / 2
        path.cubicTo(middle, y0, middle, y1, x1, y1)
    else:
        middle = (y0 + y1) / 2
        path.cubicTo(x0, middle, x1, middle, x1, y1)
    return path


def hanging_curve(start: Points, end: Points, up: bool) -> skia.Path:
    """A smooth curve that leaves its start straight up or down, as from a number on a card, and arrives upright too.

    Where the two lie beside each other it is an arch.
    """
    (x0, y0), (x1, y1) = (float(start[0]), float(start[1])), (float(end[0]), float(end[1]))
    sign = -1.0 if up else 1.0
    level = abs(x1 - x0) > 4.0 * abs(y1 - y0) or (y1 - y0) * sign < 0
    path = skia.Path()
    path.moveTo(x0, y0)
    if level:
        rise = sign * (0.2 * abs(x1 - x0) + 0.1 * abs(y1 - y0))
        path.cubicTo(x0, y0 + rise, x1, y1 + rise, x1, y1)
    else:
        path.cubicTo(x0, y0 + 0.6 * (y1 - y0), x1, y1 - 0.5 * (y1 - y0), x1, y1)
    return path


@dataclass(frozen=True)
class Leader:
    """A thin curve from a card to what it speaks of, with a seam in the page's colour and a dot at its end."""

    path: skia.Path
    colour: Colour

    @property
    def area(self) -> Area:
        """What the curve spans, without its breadth."""
        bounds = self.path.getBounds()
        return Area(bounds.left(), bounds.top(), bounds.right(), bounds.bottom())

    def draw(self, canvas: skia.Canvas, page: Page, theme: Theme, alpha: float = 1.0) -> None:
        end = self.path.getPoint(self.path.countPoints() - 1)
        width, dot = 1.8 * page.pixel, 3.4 * page.pixel
        canvas.drawPath(self.path, paint_of(theme.page, 0.9 * alpha, width + 3.0 * page.pixel))
        canvas.drawCircle(end.x(), end.y(), dot + 1.5 * page.pixel, paint_of(theme.page, 0.9 * alpha))
        canvas.drawPath(self.path, paint_of(self.colour, alpha, width))
        canvas.drawCircle(end.x(), end.y(), dot, paint_of(self.colour, alpha))
