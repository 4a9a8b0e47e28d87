"""What all automatic labels have in common: their words in place, and what they give way to."""

from __future__ import annotations

from dataclasses import dataclass

from render.overlay.area import Area
from render.overlay.page import LABEL, Page
from render.overlay.settle import Candidate, smoothstep
from render.overlay.sight import Sight
from render.overlay.text import CAP_HEIGHT, DESCENT, Lettering, Style, shape
from render.theme import Colour

SOLID = (0.45, 0.75)
"""From how solid on a box has labels, and from where on all of them."""

NEXT_LINE = 1.22
"""From line to line, in font sizes."""


@dataclass(frozen=True)
class Sign:
    """The words of a label: a line of text, and perhaps a second one below it."""

    lines: tuple[tuple[str, Style], ...]

    @property
    def width(self) -> float:
        return max(shape(text, style).width for text, style in self.lines)

    @property
    def height(self) -> float:
        first, last = self.lines[0][1].size, self.lines[-1][1].size
        return CAP_HEIGHT * first + DESCENT * last + sum(NEXT_LINE * style.size for _, style in self.lines[1:])

    def at(self, x: float, top: float, align: float, ground: Colour) -> tuple[Lettering, ...]:
        """With its top at `top`; `align` 0 starts at x, 0.5 is centred there, 1 ends there."""
        letters = []
        baseline = top + CAP_HEIGHT * self.lines[0][1].size
        for i, (text, style) in enumerate(self.lines):
            baseline += NEXT_LINE * style.size if i > 0 else 0.0
            shaped = shape(text, style)
            letters.append(Lettering(shaped, x - align * shaped.width, baseline, ground))
        return tuple(letters)


def bid(
    sight: Sight, page: Page, subject: str, letters: tuple[Lettering, ...], depth: float, ramp: float, tensor: str = ""
) -> Candidate:
    """A candidate that gives way to nearer boxes over it, to boxes that it would cover, and to the picture's edge.

    It stands in the plane z = `depth`. Other boxes of its own `tensor` it may rather cover than those of others.
    """
    words = Area.union(lettering.area for lettering in letters)
    inside = page.label_room
    out = max(
        inside.left - words.left, inside.top - words.top, words.right - inside.right, words.bottom - inside.bottom
    )
    ramp *= smoothstep(0.0, -0.25 * LABEL * page.unit, out)

    def open() -> float:
        in_front, others, own = sight.covered(words, depth, tensor)
        return smoothstep(0.30, 0.0, in_front) * smoothstep(0.12, 0.02, others + 0.3 * own)

    # Words beside one another on a line would read as one phrase.
    apart = 0.5 * letters[0].shaped.style.size
    area = Area(words.left - apart, words.top, words.right + apart, words.bottom)
    return Candidate(subject, area, letters, ramp, open)
