"""Tensors being computed: cell by cell in order, with the operands of the cell in the making lit."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from render.layout import Box, Layout
from render.model import Region, operands
from render.model.trace import Trace
from render.timeline.draft import Draft
from render.timeline.easing import accelerate
from render.timeline.effects import Explained
from render.timeline.state import Outline, Thread

CELLS_A_SECOND = 9.0
"""Up to this rate each cell is shown with its operands; faster, whole positions are; faster still, whole tensors."""


@dataclass(frozen=True)
class Stretch:
    """The boxes of one tensor that are filled together, and their share of the time, 0 to 1 of the whole fill."""

    tensor: str
    boxes: tuple[Box, ...]
    start: float
    end: float
    goals: tuple[float, ...]
    """The fraction of each box that is computed at the end."""


def stretches(regions: Sequence[Region], layout: Layout, n_tokens: int) -> tuple[Stretch, ...]:
    """The tensors that `regions` are part of, in order of computation, with time for each by the root of its size."""
    goals: dict[str, dict[str, float]] = {}
    for region in regions:
        spec = layout.graph[region.tensor]
        if spec.kind in ("weight", "token"):
            continue
        reached = region.ranges[spec.dims.index("t")][1] / n_tokens if "t" in spec.dims else 1.0
        for box, _ in layout.find(region):
            of_tensor = goals.setdefault(region.tensor, {})
            of_tensor[box.id] = max(of_tensor.get(box.id, 0.0), min(1.0, reached))
    if not goals:
        return ()
    weights = [math.sqrt(sum(box.width * box.height for box in layout.of_tensor(name)) + 40.0) for name in goals]
    total, at = sum(weights), 0.0
    found = []
    for (name, of_tensor), weight in zip(goals.items(), weights, strict=True):
        boxes = tuple(layout.boxes[id] for id in of_tensor)
        found.append(Stretch(name, boxes, at / total, (at + weight) / total, tuple(of_tensor.values())))
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
    lines: whether operands are lit
    """

    stretches: tuple[Stretch, ...]
    trace: Trace
    span: float
    lines: bool
    pause: Pause | None = None

    @cached_property
    def _starts(self) -> list[float]:
        return [stretch.start for stretch in self.stretches]

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

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        if not self.stretches:
            return
        done = 1.0 if u >= 1 else self.at(u)
        current: tuple[Stretch, float] | None = None
        for stretch in self.stretches:
            part = 1.0 if done >= stretch.end else max(0.0, (done - stretch.start) / (stretch.end - stretch.start))
            if 0 < part < 1:
                current = (stretch, part)
            part = accelerate(part, self.strength(stretch))
            for box, goal in zip(stretch.boxes, stretch.goals, strict=True):
                before = draft.filled.get(box.id, 0.0)
                if goal > before:
                    draft.filled[box.id] = before + part * (goal - before)
        if u >= 1:
            return
        if self.pause is not None and self._pausing(u):
            self.pause.show(draft, u * self.duration - self.pause.at * self.span)
        elif self.lines and current is not None:
            self._light(draft, *current)

    def _pausing(self, u: float) -> bool:
        assert self.pause is not None
        since = u * self.duration - self.pause.at * self.span
        return 0 <= since <= self.pause.length

    def strength(self, stretch: Stretch) -> float:
        """How much the fill of one tensor speeds up: long ones start slowly enough to follow the first cells."""
        seconds = (stretch.end - stretch.start) * self.span
        cells = self.reach(stretch)
        wanted = cells / max(seconds, 1e-6) / CELLS_A_SECOND
        return max(0.0, min(4.0, math.log(max(wanted, 1.0)))) if seconds >= 1.5 else 0.0

    def reach(self, stretch: Stretch) -> float:
        """How many cells of a box the fill computes."""
        box = stretch.boxes[0]
        return max(1.0, box.width * box.height * stretch.goals[0] * self._places(box)[0] / self._places(box)[1])

    def _places(self, box: Box) -> tuple[int, int]:
        """How many positions this step has along the box's sequence, and how many places there are."""
        along = box.columns if box.sequence == "columns" else box.rows
        return min(len(self.trace.tokens), along.count), along.count

    def _light(self, draft: Draft, stretch: Stretch, part: float) -> None:
        box = stretch.boxes[0]
        seconds = max((stretch.end - stretch.start) * self.span, 1e-6)
        strength = self.strength(stretch)
        reach = self.reach(stretch)
        done = accelerate(part, strength)
        slope = strength / math.expm1(strength) * math.exp(strength * part) if strength > 1e-3 else 1.0
        rate = reach * slope / seconds
        size = box.height if box.sequence == "columns" else box.width
        cell = min(int(done * reach), int(reach) - 1)
        place, offset = divmod(cell, size)
        if rate <= CELLS_A_SECOND:
            self._connect(draft, box, (place, offset), (place, offset), threads=True)
        elif rate / size <= CELLS_A_SECOND:
            self._connect(draft, box, (place, 0), (place, size - 1), threads=True)
        else:
            last = min(len(self.trace.tokens), reach // size) - 1
            self._connect(draft, box, (0, 0), (int(max(0, last)), size - 1), threads=False)

    def _connect(self, draft: Draft, box: Box, first: tuple[int, int], last: tuple[int, int], threads: bool) -> None:
        """Outline the cells from `first` to `last` (position, offset), and what they are computed from."""
        spec = self.trace.graph[box.tensor]
        corners = [_index(box, *first), _index(box, *last)]
        ends = [i for i, size in enumerate(spec.shape) if any(corner[i] >= size for corner in corners)]
        if ends or spec.formula is None:
            return
        result = Region(box.tensor, tuple((min(a, b), max(a, b) + 1) for a, b in zip(*corners, strict=True)))
        reads: dict[str, Region] = {}
        for corner in corners:
            for region in operands(spec.formula, spec.at(corner), self.trace):
                reads[region.tensor] = _hull(reads[region.tensor], region) if region.tensor in reads else region
        draft.outlines += [Outline(region, "operand") for region in reads.values()]
        draft.outlines.append(Outline(result, "result"))
        if threads:
            draft.threads += [Thread(region, result, self.trace.graph[name].kind) for name, region in reads.items()]

    def current_box(self, u: float) -> Box | None:
        """The box in the making, for a camera that follows."""
        if not self.stretches:
            return None
        index = max(0, bisect.bisect_right(self._starts, self.at(min(max(u, 0.0), 1.0))) - 1)
        return self.stretches[index].boxes[0]


def _index(box: Box, place: int, offset: int) -> tuple[int, ...]:
    """The tensor's index of a box's cell, counted along the box's sequence."""
    column, row = (place, offset) if box.sequence == "columns" else (offset, place)
    index = list(box.fixed)
    for axis, number in ((box.columns, column), (box.rows, row)):
        if axis.dim is not None:
            index[axis.dim] = axis.start + number
    return tuple(index)


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
            size = box.height if box.sequence == "columns" else box.width
            done = min(1.0, (place * size + offset + 1) / filling.reach(stretch))
            part = _inverse(done, filling.strength(stretch))
            return stretch.start + part * (stretch.end - stretch.start)
    return 1.0


def _inverse(done: float, strength: float) -> float:
    """The progress at which `accelerate` has reached `done`."""
    return done if strength < 1e-3 else math.log1p(done * math.expm1(strength)) / strength
