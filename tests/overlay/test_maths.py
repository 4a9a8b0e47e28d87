"""Typeset mathematics: every piece in its place, nothing over anything, no letter too small."""

from __future__ import annotations

from itertools import combinations

import pytest
import skia
from moments import run

from render.model import Graph, LlamaConfig, general
from render.model.equation import particular
from render.model.maths import (
    Alternatives,
    BigOperator,
    Fenced,
    Floor,
    Fraction,
    Maths,
    Power,
    Root,
    Row,
    Sign,
    Symbol,
    Text,
    Variable,
    symbols,
)
from render.overlay import fonts
from render.overlay.area import Area
from render.overlay.maths import MathsSetter, SetEquation
from render.overlay.page import Page
from render.overlay.set_maths import SetMaths
from render.overlay.text import Lettering
from render.theme import LIGHT, THEMES

GRAPH = run().graph
LLAMA = LlamaConfig(24, 1, 6, 40, 7, num_key_value_heads=2, head_dim=8, rope_factors=(1.0, 1.0, 2.0, 4.0)).graph(6)
COMPUTED = [
    pytest.param(graph, name, id=f"{family}-{name}")
    for family, graph in (("gpt2", GRAPH), ("llama", LLAMA))
    for name, spec in graph.items()
    if spec.formula is not None and not name.startswith("h.1")
]
SIZE = 40.0
LEAST = {size: Page(size).type_size(0.0) for size in ((1920, 1080), (1080, 1920))}
SETTER = MathsSetter(LIGHT, 16.0)
X, Y = Text("4"), Text("2")


def made(graph: Graph, name: str, size: tuple[int, int], *, one: bool) -> SetEquation:
    """The formula of a tensor as a card of a frame has it."""
    least = LEAST[size]
    spec = graph[name]
    equation = particular(graph, name, spec.at((0,) * len(spec.dims))) if one else general(graph, name)
    return MathsSetter(LIGHT, least).equation(equation, max(0.03 * size[1], least / 0.68), 900.0)


def piece(maths: Maths) -> SetMaths:
    return SETTER.set(maths, SIZE)


def areas(made: SetMaths) -> dict[str, Area]:
    return {lettering.shaped.text: lettering.area for lettering in made.letters}


def outlines(made: SetMaths | SetEquation) -> list[skia.Path]:
    """The outlines of glyphs and fraction bars; not of radicals, which are joined from strokes."""
    bars = [stroke for stroke in made.strokes if len(stroke.points) == 2 and stroke.points[0][1] == stroke.points[1][1]]
    found = [outline(lettering) for lettering in made.letters]
    for bar in bars:
        path = skia.Path()
        path.addRect(bar.area.rect)
        found.append(path)
    return found


def outline(lettering: Lettering) -> skia.Path:
    style = lettering.shaped.style
    font = skia.Font(fonts.typeface(style.weight, style.italic), style.size)
    glyphs = font.textToGlyphs(lettering.shaped.text)
    whole = skia.Path()
    x = lettering.x
    for glyph, width in zip(glyphs, font.getWidths(glyphs), strict=True):
        path = font.getPath(glyph)
        path.offset(x, lettering.baseline)
        whole.addPath(path)
        x += width
    return whole


def covered(path: skia.Path) -> Area:
    bounds = path.computeTightBounds()
    return Area(bounds.left(), bounds.top(), bounds.right(), bounds.bottom())


def assert_apart(made: SetMaths | SetEquation) -> None:
    """No outline runs into another."""
    for a, b in combinations(outlines(made), 2):
        if covered(a).overlaps(covered(b)):
            common = skia.Op(a, b, skia.PathOp.kIntersect_PathOp)
            assert common.isEmpty(), (covered(a), covered(b))


@pytest.mark.parametrize("size", list(LEAST), ids=str)
@pytest.mark.parametrize("one", [True, False])
@pytest.mark.parametrize(("graph", "name"), COMPUTED)
def test_nothing_overlaps_and_all_lies_within(graph: Graph, name: str, one: bool, size: tuple[int, int]) -> None:
    formula = made(graph, name, size, one=one)
    assert_apart(formula)
    # Italics lean a little out of their room, into the card's padding.
    whole = Area(0.0, 0.0, formula.width, formula.height).grown(0.2 * LEAST[size])
    for area in (*(covered(path) for path in outlines(formula)), *(stroke.area for stroke in formula.strokes)):
        assert whole.holds(area)


@pytest.mark.parametrize("size", list(LEAST), ids=str)
@pytest.mark.parametrize(("graph", "name"), COMPUTED)
def test_no_letter_is_too_small(graph: Graph, name: str, size: tuple[int, int]) -> None:
    sizes = {lettering.shaped.style.size for lettering in made(graph, name, size, one=True).letters}
    assert min(sizes) >= 0.014 * size[1] - 1e-6
    assert len(sizes) > 1


@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize(("graph", "name"), COMPUTED)
def test_symbols_have_the_colour_of_their_tensor_and_operators_none(graph: Graph, name: str, theme: str) -> None:
    colours = THEMES[theme]
    equation = general(graph, name)
    formula = MathsSetter(colours, 16.0).equation(equation, SIZE, 2000.0)
    drawn = [(each.shaped.text, each.shaped.style.colour) for each in formula.letters]
    words = [each.shaped for each in formula.letters if each.shaped.text in (*"+−=(√·<≤≥", "GELU", "SiLU", "if")]
    for symbol in (equation.left, *symbols(equation.right)):
        drawn.remove((symbol.text, own(symbol, theme)))
    kinds = {own(symbol, theme) for symbol in (equation.left, *symbols(equation.right))}
    assert all(colour in kinds | {colours.muted} for _, colour in drawn)
    # What stands in an index has the colour of its symbol.
    assert all(word.style.colour == colours.muted for word in words if word.style.size == SIZE or graph is GRAPH)
    assert all(stroke.colour == colours.muted for stroke in formula.strokes)


def own(symbol: Symbol, theme: str) -> tuple[float, float, float]:
    return THEMES[theme].accent_text if symbol.kind == "result" else THEMES[theme].tones[symbol.kind].text


def test_a_fraction_has_its_bar_between_its_parts_on_the_axis() -> None:
    fraction = piece(Fraction(Text("7"), Row((X, Sign("+"), Y))))
    (bar,) = fraction.strokes
    found = areas(fraction)
    assert found["7"].bottom < bar.area.top < bar.area.bottom < found["4"].top
    assert found["7"].centre[0] == pytest.approx(bar.area.centre[0], abs=0.1)
    assert bar.area.left < found["4"].left and found["2"].right < bar.area.right
    (minus,) = piece(Text("−")).letters
    assert bar.points[0][1] == pytest.approx(minus.baseline - 0.287 * SIZE)


def test_fractions_stand_in_fractions() -> None:
    nested = piece(Fraction(Fraction(X, Y), Text("7")))
    inner, outer = sorted((stroke.area for stroke in nested.strokes), key=lambda area: area.width)
    assert inner.bottom < outer.top
    assert areas(nested)["2"].bottom < outer.top < outer.bottom < areas(nested)["7"].top


def test_a_root_grows_with_what_it_holds() -> None:
    low, high = piece(Root(X)), piece(Root(Fraction(X, Y)))
    for root in (low, high):
        radical = Area.union(stroke.area for stroke in root.strokes)
        inside = Area.union(lettering.area for lettering in root.letters)
        assert radical.top < inside.top and radical.left < inside.left and radical.right > inside.right
    assert high.ascent > low.ascent and high.descent > low.descent


def test_powers_are_raised_and_small() -> None:
    power = piece(Power(Text("e"), Row((X, Sign("−"), Y))))
    base, *exponent = power.letters
    for lettering in exponent:
        assert lettering.baseline < base.baseline
        assert lettering.shaped.style.size == pytest.approx(0.68 * SIZE)
        assert lettering.area.left >= base.area.right
    tall = piece(Power(Fenced(Fraction(X, Y)), Text("9")))
    assert areas(tall)["9"].top < areas(tall)["4"].top


@pytest.mark.parametrize("sign", ["Σ", "max"])
def test_big_operators_have_below_them_what_they_run_over(sign: str) -> None:
    body = Text("7")
    made = piece(BigOperator(sign, Row((Variable("s"), Sign("≤"), Variable("t"))), body))  # type: ignore[arg-type]
    found = areas(made)
    sigma = made.strokes[0].area if sign == "Σ" else found["max"]
    limit = Area.union(found[text] for text in "s≤t")
    assert limit.top > sigma.bottom - (0.242 * SIZE if sign == "max" else 0)
    assert limit.centre[0] == pytest.approx(sigma.centre[0], abs=0.06 * SIZE)
    assert found["7"].left > max(sigma.right, limit.right)
    assert sign == "max" or sigma.height > 1.2 * SIZE


def test_brackets_are_as_tall_as_what_they_hold() -> None:
    flat = piece(Fenced(X))
    assert not flat.strokes and {"(", ")"} < set(areas(flat))
    tall = piece(Fenced(Fraction(X, Fraction(X, Y)), "GELU"))
    left, right = (stroke.area for stroke in tall.strokes if stroke.bent)
    inside = Area.union(lettering.area for lettering in tall.letters if lettering.shaped.text != "GELU")
    for bracket in (left, right):
        assert bracket.top <= inside.top and bracket.bottom >= inside.bottom
    assert areas(tall)["GELU"].right < left.left + 0.05 * SIZE < left.right < inside.left < inside.right < right.left


def test_alternatives_stand_below_one_another_behind_a_brace() -> None:
    rows = ((Row((X, Sign("+"), Text("7"))), Text("8")), (Text("3"), Text("9")))
    made = piece(Alternatives(rows))
    found = areas(made)
    assert found["4"].bottom < found["3"].top and found["8"].bottom < found["9"].top
    assert found["4"].left == pytest.approx(found["3"].left, abs=0.05 * SIZE)
    assert found["8"].left == pytest.approx(found["9"].left, abs=0.05 * SIZE) and found["8"].left > found["7"].right
    brace = Area.union(stroke.area for stroke in made.strokes)
    assert brace.right < found["4"].left
    assert brace.top <= found["4"].top and brace.bottom >= found["3"].bottom
    (minus,) = piece(Text("−")).letters
    assert brace.centre[1] == pytest.approx(minus.baseline - 0.287 * SIZE, abs=0.05 * SIZE)


def test_what_is_rounded_down_stands_between_brackets_with_a_foot() -> None:
    made = piece(Floor(Fraction(X, Y)))
    left, right = (stroke for stroke in made.strokes if len(stroke.points) == 3)
    inside = Area.union(lettering.area for lettering in made.letters)
    assert left.area.right < inside.left and inside.right < right.area.left
    for stroke in (left, right):
        assert stroke.area.top <= inside.top and stroke.area.bottom >= inside.bottom
        (x, _), (_, bottom), (foot, _) = stroke.points
        assert bottom == max(y for _, y in stroke.points)
        assert (foot - x) * (1 if stroke is left else -1) > 0


def test_a_gather_stands_in_the_index() -> None:
    found = made(GRAPH, "embed", (1920, 1080), one=False)
    letters = {lettering.shaped.text: lettering for lettering in found.letters}
    table, token = letters["wte"], letters["token"]
    inner = [each for each in found.letters if each.shaped.text == "t" and each.baseline > token.baseline]
    assert table.baseline < token.baseline and len(inner) == 1
    assert inner[0].shaped.style.size < token.shaped.style.size < table.shaped.style.size
    assert token.shaped.style.colour == LIGHT.tones["token"].text != table.shaped.style.colour


def test_a_right_side_that_is_too_wide_breaks_before_a_plus() -> None:
    equation = general(GRAPH, "h.0.attn.q")
    wide = SETTER.equation(equation, SIZE, 2000.0)
    narrow = SETTER.equation(equation, SIZE, 0.9 * wide.width)
    assert narrow.width <= 0.9 * wide.width
    assert narrow.height > wide.height
    plus = next(lettering for lettering in narrow.letters if lettering.shaped.text == "+")
    assert plus.baseline > narrow.letters[0].baseline
    assert [each.shaped.text for each in narrow.letters] == [each.shaped.text for each in wide.letters]
    assert_apart(narrow)


def test_what_runs_into_each_other_is_found() -> None:
    seven = piece(X)
    with pytest.raises(AssertionError):
        assert_apart(SetMaths(seven.width, 0.0, 0.0, (*seven.letters, *seven.moved(3.0, 2.0).letters)))
