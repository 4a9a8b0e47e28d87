"""Labels give way smoothly, and two that overlap are never both seen."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from render.overlay.area import Area
from render.overlay.settle import Candidate, Claim, settle, smoothstep

CLEARANCE = 8.0

areas = st.builds(Area.at, st.floats(0, 200), st.floats(0, 60), st.floats(10, 60), st.floats(8, 20))
candidates = st.lists(st.builds(Candidate, st.sampled_from("abcdef"), areas, st.just(()), st.floats(0, 1)), max_size=8)


@given(candidates, st.lists(st.builds(Claim, areas, st.just(1.0)), max_size=2))
def test_what_is_seen_stands_apart_and_says_each_thing_once(found: list[Candidate], taken: list[Claim]) -> None:
    shown = [candidate for candidate, alpha in settle(found, taken, CLEARANCE) if alpha > 0]
    for a, b in combinations(shown, 2):
        assert not a.area.overlaps(b.area)
        assert a.subject != b.subject
    for candidate in shown:
        assert not any(candidate.area.overlaps(claim.area) for claim in taken)


def test_a_label_that_comes_near_one_of_higher_rank_fades_bit_by_bit() -> None:
    alphas = []
    for step in range(4000):
        moving = Candidate("b", Area.at(80 - 0.02 * step, 0, 20, 10), (), 1.0)
        shown = {
            c.subject: alpha for c, alpha in settle([Candidate("a", Area.at(0, 0, 20, 10), (), 1.0), moving], [], 8.0)
        }
        alphas.append(shown.get("b", 0.0))
    assert alphas[0] == 1.0
    assert alphas[-1] == 0.0
    assert max(abs(a - b) for a, b in pairwise(alphas)) < 0.1


def test_a_label_makes_room_before_it_is_seen() -> None:
    below = Candidate("b", Area.at(5, 0, 20, 10), (), 1.0)
    for step in range(101):
        above = Candidate("a", Area.at(0, 0, 20, 10), (), step / 100)
        shown = {candidate.subject for candidate, alpha in settle([above, below], [], CLEARANCE) if alpha > 0}
        assert shown in ({"a"}, {"b"}, set())


def test_smoothstep_rises_and_falls() -> None:
    assert [smoothstep(1, 3, x) for x in (0, 1, 2, 3, 4)] == [0, 0, 0.5, 1, 1]
    assert [smoothstep(3, 1, x) for x in (0, 1, 2, 3, 4)] == [1, 1, 0.5, 0, 0]
