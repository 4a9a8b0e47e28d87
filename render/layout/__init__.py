"""Where each tensor stands in space: boxes to scale, named dimensions, and the ribbons between them."""

from render.layout.arrange import arrange
from render.layout.box import Axis, Bounds, Box, Layout, Orientation, Point, Rect, Ribbon

__all__ = ["Axis", "Bounds", "Box", "Layout", "Orientation", "Point", "Rect", "Ribbon", "arrange"]
