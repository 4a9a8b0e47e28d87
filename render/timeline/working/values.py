"""The numbers of a working: read from the trace, or worked out from what is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count, product

from render.model import Expr, Region, Trace, evaluate, operands
from render.model.notation import Cell, Leaf, Number, Position, holding, region
from render.timeline.working.stage import Tile

Places = Sequence[Mapping[str, int]]
"""Where a formula is looked at: at each place the value of every dimension variable."""


class Values:
    """Makes the tiles on the way to `result`. root: its formula, as it holds for them; places: where its cells are."""

    def __init__(self, trace: Trace, result: Region) -> None:
        self.trace, self.result = trace, result
        spec = trace.graph[result.tensor]
        assert spec.formula is not None
        self.formula = spec.formula
        self._indices = list(product(*(range(start, stop) for start, stop in result.ranges)))
        self.places = [spec.at(index) for index in self._indices]
        self.root = holding(self.formula, self.places[0])
        self._ids = count()

    def operands(self) -> tuple[Region, ...]:
        """What is read of each tensor, as one piece."""
        found: dict[str, list[Region]] = {}
        for at in self.places:
            for piece in operands(self.formula, at, self.trace):
                found.setdefault(piece.tensor, []).append(piece)
        return tuple(_hull(pieces) for pieces in found.values())

    def at(self, expr: Expr, places: Places) -> list[float]:
        """What an expression is worth at each place."""
        return [evaluate(expr, at, self.trace) for at in places]

    def read(self, leaf: Leaf, places: Places) -> tuple[Tile, ...]:
        """The numbers that a formula reads at `places`: one tile where they are all the same."""
        if isinstance(leaf, Number):
            return (Tile(next(self._ids), leaf.value, "", text=leaf.symbol),)
        if isinstance(leaf, Position):
            found = [round(value) for value in self.at(leaf, places)]
            found = found[:1] if len(set(found)) == 1 else found
            return tuple(Tile(next(self._ids), value, "", text=str(value)) for value in found)
        cells = [region(leaf, {dim: (i, i + 1) for dim, i in at.items()}, self.trace) for at in places]
        if len(set(cells)) == 1:
            cells = cells[:1]
        values = self.trace[leaf.tensor]
        return tuple(Tile(next(self._ids), float(values[cell.slices].item()), leaf.tensor, cell) for cell in cells)

    def name(self, leaf: Leaf) -> tuple[str, str]:
        """What a formula calls what it reads, and which tensor that is."""
        return (self.trace.graph[leaf.tensor].called, leaf.tensor) if isinstance(leaf, Cell) else ("", "")

    def row(self, expr: Expr, values: Sequence[float]) -> tuple[Tile, ...]:
        """Tiles for the values of `expr`, their discs to the scale of the largest; the result's know their cells."""
        if expr is self.root:
            return tuple(self._home(value, index) for value, index in zip(values, self._indices, strict=True))
        full = max(map(abs, values)) or 1.0
        return tuple(Tile(next(self._ids), value, self.result.tensor, full=full) for value in values)

    def one(self, value: float, final: bool) -> Tile:
        """A tile of the equation, its disc to the scale of the result."""
        return self._home(value, self._indices[0]) if final else Tile(next(self._ids), value, self.result.tensor)

    def _home(self, value: float, index: tuple[int, ...]) -> Tile:
        tensor = self.result.tensor
        return Tile(next(self._ids), value, tensor, Region.of_cell(tensor, index))


def _hull(pieces: Sequence[Region]) -> Region:
    """The smallest piece of a tensor that holds all of `pieces`."""
    ranges = zip(*(piece.ranges for piece in pieces), strict=True)
    return Region(pieces[0].tensor, tuple((min(a for a, _ in dim), max(b for _, b in dim)) for dim in ranges))
