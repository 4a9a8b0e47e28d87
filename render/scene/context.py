"""What a template can reach: the trace, the tokens and the model's figures at one step of a run, and nothing else.

Names are looked up in tables made here, never among the attributes of an object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from render.errors import UserError, nearest
from render.model import Array, FloatArray, Model, Region, Run, TensorSpec, Trace
from render.model.token_text import written
from render.scene.selector import Selector, Slice, resolve
from render.scene.written import flaw


@dataclass(frozen=True)
class Reference:
    """What stands in the braces of a template before the colon: a dotted name, slices (None if none), attributes.

    `offset` is the place of the name in `text`, the whole template. Without slices the attributes are still part of the
    name: only the graph tells where it ends.
    """

    text: str
    offset: int
    name: str
    slices: tuple[Slice, ...] | None
    attributes: tuple[str, ...]

    def flaw(self, message: str) -> UserError:
        """The error that says what is wrong with it, with its place if it is in a script."""
        return flaw(self.text, message, self.offset)


@dataclass(frozen=True)
class Tokens:
    """Some tokens: their ids and what a reader sees of them."""

    ids: tuple[int, ...]
    text: str


@dataclass(frozen=True, eq=False)
class Numbers:
    """Cells of one tensor; `region` is where they are, None when that is not one piece of it."""

    values: Array
    spec: TensorSpec
    region: Region | None


TOKEN_NAMES = ("prompt", "generated", "sequence", "predicted")
"""What templates call tokens of the sequence."""

Value: TypeAlias = "str | int | float | Tokens | Numbers"


@dataclass(frozen=True, eq=False)
class TemplateContext:
    """A run once `step` predictions have joined its tokens (0 is the pass over the prompt)."""

    run: Run
    step: int

    @property
    def trace(self) -> Trace:
        return self.run.after(self.step)

    def value(self, reference: Reference) -> Value:
        """What a reference stands for. Raises UserError (ScriptError in a script), naming the nearest valid name."""
        head, *rest = reference.name.split(".")
        if head == "model":
            return self._figure(reference, self.run.model, rest)
        if head in self.run.cast and rest[:1] == ["model"]:
            return self._figure(reference, self.run.cast[head].model, rest[1:])
        if head in self._tokens:
            if self.run.model.is_blank:
                raise reference.flaw(_no_tokens(self.run.model))
            if reference.slices is not None:
                raise reference.flaw(f"'{head}' cannot be sliced; tokens[0:3] can")
            return self._attributes(self._tokens[head], reference, (*rest, *reference.attributes))
        name, attributes = self._tensor(reference)
        selector = Selector(reference.text, name, reference.slices or ())
        regions = resolve(selector, self.trace.graph)
        try:
            cells = self._cells(regions)
        except UserError as error:
            raise reference.flaw(str(error)) from None
        return self._attributes(cells, reference, attributes)

    def tokens(self, ids: Iterable[int], tensor: str = "tokens") -> Tokens:
        """Tokens by their ids, of the model that `tensor` belongs to; without a tokenizer there is no more to read."""
        own = tuple(int(token) for token in ids)
        tokenizer = self.run.model_of(tensor).tokenizer
        if tokenizer is None:
            return Tokens(own, " ".join(map(str, own)))
        return Tokens(own, written(tokenizer.text(own[0])) if len(own) == 1 else tokenizer.decode(own).strip(" "))

    @cached_property
    def _tokens(self) -> Mapping[str, Tokens]:
        end = self.run.prompt_length + self.step
        begin, ids = self.run.prompt_length, self.run.tokens
        parts = (ids[:begin], ids[begin:end], ids[:end], ids[end : end + 1])
        return {name: self.tokens(part) for name, part in zip(TOKEN_NAMES, parts, strict=True)}

    def _figure(self, reference: Reference, model: Model, rest: list[str]) -> Value:
        known = figures(model)
        names = [*rest, *reference.attributes]
        if reference.slices is not None or not names:
            raise reference.flaw(f"say which figure of the model: {', '.join(f'model.{name}' for name in known)}")
        if names[0] not in known:
            raise reference.flaw(f"the model has no figure '{names[0]}'{nearest(names[0], known)}")
        return self._attributes(known[names[0]], reference, names[1:])

    def _tensor(self, reference: Reference) -> tuple[str, tuple[str, ...]]:
        """The tensor, or module of one tensor, that the name begins with, and the attributes that follow it."""
        parts = reference.name.split(".")
        shortest = len(parts) if reference.slices is not None else 1
        for n in range(len(parts), shortest - 1, -1):
            name = ".".join(parts[:n])
            if len(self.trace.graph.module(name)) == 1:
                return name, (*parts[n:], *reference.attributes)
        if several := self.trace.graph.module(reference.name):
            raise reference.flaw(f"one tensor is needed here, and '{reference.name}' is {len(several)}")
        known = nearest(reference.name, [*self._tokens, "model", *self.trace.graph])
        if reference.text[: reference.offset].rstrip(" {").endswith(("_", "^")):
            known = "; in maths a brace is written '{{' and '}}'"
        raise reference.flaw(f"no value is called '{reference.name}'{known}")

    def _cells(self, regions: tuple[Region, ...]) -> Value:
        spec = self.trace.graph[regions[0].tensor]
        model = self.run.model_of(spec.name)
        if spec.kind == "token" and model.is_blank:
            raise UserError(_no_tokens(model))
        pieces = [self.trace[spec.name][region.slices] for region in regions]
        if spec.kind == "token":
            return self.tokens(np.concatenate([piece.ravel() for piece in pieces]), spec.name)
        if len(pieces) == 1:
            return Numbers(pieces[0], spec, regions[0])
        return Numbers(np.concatenate([piece.ravel() for piece in pieces]), spec, None)

    def _attributes(self, value: Value, reference: Reference, names: Iterable[str]) -> Value:
        for name in names:
            known = self._attributes_of(value)
            if name not in known:
                raise reference.flaw(f"'{reference.name}' has no '.{name}' here{nearest(name, known)}")
            try:
                value = known[name]()
            except UserError as error:
                raise reference.flaw(str(error)) from None
        return value

    def _attributes_of(self, value: Value) -> Mapping[str, Callable[[], Value]]:
        if isinstance(value, Tokens):
            return {
                "text": lambda: value.text,
                "id": lambda: value.ids[0] if len(value.ids) == 1 else " ".join(map(str, value.ids)),
                "count": lambda: len(value.ids),
            }
        if isinstance(value, Numbers):
            values = value.values.astype(np.float64)
            return {
                "max": lambda: float(values.max()),
                "min": lambda: float(values.min()),
                "mean": lambda: float(values.mean()),
                "sum": lambda: float(values.sum()),
                "abs": lambda: Numbers(np.abs(value.values), value.spec, value.region),
                "count": lambda: values.size,
                "argmax": lambda: self._argmax(value),
                "prediction": lambda: self.tokens([int(np.argmax(self._read_off(value)))], value.spec.name),
                "confidence": lambda: float(self._read_off(value).max()),
            }
        return {}

    def _read_off(self, numbers: Numbers) -> FloatArray:
        """What the model would say at a vector of its stream."""
        if numbers.region is None:
            raise UserError(f"a prediction is read off one position, and this is several pieces of {numbers.spec.name}")
        (read_off,) = self.run.read_off_all(self.trace, [numbers.region])
        return np.asarray(read_off)

    def _argmax(self, numbers: Numbers) -> Value:
        """Where the largest cell of a row or column is: the token of a vocabulary, otherwise the index."""
        free = [i for i, length in enumerate(numbers.region.shape) if length > 1] if numbers.region else []
        if numbers.region is None or len(free) != 1:
            raise UserError(f"argmax needs one row or column of {numbers.spec.name}; slice all its dimensions but one")
        index = numbers.region.ranges[free[0]][0] + int(np.argmax(numbers.values))
        return self.tokens([index], numbers.spec.name) if numbers.spec.dims[free[0]] == "v" else index


def _no_tokens(model: Model) -> str:
    return f"{model.name} has no weights here, so it reads no tokens"


def figures(model: Model) -> dict[str, str | int]:
    """The figures of a model that a template can name: its parameters, and the sizes that all have."""
    known: dict[str, str | int] = {"name": model.name, "task": model.task, "params": model.n_params}
    return known | dict(model.config.figures)
