"""Index notation: how one cell of a tensor is computed from cells of others.

A formula is a small tree, written as it is read on paper:

    t, c, a = Dim("t"), Dim("c"), Dim("a")
    x, w, b = Tensor("x"), Tensor("w"), Tensor("b")
    q = b[a] + Sum("c", 48, x[t, c] * w[c, a])          # q[t, a] = b[a] + sum over c of x[t, c] w[c, a]

From the one tree follow the value of a cell (`render.model.evaluation`), what it is computed from (`operands`), and
the formula card (`render.model.explain`). Nothing in it knows of any particular architecture.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from render.model.readable import Readable
from render.model.region import Range, Region


@dataclass(frozen=True)
class Affine:
    """A position along a dimension: whole multiples of dimension variables and a constant: `h * 16 + a`, `t + 1`."""

    terms: tuple[tuple[str, int], ...] = ()
    constant: int = 0

    def __add__(self, other: Affine | int) -> Affine:
        other = _affine(other)
        return Affine(self.terms + other.terms, self.constant + other.constant)

    def __str__(self) -> str:
        terms = [dim if n == 1 else f"{n}{dim}" for dim, n in self.terms]
        return " + ".join([*terms, *([str(self.constant)] if self.constant or not terms else [])])

    def __mul__(self, factor: int) -> Affine:
        return Affine(tuple((dim, n * factor) for dim, n in self.terms), self.constant * factor)


def Dim(name: str) -> Affine:
    """The variable that runs along the dimension `name`."""
    return Affine(((name, 1),))


def _affine(index: Affine | int) -> Affine:
    return Affine((), index) if isinstance(index, int) else index


class Expr:
    """What a cell is worth: a tree of the classes below."""

    def __add__(self, other: Expr) -> Expr:
        return Arithmetic("+", self, other)

    def __sub__(self, other: Expr) -> Expr:
        return Arithmetic("-", self, other)

    def __mul__(self, other: Expr) -> Expr:
        return Arithmetic("*", self, other)

    def __truediv__(self, other: Expr) -> Expr:
        return Arithmetic("/", self, other)

    def __pow__(self, other: Expr) -> Expr:
        return Arithmetic("^", self, other)


@dataclass(frozen=True)
class Number(Expr):
    """A constant of the model, and what it is called in a formula, such as √16.

    dim: the dimension whose size it is, or is the root of, if it is
    """

    value: float
    symbol: str
    dim: str = ""


@dataclass(frozen=True)
class Position(Expr):
    """An index taken as a number: at the fourth position `Position(Dim("t"))` is 3."""

    index: Affine

    def __str__(self) -> str:
        return str(self.index)


@dataclass(frozen=True)
class Cell(Expr):
    """A cell of a tensor. An index that is itself a cell is a gather, as in wte[tokens[t], c]."""

    tensor: str
    index: tuple[Index, ...]


Index = Affine | Cell


@dataclass(frozen=True)
class Tensor:
    """A tensor's name, to be indexed: `Tensor("h.0.attn.q")[h, t, a]` is a cell."""

    name: str

    def __getitem__(self, index: Index | int | tuple[Index | int, ...]) -> Cell:
        indices = index if isinstance(index, tuple) else (index,)
        return Cell(self.name, tuple(_affine(i) if isinstance(i, int) else i for i in indices))


@dataclass(frozen=True)
class Arithmetic(Expr):
    """One of the four operations on two expressions, or a power."""

    operator: Literal["+", "-", "*", "/", "^"]
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Fold(Expr):
    """`body` for every value of `dim` from 0 up to but not including `stop`, made into one number."""

    dim: str
    stop: Affine | int
    body: Expr


class Sum(Fold):
    """The sum over a dimension."""


class Max(Fold):
    """The largest along a dimension."""


@dataclass(frozen=True)
class Call(Expr):
    """One of `render.model.evaluation.FUNCTIONS` of an expression."""

    function: str
    argument: Expr


@dataclass(frozen=True)
class Causal(Expr):
    """`body` where position `key` is not later than `query`; `otherwise` in the future, which depends on nothing."""

    query: Affine
    key: Affine
    body: Expr
    otherwise: float = -math.inf


@dataclass(frozen=True)
class Cases(Expr):
    """`below` where the variable `dim` is less than `bound`, `above` where it is not."""

    dim: str
    bound: int
    below: Expr
    above: Expr


Leaf = Cell | Number | Position
"""What an expression begins with: it is read and not worked out."""

Values = Mapping[str, Readable]
"""Tensors by name."""


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions that one is put together from, in reading order; of a cell, its gathers."""
    match expr:
        case Cell(index=index):
            return tuple(i for i in index if isinstance(i, Cell))
        case Arithmetic(left=left, right=right):
            return left, right
        case Call(argument=inner) | Fold(body=inner) | Causal(body=inner):
            return (inner,)
        case Cases(below=below, above=above):
            return below, above
    return ()


def holding(expr: Expr, at: Mapping[str, int]) -> Expr:
    """`expr` as it is at a place: without masks, of cases only the one that holds there."""
    match expr:
        case Arithmetic(left=left, right=right):
            return replace(expr, left=holding(left, at), right=holding(right, at))
        case Call(argument=argument):
            return replace(expr, argument=holding(argument, at))
        case Fold(dim=dim, body=body):
            # What cases say of a fold's own variable stays open.
            return replace(expr, body=holding(body, {d: i for d, i in at.items() if d != dim}))
        case Causal(body=body):
            return holding(body, at)
        case Cases(dim=dim, bound=bound, below=below, above=above) if dim in at:
            return holding(below if at[dim] < bound else above, at)
    return expr


def operands(expr: Expr, at: Mapping[str, int], values: Values) -> tuple[Region, ...]:
    """The pieces of tensors that the cell at `at` is computed from, in reading order.

    What is read along a fold is one range, so the cost does not depend on sizes. `values` is read only for gathers.
    A causal cell of the future is computed from nothing.
    """
    found: dict[Region, None] = {}
    for piece in _operands(expr, {dim: (i, i + 1) for dim, i in at.items()}, values):
        found.setdefault(piece)
    return tuple(r for r in found if not any(other is not r and other.contains(r) for other in found))


def _operands(expr: Expr, at: Mapping[str, Range], values: Values) -> Iterator[Region]:
    match expr:
        case Cell(index=index):
            for i in index:
                if isinstance(i, Cell):
                    yield from _operands(i, at, values)
            yield region(expr, at, values)
        case Arithmetic(left=left, right=right):
            yield from _operands(left, at, values)
            yield from _operands(right, at, values)
        case Call(argument=argument):
            yield from _operands(argument, at, values)
        case Fold(dim=dim, stop=stop, body=body):
            yield from _operands(body, {**at, dim: (0, extent(stop, at))}, values)
        case Causal(query=query, key=key, body=body):
            if not hidden(query, key, at):
                yield from _operands(body, at, values)
        case Cases(dim=dim, bound=bound, below=below, above=above):
            start, stop = at[dim]
            if start < bound:
                yield from _operands(below, {**at, dim: (start, min(stop, bound))}, values)
            if stop > bound:
                yield from _operands(above, {**at, dim: (max(start, bound), stop)}, values)


def region(cell: Cell, at: Mapping[str, Range], values: Values) -> Region:
    """What `cell` reads while every dimension variable runs over its range. `values` is read only for gathers."""
    return Region(cell.tensor, tuple(_range(i, at, values) for i in cell.index))


def hidden(query: Affine, key: Affine, at: Mapping[str, Range]) -> bool:
    """Whether all that is asked for lies in the future: every `key` later than every `query`."""
    return _range(key, at, {})[0] >= _range(query, at, {})[1]


def extent(stop: Affine | int, at: Mapping[str, Range]) -> int:
    """How far a fold that ends before `stop` gets."""
    return _range(_affine(stop), at, {})[1] - 1


def _range(index: Index, at: Mapping[str, Range], values: Values) -> Range:
    if isinstance(index, Cell):
        gathered = region(index, at, values)
        position = int(values[gathered.tensor][gathered.slices].item())
        return position, position + 1
    first = index.constant + sum(at[dim][0] * n for dim, n in index.terms)
    last = index.constant + sum((at[dim][1] - 1) * n for dim, n in index.terms)
    return first, last + 1


def tensors(expr: Expr) -> tuple[str, ...]:
    """The names of the tensors that a formula reads, in reading order."""
    return tuple(dict.fromkeys(_tensors(expr)))


def _tensors(expr: Expr) -> Iterator[str]:
    for child in children(expr):
        yield from _tensors(child)
    if isinstance(expr, Cell):
        yield expr.tensor
