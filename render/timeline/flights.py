"""Which cells land where when a region that may stand in several boxes flies to another."""

from __future__ import annotations

from collections.abc import Sequence

from render.layout import Box, Point, Rect

Piece = tuple[Box, Rect]


def pair_pieces(sources: Sequence[Piece], goals: Sequence[Piece]) -> list[tuple[Piece, Point]] | None:
    """For every piece that flies, the top left corner of where it lands; None where the pieces do not match.

    Pieces match one to one; several fill one goal from its top (from its left, where it is broader than tall); one is
    cut to fill several goals.
    """
    if len(sources) == len(goals):
        return [(source, box.place(cells[0], cells[1])) for source, (box, cells) in zip(sources, goals, strict=True)]
    if len(goals) == 1:
        box, cells = goals[0]
        return [(source, box.place(*start)) for source, start in zip(sources, _starts(cells, sources), strict=True)]
    if len(sources) == 1:
        box, cells = sources[0]
        cut = [_shifted(goal, start) for (_, goal), start in zip(goals, _starts(cells, goals), strict=True)]
        return [((box, part), to.place(at[0], at[1])) for part, (to, at) in zip(cut, goals, strict=True)]
    return None


def _starts(whole: Rect, parts: Sequence[Piece]) -> list[tuple[float, float]]:
    """Where in `whole` each of the parts begins that fill it one after the other."""
    column, row, upright = whole[0], whole[1], whole[3] - whole[1] >= whole[2] - whole[0]
    starts = []
    for _, (c0, r0, c1, r1) in parts:
        starts.append((column, row))
        column, row = (column, row + r1 - r0) if upright else (column + c1 - c0, row)
    return starts


def _shifted(cells: Rect, start: tuple[float, float]) -> Rect:
    """A rectangle as large as `cells` that begins at `start`."""
    return (*start, start[0] + cells[2] - cells[0], start[1] + cells[3] - cells[1])
