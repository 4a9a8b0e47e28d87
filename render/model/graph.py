"""The provenance graph: every tensor of a forward pass, with named dimensions and a cell's formula, without values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Literal

from render.errors import UserError, nearest
from render.model.notation import Expr, tensors

Kind = Literal["token", "weight", "activation", "aggregate"]
Split = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class TensorSpec:
    """What one tensor is.

    name:    under which it is traced, such as `h.0.attn.q`
    dims:    the name of each dimension, such as ("h", "t", "a")
    shape:   the size of each dimension
    kind:    token, weight, activation, or aggregate (one number for many: a mean, a maximum)
    formula: how one cell is computed, in the variables of `at`; None for what is given to the model
    title:   a few plain words for a viewer
    symbol:  what a formula calls it
    splits:  dimensions that are several in one, outermost first: {"c": (("h", 3), ("a", 16))} says c = h * 16 + a
    shared:  what one dimension says of another: {"h": ("g", 3)} says that g = h // 3, as three heads share one of keys
             and values; where a tensor has g, an index for h will do
    thing:   what it is for, where a formula has several of its symbol: the Q of queries' weights
    trained: whether it is a weight that training has found; others are numbers of the configuration
    """

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    kind: Kind
    formula: Expr | None
    title: str
    symbol: str
    splits: Mapping[str, Split] = field(default_factory=dict, hash=False)
    shared: Mapping[str, tuple[str, int]] = field(default_factory=dict, hash=False)
    thing: str = ""
    trained: bool = True

    @property
    def called(self) -> str:
        """Its symbol on a line of plain text: `q`, `q_rot`."""
        return f"{self.symbol}_{self.thing}" if self.thing else self.symbol

    @property
    def size(self) -> int:
        """How many cells it has."""
        return math.prod(self.shape)

    @property
    def sizes(self) -> dict[str, int]:
        """The size of every dimension, and of the parts of those that are split."""
        return dict(zip(self.dims, self.shape, strict=True)) | dict(chain.from_iterable(self.splits.values()))

    @property
    def things(self) -> tuple[str, ...]:
        """What it holds several of in one, as its title names them: Q, K, V of "Q, K, V weights"."""
        named = re.match(r"\w+(?:, \w+)+(?= )", self.title)
        return tuple(named[0].split(", ")) if named else ()

    def at(self, index: tuple[int, ...]) -> dict[str, int]:
        """The value of every dimension variable at a cell: its dimensions, and the parts of those that are split."""
        place = dict(zip(self.dims, index, strict=True))
        for dim, parts in self.splits.items():
            rest = place[dim]
            for part, size in reversed(parts):
                rest, place[part] = divmod(rest, size)
        for dim, (other, sharing) in self.shared.items():
            if dim in place:
                place[other] = place[dim] // sharing
        return place

    @property
    def parts(self) -> dict[str, str]:
        """The dimension that each part belongs to."""
        return {part: dim for dim, split in self.splits.items() for part, _ in split}

    def sharing(self, dim: str) -> tuple[str, int] | None:
        """The dimension by which this tensor's own `dim` can be told, too, and how many of its indices share one."""
        return next(((other, n) for other, (own, n) in self.shared.items() if own == dim), None)

    def locate(self, place: Mapping[str, int]) -> tuple[int, ...]:
        """The index of the one cell at `place`, which gives every dimension, or all the parts of a split one.

        Negative indices count from the end. Raises UserError for a dimension that it has not, one that is missing, and
        an index out of range.
        """
        known = [*self.dims, *self.parts]
        told = [other for other, (own, _) in self.shared.items() if own in known]
        for dim in place:
            if dim not in known and dim not in told:
                raise UserError(f"{self.name} has no dimension '{dim}'{nearest(dim, known)}")
        return tuple(self._locate_dim(dim, size, place) for dim, size in zip(self.dims, self.shape, strict=True))

    def _locate_dim(self, dim: str, size: int, place: Mapping[str, int]) -> int:
        if dim in place:
            return self._checked(dim, place[dim], size)
        index = 0
        for part, part_size in self.splits.get(dim, ((dim, size),)):
            other, n = self.sharing(part) or (part, 1)
            if part in place:
                own = self._checked(part, place[part], part_size)
            elif other in place:
                own = self._checked(other, place[other], part_size * n) // n
            else:
                raise UserError(f"a cell of {self.name} needs an index for '{part}', from 0 to {part_size - 1}")
            index = index * part_size + own
        return index

    def _checked(self, dim: str, index: int, size: int) -> int:
        if not -size <= index < size:
            raise UserError(f"{dim}={index} is out of range for {self.name}: {dim} goes from 0 to {size - 1}")
        return index % size


class Graph(Mapping[str, TensorSpec]):
    """Every tensor of a pass over `n_tokens` tokens by name, in the order of computation.

    A weight comes just before the first tensor that reads it. `dims` has the size of every dimension variable.

    cast: the graphs of several models that it is made of, if it is, by name, each tensor as NAME.TENSOR; that of the
          leading model is "", and its tensors keep their names
    """

    def __init__(
        self,
        specs: Iterable[TensorSpec],
        n_tokens: int,
        dims: Mapping[str, int],
        cast: Mapping[str, Graph] | None = None,
    ) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self.n_tokens = n_tokens
        self.dims = dict(dims)
        self.cast = cast or {}
        self.tokens: tuple[int, ...] = ()
        """The ids that the pass is over, once there is one."""
        self.predicted: int | None = None
        """The id that the pass thinks likeliest to come next."""

    def over(self, tokens: tuple[int, ...], predicted: int) -> Graph:
        """The graph of the pass over these ids, which predicts that one."""
        graph = copy(self)
        graph.tokens, graph.predicted = tokens, predicted
        return graph

    def __getitem__(self, name: str) -> TensorSpec:
        return self._specs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)

    def find(self, name: str) -> TensorSpec:
        """The tensor of that name. Raises UserError, with the nearest name, when there is none."""
        if name not in self._specs:
            raise UserError(f"there is no tensor '{name}'{nearest(name, self._specs)}")
        return self._specs[name]

    def whose(self, name: str) -> tuple[str, str]:
        """Which member of the cast a tensor belongs to, "" for the leading model, and what that calls it."""
        member, _, own = name.partition(".")
        return (member, own) if member in self.cast else ("", name)

    def of_model(self, name: str) -> Graph:
        """The graph of the model that a tensor belongs to."""
        return self.cast[self.whose(name)[0]] if self.cast else self

    def module(self, name: str) -> tuple[str, ...]:
        """The tensors under a name such as `h.0.attn` or `wte`, in order: all for "", none for an unknown name."""
        return tuple(n for n in self._specs if not name or n == name or n.startswith(f"{name}."))

    def operand_names(self, name: str) -> tuple[str, ...]:
        """The tensors that the formula of `name` reads, in reading order."""
        formula = self._specs[name].formula
        return () if formula is None else tensors(formula)

    def readers(self, name: str) -> tuple[str, ...]:
        """The tensors whose formula reads `name`, in order."""
        return self._readers[name]

    @cached_property
    def _readers(self) -> Mapping[str, tuple[str, ...]]:
        readers: dict[str, tuple[str, ...]] = dict.fromkeys(self._specs, ())
        for reader in self._specs:
            for name in self.operand_names(reader):
                readers[name] += (reader,)
        return readers
