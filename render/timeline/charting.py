"""What charts do in the picture: they come, change as a parameter does, turn into others, and go."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from render.timeline.draft import Draft
from render.timeline.easing import Easing
from render.timeline.plotted import Plotted
from render.timeline.recipe import TEMPERATURE, Recipe

MOVING = 0.3
"""Which part of the time of one index its plot spends turning into the next."""


@dataclass(frozen=True)
class Draw:
    """A chart comes: its plot grows, or turns from that of an `earlier` chart, which it takes the place of."""

    recipe: Recipe
    ease: Easing
    earlier: Plotted | None = None

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        if self.earlier is None:
            made = Plotted(self.recipe, {}, self.ease(u), min(1.0, 4 * u) * solid)
        else:
            made = Plotted(self.recipe, {}, 1.0, solid, self.earlier, self.ease(u))
        draft.charts[self.recipe.id] = made


@dataclass(frozen=True)
class Widen:
    """A chart gets the axes that it needs for a sweep, `seen` by all when it has others already."""

    recipe: Recipe
    seen: bool

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        now = draft.charts[self.recipe.id]
        wide = replace(now, recipe=self.recipe)
        draft.charts[self.recipe.id] = replace(wide, earlier=now, turned=u) if self.seen and u < 1 else wide


@dataclass(frozen=True)
class Change:
    """A parameter of a chart goes from one value to another: a temperature in equal ratios, an index step by step.

    lead: the part of the time in which the chart turns from the value that it had before to the first one
    """

    id: int
    parameter: str
    start: float
    end: float
    ease: Easing
    lead: float

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        now = draft.charts[self.id]
        moved = self.ease(max(0.0, u - self.lead) / (1 - self.lead))
        settings = {**now.settings, self.parameter: self.at(moved)}
        if u < self.lead and now.recipe.value(self.parameter, now.settings) != self.start:
            draft.charts[self.id] = replace(now, settings=settings, earlier=now, turned=u / self.lead)
        else:
            draft.charts[self.id] = replace(now, settings=settings)

    def at(self, u: float) -> float:
        """The parameter's value when a part `u` of the way is done."""
        if u >= 1:
            return self.end
        if self.parameter == TEMPERATURE:
            return self.start * math.exp(u * math.log(self.end / self.start))
        steps = abs(self.end - self.start)
        place, part = divmod(u * (steps + 1), 1.0)
        part = max(0.0, part - 1 + MOVING) / MOVING if place < steps else 0.0
        return self.start + math.copysign(place + part * part * (3 - 2 * part), self.end - self.start)


@dataclass(frozen=True)
class Remove:
    """A chart is gone."""

    id: int

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        draft.charts.pop(self.id, None)
