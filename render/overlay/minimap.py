"""The minimap: the whole model from in front, small, and over it what the camera sees of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import skia
from numpy.typing import NDArray

from render.layout import Layout
from render.overlay.area import Area
from render.overlay.page import Page
from render.overlay.settle import smoothstep
from render.overlay.sight import Sight
from render.overlay.text import Lettering, faded, paint_of
from render.theme import Theme
from render.timeline import State, View

LEAST = 0.55
"""A map smaller than this share of its usual size is left out."""

BROADEST, MOST = 0.25, 0.45
"""How broad a map is at most, in units, and as a share of the room in the head."""

WHOLE = (0.92, 0.75)
"""How much of the model the camera sees when the map is gone, and when it is all there."""

SAMPLES = 4
"""Into how many parts, across and down, a pixel of the map is divided to find what covers it."""

SMALLEST, LINE = 9.0, 2.0
"""How large the mark of what the camera sees is at least, and how broad its line, in pixels at 1080p."""


@dataclass(frozen=True)
class Drawing:
    """The model from in front on a map of some pixels: which boxes cover each pixel, and how much of it.

    Entries come pixel by pixel; the last box stands for the page, which no box covers.
    """

    size: tuple[int, int]
    boxes: NDArray[np.intp]
    shares: NDArray[np.float32]
    starts: NDArray[np.intp]

    @classmethod
    def of(cls, layout: Layout, size: tuple[int, int]) -> Drawing:
        width, height = size
        (left, _, _), (right, top, _) = layout.bounds.low, layout.bounds.high
        scale = SAMPLES * width / (right - left)
        nearest = np.full((height * SAMPLES, width * SAMPLES), len(layout.boxes))
        for place, box in sorted(enumerate(layout.boxes.values()), key=lambda entry: entry[1].corner[2]):
            (x0, y0, _), (x1, y1, _) = box.bounds.low, box.bounds.high
            columns, rows = (_span(a * scale, b * scale) for a, b in ((x0 - left, x1 - left), (top - y1, top - y0)))
            nearest[rows, columns] = place
        samples = nearest.reshape(height, SAMPLES, width, SAMPLES).swapaxes(1, 2).reshape(height * width, -1)
        pixels = np.repeat(np.arange(height * width), SAMPLES**2)
        entries, counts = np.unique(pixels * (len(layout.boxes) + 1) + samples.ravel(), return_counts=True)
        owners, boxes = np.divmod(entries, len(layout.boxes) + 1)
        starts = np.searchsorted(owners, np.arange(height * width))
        return cls(size, boxes, (counts / SAMPLES**2).astype(np.float32), starts)

    def painted(self, colours: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The map's pixels, (height, width, 4), with a colour (0 to 1) for each box and one for the page."""
        width, height = self.size
        mixed = np.add.reduceat(colours.take(self.boxes, 0) * self.shares[:, None], self.starts)
        pixels = np.full((height, width, 4), 255, np.uint8)
        pixels[..., :3] = np.rint(255 * mixed).reshape(height, width, 3)
        return pixels


def _span(start: float, end: float) -> slice:
    """The samples of a side, at least one."""
    first = round(start)
    return slice(first, max(round(end), first + 1))


@dataclass(frozen=True)
class PlacedMinimap:
    """The map in its place, and on it what the camera sees."""

    area: Area
    image: skia.Image
    seen: Area
    alpha: float
    page: Page
    theme: Theme
    letters: tuple[Lettering, ...] = ()
    name: str = "minimap"

    def draw(self, canvas: skia.Canvas) -> None:
        with faded(canvas, self.alpha, self.area):
            canvas.drawImage(self.image, self.area.left, self.area.top)
            line, radius = LINE * self.page.pixel, 3.0 * self.page.pixel
            rect = self.seen.grown(-line / 2).rect
            canvas.drawRoundRect(rect, radius, radius, paint_of(self.theme.accent, 0.16))
            canvas.drawRoundRect(rect, radius, radius, paint_of(self.theme.accent, stroke=line))


class MinimapSetter:
    """Sets the minimap of one layout on one page."""

    def __init__(self, layout: Layout, page: Page, theme: Theme) -> None:
        self.layout, self.page, self.theme = layout, page, theme
        self._drawings: dict[tuple[int, int], Drawing] = {}
        kinds = [theme.tones[box.kind] for box in layout.boxes.values()]
        self._pale = np.array([*(tones.pale for tones in kinds), theme.page], np.float32)
        self._ground = np.array([*(tones.ground for tones in kinds), theme.page], np.float32)
        self._index = {id: place for place, id in enumerate(layout.boxes)}
        # How far each box is computed to begin with; the page counts as computed.
        self._given = np.array([*(box.kind in ("weight", "token") for box in layout.boxes.values()), True], np.float32)
        self._held: tuple[tuple[tuple[int, int], bytes], skia.Image] | None = None

    def room(self, room: Area) -> Area | None:
        """Where the map stands, on whole pixels, at the right of a `room` in the head; None where it is too small."""
        broad, high, _ = self.layout.bounds.size
        usual = min(room.height / high, BROADEST * self.page.unit / broad)
        scale = min(usual, MOST * room.width / broad)
        if scale < LEAST * usual:
            return None
        across, down = max(1, int(scale * broad)), max(1, int(scale * high))
        return Area.at(float(int(room.right) - across), float(np.ceil(room.top)), float(across), float(down))

    def place(self, sight: Sight, area: Area) -> PlacedMinimap | None:
        """The map in the place that `room` has found; None while the camera sees about the whole model anyway."""
        footprint = self._footprint(sight.view, area)
        alpha = sight.state.minimap * smoothstep(*WHOLE, footprint.shared(area) / (area.width * area.height))
        if alpha <= 0.004:
            return None
        seen = _within(footprint, area, SMALLEST * self.page.pixel)
        image = self._image((round(area.width), round(area.height)), sight.state)
        return PlacedMinimap(area, image, seen, alpha, self.page, self.theme)

    def _footprint(self, view: View, area: Area) -> Area:
        """What is in the picture of the plane that the camera looks at, in the pixels of a map in `area`."""
        picture, bounds = self.page.picture, self.layout.bounds
        corners = [(x, y) for x in (picture.left, picture.right) for y in (picture.top, picture.bottom)]
        rays = (np.array(corners) - view.centre) * (1, -1) / view.focal @ view.basis[:2] - view.basis[2]
        # A ray that never meets the plane goes as far as can be.
        along = (view.pose.target[2] - view.eye[2]) / np.minimum(rays[:, 2], -1e-3)
        x, y = (view.eye[:2] + along[:, None] * rays[:, :2]).T
        scale = area.width / bounds.size[0]
        on_map = (area.left + scale * (x - bounds.low[0]), area.top + scale * (bounds.high[1] - y))
        return Area.around(np.stack(on_map, 1))

    def _image(self, size: tuple[int, int], state: State) -> skia.Image:
        """The map, boxes pale as far as they are not computed; painted anew only when that or the size changes."""
        computed = self._given.copy()
        for id, part in state.filled.items():
            computed[self._index[id]] = max(part, self._given[self._index[id]])
        key = (size, computed.tobytes())
        if self._held is None or self._held[0] != key:
            if size not in self._drawings:
                self._drawings[size] = Drawing.of(self.layout, size)
            colours = self._pale + computed[:, None] * (self._ground - self._pale)
            pixels = self._drawings[size].painted(colours)
            # Said to be opaque, it is copied and not blended.
            self._held = (key, skia.Image.fromarray(pixels, alphaType=skia.kOpaque_AlphaType))
        return self._held[1]


def _within(seen: Area, area: Area, least: float) -> Area:
    """What of `seen` lies in `area`, grown or moved to where it can be seen: `least` pixels to each side."""
    left, right = _side(seen.left, seen.right, area.left, area.right, least)
    top, bottom = _side(seen.top, seen.bottom, area.top, area.bottom, least)
    return Area(left, top, right, bottom)


def _side(start: float, end: float, low: float, high: float, least: float) -> tuple[float, float]:
    start, end = max(start, low), min(end, high)
    if end - start >= least:
        return start, end
    start = min(max((start + end - least) / 2, low), max(high - least, low))
    return start, min(start + least, high)
