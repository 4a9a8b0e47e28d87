"""What differs between two manifests, beat by beat: pictures by their keys, words, numbers, places in the film."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Literal, NamedTuple

from render.report.manifest import Beat

LEAST = 0.1
"""By how many seconds a beat is at least longer or shorter."""

Kind = Literal["same", "gone", "new"]


class Piece(NamedTuple):
    """A stretch of text that both have, that only the one before has, or only the one after it."""

    kind: Kind
    text: str


class NumberChange(NamedTuple):
    """What a number is of, and how it was and is written; None where it was not, or is no more."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Change:
    """A beat that is not as it was: `before` is None for one that is new, `after` for one that is gone."""

    before: Beat | None
    after: Beat | None

    @property
    def beat(self) -> Beat:
        """The beat as it is now, or was."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def name(self) -> str:
        return self.beat.name

    @property
    def kind(self) -> Literal["added", "removed", "changed"]:
        return "added" if self.before is None else "removed" if self.after is None else "changed"

    @property
    def of_key(self) -> bool:
        """Whether something changed that its pictures follow from."""
        return self.before is not None and self.after is not None and self.before.key != self.after.key

    @cached_property
    def words(self) -> tuple[Piece, ...]:
        """The narration word by word; none where it is as it was."""
        before, after = (" ".join(beat.words) if beat else "" for beat in (self.before, self.after))
        return () if before == after else tuple(word_diff(before, after))

    @cached_property
    def numbers(self) -> tuple[NumberChange, ...]:
        """The numbers that are written otherwise, are new, or are gone."""
        return tuple(number_changes(*(beat.numbers if beat else () for beat in (self.before, self.after))))

    @property
    def is_longer_by(self) -> float:
        """Seconds; 0 for what is new or gone, and for what is a matter of whole frames at another rate."""
        if self.before is None or self.after is None:
            return 0.0
        longer = (self.after.end - self.after.start) - (self.before.end - self.before.start)
        return round(longer, 3) if abs(longer) >= LEAST else 0.0

    @property
    def is_told(self) -> bool:
        """Whether words, numbers or its length tell that it is not as it was."""
        return bool(self.words or self.numbers or self.is_longer_by)

    def __str__(self) -> str:
        if self.kind != "changed":
            return f"beat '{self.name}' {self.kind}"
        what = [name for name, it in (("its words", self.words), ("its numbers", self.numbers)) if it]
        return f"beat '{self.name}' changed ({' and '.join(what) or 'its length' if self.is_told else 'its pictures'})"


def changes(before: Sequence[Beat], after: Sequence[Beat]) -> Iterator[Change]:
    """The beats that are new or not as they were, in the order of the film, each followed by those gone after it.

    Beats are the same by name. One whose place in the film alone is another one has not changed.
    """
    old, new = ({beat.name: beat for beat in beats} for beats in (before, after))
    for name in _in_order(list(old), list(new)):
        change = Change(old.get(name), new.get(name))
        if change.kind != "changed" or change.of_key or change.is_told:
            yield change


def _in_order(old: list[str], new: list[str]) -> list[str]:
    """All names: those of `new` in its order, and each that is gone behind the one that it came after."""
    order = list(new)
    for place, name in enumerate(old):
        if name not in new:
            order.insert(order.index(old[place - 1]) + 1 if place else 0, name)
    return order


def word_diff(before: str, after: str) -> Iterator[Piece]:
    """Two texts as one: what both have, what is gone and what is new, in whole words with the spaces after them."""
    old, new = (re.findall(r"\S+\s*", text) for text in (before, after))
    # The last word may have no space after it, and is the same word for that.
    matcher = difflib.SequenceMatcher(None, [word.strip() for word in old], [word.strip() for word in new], False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(new[c:d]))
            continue
        if b > a:
            yield Piece("gone", "".join(old[a:b]))
        if d > c:
            yield Piece("new", "".join(new[c:d]))


def number_changes(before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]]) -> Iterator[NumberChange]:
    """Numbers are the same by what they are of, and the how-manieth of those they are."""
    old, new = _numbered(before), _numbered(after)
    for what in dict.fromkeys([*new, *old]):
        if old.get(what) != new.get(what):
            yield NumberChange(what[0], old.get(what), new.get(what))


def _numbered(numbers: Sequence[tuple[str, str]]) -> dict[tuple[str, int], str]:
    counters: dict[str, count[int]] = {}
    return {(what, next(counters.setdefault(what, count()))): text for what, text in numbers}
