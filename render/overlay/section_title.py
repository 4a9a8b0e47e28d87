"""Section titles: large letters that stand in the scene above boxes, in the plane of their front."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
import skia
from numpy.typing import NDArray

from render.layout import Bounds, Layout
from render.model import Region
from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.faces import Points
from render.overlay.markup import parse
from render.overlay.page import LEAST_TEXT, Page
from render.overlay.settle import smoothstep
from render.overlay.sight import Sight
from render.overlay.text import CAP_HEIGHT, DESCENT, Lettering, faded
from render.overlay.typeset import SCRIPT_SIZE, Line, manner, set_line
from render.theme import Theme
from render.timeline import Section
from render.timeline.view import View

TALLEST, OF_HEIGHT = 12.0, 0.5
"""How large the letters may be, in the layout's units, and as a share of how tall the boxes below them are."""

OF_MODEL = 0.045
"""How large they may be at least, as the same share: a title of a whole model is large beside its parts."""

GAP = 0.45
"""How far the letters keep from what is below and above them, in font sizes."""

SPECK = 2.0
"""Boxes up to this large, in pixels of a frame 1080 high, are in nobody's way."""

LEGIBLE = 1.4
"""How large the letters are, beside the smallest text there is, where they have to stand over other boxes."""

_FONT_SIZE = 64.0
_ENDS = np.array(list(itertools.product((False, True), repeat=3)))
"""For each corner of a box and each axis, whether it is at the high end."""


@dataclass(frozen=True)
class PlacedSection:
    """A section title in its place.

    matrix:  takes the pixels in which `line` is set to those of the frame, perspective and all
    letters: as large as they look
    """

    line: Line
    matrix: NDArray[np.float64]
    area: Area
    letters: tuple[Lettering, ...]
    alpha: float
    name: str = "section"

    def draw(self, canvas: skia.Canvas) -> None:
        with faded(canvas, self.alpha, self.area.grown(0.3 * self.area.height)):
            canvas.save()
            canvas.concat(skia.Matrix.MakeAll(*self.matrix.ravel().tolist()))
            for x, rise, shaped in self.line.pieces:
                shaped.draw(canvas, x, -rise)
            canvas.restore()


class SectionSetter:
    """Sets section titles of one layout on one page."""

    def __init__(self, layout: Layout, page: Page, theme: Theme) -> None:
        self.layout, self.page, self.theme = layout, page, theme
        plain = manner(_FONT_SIZE, theme.ink, theme.accent_text, fonts.SEMIBOLD)
        self.manner = replace(
            plain,
            plain=replace(plain.plain, halo=theme.page),
            emphasis=replace(plain.emphasis, halo=theme.page),
        )
        self._known: dict[str, Line] = {}
        self._known_boxes: dict[tuple[Region, ...], tuple[Bounds, NDArray[np.bool_]]] = {}

    def place(self, section: Section, sight: Sight) -> PlacedSection | None:
        """The title above its boxes; None where it is not in the picture, or too small to be read."""
        if not section.regions or not section.title.strip():
            return None
        bounds, own = self._boxes(section, sight)
        if sight.view.project(bounds.corners)[:, 2].min() <= 0.5:
            return None
        if section.title not in self._known:
            self._known[section.title] = set_line(parse(section.title), self.manner)
        line = self._known[section.title]
        em = line.width / _FONT_SIZE
        (x0, _, _), (x1, _, z) = bounds.low, bounds.high
        middle, low = (x0 + x1) / 2, self._top(bounds, sight)
        unit = self.layout.unit_of(section.regions[0].tensor)
        tallest = max(TALLEST * unit, OF_MODEL * bounds.size[1])
        size = min((x1 - x0) / em, tallest, OF_HEIGHT * bounds.size[1])
        plane = _plane(sight.view, z)
        # Where other boxes leave no room to be read, it stands over them.
        legible = (
            LEGIBLE * self.page.type_size(0.0, LEAST_TEXT) / _looks(_pixels(plane, _corners(1.0, em, middle, low)))
        )
        size = min(size, max(legible, self._room(own, middle, low, em, z, sight)))
        size = self._fitting(size, em, middle, low, plane)
        if size <= 0:
            return None
        corners = _corners(size, em, middle, low)
        quad = _pixels(plane, corners)
        least = (SCRIPT_SIZE if any(rise for _, rise, _ in line.pieces) else 1.0) * _looks(quad)
        alpha = section.alpha * smoothstep(1.0, 1.15, least / self.page.type_size(0.0, LEAST_TEXT))
        area = Area.around(quad)
        alpha *= smoothstep(0.3, 0.0, sight.covered(area, z, "")[0])
        if alpha <= 0:
            return None
        scale = size / _FONT_SIZE
        baseline = low + (GAP + DESCENT) * size
        matrix = plane @ np.array([[scale, 0, middle - em * size / 2], [0, -scale, baseline], [0, 0, 1]])
        return PlacedSection(line, matrix, area, self._letters(line, matrix, _looks(quad)), alpha)

    def _letters(self, line: Line, matrix: NDArray[np.float64], looks: float) -> tuple[Lettering, ...]:
        """The pieces of the line as they look on the frame, for whoever asks what stands where."""
        letters = []
        for x, rise, shaped in line.pieces:
            (left, baseline), (right, _) = _pixels(matrix, np.array([(x, -rise), (x + shaped.width, -rise)])).tolist()
            style = replace(shaped.style, size=looks * shaped.style.size / _FONT_SIZE)
            letters.append(Lettering(replace(shaped, style=style, width=right - left), left, baseline, self.theme.page))
        return tuple(letters)

    def _top(self, bounds: Bounds, sight: Sight) -> float:
        """The height in the plane of the front that clears all of the boxes, as the camera sees them."""
        return float(_shadows(np.array(bounds.corners)[None], bounds.high[2], sight.view.eye)[0, 3])

    def _boxes(self, section: Section, sight: Sight) -> tuple[Bounds, NDArray[np.bool_]]:
        """The bounds of what a title stands above, and which of all boxes are part of it."""
        if section.regions not in self._known_boxes:
            own = np.zeros(len(sight.faces.boxes), bool)
            own[[sight.faces.index[box.id] for region in section.regions for box, _ in self.layout.find(region)]] = True
            self._known_boxes[section.regions] = self.layout.bounds_of(section.regions), own
        return self._known_boxes[section.regions]

    def _room(self, own: NDArray[np.bool_], middle: float, low: float, em: float, z: float, sight: Sight) -> float:
        """How large the letters may be so that they stay off the other boxes that are seen near them, above them.

        What begins below the top of their own boxes is in the way whatever their size is, and does not count.
        """
        others = sight.solid[sight.ahead[sight.solid] & ~own[sight.solid]]
        others = others[(sight.areas[others, 2:] - sight.areas[others, :2]).max(axis=1) > SPECK * self.page.pixel]
        if not len(others):
            return float("inf")
        lows, highs = sight.faces.low[others], sight.faces.high[others]
        corners = np.where(_ENDS, highs[:, None], lows[:, None])
        left, bottom, right, top = _shadows(corners, z, sight.view.eye).T
        aside = np.maximum(np.maximum(left - middle, middle - right), 0.0) / (em / 2 + GAP)
        over = (bottom - low) / (CAP_HEIGHT + DESCENT + 2 * GAP)
        return float(np.min(np.maximum(aside, over)[(top > low) & (np.maximum(aside, over) > 0)], initial=np.inf))

    def _fitting(self, size: float, em: float, middle: float, low: float, plane: NDArray[np.float64]) -> float:
        """`size`, or less where the letters would leave the room for labels; 0 where there is none for any."""
        room = self.page.label_room

        def fits(size: float) -> bool:
            return room.holds(Area.around(_pixels(plane, _corners(size, em, middle, low))))

        if fits(size):
            return size
        fitting, too_large = 0.0, size
        for _ in range(24):
            half = (fitting + too_large) / 2
            fitting, too_large = (half, too_large) if fits(half) else (fitting, half)
        return fitting


def _corners(size: float, em: float, middle: float, low: float) -> Points:
    """The corners of letters of a size in their plane, clockwise from the top left: capitals to descenders."""
    half, bottom = em * size / 2, low + GAP * size
    top = bottom + (CAP_HEIGHT + DESCENT) * size
    return np.array([(middle - half, top), (middle + half, top), (middle + half, bottom), (middle - half, bottom)])


def _looks(quad: Points) -> float:
    """How large the letters between those corners look: their font size in pixels where they are smallest."""
    return float(np.hypot(*(quad[:2] - quad[:1:-1]).T).min()) / (CAP_HEIGHT + DESCENT)


def _plane(view: View, z: float) -> NDArray[np.float64]:
    """What takes (x, y, 1) in the plane at `z` to homogeneous pixels, (3, 3)."""
    axes = np.array([(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), -(view.eye - (0.0, 0.0, z))]).T
    right, up, back = view.basis @ axes
    x, y = view.centre
    return np.stack([view.focal * right - x * back, -view.focal * up - y * back, -back])


def _pixels(matrix: NDArray[np.float64], points: Points) -> Points:
    """Points (n, 2) under a projective map."""
    across, down, depth = matrix @ np.concatenate([points, np.ones((len(points), 1))], 1).T
    return np.stack([across / depth, down / depth], 1)


def _shadows(corners: Points, z: float, eye: Points) -> Points:
    """What boxes' corners (n, 8, 3) cover of the plane at `z`, seen from `eye`: left, bottom, right, top, (n, 4)."""
    along = (z - eye[2]) / (corners[:, :, 2:] - eye[2])
    seen = eye[:2] + along * (corners[:, :, :2] - eye[:2])
    return np.concatenate([seen.min(axis=1), seen.max(axis=1)], 1)
