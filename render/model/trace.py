"""The record of one forward pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from render.errors import UserError
from render.model.graph import Graph
from render.model.readable import Readable


class Trace(Mapping[str, Readable]):
    """Every tensor of one pass by name, in the order of computation: the tokens, the weights and all that is computed.

    What is computed is an array. A weight may still lie in its file: index it, or `np.asarray` it, to read it.

    graph:  the same names with dimensions, kind and formula
    tokens: the ids that the pass was over
    """

    def __init__(self, graph: Graph, tokens: tuple[int, ...], values: Mapping[str, Readable]) -> None:
        self.graph = graph
        self.tokens = tokens
        self._values = {name: values[name] for name in graph}

    def __getitem__(self, name: str) -> Readable:
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self.graph

    def __iter__(self) -> Iterator[str]:
        return iter(self.graph)

    def __len__(self) -> int:
        return len(self.graph)

    def cell(self, name: str, index: Mapping[str, int]) -> float:
        """The value of one cell, such as `cell("h.0.attn.att", {"h": 1, "t": 5, "s": 3})`.

        Raises UserError for a name, a dimension or an index that there is not.
        """
        place = self.graph.find(name).locate(index)
        return float(self[name][place])


class Outline(Trace):
    """The pass of a model without weights: all tensors, and no value of any but the tokens, which are placeholders."""

    def __init__(self, name: str, graph: Graph, tokens: tuple[int, ...]) -> None:
        self.graph = graph
        self.tokens = tokens
        self._name = name

    def __getitem__(self, name: str) -> Readable:
        """Raises UserError for whatever is no token."""
        if self.graph[name].kind != "token":
            raise UserError(f"{self._name} has no weights here, so there is no value of {name}")
        return np.array(self.tokens, dtype=np.int64)
