"""The lines of mathematics that are drawn and not lettered: bars, radicals, tall brackets and braces, floors, Σ.

All measures are in font sizes. A baseline is at y = 0, y runs down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import skia

from render.overlay.area import Area
from render.overlay.text import paint_of
from render.theme import Colour

AXIS = 0.287
"""How high the middle of Inter's minus sign is above the baseline: bars, brackets and Σ are centred there."""

RULE = 0.066
"""How thick fraction bars and radicals are."""

SIGMA_HEIGHT, SIGMA_WIDTH, SIGMA_WEIGHT = 1.32, 0.92, 0.085
BRACKET_WIDTH, BRACKET_WEIGHT = 0.30, 0.085
BRACE_WIDTH, FLOOR_WIDTH = 0.46, 0.24


@dataclass(frozen=True)
class Stroke:
    """A line of a formula in its place: a bar, a radical, a tall bracket, a piece of a brace, a Σ."""

    points: tuple[tuple[float, float], ...]
    colour: Colour
    width: float
    bent: bool = False
    """Whether the points are those of a cubic curve and not of straight lines."""

    @property
    def area(self) -> Area:
        """What it covers, less the mitres of its corners."""
        return Area.around(self.points).grown(self.width / 2)

    def moved(self, x: float, y: float) -> Stroke:
        return replace(self, points=tuple((px + x, py + y) for px, py in self.points))

    def draw(self, canvas: skia.Canvas) -> None:
        path = skia.Path()
        path.moveTo(*self.points[0])
        if self.bent:
            (x1, y1), (x2, y2), (x3, y3) = self.points[1:]
            path.cubicTo(x1, y1, x2, y2, x3, y3)
        else:
            for point in self.points[1:]:
                path.lineTo(*point)
        paint = paint_of(self.colour, stroke=self.width)
        paint.setStrokeJoin(skia.Paint.kMiter_Join)
        paint.setStrokeCap(skia.Paint.kButt_Cap)
        canvas.drawPath(path, paint)


def sigma(size: float, colour: Colour) -> Stroke:
    """A Σ as tall as a big operator, as heavy as the letters beside it."""
    weight, width = SIGMA_WEIGHT * size, SIGMA_WIDTH * size
    half = (SIGMA_HEIGHT * size - weight) / 2
    axis, left = -AXIS * size, 0.11 * size
    points = (
        (0.94 * width, axis - half),
        (left, axis - half),
        (0.53 * width, axis),
        (left, axis + half),
        (width, axis + half),
    )
    return Stroke(points, colour, weight)


def bracket(reach: float, size: float, colour: Colour, *, opens: bool) -> Stroke:
    """A bracket that reaches as far above the axis as below it."""
    width, axis = BRACKET_WIDTH * size, -AXIS * size
    outer, inner = (0.04 * size, width) if opens else (width - 0.04 * size, 0.0)
    bend = outer + (outer - inner) / 3  # the curve comes three quarters of the way to its handles
    points = (
        (inner, axis - reach),
        (bend, axis - 0.45 * reach),
        (bend, axis + 0.45 * reach),
        (inner, axis + reach),
    )
    return Stroke(points, colour, BRACKET_WEIGHT * size, bent=True)


def brace(reach: float, size: float, colour: Colour) -> tuple[Stroke, ...]:
    """An opening brace that reaches as far above the axis as below it."""
    axis, weight = -AXIS * size, BRACKET_WEIGHT * size
    tip, spine, end = 0.02 * size, 0.5 * BRACE_WIDTH * size, BRACE_WIDTH * size
    bend = min(0.34 * size, 0.5 * reach)
    strokes = []
    for side in (-1, 1):
        far, near = axis + side * (reach - bend), axis + side * bend
        ear = ((end, axis + side * reach), (spine + 0.1 * size, axis + side * reach), (spine, far), (spine, far))
        nose = ((spine, near), (spine, near), (spine - 0.02 * size, axis), (tip, axis))
        strokes += [Stroke(points, colour, weight, bent=True) for points in (ear, nose)]
        strokes.append(Stroke(((spine, far), (spine, near)), colour, weight))
    return tuple(strokes)


def floor(top: float, bottom: float, size: float, colour: Colour, *, opens: bool) -> Stroke:
    """A bracket with a foot: what stands between two of them is rounded down."""
    upright, foot = (0.06 * size, FLOOR_WIDTH * size) if opens else ((FLOOR_WIDTH - 0.06) * size, 0.0)
    return Stroke(((upright, top), (upright, bottom), (foot, bottom)), colour, RULE * size)


def hook_width(height: float, size: float) -> float:
    """How much room a radical of some height takes before its bar begins."""
    return (0.44 + 0.06 * min(height / size, 4.0)) * size


def radical(top: float, bottom: float, width: float, size: float, colour: Colour) -> tuple[Stroke, ...]:
    """A radical from its foot at `bottom` to its bar at `top`, which ends `width` from the left."""
    height = bottom - top
    hook, rule = hook_width(height, size), RULE * size
    knee, foot = bottom - min(0.52 * height, 0.66 * size), 0.46 * hook
    tick = ((0.02 * size, knee + 0.07 * size), (0.15 * size, knee))
    down = ((0.13 * size, knee), (foot, bottom - 0.03 * size))
    up = ((foot - 0.01 * size, bottom), (hook, top), (width, top))
    return Stroke(tick, colour, rule), Stroke(down, colour, 1.6 * rule), Stroke(up, colour, rule)
