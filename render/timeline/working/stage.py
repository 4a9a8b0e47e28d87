"""What a working is made of: tiles that hold numbers, signs between them, and the stages that they go through.

Places are in tiles: a tile is one wide and one high, x runs right, y runs down, and a stage is centred about (0, 0).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from render.model import Region


@dataclass(frozen=True)
class Tile:
    """A number on the card.

    id:     by which it is the same tile from stage to stage
    tensor: the one that it belongs to, or is on its way to; "" for a constant, which stands without a ground
    cell:   where in the model its value stands; None for what is in between
    full:   the magnitude that fills its disc; None is that of the tensor
    text:   what a constant is called, √16
    """

    id: int
    value: float
    tensor: str
    cell: Region | None = None
    full: float | None = None
    text: str = ""


@dataclass(frozen=True)
class Placed:
    """A tile where it stands in a stage, and how it came there.

    parents: the tiles of the stage before that slide together into it
    totals:  of a sum, its value after each of the parents has arrived
    turn:    how many turns it waits while others move
    away:    whether it has gone to its cell in the model
    """

    tile: Tile
    x: float
    y: float
    parents: tuple[int, ...] = ()
    totals: tuple[float, ...] = ()
    turn: int = 0
    marked: bool = False
    away: bool = False


@dataclass(frozen=True)
class Sign:
    """Something written between the tiles; `key` tells which it is from stage to stage.

    role:  an operator; the name of a tensor; a note; a slot, an empty place that a number will take
    align: 0 starts at x, 0.5 is centred there, 1 ends there
    """

    key: str
    text: str
    x: float
    y: float
    role: Literal["operator", "name", "note", "slot"] = "operator"
    tensor: str = ""
    align: float = 0.5


@dataclass(frozen=True)
class Stage:
    """An arrangement at rest, and how the stage before turns into it.

    each: seconds that one move takes
    gap:  seconds from turn to turn
    rest: seconds that the arrangement then stands
    grown: how much larger than usual all is, about the middle
    """

    tiles: tuple[Placed, ...]
    signs: tuple[Sign, ...]
    each: float = 0.4
    gap: float = 0.0
    rest: float = 0.3
    grown: float = 1.0

    @cached_property
    def over(self) -> float:
        """Seconds from the stage before to this one."""
        turns = [placed.turn for placed in self.tiles]
        turns += [len(placed.parents) - 1 for placed in self.tiles if placed.totals]
        return self.each + self.gap * max(turns, default=0)

    @property
    def length(self) -> float:
        return self.over + self.rest

    @property
    def reach(self) -> tuple[float, float, float]:
        """How far it goes from (0, 0), in tiles: to the left, to the right, and up and down."""
        left = right = half = 0.5
        for placed in self.tiles:
            left = max(left, self.grown * (0.5 - placed.x))
            right = max(right, self.grown * (0.5 + placed.x))
            half = max(half, self.grown * (abs(placed.y) + 0.5))
        for sign in self.signs:
            wide = width_of(sign.text)
            left = max(left, self.grown * (sign.align * wide - sign.x))
            right = max(right, self.grown * ((1 - sign.align) * wide + sign.x))
            half = max(half, self.grown * (abs(sign.y) + 0.25))
        return left, right, half


@dataclass(frozen=True)
class Working:
    """How the cells of `result` come about. At the end of the last stage but one they stand worked out on the card.

    operands: what is read from the model
    """

    result: Region
    operands: tuple[Region, ...]
    stages: tuple[Stage, ...]

    @property
    def length(self) -> float:
        """Seconds that it takes."""
        return sum(stage.length for stage in self.stages)

    @cached_property
    def reach(self) -> tuple[float, float, float]:
        """How far the stages go from (0, 0), in tiles: to the left, to the right, and up and down."""
        left, right, half = zip(*(stage.reach for stage in self.stages), strict=True)
        return max(left), max(right), max(half)

    @cached_property
    def needs(self) -> tuple[tuple[float, float, float], ...]:
        """The reach of each stage and all that follow it: what the card needs from then on.

        A card that is as high as ever stays as broad: a tall and narrow one would stand empty.
        """
        found = []
        for k in range(len(self.stages)):
            left, right, half = zip(*(stage.reach for stage in self.stages[k:]), strict=True)
            need = (max(left), max(right), max(half))
            found.append(need if need[2] < self.reach[2] else self.reach)
        return tuple(found)


def width_of(text: str) -> float:
    """About how much room a sign needs, in tiles."""
    return 0.12 + 0.25 * len(text)
