"""Pieces stand where they are told to, everything follows them, and they come home."""

from __future__ import annotations

import numpy as np
import pytest
from films import alpha, production

from render.layout import Bounds
from render.model import Region
from render.scene import ScriptError
from render.timeline.landing import beside, lined_up, sign_points


def test_a_stack_stands_beside_its_anchor_with_signs_in_the_gaps() -> None:
    made = production(
        """
        - id: a
          do:
            - stack: ["wte[v=2]", "wpe[t=0]"]
              beside: embed
              side: right
              gap: 3
              signs: "+"
        - id: b
          for: 1s
        """
    )
    film = made.timeline
    there = film.state(film.starts[1] - 0.5)
    left, right = there.flyers
    assert left.region == Region("wte.weight", ((2, 3), (0, 48))) and not left.moved
    assert right.corner[0] - left.corner[0] == pytest.approx(1 + 3)
    assert left.corner[1] == pytest.approx(right.corner[1])
    assert left.corner[0] > made.layout.boxes["embed"].bounds.high[0]
    (plus,) = there.operators
    assert plus.text == "+" and len(plus.points) == 48
    assert all(left.corner[0] + 1 < x < right.corner[0] for x, _, _ in plus.points)
    rows = sorted((y for _, y, _ in plus.points), reverse=True)
    assert rows == pytest.approx([left.corner[1] - row - 0.5 for row in range(48)])
    assert not film.state(film.starts[1]).flyers and not film.state(film.starts[1]).operators


def test_a_collapse_makes_cells_of_pieces() -> None:
    made = production(
        """
        - id: a
          do:
            - stack: ["wte[v=2]", "wpe[t=0]"]
              beside: embed
            - collapse: [wte, wpe]
              into: embed[t=0]
        """
    )
    film, embed = made.timeline, made.layout.boxes["embed"]
    before = film.state(2.0)
    assert before.filled.get("embed", 0.0) == 0 and len(before.flyers) == 2
    after = film.state(film.duration - 0.2)
    assert after.filled["embed"] == pytest.approx(1 / 6) and not after.flyers
    merging = film.state(2.6)
    goal = embed.piece((0, 0, 1, 48)).bounds.centre
    starts = [flyer.corner[0] for flyer in before.flyers]
    assert all(
        abs(flyer.corner[0] + 0.5 - goal[0]) < abs(start + 0.5 - goal[0])
        for flyer, start in zip(merging.flyers, starts, strict=True)
    )


def test_an_open_box_stands_in_parts_and_marks_follow_them() -> None:
    made = production(
        """
        - id: a
          do:
            - fill: embed
            - open: embed[t=3]
              gap: 2
            - wait: 1s
            - close: embed
        """
    )
    film, embed = made.timeline, made.layout.boxes["embed"]
    end = film.duration
    opened = film.state(end - 2.4)
    assert [flyer.region.ranges[0] for flyer in opened.flyers] == [(0, 3), (3, 4), (4, embed.width)]
    assert all(flyer.moved for flyer in opened.flyers) and alpha(opened, "embed", 1.5) == 0
    before, own, after = opened.flyers
    gap = 2 * made.layout.unit
    assert own.corner[0] - (before.corner[0] + 3) == pytest.approx(gap)
    assert after.corner[0] - (own.corner[0] + 1) == pytest.approx(gap)
    standing = opened.standing(made.layout)
    ((piece, cells),) = standing.find(Region("embed", ((3, 4), (5, 6))))
    assert piece.place(cells[0], cells[1])[0] == pytest.approx(own.corner[0])
    closed = film.state(end - 0.2)
    assert not closed.flyers and alpha(closed, "embed", 1.5) == 1
    assert closed.standing(made.layout) is made.layout


def test_whole_boxes_move_and_come_back() -> None:
    made = production(
        """
        - id: a
          do:
            - move: h.0.attn.att_softmax[h=0]
              beside: h.0.attn.v[h=0]
              side: right
              gap: 4
            - wait: 1s
            - put_back: h.0.attn
        """
    )
    film, layout = made.timeline, made.layout
    away = film.state(1.8)
    standing = away.standing(layout)
    box, anchor = standing.boxes["h.0.attn.att_softmax@h=0"], layout.boxes["h.0.attn.v@h=0"]
    assert box.bounds.low[0] == pytest.approx(anchor.bounds.high[0] + 4)
    assert box.bounds.centre[1] == pytest.approx(anchor.bounds.centre[1])
    assert standing.bounds_of((Region(box.tensor, box.ranges),)) == box.bounds
    assert not away.flyers
    home = film.state(film.duration - 0.2)
    assert not home.shifts and home.standing(layout) is layout


def test_lifted_pieces_leave_a_gap_and_a_camera_can_frame_them() -> None:
    made = production(
        """
        - id: a
          do:
            - lift: wpe[t=4]
              by: 12
              side: above
            - camera: {frame: pieces}
            - wait: 1s
        """
    )
    film, wpe = made.timeline, made.layout.boxes["wpe.weight"]
    state = film.state(film.duration - 0.1)
    (flyer,) = state.flyers
    x, y, z = wpe.place(4, 0)
    assert flyer.corner == pytest.approx((x, y + 12, z)) and flyer.moved
    assert alpha(state, wpe.id, 4.5) < 0.2
    assert np.allclose(state.pose.target[:2], (x + 0.5, y + 12 - 24), atol=2.0)


@pytest.mark.parametrize(
    ("do", "message"),
    [
        ("[{collapse: wte, into: 'embed[t=0]'}]", "nothing of this stands anywhere"),
        ("[{stack: 'wte[v=1]'}, {collapse: wte, into: 'embed[t=2]'}]", "positions before 2 of embed are not computed"),
        ("[{open: embed}]", "only whole rows or whole columns"),
        ("[{open: 'embed[t=1]'}, {open: 'embed[t=2]'}]", "open already"),
        ("[{close: embed}]", "nothing of this is open"),
        ("[{put_back: embed}]", "nothing of this is away"),
        ("[{camera: {frame: pieces}}]", "no pieces are away"),
        ("[{lift: 'wpe[t=1]'}, {lift: 'wpe[t=1, c=2]'}]", "away already"),
    ],
)
def test_what_cannot_be_done_is_told_with_its_place(do: str, message: str) -> None:
    with pytest.raises(ScriptError, match=rf"^scene\.yaml:6:\d+: .*{message}"):
        _ = production(f"- id: a\n  do: {do}\n").timeline


def test_places() -> None:
    anchor = Bounds((10, -20, -1), (14, -10, 0))
    assert beside((2, 6), anchor, "right", 3, 1.0) == (17, -12, 1)
    assert beside((2, 6), anchor, "left", 3, 1.0) == (5, -12, 1)
    assert beside((2, 6), anchor, "above", 3, 1.0) == (11, -1, 1)
    assert beside((2, 6), anchor, "below", 3, 1.0) == (11, -23, 1)
    assert beside((2, 6), anchor, "front", 3, 1.0) == (11, -12, 3)
    assert lined_up([(1, 4), (2, 2)], "row", 1) == ((4, 4), [(0, 0), (2, 1)])
    assert lined_up([(1, 4), (3, 2)], "column", 1) == ((3, 7), [(1, 0), (0, 5)])
    points = sign_points(Bounds((0, -3, 0), (1, 0, 0)), Bounds((3, -3, 0), (4, 0, 0)), "row")
    assert points == ((2, -0.5, 0), (2, -1.5, 0), (2, -2.5, 0))
