"""Brackets, section titles and signs: what a script puts up in the picture, each clear of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from render.layout import Layout
from render.overlay.area import Area
from render.overlay.bracket import BracketSetter, PlacedBracket
from render.overlay.operator_sign import PlacedSign, SignSetter
from render.overlay.page import Page
from render.overlay.section_title import PlacedSection, SectionSetter
from render.overlay.settle import Candidate, Claim, settle
from render.overlay.sight import Sight
from render.theme import Theme
from render.timeline import Bracket, Section, Sign

Standing = PlacedBracket | PlacedSection | PlacedSign

CLEARANCE = 10.0
"""How near the words of two may come before the lesser one yields, in pixels at 1080p."""


class StandingMarks:
    """Places them on one page; titles before signs before brackets."""

    def __init__(self, layout: Layout, page: Page, theme: Theme) -> None:
        self.page = page
        self._brackets = BracketSetter(layout, page, theme)
        self._sections = SectionSetter(layout, page, theme)
        self._signs = SignSetter(page, theme)

    def place(self, sight: Sight, taken: Sequence[Claim]) -> list[Standing]:
        """Those that are seen, with everything in `taken` left free."""
        found: dict[tuple[str, Area], Standing] = {}
        candidates = []
        for subject, mark in self._all(sight):
            area = mark.words if isinstance(mark, PlacedBracket) else mark.area
            found[subject, area] = mark
            candidates.append(Candidate(subject, area, mark.letters, mark.alpha))
        shown = settle(candidates, taken, CLEARANCE * self.page.pixel)
        return [replace(found[candidate.subject, candidate.area], alpha=alpha) for candidate, alpha in shown]

    def _all(self, sight: Sight) -> Iterator[tuple[str, Standing]]:
        """All in all places that they could have, each with what it is about, in the order of their rank."""
        marks = sight.state.marks
        for i, section in enumerate(mark for mark in marks if isinstance(mark, Section)):
            if title := self._sections.place(section, sight):
                yield f"section {i}", title
        for i, sign in enumerate(mark for mark in marks if isinstance(mark, Sign)):
            if operator := self._signs.place(sign, sight):
                yield f"sign {i}", operator
        for bracket in marks:
            if isinstance(bracket, Bracket):
                for placed in self._brackets.place(bracket, sight):
                    yield placed.subject, placed
