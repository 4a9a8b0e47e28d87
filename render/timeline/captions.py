"""Narration on screen: cut into pages that are read one after the other, and how long reading takes."""

from __future__ import annotations

import re

WORDS_PER_SECOND = 2.9
PAGE_LENGTH = 150
"""About how many characters stand on screen together: two lines."""


def reading_time(text: str) -> float:
    """Seconds that a viewer who also looks at the picture takes to read `text`."""
    return 1.0 + len(text.split()) / WORDS_PER_SECOND if text else 0.0


def pages(text: str) -> list[str]:
    """`text` cut after sentences (after other marks, after words where it must be) into pages of about two lines."""
    found: list[str] = []
    for sentence in re.split(r"(?<=[.!?])\s+", " ".join(text.split())):
        for piece in _pieces(sentence):
            if found and len(found[-1]) + 1 + len(piece) <= PAGE_LENGTH:
                found[-1] += " " + piece
            else:
                found.append(piece)
    return [page for page in found if page]


def _pieces(sentence: str) -> list[str]:
    """A sentence that is too long for a page, cut near its middle, after a comma if there is one."""
    if len(sentence) <= PAGE_LENGTH:
        return [sentence]
    middle = len(sentence) / 2
    commas = [match.end() for match in re.finditer(r"[,;]\s", sentence)]
    spaces = [match.end() for match in re.finditer(r"\s", sentence)]
    near = [place for place in commas if abs(place - middle) < len(sentence) / 4] or spaces
    if not near:
        return [sentence]
    cut = min(near, key=lambda place: abs(place - middle))
    return [*_pieces(sentence[:cut].strip()), *_pieces(sentence[cut:].strip())]


def page_times(found: list[str], start: float, end: float) -> list[tuple[float, float]]:
    """When each page stands: the whole span shared out by how long each takes to read."""
    needs = [reading_time(page) for page in found]
    total = sum(needs)
    times, at = [], start
    for need in needs:
        until = at + (end - start) * need / total
        times.append((at, until))
        at = until
    return times
