"""Plots and sweeps over time, against numpy on the trace."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from films import timeline

from render.model import Region
from render.timeline import Bars, Chart, Curve, HeatMap, Histogram, Lines, Readings, forms
from render.timeline.round_step import round_step
from render.timeline.timeline import Timeline


def last(film: Timeline, index: int = 0, before: float = 0.5) -> Chart:
    return film.state(film.duration - before).charts[index]


def film_of(*actions: str) -> Timeline:
    return timeline("- id: a\n  do:\n" + "".join(f"    - {action}\n" for action in actions))


def softmaxed(scores: np.ndarray, temperature: float) -> np.ndarray:
    powers = np.exp(scores.astype(np.float64) / temperature)
    return powers / powers.sum()


@pytest.mark.parametrize("temperature", [0.25, 1.0, 4.0])
def test_bars_through_softmax(temperature: float) -> None:
    film = film_of(f'{{chart: "logits[t=5]", through: softmax, temperature: {temperature}}}')
    chart = last(film)
    assert isinstance(chart.plot, Bars) and chart.plot.shares and chart.note == f"temperature {temperature:g}"
    np.testing.assert_allclose(chart.plot.values, softmaxed(film.run.steps[0]["logits"][5], temperature), rtol=1e-9)


def test_through_exp_and_prediction() -> None:
    film = film_of('{chart: "logits[t=5]", through: exp}', '{chart: "h.2.resid[t=5]", through: prediction}')
    exp, prediction = last(film).plot, last(film, 1).plot
    assert isinstance(exp, Bars) and isinstance(prediction, Bars)
    trace = film.run.steps[0]
    np.testing.assert_allclose(exp.values, np.exp(trace["logits"][5].astype(np.float64)))
    np.testing.assert_allclose(prediction.values, trace["probs"][5], atol=1e-6)
    assert prediction.labels == ("A", "B", "C") and not exp.shares and prediction.shares


def test_through_argmax_the_largest_has_all() -> None:
    film = film_of('{chart: "logits[t=1]", through: argmax}')
    plot = last(film).plot
    assert isinstance(plot, Bars) and plot.shares
    assert plot.values == tuple(float(k == film.run.steps[0]["logits"][1].argmax()) for k in range(3))


def test_a_histogram_counts_every_value() -> None:
    film = film_of('{chart: ["embed[t=5]", "h.0.ln_1.out[t=5]"], as: histogram, names: [before, after]}')
    plot = last(film).plot
    assert isinstance(plot, Histogram)
    assert plot.edges == pytest.approx(np.round(np.array(plot.edges) / 0.2) * 0.2), "round edges"
    trace = film.run.steps[0]
    for tally, values in zip(plot.series, (trace["embed"][5], trace["h.0.ln_1.out"][5]), strict=True):
        counts = [
            sum(low <= value < high for value in values.astype(np.float64).tolist())
            for low, high in itertools.pairwise(plot.edges)
        ]
        assert tally.counts == tuple(counts) and sum(counts) == len(values)
        assert tally.mean == pytest.approx(values.mean(), abs=1e-6)
        assert tally.deviation == pytest.approx(values.std(), rel=1e-5)
    assert [tally.name for tally in plot.series] == ["before", "after"]
    assert plot.most == max(max(tally.counts) for tally in plot.series)


def test_a_histogram_leaves_out_what_the_mask_hides() -> None:
    plot = last(film_of("{chart: h.0.attn.att, as: histogram}")).plot
    assert isinstance(plot, Histogram) and sum(plot.series[0].counts) == 3 * 21


@pytest.mark.parametrize("name", ["att", "att_softmax"])
def test_a_heat_map_is_the_matrix_with_its_mask(name: str) -> None:
    film = film_of(f'{{chart: "h.0.attn.{name}[h=1]", as: heat_map}}')
    plot = last(film).plot
    assert isinstance(plot, HeatMap)
    np.testing.assert_array_equal(plot.values, film.run.steps[0][f"h.0.attn.{name}"][1].astype(np.float64))
    np.testing.assert_array_equal(plot.hidden, np.triu(np.ones((6, 6), bool), k=1))
    assert plot.rows == plot.columns == tuple("CBABBC") and plot.dims == ("t", "s")
    assert plot.shares == (name == "att_softmax")
    assert plot.span == ((0.0, 1.0) if plot.shares else (-plot.span[1], plot.span[1]))


def gelu(x: float) -> float:
    return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def test_points_of_a_curve_lie_on_the_function() -> None:
    film = film_of('{chart: "h.0.mlp.act[t=5]", as: curve}')
    plot = last(film).plot
    assert isinstance(plot, Curve) and plot.function == "gelu" and plot.along == "f"
    trace = film.run.steps[0]
    inputs, outputs = trace["h.0.mlp.fc"][5], trace["h.0.mlp.act"][5]
    np.testing.assert_array_equal(np.array(plot.pairs, np.float32), np.stack([inputs, outputs], 1))
    assert all(y == pytest.approx(gelu(x), abs=1e-6) for x, y in plot.pairs)
    assert all(y == pytest.approx(gelu(x), abs=1e-9) for x, y in plot.line)
    assert (plot.line[0][0], plot.line[-1][0]) == (float(inputs.min()), float(inputs.max()))
    assert plot.marked == int(outputs.argmax())


def test_lines_are_rows_with_names_that_tell_them_apart() -> None:
    film = film_of('{chart: ["h.0.attn.att_softmax[h=0,t=5]", "h.0.attn.att_softmax[h=2,t=5]"], as: line}')
    plot = last(film).plot
    assert isinstance(plot, Lines) and plot.shares and plot.labels == tuple("CBABBC") and plot.marked is None
    assert [series.name for series in plot.series] == ["h = 0", "h = 2"]
    for series, h in zip(plot.series, (0, 2), strict=True):
        values = film.run.steps[0]["h.0.attn.att_softmax"][h, 5]
        np.testing.assert_array_equal(np.array(series.values, np.float32), values)


# --- sweeps -----------------------------------------------------------------------------------------------------


def test_a_temperature_goes_in_equal_ratios_and_is_computed_anew() -> None:
    film = film_of(
        '{chart: "logits[t=5]", through: softmax, over: 1s}',
        "{sweep: temperature, from: 0.25, to: 4, over: 6s, ease: linear}",
        "{wait: 1s}",
    )
    start = 1.3
    lead = 0.3
    scores = film.run.steps[0]["logits"][5]
    for part in (0.0, 0.3, 0.5, 0.8, 1.0):
        t = start + lead + part * (6 - lead) + (1e-9 if part == 0 else 0)
        chart = film.state(min(t, start + 6.0)).charts[0]
        temperature = 0.25 * 16**part
        assert isinstance(chart.plot, Bars)
        np.testing.assert_allclose(chart.plot.values, softmaxed(scores, temperature), rtol=1e-5)
        assert chart.note == f"temperature {temperature:.2f}" and chart.plot.span == (0.0, 1.0)
    after = last(film)
    assert after.note == "temperature 4.00" and after.lean == 0
    assert film.state(0.9).charts[0].note == "temperature 1.00"


def test_a_sweep_goes_from_place_to_place() -> None:
    film = film_of('{chart: "probs[t=5]", over: 1s}', "{sweep: t, from: 0, to: 5, over: 6s}")
    seen: list[int] = []
    for k in range(int(1.31 * 50), int(film.duration * 50)):
        chart = film.state(k / 50).charts[0]
        (region,) = chart.regions
        t = region.ranges[0][0]
        assert isinstance(chart.plot, Bars)
        np.testing.assert_array_equal(np.array(chart.plot.values, np.float32), film.run.steps[0]["probs"][t])
        assert chart.note == f"t = {t} ({'CBABBC'[t]})" and 0 <= chart.lean <= 1
        assert chart.home == Region("probs", ((0, 6), (0, 3)))
        if not seen or seen[-1] != t:
            seen.append(t)
    assert seen == [0, 1, 2, 3, 4, 5]
    still = [film.state(1.3 + 0.3 + k * 5.7 / 6 + 0.3).charts[0].lean for k in range(6)]
    assert still == [0] * 6


def drawn(chart: Chart) -> np.ndarray:
    assert isinstance(chart.plot, Bars)
    here = np.array(chart.plot.values)
    return here if not isinstance(chart.other, Bars) else here + chart.lean * (np.array(chart.other.values) - here)


def test_bars_move_without_jumps_while_an_index_is_swept() -> None:
    film = film_of('{chart: "probs[t=5]", over: 1s}', "{sweep: t, from: 0, to: 5, over: 6s}")
    states = [drawn(film.state(k / 200).charts[0]) for k in range(300, int(film.duration * 200) - 20)]
    assert max(np.abs(a - b).max() for a, b in itertools.pairwise(states)) < 0.05


def test_a_sweep_backwards_from_the_end() -> None:
    film = film_of('{chart: "probs[t=0]"}', "{sweep: t, from: -1, to: 2}")
    assert last(film).regions[0].ranges[0] == (2, 3)
    starts = [film.state(1.8 + k / 10).charts[0].regions[0].ranges[0][0] for k in range(30)]
    assert starts == sorted(starts, reverse=True) and starts[0] == 5


def test_a_sweep_from_the_word_that_a_token_is() -> None:
    """The token at place 0 is word 2; the sweep names words."""
    film = film_of('{chart: "logits[v=tokens[0]]"}', "{sweep: v, from: 1, to: 0}")
    assert film.state(1.3).charts[0].regions[0].ranges[1] == (2, 3)
    assert last(film).regions[0].ranges[1] == (0, 1)


def test_the_mark_of_a_curve_is_swept_over_the_real_pairs() -> None:
    film = film_of('{chart: "h.0.mlp.act[t=5]", as: curve}', "{sweep: f, from: 10, to: 14}")
    charts = [film.state(1.9 + k / 20).charts[0] for k in range(120) if 1.9 + k / 20 < film.duration - 0.4]
    marks = [chart.plot.marked for chart in charts if isinstance(chart.plot, Curve)]
    assert list(dict.fromkeys(marks)) == [10, 11, 12, 13, 14]
    assert all(chart.note == "" for chart in charts)


def test_all_charts_with_the_parameter_are_swept_and_others_are_not() -> None:
    film = film_of(
        '{chart: "probs[t=5]"}',
        '{chart: "h.0.attn.att_softmax[h=1]", as: heat_map}',
        '{chart: "h.0.attn.q[h=0, t=1]", as: line}',
        "{sweep: h, from: 0, to: 2}",
    )
    bars, heat_map, line = film.state(film.duration - 0.5).charts
    assert isinstance(heat_map.plot, HeatMap)
    np.testing.assert_array_equal(heat_map.plot.values, film.run.steps[0]["h.0.attn.att_softmax"][2])
    assert line.regions[0].ranges[0] == (2, 3) and bars.note == ""
    assert len({chart.id for chart in (bars, heat_map, line)}) == 3


def test_two_parameters_one_after_the_other() -> None:
    film = film_of(
        '{chart: "logits[t=5]", through: softmax}',
        "{sweep: temperature, from: 1, to: 3}",
        "{sweep: t, from: 5, to: 1}",
    )
    chart = last(film)
    assert isinstance(chart.plot, Bars)
    np.testing.assert_allclose(chart.plot.values, softmaxed(film.run.steps[0]["logits"][1], 3.0))
    assert chart.note == "temperature 3.00, t = 1 (B)"


def test_a_kept_chart_turns_into_the_same_of_other_cells() -> None:
    film = timeline(
        """
        - id: a
          do: [{chart: "probs[t=0]", keep: true}]
        - id: b
          do: [{sweep: t, from: 0, to: 2}]
        - id: c
          do: [{chart: "probs[t=5]", over: 1s, ease: linear}]
        - id: d
          for: 1s
        """
    )
    _, b, c, *_ = film.starts
    assert film.state(c - 0.01).charts[0].regions[0].ranges[0] == (2, 3)
    (turning,) = film.state(c + 0.5).charts
    assert turning.id == 0 and turning.lean == pytest.approx(0.5) and turning.growth == 1
    assert isinstance(turning.other, Bars) and isinstance(turning.plot, Bars)
    np.testing.assert_array_equal(np.array(turning.other.values, np.float32), film.run.steps[0]["probs"][2])
    np.testing.assert_array_equal(np.array(turning.plot.values, np.float32), film.run.steps[0]["probs"][5])
    assert film.state(film.duration - 0.5).charts == ()
    assert [chart.note for chart in film.state(b - 0.01).charts] == ["t = 0 (C)"]


def test_states_do_not_depend_on_the_order_in_which_they_are_asked_for() -> None:
    actions = ('{chart: "probs[t=5]", keep: true}', "{sweep: t, from: 0, to: 5}")
    times = [k / 7 for k in range(50)]
    forwards, backwards = film_of(*actions), film_of(*actions)
    seen = {t: backwards.state(t).charts for t in reversed(times)}
    assert all(forwards.state(t).charts == seen[t] for t in times)


@pytest.mark.parametrize(
    ("length", "most", "step"), [(1.0, 4, 0.5), (1.0, 10, 0.1), (7.3, 5, 2.0), (0.03, 4, 0.01), (900.0, 3, 500.0)]
)
def test_round_steps(length: float, most: int, step: float) -> None:
    assert round_step(length, most) == pytest.approx(step)


# --- long rows, and layers --------------------------------------------------------------------------------------


def test_bars_of_a_long_row_are_the_largest() -> None:
    values = np.random.default_rng(0).dirichlet(np.full(50_000, 0.01))
    plot = forms.bars(tuple(map(str, range(50_000))), values, (0.0, 1.0), True, 7)
    assert plot.shown == np.argsort(-values, kind="stable")[:7].tolist()
    assert plot.others == pytest.approx(1 - np.sort(values)[-7:].sum(), abs=1e-9)
    assert plot.marked == plot.shown[0] == int(values.argmax())


def test_top_says_how_many_bars_there_are() -> None:
    plot = last(film_of('{chart: "h.0.mlp.act[t=5]", top: 4}')).plot
    assert isinstance(plot, Bars) and len(plot.shown) == 4
    assert [plot.values[i] for i in plot.shown] == sorted(plot.values, reverse=True)[:4]


def test_what_is_read_off_every_layer_is_a_row_of_it() -> None:
    film = film_of('{chart: ["embed[t=-1]", "h.*.resid[t=-1]"], through: prediction}')
    plot = last(film).plot
    assert isinstance(plot, Readings)
    trace, model = film.run.steps[0], film.run.model
    assert plot.layers == ("embedding", *(f"block {i + 1}" for i in range(3)))
    for name, word, value in zip(
        ("embed", "h.0.resid", "h.1.resid", "h.2.resid"), plot.words, plot.values, strict=True
    ):
        x = trace[name][-1].astype(np.float64)
        x = (x - x.mean()) / np.sqrt(x.var() + 1e-5) * model.weights["ln_f.weight"] + model.weights["ln_f.bias"]
        scores = np.asarray(model.weights.get("lm_head.weight", model.weights["wte.weight"])) @ x
        shares = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
        assert value == pytest.approx(float(shares.max()), rel=1e-4)
        assert word == "ABC"[int(shares.argmax())]
    assert plot.values[-1] == pytest.approx(float(trace["probs"][-1].max()), rel=1e-5)
    assert plot.settled == tuple(word == plot.words[-1] for word in plot.words)


def test_layers_are_read_off_once(monkeypatch: pytest.MonkeyPatch) -> None:
    film = film_of('{chart: "h.*.resid[t=-1]", through: prediction}')
    calls = []
    read_off = type(film.run.model.config).read_off
    monkeypatch.setattr(type(film.run.model.config), "read_off", lambda *own: calls.append(1) or read_off(*own))
    for t in np.linspace(0.0, film.duration, 40):
        film.state(float(t))
    assert len(calls) <= 1
