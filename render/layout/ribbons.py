"""The flow: ribbons from what is read to what is made, routed along the gaps between the boxes.

Ribbons are routed in the wide layout's directions and mirrored for the tall one, as the boxes are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from render.layout.box import Box, Orientation, Point, Ribbon
from render.model import Graph

Flat = tuple[float, float]


class _Flat:
    """A box seen in the wide layout: its sides in the plane, and how deep its middle lies."""

    def __init__(self, box: Box, orientation: Orientation) -> None:
        bounds = box.bounds
        (x0, y0, z0), (x1, y1, z1) = bounds.low, bounds.high
        if orientation == "tall":
            x0, x1, y0, y1 = -y1, -y0, -x1, -x0
        self.box = box
        self.left, self.right, self.bottom, self.top = x0, x1, y0, y1
        self.z = (z0 + z1) / 2
        self.x, self.y = (x0 + x1) / 2, (y0 + y1) / 2


def route_ribbons(
    graph: Graph, boxes: Mapping[str, Box], stream: Sequence[str], unit: float, orientation: Orientation
) -> tuple[Ribbon, ...]:
    """A ribbon for every tensor that is made from another, and the broad one of the residual stream."""
    by_tensor: dict[str, list[_Flat]] = {}
    for box in boxes.values():
        by_tensor.setdefault(box.tensor, []).append(_Flat(box, orientation))
    router = _Router(graph, by_tensor, list(stream), unit)
    return tuple(_mirrored(ribbon, orientation) for ribbon in router.ribbons())


def _mirrored(ribbon: Ribbon, orientation: Orientation) -> Ribbon:
    if orientation == "wide":
        return ribbon
    points = tuple((-y, -x, z) for x, y, z in ribbon.points)
    return Ribbon(ribbon.source, ribbon.target, ribbon.kind, points, ribbon.width, ribbon.arrow)


class _Router:
    def __init__(self, graph: Graph, places: dict[str, list[_Flat]], stream: list[str], unit: float) -> None:
        self.graph, self.places, self.stream, self.unit = graph, places, stream, unit

    def ribbons(self) -> Iterator[Ribbon]:
        for earlier, later in zip(self.stream, self.stream[1:], strict=False):
            yield self._along_stream(earlier, later)
        for name, spec in self.graph.items():
            if spec.kind != "activation":
                continue
            for operand in self.graph.operand_names(name):
                yield from self._feed(operand, name)

    def _along_stream(self, earlier: str, later: str) -> Ribbon:
        a, b = self.places[earlier][0], self.places[later][0]
        width = 0.5 * (a.top - a.bottom)
        if a.right < b.left:
            return self._ribbon(a, b, [(a.right, a.y), (b.left, b.y)], width, arrow=False)
        # The next row of a folded stack: out to the right, back above that row, in from its left.
        block = [
            flat for name in self.graph.module(".".join(later.split(".")[:2])) for flat in self.places.get(name, [])
        ]
        top, bottom = max(flat.top for flat in block), min(flat.bottom for flat in block)
        in_row = [flat for flats in self.places.values() for flat in flats if flat.top > bottom and flat.bottom < top]
        out, lane, back = (
            a.right + 10 * self.unit,
            top + 10 * self.unit,
            min(flat.left for flat in in_row) - 10 * self.unit,
        )
        points = [(a.right, a.y), (out, a.y), (out, lane), (back, lane), (back, b.y), (b.left, b.y)]
        return self._ribbon(a, b, points, 8 * self.unit)

    def _feed(self, operand: str, name: str) -> Iterator[Ribbon]:
        """From every box of `operand` to the boxes of `name` that read it, head by head where both have heads."""
        sources, targets = self.places.get(operand, []), self.places[name]
        kind = self.graph[operand].kind
        if (operand in self.stream and name in self.stream) or kind == "aggregate":
            return
        if operand in self.stream:
            yield from (self._from_stream(operand, target) for target in targets)
            return
        for index, target in enumerate(targets):
            if len(sources) == 3 * len(targets) or (len(sources) == len(targets)):
                near = [flat for flat in sources if flat.z == target.z]
                source = min(near, key=lambda flat: _distance(flat, target)) if near else sources[index]
                yield from self._link(source, self._entrance(name, index, kind))
            elif len(sources) > len(targets):
                yield from (ribbon for s in sources for ribbon in self._link(s, self._entrance(name, index, kind)))
            elif sources:
                yield from self._link(sources[0], self._entrance(name, index, kind))

    def _entrance(self, name: str, index: int, kind: str) -> _Flat:
        """What a ribbon to `name` leads to: the weights that it is multiplied with, where they stand in the way."""
        target = self.places[name][index]
        if kind != "activation" or self._is_panel(name):
            return target
        matrices = [
            n for n in self.graph.operand_names(name) if self.graph[n].kind == "weight" and len(self.graph[n].dims) == 2
        ]
        beside = [flat for n in matrices for flat in self.places.get(n, []) if flat.z == target.z]
        return min(beside, key=lambda flat: _distance(flat, target), default=target)

    def _is_panel(self, name: str) -> bool:
        return self.graph[name].dims == ("t", "f")

    def _from_stream(self, operand: str, target: _Flat) -> Ribbon:
        """Straight out of the stream's middle line to a branch above or below it, or on along the stream."""
        stream = self.places[operand][0]
        # In a folded stack the branch may stand in the row after its operand's: its line is that of the next sum.
        following = self.stream[self.stream.index(operand) + 1 :][:1]
        line = min([stream, *(self.places[name][0] for name in following)], key=lambda flat: abs(flat.y - target.y)).y
        width = min(0.3 * (target.right - target.left), 3 * self.unit)
        if target.bottom > line:
            return self._ribbon(stream, target, [(target.x, line), (target.x, target.bottom)], width)
        if target.top < line:
            return self._ribbon(stream, target, [(target.x, line), (target.x, target.top)], width)
        width = 0.5 * (stream.top - stream.bottom)
        return self._ribbon(stream, target, [(stream.right, stream.y), (target.left, stream.y)], width, arrow=False)

    def _link(self, a: _Flat, b: _Flat) -> Iterator[Ribbon]:
        smaller = min(a.right - a.left, a.top - a.bottom, b.right - b.left, b.top - b.bottom)
        width = max(min(0.2 * smaller, 1.8 * self.unit), 0.8)
        points = _route(a, b, self.unit)
        if points is not None:
            yield self._ribbon(a, b, points, width)

    def _ribbon(self, a: _Flat, b: _Flat, path: list[Flat], width: float, arrow: bool = True) -> Ribbon:
        steps = len(path) - 1
        points: list[Point] = [(x, y, a.z + (b.z - a.z) * i / steps) for i, (x, y) in enumerate(path)]
        return Ribbon(a.box.id, b.box.id, a.box.kind, tuple(points), width, arrow)


def _distance(a: _Flat, b: _Flat) -> float:
    return abs(a.x - b.x) + abs(a.y - b.y)


def _overlap(a0: float, a1: float, b0: float, b1: float) -> float | None:
    """The middle of what two spans share, or None where they share nothing worth a ribbon."""
    low, high = max(a0, b0), min(a1, b1)
    return (low + high) / 2 if high - low > 0.3 * min(a1 - a0, b1 - b0) else None


def _route(a: _Flat, b: _Flat, unit: float) -> list[Flat] | None:
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
