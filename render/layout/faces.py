"""Which dims of a tensor run along the sides of its box, and how a tensor is cut into one box a head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from render.layout.box import Axis
from render.model import TensorSpec


@dataclass(frozen=True)
class Face:
    """A box's face before it has a place: the tensor and what runs along its columns and rows."""

    spec: TensorSpec
    columns: Axis
    rows: Axis
    fixed: tuple[int, ...]
    key: str

    @property
    def size(self) -> tuple[int, int]:
        return (self.columns.count, self.rows.count)

    def tiles(self, longest: int) -> tuple[tuple[Face, ...], ...]:
        """The face cut into rows of faces of which no side is longer than `longest`; itself alone if it is small."""
        parts = [
            [axis.part(start, min(start + longest, axis.count)) for start in range(0, axis.count, longest)]
            for axis in (self.columns, self.rows)
        ]
        if len(parts[0]) == len(parts[1]) == 1:
            return ((self,),)
        return tuple(
            tuple(
                Face(self.spec, columns, rows, self.fixed, f"{self.key}#{columns.start},{rows.start}")
                for columns in parts[0]
            )
            for rows in parts[1]
        )

    def transposed(self) -> Face:
        return Face(self.spec, self.rows, self.columns, self.fixed, self.key)


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
    named = [f"{dim}={index}" for dim, index in cut.items() if _knows(spec, dim)]
    key = spec.name + ("@" + ",".join(named) if named else "")
    return Face(spec, sides[0], sides[1], tuple(start for start, _ in ranges), key)


def _knows(spec: TensorSpec, dim: str) -> bool:
    return dim in spec.dims or any(dim == sub for parts in spec.splits.values() for sub, _ in parts)


def has_heads(spec: TensorSpec) -> bool:
    """Whether the tensor holds something for each attention head."""
    return _knows(spec, "h")


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
