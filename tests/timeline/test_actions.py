"""What each action of the language does to the state, on scripts of a few lines."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from films import alpha, production, timeline

from render.errors import UserError
from render.model import Region, general
from render.timeline import Bars, State
from render.timeline.acts.computing import DEFINED


def test_hide_show_and_dim_change_how_solid_boxes_are() -> None:
    film = timeline(
        """
        - id: a
          do:
            - hide: embed
            - show: embed
            - dim: [h.0.mlp, embed]
              to: 0.3
        - id: b
          do: [{dim: h.0.mlp}]
        """
    )
    _, second, end = film.starts
    assert alpha(film.state(0.0), "embed") == 1
    assert alpha(film.state(0.65), "embed") == 0
    assert alpha(film.state(1.6), "embed") == 1
    for moment in (second - 0.1, second):
        assert alpha(film.state(moment), "embed") == alpha(film.state(moment), "h.0.mlp.fc") == pytest.approx(0.3)
    assert alpha(film.state(second), "h.1.mlp.fc") == 1
    last = film.state(end - 0.01)
    assert alpha(last, "h.0.mlp.fc") == pytest.approx(0.15) and alpha(last, "embed") == pytest.approx(0.3)


def test_what_fades_fades_smoothly() -> None:
    film = timeline("- id: a\n  do:\n    - hide: embed\n      over: 2s\n    - {show: embed, over: 1s, ease: linear}\n")
    seen = [alpha(film.state(k / 50), "embed") for k in range(int(film.duration * 50))]
    assert max(abs(a - b) for a, b in itertools.pairwise(seen)) < 0.05
    assert seen[50] == pytest.approx(0.5)
    assert seen[115 + 25] == pytest.approx(0.5)


def test_dim_spares_what_is_excepted() -> None:
    film = timeline("- id: a\n  do:\n    - dim: model\n      except: [h.0.attn, 'embed[t=2]', 'embed[t=4]']\n")
    for moment in (0.3, film.duration - 0.01):
        state = film.state(moment)
        assert alpha(state, "h.0.attn.q@h=1") == 1
        assert alpha(state, "wte.weight") < 1
        assert [alpha(state, "embed", column + 0.5) == 1 for column in range(6)] == [0, 0, 1, 0, 1, 0]


def test_pieces_of_one_box_fade_each_for_itself() -> None:
    film = timeline("- id: a\n  do:\n    - hide: ['embed[t=0]', 'embed[t=2]']\n    - show: 'embed[t=0]'\n")
    assert [alpha(film.state(0.65), "embed", c + 0.5) for c in range(3)] == [0, 1, 0]
    assert [alpha(film.state(film.duration), "embed", c + 0.5) for c in range(3)] == [1, 1, 0]
    whole = timeline("- id: a\n  do:\n    - hide: 'embed[t=1]'\n    - dim: embed\n    - show: embed\n")
    assert alpha(whole.state(whole.duration), "embed", 1.5) == 1
    seen = [alpha(whole.state(k / 50), "embed", 1.5) for k in range(int(whole.duration * 50))]
    assert max(abs(a - b) for a, b in itertools.pairwise(seen)) < 0.08


def test_a_highlight_leaves_with_its_beat_unless_it_is_kept() -> None:
    film = timeline(
        """
        - id: a
          do:
            - highlight: "h.0.attn.q[t=3]"
            - highlight: "embed[t=1]"
              keep: true
        - id: b
          for: 2s
        """
    )
    second = film.starts[1]
    both = film.state_of(0, film.shots[0].telling)
    assert {outline.region for outline in both.outlines} == {
        Region("embed", ((1, 2), (0, 48))),
        Region("h.0.attn.q", ((0, 3), (3, 4), (0, 16))),
    }
    assert all(outline.role == "focus" and outline.alpha == 1 for outline in both.outlines)
    assert [outline.region.tensor for outline in film.state(second).outlines] == ["embed"]
    leaving = [film.state(second - 0.35 + k * 0.05).outlines for k in range(7)]
    faded = [outline.alpha for outlines in leaving for outline in outlines if outline.region.tensor != "embed"]
    assert faded == sorted(faded, reverse=True) and faded[-1] < 0.3


def test_a_label_says_its_words_at_its_place() -> None:
    film = timeline("- id: a\n  do:\n    - label: 'probs[t=5]'\n      text: '{probs[t=5].max:.2f} sure'\n")
    shown = film.state_of(0, film.shots[0].telling)
    best = float(np.max(film.run.steps[0]["probs"][5]))
    assert [(label.region, label.text, label.alpha) for label in shown.labels] == [
        (Region("probs", ((5, 6), (0, 3))), f"{best:.2f} sure", 1.0)
    ]
    assert not film.state(0.0).labels or film.state(0.0).labels[0].alpha == 0


@pytest.mark.parametrize(
    ("selector", "labels"),
    [
        ("h.0.attn.att_softmax[h=0, t=5, s=1:5]", ("B", "A", "B", "B")),
        ("embed[t=1:4, c=7]", ("B", "A", "B")),
        ("wte[c=3]", ("A", "B", "C")),
        ("wpe[t=1:4, c=7]", ("1", "2", "3")),
        ("h.0.mlp.act[t=2, f=3:6]", ("3", "4", "5")),
    ],
)
def test_bars_are_called_by_their_tokens(selector: str, labels: tuple[str, ...]) -> None:
    film = timeline(f'- id: a\n  do: [{{chart: "{selector}"}}]\n')
    assert bars(film.state(film.duration - 0.5)).labels == labels


def test_a_chart_shows_the_traced_values() -> None:
    film = timeline(
        """
        - id: a
          do:
            - chart: probs[t=5]
              title: After {prompt}
        - id: b
          do:
            - feed_back: {}
            - chart: probs[t=-1]
        - id: c
          do: [{chart: "h.0.mlp.act[t=2, f=3:9]"}]
        """
    )
    for end, step, place in ((film.starts[1], 0, 5), (film.starts[2], 1, 6)):
        (chart,) = film.state(end - 0.5).charts
        shown = bars(film.state(end - 0.5))
        values = film.run.steps[step]["probs"][place]
        np.testing.assert_array_equal(np.array(shown.values, np.float32), values)
        assert shown.labels == ("A", "B", "C")
        assert shown.marked == int(values.argmax())
        assert chart.growth == 1 and chart.regions == (Region("probs", ((place, place + 1), (0, 3))),)
    (first,) = film.state(film.starts[1] - 0.5).charts
    assert first.title == "After CBABBC"
    growths = [chart.growth for k in range(1, 13) for chart in film.state(k / 10).charts]
    assert growths == sorted(growths) and growths[0] < 0.1
    last = bars(film.state(film.duration - 0.5))
    assert last.labels == tuple("345678")
    np.testing.assert_array_equal(np.array(last.values, np.float32), film.run.steps[-1]["h.0.mlp.act"][2, 3:9])


def bars(state: State) -> Bars:
    """The plot of the only chart."""
    (chart,) = state.charts
    assert isinstance(chart.plot, Bars)
    return chart.plot


def test_clear_empties_what_was_computed() -> None:
    film = timeline(
        "- id: a\n  do:\n    - {fill: h.0.attn, over: 1s}\n    - clear: h.0.attn.att\n    - fill: h.0.attn.att\n"
    )
    assert film.state(1.1).filled["h.0.attn.att@h=1"] == 1
    assert film.state(1.85).filled["h.0.attn.att@h=1"] == 0
    assert film.state(1.85).filled["h.0.attn.q@h=1"] == 1
    assert film.state(film.duration).filled["h.0.attn.att@h=1"] == 1


def test_actions_follow_each_other_unless_they_say_when() -> None:
    film = timeline(
        """
        - id: a
          for: 10s
          do:
            - highlight: embed
              over: 1s
              with:
                - {label: wte, text: beside, over: 2s}
                - {hide: wpe, at: 4s, over: 1s}
            - wait: 1s
            - {dim: probs, over: 1s, ease: linear}
            - {dim: logits, at: 9s, over: 1s, ease: linear}
        """
    )
    state = film.state
    assert state(0.5).outlines[0].alpha == pytest.approx(0.5) and state(0.5).labels[0].alpha == pytest.approx(0.25)
    assert alpha(state(3.99), "wpe.weight") == 1 and alpha(state(5.0), "wpe.weight") == 0
    # The next action begins a moment after the longest of those that began together, the wait counts from there.
    starts = [k / 100 for k in range(1000) if alpha(state(k / 100), "probs") < 1]
    assert starts[0] == pytest.approx(5 + 0.3 + 1, abs=0.35)
    assert alpha(state(9.0), "logits") == 1 and alpha(state(9.5), "logits") == pytest.approx((1 + 0.15) / 2)
    assert film.duration == 10


def test_a_beat_is_exactly_as_long_as_it_says() -> None:
    film = timeline(
        "- {id: a, for: 2.5s, do: [{fill: model, over: 1s}]}\n- {id: b, for: 0.5s, say: Many words that take long}\n"
    )
    assert film.starts == (0.0, 2.5, 3.0)


def test_what_a_short_beat_leaves_no_time_for_is_done_at_its_end() -> None:
    """The cells, the words and the charts of the next beat are of the same step, however short the beat was."""
    film = timeline(
        """
        - id: a
          for: 1s
          do:
            - wait: 3s
            - hide: wpe
            - {fill: embed, over: 5s}
            - {feed_back: {times: 3}}
        - id: b
          say: "{sequence}"
          do: [{chart: "probs[t=-1]"}]
        """
    )
    state = film.state(film.starts[2] - 0.5)
    assert state.step == 3 and alpha(state, "wpe.weight") == 0
    assert state.tokens is not None and "".join(state.tokens.texts) == film.shots[1].pages[0].text
    assert [chart.regions[0].ranges[0] for chart in state.charts] == [(8, 9)]


def test_weights_cannot_be_filled() -> None:
    with pytest.raises(UserError, match="nothing to fill"):
        timeline("- id: a\n  do: [{fill: wpe}]")


def test_an_explanation_shows_the_formula_with_its_operands() -> None:
    made = production("- id: a\n  do:\n    - explain: h.0.attn.att[h=1, t=5, s=3]\n      for: 4s\n      products: 5\n")
    film = made.timeline
    state = film.state_of(0, film.shots[0].telling)
    assert state.card is not None and state.card.alpha == 1
    value = float(film.run.steps[0]["h.0.attn.att"][1, 5, 3])
    assert state.card.formula.value == pytest.approx(value)
    roles = {(outline.role, outline.region.tensor) for outline in state.outlines}
    assert roles == {("result", "h.0.attn.att"), ("operand", "h.0.attn.q"), ("operand", "h.0.attn.k")}
    assert film.state(4.01).card is None


def test_a_formula_defines_its_tensor_for_a_while() -> None:
    film = production(
        "- id: a\n  do:\n    - formula: h.0.attn.att\n      for: 3s\n- id: b\n  do:\n    - formula: probs\n"
    ).timeline
    found = film.state(1.0).definition
    assert found is not None and found.alpha == 1
    assert (found.region.tensor, found.equation) == ("h.0.attn.att", general(film.run.graph, "h.0.attn.att"))
    assert {(outline.role, outline.region) for outline in film.state(1.0).outlines} == {("focus", found.region)}
    assert film.state(3.01).definition is None
    start = film.starts[1]
    after = film.state(start + DEFINED / 2).definition
    assert after is not None and after.region.tensor == "probs"
    assert film.state(start + DEFINED + 0.01).definition is None


def test_headings_stay_and_places_go() -> None:
    film = timeline(
        """
        - {id: a, chapter: "Of {prompt}", place: Here}
        - {id: b}
        - {id: c, chapter: Another, place: There}
        """
    )
    shown = [film.state(start).heading for start in film.starts[:-1]]
    assert [(h.chapter, h.place) for h in shown if h is not None] == [
        ("Of CBABBC", "Here"),
        ("Of CBABBC", ""),
        ("Another", "There"),
    ]


def test_progress_counts_the_beats_and_says_nothing_of_their_length() -> None:
    film = timeline("- {id: a, for: 1s}\n- {id: b, for: 3s}\n")
    now = film.state(2.0).progress
    assert now is not None and (now.beat, now.n_beats) == (1, 2)
