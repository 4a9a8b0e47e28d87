"""Several models as one run: what belongs to each is what it is alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from render.errors import UserError
from render.model import GPT2Config, Model, Region, Run, evaluate, explain, operands
from render.model.cast import perform
from render.model.equation import general


@pytest.fixture(scope="module")
def together(nano_run: Run, llama_run: Run) -> Run:
    blank = Model.blank("shape", GPT2Config(2, 2, 8, vocab_size=5, block_size=16)).outline(7)
    return perform(nano_run, {"small": llama_run, "shape": blank})


def test_a_run_alone_is_itself(nano_run: Run) -> None:
    assert perform(nano_run, {}) is nano_run and nano_run.alone == (nano_run,)


def test_every_tensor_of_every_step_has_the_values_of_its_own_model(
    together: Run, nano_run: Run, llama_run: Run
) -> None:
    assert len(together.steps) == len(nano_run.steps)
    for step, own in zip(together.steps, nano_run.steps, strict=True):
        for name in own.graph:
            assert np.array_equal(step[name], own[name])
        for name in llama_run.steps[0].graph:
            assert np.array_equal(step[f"small.{name}"], llama_run.steps[0][name]), "it stays at its prompt"
    expected = sum(len(run.graph) for run in (nano_run, llama_run))
    assert len([name for name in together.graph if not name.startswith("shape.")]) == expected


def test_formulas_read_the_tensors_of_their_own_model(together: Run, llama_run: Run) -> None:
    trace, own = together.steps[0], llama_run.steps[0]
    rng = np.random.default_rng(0)
    for name, spec in own.graph.items():
        if spec.formula is None:
            continue
        joined = trace.graph[f"small.{name}"]
        place = tuple(int(rng.integers(size)) for size in spec.shape)
        assert joined.formula is not None and joined.dims == spec.dims
        at = joined.at(place)
        assert evaluate(joined.formula, at, trace) == evaluate(spec.formula, spec.at(place), own)
        read = operands(joined.formula, at, trace)
        alone = operands(spec.formula, spec.at(place), own)
        assert read == tuple(replace(region, tensor=f"small.{region.tensor}") for region in alone)


def test_cards_of_a_member_say_what_they_say_alone(together: Run, llama_run: Run) -> None:
    trace, own = together.steps[0], llama_run.steps[0]
    for name in ("h.0.attn.q_rot", "h.1.mlp.act", "h.0.attn.att"):
        index = dict.fromkeys(own.graph[name].dims, 1)
        assert str(explain(trace, f"small.{name}", index)) == str(explain(own, name, index))
        told, alone = general(trace.graph, f"small.{name}"), general(own.graph, name)
        assert len(told.where) == len(alone.where)


def test_sizes_and_tokens_are_those_of_the_member(together: Run, nano_run: Run, llama_run: Run) -> None:
    graph = together.steps[0].graph
    assert graph.of_model("small.h.0.attn.q").dims == llama_run.steps[0].graph.dims
    assert graph.of_model("h.0.attn.q").dims == nano_run.steps[0].graph.dims
    assert graph.of_model("small.tokens").tokens == llama_run.steps[0].tokens
    assert graph.of_model("shape.wte.weight").n_tokens == 7
    assert graph.whose("small.h.0.attn.q") == ("small", "h.0.attn.q") and graph.whose("h.0") == ("", "h.0")
    assert together.model_of("small.logits") is llama_run.model and together.model_of("logits") is nano_run.model


def test_a_prediction_is_read_off_by_the_members_own_head(together: Run, llama_run: Run) -> None:
    trace, own = together.steps[0], llama_run.steps[0]
    width = own["h.1.resid"].shape[1]
    region = Region("h.1.resid", ((5, 6), (0, width)))
    read = together.read_off_all(trace, [replace(region, tensor="small.h.1.resid")])
    np.testing.assert_allclose(read[0], own["probs"][5], atol=1e-6)


def test_a_member_without_weights_says_so_under_its_name(together: Run) -> None:
    with pytest.raises(UserError, match=r"shape has no weights here, so there is no value of logits \(shape\)"):
        together.steps[0]["shape.logits"]


def test_predictions_of_several_models_are_not_read_off_together(together: Run) -> None:
    regions = [Region(f"{name}h.1.resid", ((5, 6), (0, 48 if not name else 24))) for name in ("", "small.")]
    with pytest.raises(UserError, match="read off one model, and these belong to several"):
        together.read_off_all(together.steps[0], regions)


def test_what_is_known_of_a_members_tensors_is_what_is_known_alone(together: Run, llama_run: Run) -> None:
    graph, own = together.graph, llama_run.steps[0].graph
    for name, spec in own.items():
        joined = graph[f"small.{name}"]
        assert replace(joined, name=name, formula=None) == replace(spec, formula=None)
        assert (joined.splits, joined.shared) == (spec.splits, spec.shared)
        assert (joined.formula is None) == (spec.formula is None)
        assert graph.readers(f"small.{name}") == tuple(f"small.{reader}" for reader in own.readers(name))
