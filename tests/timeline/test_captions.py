from __future__ import annotations

import itertools

import pytest
from films import timeline
from hypothesis import given
from hypothesis import strategies as st

from render.timeline.captions import PAGE_LENGTH, WORDS_PER_SECOND, page_times, pages, reading_time

WORDS = st.text(alphabet="abcdefghij,;.!?:", min_size=1, max_size=14).filter(lambda word: word.strip(",;.!?:"))
TEXTS = st.lists(WORDS, max_size=80).map(" ".join)


@given(TEXTS)
def test_pages_hold_every_word_in_order_and_none_is_long(text: str) -> None:
    found = pages(text)
    assert " ".join(found).split() == text.split()
    assert all(0 < len(page) <= PAGE_LENGTH for page in found)


def test_pages_end_after_sentences_where_they_can() -> None:
    text = (
        "The first sentence is short. "
        + "The second one is quite a bit longer, but it still fits on one page of two lines. "
    )
    text += "The third begins a new page, since two lines are full."
    assert pages(text) == [text[: text.index(" The third")], "The third begins a new page, since two lines are full."]


def test_a_long_sentence_is_cut_after_a_comma_near_its_middle() -> None:
    left = "a sentence that goes on for quite some time before it takes a breath at a comma somewhere,"
    right = "and then goes on for just as long because nobody stopped it from doing so in time."
    assert pages(f"{left} {right}") == [left, right]


@given(TEXTS)
def test_every_page_stands_as_long_as_it_takes_to_read(text: str) -> None:
    found = pages(text)
    needed = sum(reading_time(page) for page in found)
    times = page_times(found, 3.0, 3.0 + needed)
    for page, (start, end) in zip(found, times, strict=True):
        assert end - start == pytest.approx(1 + len(page.split()) / WORDS_PER_SECOND)
    assert all(one[1] == two[0] for one, two in itertools.pairwise(times))
    assert not times or (times[0][0] == 3.0 and times[-1][1] == pytest.approx(3.0 + needed))


def test_words_a_second_are_not_more_than_people_read_beside_a_picture() -> None:
    """Subtitle guidelines ask for 160 to 180 words a minute at most."""
    assert WORDS_PER_SECOND * 60 <= 180


def test_a_beat_lasts_as_long_as_its_words() -> None:
    words = " ".join(["word"] * 40)
    silent, spoken = timeline("- id: a\n"), timeline(f"- id: a\n  say: {words}.\n")
    assert silent.duration == 1
    assert spoken.duration >= 40 / WORDS_PER_SECOND
    assert timeline(f"- id: a\n  say: {words}.\n  for: 3s\n").duration == 3


def test_pages_of_a_beat_come_one_after_the_other_and_fade() -> None:
    film = timeline("- id: a\n  say: 'One {prompt}. " + "And so on for a while. " * 8 + "'\n")
    captions = [film.state(k / 50).caption for k in range(int(film.duration * 50))]
    shown = [caption.text for caption in captions if caption is not None]
    order = list(dict.fromkeys(shown))
    assert len(order) == 2
    assert order[0].startswith("One CBABBC.")
    assert shown == sorted(shown, key=order.index)
    steps = [
        abs(a.alpha - b.alpha)
        for a, b in itertools.pairwise(captions)
        if a is not None and b is not None and a.text == b.text
    ]
    assert max(steps) < 0.1
    assert max(caption.alpha for caption in captions if caption is not None) == 1
