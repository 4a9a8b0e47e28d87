from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from render.errors import UserError
from render.model import GPT2Config, LetterTokenizer, Model

TINY = GPT2Config(n_layer=1, n_head=2, n_embd=4, vocab_size=5, block_size=6)


@pytest.fixture
def tiny(random_model: Callable[[GPT2Config], Model]) -> Model:
    return random_model(TINY)


def test_a_run_feeds_every_prediction_back(tiny: Model) -> None:
    run = tiny.run((3, 1), n_steps=4)
    assert run.prompt_length == 2
    assert [step.tokens for step in run.steps] == [run.tokens[:n] for n in (2, 3, 4, 5)]
    for step, predicted in zip(run.steps, run.tokens[2:], strict=True):
        assert int(np.argmax(step["probs"][-1])) == predicted
    assert run.graph is run.steps[-1].graph
    assert run.graph.n_tokens == 5


def test_the_last_prediction_needs_no_place_in_the_block(tiny: Model) -> None:
    assert len(tiny.run((0, 1, 2, 3, 4, 0), n_steps=1).tokens) == 7


def test_the_past_does_not_know_the_future(tiny: Model) -> None:
    short, long = tiny.trace((3, 1, 4)), tiny.trace((3, 1, 4, 0, 2))
    np.testing.assert_allclose(long["logits"][:3], short["logits"], atol=1e-6)


def test_a_trace_is_in_the_order_of_computation(tiny: Model) -> None:
    trace = tiny.trace((3, 1, 4))
    assert list(trace) == list(trace.graph)
    assert trace.tokens == (3, 1, 4)
    assert trace["tokens"].tolist() == [3, 1, 4]
    assert {array.dtype for name, array in trace.items() if name != "tokens"} == {np.dtype(np.float32)}


def test_cell(tiny: Model) -> None:
    trace = tiny.trace((3, 1, 4))
    assert trace.cell("h.0.attn.q", {"h": 1, "t": 2, "a": 0}) == trace["h.0.attn.q"][1, 2, 0]
    assert trace.cell("h.0.attn.y", {"t": 2, "h": 1, "a": 0}) == trace["h.0.attn.y"][2, 2]
    assert trace.cell("logits", {"t": -1, "v": -1}) == trace["logits"][2, 4]
    with pytest.raises(UserError, match=r"there is no tensor 'logit'; did you mean 'logits'\?"):
        trace.cell("logit", {"t": 0})


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ((), "there are no tokens to run the model on"),
        ((0, 5), "token 1 is 5: the ids of 'random' go from 0 to 4"),
        ((-1,), "token 0 is -1: the ids of 'random' go from 0 to 4"),
        ((0.5,), "token 0 is 0.5: a token id is a whole number"),
        ((True,), "token 0 is True: a token id is a whole number"),
        (("1",), "token 0 is '1': a token id is a whole number"),
        ((0,) * 7, "7 tokens are too many: 'random' looks at 6 at most"),
    ],
)
def test_wrong_tokens(tiny: Model, tokens: tuple[int, ...], message: str) -> None:
    with pytest.raises(UserError) as error:
        tiny.trace(tokens)
    assert message in str(error.value)


def test_numpy_integers_are_tokens(tiny: Model) -> None:
    assert tiny.trace(np.array([3, 1])).tokens == (3, 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("n_steps", "message"),
    [(0, "a run needs 1 or more steps, not 0"), (6, "6 steps after 2 tokens are too many: .* so 5 at most")],
)
def test_wrong_steps(tiny: Model, n_steps: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        tiny.run((0, 1), n_steps)


def test_text_needs_a_tokenizer(tiny: Model) -> None:
    with pytest.raises(UserError, match="'random' has no tokenizer: give token ids"):
        tiny.encode("ABC")


def test_letters() -> None:
    tokenizer = LetterTokenizer("ABC")
    assert tokenizer.encode("CAB") == (2, 0, 1)
    assert tokenizer.decode((2, 0, 1)) == "CAB"
    assert tokenizer.text(1) == "B"
    with pytest.raises(UserError) as error:
        tokenizer.encode("CADB")
    assert str(error.value) == "'D', letter 3 of 'CADB', is not in the vocabulary: it has A, B, C"
