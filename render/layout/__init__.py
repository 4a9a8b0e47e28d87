"""Where each tensor stands in space: boxes to scale, named dimensions, and the ribbons between them."""

from render.layout.arrange import arrange
from render.layout.box import Axis, Bounds, Box, Orientation, Point, Rect
from render.layout.cast import line_up
from render.layout.layout import Layout, Ribbon
from render.layout.vocabulary import Span, telling_words

__all__ = [
    "Axis",
    "Bounds",
    "Box",
    "Layout",
    "Orientation",
    "Point",
    "Rect",
    "Ribbon",
    "Span",
    "arrange",
    "line_up",
    "telling_words",
]
