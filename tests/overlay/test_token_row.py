"""The row of tokens: a place for each, steady while it grows."""

from __future__ import annotations

import itertools

import pytest
from moments import token_row

from render.model.token_text import written
from render.overlay.page import Page
from render.overlay.token_row import PlacedTokenRow, TokenRowSetter
from render.theme import LIGHT
from render.timeline import TokenRow

PAGE = Page((1920, 1080))
SETTER = TokenRowSetter(PAGE, LIGHT)


def place(row: TokenRow, width: float = 900.0) -> PlacedTokenRow:
    placed = SETTER.place(row, 1800.0, 30.0, width, to_left=True)
    assert placed is not None
    return placed


def texts(row: PlacedTokenRow) -> list[str]:
    return [lettering.shaped.text for lettering in row.letters]


def test_it_shows_letters_and_ids() -> None:
    assert texts(place(token_row(3))) == ["C", "2", "B", "1", "A", "0"]


def test_it_ends_where_it_is_told_to() -> None:
    assert place(token_row()).area.right == pytest.approx(1800.0)
    right = SETTER.place(token_row(), 40.0, 30.0, 900.0, to_left=False)
    assert right is not None
    assert right.area.left == 40.0


def test_it_does_not_move_when_a_token_joins() -> None:
    boxes = [[cell.box for cell in place(token_row(n)).cells] for n in (6, 7, 12)]
    assert boxes[0] == boxes[1] == boxes[2]


def test_prompt_and_prediction_are_parted_and_coloured() -> None:
    cells = place(token_row(8)).cells
    gaps = [b.box.left - a.box.right for a, b in itertools.pairwise(cells)]
    assert gaps[5] > 1.5 * max(gaps[:5] + gaps[6:])
    assert [cell.edge == LIGHT.accent for cell in cells[:8]] == 6 * [False] + 2 * [True]


def test_the_newest_comes_from_below() -> None:
    row, there = place(token_row(7, 0.2)), place(token_row(7)).cells[6]
    assert row.coming is not None
    free, (late,) = row.cells[6], row.coming.cells
    assert free.box == there.box and not free.letters, "its place waits for it"
    assert late.box.top > there.box.top and late.box.left == there.box.left
    assert 0.0 < late.alpha < there.alpha == 1.0


def test_the_newest_flies_from_where_it_was_read() -> None:
    def middle(arriving: float) -> tuple[float, float]:
        placed = SETTER.place(token_row(7, arriving), 900.0, 20.0, 800.0, to_left=True, source=(300.0, 500.0))
        assert placed is not None
        (*_, newest) = placed.cells[:7] if placed.coming is None else placed.coming.cells
        return newest.box.centre

    assert middle(0.0) == pytest.approx((300.0, 500.0))
    there = middle(1.0)
    for u in (0.25, 0.5, 0.75):
        x, y = middle(u)
        assert (x - 300) / (there[0] - 300) == pytest.approx((y - 500) / (there[1] - 500)), "on a straight line"
        assert 300 < x < there[0]


def test_the_oldest_of_a_long_row_give_way_to_an_ellipsis() -> None:
    words = tuple(f" word{i}" for i in range(40))
    placed = place(TokenRow(words, tuple(range(40)), 30))
    assert texts(placed)[0] == "…"
    assert texts(placed)[-2:] == ["word38", "word39"], "the smallest words have no ids"
    assert placed.area.width <= 900


def test_words_shrink_before_any_is_left_out() -> None:
    words = tuple(f" word{i}" for i in range(12))
    sizes = []
    for n in (6, 9, 12):
        placed = place(TokenRow(words[:n], tuple(range(n)), n))
        sizes.append(placed.letters[0].shaped.style.size)
        assert texts(placed)[0] == "word0" and placed.area.width <= 900
    assert sizes[0] == SETTER.size > sizes[2] >= PAGE.type_size(0.0)
    assert "5" in texts(place(TokenRow(words[:6], tuple(range(6)), 6)))


def test_a_place_is_kept_as_wide_as_its_word_needs() -> None:
    words = ("The", " capital", " of", " France", " is", " Paris")
    rows = [TokenRow(words[:n], tuple(range(n)), 4, 1.0, 6, None, words[n:]) for n in (4, 5, 6)]
    boxes = [[cell.box for cell in place(row).cells] for row in rows]
    assert boxes[0] == boxes[1] == boxes[2]


def test_large_ids_keep_apart() -> None:
    letters = place(TokenRow(("a", "b", "c"), (49151, 49150, 49149), 3)).letters
    ids = [lettering.area for lettering in letters if lettering.shaped.text.isdigit()]
    assert all(b.left - a.right > 2 for a, b in itertools.pairwise(ids))


@pytest.mark.parametrize(
    ("text", "shown"),
    [(" Paris", "Paris"), ("\n\n", "↵↵"), (".\n", ".↵"), ("<|im_start|>", "<|im_start|>"), ("\x00", "·")],
)
def test_special_tokens_can_be_read(text: str, shown: str) -> None:
    assert written(text) == shown


def test_an_endless_word_is_shortened() -> None:
    placed = place(TokenRow(("a" * 200,), (5,), 1), 400.0)
    assert texts(placed)[0].endswith("…")
    assert placed.area.width <= 400


def test_tokens_of_space_can_be_seen() -> None:
    assert [written(text) for text in (" the", "\n", " ", "  ")] == ["the", "↵", "␣", "␣␣"]


def test_a_row_without_places_is_none() -> None:
    assert SETTER.place(TokenRow((), (), 0), 0.0, 0.0, 500.0, to_left=True) is None
