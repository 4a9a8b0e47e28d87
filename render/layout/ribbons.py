"""The flow: ribbons from what is read to what is made, routed along the gaps between the boxes of one line.

Everything here is in the wide layout's directions: x right and y up, from the line's top left corner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from render.layout.box import Point
from render.layout.fold import Berth
from render.layout.layout import Ribbon
from render.layout.pack import Placed
from render.model import Graph, Kind

Flat = tuple[float, float]

MOST_LEVELS = 12
"""Of more heads than this, one behind the other, only some have ribbons: the rest would lie a sliver behind these."""


@dataclass(frozen=True)
class Place:
    """A face in the plane, and how deep its boxes lie; `pieces` are those boxes."""

    pieces: tuple[Placed, ...]
    kind: Kind
    left: float
    right: float
    bottom: float
    top: float
    front: float
    back: float

    @classmethod
    def of(cls, pieces: Sequence[Placed], kind: Kind) -> Place:
        """The place of the boxes of one face."""
        left, top = min(piece.x for piece in pieces), -min(piece.y for piece in pieces)
        right, bottom = max(p.x + p.width for p in pieces), -max(p.y + p.height for p in pieces)
        front = -pieces[0].depth
        return cls(tuple(pieces), kind, left, right, bottom, top, front, front - pieces[0].thick)

    @property
    def x(self) -> float:
        return (self.left + self.right) / 2

    @property
    def y(self) -> float:
        return (self.bottom + self.top) / 2

    @property
    def z(self) -> float:
        return (self.front + self.back) / 2

    def level_with(self, other: Place) -> bool:
        """Whether the middle of one lies between the front and the back of the other."""
        return self.back <= other.z <= self.front or other.back <= self.z <= other.front

    def depth_towards(self, other: Place) -> float:
        """How deep a ribbon between the two meets this one: in its middle, or where it is level with the other."""
        return other.z if self.back <= other.z <= self.front else self.z

    def box_at(self, point: Flat) -> str:
        """The box that is nearest to a point of the plane."""

        def away(piece: Placed) -> float:
            x, y = point[0] - piece.x, -point[1] - piece.y
            return abs(x - min(max(x, 0.0), piece.width)) + abs(y - min(max(y, 0.0), piece.height))

        return min(self.pieces, key=away).key


class Router:
    """Routes the ribbons of one line, whose faces have `places`. The residual stream runs along it at height `axis`."""

    def __init__(
        self, graph: Graph, places: Mapping[str, Sequence[Place]], stream: Sequence[str], axis: float, unit: float
    ) -> None:
        self.graph, self.places, self.stream, self.axis, self.unit = graph, places, stream, axis, unit
        self._levels = _levels(places.values())
        # How deep the stream lies: in the middle of its tensors, which are all alike.
        self._stream_z = next((places[name][0].z for name in stream if name in places), 0.0)

    def along_stream(self) -> Iterator[Ribbon]:
        """The stream from each of the line's tensors that are part of it to the next."""
        own = [self.places[name][0] for name in self.stream if name in self.places]
        for a, b in pairwise(own):
            yield _ribbon(a, b, [(a.right, a.y), (b.left, b.y)], 0.5 * (a.top - a.bottom), arrow=False)

    def feeds(self, incoming: str) -> Iterator[Ribbon]:
        """What is made from other tensors of the line, or from `incoming`, the tensor of the stream before it."""
        for name in self.places:
            if self.graph[name].kind == "activation":
                for operand in self.graph.operand_names(name):
                    if operand in self.places or operand == incoming:
                        yield from self._feed(operand, name)

    def _feed(self, operand: str, name: str) -> Iterator[Ribbon]:
        """From every box of `operand` to the boxes of `name` that read it, head by head where both have heads."""
        kind = self.graph[operand].kind
        if (operand in self.stream and name in self.stream) or kind == "aggregate":
            return
        targets = [place for place in self.places[name] if place.front in self._levels]
        if operand in self.stream:
            yield from (ribbon for target in targets for ribbon in self._from_stream(operand, target))
            return
        sources = [place for place in self.places[operand] if place.front in self._levels]
        if len(sources) > 1 and len(targets) == 1:
            yield from (ribbon for s in sources for ribbon in self._link(s, self._entrance(name, targets[0], kind)))
            return
        for target in targets:
            level = [source for source in sources if source.level_with(target)] or sources[:1]
            nearest = min(level, key=lambda source: _distance(source, target))
            yield from self._link(nearest, self._entrance(name, target, kind))

    def _entrance(self, name: str, target: Place, kind: str) -> Place:
        """What a ribbon to `name` leads to: the weights that it is multiplied with, where they stand in the way."""
        if kind != "activation" or self._is_panel(name):
            return target
        matrices = [
            n for n in self.graph.operand_names(name) if self.graph[n].kind == "weight" and len(self.graph[n].dims) == 2
        ]
        beside = [place for n in matrices for place in self.places.get(n, []) if place.level_with(target)]
        return min(beside, key=lambda place: _distance(place, target), default=target)

    def _is_panel(self, name: str) -> bool:
        return self.graph[name].dims == ("t", "f")

    def _from_stream(self, operand: str, target: Place) -> Iterator[Ribbon]:
        """Straight out of the stream's middle line to a branch above or below it."""
        if target.bottom <= self.axis <= target.top:
            return
        end = target.bottom if target.bottom > self.axis else target.top
        width = min(0.3 * (target.right - target.left), 3 * self.unit)
        points = ((target.x, self.axis, self._stream_z), (target.x, end, target.z))
        yield Ribbon(operand, target.box_at((target.x, end)), "activation", points, width)

    def _link(self, a: Place, b: Place) -> Iterator[Ribbon]:
        smaller = min(a.right - a.left, a.top - a.bottom, b.right - b.left, b.top - b.bottom)
        width = max(min(0.2 * smaller, 1.8 * self.unit), 0.8)
        points = _route(a, b, self.unit)
        if points is not None:
            yield _ribbon(a, b, points, width)


def joint(a: Place, b: Place, here: Berth, there: Berth, unit: float) -> Ribbon:
    """The stream from the last tensor of one line to what stands on the stream first in the next.

    Where that is in another row: out to the right, back above that row, in from its left.
    """
    start, end = (here.x + a.right, a.y - here.y), (there.x + b.left, b.y - there.y)
    if here.top == there.top:
        return _ribbon(a, b, [start, (end[0], start[1])], 0.5 * (a.top - a.bottom), arrow=False)
    out, lane, back = start[0] + 10 * unit, 10 * unit - there.top, there.x - 10 * unit
    points = [start, (out, start[1]), (out, lane), (back, lane), (back, end[1]), end]
    return _ribbon(a, b, points, 8 * unit)


def _ribbon(a: Place, b: Place, path: list[Flat], width: float, arrow: bool = True) -> Ribbon:
    steps = len(path) - 1
    start, end = a.depth_towards(b), b.depth_towards(a)
    points: list[Point] = [(x, y, start + (end - start) * i / steps) for i, (x, y) in enumerate(path)]
    return Ribbon(a.box_at(path[0]), b.box_at(path[-1]), a.kind, tuple(points), width, arrow)


def _levels(places: Iterable[Sequence[Place]]) -> frozenset[float]:
    """The fronts of the heads that have ribbons, evenly spread, front and back among them; and of all else."""
    fronts = [sorted({place.front for place in own}, reverse=True) for own in places]
    levels = sorted({front for own in fronts for front in own}, reverse=True)
    if len(levels) <= MOST_LEVELS:
        return frozenset(levels)
    # Of heads that share keys and values, those in which these begin.
    fewest = min((own for own in fronts if len(own) > 1), key=len)
    step = -(-len(fewest) // MOST_LEVELS)
    return frozenset(fewest[::step])


def _distance(a: Place, b: Place) -> float:
    return abs(a.x - b.x) + abs(a.y - b.y)


def _overlap(a0: float, a1: float, b0: float, b1: float) -> float | None:
    """The middle of what two spans share, or None where they share nothing worth a ribbon."""
    low, high = max(a0, b0), min(a1, b1)
    return (low + high) / 2 if high - low > 0.3 * min(a1 - a0, b1 - b0) else None


def _route(a: Place, b: Place, unit: float) -> list[Flat] | None:
    """Straight where the two face each other, else with one bend, else with two; None where they touch."""
    y = _overlap(a.bottom, a.top, b.bottom, b.top)
    x = _overlap(a.left, a.right, b.left, b.right)
    if y is not None and x is None:
        return [(a.right, y), (b.left, y)] if a.right <= b.left else [(a.left, y), (b.right, y)]
    if x is not None and y is None:
        return [(x, a.bottom), (x, b.top)] if a.bottom >= b.top else [(x, a.top), (x, b.bottom)]
    if x is not None:
        return None
    if a.right <= b.left and a.bottom >= b.top and b.x - a.right > 6 * unit:
        return [(a.right, a.y), (b.x, a.y), (b.x, b.top)]
    if a.right <= b.left and b.bottom >= a.top and b.x > a.right:
        return [(a.right, a.y), (b.x, a.y), (b.x, b.bottom)]
    if a.left >= b.right:
        edge = a.bottom if a.bottom >= b.top else a.top
        return [(a.x, edge), (a.x, b.y), (b.right, b.y)]
    middle = (a.right + b.left) / 2
    return [(a.right, a.y), (middle, a.y), (middle, b.y), (b.left, b.y)]
