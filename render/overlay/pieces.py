"""What is drawn about pieces that are away from their places: an edge around each, operator signs between them."""

from __future__ import annotations

import numpy as np
import skia

from render.overlay import fonts
from render.overlay.faces import Points
from render.overlay.page import OPERATOR, Page
from render.overlay.sight import Sight
from render.overlay.text import CAP_HEIGHT, Style, faded, paint_of, shape
from render.theme import Theme
from render.timeline import Operator

LEAST_APART = 1.15
"""How far apart, in font sizes, signs of one gap stand; nearer, there is one for all."""


EDGE = 1.4
"""How broad the edge around a piece is, in pixels at 1080p."""


class PieceMarks:
    """Draws the edges and signs of states on one page."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self.page, self.theme = page, theme
        self.small = Style(page.type_size(0.0), theme.ink, fonts.SEMIBOLD, halo=theme.page)
        self.large = Style(page.type_size(OPERATOR), theme.ink, fonts.SEMIBOLD, halo=theme.page)

    def draw(self, canvas: skia.Canvas, sight: Sight) -> None:
        for pane in sight.flying:
            c0, r0, c1, r1 = pane.cells
            corners = pane.points(np.array([c0, c1, c1, c0]), np.array([r0, r0, r1, r1]))
            middle = pane.points(np.array([(c0 + c1) / 2]), np.array([(r0 + r1) / 2]))
            if sight.view.project(corners)[:, 2].min() > 0.5 and not sight.hidden(middle)[0]:
                path = skia.Path()
                path.addPoly([skia.Point(*pixel) for pixel in sight.project(corners)], True)
                pixel = self.page.pixel
                canvas.drawPath(path, paint_of(self.theme.page, 0.8 * pane.look.alpha, 3 * EDGE * pixel))
                canvas.drawPath(path, paint_of(self.theme.ink, pane.look.alpha, EDGE * pixel))
        for operator in sight.state.operators:
            style, places = self.place(operator, sight)
            shaped = shape(operator.text, style)
            with faded(canvas, operator.alpha, self.page.frame):
                for x, y in places.tolist():
                    shaped.draw(canvas, x - shaped.width / 2, y + CAP_HEIGHT * style.size / 2)

    def place(self, operator: Operator, sight: Sight) -> tuple[Style, Points]:
        """How a sign looks, and the pixels (n, 2) that it is centred on: one a cell where they have room, else one."""
        seen = sight.view.project(operator.points)
        places = seen[seen[:, 2] > 0.5, :2]
        if len(places) > 1:
            apart = float(np.hypot(*(places[1] - places[0])))
            size = min(apart / LEAST_APART, self.large.size)
            if size >= self.small.size:
                return Style(size, self.small.colour, self.small.weight, halo=self.small.halo), places
        return self.large, places.mean(axis=0, keepdims=True) if len(places) else places
