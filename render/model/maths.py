"""A formula as mathematics is set: a tree of fractions, roots, powers and big operators, without sizes or places.

`render.model.equation` builds it from the provenance formula; a typesetter makes glyphs and rules of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from render.model.graph import Kind


class Maths:
    """A piece of mathematics: a tree of the classes below."""


@dataclass(frozen=True)
class Text(Maths):
    """Upright: a number, words."""

    text: str


@dataclass(frozen=True)
class Variable(Maths):
    """A letter that stands for an index."""

    text: str


@dataclass(frozen=True)
class Constant(Maths):
    """A letter that stands for a constant of the model, such as a size."""

    text: str
    value: float


@dataclass(frozen=True)
class Sign(Maths):
    """A sign between two pieces of a row, with room on both sides: + − = < ≤ ≥."""

    text: str


@dataclass(frozen=True)
class Symbol(Maths):
    """A tensor with the index of what is read of it.

    kind:  the tensor's, or that it is the result
    index: one piece a dimension
    dims:  which dimension, or part of a split one, each of them runs along
    part:  which of several things in one tensor is meant: Q of Q, K, V
    """

    text: str
    kind: Kind | Literal["result"]
    tensor: str
    index: tuple[Maths, ...] = ()
    dims: tuple[str, ...] = ()
    part: str = ""


@dataclass(frozen=True)
class Row(Maths):
    """Pieces side by side. Two with no sign between them are multiplied."""

    parts: tuple[Maths, ...]


@dataclass(frozen=True)
class Fraction(Maths):
    """One piece over another."""

    over: Maths
    under: Maths


@dataclass(frozen=True)
class Root(Maths):
    """The square root."""

    inside: Maths


@dataclass(frozen=True)
class Power(Maths):
    """A raised exponent."""

    base: Maths
    exponent: Maths


@dataclass(frozen=True)
class BigOperator(Maths):
    """A sum or a maximum over what stands below the sign."""

    sign: Literal["Σ", "max"]
    below: Maths
    body: Maths


@dataclass(frozen=True)
class Fenced(Maths):
    """A piece in brackets as tall as it is, those of a function behind its `name`."""

    inside: Maths
    name: str = ""


@dataclass(frozen=True)
class Floor(Maths):
    """A piece rounded down to a whole number."""

    inside: Maths


@dataclass(frozen=True)
class Alternatives(Maths):
    """Pieces below one another behind a brace, each with the condition on which it holds."""

    rows: tuple[tuple[Maths, Maths], ...]


def symbols(maths: Maths) -> Iterator[Symbol]:
    """All symbols of a tree, in reading order; a gather's index comes before the symbol that has it."""
    for piece in pieces(maths):
        if isinstance(piece, Symbol):
            yield piece


def pieces(maths: Maths) -> Iterator[Maths]:
    """All nodes of a tree in reading order, what belongs to a node before it."""
    match maths:
        case Symbol(index=inner) | Row(parts=inner):
            for part in inner:
                yield from pieces(part)
        case (
            Fraction(over=first, under=second)
            | Power(base=first, exponent=second)
            | BigOperator(below=first, body=second)
        ):
            yield from pieces(first)
            yield from pieces(second)
        case Root(inside=inside) | Fenced(inside=inside) | Floor(inside=inside):
            yield from pieces(inside)
        case Alternatives(rows=rows):
            for piece, condition in rows:
                yield from pieces(piece)
                yield from pieces(condition)
    yield maths
