"""What a layout is made of: boxes to scale, each a rectangular piece of a tensor.

World units are cells: a tensor of 48 x 11 cells is a box 48 by 11 units. x runs right, y up, z towards the viewer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from render.model import Kind, Region

Orientation = Literal["wide", "tall"]
Point = tuple[float, float, float]
Rect = tuple[float, float, float, float]
"""A rectangle of cells on a box's face: column start, row start, column stop, row stop."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """An axis-aligned box in world units, `low` and `high` corner."""

    low: Point
    high: Point

    @property
    def size(self) -> Point:
        return (self.high[0] - self.low[0], self.high[1] - self.low[1], self.high[2] - self.low[2])

    @property
    def centre(self) -> Point:
        low, high = self.low, self.high
        return ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2)

    @property
    def corners(self) -> tuple[Point, ...]:
        (x0, y0, z0), (x1, y1, z1) = self.low, self.high
        return tuple((x, y, z) for x in (x0, x1) for y in (y0, y1) for z in (z0, z1))

    def moved(self, shift: Point) -> Bounds:
        """The same bounds, `shift` away."""
        low, high = ([side + way for side, way in zip(corner, shift, strict=True)] for corner in (self.low, self.high))
        return Bounds((low[0], low[1], low[2]), (high[0], high[1], high[2]))

    def overlaps(self, other: Bounds) -> bool:
        """Whether the two share a volume (touching faces do not count)."""
        return all(self.low[i] < other.high[i] and other.low[i] < self.high[i] for i in range(3))

    @staticmethod
    def around(parts: Iterable[Bounds]) -> Bounds:
        """The smallest bounds that hold all of `parts` (at least one)."""
        parts = list(parts)
        low = tuple(min(part.low[i] for part in parts) for i in range(3))
        high = tuple(max(part.high[i] for part in parts) for i in range(3))
        return Bounds((low[0], low[1], low[2]), (high[0], high[1], high[2]))


@dataclass(frozen=True, slots=True)
class Axis:
    """One side of a box's face: which dim of the tensor runs along it, and which part of that dim.

    `dim` is None for a side of one cell along which nothing runs.
    """

    dim: int | None
    start: int = 0
    stop: int = 1

    @property
    def count(self) -> int:
        return self.stop - self.start

    def part(self, start: int, stop: int) -> Axis:
        """The cells from `start` to `stop` of this side."""
        return self if self.dim is None else Axis(self.dim, self.start + start, self.start + stop)


@dataclass(frozen=True, slots=True)
class Box:
    """One rectangular piece of one tensor, standing in space with its face towards +z.

    `corner` is the top left corner of the face. Cell (column, row) of the face is the cell of the tensor whose index
    is `fixed` in the dims that do not run along a side. Where several heads make one tensor, each head has its box.
    """

    id: str
    tensor: str
    kind: Kind
    title: str
    corner: Point
    columns: Axis
    rows: Axis
    fixed: tuple[int, ...]
    depth: float
    sequence: Literal["columns", "rows"]
    """Along which side the cells are computed one after the other: position by position."""

    cell: tuple[float, float] = (1.0, 1.0)
    """How wide and how high a cell is, in world units. Long runs of a vocabulary are squeezed along it."""

    @property
    def width(self) -> int:
        """How many columns of cells it has."""
        return self.columns.count

    @property
    def height(self) -> int:
        """How many rows of cells it has."""
        return self.rows.count

    @property
    def across(self) -> int:
        """How many of its cells are one position of the sequence."""
        return self.height if self.sequence == "columns" else self.width

    @property
    def extent(self) -> tuple[float, float]:
        """How wide and how high it is, in world units."""
        return (self.width * self.cell[0], self.height * self.cell[1])

    @property
    def squeezed(self) -> bool:
        """Whether its cells are narrower or flatter than they are to scale."""
        return self.cell != (1.0, 1.0)

    @property
    def whole(self) -> Rect:
        """All of its cells."""
        return (0, 0, self.width, self.height)

    @property
    def bounds(self) -> Bounds:
        return self.around(self.whole)

    def around(self, cells: Rect) -> Bounds:
        """The bounds of a rectangle of its cells, as deep as the box."""
        c0, r0, c1, r1 = cells
        (x0, y1, z), (x1, y0, _) = self.place(c0, r0), self.place(c1, r1)
        return Bounds((x0, y0, z - self.depth), (x1, y1, z))

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """The half-open range of each of the tensor's dims that this box shows."""
        ranges = [(index, index + 1) for index in self.fixed]
        for axis in (self.columns, self.rows):
            if axis.dim is not None:
                ranges[axis.dim] = (axis.start, axis.stop)
        return tuple(ranges)

    def reach(self, n_positions: int) -> float:
        """How many of the cells `n_positions` fill, of a box along whose sequence the positions run."""
        along = self.columns if self.sequence == "columns" else self.rows
        return float(self.width * self.height * min(n_positions, along.count) / along.count)

    def cells(self, region: Region) -> Rect | None:
        """The rectangle of this box's face that shows `region`, or None when it shows none of it."""
        if region.tensor != self.tensor:
            return None
        spans: list[tuple[int, int]] = []
        for (start, stop), (low, high) in zip(self.ranges, region.ranges, strict=True):
            span = (max(start, low), min(stop, high))
            if span[0] >= span[1]:
                return None
            spans.append(span)
        sides = []
        for axis in (self.columns, self.rows):
            low, high = (0, 1) if axis.dim is None else spans[axis.dim]
            sides.append((low - axis.start, high - axis.start) if axis.dim is not None else (0, 1))
        (c0, c1), (r0, r1) = sides
        return (c0, r0, c1, r1)

    def region(self, cells: Rect) -> Region:
        """The region of the tensor that a rectangle of this box's cells shows."""
        c0, r0, c1, r1 = (int(side) for side in cells)
        ranges = list(self.ranges)
        for axis, start, stop in ((self.columns, c0, c1), (self.rows, r0, r1)):
            if axis.dim is not None:
                ranges[axis.dim] = (axis.start + start, axis.start + stop)
        return Region(self.tensor, tuple(ranges))

    def moved(self, shift: Point) -> Box:
        """The same box, `shift` away."""
        (x, y, z), (dx, dy, dz) = self.corner, shift
        return replace(self, corner=(x + dx, y + dy, z + dz))

    def piece(self, cells: Rect) -> Box:
        """The box of a rectangle of this one's cells, standing where they stand."""
        c0, r0, c1, r1 = (int(side) for side in cells)
        return replace(
            self,
            id=f"{self.id}[{c0}:{c1},{r0}:{r1}]",
            corner=self.place(c0, r0),
            columns=self.columns.part(c0, c1),
            rows=self.rows.part(r0, r1),
        )

    def place(self, column: float, row: float, lift: float = 0.0) -> Point:
        """The point of the face at (column, row) in cells from its top left corner, `lift` units in front of it."""
        x, y, z = self.corner
        return (x + column * self.cell[0], y - row * self.cell[1], z + lift)
