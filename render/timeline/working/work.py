"""From the formula of a cell, or of a row of cells, to the stages in which it is worked out."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import accumulate

import numpy as np

from render.model import Expr, Region, Trace
from render.model.notation import Fold, Leaf, Max, extent
from render.timeline.working.block import Block
from render.timeline.working.board import Board, meeting
from render.timeline.working.equation import Equation, Known, innermost, parts, put, with_tiles, without_tiles
from render.timeline.working.pace import (
    ADD,
    ADD_GAP,
    ADD_TIME,
    ADDED,
    CLOSE,
    CLOSED,
    FLOWN,
    FLY,
    FLY_GAP,
    FOUND,
    HOME,
    HOME_GAP,
    OPEN,
    OPENED,
    SHOW,
    SHOWN,
    SLID,
    SLIDE,
)
from render.timeline.working.rows import Rows
from render.timeline.working.stage import Placed, Tile, Working
from render.timeline.working.values import Values

MOST_LINES = 3
"""A sum with more lines of terms than that shows about `SHOWN_TERMS` of them, and what all the others come to."""

SHOWN_TERMS = 16


def work_out(trace: Trace, result: Region, columns: int) -> Working:
    """The stages in which `result`, a computed cell or a row or column of them, comes about.

    `columns` is how many tiles stand side by side. What can be worked out is checked by `render.scene.WorkOut`.
    """
    work = _Work(trace, result, columns)
    if result.is_cell:
        work.cell()
    else:
        work.row()
    return Working(result, work.values.operands(), tuple(work.board.stages))


class _Work:
    def __init__(self, trace: Trace, result: Region, columns: int) -> None:
        self.trace, self.columns = trace, columns
        self.spec = trace.graph[result.tensor]
        self.values = Values(trace, result)
        self.board = Board()
        self.rows = Rows(self.board, self.values, columns)

    def row(self) -> None:
        """All cells side by side, one operation after the other."""
        board, places = self.board, self.values.places
        board.numbers = Block(len(places), self.columns, summed=False)
        board.open(OPEN, OPENED)
        self.rows.work(self.values.root, places)
        if isinstance(self.values.root, Leaf):
            self.rows.take_over(self.values.root, places)
        (stratum,) = self.rows.block.strata
        named = replace(stratum, name=f"{self.spec.called} =", tensor=self.spec.name)
        board.numbers = replace(self.rows.block, strata=(named,))
        board.marked = frozenset(tile.id for tile in stratum.tiles)
        board.settle(CLOSE, 0.0, FOUND)
        board.leave(HOME, HOME_GAP, self.rows.turns(stratum.tiles))

    def cell(self) -> None:
        """The formula on one line, worked out from the inside; numbers that are folded stand above it meanwhile."""
        board = self.board
        tree = with_tiles(self.values.root, lambda leaf: self.values.read(leaf, self.values.places)[0])
        board.equation = equation = Equation(self.spec.name, tree, self.trace.graph)
        board.open(OPEN, OPENED)
        board.settle(FLY, 4 * FLY_GAP, FLOWN, {tile.id: turn for turn, tile in enumerate(equation.tiles)})
        if isinstance(tree, Known):
            tile = self._operated("", tree)
            board.equation = replace(equation, tree=Known(tree.expr, tile))
            board.marked = frozenset([tile.id])
        while (found := innermost(tree)) is not None:
            path, part = found
            tile = self._folded(path, part) if isinstance(part, Fold) else self._operated(path, part)
            tree = put(tree, path, Known(without_tiles(part), tile))
            board.numbers, board.equation = None, replace(equation, tree=tree)
            if path:
                board.settle(CLOSE, 0.0, CLOSED)
            else:
                board.marked = frozenset([tile.id])
        board.settle(CLOSE, 0.0, FOUND)
        board.leave(HOME, 0.0, {})

    def _operated(self, path: str, part: Expr) -> Tile:
        """One operation of the equation: known numbers slide together."""
        (value,) = self.values.at(without_tiles(part), self.values.places)
        tile = self.values.one(value, final=not path)
        known = [each for each in (part, *parts(part)) if isinstance(each, Known)]
        parents = [self.board.placed(each.tile.id) for each in known]
        gone = {f"{what} {path + side}" for what in ("operator", "opening", "closing") for side in ("", "l", "r", "a")}
        gone |= {f"of {parent.tile.id}" for parent in parents}
        self.board.merge([meeting(tile, parents)], SLIDE, 0.0, SLID, gone)
        return tile

    def _folded(self, path: str, fold: Fold) -> Tile:
        """Numbers side by side become one, which takes the slot in the equation."""
        board, summed = self.board, not isinstance(fold, Max)
        (at,) = self.values.places
        n = extent(fold.stop, {dim: (i, i + 1) for dim, i in at.items()})
        terms = [{**at, fold.dim: i} for i in range(n)]
        shown = n if n <= MOST_LINES * self.columns else -(-SHOWN_TERMS // self.columns) * self.columns - 1
        board.numbers = Block(shown, self.columns, summed, rest=n - shown)
        self.rows.work(fold.body, terms[:shown])
        values = self.values.at(fold.body, terms)
        tiles = list(self.rows.block.strata[0].tiles)
        if shown < n:
            values[shown:] = [math.fsum(values[shown:]) if summed else max(values[shown:])]
            tiles.append(self.values.one(values[-1], final=False))
            board.numbers = replace(self.rows.block, rest_tile=tiles[-1])
            board.settle(SHOW, 0.0, SHOWN)
        taken = tiles
        if not summed:
            taken = [tiles[int(np.argmax(values))]]
            board.marked = frozenset([taken[0].id])
            board.settle(SHOW, 0.0, SLID)
            board.marked = frozenset()
        totals = tuple(accumulate(values)) if summed else ()
        tile = self.values.one(totals[-1] if summed else taken[0].value, final=not path)
        slot = next(sign for sign in board.last.signs if sign.key == f"slot {path}")
        made = Placed(tile, slot.x, slot.y, tuple(each.id for each in taken), totals)
        gap = min(ADD_GAP, ADD_TIME / len(taken))
        gone = {slot.key, *(sign.key for sign in self.rows.block.lay_out(0.0)[1])}
        board.merge([made], ADD, gap, ADDED, gone, [each.id for each in tiles])
        return tile
