"""Attention heads, each a flat group: its queries, keys and values, their scores, and what it puts out.

Heads stand one behind the other. Keys and values that several heads share are one box, as thick as from the first of
those heads to the last.
"""

from __future__ import annotations

from collections.abc import Mapping

from render.layout.faces import has_heads, knows
from render.layout.leaves import Leaves
from render.layout.pack import Group, column, fan, row, top_and_bottom
from render.model import TensorSpec

Cut = Mapping[str, int]

STEP = 20.0
"""How far apart heads stand, in gaps that look small beside the model, while they are few."""

DEEPEST = 1.0
"""How deep all heads together are at most, in widths of one: many stand closer together."""


def heads(leaves: Leaves, specs: list[TensorSpec]) -> Group:
    """All heads of a module, computed in `specs`, as a fan."""
    graph = leaves.graph
    headed = [spec for spec in specs if has_heads(spec)]
    n_head = graph.dims["h"]
    shared = n_head // graph.dims.get("g", n_head)
    groups = [_head(leaves, headed, {"h": h, "g": h // shared}) for h in range(n_head)]
    step = STEP * leaves.unit
    return fan(groups, min(step, DEEPEST * groups[0].width / max(n_head - 1, 1)))


def _head(leaves: Leaves, specs: list[TensorSpec], place: Cut) -> Group:
    """One attention head: queries, keys and values on the left, scores and their softmax, then the output."""
    made = [spec for spec in specs if spec.dims[1:] == ("t", "a")]
    scores = [spec for spec in specs if "s" in spec.dims or spec.dims == ("h", "t")]
    outputs = [spec for spec in specs if spec.dims == ("t", "c")]
    near, close, wide = 3 * leaves.unit, 3 * leaves.close, 7 * leaves.close
    products = column([row(_made(leaves, made, spec, place), close) for spec in _multiplied(leaves, made)], near)
    score_row = row(
        [leaves.box(s.name, "s" if "s" in s.dims else None, "t", _cut(s, place)) for s in scores],
        close,
    )
    output_row = row([leaves.box(s.name, "t", "c", _cut(s, place)) for s in outputs], near)
    attend_height = max(products.height, score_row.height + near + output_row.height)
    return row([products, top_and_bottom(score_row, output_row, attend_height)], wide, "start")


def _multiplied(leaves: Leaves, made: list[TensorSpec]) -> list[TensorSpec]:
    """Those that are made with weights; others are made from one of them, and stand in its row."""
    return [spec for spec in made if leaves.weights(spec.name)[0]]


def _made(leaves: Leaves, made: list[TensorSpec], first: TensorSpec, place: Cut) -> list[Group]:
    """Weights and what they make, then what is made from that: a rotated query beside the query."""
    part = _multiplied(leaves, made).index(first)
    cut = _cut(first, place)
    if any(knows(weight, "p") for weight in leaves.weights(first.name)[0]):
        cut = {"p": part, **cut}
    row_of = [leaves.product(first.name, "a", cut)]
    for spec in made:
        if first.name in leaves.graph.operand_names(spec.name):
            row_of.append(leaves.box(spec.name, "t", "a", _cut(spec, place)))
    return row_of


def _cut(spec: TensorSpec, place: Cut) -> dict[str, int]:
    """The head of a tensor, or the head of keys and values where it holds those."""
    dim = "h" if knows(spec, "h") else "g"
    return {dim: place[dim]}
