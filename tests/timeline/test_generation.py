from __future__ import annotations

import itertools

import numpy as np
import pytest
from films import production

from render.programme.production import Production
from render.timeline import State


@pytest.fixture(scope="module")
def film() -> Production:
    return production(
        """
        - id: fill
          do: [{fill: model, over: 1s}]
        - id: once
          do:
            - feed_back: {}
              over: 4s
        - id: rest
          say: "{sequence}"
          do:
            - feed_back: {times: 4}
        - id: end
          say: "{sequence} {predicted}"
        """
    )


def at(film: Production, beat: int, seconds: float) -> State:
    return film.timeline.state_of(beat, seconds)


def test_the_prediction_joins_the_tokens(film: Production) -> None:
    prompt = film.run.tokens[:6]
    before, arriving, after = at(film, 1, 0.0).tokens, at(film, 1, 0.6).tokens, at(film, 1, 4.0).tokens
    assert before is not None and arriving is not None and after is not None
    assert before.ids[:6] == prompt and before.texts[:6] == tuple("CBABBC") and before.n_prompt == 6
    assert len(before.ids) == 6 or before.arriving == 0, "nothing is there before it arrives"
    assert arriving.ids == after.ids == (*prompt, int(film.run.steps[0]["logits"][-1].argmax()))
    assert 0 < arriving.arriving < 1 and after.arriving == 1
    assert {before.capacity, after.capacity} == {11}
    end = film.timeline.state(film.timeline.duration).tokens
    assert end is not None and "".join(end.texts) == "CBABBCABBBC"


def test_the_step_goes_on_when_the_token_has_arrived(film: Production) -> None:
    states = [film.timeline.state(k / 20) for k in range(int(film.timeline.duration * 20))]
    steps = [state.step for state in states]
    assert steps == sorted(steps) and set(steps) == set(range(6))
    for state in states:
        assert state.tokens is not None
        arriving = len(state.tokens.ids) - len(film.run.steps[state.step].tokens)
        assert arriving in (0, 1) and (arriving == 1) >= (state.tokens.arriving < 1)


def test_only_the_new_position_is_computed(film: Production) -> None:
    """Of every box all earlier positions stay, the new one is filled in the order of computation."""
    start = next(k for k in range(80) if at(film, 1, k / 20).step == 1) / 20
    graph, layout = film.run.steps[1].graph, film.layout
    seen = [at(film, 1, start + k / 20) for k in range(int((4 - start) * 20) + 2)]
    for state in seen:
        assert all(filled >= 6 / 7 - 1e-9 for filled in state.filled.values())
    done = {
        name: [min(s.filled[box.id] for box in layout.of_tensor(name)) for s in seen]
        for name in graph
        if computed(film, name)
    }
    assert all(fills == sorted(fills) and fills[-1] == 1 for fills in done.values())
    assert all(fills[0] == pytest.approx(6 / 7) for fills in done.values())
    half = {name: next(k for k, fill in enumerate(fills) if fill > 0.95) for name, fills in done.items()}
    assert [half[name] for name in done] == sorted(half[name] for name in done), "in the order of computation"
    assert half["embed"] < half["h.1.mlp.out"] < half["probs"]


def computed(film: Production, name: str) -> bool:
    return film.run.graph[name].kind not in ("weight", "token")


def test_earlier_positions_keep_their_values(film: Production) -> None:
    """What the picture promises when it leaves them alone: the causal mask keeps them as they were."""
    for step in range(5):
        before, after = film.run.steps[step], film.run.steps[step + 1]
        n = len(before.tokens)
        for name in ("embed", "h.1.resid", "probs"):
            np.testing.assert_allclose(before[name], after[name][:n], rtol=1e-4, atol=1e-5)


def test_words_belong_to_their_step(film: Production) -> None:
    said = [shot.pages[0].text for shot in film.timeline.shots if shot.pages]
    assert said == ["CBABBCA", f"CBABBCABBBC {'ABC'[film.run.tokens[-1]]}"]


def test_feeding_back_without_a_fill_before_does_not_pop() -> None:
    """Boxes that were empty do not appear from one frame to the next."""
    made = production("- id: a\n  do:\n    - {feed_back: {}, over: 4s}\n")
    states = [made.timeline.state(k / 30) for k in range(125)]
    for before, after in itertools.pairwise(states):
        for box in ("embed", "h.1.mlp.act", "probs"):
            assert after.filled.get(box, 0.0) - before.filled.get(box, 0.0) < 0.75


def test_a_full_block_still_takes_the_last_prediction() -> None:
    """Six letters sorted need twelve places; the last one is shown, and no pass over twelve is needed."""
    made = production("- id: a\n  do:\n    - feed_back: {times: 6}\n- id: b\n  say: '{sequence}'\n")
    row = made.timeline.state(made.timeline.duration).tokens
    assert row is not None and "".join(row.texts) == "CBABBCABBBCC" == made.timeline.shots[1].pages[0].text
    assert made.timeline.state(made.timeline.duration).step == 5
