"""What stands at squeezed boxes: a break sign on their sides, as on a broken axis, and how many words they hold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import skia

from render.layout import Box, Layout
from render.overlay import fonts
from render.overlay.faces import Faces, Points
from render.overlay.page import AXIS, Page
from render.overlay.settle import Candidate, smoothstep
from render.overlay.sight import Sight
from render.overlay.sign import SOLID, Sign, bid
from render.overlay.text import Style, paint_of
from render.theme import Theme

ROOM = (1.15, 1.35)
"""How long a run is on the frame when it says how many words it holds, and from where on it wholly does, in widths of
what it says."""

BROKEN = (28.0, 40.0)
"""How long a run is when its sides have break signs, in pixels at 1080p."""

HALF, APART, LEAN = 7.0, 5.0, 3.0
"""How far the strokes of a break sign reach over a side, how far they are apart, and how far they lean, in pixels at
1080p."""


class RunLabels:
    """Finds the labels of one layout's squeezed boxes, and draws their break signs."""

    def __init__(self, layout: Layout, faces: Faces, page: Page, theme: Theme) -> None:
        self.page, self.theme = page, theme
        self.style = Style(page.type_size(AXIS), theme.muted, fonts.MEDIUM, halo=theme.page)
        self._boxes = np.array([i for i, box in enumerate(faces.boxes) if box.squeezed], np.intp)
        boxes = [faces.boxes[i] for i in self._boxes]
        self._signs = [Sign(((_words(box, len(layout.face_of(box)) > 1), self.style),)) for box in boxes]

    def candidates(self, sight: Sight, near: Points) -> Iterator[Candidate]:
        """How many words each run holds, below it or above it, or left or right of it where it runs down.

        near: how near each box is for a name of its own
        """
        for k, ramp in self._seen(sight):
            i, sign = int(self._boxes[k]), self._signs[k]
            box, area = sight.faces.boxes[i], sight.areas[i].tolist()
            across, gap = _across(box), 0.55 * self.style.size
            sides = self._middles(sight, i)
            length = area[2] - area[0] if across else area[3] - area[1]
            ramp *= float(near[i]) * smoothstep(*ROOM, length / (sign.width if across else 2.0 * sign.height))
            (x0, y0), (x1, y1) = sides.tolist()
            if across:
                y0 = min(y0, *(float(np.interp(x0, line[:, 0], line[:, 1])) for line in sight.edges(i)[0]))
            places = [(x1, y1 + gap, 0.5), (x0, y0 - gap - sign.height, 0.5)]
            if not across:
                level = (y0 + y1 - sign.height) / 2
                places = [(x0 - gap, level, 1.0), (x1 + gap, level, 0.0)]
            for x, top, align in places if ramp > 0 else ():
                letters = sign.at(x, top, align, self.theme.page)
                yield bid(sight, self.page, f"{box.id} run", letters, float(sight.faces.high[i, 2]), ramp, box.tensor)

    def draw(self, canvas: skia.Canvas, sight: Sight) -> None:
        """Draw the break signs, two strokes across either side of each run."""
        pixel = self.page.pixel
        for k, ramp in self._seen(sight):
            i = int(self._boxes[k])
            box = sight.faces.boxes[i]
            along = np.array([1.0, 0.0]) if _across(box) else np.array([0.0, 1.0])
            sides, hidden = self._middles(sight, i), sight.hidden(np.array(self._corners(box)))
            thick = float(np.hypot(*(sides[1] - sides[0])))
            if thick < 4 * HALF * pixel:  # one sign through a thin run
                self._sign(canvas, sides.mean(axis=0), along, thick / 2 + HALF * pixel, 0.0 if hidden.any() else ramp)
                continue
            for middle, behind in zip(sides, hidden, strict=True):
                self._sign(canvas, middle, along, HALF * pixel, 0.0 if behind else ramp)

    def _sign(self, canvas: skia.Canvas, middle: Points, along: Points, half: float, alpha: float) -> None:
        """A break sign at a pixel, `half` as long as its strokes, of a side that runs `along`."""
        pixel = self.page.pixel
        strokes = []
        for side in (-1, 1):
            aside = side * APART / 2 * along
            strokes.append(
                [middle + way * half * along[::-1] + (aside + way * LEAN * along) * pixel for way in (-1, 1)]
            )
        band = skia.Path()
        band.addPoly([skia.Point(*point) for point in (*strokes[0], *strokes[1][::-1])], True)
        canvas.drawPath(band, paint_of(self.theme.page, alpha))
        for start, end in strokes:
            canvas.drawLine(*start, *end, paint_of(self.theme.muted, alpha, 1.6 * pixel))

    def _seen(self, sight: Sight) -> list[tuple[int, float]]:
        """The runs that are seen, by their number among all, and how far they are there."""
        if not len(self._boxes):
            return []
        left, top, right, bottom = sight.areas[self._boxes].T
        least = BROKEN[0] * self.page.pixel
        large = sight.on_frame[self._boxes] & (np.maximum(right - left, bottom - top) > least)
        found = []
        for k in np.flatnonzero(large & (sight.alphas[self._boxes] > SOLID[0])).tolist():
            length = right[k] - left[k] if _across(sight.faces.boxes[self._boxes[k]]) else bottom[k] - top[k]
            ramp = smoothstep(*BROKEN, float(length) / self.page.pixel)
            found.append((k, ramp * smoothstep(*SOLID, float(sight.alphas[self._boxes[k]]))))
        return [(k, ramp) for k, ramp in found if ramp > 0]

    def _corners(self, box: Box) -> list[tuple[float, float, float]]:
        """The middles of the two sides that a run goes along, in the world."""
        if _across(box):
            return [box.place(box.width / 2, 0), box.place(box.width / 2, box.height)]
        return [box.place(0, box.height / 2), box.place(box.width, box.height / 2)]

    def _middles(self, sight: Sight, i: int) -> Points:
        """The same in pixels, (2, 2)."""
        return sight.project(self._corners(sight.faces.boxes[i]))


def _across(box: Box) -> bool:
    """Whether it is its columns that are squeezed."""
    return box.cell[0] != 1.0


def _words(box: Box, more: bool) -> str:
    count = box.width if _across(box) else box.height
    return f"{count:,} {'more ' if more else ''}word{'s' if count != 1 else ''}"
