from __future__ import annotations

import itertools
import math

import pytest
from films import alpha, production

from render.model import Region


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
    landed = film.state(film.starts[1] - 0.5).flyers
    assert [flyer.region for flyer in landed] == [column, column]
    for flyer, position in zip(landed, (3, 4), strict=True):
        assert flyer.corner[:2] == pytest.approx(goal.place(position, 0)[:2])
        assert flyer.corner[2] > goal.corner[2]
    assert not film.state(film.starts[1]).flyers
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
    away = film.state(film.starts[1] + 0.5)
    (flyer,) = away.flyers
    assert flyer.corner[:2] == pytest.approx(made.layout.boxes["h.0.attn.k@h=0"].place(0, 0)[:2])
    assert alpha(away, home.id, 5.5) < 0.2 and alpha(away, home.id, 4.5) == 1
    almost = film.state(film.starts[2] + 0.89)
    assert math.dist(almost.flyers[0].corner[:2], home.place(5, 0)[:2]) < 1
    back = film.state(film.starts[3] - 0.01)
    assert not back.flyers and alpha(back, home.id, 5.5) == 1


def test_a_piece_in_several_boxes_flies_whole() -> None:
    made = production("- id: a\n  do:\n    - copy: h.0.attn.y[t=2]\n      to: h.0.attn.out[t=2]\n")
    landed = made.timeline.state(made.timeline.duration - 0.5).flyers
    assert sum(flyer.region.size for flyer in landed) == 48
    goal = made.layout.boxes["h.0.attn.out"]
    for flyer in landed:
        channel = flyer.region.ranges[1][0]
        assert flyer.corner[:2] == pytest.approx(goal.place(2, channel)[:2])
