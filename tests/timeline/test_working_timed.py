"""A computation that is worked out, on the time line."""

from __future__ import annotations

import pytest
from films import production, timeline

from render.model import Region
from render.timeline import State
from render.timeline.timeline import Timeline

SCRIPT = """
- id: a
  camera: {frame: h.0.attn, over: 2s}
  do: [{work_out: "h.0.attn.att[h=0, t=5, s=2]"}]
- id: b
"""


def states(film: Timeline, fps: int = 10) -> list[State]:
    return [film.state(k / fps) for k in range(int(film.duration * fps))]


def test_the_card_comes_after_the_camera_and_leaves_when_it_is_done() -> None:
    film = timeline(SCRIPT)
    shown = [k / 10 for k, state in enumerate(states(film)) if state.tableau is not None]
    assert shown[0] == pytest.approx(2.0, abs=0.11)
    working = film.state(5.0).tableau.working  # type: ignore[union-attr]
    assert shown[-1] == pytest.approx(2.0 + working.length, abs=0.11)
    assert all(film.state(t).tableau is not None for t in shown)


def test_stages_follow_each_other() -> None:
    found = [(state.tableau.stage, state.tableau.progress) for state in states(timeline(SCRIPT)) if state.tableau]
    assert found == sorted(found)
    assert {stage for stage, _ in found} == set(range(found[-1][0] + 1))


def test_the_card_keeps_the_pose_by_which_it_was_placed() -> None:
    film = timeline(
        """
        - id: a
          camera: {frame: embed, over: 2s}
          do:
            - work_out: embed[t=3]
              at: 1s
              with: [{camera: {frame: wte, over: 1s}, at: 4s}]
        """
    )
    poses = {state.tableau.pose for state in states(film) if state.tableau is not None}
    assert poses == {film.shots[0].camera.pose(2.0)}


def test_what_is_read_and_what_comes_out_are_outlined_meanwhile() -> None:
    film = timeline(SCRIPT)
    roles = {(outline.role, outline.region) for outline in film.state(6.0).outlines}
    assert roles == {
        ("operand", Region("h.0.attn.q", ((0, 1), (5, 6), (0, 16)))),
        ("operand", Region("h.0.attn.k", ((0, 1), (2, 3), (0, 16)))),
        ("result", Region("h.0.attn.att", ((0, 1), (5, 6), (2, 3)))),
    }
    assert not film.state(film.starts[1]).outlines


def test_the_result_is_computed_when_it_comes_home_and_stays() -> None:
    film = timeline(SCRIPT)
    box = "h.0.attn.att@h=0"
    assert film.state(8.0).filled.get(box, 0.0) == 0
    done = film.state(film.starts[1] - 0.3).filled[box]
    assert done == film.state(film.duration).filled[box] and 0 < done < 1
    # Row by row: five whole rows of six cells, and three of the last.
    width = production(SCRIPT).layout.boxes[box]
    assert done == pytest.approx((5 * width.width + 3) / width.reach(6))


def test_a_fill_goes_on_from_what_was_worked_out() -> None:
    film = timeline("- id: a\n  do:\n    - work_out: embed[t=2]\n    - {fill: embed, over: 2s}\n")
    filled = [state.filled.get("embed", 0.0) for state in states(film)]
    assert filled == sorted(filled) and filled[-1] == 1
    assert any(value == pytest.approx(0.5) for value in filled)


def test_it_takes_as_long_as_it_says() -> None:
    film = timeline("- id: a\n  do: [{work_out: 'embed[t=3]', over: 3s}]\n")
    shown = [k / 100 for k in range(600) if film.state(k / 100).tableau is not None]
    assert shown[0] == 0 and shown[-1] == pytest.approx(3.0, abs=0.011)


def test_a_moment_is_a_function_of_time_alone() -> None:
    film, again = timeline(SCRIPT), timeline(SCRIPT)
    for t in (9.1, 2.3, 9.1, 6.0):
        assert film.state(t) == again.state(t)


def test_while_it_rests_one_frame_is_like_the_next() -> None:
    film = timeline(SCRIPT)
    times, fps = film.shots[0].frames, film.shots[0].fps
    assert len(set(times)) < 0.8 * len(times)
    for k, t in enumerate(times):
        assert film.state(t) == film.state(k / fps)
