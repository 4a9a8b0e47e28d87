"""Light markup: what is emphasis, what is maths, what stands for itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.overlay.markup import Span, parse, plain


def test_words_are_split_at_spaces_only() -> None:
    assert parse("two  words\nhere") == ((Span("two"),), (Span("words"),), (Span("here"),))


def test_emphasis_runs_over_words_and_ends_inside_one() -> None:
    assert parse("a *b c*.") == (
        (Span("a"),),
        (Span("b", emphasis=True),),
        (Span("c", emphasis=True), Span(".")),
    )


@pytest.mark.parametrize("text", ["3 * 4 = 12", "a * b", "*", "5$", "costs $ 5", "a lone $ sign", "*open"])
def test_marks_without_a_partner_stand_for_themselves(text: str) -> None:
    assert plain(text) == text


def test_a_backslash_takes_the_meaning_away() -> None:
    assert plain(r"\*not\* \$x\$ \\") == r"*not* $x$ \\".replace("\\\\", "\\")
    assert not any(span.emphasis or span.italic for word in parse(r"\*not\* \$x\$") for span in word)


def test_maths_sets_letters_in_italics_and_indices_below_or_above() -> None:
    ((x, t, two),) = parse("$x_t^2$")
    assert (x.text, x.italic, x.script) == ("x", True, "")
    assert (t.text, t.italic, t.script) == ("t", True, "sub")
    assert (two.text, two.italic, two.script) == ("2", False, "super")


def test_maths_groups_symbols_and_functions() -> None:
    (word,) = parse(r"$\sum_{t-1} exp(x_{ij}) \times \text{of all}$")
    assert "".join(span.text for span in word).replace("\u00a0", " ") == "Σt−1exp(xij) × of all"
    assert [span.text for span in word if span.script == "sub"] == ["t", "−", "1", "ij"]
    assert not any(span.italic for span in word if span.text in ("exp", "of\u00a0all", "Σ"))


def test_a_sign_is_spaced_as_an_operation_only_between_two_things() -> None:
    assert plain("$-x$") == "−x"
    assert plain("$a-x$") == "a − x"
    assert plain("$y=-x$") == "y = −x"


def test_maths_stays_on_one_line_and_keeps_the_comma_after_it() -> None:
    assert len(parse("$a + b$, c")) == 2


def test_typographic_signs() -> None:
    assert plain('it\'s -0.5 - "about"...') == "it’s −0.5 – “about”…"
    assert plain("h-1 and 2-3 stay, x2-y too") == "h-1 and 2-3 stay, x2-y too"


@given(st.text(alphabet="ab *$\\_^{}1-", max_size=24))
def test_any_text_can_be_parsed(text: str) -> None:
    for word in parse(text):
        assert all(span.text for span in word)
