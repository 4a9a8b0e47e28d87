"""A formula on one line of tiles and signs, worked out from the inside: parts that are known shrink to their tile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from render.model import Expr, Graph
from render.model.explain import CALLS, SIGNS, sides, tightness
from render.model.notation import Arithmetic, Call, Cell, Fold, Leaf, Number, Position, Sum
from render.timeline.working.stage import Placed, Sign, Tile, width_of

NAMES_BELOW = 0.76
"""How far below the middle of its tile the name of a tensor stands."""


@dataclass(frozen=True)
class Known(Expr):
    """A part that has been worked out, and the tile that stands for it."""

    expr: Expr
    tile: Tile


def with_tiles(expr: Expr, read: Callable[[Leaf], Tile]) -> Expr:
    """`expr` with a tile for every number outside its folds."""
    match expr:
        case Cell() | Number() | Position():
            return Known(expr, read(expr))
        case Arithmetic(left=left, right=right):
            return replace(expr, left=with_tiles(left, read), right=with_tiles(right, read))
        case Call(argument=argument):
            return replace(expr, argument=with_tiles(argument, read))
    return expr


def parts(expr: Expr) -> tuple[Expr, ...]:
    """What an operation is done on."""
    match expr:
        case Arithmetic(left=left, right=right):
            return left, right
        case Call(argument=argument):
            return (argument,)
    return ()


def innermost(tree: Expr, path: str = "") -> tuple[str, Expr] | None:
    """The first part that can be worked out, as nothing in it is still open, and its path; None when all is known."""
    match tree:
        case Known():
            return None
        case Arithmetic(left=left, right=right):
            return innermost(left, path + "l") or innermost(right, path + "r") or (path, tree)
        case Call(argument=argument):
            return innermost(argument, path + "a") or (path, tree)
    return path, tree


def put(tree: Expr, path: str, part: Expr) -> Expr:
    """`tree` with `part` at `path`."""
    match path[:1], tree:
        case "l", Arithmetic(left=left):
            return replace(tree, left=put(left, path[1:], part))
        case "r", Arithmetic(right=right):
            return replace(tree, right=put(right, path[1:], part))
        case "a", Call(argument=argument):
            return replace(tree, argument=put(argument, path[1:], part))
    return part


def without_tiles(tree: Expr) -> Expr:
    """The formula that `tree` was made from."""
    match tree:
        case Known(expr=expr):
            return expr
        case Arithmetic(left=left, right=right):
            return replace(tree, left=without_tiles(left), right=without_tiles(right))
        case Call(argument=argument):
            return replace(tree, argument=without_tiles(argument))
    return tree


@dataclass(frozen=True)
class Equation:
    """`symbol` of the tensor that is worked out, and what it equals."""

    tensor: str
    tree: Expr
    graph: Graph

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """Its tiles in reading order."""
        return tuple(piece for piece, _ in self._pieces() if isinstance(piece, Tile))

    def lay_out(self, y: float) -> tuple[list[Placed], list[Sign]]:
        """All on one line, centred about (0, y)."""
        pieces = self._pieces()
        x = -sum(width for _, width in pieces) / 2
        tiles, signs = [], []
        for piece, width in pieces:
            middle = x + width / 2
            if isinstance(piece, Tile):
                tiles.append(Placed(piece, middle, y))
                if piece.cell is not None and piece.tensor != self.tensor:
                    name = self.graph[piece.tensor].called
                    signs.append(Sign(f"of {piece.id}", name, middle, y + NAMES_BELOW, "name", piece.tensor))
            else:
                signs.append(replace(piece, x=middle, y=y))
            x += width
        return tiles, signs

    def _pieces(self) -> list[tuple[Tile | Sign, float]]:
        symbol = self.graph[self.tensor].called
        head = Sign("result", symbol, 0, 0, "name", self.tensor), Sign("equals", "=", 0, 0)
        return [(head[0], width_of(symbol)), (head[1], 0.7), *self._written(self.tree, "")]

    def _written(self, tree: Expr, path: str, least: int = 0) -> list[tuple[Tile | Sign, float]]:
        """What stands for a part, and how wide each piece is; in brackets if it holds less tightly than `least`."""
        match tree:
            case Known(tile=tile):
                return [(tile, 1.0 if tile.tensor else width_of(tile.text))]
            case Fold():
                return [(Sign(f"slot {path}", "Σ" if isinstance(tree, Sum) else "max", 0, 0, "slot"), 1.0)]
            case Arithmetic(operator=operator, left=left, right=right):
                least_left, least_right = sides(tree)
                inside = self._written(left, path + "l", least_left)
                inside.append((Sign(f"operator {path}", SIGNS[operator].strip(), 0, 0), 0.66))
                inside += self._written(right, path + "r", least_right)
                return inside if tightness(tree) >= least else self._between("(", inside, ")", path)
            case Call(function=function, argument=argument):
                before, after = CALLS[function]
                return self._between(before, self._written(argument, path + "a"), after, path)
        raise TypeError(f"{type(tree).__name__} cannot stand in an equation")

    def _between(
        self, before: str, inside: list[tuple[Tile | Sign, float]], after: str, path: str
    ) -> list[tuple[Tile | Sign, float]]:
        opening, closing = Sign(f"opening {path}", before, 0, 0), Sign(f"closing {path}", after, 0, 0)
        return [(opening, width_of(before)), *inside, (closing, width_of(after))]
