"""Pulses: bands that run along ribbons from source to target and so show which way things flow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from render.layout import Box, Layout
from render.timeline.draft import Draft
from render.timeline.easing import ease_in_out
from render.timeline.state import Pulse

SPEED = 18.0
"""How fast a pulse runs, in the layout's units a second."""

EASE = 0.5
"""Seconds in which pulses come and go."""


def ribbons_into(layout: Layout, boxes: Iterable[Box]) -> tuple[int, ...]:
    """The ribbons, as places in `layout.ribbons`, that lead into boxes.

    What is multiplied with a matrix is drawn into that matrix, and from there on: both ribbons lead into the product.
    """
    found = _into(layout, {box.id for box in boxes})
    weights = {layout.ribbons[place].source for place in found if layout.ribbons[place].kind == "weight"}
    return tuple(sorted(found | _into(layout, weights)))


def ribbons_of(layout: Layout, boxes: Iterable[Box]) -> tuple[int, ...]:
    """The ribbons that lead into boxes, and out of those that nothing leads into: trained weights, the tokens."""
    chosen = tuple(boxes)
    springs = {box.id for box in chosen} - set(layout.ribbons_into)
    out = {place for id in springs for place in layout.ribbons_out_of.get(id, ())}
    return tuple(sorted({*ribbons_into(layout, chosen), *out}))


def _into(layout: Layout, ids: Iterable[str]) -> set[int]:
    return {place for id in ids for place in layout.ribbons_into.get(id, ())}


def swell(since: float, until: float, ease: float = EASE) -> float:
    """How strong pulses are `since` seconds after their start and `until` seconds before their end, 0 to 1."""
    return ease_in_out(max(0.0, min(1.0, since / ease, until / ease)))


@dataclass(frozen=True)
class Pulsing:
    """Pulses on ribbons for `length` seconds, at `speed` world units a second."""

    ribbons: tuple[int, ...]
    length: float
    speed: float

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        seconds = u * self.length
        alpha = swell(seconds, self.length - seconds, min(EASE, self.length / 2))
        draft.pulses.append(Pulse(self.ribbons, seconds * self.speed, alpha))
