"""Charts on their cards: the numbers of the plot and no others, drawn where they belong, clear of one another."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from moments import SIZES, chart, explained, overlay, run, state

from render.model import Region, format_value
from render.overlay.area import Area
from render.overlay.chart import PlacedChart
from render.overlay.plots.axes import axis, tick_text
from render.overlay.plots.shapes import Block, Dot, Hatch, Patch, Raster, Stroke
from render.overlay.plots.style import readable_on
from render.theme import THEMES
from render.timeline import Bars, Chart, Curve, HeatMap, Histogram, Lines, Plot, Series, Tally

SIZE = (1920, 1080)


def place(*shown: Chart, size: tuple[int, int] = SIZE, theme: str = "light") -> list[PlacedChart]:
    items = overlay(size, theme).place(state(size, "logits", "probs", zoom=0.7, charts=shown))
    return [item for item in items if isinstance(item, PlacedChart)]


def only(shown: Chart) -> PlacedChart:
    (placed,) = place(shown)
    return placed


def texts(placed: PlacedChart) -> list[str]:
    return [lettering.shaped.text for lettering in placed.letters]


def drawn_bars(placed: PlacedChart) -> list[Block]:
    return [shape for shape in placed.drawing.shapes if isinstance(shape, Block)]


def with_plot(plot: Plot, **parts: object) -> Chart:
    return replace(chart(), plot=plot, **parts)  # type: ignore[arg-type]


def with_values(*values: float, shares: bool = True) -> Chart:
    finite = [value for value in values if np.isfinite(value)]
    span = (0.0, 1.0) if shares else (min(0.0, *finite), max(finite))
    return with_plot(Bars(tuple(f"w{i}" for i in range(len(values))), values, span, shares, 0))


def histogram() -> Chart:
    tallies = (Tally("before", (1, 5, 2), 0.05, 0.6), Tally("after", (3, 2, 3), -0.01, 1.1))
    return with_plot(Histogram((-1.5, -0.5, 0.5, 1.5), tallies, 5))


def heat_map(n: int = 6, columns: int = 6) -> Chart:
    values = np.random.default_rng(1).normal(size=(n, columns))
    hidden = np.triu(np.ones((n, columns), bool), k=1)
    labels = [tuple(str(i) for i in range(length)) for length in (n, columns)]
    return with_plot(HeatMap(("t", "s"), labels[0], labels[1], values, hidden, (-3.0, 3.0)))


def curve(marked: int = 1) -> Chart:
    x = np.linspace(-2, 2, 41)
    line = tuple(zip(x.tolist(), np.square(x).tolist(), strict=True))
    return with_plot(Curve("square", "f", line, ((-1.5, 2.25), (0.5, 0.25), (2.0, 4.0)), ("0", "1", "2"), marked))


def lines(*rows: tuple[float, ...]) -> Chart:
    series = tuple(Series(f"line {n}", row) for n, row in enumerate(rows))
    marked = 1 if len(rows) == 1 else None
    return with_plot(Lines("c", tuple(str(i) for i in range(len(rows[0]))), series, (-1.0, 2.0), marked=marked))


ALL = {
    "bars": chart(),
    "signed": with_values(-2.5, 3.25, 0.5, shares=False),
    "histogram": histogram(),
    "heat map": heat_map(),
    "large heat map": heat_map(40, 300),
    "flat heat map": heat_map(6, 192),
    "curve": curve(),
    "line": lines((0.5, 2.0, -1.0)),
    "lines": lines((0.5, 2.0, -1.0), (0.1, 0.2, 0.3)),
    "noted": replace(with_values(0.2, 0.8), note="temperature 0.25"),
}


def test_bars_are_in_proportion() -> None:
    shown = chart()
    assert isinstance(shown.plot, Bars)
    ratios = np.array([bar.area.width for bar in drawn_bars(only(shown))]) / np.array(shown.plot.values)
    assert ratios == pytest.approx(ratios.mean(), rel=0.02)


def test_shares_are_percents_of_the_traced_values() -> None:
    traced = [float(v) for v in run().steps[1]["probs"][5]]
    assert [text for text in texts(only(chart())) if "%" in text] == [f"{100 * value:.0f}%" for value in traced]


def test_what_is_no_share_is_a_number_on_its_side_of_zero() -> None:
    placed = only(with_values(-2.5, 3.25, 0.5, shares=False))
    assert texts(placed)[2::2] == [format_value(v) for v in (-2.5, 3.25, 0.5)]
    below, *above = drawn_bars(placed)
    assert below.area.right == pytest.approx(above[0].area.left) == pytest.approx(above[1].area.left)
    assert below.area.width / above[0].area.width == pytest.approx(2.5 / 3.25)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0%"),
        (1.0, "100%"),
        (0.0004, "<0.1%"),
        (0.004, "0.4%"),
        (0.9996, ">99.9%"),
        (0.996, "99.6%"),
        (0.5, "50%"),
    ],
)
def test_no_share_is_rounded_to_all_or_nothing(value: float, text: str) -> None:
    assert text in texts(only(with_values(value, 0.3)))


def test_the_marked_bar_alone_has_the_accent() -> None:
    shown = chart()
    assert isinstance(shown.plot, Bars)
    accent = overlay(SIZE).theme.accent
    placed = only(replace(shown, plot=replace(shown.plot, marked=1)))
    assert [bar.colour == accent for bar in drawn_bars(placed)] == [False, True, False]


def test_bars_rise() -> None:
    lengths = [drawn_bars(only(replace(chart(), growth=growth)))[0].area.width for growth in (0.25, 0.5, 1.0)]
    assert lengths[0] < lengths[1] < lengths[2]
    assert lengths[1] == pytest.approx(lengths[2] / 2, rel=0.01)


def test_bars_on_their_way_to_others_lie_between_and_have_their_own_numbers() -> None:
    here, there = with_values(0.2, 0.8), with_values(0.6, 0.4)
    both = [drawn_bars(only(shown))[0].area.width for shown in (here, there)]
    between = only(replace(here, other=there.plot, lean=0.25))
    assert drawn_bars(between)[0].area.width == pytest.approx(both[0] + 0.25 * (both[1] - both[0]))
    assert texts(between) == texts(only(here))


def test_of_many_values_the_largest_are_shown() -> None:
    values = np.random.default_rng(0).dirichlet(np.full(50_000, 0.01))
    placed = only(with_values(*values.tolist()))
    best = np.argsort(-values)[:10]
    assert [text for text in texts(placed) if text.startswith("w")] == [f"w{i}" for i in best]
    assert texts(placed)[-1] == f"49,990 others: {100 * (1 - values[best].sum()):.0f}%"
    scores = only(with_values(*values.tolist(), shares=False))
    assert texts(scores)[-1] == "and 49,990 more"


def test_a_hidden_value_has_no_length() -> None:
    placed = only(with_values(float("-inf"), 1.5, shares=False))
    assert "−∞" in texts(placed)
    assert drawn_bars(placed)[0].area.width < 3


def test_a_line_goes_through_its_values() -> None:
    placed = only(lines((0.5, 2.0, -1.0)))
    accent = overlay(SIZE).theme.accent
    dots = [shape for shape in placed.drawing.shapes if isinstance(shape, Dot)]
    (mark,) = [dot for dot in dots if dot.colour == accent]
    y = [dot.y for dot in dots if dot.colour != accent]
    assert (y[0] - y[1]) / (y[2] - y[1]) == pytest.approx((2.0 - 0.5) / 3.0)
    assert (mark.x, mark.y) == (dots[1].x, dots[1].y) and "2.00" in texts(placed)


def test_several_lines_have_a_legend_and_colours_that_differ() -> None:
    placed = only(lines(*((0.1 * n, 1.0, 2.0) for n in range(6))))
    assert [text for text in texts(placed) if text.startswith("line")] == [f"line {n}" for n in range(6)]
    colours = [dot.colour for dot in placed.drawing.shapes if isinstance(dot, Dot)]
    assert len(set(colours)) == 6 and overlay(SIZE).theme.accent not in colours
    assert len(placed.leaders) <= 1


def test_bins_are_as_high_as_their_counts() -> None:
    placed = only(histogram())
    patches = [shape for shape in placed.drawing.shapes if isinstance(shape, Patch)]
    for patch, counts in zip(patches, ((1, 5, 2), (3, 2, 3)), strict=True):
        heights = patch.points[0, 1] - patch.points[1:-1:2, 1]
        assert heights / heights.max() == pytest.approx(np.array(counts) / max(counts))
    assert "mean 0.050, deviation 0.60" in texts(placed) and "mean −0.010, deviation 1.10" in texts(placed)
    assert {"before", "after", "count"} <= set(texts(placed))


def test_cells_of_a_heat_map_have_their_numbers_and_colours() -> None:
    shown = heat_map()
    assert isinstance(shown.plot, HeatMap)
    placed = only(shown)
    values = [format_value(float(v)) for v in shown.plot.values[~shown.plot.hidden]]
    assert [text for text in texts(placed) if "." in text] == values
    (raster,) = [shape for shape in placed.drawing.shapes if isinstance(shape, Raster)]
    np.testing.assert_array_equal(raster.colours[..., 3] == 0, shown.plot.hidden)
    green, red = raster.colours[..., 1].astype(int), raster.colours[..., 0].astype(int)
    known = ~shown.plot.hidden & (np.abs(shown.plot.values) > 0.2)
    np.testing.assert_array_equal((green > red)[known], (shown.plot.values > 0)[known])
    assert sum(isinstance(shape, Hatch) for shape in placed.drawing.shapes) == shown.plot.hidden.sum()


def test_a_large_heat_map_has_a_scale_and_no_numbers() -> None:
    placed = only(heat_map(40, 300))
    assert {"2", "0", "−2"} <= set(texts(placed)) and not any("." in text for text in texts(placed))


@pytest.mark.parametrize("lean", [0.0, 0.3])
def test_the_mark_of_a_curve_lies_on_it(lean: float) -> None:
    shown, other = curve(1), curve(2)
    placed = only(replace(shown, other=other.plot, lean=lean))
    accent = overlay(SIZE).theme.accent
    (mark,) = [shape for shape in placed.drawing.shapes if isinstance(shape, Dot) and shape.colour == accent]
    dots = [shape for shape in placed.drawing.shapes if isinstance(shape, Dot) and shape.colour != accent]
    # pixels of y: two dots of known values give the scale
    scale = (dots[0].y - dots[2].y) / (2.25 - 4.0)
    x = 0.5 + lean * 1.5
    assert (mark.y - dots[1].y) / scale == pytest.approx(x * x - 0.25, abs=1e-6)
    assert (mark.x - dots[0].x) / (dots[2].x - dots[0].x) == pytest.approx((x + 1.5) / 3.5)
    assert "f = 1:  square(0.50) = 0.25" in texts(placed)


# --- all of them ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", list(ALL))
def test_charts_lie_in_the_picture_and_take_a_third_of_it(name: str, size: tuple[int, int]) -> None:
    (placed,) = place(ALL[name], size=size)
    assert overlay(size).page.picture.holds(placed.area)
    assert placed.area.width * placed.area.height < size[0] * size[1] / 3
    for lettering in placed.letters:
        assert placed.area.holds(lettering.area), lettering.shaped.text
        assert lettering.shaped.style.size >= 0.014 * min(size[1], 16 / 9 * size[0]) - 1e-6
    for shape in placed.drawing.shapes:
        if isinstance(shape, Stroke | Patch):
            assert placed.area.holds(Area.around(shape.points))
        elif isinstance(shape, Block | Raster | Hatch):
            assert placed.area.holds(shape.area)


@pytest.mark.parametrize("name", list(ALL))
def test_letters_of_a_chart_do_not_run_into_each_other(name: str) -> None:
    for a, b in combinations(only(ALL[name]).letters, 2):
        assert not a.area.overlaps(b.area), (a.shaped.text, b.shaped.text)


@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("name", list(ALL))
def test_text_on_charts_has_enough_contrast(name: str, theme: str) -> None:
    for lettering in place(ALL[name], theme=theme)[0].letters:
        assert contrast(lettering.shaped.style.colour, lettering.ground) >= 4.5, lettering.shaped.text


def contrast(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    lighter, darker = sorted((luminance(a), luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: tuple[float, ...]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_black_or_white_stands_out_from_any_colour() -> None:
    for ground in np.random.default_rng(0).random((500, 3)).tolist():
        assert contrast(readable_on(tuple(ground)), tuple(ground)) >= 4.5


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("names", [("bars", "curve"), ("histogram", "lines", "bars"), ("heat map", "curve", "signed")])
def test_charts_and_cards_do_not_overlap(names: tuple[str, ...], size: tuple[int, int]) -> None:
    shown = tuple(replace(ALL[name], id=n) for n, name in enumerate(names))
    # A card that there is room for beside two charts.
    parts = explained("h.0.attn.att_softmax", h=0, t=5, s=2)
    items = overlay(size).place(state(size, "h.0.attn.att_softmax", charts=shown, **parts))
    cards = [item for item in items if item.name in ("chart", "card")]
    assert len(cards) == len(names) + 1
    for a, b in combinations([card for card in cards if card.name == "chart"], 2):
        assert not a.area.overlaps(b.area)
    if size in ((1920, 1080), (1280, 720), (640, 360)) and len(names) == 2:
        for a, b in combinations(cards, 2):
            assert not a.area.overlaps(b.area)


def test_a_chart_stays_in_its_place_while_its_content_changes() -> None:
    home = Region("probs", ((0, 6), (0, 3)))
    swept = [
        replace(with_values(*values), home=home, regions=(Region("probs", ((t, t + 1), (0, 3))),), note=f"t = {t}")
        for t, values in enumerate([(0.0004, 0.9996), (0.5, 0.5), (1.0, 0.0)])
    ]
    assert len({only(shown).area for shown in swept}) == 1


def test_a_second_chart_leaves_the_first_in_its_place() -> None:
    first = only(ALL["bars"])
    assert place(ALL["bars"], replace(ALL["curve"], id=1))[0].area == first.area


@pytest.mark.parametrize(
    ("span", "texts"),
    [
        ((0.0, 1.0), ["0", "0.5", "1.0"]),
        ((-2.2, 1.7), ["−3", "−2", "−1", "0", "1", "2"]),
        ((0.0, 0.031), ["0", "0.01", "0.02", "0.03", "0.04"]),
        ((0.0, 17.0), ["0", "5", "10", "15", "20"]),
    ],
)
def test_ticks_are_round_numbers(span: tuple[float, float], texts: list[str]) -> None:
    found = axis(span, 4)
    assert found.low <= span[0] and found.high >= span[1]
    assert [text for _, text in found.ticks] == texts


def test_ticks_of_shares_are_percents() -> None:
    assert tick_text(0.25, 0.05, percent=True) == "25%"
    assert tick_text(0.0, 0.05, percent=True) == "0%"


def test_a_swept_heat_map_does_not_change_its_size() -> None:
    sizes = set()
    for scale in (0.1, 1.0, 30.0):
        shown = heat_map()
        assert isinstance(shown.plot, HeatMap)
        plot = replace(shown.plot, values=shown.plot.values * scale)
        sizes.add(only(replace(shown, plot=plot, note="h = 1")).area)
    assert len(sizes) == 1


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720)])
def test_charts_that_come_together_stand_in_a_row_in_order(size: tuple[int, int]) -> None:
    names = ("bars", "bars", "bars")
    shown = tuple(replace(ALL[name], id=n, came=1.5) for n, name in enumerate(names))
    placed = overlay(size).place(state(size, "h.0.attn.att", charts=shown))
    areas = [item.area for item in placed if item.name == "chart"]
    assert len(areas) == 3
    for before, after in pairwise(areas):
        assert before.right < after.left and before.centre[1] == pytest.approx(after.centre[1])
