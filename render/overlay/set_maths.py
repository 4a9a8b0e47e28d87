"""Mathematics that is set: placed letters and strokes, alone, side by side, and together as one piece."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from render.overlay.stroke import Stroke
from render.overlay.text import Lettering


@dataclass(frozen=True)
class SetMaths:
    """A set piece, its baseline's left end at (0, 0).

    ascent, descent: how far it reaches above and below the baseline
    """

    width: float
    ascent: float
    descent: float
    letters: tuple[Lettering, ...] = ()
    strokes: tuple[Stroke, ...] = ()

    def moved(self, x: float, y: float) -> SetMaths:
        """The same, standing at (x, y): now its width, ascent and descent are counted from there."""
        return replace(
            self,
            letters=tuple(lettering.moved(x, y) for lettering in self.letters),
            strokes=tuple(stroke.moved(x, y) for stroke in self.strokes),
        )


def drawn(width: float, *strokes: Stroke) -> SetMaths:
    """Strokes as a piece."""
    return together(width, [SetMaths(width, 0.0, 0.0, (), strokes)])


def side_by_side(pieces: Iterable[tuple[float, SetMaths]]) -> SetMaths:
    """Pieces on one baseline, each with the room before it."""
    placed = []
    end = 0.0
    for room, piece in pieces:
        placed.append(piece.moved(end + room, 0.0))
        end += room + piece.width
    ascent, descent = max(piece.ascent for piece in placed), max(piece.descent for piece in placed)
    return replace(together(end, placed), ascent=ascent, descent=descent)


def together(width: float, placed: Sequence[SetMaths]) -> SetMaths:
    """Placed pieces as one, which reaches as far as their letters do."""
    letters = tuple(lettering for piece in placed for lettering in piece.letters)
    strokes = tuple(stroke for piece in placed for stroke in piece.strokes)
    areas = [*(lettering.area for lettering in letters), *(stroke.area for stroke in strokes)]
    return SetMaths(width, -min(area.top for area in areas), max(area.bottom for area in areas), letters, strokes)
