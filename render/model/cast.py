"""Several models in one picture: their runs as one.

The leading model keeps its names. What belongs to another member of the cast stands under that member's name:
`gpt3.h.0.attn.q` is `h.0.attn.q` of the member `gpt3`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from render.errors import UserError
from render.model.graph import Graph, TensorSpec
from render.model.model import Run
from render.model.notation import Cell, Expr
from render.model.readable import Readable
from render.model.trace import Trace

Node = TypeVar("Node")


def perform(lead: Run, cast: Mapping[str, Run]) -> Run:
    """One run of the leading model's and those of the rest of the cast, by name; the lead's alone where there is none.

    Every pass of it has the tensors of all. The rest of the cast stays at its prompt while the lead goes on.
    """
    if not cast:
        return lead
    others = {name: run.steps[0] for name, run in cast.items()}
    return replace(lead, steps=tuple(_Scene({"": step, **others}) for step in lead.steps), cast={"": lead, **cast})


class _Scene(Trace):
    """A pass of each member of the cast, by name; the leading model's is ""."""

    def __init__(self, traces: Mapping[str, Trace]) -> None:
        self._traces, lead = traces, traces[""]
        cast = {name: trace.graph for name, trace in traces.items()}
        self.graph = Graph(_specs(cast), lead.graph.n_tokens, lead.graph.dims, cast)
        self.tokens = lead.tokens

    def __getitem__(self, name: str) -> Readable:
        member, own = self.graph.whose(name)
        try:
            return self._traces[member][own]
        except UserError as error:
            raise UserError(f"{error} ({member})" if member else str(error)) from None


def _specs(cast: Mapping[str, Graph]) -> Iterator[TensorSpec]:
    for member, graph in cast.items():
        for name, spec in graph.items():
            if member:
                formula = None if spec.formula is None else _under(spec.formula, member)
                yield replace(spec, name=f"{member}.{name}", formula=formula)
            else:
                yield spec


def _under(node: Node, member: str) -> Node:
    """A formula, or an index of one, that reads the tensors of `member`."""
    changed: dict[str, Any] = {}
    for field in fields(node):  # type: ignore[arg-type]
        value = getattr(node, field.name)
        if isinstance(value, Expr):
            changed[field.name] = _under(value, member)
        elif isinstance(value, tuple) and any(isinstance(part, Expr) for part in value):
            changed[field.name] = tuple(_under(part, member) if isinstance(part, Expr) else part for part in value)
    if isinstance(node, Cell):
        changed["tensor"] = f"{member}.{node.tensor}"
    return replace(node, **changed) if changed else node  # type: ignore[type-var]
