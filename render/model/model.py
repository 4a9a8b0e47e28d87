"""A model that can be run, and the record of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from uuid import uuid4

import numpy as np
from threadpoolctl import ThreadpoolController

from render.errors import UserError
from render.model.architecture import Architecture, FloatArray
from render.model.graph import Graph
from render.model.notation import Causal
from render.model.readable import Readable
from render.model.region import Region
from render.model.stored import check_numbers
from render.model.tokenizer import Tokenizer
from render.model.trace import Outline, Trace

_ONE_THREAD = partial(ThreadpoolController().limit, limits=1, user_api="blas")
"""A pass multiplies a few vectors at a time. Threads that wait for each other, as on a busy machine, cost more than
they bring: up to four times the whole pass."""


@dataclass(frozen=True, eq=False)
class Model:
    """An architecture, and its weights if they are here.

    config:      the architecture and its sizes, such as `GPT2Config`
    weights:     float32 under the names that `config.graph` gives them, in memory or still in a file; empty for a model
                 of which only the shape is known
    tokenizer:   None when the checkpoint has none; then tokens are given as ids
    fingerprint: another one when the weights may have changed, for whoever keeps what was made of them; of a model that
                 no file holds no two are the same
    task:        what it does, in words that may follow its name
    """

    name: str
    config: Architecture
    weights: Mapping[str, Readable]
    tokenizer: Tokenizer | None
    fingerprint: str = field(default_factory=lambda: uuid4().hex)
    task: str = "continues a text"

    @classmethod
    def blank(cls, name: str, config: Architecture) -> Model:
        """A model of which only the shape is known."""
        return cls(name, config, {}, None, sha256(f"{name} {config}".encode()).hexdigest()[:16])

    @property
    def is_blank(self) -> bool:
        """Whether only its shape is known: nothing of it has a value, and it is drawn for a number of positions."""
        return not self.weights

    @property
    def n_params(self) -> int:
        """How many trained numbers it has, as its family counts them."""
        return self.config.n_params

    def encode(self, text: str) -> tuple[int, ...]:
        """The token ids of a text. Raises UserError for what is not in the vocabulary, and without a tokenizer."""
        if self.tokenizer is None:
            raise UserError(f"the model '{self.name}' has no tokenizer: give token ids, such as 2 1 0, not text")
        return self.tokenizer.encode(text)

    def graph(self, n_tokens: int) -> Graph:
        """Every tensor of a pass over `n_tokens` tokens."""
        return self.config.graph(n_tokens)

    def trace(self, tokens: Sequence[int]) -> Trace:
        """One forward pass over the token ids.

        Raises UserError for none, too many, or one not in the vocabulary, for weights that are not finite, whether the
        pass reads them or not, for what it computes where that is not, and for a model without weights.
        """
        if self.is_blank:
            raise UserError(f"{self.name} has no weights here, so it cannot run")
        ids = self._checked(tokens, n_steps=1)
        with np.errstate(over="ignore", invalid="ignore"), _ONE_THREAD():  # what overflows is told below
            computed = self.config.forward(self.weights, ids)
        check_numbers(self.weights.values())
        graph = self.graph(len(ids)).over(ids, predicted=int(np.argmax(computed["logits"][-1])))
        trace = Trace(graph, ids, {**self.weights, **computed})
        for name, values in computed.items():
            masked = -np.inf if isinstance(trace.graph[name].formula, Causal) else 0.0
            if not (np.isfinite(values) | (values == masked)).all():
                raise UserError(
                    f"'{self.name}' computes numbers that are not finite, first in {name}: its weights are too large, "
                    "or damaged"
                )
        return trace

    def run(self, tokens: Sequence[int], n_steps: int) -> Run:
        """Predict `n_steps` tokens greedily, one pass each: the likeliest joins the tokens and the model runs again.

        Raises UserError for tokens as `trace` does, and when the last pass would be over more than `block_size` tokens.
        """
        ids = self._checked(tokens, n_steps)
        prompt_length = len(ids)
        steps = []
        for _ in range(n_steps):
            steps.append(self.trace(ids))
            ids = (*ids, int(np.argmax(steps[-1]["logits"][-1])))
        return Run(self, prompt_length, tuple(steps), ids)

    def outline(self, n_positions: int) -> Run:
        """What a run over `n_positions` tokens would be, without a value in it: the one pass has its graph and no more.

        Raises UserError for none and for more than `block_size`.
        """
        ids = (0,) * n_positions
        return Run(self, n_positions, (Outline(self.name, self.graph(n_positions), ids),), ids)

    def read_off(self, trace: Trace, region: Region) -> FloatArray:
        """What the model would say if it stopped at one position's vector of the residual stream: probabilities (v,).

        The vector goes through the final norm and the head. Raises UserError for what is no such vector.
        """
        return np.asarray(self.read_off_all(trace, [region])[0])

    def read_off_all(self, trace: Trace, regions: Sequence[Region]) -> FloatArray:
        """As `read_off` for several vectors at once, (n, v): a large head is read only once."""
        for region in regions:
            self.check_on_stream(trace.graph, region)
        vectors = np.concatenate([np.asarray(trace[region.tensor][region.slices]) for region in regions])
        return self.config.read_off(self.weights, vectors)

    def check_on_stream(self, graph: Graph, region: Region) -> None:
        """Raise UserError for what is not one position's vector of the residual stream."""
        names, width = self.config.stream, graph[self.config.stream[0]].shape[-1]
        if region.tensor not in names or region.shape != (1, width):
            shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
            example = f"{names[-1]}[{graph[names[-1]].dims[0]}=0]"
            raise UserError(
                f"a prediction is read off one position of the residual stream ({shown}), such as {example}"
            )

    def _checked(self, tokens: Sequence[int], n_steps: int) -> tuple[int, ...]:
        vocab_size, block_size = self.config.vocab_size, self.config.block_size
        if len(tokens) == 0:
            raise UserError("there are no tokens to run the model on: give one or more")
        if n_steps < 1:
            raise UserError(f"a run needs 1 or more steps, not {n_steps}")
        for place, token in enumerate(tokens):
            if isinstance(token, bool) or not isinstance(token, (int, np.integer)):
                raise UserError(f"token {place} is {token!r}: a token id is a whole number")
            if not 0 <= token < vocab_size:
                raise UserError(f"token {place} is {token}: the ids of '{self.name}' go from 0 to {vocab_size - 1}")
        if len(tokens) > block_size:
            raise UserError(f"{len(tokens)} tokens are too many: '{self.name}' looks at {block_size} at most")
        if len(tokens) + n_steps - 1 > block_size:
            most = block_size - len(tokens) + 1
            raise UserError(
                f"{n_steps} steps after {len(tokens)} tokens are too many: '{self.name}' looks at {block_size} tokens, "
                f"so {most} at most"
            )
        return tuple(int(token) for token in tokens)


@dataclass(frozen=True, eq=False)
class Run:
    """A prompt and what a model made of it.

    steps:  a trace of every pass: steps[0] over the prompt, steps[k] over the prompt and k predictions
    tokens: all token ids, the prediction of the last pass included; of a model without weights as many as it is drawn
            for, and none of them means anything
    cast:   the runs of several models that it is made of, if it is, by name; that of the leading model is ""
    """

    model: Model
    prompt_length: int
    steps: tuple[Trace, ...]
    tokens: tuple[int, ...]
    cast: Mapping[str, Run] = field(default_factory=dict)

    @property
    def graph(self) -> Graph:
        """The graph of the last and longest pass."""
        return self.steps[-1].graph

    @property
    def alone(self) -> tuple[Run, ...]:
        """The runs that it is made of, each of one model; itself if it is one."""
        return tuple(self.cast.values()) or (self,)

    def model_of(self, name: str) -> Model:
        """The model that a tensor belongs to."""
        return self.cast[self.graph.whose(name)[0]].model if self.cast else self.model

    def own(self, trace: Trace, region: Region) -> tuple[Model, Trace, Region]:
        """The model that a region belongs to, its own pass in `trace`, and what the region is there."""
        member, name = self.graph.whose(region.tensor)
        if not member:
            return self.model, trace, region
        run = self.cast[member]
        return run.model, run.steps[0], replace(region, tensor=name)

    def read_off_all(self, trace: Trace, regions: Sequence[Region]) -> FloatArray:
        """What the model to which `regions` belong would say at those vectors of its stream: (n, v).

        Raises UserError where they belong to several members of the cast.
        """
        (model, own, _), *rest = found = [self.own(trace, region) for region in regions]
        if any(other is not own for _, other, _ in rest):
            raise UserError("predictions that stand together are read off one model, and these belong to several")
        return model.read_off_all(own, [region for _, _, region in found])

    def check_on_stream(self, trace: Trace, region: Region) -> None:
        """Raise UserError for what is not one position's vector of the residual stream of the region's model."""
        model, own, place = self.own(trace, region)
        model.check_on_stream(own.graph, place)

    def after(self, joined: int) -> Trace:
        """The latest pass once `joined` predictions have joined the tokens; none follows the last one's joining."""
        return self.steps[min(joined, len(self.steps) - 1)]
