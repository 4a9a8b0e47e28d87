"""A formula on its card says what the formula says: as mathematics, and below it with its numbers."""

from __future__ import annotations

from itertools import groupby

import pytest
from moments import explained, run

from render.model import Formula
from render.model.maths import Symbol, symbols
from render.overlay.formula import FormulaSetter, SetFormula
from render.overlay.page import Page
from render.overlay.text import Lettering
from render.theme import LIGHT

SETTER = FormulaSetter(Page((1920, 1080)), LIGHT)


def formula(name: str, products: int = 3, **index: int) -> Formula:
    found = explained(name, products, **index)["card"]
    return found.formula  # type: ignore[attr-defined, no-any-return]


CASES = [
    formula("embed", t=3, c=7),
    formula("h.0.attn.q", h=0, t=3, a=2),
    formula("h.0.attn.q", 24, h=0, t=3, a=2),
    formula("h.0.attn.att_softmax", h=1, t=4, s=2),
    formula("h.0.attn.att", h=0, t=1, s=4),
    formula("h.0.ln_1.std", t=2),
    formula("h.0.attn.att_max", h=0, t=5),
    formula("wte.weight", v=1, c=2),
]


def said(letters: tuple[Lettering, ...]) -> str:
    return "".join(lettering.shaped.text for lettering in letters)


def numbers(made: SetFormula, case: Formula) -> tuple[Lettering, ...]:
    """The letters of the numbers, when none is left out."""
    return made.letters[-len(case.numbers) :]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.result.tensor)
@pytest.mark.parametrize("width", [300.0, 700.0, 1200.0])
def test_all_terms_are_there_whole_and_in_order(case: Formula, width: float) -> None:
    made = SETTER.set(case, width, 5000.0)
    assert [lettering.shaped.text for lettering in numbers(made, case)] == [term.text for term in case.numbers]
    dims = run().graph[case.result.tensor].dims
    index = ",".join(f"{d}={low}" for d, (low, _) in zip(dims, case.result.ranges, strict=True))
    assert said(made.letters).startswith(f"{case.equation.left.text}{index} = ")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.result.tensor)
def test_symbols_and_numbers_have_the_colour_of_what_they_stand_for(case: Formula) -> None:
    made = SETTER.set(case, 1200.0, 5000.0)
    for lettering, term in zip(numbers(made, case), case.numbers, strict=True):
        if term.kind in LIGHT.tones:
            assert lettering.shaped.style.colour == LIGHT.tones[term.kind].text  # type: ignore[index]
        if term.kind == "result":
            assert lettering.shaped.style.colour == LIGHT.accent_text
    drawn = [(each.shaped.text, each.shaped.style.colour) for each in made.letters if each.shaped.style.italic]
    for symbol in (case.equation.left, *symbols(case.equation.right)):
        drawn.remove((symbol.text, colour(symbol)))  # each is drawn once for every time that it is read


def colour(symbol: Symbol) -> tuple[float, float, float]:
    return LIGHT.accent_text if symbol.kind == "result" else LIGHT.tones[symbol.kind].text


def test_lines_break_before_a_plus() -> None:
    made = SETTER.set(CASES[2], 700.0, 5000.0)
    lines = [list(line) for _, line in groupby(numbers(made, CASES[2]), key=lambda lettering: lettering.baseline)]
    assert len(lines) == made.lines > 3
    assert all(line[0].shaped.text == " + " for line in lines[1:])
    assert max(lettering.area.right for lettering in made.letters) <= 700


def test_equals_signs_stand_below_one_another() -> None:
    made = SETTER.set(CASES[1], 1200.0, 5000.0)
    signs = [lettering.x for lettering in made.letters if lettering.shaped.text == " = "]
    assert len(signs) == 2
    assert signs[0] == pytest.approx(signs[1])


def test_what_does_not_fit_gets_smaller_and_then_is_cut() -> None:
    whole = SETTER.set(CASES[2], 700.0, 5000.0)
    smaller = SETTER.set(CASES[2], 700.0, 0.8 * whole.height)
    assert said(smaller.letters) == said(whole.letters)
    assert smaller.height <= 0.8 * whole.height
    cut = SETTER.set(CASES[2], 700.0, 180.0)
    assert said(cut.letters).endswith("…")
    assert cut.height <= 180
    assert min(lettering.shaped.style.size for lettering in cut.letters) >= 0.014 * 1080


def test_the_first_number_of_every_other_tensor_is_tied_to_its_cell() -> None:
    made = SETTER.set(CASES[1], 1200.0, 5000.0)
    tensors = [term.cell.tensor for _, term in made.tied if term.cell is not None]
    assert tensors == ["h.0.attn.c_attn.bias", "h.0.ln_1.out", "h.0.attn.c_attn.weight"]
    for i, term in made.tied:
        assert made.letters[i].shaped.text == term.text
