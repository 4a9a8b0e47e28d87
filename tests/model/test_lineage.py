"""The hashes of what tensors follow from change with the weights that have a part in them, and with nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from render.model import Model, Run, load_model
from render.model.lineage import contents, identity, lineage


def with_changed(model: Model, name: str) -> Model:
    weight = np.array(model.weights[name])
    weight.flat[-1] += np.float32(0.25)
    return replace(model, weights={**model.weights, name: weight})


@pytest.fixture(scope="module")
def run() -> Run:
    model = load_model("nano-sort")
    return model.run(model.encode("CBABBC"), n_steps=2)


@pytest.mark.parametrize("name", ["wte.weight", "h.1.mlp.c_proj.weight", "ln_f.bias", "lm_head.weight"])
def test_a_weight_changes_what_is_computed_from_it(run: Run, name: str) -> None:
    """What differs in value differs in hash; what differs in hash is downstream, whatever its value."""
    changed = with_changed(run.model, name).run(run.steps[0].tokens, 2)
    before, after = lineage(run), lineage(changed)
    assert before.keys() == after.keys()
    differing = {tensor for tensor in before if before[tensor] != after[tensor]}
    downstream = {name}
    for tensor in run.graph:
        if downstream & set(run.graph.operand_names(tensor)):
            downstream.add(tensor)
    assert differing == downstream
    for tensor in run.graph:
        if not np.array_equal(run.steps[0][tensor], changed.steps[0][tensor]):
            assert tensor in differing


def test_other_tokens_change_what_is_computed_and_no_weight(run: Run) -> None:
    other = run.model.run(run.model.encode("ABCABC"), n_steps=2)
    before, after = lineage(run), lineage(other)
    same = {tensor for tensor in before if before[tensor] == after[tensor]}
    assert same == {tensor for tensor, spec in run.graph.items() if spec.kind == "weight"}


def test_it_is_the_same_however_often_the_model_is_loaded(run: Run) -> None:
    again = load_model("nano-sort")
    assert lineage(again.run(run.steps[0].tokens, 2)) == lineage(run)
    assert contents(again) == contents(run.model) and identity(again) == identity(run.model)


def test_contents_change_with_any_weight(run: Run) -> None:
    assert contents(with_changed(run.model, "h.2.ln_2.weight")) != contents(run.model)


def test_models_without_weights_differ_by_their_shape() -> None:
    gpt2, gpt3 = load_model("gpt2"), load_model("gpt3")
    assert identity(gpt2) != identity(gpt3)
    one, other = (lineage(model.outline(4)) for model in (gpt2, gpt3))
    assert one["h.0.attn.q"] != other["h.0.attn.q"]
