"""What plots are made of: shapes that know their place on the frame, and letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import skia
from numpy.typing import NDArray

from render.overlay.area import Area
from render.overlay.text import Lettering, paint_of
from render.theme import Colour

Points = NDArray[np.float64]


class Shape(Protocol):
    """One thing that is drawn."""

    def draw(self, canvas: skia.Canvas) -> None:
        """Draw it in its place."""


@dataclass(frozen=True)
class Block:
    """A filled rectangle."""

    area: Area
    colour: Colour
    radius: float = 0.0

    def draw(self, canvas: skia.Canvas) -> None:
        canvas.drawRoundRect(self.area.rect, self.radius, self.radius, paint_of(self.colour))


@dataclass(frozen=True, eq=False)
class Stroke:
    """A line through points (n, 2), dashed where `dash` gives the length of a dash."""

    points: Points
    colour: Colour
    width: float
    dash: float = 0.0

    def draw(self, canvas: skia.Canvas) -> None:
        paint = paint_of(self.colour, stroke=self.width)
        if self.dash > 0:
            paint.setPathEffect(skia.DashPathEffect.Make([self.dash, self.dash], 0.0))
        canvas.drawPath(_path(self.points), paint)


@dataclass(frozen=True, eq=False)
class Patch:
    """A translucent polygon through points (n, 2)."""

    points: Points
    colour: Colour
    alpha: float

    def draw(self, canvas: skia.Canvas) -> None:
        canvas.drawPath(_path(self.points), paint_of(self.colour, self.alpha))


@dataclass(frozen=True)
class Dot:
    """A disc, with a seam in the colour of what it stands on."""

    x: float
    y: float
    radius: float
    colour: Colour
    seam: Colour | None = None
    alpha: float = 1.0

    def draw(self, canvas: skia.Canvas) -> None:
        if self.seam is not None:
            canvas.drawCircle(self.x, self.y, 1.45 * self.radius, paint_of(self.seam))
        canvas.drawCircle(self.x, self.y, self.radius, paint_of(self.colour, self.alpha))


@dataclass(frozen=True)
class Hatch:
    """Slanting lines across an area, `gap` apart."""

    area: Area
    colour: Colour
    gap: float
    width: float

    def draw(self, canvas: skia.Canvas) -> None:
        canvas.save()
        canvas.clipRect(self.area.rect)
        paint = paint_of(self.colour, stroke=self.width)
        height = self.area.height
        # On one grid for all areas, so that the lines of neighbours meet.
        first = np.floor((self.area.left + self.area.top) / self.gap) * self.gap
        for start in np.arange(first, self.area.right + self.area.bottom, self.gap):
            x = float(start) - self.area.top
            canvas.drawLine(x, self.area.top, x - height, self.area.bottom, paint)
        canvas.restore()


@dataclass(frozen=True, eq=False)
class Raster:
    """A matrix of colours (rows, columns, RGBA) stretched over an area; cells smaller than pixels are averaged."""

    area: Area
    colours: NDArray[np.uint8]

    def draw(self, canvas: skia.Canvas) -> None:
        rows, columns, _ = self.colours.shape
        image = skia.Image.fromarray(np.ascontiguousarray(self.colours), skia.kRGBA_8888_ColorType)
        small = min(self.area.width / columns, self.area.height / rows) < 1
        sampling = skia.SamplingOptions()
        if small:
            sampling = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)
            image = image.withDefaultMipmaps()
        canvas.drawImageRect(image, skia.Rect.MakeWH(columns, rows), self.area.rect, sampling)


@dataclass(frozen=True)
class Drawing:
    """A plot in its place."""

    shapes: tuple[Shape, ...]
    letters: tuple[Lettering, ...]

    def draw(self, canvas: skia.Canvas) -> None:
        for shape in self.shapes:
            shape.draw(canvas)
        for lettering in self.letters:
            lettering.draw(canvas)


def _path(points: Points) -> skia.Path:
    path = skia.Path()
    path.addPoly([skia.Point(float(x), float(y)) for x, y in points], False)
    return path
