"""What the simple actions do to the picture: looks, marks, pieces that fly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from render.layout import Point, Rect
from render.model import Formula, Region, operands
from render.model.trace import Trace
from render.timeline.draft import Draft
from render.timeline.easing import Easing
from render.timeline.state import Bracket, Card, Chart, Flyer, Label, Outline, Section, Sign


@dataclass(frozen=True)
class Fade:
    """Boxes, or windows of cells in them, go to an opacity."""

    targets: Mapping[str, tuple[Rect | None, ...]]
    alpha: float
    ease: Easing

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        for box, windows in self.targets.items():
            for window in windows:
                draft.fade(box, window, self.alpha, self.ease(u))


@dataclass(frozen=True)
class Spare:
    """Windows of cells that a dimming leaves as they are."""

    windows: Mapping[str, tuple[Rect, ...]]

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        for box, windows in self.windows.items():
            for window in windows:
                draft.fade(box, window, 1.0, 1.0)


@dataclass(frozen=True)
class Empty:
    """Boxes lose what was computed, the last first."""

    boxes: tuple[str, ...]

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        for box in self.boxes:
            draft.filled[box] = min(draft.filled.get(box, 0.0), 1.0 - u)


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
class Standing:
    """Brackets, section titles and signs come and stand."""

    marks: tuple[Bracket | Section | Sign, ...]

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        draft.marks += [replace(mark, alpha=u * solid) for mark in self.marks]


@dataclass(frozen=True)
class Bars:
    """A bar chart that rises."""

    chart: Chart
    ease: Easing

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        draft.chart = replace(self.chart, growth=self.ease(u), alpha=min(1.0, 4 * u) * solid)


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
class Flight:
    """A piece flies from its place to another, in an arc towards the viewer; moved pieces leave a gap behind."""

    region: Region
    home: Point
    goal: Point
    height: float
    ease: Easing
    gap: tuple[str, Rect] | None

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        s = self.ease(u)
        arc = self.height * 4 * s * (1 - s)
        x, y, z = (a + s * (b - a) for a, b in zip(self.home, self.goal, strict=True))
        draft.flyers.append(Flyer(self.region, (x, y, z + arc)))
        if self.gap is not None:
            box, window = self.gap
            draft.fade(box, window, 0.12, min(1.0, 4 * u))


@dataclass(frozen=True)
class Return:
    """Pieces that were moved fly home, copies fade away where they are."""

    regions: tuple[Region, ...]
    homes: Mapping[Region, Point]
    gaps: Mapping[Region, tuple[str, Rect]]
    ease: Easing

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        flying = []
        for flyer in draft.flyers:
            if not any(region.contains(flyer.region) for region in self.regions):
                flying.append(flyer)
            elif flyer.region in self.gaps:
                box, window = self.gaps[flyer.region]
                s = self.ease(u)
                if u < 1:
                    x, y, z = (a + s * (b - a) for a, b in zip(flyer.corner, self.homes[flyer.region], strict=True))
                    flying.append(Flyer(flyer.region, (x, y, z), flyer.alpha))
                draft.fade(box, window, 1.0, s)
            elif u < 1:
                flying.append(replace(flyer, alpha=flyer.alpha * (1 - u)))
        draft.flyers = flying
