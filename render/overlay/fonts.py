"""The typeface of all text: Inter, a variable font, in the weights we use.

The font files come with the fontpkg-inter package and are opened directly, so no font of the machine is looked for.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

import skia

REGULAR, BOOK, MEDIUM, SEMIBOLD, BOLD = 400, 450, 500, 600, 700
WEIGHTS = (REGULAR, BOOK, MEDIUM, SEMIBOLD, BOLD)

_WEIGHT_AXIS = int.from_bytes(b"wght", "big")


@cache
def _variable(italic: bool) -> skia.Typeface:
    name = "Inter-Italic[opsz,wght].ttf" if italic else "Inter[opsz,wght].ttf"
    with as_file(files("fontpkg_inter") / "files" / name) as path:
        return skia.FontMgr.New_Custom_Empty().makeFromFile(str(path), 0)


@cache
def typeface(weight: int, italic: bool = False) -> skia.Typeface:
    """Inter at a weight of the scale from 100 to 900."""
    place = skia.FontArguments.VariationPosition
    coordinates = place.Coordinates([place.Coordinate(_WEIGHT_AXIS, weight)])  # must outlive the position
    position = place(coordinates)
    arguments = skia.FontArguments()
    arguments.setVariationDesignPosition(position)
    return _variable(italic).makeClone(arguments)


def family(weight: int, italic: bool = False) -> str:
    """The name under which `collection` knows a face: each face is a family of its own."""
    return f"Inter {weight}{' Italic' if italic else ''}"


@cache
def collection() -> skia.textlayout.FontCollection:
    """All faces, for paragraphs: the shaper kerns and knows nothing but them."""
    provider = skia.textlayout.TypefaceFontProvider()
    for weight in WEIGHTS:
        for italic in (False, True):
            provider.registerTypeface(typeface(weight, italic), family(weight, italic))
    fonts = skia.textlayout.FontCollection()
    fonts.setDefaultFontManager(provider)
    return fonts


@cache
def unicode() -> skia.Unicode:
    """What the shaper reads about characters."""
    return skia.Unicodes.ICU.Make()
