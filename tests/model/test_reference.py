"""The forward pass against Hugging Face transformers, whose activations scripts/make_reference.py stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from render.model import GPT2Config, LlamaConfig, load_model

REFERENCE = Path(__file__).parent / "reference"
CHECKPOINTS = sorted(path for path in REFERENCE.glob("*/*.safetensors") if ".activations" not in path.name)

AGGREGATES = {"att", "att_max", "att_sum", "logits_max", "logits_sum"}
ONLY_OURS = {"gpt2": AGGREGATES | {"mean", "std"}, "llama": AGGREGATES | {"rms", "factors"}}


def activations(checkpoint: Path) -> dict[str, np.ndarray]:
    return load_file(checkpoint.with_suffix(".activations.safetensors"))


@pytest.mark.parametrize("checkpoint", CHECKPOINTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_intermediate_is_what_transformers_computes(checkpoint: Path) -> None:
    reference = activations(checkpoint)
    trace = load_model(str(checkpoint)).trace(reference.pop("tokens").tolist())
    for tensor, values in reference.items():
        assert trace[tensor].dtype == np.float32
        tolerance = 1e-4 if tensor == "logits" else 1e-5
        np.testing.assert_allclose(trace[tensor], values, rtol=0, atol=tolerance, err_msg=tensor)


@pytest.mark.parametrize("checkpoint", CHECKPOINTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_reference_covers_what_both_have(checkpoint: Path) -> None:
    reference = activations(checkpoint)
    graph = load_model(str(checkpoint)).graph(len(reference["tokens"]))
    ours = {name for name, spec in graph.items() if spec.kind != "weight"}
    only_ours = {name.split(".")[-1] for name in ours - reference.keys()}
    assert only_ours <= ONLY_OURS[checkpoint.parent.name]
    assert reference.keys() <= ours


def test_the_reference_has_every_kind_of_configuration() -> None:
    configs = [load_model(str(path)).config for path in CHECKPOINTS]
    gpt2 = [config for config in configs if isinstance(config, GPT2Config)]
    llama = [config for config in configs if isinstance(config, LlamaConfig)]
    assert {config.tied for config in gpt2} == {True, False}
    assert {config.eps for config in gpt2} == {1e-5, 1e-2}
    assert {config.tie_word_embeddings for config in llama} == {True, False}
    heads = {(config.heads.n_head, config.heads.n_kv_head) for config in llama}
    assert heads == {(6, 2), (4, 1), (3, 3), (4, 2), (2, 2)}
    assert {config.hidden_size == config.heads.n_head * config.heads.size for config in llama} == {True, False}
    assert {config.attention_bias and config.mlp_bias for config in llama} == {True, False}
    assert {config.rope_theta for config in llama} >= {1e4, 1e5}
    assert {len(set(config.rope_factors)) > 1 for config in llama if config.rope_factors} == {True, False}
    assert {config.rms_norm_eps for config in llama} == {1e-6, 1e-3}
