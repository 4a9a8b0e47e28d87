"""Where everything stands: the boxes by id, the ribbons between them, and the modules they form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from render.layout.box import Bounds, Box, Orientation, Point, Rect
from render.layout.vocabulary import Spans
from render.model import Graph, Kind, Range, Region


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A flat band that shows what flows where: along `points`, `width` units broad, with an arrow head at its end."""

    source: str
    target: str
    kind: Kind
    points: tuple[Point, ...]
    width: float
    arrow: bool = True


@dataclass(frozen=True)
class Layout:
    """Where everything stands: the boxes by id, the ribbons, and the boxes of every module."""

    graph: Graph
    orientation: Orientation
    boxes: Mapping[str, Box]
    ribbons: tuple[Ribbon, ...]
    unit: float
    """The width of a gap that looks small beside this model, in world units."""

    parts: tuple[tuple[str, ...], ...]
    """The boxes (by id) that are read together: the embedding, each block's attention and its MLP, the output."""

    spans: Spans = field(default_factory=dict)
    """The long dimensions, along which a face is a row of boxes, one for each span."""

    cast: Mapping[str, Layout] = field(default_factory=dict)
    """The layouts of several models that it is made of, if it is, by name, each as it would stand alone."""

    away: tuple[Box, ...] = ()
    """Pieces of the boxes that stand somewhere else for the moment."""

    _by_tensor: dict[str, tuple[Box, ...]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self._by_tensor:
            found: dict[str, list[Box]] = {}
            for box in self.boxes.values():
                found.setdefault(box.tensor, []).append(box)
            self._by_tensor.update((name, tuple(boxes)) for name, boxes in found.items())

    @cached_property
    def bounds(self) -> Bounds:
        low, high = self.extents
        return Bounds(_point(low.min(axis=0)), _point(high.max(axis=0)))

    @cached_property
    def extents(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The low and the high corners of all boxes, each (number of boxes, 3)."""
        boxes = self.boxes.values()
        corners = np.array([box.corner for box in boxes])
        sizes = np.array([(*box.extent, box.depth) for box in boxes])
        return corners - sizes * (0, 1, 1), corners + sizes * (1, 0, 0)

    @cached_property
    def members(self) -> NDArray[np.intp]:
        """Which member of the cast each box belongs to, by its number; the leading model is 0."""
        number = {name: i for i, name in enumerate(self.graph.cast)}
        return np.array([number.get(self.graph.whose(box.tensor)[0], 0) for box in self.boxes.values()], np.intp)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Which number a box has in `boxes`, by id."""
        return {id: place for place, id in enumerate(self.boxes)}

    @cached_property
    def ribbons_into(self) -> Mapping[str, tuple[int, ...]]:
        """The ribbons that lead into a box, by its id, as places in `ribbons`."""
        return self._ribbons_by(lambda ribbon: ribbon.target)

    @cached_property
    def ribbons_out_of(self) -> Mapping[str, tuple[int, ...]]:
        """The ribbons that begin at a box, by its id, as places in `ribbons`."""
        return self._ribbons_by(lambda ribbon: ribbon.source)

    def _ribbons_by(self, end: Callable[[Ribbon], str]) -> Mapping[str, tuple[int, ...]]:
        found: dict[str, tuple[int, ...]] = {}
        for place, ribbon in enumerate(self.ribbons):
            found[end(ribbon)] = (*found.get(end(ribbon), ()), place)
        return found

    def of_tensor(self, name: str) -> tuple[Box, ...]:
        """The boxes that show the tensor `name`: one for each head where heads stand apart, one for each span."""
        return self._by_tensor[name]

    def face_of(self, box: Box) -> tuple[Box, ...]:
        """The boxes that make one face with `box`: those of the other spans of a long dimension, in order."""
        if not self._is_long(box.tensor):
            return (box,)
        row = self.row(box.tensor, box.ranges)
        return tuple(own for own in self._by_tensor[box.tensor] if self.row(own.tensor, own.ranges) == row)

    def of_model(self, tensor: str) -> Layout:
        """The layout of the model that a tensor belongs to."""
        return self.cast[self.graph.whose(tensor)[0]] if self.cast else self

    def unit_of(self, tensor: str) -> float:
        """The width of a gap that looks small beside the model that a tensor belongs to."""
        return self.of_model(tensor).unit

    def _is_long(self, tensor: str) -> bool:
        spans = self.of_model(tensor).spans
        return any(dim in spans for dim in self.graph[tensor].dims)

    def row(self, tensor: str, ranges: tuple[Range, ...]) -> tuple[str | Range, ...]:
        """What pieces of a tensor have in common that lie in a row along a long dimension: all but where they lie."""
        dims, spans = self.graph[tensor].dims, self.of_model(tensor).spans
        return (tensor, *(dim if dim in spans else span for dim, span in zip(dims, ranges, strict=True)))

    def standing(self, shifts: Mapping[str, Point], away: Sequence[Box] = ()) -> Layout:
        """This layout with boxes (by id) shifted from their places, and with pieces of boxes that stand elsewhere."""
        if not shifts and not away:
            return self
        moved = {id: self.boxes[id].moved(shift) for id, shift in shifts.items()}
        by_tensor = dict(self._by_tensor)
        for name in {box.tensor for box in moved.values()}:
            by_tensor[name] = tuple(moved.get(box.id, box) for box in by_tensor[name])
        standing = replace(self, boxes={**self.boxes, **moved}, away=tuple(away), _by_tensor=by_tensor)
        rows, ways = [self.places[id] for id in shifts], np.array(list(shifts.values())).reshape(-1, 3)
        low, high = (side.copy() for side in self.extents)
        low[rows] += ways
        high[rows] += ways
        # What stands elsewhere is known without a look at all the others.
        vars(standing).update(extents=(low, high), places=self.places)
        return standing

    def find(self, region: Region) -> list[tuple[Box, Rect]]:
        """The boxes that show cells of `region`, each with the rectangle of its face that does.

        A piece that is away stands for its cells; its box shows `region` only as far as no piece holds all of it.
        """
        pieces = [(piece, piece.cells(region)) for piece in self.away if piece.tensor == region.tensor]
        for piece, cells in pieces:
            if cells is not None and piece.region(cells) == region:
                return [(piece, cells)]
        boxes = self._by_tensor.get(region.tensor, ())
        if boxes:
            ends = zip(region.ranges, self.graph[region.tensor].shape, strict=True)
            if all(start <= 0 and stop >= size for (start, stop), size in ends):
                return [(box, box.whole) for box in boxes]
        found = []
        for box in boxes:
            cells = box.cells(region)
            if cells is not None:
                found.append((box, cells))
        return found

    def shows(self, region: Region) -> bool:
        """Whether any box shows a cell of `region`."""
        return any(box.cells(region) is not None for box in self._by_tensor.get(region.tensor, ()))

    def faces(self, region: Region) -> list[list[tuple[Box, Rect]]]:
        """The same, with the boxes together that make one face."""
        found = self.find(region)
        if not self._is_long(region.tensor):
            return [[piece] for piece in found]
        together: dict[tuple[str | Range, ...], list[tuple[Box, Rect]]] = {}
        for box, cells in found:
            together.setdefault(self.row(box.tensor, box.ranges), []).append((box, cells))
        return list(together.values())

    def frames(self, region: Region) -> list[Bounds]:
        """The bounds of what each face shows of `region`."""
        return [Bounds.around(box.around(cells) for box, cells in face) for face in self.faces(region)]

    @cached_property
    def _part_of(self) -> Mapping[str, int]:
        return {id: number for number, part in enumerate(self.parts) for id in part}

    def part_of(self, box: Box) -> tuple[Box, ...]:
        """The boxes of the part of the model that `box` belongs to."""
        return tuple(self.boxes[id] for id in self.parts[self._part_of[box.id]])

    def bounds_of(self, regions: tuple[Region, ...]) -> Bounds:
        """The bounds of all cells of `regions` (at least one cell)."""
        return Bounds.around(box.around(cells) for region in regions for box, cells in self.find(region))


def _point(place: NDArray[np.float64]) -> Point:
    return (float(place[0]), float(place[1]), float(place[2]))
