"""Numbers side by side, worked out all alike: row by row they come, and two rows become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from render.model import Expr
from render.model.explain import CALLS, SIGNS
from render.model.notation import Arithmetic, Call, Cell, Fold, Leaf, Number, Position, extent
from render.timeline.working.block import Block, Stratum, Strips
from render.timeline.working.board import Board, meeting
from render.timeline.working.equation import parts
from render.timeline.working.pace import (
    ADD_ROW,
    ADDED,
    CLOSE,
    CLOSED,
    FLOWN,
    FLY,
    FLY_GAP,
    SHOW,
    SHOWN,
    SLID,
    SLIDE,
    SLIDE_GAP,
)
from render.timeline.working.stage import Placed, Tile
from render.timeline.working.values import Places, Values

ROW_TURNS = 4
"""How many turns a row waits for the one before it to be scaled."""


class Rows:
    """Works out expressions on the block that stands on a board. An expression ends as the block's last row."""

    def __init__(self, board: Board, values: Values, columns: int) -> None:
        self.board, self.values, self.columns = board, values, columns

    @property
    def block(self) -> Block:
        assert isinstance(self.board.numbers, Block)
        return self.board.numbers

    def turns(self, tiles: Sequence[Tile]) -> dict[int, int]:
        """When each tile moves, by its id: all lines at once, from the left to the right."""
        return {tile.id: i % self.columns for i, tile in enumerate(tiles)}

    def work(self, expr: Expr, places: Places, operator: str = "") -> None:
        """Work out `expr` at every one of `places`; `operator` joins it to the row above."""
        match expr:
            case Cell() | Number() | Position():
                self._read(expr, places, operator)
            case Call(argument=argument):
                self.work(argument, places, operator)
                self._apply(expr, places)
            case Arithmetic(operator=sign, left=left, right=right):
                if sign in "+*" and isinstance(left, Leaf) and not isinstance(right, Leaf):
                    left, right = right, left
                self.work(left, places, operator)
                self.work(right, places, SIGNS[sign].strip())
                self._combine(expr, places)
            case Fold():
                self._add_up(expr, places)

    def _read(self, leaf: Leaf, places: Places, operator: str) -> None:
        """A row comes from the model."""
        name, tensor = self.values.name(leaf)
        row = Stratum(self.values.read(leaf, places), operator, name=name, tensor=tensor)
        self.board.numbers = replace(self.block, strata=(*self.block.strata, row))
        self.board.settle(FLY, FLY_GAP, FLOWN, self.turns(row.tiles))

    def _apply(self, call: Call, places: Places) -> None:
        """A function of the last row: its name, then its values."""
        *others, row = self.block.strata
        before, after = CALLS[call.function]
        written = f"( ){after[1:]}" if after[1:] else before.rstrip("(")
        self.board.numbers = replace(self.block, strata=(*others, replace(row, function=written)))
        self.board.settle(SHOW, 0.0, SHOWN)
        made = self.values.row(call, self.values.at(call, places[: len(row.tiles)]))
        placed = [meeting(tile, [self.board.placed(own.id)]) for tile, own in zip(made, row.tiles, strict=True)]
        self._become(placed, row.operator, others)

    def take_over(self, leaf: Leaf, places: Places) -> None:
        """The last row, which was only read, becomes what was to be worked out."""
        *others, row = self.block.strata
        made = self.values.row(leaf, self.values.at(leaf, places))
        read = [row.tiles[i % len(row.tiles)] for i in range(len(made))]
        placed = [meeting(tile, [self.board.placed(own.id)]) for tile, own in zip(made, read, strict=True)]
        self._become(placed, row.operator, others)

    def _combine(self, expr: Arithmetic, places: Places) -> None:
        """The last two rows slide together, column by column, or the one number of a row to each of the other."""
        *others, upper, lower = self.block.strata
        n = max(len(upper.tiles), len(lower.tiles))
        made = self.values.row(expr, self.values.at(expr, places[:n]))
        placed = []
        for i, tile in enumerate(made):
            pair = [self.board.placed(row.tiles[i % len(row.tiles)].id) for row in (upper, lower)]
            goal = [own for own, row in zip(pair, (upper, lower), strict=True) if len(row.tiles) == n]
            placed.append(replace(meeting(tile, goal), parents=tuple(own.tile.id for own in pair)))
        self._become(placed, upper.operator, others)

    def _become(self, made: Sequence[Placed], operator: str, others: Sequence[Stratum]) -> None:
        """All rows but the `others` become the one `made`."""
        tiles = tuple(own.tile for own in made)
        turns = self.turns(tiles)
        gone = {sign.key for sign in self.board.last.signs if sign.key.split()[0] in ("name", "before", "pair")}
        self.board.merge([replace(own, turn=turns[own.tile.id]) for own in made], SLIDE, SLIDE_GAP, SLID, gone)
        self.board.numbers = replace(self.block, strata=(*others, Stratum(tiles, operator)))

    # --- sums of whole rows -------------------------------------------------------------------------------------

    def _add_up(self, fold: Fold, places: Places) -> None:
        """A row that is the sum of rows: each by its factor, then all together."""
        board, block = self.board, self.block
        n = extent(fold.stop, {dim: (i, i + 1) for dim, i in places[0].items()})
        strips = self._strips(fold.body, [[{**at, fold.dim: i} for at in places] for i in range(n)])
        totals = np.cumsum([[tile.value for tile in row] for row in strips], axis=0)
        made = self.values.row(fold, totals[-1].tolist())
        placed = []
        for column, tile in enumerate(made):
            parents = tuple(row[column].id for row in strips)
            top = board.placed(parents[0])
            placed.append(Placed(tile, top.x, top.y, parents, tuple(totals[:, column].tolist())))
        board.merge(placed, SLIDE, ADD_ROW, ADDED, {sign.key for sign in board.last.signs})
        board.numbers = replace(block, strata=(*block.strata, Stratum(made)))

    def _strips(self, body: Expr, terms: Sequence[Places]) -> tuple[tuple[Tile, ...], ...]:
        """The rows that are added up: they come from the model, their factors first, and are scaled."""
        leaves = [leaf for leaf in (body, *parts(body)) if isinstance(leaf, Cell)]
        strips = Strips(len(terms[0]), self.columns)
        for leaf in sorted(leaves, key=lambda leaf: len(self.values.read(leaf, terms[0]))):
            read = tuple(self.values.read(leaf, term) for term in terms)
            strips = replace(strips, names=(*strips.names, self.values.name(leaf)))
            if len(read[0]) < strips.count:
                strips = replace(strips, factors=tuple(tiles[0] for tiles in read))
                turns = {tile.id: 3 * i for i, tile in enumerate(strips.factors)}
            else:
                strips = replace(strips, rows=read)
                turns = {tile.id: column + 2 * i for i, row in enumerate(read) for column, tile in enumerate(row)}
            self.board.numbers = strips
            self.board.settle(FLY, FLY_GAP, FLOWN, turns)
        return self._scaled(body, terms, strips) if strips.factors else strips.rows

    def _scaled(self, body: Expr, terms: Sequence[Places], strips: Strips) -> tuple[tuple[Tile, ...], ...]:
        """Every row by its factor, one row after the other."""
        n, board = strips.count, self.board
        flat = self.values.row(body, [value for term in terms for value in self.values.at(body, term)])
        rows = tuple(flat[i : i + n] for i in range(0, len(flat), n))
        placed = []
        for i, (factor, old, new) in enumerate(zip(strips.factors, strips.rows, rows, strict=True)):
            for column, (own, tile) in enumerate(zip(old, new, strict=True)):
                there = board.placed(own.id)
                turn = ROW_TURNS * i + column % self.columns
                placed.append(Placed(tile, there.x, there.y, (factor.id, own.id), turn=turn))
        board.merge(placed, SLIDE, SLIDE_GAP, SLID, {sign.key for sign in board.last.signs})
        board.numbers = Strips(n, self.columns, rows=rows)
        board.settle(CLOSE, 0.0, CLOSED)
        return rows
