"""The two records that parts are written into: the graph in index notation, and the trace of a pass in numpy."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from render.model.architecture import Array, FloatArray
from render.model.graph import Graph, Kind, TensorSpec
from render.model.notation import Expr, Tensor
from render.model.readable import Readable


class GraphWriter:
    """Writes tensors down one after the other.

    dims: the size of every dimension, and of the parts of those that are several in one
    """

    def __init__(self, n_tokens: int, dims: Mapping[str, int]) -> None:
        self.n_tokens = n_tokens
        self.dims = {"t": n_tokens, "s": n_tokens, **dims}
        self._specs: list[TensorSpec] = []

    def graph(self) -> Graph:
        """All that was written."""
        return Graph(self._specs, self.n_tokens, self.dims)

    def add(
        self,
        name: str,
        dims: str,
        kind: Kind,
        title: str,
        symbol: str,
        formula: Expr | None = None,
        *,
        splits: Mapping[str, str] | None = None,
        sizes: Mapping[str, int] | None = None,
        thing: str = "",
        trained: bool = True,
    ) -> Tensor:
        """Write down a tensor. `splits` has the parts of dimensions that are several in one: {"c": "ha"}.

        `sizes` are those of dimensions that this tensor has longer or shorter than the others.
        """
        split = {dim: tuple((part, self.dims[part]) for part in own) for dim, own in (splits or {}).items()}
        shared = {}
        if "g" in self.dims and not {"h", "g"}.isdisjoint("".join((dims, *(splits or {}).values()))):
            shared["h"] = "g", self.dims["h"] // self.dims["g"]
        whole = {dim: math.prod(size for _, size in own) for dim, own in split.items()}
        shape = tuple({**self.dims, **whole, **(sizes or {})}[dim] for dim in dims)
        self._specs.append(
            TensorSpec(name, tuple(dims), shape, kind, formula, title, symbol, split, shared, thing, trained)
        )
        return Tensor(name)

    def weight(self, name: str, dims: str, title: str, symbol: str, *, thing: str = "", **splits: str) -> Tensor:
        """Write down a trained tensor; `splits` as for `add`."""
        return self.add(name, dims, "weight", title, symbol, splits=splits, thing=thing)


class ForwardPass:
    """One pass of the model over tokens.

    trace: what has been computed so far, by name
    """

    def __init__(self, weights: Mapping[str, Readable]) -> None:
        self._weights = weights
        self.trace: dict[str, Array] = {}

    def rows(self, name: str, index: Array | slice) -> FloatArray:
        """Some rows of a weight, of which the others are not read."""
        return np.asarray(self._weights[name][index])

    def weight(self, name: str) -> FloatArray:
        """A whole weight. It is not kept, because all of them together may be larger than the memory."""
        return np.asarray(self._weights[name])

    def keep(self, name: str, values: FloatArray) -> FloatArray:
        """Record a tensor, and hand it on."""
        self.trace[name] = values
        return values
