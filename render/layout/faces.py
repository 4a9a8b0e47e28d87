"""Which dims of a tensor run along the sides of its box, and how a tensor is cut into one box a head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from render.layout.box import Axis
from render.layout.vocabulary import Span, Spans
from render.model import TensorSpec


@dataclass(frozen=True)
class Face:
    """A box's face before it has a place: the tensor and what runs along its columns and rows.

    key:   the box's id
    whole: the key of the face that it was cut from, or its own
    """

    spec: TensorSpec
    columns: Axis
    rows: Axis
    fixed: tuple[int, ...]
    key: str
    whole: str
    cell: tuple[float, float] = (1.0, 1.0)

    @property
    def size(self) -> tuple[float, float]:
        """How wide and how high it is, in world units."""
        return (self.columns.count * self.cell[0], self.rows.count * self.cell[1])

    def pieces(self, spans: Spans) -> list[tuple[Face, float, float]]:
        """The face cut where a long dimension runs along a side, each piece with its place in it; or itself alone."""
        for columns in (True, False):
            axis = self.columns if columns else self.rows
            dim = "" if axis.dim is None else self.spec.dims[axis.dim]
            if dim in spans:
                return [self._piece(span, dim, columns) for span in spans[dim]]
        return [(self, 0.0, 0.0)]

    def _piece(self, span: Span, dim: str, columns: bool) -> tuple[Face, float, float]:
        key = f"{self.key}@{dim}={span.start}:{span.stop}"
        if columns:
            cut = replace(self, columns=self.columns.part(span.start, span.stop), cell=(span.cell, 1.0), key=key)
            return (cut, span.at, 0.0)
        cut = replace(self, rows=self.rows.part(span.start, span.stop), cell=(1.0, span.cell), key=key)
        return (cut, 0.0, span.at)

    def transposed(self) -> Face:
        return replace(self, columns=self.rows, rows=self.columns, cell=self.cell[::-1])


def face(spec: TensorSpec, columns: str | None, rows: str | None, cut: Mapping[str, int] | None = None) -> Face:
    """The face of `spec` with the dims `columns` and `rows` along its sides, cut to the indices in `cut`.

    `cut` may name dims of the tensor or dims that one of its dims is made of (its splits): {"h": 1} on
    `attn.y`, whose channels are heads times head channels, leaves the channels of head 1.
    """
    cut = cut or {}
    ranges = [_cut_range(spec, dim, size, cut) for dim, size in zip(spec.dims, spec.shape, strict=True)]
    sides = []
    for name in (columns, rows):
        index = spec.dims.index(name) if name is not None else None
        sides.append(Axis(None) if index is None else Axis(index, *ranges[index]))
    named = [f"{dim}={index}" for dim, index in cut.items() if knows(spec, dim)]
    key = spec.name + ("@" + ",".join(named) if named else "")
    return Face(spec, sides[0], sides[1], tuple(start for start, _ in ranges), key, key)


def knows(spec: TensorSpec, dim: str) -> bool:
    """Whether a tensor has the dim, by itself or as a part of one of its dims."""
    return dim in spec.dims or any(dim == sub for parts in spec.splits.values() for sub, _ in parts)


def has_heads(spec: TensorSpec) -> bool:
    """Whether the tensor holds something for each attention head, or for each head of keys and values."""
    return knows(spec, "h") or knows(spec, "g")


def _cut_range(spec: TensorSpec, dim: str, size: int, cut: Mapping[str, int]) -> tuple[int, int]:
    if dim in cut:
        return (cut[dim], cut[dim] + 1)
    start, stop = 0, size
    for name, count in spec.splits.get(dim, ()):
        step = (stop - start) // count
        if name not in cut:
            break
        start += cut[name] * step
        stop = start + step
    return (start, stop)
