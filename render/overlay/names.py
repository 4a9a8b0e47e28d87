"""What things are called beside them: the words for a box, for a dimension, and for the parts of a model."""

from __future__ import annotations

import re
from dataclasses import dataclass

from render.layout import Box
from render.model import Graph

_BRANCHES = {"attn": "Self-attention", "mlp": "MLP"}


@dataclass(frozen=True)
class Section:
    """A part of the model with a name of its own: `tensors` are all that belong to it.

    whole: whether it is a stage of the whole model, seen from afar, or a branch of one, seen from nearer
    """

    title: str
    tensors: tuple[str, ...]
    whole: bool


def sections(graph: Graph) -> list[Section]:
    """The parts of a model in order: what comes before its blocks, each block and its branches, what comes after."""
    names = list(graph)
    in_blocks = [i for i, name in enumerate(names) if name.startswith("h.")]
    if not in_blocks:
        return []
    found = [Section("Embedding", tuple(names[: in_blocks[0]]), True)]
    blocks: dict[str, dict[str, list[str]]] = {}
    for name in names[in_blocks[0] : in_blocks[-1] + 1]:
        _, number, rest = name.split(".", 2)
        blocks.setdefault(number, {}).setdefault(rest.split(".")[0] if "." in rest else "", []).append(name)
    for number, modules in blocks.items():
        found.append(Section(f"Block {int(number) + 1}", tuple(n for part in modules.values() for n in part), True))
        for module, tensors in modules.items():
            if module in _BRANCHES:
                found.append(Section(_BRANCHES[module], tuple(tensors), False))
    found.append(Section("Output", tuple(names[in_blocks[-1] + 1 :]), True))
    return found


def title(box: Box, graph: Graph) -> str:
    """The box's own name: of weights for several things in one, the thing that it holds ("Q weights")."""
    spec = graph[box.tensor]
    index = spec.at(tuple(start for start, _ in box.ranges))
    several = re.fullmatch(r"(\w+(?:, \w+)+) (.+)", box.title)
    if several and "p" in index:
        return f"{several[1].split(', ')[index['p']]} {several[2]}"
    return box.title


def head(box: Box, graph: Graph) -> str:
    """Which head the box is of, where every head has a box: "head 2 of 3"; else nothing."""
    spec = graph[box.tensor]
    n_head = graph.dims.get("h", 1)
    first = spec.at(tuple(start for start, _ in box.ranges))
    last = spec.at(tuple(stop - 1 for _, stop in box.ranges))
    if n_head > 1 and "h" in first and first["h"] == last["h"]:
        return f"head {first['h'] + 1} of {n_head}"
    return ""
