"""A stream folded into rows, as a text is into lines, so that the whole fills a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from render.layout.pack import Group


@dataclass(frozen=True)
class Line:
    """A group that stands on the stream: `axis` is how far down in it the stream's middle runs.

    parts: the keys of its leaves that are read together
    """

    group: Group
    axis: float
    parts: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Berth:
    """Where a line stands: the place of its top left corner, and the `top` of its row, all from the top left."""

    x: float
    y: float
    top: float


def fold(lines: Sequence[Line], aspect: float, gap: float) -> list[Berth]:
    """Where each line stands when they fill as many rows as bring the whole nearest to `aspect` (width by height)."""
    best: list[Berth] = []
    least = float("inf")
    for n_rows in range(1, len(lines) + 1):
        berths, width, height = _stack(_rows(lines, n_rows), gap)
        ratio = width / height / aspect
        misfit = max(ratio, 1 / ratio)
        if misfit < least:
            best, least = berths, misfit
    return best


def _rows(lines: Sequence[Line], n_rows: int) -> list[list[Line]]:
    """`lines` in order, in at most `n_rows` rows of about equal width."""
    target = sum(line.group.width for line in lines) / n_rows
    rows: list[list[Line]] = [[]]
    filled = 0.0
    for line in lines:
        if rows[-1] and filled + line.group.width / 2 > target * len(rows) and len(rows) < n_rows:
            rows.append([])
        rows[-1].append(line)
        filled += line.group.width
    return rows


def _stack(rows: list[list[Line]], gap: float) -> tuple[list[Berth], float, float]:
    """Rows below one another, in each row everything on one axis; and the width and the height of the whole."""
    berths: list[Berth] = []
    top = width = height = 0.0
    for members in rows:
        axis = max(line.axis for line in members)
        below = max(line.group.height - line.axis for line in members)
        x = 0.0
        for line in members:
            berths.append(Berth(x, top + axis - line.axis, top))
            x += line.group.width + gap
        width, height = max(width, x - gap), top + axis + below
        top = height + 2 * gap
    return berths, width, height
