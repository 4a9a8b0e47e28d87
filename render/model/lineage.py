"""What every tensor of a run follows from, as a hash: the weights and the tokens that it was computed from.

A computed tensor's hash is made of those of the tensors that its formula reads, down to the bytes of the weights, and
no computed value goes into it. So it is the same on every machine, and changes with a weight wherever that weight has
a part in it (Merkle 1988, A digital signature based on a conventional encryption function: a tree of hashes).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from render.model.graph import Graph
from render.model.model import Model, Run
from render.model.stored import StoredTensor

SIZE = 16
"""Bytes of a hash."""


def hashed(*parts: bytes) -> bytes:
    """One hash of several byte strings, each of which counts with its length."""
    made = blake2b(digest_size=SIZE)
    for part in parts:
        made.update(len(part).to_bytes(8, "little"))
        made.update(part)
    return made.digest()


def lineage(run: Run) -> dict[str, bytes]:
    """The hash of every tensor of a run by name, over all its passes.

    Of a model without weights it is one of its shape. Members of a cast have tensors under their own names.
    """
    found: dict[str, bytes] = {}
    for member, own in (run.cast or {"": run}).items():
        passes = [_pass(own.model, step.graph, step.tokens) for step in own.steps]
        prefix = f"{member}." if member else ""
        for name in own.graph:
            found[prefix + name] = hashed(*(each[name] for each in passes))
    return found


def identity(model: Model) -> bytes:
    """A hash of what a model is besides its weights: its shape, what its tokens are called, its name if all is that."""
    tokenizer, n_tokens = model.tokenizer, model.config.vocab_size
    texts = [] if tokenizer is None else [tokenizer.text(id) for id in range(n_tokens)]
    name = model.name if model.is_blank else ""
    return hashed(name.encode(), repr(model.config).encode(), repr(texts).encode())


def contents(model: Model) -> bytes:
    """A hash of all weights of a model and of its shape."""
    named = [part for name, weight in sorted(_weights(model).items()) for part in (name.encode(), weight)]
    return hashed(repr(model.config).encode(), *named)


def _pass(model: Model, graph: Graph, tokens: tuple[int, ...]) -> Mapping[str, bytes]:
    """The hashes of the tensors of one pass, in the order of computation."""
    shape, ids = repr(model.config).encode(), repr(tokens).encode()
    weights = _weights(model)
    found: dict[str, bytes] = {}
    for name, spec in graph.items():
        if spec.kind == "token":
            found[name] = hashed(name.encode(), ids)
        elif name in weights:
            found[name] = weights[name]
        else:
            # The tokens as well: which rows an embedding reads is up to them.
            operands = (found[read] for read in graph.operand_names(name) if read in found)
            found[name] = hashed(name.encode(), shape, ids, *operands)
    return found


@lru_cache(maxsize=32)
def _weights(model: Model) -> Mapping[str, bytes]:
    return {name: _bytes_of(weight) for name, weight in model.weights.items()}


def _bytes_of(weight: object) -> bytes:
    if isinstance(weight, StoredTensor):
        return weight.digest
    values = np.ascontiguousarray(weight)
    return hashed(str(values.dtype).encode(), repr(values.shape).encode(), values.tobytes())
