"""Lines: as few as can be, none too wide, all words there, balanced."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moments import SAY

from render.overlay.markup import parse, plain
from render.overlay.text import Style, shape
from render.overlay.typeset import TextBlock, manner, set_line, set_text

MANNER = manner(40.0, (0.0, 0.0, 0.0), (1.0, 0.0, 0.0))


def said(block: TextBlock) -> str:
    return " ".join("".join(shaped.text for _, _, shaped in line.pieces) for line in block.lines)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.text("abcdefgWi", min_size=1, max_size=12), min_size=1, max_size=40),
    st.floats(min_value=150, max_value=1500),
)
def test_every_word_is_on_a_line_that_fits(words: list[str], width: float) -> None:
    block = set_text(parse(" ".join(words)), MANNER, width)
    assert said(block).replace(" ", "") == "".join(words)
    assert block.width <= width + 0.5


@pytest.mark.parametrize("width", [300.0, 500.0, 800.0, 1200.0])
def test_there_are_no_more_lines_than_a_greedy_typesetter_needs(width: float) -> None:
    words = parse(3 * (SAY + " "))
    greedy, used = 1, 0.0
    for word in words:
        wide = set_line([word], MANNER).width
        space = shape(" ", MANNER.plain).width
        if used and used + space + wide > width:
            greedy, used = greedy + 1, wide
        else:
            used += (space if used else 0.0) + wide
    assert len(set_text(words, MANNER, width).lines) == greedy


def test_two_lines_are_about_equally_long() -> None:
    block = set_text(parse("the quick brown fox jumps over the lazy dogs of the town"), MANNER, 1000.0)
    assert len(block.lines) == 2
    assert min(line.width for line in block.lines) > 0.8 * max(line.width for line in block.lines)


def test_a_line_ends_where_a_sentence_does() -> None:
    text = "This is a GPT with many parameters. We give it letters, and it puts them in order."
    first, second = said(set_text(parse(text), MANNER, 1100.0)).split(". ", 1)
    block = set_text(parse(text), MANNER, 1100.0)
    assert "".join(s.text for _, _, s in block.lines[0].pieces) == first + "."
    assert "".join(s.text for _, _, s in block.lines[1].pieces) == second


def test_a_word_wider_than_a_line_is_cut() -> None:
    block = set_text(parse("w" * 60), MANNER, 300.0)
    assert len(block.lines) > 1
    assert said(block).replace(" ", "") == "w" * 60


def test_an_index_over_an_index_stands_above_it() -> None:
    line = set_text(parse("$x_t^2$"), MANNER, 500.0).lines[0]
    (x0, rise0, _), (x1, rise1, _), (x2, rise2, _) = line.pieces
    assert x0 < x1 == x2
    assert rise1 < rise0 == 0 < rise2


def test_text_is_kerned() -> None:
    style = Style(40.0, (0.0, 0.0, 0.0))
    assert shape("AV", style).width < shape("A", style).width + shape("V", style).width - 1.0


def test_spaces_are_as_wide_inside_a_text_as_alone() -> None:
    style = Style(40.0, (0.0, 0.0, 0.0))
    parts = [shape(part, style).width for part in ("m", " ", "m")]
    assert shape("m m", style).width == pytest.approx(sum(parts), abs=0.2)


def test_markup_is_not_part_of_what_is_said() -> None:
    assert said(set_text(parse(SAY), MANNER, 600.0)) == plain(SAY)
