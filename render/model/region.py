"""A rectangular piece of one tensor."""

from __future__ import annotations

import math
from dataclasses import dataclass

Range = tuple[int, int]
"""Half-open: the first index in it and the first one after it."""


@dataclass(frozen=True)
class Region:
    """The cells of `tensor` whose index along every dimension lies in the range given for that dimension."""

    tensor: str
    ranges: tuple[Range, ...]

    @classmethod
    def of_cell(cls, tensor: str, index: tuple[int, ...]) -> Region:
        """The region that is the one cell at `index`."""
        return cls(tensor, tuple((i, i + 1) for i in index))

    @property
    def shape(self) -> tuple[int, ...]:
        """How many cells it has along each dimension."""
        return tuple(stop - start for start, stop in self.ranges)

    @property
    def size(self) -> int:
        """How many cells it has."""
        return math.prod(self.shape)

    @property
    def is_cell(self) -> bool:
        """Whether it is a single cell."""
        return all(stop - start == 1 for start, stop in self.ranges)

    @property
    def slices(self) -> tuple[slice, ...]:
        """What to index the tensor's array with to get these cells."""
        return tuple(slice(start, stop) for start, stop in self.ranges)

    def contains(self, other: Region) -> bool:
        """Whether every cell of `other` is one of these."""
        return self.tensor == other.tensor and all(
            start <= other_start and other_stop <= stop
            for (start, stop), (other_start, other_stop) in zip(self.ranges, other.ranges, strict=True)
        )
