"""Bars as long as their values, with the numbers of the chart and no others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from moments import chart, overlay, run, state

from render.model import format_value
from render.overlay.chart import PlacedChart
from render.timeline import Chart

SIZE = (1920, 1080)


def place(shown: Chart) -> PlacedChart:
    items = overlay(SIZE).place(state(SIZE, "logits", "probs", zoom=0.7, chart=shown))
    (placed,) = (item for item in items if isinstance(item, PlacedChart))
    return placed


def texts(placed: PlacedChart) -> list[str]:
    return [lettering.shaped.text for lettering in placed.letters]


def with_values(*values: float) -> Chart:
    return replace(chart(), values=values, labels=tuple(f"w{i}" for i in range(len(values))), marked=0)


def test_bars_are_in_proportion() -> None:
    shown = chart()
    lengths = [bar.area.width for bar in place(shown).bars]
    ratios = np.array(lengths) / np.array(shown.values)
    assert ratios == pytest.approx(ratios.mean(), rel=0.02)


def test_shares_are_percents_of_the_traced_values() -> None:
    shown = chart()
    assert shown.values == tuple(float(v) for v in run().steps[1]["probs"][5])
    assert [text for text in texts(place(shown)) if "%" in text] == [f"{100 * value:.0f}%" for value in shown.values]


def test_what_is_no_share_is_a_number() -> None:
    assert texts(place(with_values(-2.5, 3.25, 0.5)))[2::2] == [format_value(v) for v in (-2.5, 3.25, 0.5)]


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
    assert text in texts(place(with_values(value, 0.3)))


def test_the_marked_bar_alone_has_the_accent() -> None:
    shown = replace(chart(), marked=1)
    accent = overlay(SIZE).theme.accent
    assert [bar.colour == accent for bar in place(shown).bars] == [False, True, False]


def test_bars_rise() -> None:
    lengths = [place(replace(chart(), growth=growth)).bars[0].area.width for growth in (0.25, 0.5, 1.0)]
    assert lengths[0] < lengths[1] < lengths[2]
    assert lengths[1] == pytest.approx(lengths[2] / 2, rel=0.01)


def test_of_many_values_the_largest_are_shown() -> None:
    values = np.random.default_rng(0).dirichlet(np.full(50_000, 0.01))
    placed = place(with_values(*values.tolist()))
    best = np.argsort(-values)[:10]
    assert [text for text in texts(placed) if text.startswith("w")] == [f"w{i}" for i in best]
    assert texts(placed)[-1] == "and 49,990 more"


def test_a_hidden_value_has_no_length() -> None:
    placed = place(with_values(float("-inf"), 1.5))
    assert "−∞" in texts(placed)
    assert placed.bars[0].area.width < 3
