"""The record of one forward pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from render.model.architecture import Array
from render.model.graph import Graph


class Trace(Mapping[str, Array]):
    """Every tensor of one pass by name, in the order of computation: the tokens, the weights and all that is computed.

    graph:  the same names with dimensions, kind and formula
    tokens: the ids that the pass was over
    """

    def __init__(self, graph: Graph, tokens: tuple[int, ...], values: Mapping[str, Array]) -> None:
        self.graph = graph
        self.tokens = tokens
        self._values = {name: values[name] for name in graph}

    def __getitem__(self, name: str) -> Array:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def cell(self, name: str, index: Mapping[str, int]) -> float:
        """The value of one cell, such as `cell("h.0.attn.att", {"h": 1, "t": 5, "s": 3})`.

        Raises UserError for a name, a dimension or an index that there is not.
        """
        place = self.graph.find(name).locate(index)
        return float(self[name][place])
