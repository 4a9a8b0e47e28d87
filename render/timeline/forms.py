"""The forms that a plot can have: values in, and what is drawn of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from render.model.evaluation import FUNCTIONS
from render.timeline.plot import Bars, Curve, Histogram, Lines, Readings, Series, Span, Tally
from render.timeline.round_step import round_step

Floats = NDArray[np.float64]

LEAST_BINS, MOST_BINS = 8, 40
"""How many bins a histogram has at least and at most, give or take what round edges need."""

CURVE_POINTS = 241


def extent(arrays: Iterable[Floats]) -> Span:
    """The lowest and the highest of all finite values; 0 and 0 where there are none."""
    spans = [(float(own.min()), float(own.max())) for own in (a[np.isfinite(a)] for a in arrays) if own.size]
    return (min(low for low, _ in spans), max(high for _, high in spans)) if spans else (0.0, 0.0)


def bars(labels: Sequence[str], values: Floats, reach: Span, shares: bool, top: int | None) -> Bars:
    """A bar for each value, or the `top` ones, the highest marked. `reach` is the extent of all that they will show."""
    low, high = reach
    # Shares are drawn against the whole, unless even the largest would be a stump.
    span = (0.0, 1.0 if high > 0.2 else high) if shares else (min(low, 0.0), max(high, 0.0))
    return Bars(labels, _tuple(values), span, shares, int(np.argmax(values)), top)


def readings(layers: tuple[str, ...], words: Sequence[str], rows: Sequence[Floats]) -> Readings:
    """The likeliest word of each row of probabilities, one row a layer; the last row is what the model says."""
    best = [int(np.argmax(row)) for row in rows]
    values = tuple(float(row[place]) for row, place in zip(rows, best, strict=True))
    return Readings(layers, tuple(words[place] for place in best), values, tuple(own == best[-1] for own in best))


def lines(
    along: str, labels: Sequence[str], names: Sequence[str], rows: Sequence[Floats], reach: Span, shares: bool
) -> Lines:
    """A line for each row; of a single one the highest place is marked."""
    series = tuple(Series(name, _tuple(row)) for name, row in zip(names, rows, strict=True))
    span = (0.0, reach[1]) if shares else reach
    return Lines(along, labels, series, span, shares, int(np.argmax(rows[0])) if len(rows) == 1 else None)


def bin_edges(reach: Span, n: int) -> Floats:
    """Edges of equal bins at round numbers, 0 among them or beyond, that hold all from reach[0] to reach[1].

    `n` values want up to four times its square root of bins.
    """
    low, high = reach if reach[1] > reach[0] else (reach[0] - 0.5, reach[1] + 0.5)
    step = round_step(high - low, round(min(max(4 * math.sqrt(n), LEAST_BINS), MOST_BINS)))
    first = math.floor(low / step)
    return np.asarray(np.arange(first, max(math.ceil(high / step), first + 1) + 1) * step, np.float64)


def tally(name: str, values: Floats, edges: Floats) -> Tally:
    """The finite ones of `values` counted into bins."""
    finite = values[np.isfinite(values)]
    counts, _ = np.histogram(finite, edges)
    mean, deviation = (float(finite.mean()), float(finite.std())) if finite.size else (0.0, 0.0)
    return Tally(name, tuple(int(count) for count in counts), mean, deviation)


def histogram(names: Sequence[str], values: Sequence[Floats], edges: Floats, most: int) -> Histogram:
    """How the values of each series are spread over the same bins."""
    series = tuple(tally(name, own, edges) for name, own in zip(names, values, strict=True))
    return Histogram(_tuple(edges), series, most)


def curve(
    function: str, along: str, labels: Sequence[str], inputs: Floats, outputs: Floats, reach: Span, marked: int | None
) -> Curve:
    """The function over `reach`, and the pairs on it; where nothing says which is marked, the one of largest output."""
    x = np.linspace(*reach, CURVE_POINTS)
    with np.errstate(all="ignore"):
        y = np.asarray(FUNCTIONS[function](x), np.float64)
    known = np.isfinite(y)
    line = tuple(zip(_tuple(x[known]), _tuple(y[known]), strict=True))
    pairs = tuple(zip(_tuple(inputs), _tuple(outputs), strict=True))
    return Curve(function, along, line, pairs, labels, int(np.argmax(outputs)) if marked is None else marked)


def _tuple(values: Floats) -> tuple[float, ...]:
    return tuple(values.tolist())
