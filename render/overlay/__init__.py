"""The flat layer over the picture: captions, headings, formula cards, charts, labels, and the numbers in cells."""

from render.overlay.compositor import Overlay

__all__ = ["Overlay"]
