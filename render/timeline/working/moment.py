"""Between two stages of a working: what has moved how far."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from render.timeline.easing import ease_in_out, progress
from render.timeline.working.stage import Placed, Sign, Stage, Tile, Working


@dataclass(frozen=True)
class Shown:
    """A tile as it is seen: its place on the card, how far it is on its way to its cell, and the value it has now."""

    tile: Tile
    x: float
    y: float
    value: float
    alpha: float = 1.0
    away: float = 0.0
    marked: float = 0.0
    swell: float = 0.0


@dataclass(frozen=True)
class ShownSign:
    """A sign as it is seen."""

    sign: Sign
    alpha: float


@dataclass(frozen=True)
class Moment:
    """All that stands on the card, what lies on top last.

    plate: how solid the card itself is
    grown: how much larger than usual all is, about the middle
    reach: how far the card has to reach from the middle, in tiles: to the left, to the right, and up and down
    """

    tiles: tuple[Shown, ...]
    signs: tuple[ShownSign, ...]
    plate: float
    grown: float
    reach: tuple[float, float, float]


def moment(working: Working, index: int, u: float) -> Moment:
    """A working a fraction `u` of the way from the stage before to the stage `index`."""
    after = working.stages[index]
    before = working.stages[index - 1] if index > 0 else Stage((), (), grown=after.grown)
    seconds = u * after.over
    plate = progress(seconds, 0.0, after.over) if index == 0 else 1.0
    if index == len(working.stages) - 1:
        plate = (1.0 - ease_in_out(u)) ** 2
    grown = before.grown + ease_in_out(progress(seconds, 0.0, after.each)) * (after.grown - before.grown)
    needs = zip(working.needs[max(index - 1, 0)], working.needs[index], strict=True)
    left, right, half = (wide + ease_in_out(u) * (less - wide) for wide, less in needs)
    tiles, signs = tuple(_tiles(before, after, seconds)), tuple(_signs(before, after, seconds))
    return Moment(tiles, signs, plate, grown, (left, right, half))


def _tiles(before: Stage, after: Stage, seconds: float) -> Iterator[Shown]:
    old = {placed.tile.id: placed for placed in before.tiles}
    kept = {placed.tile.id for placed in after.tiles}
    parents = {id for placed in after.tiles for id in placed.parents}
    waiting: dict[int, bool] = dict.fromkeys(parents, False)
    moving: list[Shown] = []
    made: list[Shown] = []
    for placed in after.tiles:
        if placed.parents:
            for turn, id in enumerate(placed.parents):
                start = after.gap * (turn if placed.totals else placed.turn)
                part = progress(seconds, start, start + after.each)
                waiting[id] |= part == 0
                if 0 < part < 1:
                    moving.append(_between(old[id], placed, part))
            made += _made(placed, after, seconds)
    for id, own in old.items():
        if id in parents:
            if waiting[id]:
                yield _at(own)
        elif id not in kept:
            yield replace(_at(own), alpha=1.0 - progress(seconds, 0.0, 0.5 * after.over))
    for placed in after.tiles:
        if placed.tile.id in old:
            yield _settling(old[placed.tile.id], placed, after, seconds)
    yield from moving
    yield from made
    for placed in after.tiles:
        if not placed.parents and placed.tile.id not in old:
            yield from _arriving(placed, after, seconds)


def _at(placed: Placed) -> Shown:
    return Shown(placed.tile, placed.x, placed.y, placed.tile.value, 1.0, float(placed.away), float(placed.marked))


def _between(parent: Placed, child: Placed, part: float) -> Shown:
    """A parent on its way into what it becomes."""
    eased = ease_in_out(part)
    alpha = 1.0 - progress(part, 0.82, 1.0)
    x, y = parent.x + eased * (child.x - parent.x), parent.y + eased * (child.y - parent.y)
    return replace(_at(parent), x=x, y=y, alpha=alpha)


def _made(placed: Placed, stage: Stage, seconds: float) -> Iterator[Shown]:
    """What its parents become, as soon as it shows itself."""
    start = stage.gap * placed.turn
    part = progress(seconds, start, start + stage.each)
    alpha = progress(part, 0.68, 0.92)
    if alpha == 0:
        return
    value = placed.tile.value
    if placed.totals:
        arrived = sum(seconds >= turn * stage.gap + 0.9 * stage.each for turn in range(len(placed.totals)))
        value = placed.totals[max(arrived, 1) - 1]
    swell = math.sin(math.pi * progress(part, 0.6, 1.0))
    yield replace(_at(placed), value=value, alpha=alpha, swell=swell)


def _settling(old: Placed, new: Placed, stage: Stage, seconds: float) -> Shown:
    """A tile that stays, on the way to its new place."""
    start = stage.gap * new.turn
    eased = ease_in_out(progress(seconds, start, start + stage.each))
    return replace(
        _at(new),
        x=old.x + eased * (new.x - old.x),
        y=old.y + eased * (new.y - old.y),
        away=old.away + eased * (new.away - old.away),
        marked=old.marked + eased * (new.marked - old.marked),
    )


def _arriving(placed: Placed, stage: Stage, seconds: float) -> Iterator[Shown]:
    """A tile that comes from its cell in the model, or that was not there before."""
    start = stage.gap * placed.turn
    part = progress(seconds, start, start + stage.each)
    if placed.tile.cell is None:
        yield replace(_at(placed), alpha=part)
    elif part > 0:
        yield replace(_at(placed), away=1.0 - ease_in_out(part), alpha=progress(part, 0.0, 0.1))


def _signs(before: Stage, after: Stage, seconds: float) -> Iterator[ShownSign]:
    old = {sign.key: sign for sign in before.signs}
    new = {sign.key for sign in after.signs}
    settled = ease_in_out(progress(seconds, 0.0, after.each))
    for sign in before.signs:
        if sign.key not in new:
            yield ShownSign(sign, 1.0 - progress(seconds, 0.0, 0.4 * after.over))
    for sign in after.signs:
        own = old.get(sign.key)
        if own is None:
            yield ShownSign(sign, progress(seconds, 0.5 * after.over, after.over))
        else:
            x, y = own.x + settled * (sign.x - own.x), own.y + settled * (sign.y - own.y)
            yield ShownSign(replace(sign, x=x, y=y), 1.0)
