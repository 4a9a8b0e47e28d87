"""From a checkpoint to a model, whatever its family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from render.errors import UserError, nearest
from render.model.checkpoint import Checkpoint
from render.model.decoder import Decoder
from render.model.dialect import Tensors
from render.model.families import FAMILIES, family
from render.model.family import Family
from render.model.model import Model
from render.model.readable import Readable
from render.model.said import Said
from render.model.tokenizer import LetterTokenizer


def assemble(name: str, checkpoint: Checkpoint) -> Model:
    """The model that a checkpoint holds.

    Raises UserError, naming the tensor, when one is missing, unknown, of the wrong shape or type, or not finite, when
    what the checkpoint says of the model is not so, and for a family that there is not.
    """
    kin = _family(checkpoint)
    said = kin.said(checkpoint.config)
    tensors = kin.dialect([*checkpoint.tensors]).tensors(checkpoint.tensors)
    config = kin.read(said, tensors, _tied(said, tensors))
    weights = _weights(kin, config, tensors)
    model = Model(name, config, weights, _tokenizer(checkpoint.config, config))
    task = checkpoint.config.get("task", model.task)
    if not isinstance(task, str):
        raise UserError(f"the task of the model has to be words, such as '{model.task}', not {task!r}")
    return replace(model, task=task)


def _family(checkpoint: Checkpoint) -> Family:
    """The family that a checkpoint says it is of, or else whose names most of its tensors have."""
    for key in ("model_type", "general.architecture"):
        if key in checkpoint.config:
            return family(str(checkpoint.config[key]))
    names = [*checkpoint.tensors]
    return max(FAMILIES, key=lambda kin: kin.dialect(names).fit(names))


def _tied(said: Said, tensors: Tensors) -> bool:
    """Whether logits are read off with the token embedding: there is no head, or it is the embedding once more."""
    says = said.get("tie_word_embeddings")
    if says is False:
        return False
    head, wte = tensors.get("lm_head.weight"), tensors.get("wte.weight")
    if head is None or head == wte:
        return True
    if says:
        theirs = tensors.dialect.theirs("lm_head.weight")
        raise UserError(f"the config says tie_word_embeddings=True, but '{theirs}' is not the token embedding")
    return False


def _weights(kin: Family, config: Decoder, tensors: Tensors) -> dict[str, Readable]:
    specs = {spec.name: spec for spec in config.graph(1).values() if spec.kind == "weight"}
    theirs = tensors.dialect.theirs
    missing = [name for name, spec in specs.items() if spec.trained and name not in tensors]
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise UserError(f"the tensor '{theirs(missing[0])}' is missing{more}")
    unknown = [name for name in tensors if name not in specs and name != "lm_head.weight"]
    if unknown:
        known = nearest(theirs(unknown[0]), map(theirs, specs))
        raise UserError(f"the tensor '{theirs(unknown[0])}' is not one of a {kin.name}{known}")

    weights: dict[str, Readable] = {}
    for name, spec in specs.items():
        if not spec.trained:
            weights[name] = config.given[name]
            continue
        turned = tensors.dialect.turned(name, tensors)
        expected = spec.shape[::-1] if turned else spec.shape
        tensor = tensors[name]
        if tensor.shape != expected:
            raise UserError(f"'{theirs(name)}' has the shape {list(tensor.shape)}; expected {list(expected)}")
        if turned:
            tensor = tensor.turned()
        order = tensors.dialect.order(name, config)
        if order is not None:
            tensor = tensor.rows(order)
        weights[name] = tensor
    return weights


def _tokenizer(said: Mapping[str, Any], config: Decoder) -> LetterTokenizer | None:
    letters = said.get("vocabulary")
    if letters is None:
        return None
    vocab_size = config.parts.embedding.vocab_size
    if not isinstance(letters, str) or len(set(letters)) != len(letters) or len(letters) != vocab_size:
        raise UserError(f"the vocabulary has to be {vocab_size} different letters, not {letters!r}")
    return LetterTokenizer(letters)
