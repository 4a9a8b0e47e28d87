"""Plots of traced values as they are at one moment: what is drawn and in which range, and not yet where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from render.model import Region

Span = tuple[float, float]
"""The lowest and the highest value that an axis, or a scale of colours, has to reach."""


MOST_BARS, TOP_BARS = 12, 10
"""Up to how many values all have bars, and how many of the largest when there are more, where nothing says how many."""


@dataclass(frozen=True)
class Bars:
    """A bar for each value, or for the largest of many; the bar `marked` is the one talked about.

    shares: whether the values are parts of one whole, written in percent
    top:    how many bars there are, largest first; None for all in order, if they are not too many
    """

    labels: Sequence[str]
    values: tuple[float, ...]
    span: Span
    shares: bool = False
    marked: int | None = None
    top: int | None = None

    @cached_property
    def shown(self) -> list[int]:
        """Which of the values have a bar."""
        return largest(np.array(self.values), self.top)

    @property
    def others(self) -> float:
        """What the values without a bar sum up to."""
        return max(0.0, math.fsum(self.values) - math.fsum(self.values[i] for i in self.shown))


def largest(values: NDArray[np.float64], top: int | None = None) -> list[int]:
    """Where the values are that bars show: all in order, or, when they are many, the `top` largest, largest first."""
    if top is None and len(values) <= MOST_BARS:
        return list(range(len(values)))
    known = np.where(np.isfinite(values), values, -np.inf)
    count = min(TOP_BARS if top is None else top, len(values))
    found = np.argpartition(known, -count)[-count:]
    return sorted((int(i) for i in found), key=lambda i: (-known[i], i))


@dataclass(frozen=True)
class Readings:
    """What the model would say after each of some layers: its likeliest word there, and how likely that is.

    settled: for which layers that is the word that it says in the end
    """

    layers: tuple[str, ...]
    words: tuple[str, ...]
    values: tuple[float, ...]
    settled: tuple[bool, ...]


@dataclass(frozen=True)
class Series:
    """A row of values under a name."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Lines:
    """Rows of values along one dimension, `along`, whose places are called `labels`; `marked` is a place of the first.

    shares: as in `Bars`
    """

    along: str
    labels: Sequence[str]
    series: tuple[Series, ...]
    span: Span
    shares: bool = False
    marked: int | None = None


@dataclass(frozen=True)
class Tally:
    """How many values of a series fall into each bin, and the mean and the standard deviation of them all."""

    name: str
    counts: tuple[int, ...]
    mean: float
    deviation: float


@dataclass(frozen=True)
class Histogram:
    """How values are spread: bin i goes from edges[i] to edges[i + 1], without that but for the last.

    most: the highest count that the axis has to reach
    """

    edges: tuple[float, ...]
    series: tuple[Tally, ...]
    most: int


@dataclass(frozen=True, eq=False)
class HeatMap:
    """A matrix (rows, columns) of values as colours; what is `hidden`, as by a causal mask, has none.

    dims:   the names of its two dimensions
    shares: whether the values are parts of a whole, from 0 up; otherwise colours part at 0
    """

    dims: tuple[str, str]
    rows: Sequence[str]
    columns: Sequence[str]
    values: NDArray[np.float64]
    hidden: NDArray[np.bool_]
    span: Span
    shares: bool = False


@dataclass(frozen=True)
class Curve:
    """A function, and the pairs of input and output that a row of cells is.

    line:   points of the function (x, y), from the lowest input to the highest
    along:  the dimension that the row runs along
    pairs:  (input, output) of each cell
    labels: what the cells are called
    marked: the pair talked about; between two of them while the mark moves
    """

    function: str
    along: str
    line: tuple[tuple[float, float], ...]
    pairs: tuple[tuple[float, float], ...]
    labels: Sequence[str]
    marked: int


Plot = Bars | Readings | Lines | Histogram | HeatMap | Curve


@dataclass(frozen=True)
class Chart:
    """A plot with what stands around it.

    id:      which chart of the film it is: the same while its content changes
    note:    the values of its parameters, such as "temperature 0.25"
    regions: what it shows, a region for each series
    home:    all that it will show, which decides where it stands
    other:   the plot that it comes from or goes to, while it changes from one to the other
    lean:    how far what is drawn is from `plot`, 0, on the way to `other`, 1; what is written is that of `plot`
    growth:  runs from 0 to 1 while the plot comes
    came:    when it came; charts that come together stand together. None for one by itself
    """

    id: int
    title: str
    regions: tuple[Region, ...]
    home: Region
    plot: Plot
    note: str = ""
    other: Plot | None = None
    lean: float = 0.0
    growth: float = 1.0
    alpha: float = 1.0
    came: tuple[int, float] | None = None
