"""Pieces that leave their places: boxes that shift, cells that fly, stand beside one another, and become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from render.layout import Point, Rect
from render.model import Region
from render.timeline.draft import Draft
from render.timeline.easing import Easing
from render.timeline.state import Flyer, Operator

LEFT_BEHIND = 0.12
"""How solid the place is that a moved piece has left."""

MERGING = 0.65
"""From which part of its way on a piece fades into what it becomes."""


@dataclass(frozen=True)
class Standing:
    """A piece and where it stands. `gap` is what it has left behind: a box and its cells; None for a copy."""

    region: Region
    home: Point
    corner: Point
    gap: tuple[str, Rect] | None = None


@dataclass(frozen=True)
class Flight:
    """The piece `name` flies from `start` to `goal`, in an arc towards the viewer that is `height` units high.

    left: how solid what it leaves behind is
    """

    name: str
    standing: Standing
    start: Point
    goal: Point
    height: float
    ease: Easing
    left: float = LEFT_BEHIND

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        s = self.ease(u)
        x, y, z = _between(self.start, self.goal, s)
        gap = self.standing.gap
        corner = (x, y, z + self.height * 4 * s * (1 - s))
        draft.flyers[self.name] = Flyer(self.standing.region, corner, solid, gap is not None)
        if gap is not None:
            draft.fade(*gap, self.left, min(1.0, 4 * u))


@dataclass(frozen=True)
class Signs:
    """Signs appear before pieces, by the pieces' names, once these have nearly come to their places."""

    operators: Mapping[str, Operator]

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        alpha = max(0.0, min(1.0, 4 * u - 3)) * solid
        if alpha > 0:
            draft.operators |= {name: replace(own, alpha=alpha) for name, own in self.operators.items()}


@dataclass(frozen=True)
class Return:
    """Pieces fly home, copies fade away where they are; signs before them vanish."""

    pieces: Mapping[str, Standing]
    ease: Easing

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        for name, piece in self.pieces.items():
            flyer = draft.flyers.get(name)
            _fade_sign(draft, name, u)
            if piece.gap is not None:
                s = self.ease(u)
                if flyer is not None and u < 1:
                    draft.flyers[name] = replace(flyer, corner=_between(flyer.corner, piece.home, s))
                draft.fade(*piece.gap, 1.0, max(0.0, 4 * s - 3))
            elif flyer is not None and u < 1:
                draft.flyers[name] = replace(flyer, alpha=flyer.alpha * (1 - u))
            if u >= 1:
                draft.flyers.pop(name, None)


@dataclass(frozen=True)
class Merge:
    """Pieces fly into one another and become cells of boxes, which are computed then.

    goals:  where each piece goes
    filled: what fraction of each box is computed afterwards
    """

    goals: Mapping[str, Point]
    filled: Mapping[str, float]
    ease: Easing

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        s = self.ease(u)
        gone = max(0.0, (s - MERGING) / (1 - MERGING))
        for name, goal in self.goals.items():
            flyer = draft.flyers.pop(name, None)
            _fade_sign(draft, name, min(1.0, 3 * u))
            if flyer is not None and u < 1:
                draft.flyers[name] = Flyer(flyer.region, _between(flyer.corner, goal, s), flyer.alpha * (1 - gone))
        if u >= 1 or gone > 0.5:
            for box, part in self.filled.items():
                draft.filled[box] = max(draft.filled.get(box, 0.0), part)


@dataclass(frozen=True)
class Shift:
    """Whole boxes go from one distance from their places to another."""

    shifts: Mapping[str, tuple[Point, Point]]
    ease: Easing

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        for box, (start, goal) in self.shifts.items():
            shift = _between(start, goal, self.ease(u))
            draft.shifts.pop(box, None)
            if any(shift):
                draft.shifts[box] = shift


def _fade_sign(draft: Draft, name: str, u: float) -> None:
    sign = draft.operators.pop(name, None)
    if sign is not None and u < 1:
        draft.operators[name] = replace(sign, alpha=sign.alpha * (1 - u))


def _between(a: Point, b: Point, s: float) -> Point:
    return (a[0] + s * (b[0] - a[0]), a[1] + s * (b[1] - a[1]), a[2] + s * (b[2] - a[2]))
