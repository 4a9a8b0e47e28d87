"""What differs between the beats of two manifests."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from render.report.changes import NumberChange, Piece, changes, number_changes, word_diff
from render.report.manifest import Beat

WORDS = st.lists(st.sampled_from(["a", "b", "c,", "d."]), max_size=12).map(" ".join)


@dataclass
class Reel:
    """Beats one after the other, a second each."""

    beats: list[Beat] = field(default_factory=list)

    def __call__(self, names: str, **other: object) -> list[Beat]:
        for name in names:
            start = float(len(self.beats))
            own = {"key": name, "words": (f"Words of {name}.",), "numbers": (), **other}
            times = {"start": start, "end": start + 1.0, "telling": start}
            self.beats.append(Beat(number=len(self.beats) + 1, name=name, **times, **own))  # type: ignore[arg-type]
        return self.beats


def reel(names: str) -> list[Beat]:
    return Reel()(names)


def test_equal_beats_do_not_differ_wherever_they_are() -> None:
    assert list(changes(reel("abc"), reel("abc"))) == []
    assert list(changes(reel("abc"), reel("cab"))) == []


def test_beats_come_and_go_in_the_order_of_the_film() -> None:
    found = [(own.kind, own.name) for own in changes(reel("abcde"), reel("xacye"))]
    assert found == [("added", "x"), ("removed", "b"), ("removed", "d"), ("added", "y")]
    assert [own.name for own in changes(reel("ab"), reel("c"))] == ["a", "b", "c"]


@given(st.permutations("abcdef"), st.permutations("cdefgh"), st.integers(0, 6), st.integers(0, 6))
def test_every_beat_that_is_in_one_alone_is_told_once(old: list[str], new: list[str], n: int, m: int) -> None:
    before, after = "".join(old[:n]), "".join(new[:m])
    found = list(changes(reel(before), reel(after)))
    assert sorted(own.name for own in found if own.kind == "removed") == sorted(set(before) - set(after))
    assert [own.name for own in found if own.kind == "added"] == [name for name in after if name not in before]
    assert len(found) == len(set(before) ^ set(after))


def test_what_changed_of_a_beat_is_said() -> None:
    def change(**other: object) -> str:
        own = reel("a")[0].model_copy(update={"key": "other", **other})
        (found,) = changes(reel("a"), [own])
        return str(found)

    assert change() == "beat 'a' changed (its pictures)"
    assert change(words=("Words of b.",)) == "beat 'a' changed (its words)"
    assert change(numbers=(("x", "1"),), words=()) == "beat 'a' changed (its words and its numbers)"
    assert change(end=2.0) == "beat 'a' changed (its length)"
    assert change(end=1.05) == "beat 'a' changed (its pictures)", "whole frames at another rate"


def test_words_are_told_whole() -> None:
    found = list(
        word_diff("The larger the dot the farther from zero.", "The larger dot the farther it is from nought.")
    )
    assert [(kind, text.strip()) for kind, text in found] == [
        ("same", "The larger"),
        ("gone", "the"),
        ("same", "dot the farther"),
        ("new", "it is"),
        ("same", "from"),
        ("gone", "zero."),
        ("new", "nought."),
    ]


@given(WORDS, WORDS)
def test_both_texts_can_be_read_from_their_difference(before: str, after: str) -> None:
    found = list(word_diff(before, after))

    def read(*kinds: str) -> list[str]:
        return [word for piece in found if piece.kind in kinds for word in piece.text.split()]

    assert read("same", "gone") == before.split() and read("same", "new") == after.split()
    if before == after:
        assert found == ([Piece("same", after)] if after else [])


def test_numbers_are_the_same_by_what_they_are_of() -> None:
    before = (("p", "10%"), ("p", "20%"), ("q", "3"), ("gone", "1"))
    after = (("q", "3"), ("p", "10%"), ("p", "25%"), ("new", "7"))
    assert list(number_changes(before, after)) == [
        NumberChange("p", "20%", "25%"),
        NumberChange("new", None, "7"),
        NumberChange("gone", "1", None),
    ]
