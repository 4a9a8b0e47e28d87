"""What is done to a face that is a row of boxes, one word at full size and the rest squeezed, is done to all of it."""

from __future__ import annotations

import itertools
import textwrap

import pytest

from render.layout import Layout, arrange
from render.model import GPT2Config, Model, Region, Run
from render.scene import ScriptError, parse_scene
from render.timeline import State
from render.timeline.compile import compile_scene
from render.timeline.timeline import Timeline

CONFIG = GPT2Config(n_layer=1, n_head=2, n_embd=8, vocab_size=300, block_size=8)
TOKENS = (5, 9, 200, 201)
WORDS = {5, 9, 200, 201}


@pytest.fixture(scope="module")
def run() -> Run:
    return Model("random", CONFIG, CONFIG.initial_weights(3), None).run(TOKENS, n_steps=1)


@pytest.fixture(scope="module", params=["wide", "tall"])
def layout(run: Run, request: pytest.FixtureRequest) -> Layout:
    return arrange(run.graph, request.param, WORDS)


def film(run: Run, layout: Layout, actions: str) -> Timeline:
    head = "title: A test\nprompt: A\nvideo: {size: 320x180, fps: 10}\nbeats:\n  - id: a\n    do:\n"
    scene = parse_scene(head + textwrap.indent(textwrap.dedent(actions).strip("\n"), "      "))
    return compile_scene(scene, run, layout, 16 / 9)


def end(film: Timeline) -> State:
    return film.state(film.duration - 0.3)


def test_a_fill_goes_on_position_by_position_in_all_boxes_at_once(run: Run, layout: Layout) -> None:
    made = film(run, layout, "- fill: logits\n  over: 8s")
    boxes = layout.of_tensor("logits")
    assert len(boxes) == 7
    for k in range(80):
        state = made.state(k / 10)
        assert len({state.filled.get(box.id, 0.0) for box in boxes}) == 1
    outlined = [o.region for k in range(80) for o in made.state(k / 10).outlines if o.role == "result"]
    assert outlined
    for region in outlined:
        (start, stop), words = region.ranges
        assert words == (0, 300), "a whole position is shown in the making"
        assert stop - start in (1, 4)
    assert all(end(made).filled[box.id] == 1 for box in boxes)


def test_a_slow_fill_shows_its_cells_in_order_through_all_boxes(run: Run, layout: Layout) -> None:
    made = film(run, layout, "- fill: logits\n  over: 400s")
    cells = [o.region for k in range(400) for o in made.state(k).outlines if o.role == "result" and o.region.is_cell]
    order = [(t, word) for (t, _), (word, _) in (cell.ranges for cell in cells)]
    assert order == sorted(order) and len(set(order)) > 100
    words = [word for _, word in order]
    assert min(words) < 5 and max(words) > 201


def test_pieces_of_a_row_fly_to_their_places_in_another(run: Run, layout: Layout) -> None:
    made = film(run, layout, "- copy: logits[t=2]\n  to: probs[t=2]\n- wait: 2s")
    flyers = made.state(1.5).flyers
    assert len(flyers) == 7
    for flyer in flyers:
        (box, cells), *_ = layout.find(Region("probs", flyer.region.ranges))
        assert flyer.corner[:2] == pytest.approx(box.place(cells[0], cells[1])[:2])


def test_a_word_is_looked_up(run: Run, layout: Layout) -> None:
    made = film(run, layout, "- copy: wte[v=9]\n  to: embed[t=1]\n- wait: 2s")
    (flyer,) = made.state(1.5).flyers
    box = layout.boxes["embed"]
    (_, cells), *_ = layout.find(Region("embed", ((1, 2), (0, 8))))
    assert flyer.corner[:2] == pytest.approx(box.place(cells[0], cells[1])[:2])


def test_a_row_in_a_stack_stays_together(run: Run, layout: Layout) -> None:
    made = film(run, layout, '- stack: ["logits[t=1]", "probs[t=1]"]\n  beside: embed\n  gap: 4\n- wait: 2s')
    flyers = made.state(1.5).flyers
    assert len(flyers) == 14
    for tensor in ("logits", "probs"):
        own = [flyer for flyer in flyers if flyer.region.tensor == tensor]
        homes = [layout.find(flyer.region)[0][0].corner for flyer in own]
        ways = {
            tuple(round(f - h, 6) for f, h in zip(flyer.corner, home, strict=True))
            for flyer, home in zip(own, homes, strict=True)
        }
        assert len({way[:1] for way in ways}) == 1 or len({way[1:2] for way in ways}) == 1
        shifts = [(a.corner[0] - b.corner[0], a.corner[1] - b.corner[1]) for a, b in itertools.pairwise(own)]
        at_home = [(a[0] - b[0], a[1] - b[1]) for a, b in itertools.pairwise(homes)]
        for shift, expected in zip(shifts, at_home, strict=True):
            assert shift == pytest.approx(expected)


def test_a_word_stands_apart_from_all_before_and_after_it(run: Run, layout: Layout) -> None:
    made = film(run, layout, "- open: probs[v=201]\n  gap: 2\n- wait: 2s\n- close: probs")
    flyers = made.state(2.0).flyers
    assert sorted(flyer.region.ranges[1] for flyer in flyers) == [
        *[(0, 5), (5, 6), (6, 9), (9, 10), (10, 200), (200, 201), (201, 202), (202, 300)]
    ]
    along = 0 if layout.orientation == "wide" else 1
    sign = 1 if layout.orientation == "wide" else -1
    for flyer in flyers:
        (box, cells), *_ = layout.find(flyer.region)
        away = sign * (flyer.corner[along] - box.place(cells[0], cells[1])[along])
        word = flyer.region.ranges[1][0]
        assert away == pytest.approx({True: 0.0, False: -2.0 if word < 201 else 2.0}[word == 201])
    assert not end(made).flyers


def test_all_words_of_some_positions_stand_apart(run: Run, layout: Layout) -> None:
    made = film(run, layout, "- open: probs[t=1:3]\n  gap: 2\n- wait: 2s")
    ranges = {flyer.region.ranges[0] for flyer in end(made).flyers}
    assert ranges == {(0, 1), (1, 3), (3, 4)} and len(end(made).flyers) == 21


def test_all_of_it_cannot_stand_apart_from_itself(run: Run, layout: Layout) -> None:
    with pytest.raises(ScriptError, match="only whole rows or whole columns"):
        film(run, layout, "- open: probs")


def test_what_is_worked_out_is_computed_up_to_there_in_every_box(run: Run, layout: Layout) -> None:
    made = film(run, layout, "- work_out: probs[t=2, v=9]")
    state = made.state(made.duration - 0.01)
    boxes = layout.of_tensor("probs")
    done = {box.ranges[1]: state.computed(box, run.graph) for box in boxes}
    expected = {span: 2 * (span[1] - span[0]) + (span[1] - span[0] if span[0] < 9 else 0) for span in done}
    assert done == pytest.approx({**expected, (9, 10): 3})
