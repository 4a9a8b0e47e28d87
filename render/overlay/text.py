"""Text in one style, shaped (kerned) once and drawn many times."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

import skia

from render.overlay import fonts
from render.overlay.area import Area
from render.theme import Colour

CAP_HEIGHT = 0.727
"""How high a capital of Inter is, as a share of the font size."""

DESCENT = 0.242

ASKEW = 0.04
"""The least angle, in degrees, at which text counts as not upright."""

EXACT = skia.Matrix.MakeAll(1, 0, 0, 0, 1, 0, 1e-9, 0, 1)
"""A perspective too slight to be seen, under which Skia draws text exactly where it is."""


@dataclass(frozen=True)
class Style:
    """How text looks. size: the font size in pixels; halo: the colour of a seam around the letters, if any."""

    size: float
    colour: Colour
    weight: int = fonts.BOOK
    italic: bool = False
    halo: Colour | None = None


@dataclass(frozen=True)
class Shaped:
    """A text in one style with its glyphs placed. width: its advance in pixels."""

    text: str
    style: Style
    width: float
    layers: tuple[skia.textlayout.Paragraph, ...] = field(repr=False)
    """What is painted, bottom first: the halo, if any, and the letters."""

    def draw(self, canvas: skia.Canvas, x: float, baseline: float) -> None:
        """Draw it exactly where it is, between pixels too, so that it moves smoothly with the camera.

        Skia puts the baseline of upright text on whole pixels, and fits the letters to them. Under a perspective,
        however slight, it draws their outlines as they are; text a little askew has its glyphs ready on quarters of
        pixels, which will do for a seam and costs a tenth.
        """
        *seam, letters = self.layers
        canvas.save()
        for layer in seam:
            canvas.rotate(ASKEW, x, baseline)
            layer.paint(canvas, x, baseline - layer.AlphabeticBaseline)
        canvas.restore()
        canvas.save()
        canvas.concat(EXACT)
        letters.paint(canvas, x, baseline - letters.AlphabeticBaseline)
        canvas.restore()


def paint_of(colour: Colour, alpha: float = 1.0, stroke: float = 0.0) -> skia.Paint:
    """A smooth paint of an sRGB colour: a filling one, or one that strokes lines `stroke` pixels wide."""
    paint = skia.Paint(skia.Color4f(*colour, alpha))
    paint.setAntiAlias(True)
    if stroke > 0:
        paint.setStyle(skia.Paint.kStroke_Style)
        paint.setStrokeWidth(stroke)
        paint.setStrokeJoin(skia.Paint.kRound_Join)
        paint.setStrokeCap(skia.Paint.kRound_Cap)
    return paint


@lru_cache(maxsize=1024)
def shape(text: str, style: Style) -> Shaped:
    """Shape a text that stands on one line."""
    paints = [paint_of(style.colour)]
    if style.halo is not None:
        paints.insert(0, paint_of(style.halo, stroke=0.26 * style.size))
    layers = []
    for paint in paints:
        look = skia.textlayout.TextStyle()
        look.setFontFamilies([fonts.family(style.weight, style.italic)])
        look.setFontSize(style.size)
        look.setForegroundPaint(paint)
        whole = skia.textlayout.ParagraphStyle()
        whole.setTextStyle(look)
        builder = skia.textlayout.ParagraphBuilder.make(whole, fonts.collection(), fonts.unicode())
        builder.pushStyle(look)
        # A space at a line's end is not measured, a no-break space is.
        builder.addText(text.replace(" ", "\u00a0"))
        paragraph = builder.Build()
        paragraph.layout(1e6)
        layers.append(paragraph)
    return Shaped(text, style, layers[-1].MaxIntrinsicWidth, tuple(layers))


@dataclass(frozen=True)
class Lettering:
    """A shaped text in its place on the frame, and the colour of what it stands on.

    slant: by how many degrees it rises from its start
    """

    shaped: Shaped
    x: float
    baseline: float
    ground: Colour
    slant: float = 0.0

    @property
    def area(self) -> Area:
        """From the top of the capitals to the foot of the descenders."""
        size, width = self.shaped.style.size, self.shaped.width
        if self.slant == 0:
            return Area(self.x, self.baseline - CAP_HEIGHT * size, self.x + width, self.baseline + DESCENT * size)
        angle = math.radians(self.slant)
        across, up = math.cos(angle), math.sin(angle)
        corners = [(x, y) for x in (0.0, width) for y in (CAP_HEIGHT * size, -DESCENT * size)]
        return Area.around([(self.x + x * across - y * up, self.baseline - x * up - y * across) for x, y in corners])

    def draw(self, canvas: skia.Canvas) -> None:
        canvas.save()
        canvas.rotate(-self.slant, self.x, self.baseline)
        self.shaped.draw(canvas, self.x, self.baseline)
        canvas.restore()

    def moved(self, x: float, y: float) -> Lettering:
        return replace(self, x=self.x + x, baseline=self.baseline + y)


@contextlib.contextmanager
def faded(canvas: skia.Canvas, alpha: float, area: Area) -> Iterator[None]:
    """What is drawn inside comes out as one translucent whole. `area` holds all of it."""
    count = canvas.getSaveCount()
    if alpha < 0.999:
        canvas.saveLayerAlpha(area.grown(2.0).rect, round(255 * max(alpha, 0.0)))
    try:
        yield
    finally:
        canvas.restoreToCount(count)
