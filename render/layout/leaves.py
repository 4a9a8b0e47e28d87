"""The leaves of a composition: the boxes of tensors, by themselves, with the weights that make them, in norms."""

from __future__ import annotations

from collections.abc import Mapping

from render.layout.faces import Face, face
from render.layout.pack import Group, column, leaf, overlay, row
from render.layout.vocabulary import Spans
from render.model import Graph, TensorSpec

THICK = 1.4
"""How thick a box is at most, in gaps that look small beside the model, and at least, in cells."""

SLIM = 0.25
"""How thick a box is at most between these, in widths of its smaller side: what is small looks like a sheet too."""


_ALL: Mapping[str, int] = {}


class Leaves:
    """Makes leaves of one graph. `faces` collects what each of them shows."""

    def __init__(self, graph: Graph, spans: Spans) -> None:
        self.graph, self.spans = graph, spans
        self.unit: float = max(1.0, graph.dims["c"] / 48) ** 0.9
        self.close: float = min(self.unit, max(1.0, graph.n_tokens / 8))
        """A gap that looks small between faces a few positions broad, which do not grow with the model."""
        self.faces: dict[str, Face] = {}

    def box(self, name: str, columns: str | None, rows: str | None, cut: Mapping[str, int] = _ALL) -> Group:
        """The box of a tensor, or of what `cut` leaves of it; a row of boxes where it has a long side."""
        whole = face(self.graph[name], columns, rows, cut)
        thick = min(THICK * self.unit, max(THICK, SLIM * min(whole.size)))
        pieces = whole.pieces(self.spans)
        self.faces |= {piece.key: piece for piece, _, _ in pieces}
        return overlay([(leaf(piece.key, *piece.size, thick), x, y) for piece, x, y in pieces])

    def weights(self, name: str) -> tuple[list[TensorSpec], list[TensorSpec]]:
        """The matrices and the vectors among the weights that `name` is computed from."""
        weights = [self.graph[n] for n in self.graph.operand_names(name) if self.graph[n].kind == "weight"]
        return [w for w in weights if len(w.dims) == 2], [w for w in weights if len(w.dims) == 1]

    def specs(self, module: str) -> list[TensorSpec]:
        return [self.graph[name] for name in self.graph.module(module)]

    def sides(self, matrix: TensorSpec, name: str) -> tuple[str, str]:
        """The dim of a matrix that `name` sums over, which what it is multiplied with has too, and the other one."""
        read = [self.graph[n] for n in self.graph.operand_names(name) if self.graph[n].kind == "activation"]
        inner = next(dim for dim in matrix.dims if any(dim in spec.dims for spec in read))
        return inner, next(dim for dim in matrix.dims if dim != inner)

    def norm(self, module: str) -> Group:
        """Its weights as columns, then the normalised columns with the aggregates above them."""
        weights, stats, outs = [], [], []
        for spec in self.specs(module):
            if spec.kind == "weight":
                weights.append(self.box(spec.name, None, "c"))
            elif spec.kind == "aggregate":
                stats.append(self.box(spec.name, "t", None))
            else:
                outs.append(self.box(spec.name, "t", "c"))
        near = 1.2 * self.unit
        return row([*weights, column([*stats, *outs], near)], near, "end")

    def product(self, name: str, rows: str, cut: Mapping[str, int] = _ALL) -> Group:
        """bias | weights | result: each row of the weights, times a column of the input, makes one cell."""
        matrices, vectors = self.weights(name)
        parts = [self.box(vector.name, None, vector.dims[0], cut) for vector in vectors]
        parts += [self.box(matrix.name, *self.sides(matrix, name), cut) for matrix in matrices]
        return row([*parts, self.box(name, "t", rows, cut)], 3 * self.unit)
