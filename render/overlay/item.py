"""What the flat layer is made of: pieces that know their place before anything is drawn."""

from __future__ import annotations

from typing import Protocol

import skia

from render.overlay.area import Area
from render.overlay.text import Lettering


class Item(Protocol):
    """A laid-out piece of the flat layer: a caption, a card, a label."""

    @property
    def name(self) -> str:
        """What it is: "caption", "card", "label"."""

    @property
    def area(self) -> Area:
        """All that it covers."""

    @property
    def alpha(self) -> float:
        """How solid it is, 0 to 1."""

    @property
    def letters(self) -> tuple[Lettering, ...]:
        """All text in it."""

    def draw(self, canvas: skia.Canvas) -> None:
        """Draw it in its place."""
