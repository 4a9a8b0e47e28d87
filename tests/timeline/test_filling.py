from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from films import production, timeline

from render.layout import Box, Layout
from render.model import Region, operands
from render.model.trace import Trace
from render.programme.production import Production
from render.timeline import Outline, State
from render.timeline.timeline import Timeline

FEEDS = """
- id: later
  do:
    - feed_back: {times: 5}
"""


def states(film: Timeline, fps: int = 20) -> list[State]:
    return [film.state(k / fps) for k in range(int(film.duration * fps))]


def hull(regions: Iterator[Region]) -> dict[str, Region]:
    """By tensor, the smallest region that holds all that are given."""
    found: dict[str, Region] = {}
    for region in regions:
        known = found.get(region.tensor, region)
        pairs = zip(known.ranges, region.ranges, strict=True)
        found[region.tensor] = Region(region.tensor, tuple((min(a, c), max(b, d)) for (a, b), (c, d) in pairs))
    return found


def inputs(trace: Trace, result: Region) -> dict[str, Region]:
    """What the cells of `result` are computed from, cell by cell."""
    spec = trace.graph[result.tensor]
    assert spec.formula is not None
    cells = itertools.product(*(range(*span) for span in result.ranges))
    return hull(region for cell in cells for region in operands(spec.formula, spec.at(cell), trace))


def cells_in_order(layout: Layout, box: Box) -> list[tuple[int, ...]]:
    """The tensor's index of every cell of a box, in the order of computation."""
    faces: dict[tuple[int, int], tuple[int, ...]] = {}
    for index in itertools.product(*(range(*span) for span in box.ranges)):
        ((_, (column, row, *_)),) = layout.find(Region.of_cell(box.tensor, index))
        faces[(int(column), int(row)) if box.sequence == "columns" else (int(row), int(column))] = index
    return [faces[place] for place in sorted(faces)]


def by_role(state: State, role: str) -> list[Outline]:
    return [outline for outline in state.outlines if outline.role == role]


@functools.cache
def slow_fill(tensor: str, feeds: bool) -> tuple[Production, list[State]]:
    made = production(f"- id: fill\n  do:\n    - fill: {tensor}\n      over: 12s\n" + (FEEDS if feeds else ""))
    end = made.timeline.starts[1]
    return made, [state for k, state in enumerate(states(made.timeline)) if k / 20 < end]


SLOW = ["embed", "h.0.ln_1.mean", "h.0.ln_1.out", "h.1.attn.q", "h.0.attn.att", "h.2.attn.att_softmax", "h.0.attn.y"]
SLOW += ["h.0.mlp.act", "h.1.mlp.out", "h.0.attn.att_max", "logits", "probs"]


@pytest.mark.parametrize("feeds", [False, True], ids=["prompt alone", "with places for more"])
@pytest.mark.parametrize("tensor", SLOW)
def test_lit_operands_are_those_of_what_is_computed(tensor: str, feeds: bool) -> None:
    made, seen = slow_fill(tensor, feeds)
    trace = made.run.steps[0]
    lit = 0
    for state in seen:
        result = by_role(state, "result")
        if not result:
            assert not state.outlines and not state.threads
            continue
        lit += 1
        (target,) = result
        assert target.region.tensor == tensor
        spec = trace.graph[tensor]
        inside = zip(target.region.ranges, spec.shape, strict=True)
        assert all(0 <= low < high <= size for (low, high), size in inside)
        expected = inputs(trace, target.region)
        shown = by_role(state, "operand")
        assert {outline.region.tensor: outline.region for outline in shown} == expected
        assert len(shown) == len(expected)
        for thread in state.threads:
            assert thread.target == target.region and thread.source in expected.values()
            assert thread.kind == trace.graph[thread.source.tensor].kind
    assert lit > 0.5 * 12 * 20, "operands are lit while it is filled"


@pytest.mark.parametrize("tensor", ["embed", "h.0.ln_1.mean", "h.1.attn.q", "h.0.attn.att", "h.0.mlp.act", "logits"])
def test_the_outlined_result_is_what_has_just_been_computed(tensor: str) -> None:
    made, seen = slow_fill(tensor, False)
    box = made.layout.of_tensor(tensor)[0]
    order = cells_in_order(made.layout, box)
    for state in seen:
        for target in by_role(state, "result"):
            done = state.filled[box.id] * len(order)
            current = order[min(int(done + 1e-6), len(order) - 1)]
            before = order[max(0, int(done + 1e-6) - 1)]
            assert any(target.region.contains(Region.of_cell(tensor, cell)) for cell in (current, before))


def test_a_fill_goes_on_from_where_it_was() -> None:
    """The second fill of a tensor lights the cell at its front, not one that has been there."""
    made = production(
        """
        - id: first
          do:
            - fill: embed[t=0:3]
              over: 1s
        - id: rest
          do:
            - fill: embed
              over: 12s
        """
    )
    box = made.layout.of_tensor("embed")[0]
    second = made.timeline.shots[1]
    assert made.timeline.state_of(1, 0.0).filled[box.id] == pytest.approx(0.5)
    lit = 0
    for k in range(int(second.duration * 20)):
        state = made.timeline.state_of(1, k / 20)
        for target in by_role(state, "result"):
            position = target.region.ranges[0][0]
            assert position == min(5, int(state.filled[box.id] * 6 + 1e-6)), f"{k / 20:.2f}s into the fill"
            lit += 1
    assert lit > 100


@pytest.mark.parametrize("what", ["h.0", "model", "[ln_f, logits, logits_max, logits_sum, probs]", "h.1.mlp"])
def test_tensors_are_filled_in_the_order_of_computation(what: str) -> None:
    made = production(f"- id: fill\n  do:\n    - fill: {what}\n")
    graph = made.run.graph
    last: dict[str, float] = {}
    for state in states(made.timeline, 10):
        filled = {name: min(state.filled.get(box.id, 0.0) for box in made.layout.of_tensor(name)) for name in graph}
        begun = [max(state.filled.get(box.id, 0.0) for box in made.layout.of_tensor(name)) > 0 for name in graph]
        for name, has_begun in zip(graph, begun, strict=True):
            if has_begun:
                for operand in graph.operand_names(name):
                    if graph[operand].kind in ("activation", "aggregate") and last_of(made, operand):
                        assert filled[operand] == 1, f"{name} is computed before {operand}"
        assert all(filled[name] >= last.get(name, 0.0) for name in graph), "what is filled stays filled"
        last = filled
    computed = {name for name in graph if graph[name].formula is not None and last[name] > 0}
    assert computed and all(last[name] == 1 for name in computed)
    assert not [name for name in graph if graph[name].kind in ("weight", "token") and last[name]]


def last_of(made: Production, tensor: str) -> bool:
    """Whether the fill of `made` computes `tensor`, too."""
    end = made.timeline.state(made.timeline.duration)
    return any(end.filled.get(box.id, 0.0) > 0 for box in made.layout.of_tensor(tensor))


CELLS = [
    ("embed", "embed[t=3, c=7]"),
    ("h.0", "h.0.attn.att[h=0, t=5, s=3]"),
    ("h.1.mlp", "h.1.mlp.act[t=2, f=100]"),
    ("h.0.attn", "h.0.attn.y[t=4, c=40]"),
    ("h.2.attn.att_softmax", "h.2.attn.att_softmax[h=2, t=5, s=5]"),
    ("probs", "probs[t=5, v=2]"),
]


@pytest.mark.parametrize(("what", "cell"), CELLS)
@pytest.mark.parametrize("over", [2, 10])
@pytest.mark.parametrize("feeds", [False, True])
def test_the_explained_cell_is_there_when_the_fill_pauses(what: str, cell: str, over: int, feeds: bool) -> None:
    text = f"- id: fill\n  do:\n    - fill: {what}\n      over: {over}s\n      explain: '{cell}'\n"
    made = production(text + (FEEDS if feeds else ""))
    shot = made.timeline.shots[0]
    paused = [made.timeline.state_of(0, k / 20) for k in range(int(shot.duration * 20))]
    paused = [state for state in paused if state.card is not None]
    assert len(paused) > 3 * 20, "the card can be read"
    assert len({str(sorted(state.filled.items())) for state in paused}) == 1, "the fill stands still"
    region = paused[0].card.formula.result if paused[0].card else None
    assert region is not None
    ((box, _),) = made.layout.find(region)
    n_tokens = len(made.run.steps[0].tokens)
    places = (box.columns if box.sequence == "columns" else box.rows).count
    there = paused[0].filled[box.id] * box.width * box.height * min(1.0, n_tokens / places)
    index = tuple(low for low, _ in region.ranges)
    number = cells_in_order(made.layout, box).index(index)
    assert there >= number + 1 - 1e-3, f"{there:.2f} cells are there, and {index} is the {number + 1}th"
    assert there <= number + 2, "nothing beyond it is computed yet" if len(made.layout.find(region)) == 1 else ""
    telling = made.timeline.state_of(0, shot.telling)
    assert telling.card is not None and telling.card.alpha == 1
    spec = made.run.steps[0].graph[region.tensor]
    assert telling.card.formula.value == pytest.approx(float(made.run.steps[0][region.tensor][index]))
    assert spec.formula is not None
    shown = {outline.region for outline in telling.outlines if outline.role == "operand"}
    assert shown == set(operands(spec.formula, spec.at(index), made.run.steps[0]))
    assert made.timeline.state_of(0, shot.duration - 0.01).filled[box.id] == 1


def test_lines_can_be_left_out() -> None:
    for state in states(timeline("- id: a\n  do:\n    - fill: h.0.attn.q\n      lines: false\n      over: 4s\n")):
        assert not state.outlines and not state.threads


def test_a_piece_is_filled_as_far_as_it_goes() -> None:
    made = production("- id: a\n  do:\n    - fill: h.0.attn.q[t=0:2]\n      over: 1s\n")
    end = made.timeline.state(made.timeline.duration)
    assert [end.filled[box.id] for box in made.layout.of_tensor("h.0.attn.q")] == [pytest.approx(2 / 6)] * 3
    one = production("- id: a\n  do:\n    - fill: h.0.attn.q[h=1]\n      over: 1s\n")
    end = one.timeline.state(one.timeline.duration)
    assert [end.filled.get(box.id, 0.0) for box in one.layout.of_tensor("h.0.attn.q")] == [0, 1, 0]


def test_fills_take_longer_for_more() -> None:
    spans = [
        timeline(f"- id: a\n  do:\n    - fill: {what}\n").duration for what in ("embed", "h.0.attn", "h.0", "model")
    ]
    assert spans == sorted(spans) and spans[-1] < 20


def test_a_long_fill_starts_slowly_and_speeds_up() -> None:
    film = timeline("- id: a\n  do:\n    - fill: embed\n      over: 10s\n")
    done = np.array([film.state(k).filled["embed"] for k in range(11)])
    assert done[0] == 0 and done[10] == 1
    assert (np.diff(np.diff(done)) > -1e-9).all()
