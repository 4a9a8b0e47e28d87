"""The card while a computation is written down on it: what stands there now, and the stages so far."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace

from render.timeline.working.block import Block, Strips
from render.timeline.working.equation import Equation
from render.timeline.working.stage import Placed, Sign, Stage, Tile

BELOW = 0.55
"""What is between the numbers side by side and the equation below them."""

GROWN = 1.4
"""How much larger an equation on its own is, or a short row."""


def columns_for(aspect: float) -> int:
    """How many tiles stand side by side in frames whose width by height is `aspect`."""
    return 16 if aspect >= 1.5 else 12 if aspect >= 0.9 else 8


class Board:
    """Lays out numbers side by side, and below them an equation, as one stage after the other."""

    def __init__(self) -> None:
        self.numbers: Block | Strips | None = None
        self.equation: Equation | None = None
        self.marked: frozenset[int] = frozenset()
        self.stages: list[Stage] = []

    @property
    def last(self) -> Stage:
        return self.stages[-1]

    def open(self, each: float, rest: float) -> None:
        """The first stage: what does not come from the model, signs and constants."""
        tiles, signs = self._laid_out()
        constants = tuple(own for own in tiles if not own.tile.tensor)
        self.stages.append(Stage(constants, tuple(signs), each, 0.0, rest, self._grown))

    def settle(self, each: float, gap: float, rest: float, turns: Mapping[int, int] | None = None) -> None:
        """All to its place. `turns` is when each tile moves, by its id; where nothing changes there is no stage."""
        tiles, signs = self._laid_out()
        turns = turns or {}
        placed = tuple(
            replace(each, turn=turns.get(each.tile.id, 0), marked=each.tile.id in self.marked) for each in tiles
        )
        stage = Stage(placed, tuple(signs), each, gap, rest, self._grown)
        if not self.stages or _looks(stage) != _looks(self.last):
            self.stages.append(stage)

    def merge(
        self,
        made: Iterable[Placed],
        each: float,
        gap: float,
        rest: float,
        gone: Container[str] = (),
        leaving: Iterable[int] = (),
    ) -> None:
        """Tiles of the last stage slide together into those `made`; signs whose keys are `gone` vanish.

        `leaving` are tiles, by id, that vanish too if they go into nothing.
        """
        made = tuple(made)
        over = {*leaving, *(id for placed in made for id in placed.parents)}
        staying = (Placed(own.tile, own.x, own.y) for own in self.last.tiles if own.tile.id not in over)
        signs = tuple(sign for sign in self.last.signs if sign.key not in gone)
        self.stages.append(Stage((*staying, *made), signs, each, gap, rest, self.last.grown))

    def leave(self, each: float, gap: float, turns: Mapping[int, int]) -> None:
        """The last stage: all that stands there goes home."""
        tiles = (Placed(own.tile, own.x, own.y, turn=turns.get(own.tile.id, 0), away=True) for own in self.last.tiles)
        self.stages.append(Stage(tuple(tiles), (), each, gap, 0.0, self.last.grown))

    def placed(self, id: int) -> Placed:
        """Where a tile stands."""
        return next(own for own in self.last.tiles if own.tile.id == id)

    @property
    def _grown(self) -> float:
        """Few numbers are large."""
        few = self.numbers is None or (
            isinstance(self.numbers, Block) and 2 * self.numbers.count <= self.numbers.columns
        )
        return GROWN if few else 1.0

    def _laid_out(self) -> tuple[list[Placed], list[Sign]]:
        tiles: list[Placed] = []
        signs: list[Sign] = []
        bottom = 0.0
        if self.numbers is not None:
            tiles, signs, bottom = self.numbers.lay_out(0.0)
        if self.equation is not None:
            y = bottom + BELOW + 0.5 if tiles else 0.5
            more_tiles, more_signs = self.equation.lay_out(y)
            tiles, signs = [*tiles, *more_tiles], [*signs, *more_signs]
            bottom = y + 0.5
        half = bottom / 2
        return [replace(own, y=own.y - half) for own in tiles], [replace(sign, y=sign.y - half) for sign in signs]


def meeting(tile: Tile, parents: Sequence[Placed]) -> Placed:
    """A tile in the middle of those that it is made from."""
    x = sum(parent.x for parent in parents) / len(parents)
    y = sum(parent.y for parent in parents) / len(parents)
    return Placed(tile, x, y, tuple(parent.tile.id for parent in parents))


def _looks(stage: Stage) -> tuple[object, ...]:
    """What is seen of a stage at rest."""
    return tuple((own.tile, own.x, own.y, own.marked) for own in stage.tiles), stage.signs, stage.grown
