"""Actions on members of a cast: they fill, explain and plot what is theirs, and only the lead goes on."""

from __future__ import annotations

import numpy as np
import pytest
from films import production

from render.programme.production import Production
from render.scene import parse_scene, parse_selector, resolve
from render.timeline import Card, Readings
from render.timeline.filling import stretches

CAST = """\
title: A test
prompt: CBABBC
cast:
  other: {model: nano-sort, prompt: ACBACBAC}
  shape: {model: {family: gpt2, n_layer: 1, n_head: 2, n_embd: 8, vocab_size: 5, block_size: 16}, positions: 4}
video: {size: 320x180, fps: 10}
beats:
- id: fill
  do:
  - fill: other
    over: 2s
- id: explain
  do:
  - explain: other.h.1.attn.q[h=1, t=2, a=3]
    for: 2s
- id: read
  do:
  - chart: other.h.*.resid[t=-1]
    through: prediction
    over: 1s
  - wait: 1s
- id: feed-back
  do:
  - feed_back: {times: 2}
    over: 2s
- id: end
"""


@pytest.fixture(scope="module")
def film() -> Production:
    return Production(parse_scene(CAST))


def test_a_fill_of_a_member_fills_what_is_its(film: Production) -> None:
    half, done = (film.timeline.state(t).filled for t in (1.0, film.timeline.starts[1]))
    assert {film.layout.graph.whose(id)[0] for id in done} == {"other"}
    computed = {box.id for box in film.layout.boxes.values() if box.kind in ("activation", "aggregate")}
    assert {id for id, part in done.items() if part == 1} == {id for id in computed if id.startswith("other.")}
    assert 0 < sum(half.values()) < sum(done.values())


def test_how_far_a_member_is_filled_goes_by_its_own_tokens(film: Production) -> None:
    state = film.timeline.state(film.timeline.starts[1])
    box = film.layout.boxes["other.embed"]
    assert state.computed(box, film.run.steps[0].graph) == 48 * 8
    assert state.computed(film.layout.boxes["embed"], film.run.steps[0].graph) == 0


def test_the_card_of_a_member_is_of_its_own_run(film: Production) -> None:
    (card,) = [film.timeline.state(t).card for t in [film.timeline.starts[1] + 1.0]]
    assert isinstance(card, Card)
    own = film.run.cast["other"].steps[0]
    assert card.formula.result.tensor == "other.h.1.attn.q"
    assert card.formula.value == own["h.1.attn.q"][1, 2, 3]


def test_what_a_member_would_say_is_read_off_by_itself_layer_by_layer(film: Production) -> None:
    (chart,) = film.timeline.state(film.timeline.starts[3] - 0.2).charts
    assert isinstance(chart.plot, Readings)
    model, own = film.run.cast["other"].model, film.run.cast["other"].steps[0]
    streams = np.concatenate([np.asarray(own[f"h.{n}.resid"])[-1:] for n in range(3)])
    said = model.config.read_off(model.weights, streams)
    assert chart.plot.layers == ("block 1", "block 2", "block 3")
    assert chart.plot.words == tuple("ABC"[i] for i in said.argmax(axis=1))
    assert chart.plot.values == pytest.approx(said.max(axis=1).tolist())


def test_only_the_lead_feeds_back(film: Production) -> None:
    before, after = (film.timeline.state(t) for t in (film.timeline.starts[3] - 0.1, film.timeline.duration))
    assert (before.step, after.step) == (0, 2)
    assert before.tokens is not None and after.tokens is not None
    assert len(after.tokens.ids) == len(before.tokens.ids) + 2
    for state in (before, after):
        assert {id for id, part in state.filled.items() if id.startswith("other.") and part == 1}
        assert not any(id.startswith("shape.") for id in state.filled)
    new = {id for id, part in after.filled.items() if part == 1} - {id for id, part in before.filled.items() if part}
    assert new and all(film.layout.graph.whose(id)[0] == "" for id in new)
    graph, box = film.run.steps[2].graph, film.layout.boxes["other.embed"]
    assert after.computed(box, graph) == 48 * 8, "its sequence is as long as before"


def test_filling_again_takes_no_time_for_what_is_all_there() -> None:
    made = production("- id: one\n  do: [{fill: [embed, h.0]}]")
    graph, layout = made.run.steps[0].graph, made.layout
    regions = [region for name in ("embed", "h.0") for region in resolve(parse_selector(name), graph)]
    first = stretches(regions, layout, graph, {})
    filled = {box.id: 1.0 for stretch in first[:4] for box in stretch.boxes}
    again = stretches(regions, layout, graph, filled)
    assert [stretch.tensor for stretch in again] == [stretch.tensor for stretch in first[4:]]
    assert (again[0].start, again[-1].end) == (0, pytest.approx(1))
    assert stretches(regions, layout, graph, {box.id: 1.0 for own in first for box in own.boxes}) == ()
