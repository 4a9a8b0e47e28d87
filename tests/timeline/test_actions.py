"""What each action of the language does to the state, on scripts of a few lines."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from films import production, timeline

from render.errors import UserError
from render.model import Region
from render.timeline import Look, State, View, frame_points

SHOWN = Look()


def alpha(state: State, box: str, column: float = 0.5, row: float = 0.5) -> float:
    """How solid a cell of a box is."""
    look = state.looks.get(box, SHOWN)
    for (c0, r0, c1, r1), own in reversed(look.windows):
        if c0 <= column < c1 and r0 <= row < r1:
            return own
    return look.alpha


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
    first, second = film.shots
    assert alpha(film.state(0.0), "embed") == 1
    assert alpha(film.state(0.65), "embed") == 0
    assert alpha(film.state(1.6), "embed") == 1
    for moment in (first.end - 0.1, second.start):
        assert alpha(film.state(moment), "embed") == alpha(film.state(moment), "h.0.mlp.fc") == pytest.approx(0.3)
    assert alpha(film.state(first.end), "h.1.mlp.fc") == 1
    end = film.state(second.end - 0.01)
    assert alpha(end, "h.0.mlp.fc") == pytest.approx(0.15) and alpha(end, "embed") == pytest.approx(0.3)


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
    first, second = film.shots
    both = film.state(first.telling)
    assert {outline.region for outline in both.outlines} == {
        Region("embed", ((1, 2), (0, 48))),
        Region("h.0.attn.q", ((0, 3), (3, 4), (0, 16))),
    }
    assert all(outline.role == "focus" and outline.alpha == 1 for outline in both.outlines)
    assert [outline.region.tensor for outline in film.state(second.start).outlines] == ["embed"]
    leaving = [film.state(first.end - 0.35 + k * 0.05).outlines for k in range(7)]
    faded = [outline.alpha for outlines in leaving for outline in outlines if outline.region.tensor != "embed"]
    assert faded == sorted(faded, reverse=True) and faded[-1] < 0.3


def test_a_label_says_its_words_at_its_place() -> None:
    film = timeline("- id: a\n  do:\n    - label: 'probs[t=5]'\n      text: '{probs[t=5].max:.2f} sure'\n")
    shown = film.state(film.shots[0].telling)
    best = float(np.max(film.run.steps[0]["probs"][5]))
    assert [(label.region, label.text, label.alpha) for label in shown.labels] == [
        (Region("probs", ((5, 6), (0, 3))), f"{best:.2f} sure", 1.0)
    ]
    assert not film.state(0.0).labels or film.state(0.0).labels[0].alpha == 0


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
    for shot, step, place in ((film.shots[0], 0, 5), (film.shots[1], 1, 6)):
        chart = film.state(shot.end - 0.5).chart
        assert chart is not None
        values = film.run.steps[step]["probs"][place]
        np.testing.assert_array_equal(np.array(chart.values, np.float32), values)
        assert chart.labels == ("A", "B", "C")
        assert chart.marked == int(values.argmax())
        assert chart.growth == 1 and chart.region == Region("probs", ((place, place + 1), (0, 3)))
    first = film.state(film.shots[0].end - 0.5).chart
    assert first is not None and first.title == "After CBABBC"
    rising = [film.state(k / 10).chart for k in range(1, 13)]
    growths = [chart.growth for chart in rising if chart is not None]
    assert growths == sorted(growths) and growths[0] < 0.1
    last = film.state(film.duration - 0.5).chart
    assert last is not None and last.labels == tuple("345678")
    np.testing.assert_array_equal(np.array(last.values, np.float32), film.run.steps[-1]["h.0.mlp.act"][2, 3:9])


def test_a_copy_flies_to_its_goal_and_leaves_with_its_beat() -> None:
    made = production(
        """
        - id: a
          do:
            - copy: wte[v=1]
              to: embed[t=3]
            - copy: wte[v=1]
              to: embed[t=4]
        - id: b
          for: 1s
        """
    )
    film, home, goal = made.timeline, made.layout.boxes["wte.weight"], made.layout.boxes["embed"]
    column = Region("wte.weight", ((1, 2), (0, 48)))
    (start,) = film.state(0.0).flyers
    assert start.region == column
    assert start.corner[:2] == pytest.approx(home.place(1, 0)[:2])
    landed = film.state(film.shots[0].end - 0.5).flyers
    assert [flyer.region for flyer in landed] == [column, column]
    for flyer, position in zip(landed, (3, 4), strict=True):
        assert flyer.corner[:2] == pytest.approx(goal.place(position, 0)[:2])
        assert flyer.corner[2] > goal.corner[2]
    assert not film.state(film.shots[1].start).flyers
    assert alpha(film.state(1.0), "wte.weight", 1.5) == 1, "what is copied stays where it is"
    path = [flyers[0].corner for flyers in (film.state(k / 100).flyers for k in range(131)) if flyers]
    assert max(math.dist(a, b) for a, b in itertools.pairwise(path)) < 0.03 * math.dist(path[0], path[-1]) + 2
    assert max(point[2] for point in path) > max(path[0][2], path[-1][2]), "it flies in front of what it passes"


def test_what_is_moved_leaves_a_gap_until_it_is_put_back() -> None:
    made = production(
        """
        - id: a
          do:
            - move: h.0.attn.q[h=0, t=5]
              to: h.0.attn.k[h=0, t=0]
        - id: b
          for: 1s
        - id: c
          do: [{put_back: h.0.attn.q}]
        """
    )
    film, home = made.timeline, made.layout.boxes["h.0.attn.q@h=0"]
    away = film.state(film.shots[1].start + 0.5)
    (flyer,) = away.flyers
    assert flyer.corner[:2] == pytest.approx(made.layout.boxes["h.0.attn.k@h=0"].place(0, 0)[:2])
    assert alpha(away, home.id, 5.5) < 0.2 and alpha(away, home.id, 4.5) == 1
    almost = film.state(film.shots[2].start + 0.89)
    assert math.dist(almost.flyers[0].corner[:2], home.place(5, 0)[:2]) < 1
    back = film.state(film.shots[2].end - 0.01)
    assert not back.flyers and alpha(back, home.id, 5.5) == 1


def test_a_piece_in_several_boxes_flies_whole() -> None:
    made = production("- id: a\n  do:\n    - copy: h.0.attn.y[t=2]\n      to: h.0.attn.out[t=2]\n")
    landed = made.timeline.state(made.timeline.duration - 0.5).flyers
    assert sum(flyer.region.size for flyer in landed) == 48
    goal = made.layout.boxes["h.0.attn.out"]
    for flyer in landed:
        channel = flyer.region.ranges[1][0]
        assert flyer.corner[:2] == pytest.approx(goal.place(2, channel)[:2])


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
    assert [shot.end for shot in film.shots] == [2.5, 3.0]


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
    state = film.state(film.shots[1].end - 0.5)
    assert state.step == 3 and alpha(state, "wpe.weight") == 0
    assert state.tokens is not None and "".join(state.tokens.texts) == film.shots[1].pages[0].text
    assert state.chart is not None and state.chart.region.ranges[0] == (8, 9)


def test_a_camera_frames_what_it_names() -> None:
    made = production(
        """
        - id: a
          camera: {frame: "h.1.attn.q[h=0]", azimuth: 5, elevation: -3, zoom: 0.7, over: 1s}
        - id: b
          camera: {azimuth: 20, over: 1s}
        - id: c
          do:
            - camera: embed
        """
    )
    film, (width, height) = made.timeline, made.size
    box = made.layout.boxes["h.1.attn.q@h=0"]
    first = film.state(1.5).pose
    expected = frame_points(box.bounds.corners, width / height, 5, -3, 0.7)
    assert first.distance == pytest.approx(expected.distance) and first.target == pytest.approx(expected.target)
    turned = film.state(film.shots[1].end).pose
    assert (turned.azimuth, turned.elevation, turned.target) == (20, -3, first.target)
    last = View(film.state(film.duration).pose, made.size).project(made.layout.boxes["embed"].bounds.corners)
    assert (last[:, 0] > 0).all() and (last[:, 0] < width).all()
    assert (last[:, 1] > 0).all() and (last[:, 1] < height).all()


def test_camera_moves_may_be_written_in_any_order() -> None:
    film = timeline(
        """
        - id: a
          for: 8s
          camera: {follow: true}
          do:
            - {camera: {frame: probs, over: 1s}, at: 5s}
            - {camera: {frame: wte, over: 1s}, at: 2s}
            - {fill: embed, at: 0s, over: 1s}
        """
    )
    poses = [film.state(k / 50).pose for k in range(400)]
    for before, after in itertools.pairwise(poses):
        assert math.dist(before.target, after.target) < 60
    middle, last = poses[230], poses[-1]
    assert middle == poses[200] != last == poses[320]
    assert middle.target[0] < 100 < 700 < last.target[0]


def test_weights_cannot_be_filled() -> None:
    with pytest.raises(UserError, match="nothing to fill"):
        timeline("- id: a\n  do: [{fill: wpe}]")


@pytest.mark.parametrize("fill", ["{fill: h.0, over: 0s}", "{fill: h.0, over: 8s}", "{fill: embed, at: 3s}"])
def test_a_following_camera_sees_what_is_filled(fill: str) -> None:
    text = f"- id: z\n- id: a\n  camera: {{follow: true}}\n  do:\n    - wait: 4s\n    - {fill}\n"
    made = production(text)
    width, height = made.size
    for k in range(int(made.timeline.duration * 10)):
        state = made.timeline.state(k / 10)
        for outline in state.outlines:
            if outline.role == "result" and k / 10 > made.timeline.shots[1].start + 5.5:
                ((box, (c0, r0, c1, r1)), *_) = made.layout.find(outline.region)
                x, y, _ = View(state.pose, made.size).project([box.place((c0 + c1) / 2, (r0 + r1) / 2)])[0]
                assert -0.1 * width < x < 1.1 * width and -0.1 * height < y < 1.1 * height


def test_an_explanation_shows_the_formula_with_its_operands() -> None:
    made = production("- id: a\n  do:\n    - explain: h.0.attn.att[h=1, t=5, s=3]\n      for: 4s\n      products: 5\n")
    film = made.timeline
    state = film.state(film.shots[0].telling)
    assert state.card is not None and state.card.alpha == 1
    value = float(film.run.steps[0]["h.0.attn.att"][1, 5, 3])
    assert state.card.formula.value == pytest.approx(value)
    roles = {(outline.role, outline.region.tensor) for outline in state.outlines}
    assert roles == {("result", "h.0.attn.att"), ("operand", "h.0.attn.q"), ("operand", "h.0.attn.k")}
    assert film.state(4.01).card is None


def test_headings_stay_and_places_go() -> None:
    film = timeline(
        """
        - {id: a, chapter: "Of {prompt}", place: Here}
        - {id: b}
        - {id: c, chapter: Another, place: There}
        """
    )
    shown = [film.state(shot.start).heading for shot in film.shots]
    assert [(h.chapter, h.place) for h in shown if h is not None] == [
        ("Of CBABBC", "Here"),
        ("Of CBABBC", ""),
        ("Another", "There"),
    ]


def test_progress_counts_the_beats_by_their_length() -> None:
    film = timeline("- {id: a, for: 1s}\n- {id: b, for: 3s}\n")
    now = film.state(2.0).progress
    assert now is not None and now.beat == 1 and now.weights == (1, 3)
