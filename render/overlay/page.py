"""The frame as a page: its bands and margins, and how large each kind of text is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from render.overlay.area import Area
from render.timeline.view import FOOT_BAND, TOP_BAND

LEAST_CAPTION, LEAST_TEXT = 0.022, 0.014
"""The smallest text there is, as a share of the frame's height."""

CAPTION, HEADING, PLACE = 0.036, 0.026, 0.018
TOKEN, TOKEN_ID = 0.024, 0.0145
NUMBERS, SYMBOLS = 0.028, 0.030
DEFINITION, LEGEND = 0.040, 0.021
LABEL, SUBTITLE, SECTION, AXIS = 0.0175, 0.0145, 0.022, 0.016
CHART_TITLE, CHART_TEXT = 0.023, 0.021
OPERATOR = 0.040
BRACKET, BESIDE = 0.021, 0.030
"""How large each kind of text is, as a share of the unit."""


@dataclass(frozen=True)
class Page:
    """A frame of `size` (width, height) pixels.

    The unit of everything flat is the frame's height, less in tall frames, whose width would not do for it.
    """

    size: tuple[int, int]

    @cached_property
    def width(self) -> int:
        return self.size[0]

    @cached_property
    def height(self) -> int:
        return self.size[1]

    @cached_property
    def unit(self) -> float:
        return min(self.height, 1.1 * self.width)

    @cached_property
    def tall(self) -> bool:
        return self.height > 1.1 * self.width

    def type_size(self, share: float, least: float = LEAST_TEXT) -> float:
        """The font size of `share` units, but `least` of the frame's height (of frames no taller than 9:16)."""
        return max(share * self.unit, least * min(self.height, 16 / 9 * self.width))

    @cached_property
    def pixel(self) -> float:
        """What is one pixel wide at 1080p."""
        return self.unit / 1080

    @cached_property
    def frame(self) -> Area:
        return Area(0.0, 0.0, float(self.width), float(self.height))

    @cached_property
    def margin(self) -> float:
        """What stays free at the frame's sides."""
        return 0.042 * self.unit

    @cached_property
    def fade(self) -> float:
        """How far a band fades out to either side of its inner edge."""
        return 0.0125 * self.height

    @cached_property
    def head(self) -> Area:
        """Where heading and token row stand."""
        top = 0.030 * self.unit
        bottom = TOP_BAND * self.height - self.fade
        return Area(self.margin, top, self.width - self.margin, bottom)

    @cached_property
    def foot(self) -> Area:
        """Where the caption stands, above the progress marks."""
        top = (1 - FOOT_BAND) * self.height + self.fade
        return Area(self.margin, top, self.width - self.margin, self.progress.top - 0.016 * self.unit)

    @cached_property
    def progress(self) -> Area:
        """Where the progress marks stand."""
        bottom = self.height - 0.018 * self.unit
        return Area(self.margin, bottom - max(4 * self.pixel, 2.0), self.width - self.margin, bottom)

    @cached_property
    def picture(self) -> Area:
        """What lies between the bands, less what is faded."""
        inset = 0.020 * self.unit
        return Area(
            inset,
            TOP_BAND * self.height + self.fade,
            self.width - inset,
            (1 - FOOT_BAND) * self.height - self.fade,
        )

    @cached_property
    def label_room(self) -> Area:
        """Where labels may stand: the picture, and what of the bands is left beside head and foot."""
        picture = self.picture
        return Area(picture.left, self.head.bottom + 0.004 * self.unit, picture.right, self.foot.top)
