"""From the formula of a cell, or of a row of cells, to the stages in which it is worked out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, count, product

import numpy as np

from render.model import Expr, Region, Trace, evaluate, operands
from render.model.explain import CALLS, SIGNS
from render.model.notation import Arithmetic, Call, Causal, Cell, Fold, Max, Number, extent, region
from render.timeline.working.block import Block, Stratum, Strips
from render.timeline.working.board import Board
from render.timeline.working.equation import Equation, Known, innermost, put, with_tiles, without_tiles
from render.timeline.working.stage import Placed, Tile, Working

MOST_LINES = 3
"""Of a sum with more lines of terms than that only the first two lines are shown."""

OPEN, OPENED = 0.4, 0.2
FLY, FLY_GAP, FLOWN = 0.7, 0.025, 0.4
SLIDE, SLIDE_GAP, SLID = 0.5, 0.045, 0.45
ADD, ADD_TIME, ADDED = 0.45, 1.5, 0.6
CLOSE, CLOSED = 0.45, 0.25
SHOW, SHOWN = 0.3, 0.3
FOUND = 1.0
HOME, HOME_GAP = 0.75, 0.02
"""Seconds: how long one move takes, how long after the tile before the next one moves, and how long it then stands."""


def work_out(trace: Trace, result: Region, columns: int) -> Working:
    """The stages in which `result`, a computed cell or a row or column of them, comes about.

    `columns` is how many tiles stand side by side. What can be worked out is said by `render.scene`'s check of it.
    """
    return _Work(trace, result, columns).working()


class _Work:
    def __init__(self, trace: Trace, result: Region, columns: int) -> None:
        self.trace, self.result, self.columns = trace, result, columns
        self.spec = trace.graph[result.tensor]
        assert self.spec.formula is not None
        self.root = _body(self.spec.formula)
        self.indices = list(product(*(range(start, stop) for start, stop in result.ranges)))
        self.places = [self.spec.at(index) for index in self.indices]
        self.board = Board()
        self.ids = count()

    def working(self) -> Working:
        self._cell() if self.result.is_cell else self._row()
        return Working(self.result, self._operands(), tuple(self.board.stages))

    def _operands(self) -> tuple[Region, ...]:
        """What is read of each tensor, as one piece."""
        assert self.spec.formula is not None
        found: dict[str, list[Region]] = {}
        for at in self.places:
            for piece in operands(self.spec.formula, at, self.trace):
                found.setdefault(piece.tensor, []).append(piece)
        return tuple(_hull(pieces) for pieces in found.values())

    # --- tiles --------------------------------------------------------------------------------------------------

    def _read(self, leaf: Cell | Number, places: Sequence[Mapping[str, int]]) -> tuple[Tile, ...]:
        """The numbers that a formula reads at `places`: one tile where they are all the same cell."""
        if isinstance(leaf, Number):
            return (Tile(next(self.ids), leaf.value, "", text=leaf.symbol),)
        cells = [region(leaf, {dim: (i, i + 1) for dim, i in at.items()}, self.trace) for at in places]
        if len(set(cells)) == 1:
            cells = cells[:1]
        values = self.trace[leaf.tensor]
        return tuple(Tile(next(self.ids), float(values[cell.slices].item()), leaf.tensor, cell) for cell in cells)

    def _tiles(self, values: Sequence[float], final: bool = False) -> tuple[Tile, ...]:
        """New numbers. Those that are the result know where they belong."""
        name = self.result.tensor
        if final:
            homes = [Region.of_cell(name, index) for index in self.indices]
            return tuple(Tile(next(self.ids), value, name, home) for value, home in zip(values, homes, strict=True))
        full = max(map(abs, values)) or 1.0
        return tuple(Tile(next(self.ids), value, name, full=full) for value in values)

    def _name(self, leaf: Cell | Number) -> tuple[str, str]:
        return ("", "") if isinstance(leaf, Number) else (self.trace.graph[leaf.tensor].symbol, leaf.tensor)

    # --- one cell -----------------------------------------------------------------------------------------------

    def _cell(self) -> None:
        tree = with_tiles(self.root, lambda leaf: self._read(leaf, self.places)[0])
        board = self.board
        self._write(tree)
        board.open(OPEN, OPENED)
        assert board.equation is not None
        tiles = board.equation.tiles
        board.settle(FLY, 4 * FLY_GAP, FLOWN, {tile.id: turn for turn, tile in enumerate(tiles)})
        while (found := innermost(tree)) is not None:
            path, part = found
            known = self._fold(path, part) if isinstance(part, Fold) else self._operation(path, part)
            tree = put(tree, path, known)
            board.numbers = None
            self._write(tree)
            if path:
                board.settle(CLOSE, 0.0, CLOSED)
        assert isinstance(tree, Known)
        board.marked = frozenset([tree.tile.id])
        board.settle(CLOSE, 0.0, FOUND)
        board.leave(HOME, 0.0, {})

    def _write(self, tree: Expr) -> None:
        self.board.equation = Equation(self.result.tensor, tree, self.trace.graph)

    def _operation(self, path: str, part: Expr) -> Known:
        """One operation on known numbers: they slide together."""
        expr = without_tiles(part)
        (tile,) = self._tiles([evaluate(expr, self.places[0], self.trace)], final=not path)
        if not path:
            tile = replace(tile, full=None)
        match part:
            case Arithmetic(left=Known(tile=left), right=Known(tile=right)):
                parents = [self.board.placed(left.id), self.board.placed(right.id)]
            case Call(argument=Known(tile=argument)):
                parents = [self.board.placed(argument.id)]
            case _:
                raise TypeError(f"{type(part).__name__} is no operation")
        gone = {f"{what} {path}" for what in ("operator", "opening", "closing")}
        gone |= {f"of {parent.tile.id}" for parent in parents}
        gone |= {f"{what} {path + side}" for what in ("opening", "closing") for side in "lra"}
        self.board.merge([_meeting(tile, parents)], SLIDE, 0.0, SLID, gone)
        return Known(expr, tile)

    def _fold(self, path: str, fold: Fold) -> Known:
        """Numbers side by side become one, which takes the slot in the equation."""
        board = self.board
        at = self.places[0]
        n = extent(fold.stop, {dim: (i, i + 1) for dim, i in at.items()})
        shown = n if n <= MOST_LINES * self.columns else (15 // self.columns + 1) * self.columns - 1
        terms = [{**at, fold.dim: i} for i in range(n)]
        summed = not isinstance(fold, Max)
        board.numbers = Block(shown, self.columns, summed, rest=n - shown)
        self._elementwise(fold.body, terms[:shown])
        values = [evaluate(fold.body, term, self.trace) for term in terms]
        assert isinstance(board.numbers, Block)
        if shown < n:
            rest = math.fsum(values[shown:]) if summed else max(values[shown:])
            values = [*values[:shown], rest]
            board.numbers = replace(board.numbers, rest_tile=self._tiles([rest])[0])
            board.settle(SHOW, 0.0, SHOWN)
        slot = next(sign for sign in board.last.signs if sign.key == f"slot {path}")
        stood = {own.tile.id for own in board.last.tiles}
        stood -= {tile.id for tile in board.equation.tiles} if board.equation is not None else set()
        block = [own for own in board.last.tiles if own.tile.id in stood]
        gone = {sign.key for sign in board.last.signs if sign.y < slot.y - 0.6} | {slot.key}
        totals = tuple(accumulate(values)) if summed else (max(values),)
        (tile,) = self._tiles([totals[-1]], final=not path)
        parents = tuple(own.tile.id for own in block)
        if not summed:
            winner = parents[int(np.argmax(values))]
            board.marked = frozenset([winner])
            board.settle(SHOW, 0.0, SLID)
            board.marked = frozenset()
            parents = (winner,)
        made = Placed(tile, slot.x, slot.y, parents, totals if summed else ())
        gap = min(0.08, ADD_TIME / len(parents))
        board.merge([made], ADD, gap, ADDED, gone, stood)
        return Known(fold, tile)

    # --- many numbers side by side ------------------------------------------------------------------------------

    def _row(self) -> None:
        board = self.board
        board.numbers = Block(len(self.places), self.columns, summed=False)
        board.open(OPEN, OPENED)
        self._elementwise(self.root, self.places)
        assert isinstance(board.numbers, Block)
        (stratum,) = board.numbers.strata
        named = replace(stratum, name=f"{self.spec.symbol} =", tensor=self.result.tensor)
        board.numbers = replace(board.numbers, strata=(named,))
        board.marked = frozenset(tile.id for tile in stratum.tiles)
        board.settle(CLOSE, 0.0, FOUND)
        board.leave(HOME, HOME_GAP, self._turns(stratum.tiles))

    def _turns(self, tiles: Sequence[Tile]) -> dict[int, int]:
        """All lines at once, from the left to the right."""
        return {tile.id: i % self.columns for i, tile in enumerate(tiles)}

    def _elementwise(self, expr: Expr, places: Sequence[Mapping[str, int]], operator: str = "") -> None:
        """Work out `expr` at every one of `places`; it ends as the last row of the block."""
        match expr:
            case Causal(body=body):
                self._elementwise(body, places, operator)
            case Cell() | Number():
                name, tensor = self._name(expr)
                self._push(Stratum(expr, self._read(expr, places), operator, name=name, tensor=tensor))
            case Call(function=function, argument=argument):
                self._elementwise(argument, places, operator)
                self._apply(expr, function, places)
            case Arithmetic(operator=sign, left=left, right=right):
                if sign in "+*" and isinstance(left, Cell | Number) and not isinstance(right, Cell | Number):
                    left, right = right, left
                self._elementwise(left, places, operator)
                self._elementwise(right, places, SIGNS[sign].strip())
                self._combine(expr, places)
            case Fold():
                self._strips(expr, places)

    @property
    def _block(self) -> Block:
        assert isinstance(self.board.numbers, Block)
        return self.board.numbers

    def _push(self, stratum: Stratum) -> None:
        """A row comes from the model."""
        self.board.numbers = replace(self._block, strata=(*self._block.strata, stratum))
        self.board.settle(FLY, FLY_GAP, FLOWN, self._turns(stratum.tiles))

    def _values(self, expr: Expr, places: Sequence[Mapping[str, int]], tiles: int) -> list[float]:
        return [evaluate(expr, at, self.trace) for at in places[:tiles]]

    def _apply(self, expr: Call, function: str, places: Sequence[Mapping[str, int]]) -> None:
        """A function of the last row: its name, then its values."""
        *others, row = self._block.strata
        before, after = CALLS[function]
        written = f"( ){after[1:]}" if after[1:] else before.rstrip("(")
        self.board.numbers = replace(self._block, strata=(*others, replace(row, function=written)))
        self.board.settle(SHOW, 0.0, SHOWN)
        made = self._tiles(self._values(expr, places, len(row.tiles)), expr is self.root)
        self._become(expr, made, [(tile,) for tile in row.tiles], row.operator, len(others))

    def _combine(self, expr: Arithmetic, places: Sequence[Mapping[str, int]]) -> None:
        """The last two rows slide together, column by column."""
        *others, upper, lower = self._block.strata
        n = max(len(upper.tiles), len(lower.tiles))
        made = self._tiles(self._values(expr, places, n), expr is self.root)
        rows = [row.tiles if len(row.tiles) == n else row.tiles * n for row in (upper, lower)]
        self._become(expr, made, list(zip(*rows, strict=True)), upper.operator, len(others))

    def _become(
        self, expr: Expr, made: Sequence[Tile], parents: Sequence[tuple[Tile, ...]], operator: str, kept: int
    ) -> None:
        """The rows after the first `kept` become one of tiles `made`, each of its `parents`; then all closes up."""
        turns = self._turns(made)
        shared = len(set(parents)) > 1 and len({tiles[-1] for tiles in parents}) == 1
        shared_first = len(set(parents)) > 1 and len({tiles[0] for tiles in parents}) == 1
        placed = []
        for tile, tiles in zip(made, parents, strict=True):
            from_ = [self.board.placed(parent.id) for parent in tiles]
            meeting = from_[:1] if shared else from_[1:] if shared_first else from_
            own = replace(_meeting(tile, meeting), parents=tuple(parent.id for parent in tiles))
            placed.append(replace(own, turn=turns[tile.id]))
        gone = {sign.key for sign in self.board.last.signs if sign.key.split()[0] in ("name", "before", "pair")}
        self.board.merge(placed, SLIDE, SLIDE_GAP, SLID, gone)
        self.board.numbers = replace(
            self._block, strata=(*self._block.strata[:kept], Stratum(expr, tuple(made), operator))
        )
        self.board.settle(CLOSE, 0.0, CLOSED)

    # --- sums of whole rows -------------------------------------------------------------------------------------

    def _strips(self, fold: Fold, places: Sequence[Mapping[str, int]]) -> None:
        """A row that is the sum of rows: each by its factor, then all together."""
        board, block = self.board, self._block
        n = extent(fold.stop, {dim: (i, i + 1) for dim, i in places[0].items()})
        terms = [[{**at, fold.dim: i} for at in places] for i in range(n)]
        leaves = [fold.body] if isinstance(fold.body, Cell) else [fold.body.left, fold.body.right]  # type: ignore[attr-defined]
        read = {leaf: [self._read(leaf, term) for term in terms] for leaf in leaves}
        names, factors = [], ()
        for leaf in sorted(leaves, key=lambda leaf: len(read[leaf][0])):
            names.append(self._name(leaf))
            if len(read[leaf][0]) == 1:
                factors = tuple(tiles[0] for tiles in read[leaf])
                board.numbers = Strips(factors, (), len(places), tuple(names))
                board.settle(FLY, 3 * FLY_GAP, FLOWN, {tile.id: i for i, tile in enumerate(factors)})
            else:
                rows = tuple(read[leaf])
                board.numbers = Strips(factors, rows, len(places), tuple(names))
                turns = {tile.id: column + 2 * i for i, row in enumerate(rows) for column, tile in enumerate(row)}
                board.settle(FLY, FLY_GAP, FLOWN, turns)
        if factors:
            rows = self._scaled(fold.body, terms, factors, rows)
            board.numbers = Strips((), rows, len(places))
            board.settle(CLOSE, 0.0, CLOSED)
        totals = np.cumsum([[tile.value for tile in row] for row in rows], axis=0)
        made = self._tiles(totals[-1].tolist(), fold is self.root)
        placed = []
        for column, tile in enumerate(made):
            parents = tuple(row[column].id for row in rows)
            top = board.placed(parents[0])
            placed.append(Placed(tile, top.x, top.y, parents, tuple(totals[:, column].tolist())))
        board.merge(placed, SLIDE, 0.36, ADDED, {sign.key for sign in board.last.signs})
        board.numbers = replace(block, strata=(*block.strata, Stratum(fold, made)))
        board.settle(CLOSE, 0.0, CLOSED)

    def _scaled(
        self,
        body: Expr,
        terms: Sequence[Sequence[Mapping[str, int]]],
        factors: Sequence[Tile],
        rows: Sequence[Sequence[Tile]],
    ) -> tuple[tuple[Tile, ...], ...]:
        """Every row by its factor, one row after the other."""
        values = [[evaluate(body, at, self.trace) for at in term] for term in terms]
        flat = self._tiles([value for row in values for value in row])
        n = len(terms[0])
        made = tuple(flat[i * n : (i + 1) * n] for i in range(len(terms)))
        placed = []
        for i, (factor, old, new) in enumerate(zip(factors, rows, made, strict=True)):
            for column, tile in enumerate(new):
                there = self.board.placed(old[column].id)
                turn = 4 * i + column
                placed.append(Placed(tile, there.x, there.y, (factor.id, old[column].id), turn=turn))
        gone = {sign.key for sign in self.board.last.signs}
        self.board.merge(placed, SLIDE, SLIDE_GAP, SLID, gone)
        return made


def _body(expr: Expr) -> Expr:
    """A formula without its mask."""
    return expr.body if isinstance(expr, Causal) else expr


def _meeting(tile: Tile, parents: Sequence[Placed]) -> Placed:
    """A tile in the middle of those that it is made from."""
    x = sum(parent.x for parent in parents) / len(parents)
    y = sum(parent.y for parent in parents) / len(parents)
    return Placed(tile, x, y, tuple(parent.tile.id for parent in parents))


def _hull(pieces: Sequence[Region]) -> Region:
    """The smallest piece of a tensor that holds all of `pieces`."""
    ranges = zip(*(piece.ranges for piece in pieces), strict=True)
    return Region(pieces[0].tensor, tuple((min(a for a, _ in dim), max(b for _, b in dim)) for dim in ranges))
