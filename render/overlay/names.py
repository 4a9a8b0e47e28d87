"""What things are called beside them: the words for a box, for a dimension, and for the parts of a model."""

from __future__ import annotations

from dataclasses import dataclass

from render.layout import Box
from render.model import Graph, TensorSpec

_DIMS = {
    **{"t": "positions", "s": "positions attended to", "c": "channels", "o": "channels", "a": "channels of the head"},
    **{"j": "channels of the head", "f": "MLP channels", "v": "vocabulary"},
    **{"g": "key-value heads", "i": "pairs of channels"},
}

_COUNTED = {
    **{"t": "position", "s": "position", "h": "head", "f": "MLP channel", "v": "token"},
    **{"g": "key-value head", "i": "pair"},
}
_SYMBOLS = {
    **{"t": "$T$", "s": "$T$", "c": "$C$", "o": "$C$", "a": "$A$"},
    **{"h": "$n_{heads}$", "g": "$n_{kv}$", "f": "$n_{mlp}$", "v": "$n_{vocab}$", "i": "$A/2$"},
}

_BRANCHES = {"attn": "Self-attention", "mlp": "MLP"}


@dataclass(frozen=True)
class Section:
    """A part of the model with a name of its own.

    tensors: all that belong to it but not to a part of it
    parts:   what it is made of, if that has names: the branches of a block
    """

    title: str
    tensors: tuple[str, ...]
    parts: tuple[Section, ...] = ()

    @property
    def all_tensors(self) -> tuple[str, ...]:
        return self.tensors + tuple(name for part in self.parts for name in part.tensors)


def sections(graph: Graph, member: str = "") -> list[Section]:
    """The parts of a model in order: what comes before its blocks, each block and its branches, what comes after.

    `member` is its name in a cast.
    """
    prefix = f"{member}." if member else ""
    return [_under(section, prefix) for section in _sections(graph.of_model(f"{prefix}tokens"))]


def _under(section: Section, prefix: str) -> Section:
    tensors = tuple(prefix + name for name in section.tensors)
    return Section(section.title, tensors, tuple(_under(part, prefix) for part in section.parts))


def _sections(graph: Graph) -> list[Section]:
    names = list(graph)
    in_blocks = [i for i, name in enumerate(names) if name.startswith("h.")]
    if not in_blocks:
        return []
    first, last = in_blocks[0], in_blocks[-1]
    blocks: dict[str, dict[str, list[str]]] = {}
    for name in names[first : last + 1]:
        _, number, rest = name.split(".", 2)
        module = rest.split(".")[0] if "." in rest else ""
        blocks.setdefault(number, {}).setdefault(module, []).append(name)
    found = [Section("Embedding", tuple(names[:first]))]
    for number, modules in blocks.items():
        # A layer norm belongs to the branch that reads it.
        parts: list[Section] = []
        own: list[str] = []
        waiting: list[str] = []
        for module, tensors in modules.items():
            if module in _BRANCHES:
                parts.append(Section(_BRANCHES[module], (*waiting, *tensors)))
                waiting = []
            elif module:
                waiting += tensors
            else:
                own += tensors
        found.append(Section(f"Block {int(number) + 1}", (*own, *waiting), tuple(parts)))
    found.append(Section("Output", tuple(names[last + 1 :])))
    return found


def title(box: Box, graph: Graph) -> str:
    """The box's own name: of weights for several things in one, the thing that it holds ("Q weights")."""
    spec = graph[box.tensor]
    index = spec.at(tuple(start for start, _ in box.ranges))
    return holding(box.title, spec, index["p"]) if spec.things and "p" in index else box.title


def holding(title: str, spec: TensorSpec, thing: int) -> str:
    """The title of one of the things that a tensor holds: "Q weights" of "Q, K, V weights"."""
    return title.replace(", ".join(spec.things), spec.things[thing], 1)


def head(box: Box, graph: Graph) -> str:
    """Which head the box is of, where every head has a box, or which ones share it: "head 2 of 3"; else nothing."""
    spec = graph[box.tensor]
    n_head = graph.of_model(box.tensor).dims.get("h", 1)
    first = spec.at(tuple(start for start, _ in box.ranges))
    last = spec.at(tuple(stop - 1 for _, stop in box.ranges))
    if n_head > 1 and "h" in first and first["h"] == last["h"]:
        return f"head {first['h'] + 1} of {n_head}"
    if "g" in first and "h" not in first and first["g"] == last["g"]:
        shared = n_head // graph.of_model(box.tensor).dims["g"]
        return f"for heads {first['g'] * shared + 1} to {(first['g'] + 1) * shared} of {n_head}"
    return ""


def dim(name: str) -> str:
    """What runs along a dimension, in words."""
    return _DIMS.get(name, name)


def counted(name: str, n: int) -> str:
    """How many there are along a dimension, in words: "16 channels"."""
    return f"{n:,} {_COUNTED.get(name, 'channel')}{'s' if n != 1 else ''}"


def symbol(dim: str, spec: TensorSpec, graph: Graph) -> str:
    """The field's name for a dimension of a tensor, with markup: T, C, 4C, n_vocab."""
    if dim == "t" and spec.kind == "weight":
        return "$n_{ctx}$"
    sizes = graph.of_model(spec.name).dims
    if dim == "f" and sizes["f"] % sizes["c"] == 0:
        return f"${sizes['f'] // sizes['c']}C$"
    return _SYMBOLS.get(dim, dim)
