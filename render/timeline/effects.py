"""What the simple actions do to the picture: looks, marks, explanations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import repeat

from render.layout import Rect
from render.model import Equation, Formula, Region, operands
from render.model.trace import Trace
from render.timeline.draft import Draft
from render.timeline.easing import Easing
from render.timeline.state import Bracket, Card, Definition, Label, Outline, Section, Sign


@dataclass(frozen=True)
class Fade:
    """Boxes, or windows of cells in them, go to an opacity."""

    targets: Mapping[str, tuple[Rect | None, ...]]
    alpha: float
    ease: Easing

    @cached_property
    def windowed(self) -> dict[str, tuple[Rect | None, ...]]:
        """The boxes that do not go as wholes."""
        return {box: windows for box, windows in self.targets.items() if windows != (None,)}

    @cached_property
    def _whole(self) -> tuple[str, ...]:
        return tuple(box for box in self.targets if box not in self.windowed)

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        draft.fade_all(self._whole, self.alpha, self.ease(u))
        for box, windows in self.windowed.items():
            for window in windows:
                draft.fade(box, window, self.alpha, self.ease(u))


@dataclass(frozen=True)
class Spare:
    """Windows of cells that a dimming leaves as they are."""

    windowed: Mapping[str, tuple[Rect, ...]]

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        for box, windows in self.windowed.items():
            for window in windows:
                draft.fade(box, window, 1.0, 1.0)


@dataclass(frozen=True)
class Empty:
    """Boxes lose what was computed, the last first."""

    boxes: tuple[str, ...]

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        known = map(draft.filled.get, self.boxes, repeat(0.0))
        draft.filled.update(zip(self.boxes, map(min, known, repeat(1.0 - u)), strict=False))


@dataclass(frozen=True)
class Mark:
    """Outlines around regions."""

    regions: tuple[Region, ...]

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        draft.outlines += [Outline(region, "focus", u * solid) for region in self.regions]


@dataclass(frozen=True)
class Note:
    """Words that point at a region."""

    region: Region
    text: str

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        draft.labels.append(Label(self.region, self.text, u * solid))


@dataclass(frozen=True)
class Posted:
    """Brackets, section titles and signs come and stand."""

    marks: tuple[Bracket | Section | Sign, ...]

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        draft.marks += [replace(mark, alpha=u * solid) for mark in self.marks]


@dataclass(frozen=True)
class Explained:
    """The formula card of a cell, its operands lit; the card itself draws lines to where its numbers stand."""

    formula: Formula
    inputs: tuple[Region, ...]

    @staticmethod
    def of(formula: Formula, trace: Trace) -> Explained:
        cell = formula.result
        spec = trace.graph[cell.tensor]
        index = tuple(start for start, _ in cell.ranges)
        inputs = () if spec.formula is None else operands(spec.formula, spec.at(index), trace)
        return Explained(formula, inputs)

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        alpha = u * solid
        draft.card = Card(self.formula, alpha)
        for region in self.inputs:
            draft.outlines.append(Outline(region, "operand", alpha))
        draft.outlines.append(Outline(self.formula.result, "result", alpha))


@dataclass(frozen=True)
class Defined:
    """The formula of any cell of a tensor, the tensor outlined."""

    region: Region
    equation: Equation

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        draft.definition = Definition(self.region, self.equation, u * solid)
        draft.outlines.append(Outline(self.region, "focus", u * solid))
