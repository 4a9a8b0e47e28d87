"""A state in the making: effects write into it in the order of the script, then it is frozen."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, fields
from typing import Protocol

from render.layout import Point, Rect
from render.timeline.plotted import Plotted
from render.timeline.state import (
    Bracket,
    Card,
    Definition,
    Flyer,
    Label,
    Look,
    Operator,
    Outline,
    Pulse,
    Section,
    Sign,
    Tableau,
    Thread,
)


@dataclass
class Draft:
    """What the effects change.

    arriving: how far the newest token has come into the row
    flyers, operators: by the piece that they are, or that they stand before
    """

    step: int = 0
    arriving: float | None = None
    looks: dict[str, Look] = field(default_factory=dict)
    filled: dict[str, float] = field(default_factory=dict)
    shifts: dict[str, Point] = field(default_factory=dict)
    flyers: dict[str, Flyer] = field(default_factory=dict)
    operators: dict[str, Operator] = field(default_factory=dict)
    outlines: list[Outline] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    marks: list[Bracket | Section | Sign] = field(default_factory=list)
    card: Card | None = None
    definition: Definition | None = None
    charts: dict[int, Plotted] = field(default_factory=dict)
    tableau: Tableau | None = None
    pulses: list[Pulse] = field(default_factory=list)
    minimap: float = 0.0

    def copy(self) -> Draft:
        """A draft that can be written on without changing this one."""
        return Draft(**{own.name: copy(getattr(self, own.name)) for own in fields(self)})

    def fade(self, box: str, window: Rect | None, alpha: float, u: float) -> None:
        """Bring a box, or the cells of its `window`, a fraction `u` of the way to `alpha`."""
        look = self.looks.get(box, Look())
        if window is None:
            windows = () if u >= 1 else tuple((cells, _mix(own, alpha, u)) for cells, own in look.windows)
            self.looks[box] = Look(_mix(look.alpha, alpha, u), windows)
        else:
            before = dict(look.windows).get(window, look.alpha)
            others = tuple((cells, own) for cells, own in look.windows if cells != window)
            own = _mix(before, alpha, u)
            # Cells that look like the rest again are a window no more.
            kept = () if u >= 1 and own == look.alpha else ((window, own),)
            self.looks[box] = Look(look.alpha, (*others, *kept))

    def fade_all(self, boxes: Sequence[str], alpha: float, u: float) -> None:
        """As `fade` for many boxes as wholes. Those that look alike before do so after: they share one look."""
        looks = dict.fromkeys(boxes, Look(_mix(Look().alpha, alpha, u)))
        changed: dict[int, Look] = {}
        for box in self.looks.keys() & looks.keys():
            before = self.looks[box]
            if id(before) not in changed:
                self.fade(box, None, alpha, u)
                changed[id(before)] = self.looks[box]
            looks[box] = changed[id(before)]
        self.looks.update(looks)


def _mix(a: float, b: float, u: float) -> float:
    return a + u * (b - a)


class Effect(Protocol):
    """What an action does to the picture, as a function of how far it is."""

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        """Write the effect into `draft`.

        u:     runs from 0 at the effect's start to 1 at its end and stays 1
        solid: 1, and down to 0 while a passing effect leaves the picture
        """


@dataclass(frozen=True)
class Clip:
    """An effect's place on the time line, in seconds.

    start, end: while it changes the picture
    stop:       when it has left the picture again; it fades over `fade` before that. Infinite for what stays.
    """

    start: float
    end: float
    effect: Effect
    stop: float = float("inf")
    fade: float = 0.0
