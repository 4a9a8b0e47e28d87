"""The colours of a film, light and dark: a mid-tone ground a kind of tensor, one accent for what is talked about."""

from __future__ import annotations

from dataclasses import dataclass

from render.model import Kind

Colour = tuple[float, float, float]
"""sRGB, 0 to 1."""


def _hex(code: str) -> Colour:
    red, green, blue = (int(code[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return (red, green, blue)


def _dims(**codes: str) -> dict[str, Colour]:
    colours = {dim: _hex(code) for dim, code in codes.items()}
    return {**colours, "s": colours["t"], "o": colours["c"], "g": colours["h"], "i": colours["a"]}


@dataclass(frozen=True)
class Tones:
    """The colours of one kind of tensor.

    ground: under cells that hold a value; mid-tone, so that light and dark discs both stand out
    pale:   under cells not yet computed
    text:   of words about it on the page
    ribbon: of the flow out of it
    """

    ground: Colour
    pale: Colour
    text: Colour
    ribbon: Colour


@dataclass(frozen=True)
class Theme:
    """Everything that has a colour."""

    name: str
    page: Colour
    ink: Colour
    muted: Colour
    """Of secondary text; still 4.5:1 on the page."""
    line: Colour
    """Of hairlines and empty progress marks."""
    card: Colour
    accent: Colour
    """Of outlines and marks for what is talked about now, and of nothing else."""
    accent_text: Colour
    """The accent as text on page or card, 4.5:1."""
    positive: Colour
    negative: Colour
    below: Colour
    """Of negative values in plots, where all of one kind is positive in its own colour."""
    tones: dict[Kind, Tones]
    dims: dict[str, Colour]
    """Of the names of dimensions, 4.5:1 on the page; t and s, both positions, share one, and so do c and o."""


LIGHT = Theme(
    name="light",
    page=_hex("F7F6F2"),
    ink=_hex("18202C"),
    muted=_hex("596273"),
    line=_hex("D9D7D0"),
    card=_hex("FFFFFF"),
    accent=_hex("EA5B1D"),
    accent_text=_hex("B9430F"),
    positive=_hex("FFFFFF"),
    negative=_hex("0B1430"),
    below=_hex("A23A74"),
    tones={
        "weight": Tones(_hex("4A70D0"), _hex("DDE4F6"), _hex("3457B8"), _hex("C5D1F0")),
        "activation": Tones(_hex("25835C"), _hex("D5E8DE"), _hex("1C7350"), _hex("B5DBC8")),
        "aggregate": Tones(_hex("986B08"), _hex("F0E4C6"), _hex("85590A"), _hex("EAD9AC")),
        "token": Tones(_hex("6A7280"), _hex("E3E4E6"), _hex("4B5361"), _hex("D3D6DB")),
    },
    dims=_dims(t="B0146E", c="2453C9", a="15763A", h="7335D0", f="0B6F86", v="666200"),
)

DARK = Theme(
    name="dark",
    page=_hex("10151D"),
    ink=_hex("F0F3F7"),
    muted=_hex("A3ADBC"),
    line=_hex("2C3644"),
    card=_hex("1B232E"),
    accent=_hex("FF7A3D"),
    accent_text=_hex("FF9360"),
    positive=_hex("FFFFFF"),
    negative=_hex("060A18"),
    below=_hex("E58CBD"),
    tones={
        "weight": Tones(_hex("4A70D0"), _hex("1D2A4A"), _hex("8EABF5"), _hex("243458")),
        "activation": Tones(_hex("25835C"), _hex("15332A"), _hex("5CCB9D"), _hex("1B4537")),
        "aggregate": Tones(_hex("986B08"), _hex("3A2D10"), _hex("E3B44C"), _hex("4A3A14")),
        "token": Tones(_hex("6A7280"), _hex("262D38"), _hex("B4BCC9"), _hex("333C49")),
    },
    dims=_dims(t="F07ABF", c="7FA6FF", a="5FD08A", h="B79CFF", f="4FC6DD", v="CFCB52"),
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK)}
