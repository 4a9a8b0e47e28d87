"""Brackets, section titles and signs: what a script puts up in the picture, each clear of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from render.layout import Layout
from render.overlay.bracket import BracketSetter, PlacedBracket
from render.overlay.operator_sign import PlacedSign, SignSetter
from render.overlay.page import Page
from render.overlay.section_title import PlacedSection, SectionSetter
from render.overlay.settle import Candidate, Claim, settle
from render.overlay.sight import Sight
from render.theme import Theme
from render.timeline import Bracket, Section

Standing = PlacedBracket | PlacedSection | PlacedSign

CLEARANCE = 10.0
"""How near the words of two may come before the lesser one yields, in pixels at 1080p."""


class StandingMarks:
    """Places them on one page; the first in a script is the first in rank."""

    def __init__(self, layout: Layout, page: Page, theme: Theme) -> None:
        self.page = page
        self._brackets = BracketSetter(layout, page, theme)
        self._sections = SectionSetter(layout, page, theme)
        self._signs = SignSetter(page, theme)

    def place(self, sight: Sight, taken: Sequence[Claim]) -> list[Standing]:
        """Those that are seen, with everything in `taken` left free."""
        found = {str(i): mark for i, mark in enumerate(self._all(sight)) if mark.alpha > 0}
        candidates = [
            Candidate(key, mark.words if isinstance(mark, PlacedBracket) else mark.area, mark.letters, mark.alpha)
            for key, mark in found.items()
        ]
        shown = settle(candidates, taken, CLEARANCE * self.page.pixel)
        return [replace(found[candidate.subject], alpha=alpha) for candidate, alpha in shown]

    def _all(self, sight: Sight) -> Iterator[Standing]:
        for mark in sight.state.marks:
            if isinstance(mark, Bracket):
                yield from self._brackets.place(mark, sight)
            elif placed := (
                self._sections.place(mark, sight) if isinstance(mark, Section) else self._signs.place(mark, sight)
            ):
                yield placed
