"""Tensors being computed: cell by cell in order, with the operands of the cell in the making lit."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from render.layout import Box, Layout
from render.model import Graph, Region, operands
from render.model.trace import Trace
from render.timeline.draft import Draft
from render.timeline.easing import accelerate
from render.timeline.effects import Explained
from render.timeline.pulses import ribbons_into, swell
from render.timeline.state import Outline, Pulse, Thread

CELLS_A_SECOND = 9.0
"""Up to this rate each cell is shown with its operands; faster, whole positions are; faster still, whole tensors."""

FAINT = 0.6
"""How strong the pulses are that a fill brings by itself."""


@dataclass(frozen=True)
class Stretch:
    """The boxes of one tensor that are filled together, and their share of the time, 0 to 1 of the whole fill.

    The first face, of one box or of a row of them, stands for the others: the cells of it are shown in the making.
    """

    tensor: str
    boxes: tuple[Box, ...]
    face: tuple[Box, ...]
    start: float
    end: float
    origins: tuple[float, ...]
    goals: tuple[float, ...]
    """The fractions of each box that are computed before and after."""

    total: float
    """How many cells of the first face this step's tokens reach."""

    ribbons: tuple[int, ...]
    """Those that lead into the boxes, by their places in the layout."""

    @property
    def size(self) -> int:
        """How many cells of the first face are one position."""
        return sum(box.across for box in self.face)

    @property
    def cells(self) -> float:
        """How many cells of the first face the fill computes."""
        return self.total * (self.goals[0] - self.origins[0])

    def cell(self, done: float) -> int:
        """Which cell, counted in order, is in the making when a fraction `done` of the fill is through."""
        first, last = self.origins[0] * self.total, self.goals[0] * self.total
        return max(0, min(int(first + done * self.cells), round(last) - 1))

    def index(self, place: int, offset: int) -> tuple[int, ...]:
        """The tensor's index of a cell of the first face: the position, and which of its cells."""
        for box in self.face[:-1]:
            if offset < box.across:
                return _index(box, place, offset)
            offset -= box.across
        return _index(self.face[-1], place, offset)

    def offset(self, box: Box) -> int:
        """How many cells of a position come before those of `box` in its face."""
        place = next((place for place, own in enumerate(self.face) if own.id == box.id), 0)
        return sum(own.across for own in self.face[:place])


def stretches(
    regions: Sequence[Region], layout: Layout, graph: Graph, filled: Mapping[str, float]
) -> tuple[Stretch, ...]:
    """The tensors that `regions` are part of, in order of computation, with time for each by the root of its size.

    `graph` is that of the pass in force. `filled` says what fraction of each box is computed already: the fill goes on
    from there, and takes no time for what is all there.
    """
    goals: dict[str, dict[str, float]] = {}
    for region in regions:
        spec = graph[region.tensor]
        if spec.kind in ("weight", "token"):
            continue
        reached = region.ranges[spec.dims.index("t")][1] / spec.sizes["t"] if "t" in spec.dims else 1.0
        for box, _ in layout.find(region):
            of_tensor = goals.setdefault(region.tensor, {})
            of_tensor[box.id] = max(of_tensor.get(box.id, 0.0), min(1.0, reached))
    goals = {name: goal for name, goal in goals.items() if any(filled.get(id, 0.0) < end for id, end in goal.items())}
    if not goals:
        return ()
    weights = [math.sqrt(sum(box.width * box.height for box in layout.of_tensor(name)) + 40.0) for name in goals]
    whole, at = sum(weights), 0.0
    found = []
    for (name, of_tensor), weight in zip(goals.items(), weights, strict=True):
        boxes = tuple(layout.boxes[id] for id in of_tensor)
        origins = tuple(min(filled.get(id, 0.0), goal) for id, goal in of_tensor.items())
        ends = (at / whole, (at + weight) / whole)
        face = tuple(box for box in layout.face_of(boxes[0]) if box.id in of_tensor)
        n_tokens, ribbons = graph.of_model(name).n_tokens, ribbons_into(layout, boxes)
        total = sum(box.reach(n_tokens) for box in face)
        found.append(Stretch(name, boxes, face, *ends, origins, tuple(of_tensor.values()), total, ribbons))
        at += weight
    return tuple(found)


def usual_duration(found: Sequence[Stretch]) -> float:
    """Seconds for a fill that does not say: a few for one tensor, more for a whole block."""
    return min(16.0, 1.6 + 0.55 * len(found))


@dataclass(frozen=True)
class Filling:
    """Fills `stretches` one after the other.

    span:  seconds that the fill takes, without the pause
    pause: where the fill stops to explain a cell, if it does
    speed: at which pulses run along the ribbons into what is in the making, in world units a second
    lines: whether operands are lit, and pulses run
    """

    stretches: tuple[Stretch, ...]
    trace: Trace
    span: float
    speed: float
    lines: bool
    pause: Pause | None = None

    @property
    def duration(self) -> float:
        return self.span + (self.pause.length if self.pause else 0.0)

    def at(self, u: float) -> float:
        """How far the filling itself is, when the action with its pause has gone a fraction `u` of its time."""
        seconds = u * self.duration
        if self.pause is None:
            return u if self.span == 0 else seconds / self.span
        before = self.pause.at * self.span
        if seconds <= before:
            return seconds / self.span
        return max(self.pause.at, (seconds - self.pause.length) / self.span)

    def seconds(self, done: float) -> float:
        """How many seconds after its start the filling itself has come to `done`: the inverse of `at`."""
        waited = self.pause is not None and done > self.pause.at
        return done * self.span + (self.pause.length if self.pause and waited else 0.0)

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        if not self.stretches:
            return
        done = 1.0 if u >= 1 else self.at(u)
        ids, goals, origins, ends = self._boxes
        current: tuple[Stretch, float] | None = None
        computed = goals[: ends[-1]]
        if done < 1:
            index = bisect.bisect_right(self.stretches, done, key=lambda stretch: stretch.end)
            stretch = self.stretches[index]
            part = max(0.0, (done - stretch.start) / (stretch.end - stretch.start))
            current = (stretch, part) if part > 0 else None
            part = accelerate(part, self.strength(stretch))
            now = [a + part * (b - a) for a, b in zip(stretch.origins, stretch.goals, strict=True)]
            computed = [*goals[: ends[index]], *now, *origins[ends[index + 1] :]]
        known = map(draft.filled.get, ids, itertools.repeat(0.0))
        draft.filled.update(zip(ids, map(max, known, computed), strict=True))
        if u >= 1:
            return
        if self.pause is not None and self._pausing(u):
            self.pause.show(draft, u * self.duration - self.pause.at * self.span)
        elif self.lines and current is not None:
            self._light(draft, *current)
            self._pulse(draft, current[0], u * self.duration)

    @cached_property
    def _boxes(self) -> tuple[list[str], list[float], list[float], list[int]]:
        """All boxes by id in the order of the stretches, their goals and their origins, and where each stretch starts
        among them; at last how many they are."""
        ids = [box.id for stretch in self.stretches for box in stretch.boxes]
        goals = [goal for stretch in self.stretches for goal in stretch.goals]
        origins = [origin for stretch in self.stretches for origin in stretch.origins]
        return ids, goals, origins, [0, *itertools.accumulate(len(stretch.boxes) for stretch in self.stretches)]

    def _pausing(self, u: float) -> bool:
        assert self.pause is not None
        since = u * self.duration - self.pause.at * self.span
        return 0 <= since <= self.pause.length

    def strength(self, stretch: Stretch) -> float:
        """How much the fill of one tensor speeds up: long ones start slowly enough to follow the first cells."""
        seconds = (stretch.end - stretch.start) * self.span
        wanted = stretch.cells / max(seconds, 1e-6) / CELLS_A_SECOND
        return max(0.0, min(4.0, math.log(max(wanted, 1.0)))) if seconds >= 1.5 else 0.0

    def _light(self, draft: Draft, stretch: Stretch, part: float) -> None:
        """Outline what is in the making: the cell, the position or the tensor, by how fast the fill goes."""
        strength = self.strength(stretch)
        slope = strength / math.expm1(strength) * math.exp(strength * part) if strength > 1e-3 else 1.0
        rate = stretch.cells * slope / max((stretch.end - stretch.start) * self.span, 1e-6)
        place, offset = divmod(stretch.cell(accelerate(part, strength)), stretch.size)
        end = stretch.size - 1
        if rate <= CELLS_A_SECOND:
            self._connect(draft, stretch, (place, offset), (place, offset), threads=True)
        elif rate / stretch.size <= CELLS_A_SECOND:
            self._connect(draft, stretch, (place, 0), (place, end), threads=True)
        else:
            self._connect(draft, stretch, (0, 0), (stretch.cell(1.0) // stretch.size, end), threads=False)

    def _pulse(self, draft: Draft, stretch: Stretch, seconds: float) -> None:
        """Faint pulses into what is in the making; they come and go with it, and rest in the pause."""
        start, end = self.seconds(stretch.start), self.seconds(stretch.end)
        if self.pause is not None:
            pause = self.pause.at * self.span
            if seconds <= pause:
                end = min(end, pause)
            else:
                start = max(start, pause + self.pause.length)
        alpha = FAINT * swell(seconds - start, end - seconds)
        draft.pulses.append(Pulse(stretch.ribbons, seconds * self.speed, alpha))

    def _connect(
        self, draft: Draft, stretch: Stretch, first: tuple[int, int], last: tuple[int, int], threads: bool
    ) -> None:
        """Outline the cells from `first` to `last` (position, offset), and what they are computed from."""
        spec = self.trace.graph[stretch.tensor]
        if spec.formula is None:
            return
        start, stop = (
            tuple(min(index, size - 1) for index, size in zip(stretch.index(*cell), spec.shape, strict=True))
            for cell in (first, last)
        )
        result = Region(stretch.tensor, tuple((a, b + 1) for a, b in zip(start, stop, strict=True)))
        reads: dict[str, Region] = {}
        for index in {start, stop} if start == stop else {start, stop, _latest_past(spec.dims, stop)}:
            for region in operands(spec.formula, spec.at(index), self.trace):
                reads[region.tensor] = _hull(reads[region.tensor], region) if region.tensor in reads else region
        draft.outlines += [Outline(region, "operand") for region in reads.values()]
        draft.outlines.append(Outline(result, "result"))
        if threads:
            draft.threads += [Thread(region, result, self.trace.graph[name].kind) for name, region in reads.items()]


def _index(box: Box, place: int, offset: int) -> tuple[int, ...]:
    """The tensor's index of a box's cell, counted along the box's sequence."""
    column, row = (place, offset) if box.sequence == "columns" else (offset, place)
    index = list(box.fixed)
    for axis, number in ((box.columns, column), (box.rows, row)):
        if axis.dim is not None:
            index[axis.dim] = axis.start + number
    return tuple(index)


def _latest_past(dims: tuple[str, ...], index: tuple[int, ...]) -> tuple[int, ...]:
    """The last cell up to `index` in its row that the causal mask leaves to see: its operands hold the whole row's."""
    place = dict(zip(dims, index, strict=True))
    if "s" in place and "t" in place:
        place["s"] = min(place["s"], place["t"])
    return tuple(place.values())


def _hull(a: Region, b: Region) -> Region:
    return Region(a.tensor, tuple((min(p[0], q[0]), max(p[1], q[1])) for p, q in zip(a.ranges, b.ranges, strict=True)))


@dataclass(frozen=True)
class Pause:
    """A fill's stop at one cell to explain it: at what fraction of the fill, and for how many seconds."""

    at: float
    length: float
    explained: Explained

    def show(self, draft: Draft, seconds: float) -> None:
        """Show the explanation as it is `seconds` after the stop."""
        alpha = min(1.0, seconds / 0.4, (self.length - seconds) / 0.3)
        self.explained.apply(draft, max(0.0, alpha))


def pause_at(found: Sequence[Stretch], cell: Region, filling: Filling) -> float:
    """The fraction of a fill at which `cell` has just been computed; 1 when the fill does not reach it."""
    for stretch in found:
        for box in stretch.boxes:
            face = box.cells(cell)
            if stretch.tensor != cell.tensor or face is None:
                continue
            column, row = int(face[0]), int(face[1])
            place, offset = (column, row) if box.sequence == "columns" else (row, column)
            done = (place * stretch.size + stretch.offset(box) + offset + 1) / stretch.total
            through = (done - stretch.origins[0]) / max(stretch.goals[0] - stretch.origins[0], 1e-9)
            part = _inverse(max(0.0, min(1.0, through)), filling.strength(stretch))
            return stretch.start + part * (stretch.end - stretch.start)
    return 1.0


def _inverse(done: float, strength: float) -> float:
    """The progress at which `accelerate` has reached `done`."""
    return done if strength < 1e-3 else math.log1p(done * math.expm1(strength)) / strength
