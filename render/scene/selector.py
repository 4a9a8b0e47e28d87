"""Selectors: which cells of which tensors a script means.

embed                       a tensor                    h.0.attn, wte      a module: all tensors in it
h.*.attn.q                  a * for any one part        model              everything
probs[t=5], probs[t=-1]     an index, from the end      h.0.mlp.act[f=0:8] a half-open range
h.0.attn.c_attn.weight[p=0, h=1]                        parts of a dimension that is several in one
h.0.attn.k[h=4]                                         of keys that several heads share, those that head 4 uses
tokens[3]                                               a tensor with one dimension needs no name for it
wte[v=tokens[3]], probs[v=predicted]                    the id of a token of the sequence, or of the predicted one
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from render.errors import nearest
from render.model import Graph, Range, Region, TensorSpec
from render.scene.written import flaw

EVERYTHING = "model"

PIECES = "pieces"
"""In a camera's frame: whatever is away from its place."""

_NAME = re.compile(r"[\w*]+(?:\.[\w*]+)*", re.ASCII)
_SLICE = re.compile(
    r"\s*(?:([A-Za-z_]\w*)\s*=\s*)?"
    r"(?:(-?\d{1,9})?\s*(:)\s*(-?\d{1,9})?|(-?\d{1,9})|(tokens\s*\[\s*(-?\d{1,9})\s*\]|predicted))\s*",
    re.ASCII,
)
_CLOSED = re.compile(r"\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\]")


@dataclass(frozen=True)
class Slice:
    """One index (`stop` is None and `is_range` false) or a half-open range of a dimension.

    `dim` is "" where none is written; `offset` is the place in the text. Of a token the index is a place in the
    sequence, and what is meant is the id of the token there; without an index, that of the predicted one.
    """

    dim: str
    start: int | None
    stop: int | None
    is_range: bool
    offset: int
    is_token: bool = False

    def __str__(self) -> str:
        if self.is_token:
            token = "predicted" if self.start is None else f"tokens[{self.start}]"
            return (f"{self.dim}=" if self.dim else "") + token
        bounds = ["" if bound is None else str(bound) for bound in (self.start, self.stop)]
        return (f"{self.dim}=" if self.dim else "") + (":".join(bounds) if self.is_range else bounds[0])


@dataclass(frozen=True)
class Selector:
    """A selector as it was written: a name, which may have wildcards or be a module's, and slices."""

    text: str
    name: str
    slices: tuple[Slice, ...]

    def __str__(self) -> str:
        return str(self.text)


def parse_selector(text: str) -> Selector:
    """Parse a selector. Raises UserError, with a place if `text` comes from a script."""
    start = len(text) - len(text.lstrip())
    stop = len(text.rstrip())
    if start >= stop:
        raise flaw(text, "a selector is empty; write a tensor's name such as 'embed' or 'h.0.attn.q[t=3]'")
    match = _NAME.match(text, start)
    if match is None:
        raise flaw(text, f"a selector begins with the name of a tensor or module, not with '{text[start]}'", start)
    if match.end() == stop:
        return Selector(text, match.group(), ())
    if text[match.end()] == ",":
        raise flaw(text, "a selector names one thing; several are a list: [embed, wte]", match.end())
    if text[match.end()] != "[":
        message = f"'{text[match.end()]}' cannot stand in a selector; a name is followed by [slices] or nothing"
        raise flaw(text, message, match.end())
    slices, end = parse_slices(text, match.end())
    if end != stop:
        raise flaw(text, "nothing may follow the ']' of a selector", end)
    return Selector(text, match.group(), slices)


def parse_slices(text: str, start: int) -> tuple[tuple[Slice, ...], int]:
    """Parse the `[t=3, f=0:8]` that begins at `start`; return the slices and the offset after it. Raises UserError."""
    closed = _CLOSED.match(text, start)
    if closed is None:
        raise flaw(text, "this '[' is never closed", start)
    end = closed.end() - 1
    slices: list[Slice] = []
    offset = start + 1
    while offset <= end:
        match = _SLICE.match(text, offset, end)
        begin = offset + len(text[offset:end]) - len(text[offset:end].lstrip())
        if match is None or text[match.end()] not in ",]":
            raise flaw(text, "a slice is written dim=index or dim=start:stop, such as t=3, t=-1 or f=0:8", begin)
        dim, first, colon, last, index, token, place = match.groups(default="")
        if any(known.dim == dim for known in slices):
            raise flaw(text, f"'{dim}' is sliced twice" if dim else "two slices without the name of a dimension", begin)
        low, high = (int(bound) if bound else None for bound in ((first, last) if colon else (index or place, "")))
        slices.append(Slice(dim, low, high, bool(colon), begin, bool(token)))
        offset = match.end() + 1
    return tuple(slices), end + 1


def resolve(selector: Selector, graph: Graph) -> tuple[Region, ...]:
    """The regions that a selector means, tensors in the order of `graph`, regions of one tensor in that of its cells.

    Of a module or a wildcard, the tensors without a sliced dimension are left out; a tensor named by itself must have
    it. Slicing one part of a dimension that is several in one can give many regions of one tensor.
    Raises UserError (with a place if the selector comes from a script) for a name or dimension that there is not,
    naming the nearest, and for an index out of range.
    """
    specs = [graph[name] for name in matching(selector, graph)]
    selector = _with_dimension(selector, specs)
    sliceable = [spec for spec in specs if all(_has(spec, part.dim) for part in selector.slices)]
    if not sliceable:
        raise _unknown_dimension(selector, specs)
    return tuple(region for spec in sliceable for region in _cut(with_ids(selector, graph, spec), spec))


def with_ids(selector: Selector, graph: Graph, spec: TensorSpec) -> Selector:
    """The selector with the ids of the tokens that its slices mean, of the sequence that the tensor's model reads."""
    if not any(part.is_token for part in selector.slices):
        return selector
    own = graph.of_model(spec.name)
    slices = [_with_id(part, selector, own) if part.is_token else part for part in selector.slices]
    return replace(selector, slices=tuple(slices))


def _with_id(part: Slice, selector: Selector, graph: Graph) -> Slice:
    """The slice that has the id of the token which `part` means."""
    ids = graph.tokens
    if part.start is None:
        if graph.predicted is None:
            raise flaw(selector.text, f"{part} means no token: without weights nothing is predicted", part.offset)
        return replace(part, start=graph.predicted, is_token=False)
    if not -len(ids) <= part.start < len(ids):
        there = f"goes from 0 to {len(ids) - 1}" if ids else "has nothing to read"
        raise flaw(selector.text, f"{part} is out of range: the sequence {there}", part.offset)
    return replace(part, start=ids[part.start], is_token=False)


def matching(selector: Selector, graph: Graph) -> tuple[str, ...]:
    """The tensors that the name of a selector means, slices aside. Raises UserError when there are none."""
    if selector.name == EVERYTHING:
        return tuple(name for name in graph if not graph.whose(name)[0])
    pattern = selector.name.split(".")
    names = tuple(name for name in graph if _matches(pattern, name.split(".")))
    if not names:
        known = _nearest_name(selector.name, graph)
        raise flaw(selector.text, f"there is no tensor or module '{selector.name}'{known}")
    return names


def resolve_region(selector: Selector, graph: Graph) -> Region:
    """The one region of one tensor that a selector means. Raises UserError if it means more, or as `resolve`."""
    regions = resolve(selector, graph)
    if len(regions) > 1:
        names = list(dict.fromkeys(region.tensor for region in regions))
        if len(names) == 1:
            message = f"one piece of a tensor is needed here, and '{selector}' is {len(regions)} of {names[0]}"
            raise flaw(selector.text, message)
        shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
        raise flaw(selector.text, f"one tensor is needed here, and '{selector}' is {len(names)}: {shown}")
    return regions[0]


def resolve_cell(selector: Selector, graph: Graph) -> Region:
    """The one cell that a selector means. Raises UserError when it is not one, or as `resolve` does."""
    region = resolve_region(selector, graph)
    if not region.is_cell:
        spec = graph[region.tensor]
        free = [dim for dim, (start, stop) in zip(spec.dims, region.ranges, strict=True) if stop - start > 1]
        lacking = ", ".join(f"{dim}=..." for dim in free)
        raise flaw(selector.text, f"one cell is needed here, and '{selector}' is {region.size}; say which: {lacking}")
    return region


def _matches(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether a tensor's name, split at the dots, is what the pattern names or lies under it."""
    return len(pattern) <= len(parts) and all(fnmatchcase(part, own) for own, part in zip(pattern, parts, strict=False))


def _nearest_name(name: str, graph: Graph) -> str:
    parts = [known.split(".") for known in graph]
    if "*" in name:
        parts = [["*" if part.isdigit() else part for part in known] for known in parts]
    valid = dict.fromkeys(".".join(known[:n]) for known in parts for n in range(1, len(known) + 1))
    return nearest(name, [*valid, EVERYTHING])


def _with_dimension(selector: Selector, specs: Sequence[TensorSpec]) -> Selector:
    """The selector with the name of the only dimension there is, where the slice has none."""
    for part in selector.slices:
        if not part.dim:
            if len(specs) > 1 or len(specs[0].dims) > 1 or len(selector.slices) > 1:
                dims = ", ".join(dict.fromkeys(dim for spec in specs for dim in _dimensions(spec)))
                raise flaw(selector.text, f"say which dimension '{part}' is for; there are: {dims}", part.offset)
            return replace(selector, slices=(replace(part, dim=specs[0].dims[0]),))
    return selector


def _has(spec: TensorSpec, dim: str) -> bool:
    if dim in spec.dims or dim in spec.parts:
        return True
    return dim in spec.shared and _has(spec, spec.shared[dim][0])


def _unknown_dimension(selector: Selector, specs: Sequence[TensorSpec]) -> Exception:
    for part in selector.slices:
        if not any(_has(spec, part.dim) for spec in specs):
            there = dict.fromkeys(dim for spec in specs for dim in _dimensions(spec))
            what = specs[0].name if len(specs) == 1 else f"nothing in '{selector.name}'"
            verb = "has no" if len(specs) == 1 else "has a"
            message = f"{what} {verb} dimension '{part.dim}'; there are: {', '.join(there)}"
            return flaw(selector.text, message, part.offset)
    dims = ", ".join(part.dim for part in selector.slices)
    return flaw(selector.text, f"nothing in '{selector.name}' has all the dimensions {dims}", selector.slices[0].offset)


def _dimensions(spec: TensorSpec) -> Iterable[str]:
    for dim in spec.dims:
        yield dim
        yield from (part for part, _ in spec.splits.get(dim, ()))


def _cut(selector: Selector, spec: TensorSpec) -> Iterable[Region]:
    slices = {part.dim: part for part in selector.slices}
    runs = [_runs(selector, spec, dim, size, slices) for dim, size in zip(spec.dims, spec.shape, strict=True)]
    return (Region(spec.name, ranges) for ranges in itertools.product(*runs))


def _runs(selector: Selector, spec: TensorSpec, dim: str, size: int, slices: Mapping[str, Slice]) -> list[Range]:
    """The ranges of one dimension of a tensor that are selected: one, or several where a part of it is sliced."""
    parts = {part: _selected(selector, spec, part, n, slices) for part, n in spec.splits.get(dim, ())}
    sliced = [part for part, found in parts.items() if found]
    whole = _selected(selector, spec, dim, size, slices)
    if whole:
        if sliced:
            message = f"'{dim}' of {spec.name} is sliced already by its part '{sliced[0]}'"
            raise flaw(selector.text, message, slices[dim].offset)
        return [whole]
    runs: list[Range] = [(0, 1)]
    for part, part_size in spec.splits[dim] if sliced else ((dim, size),):
        low, high = parts.get(part) or (0, part_size)
        if (low, high) == (0, part_size):
            runs = [(start * part_size, stop * part_size) for start, stop in runs]
        else:
            runs = [(i * part_size + low, i * part_size + high) for start, stop in runs for i in range(start, stop)]
    return runs


def _selected(selector: Selector, spec: TensorSpec, dim: str, size: int, slices: Mapping[str, Slice]) -> Range | None:
    """What is sliced of a dimension or a part of one, be it by the name of those that share it; None for nothing."""
    other, sharing = spec.sharing(dim) or (dim, 1)
    if dim in slices and other != dim and other in slices:
        message = f"'{dim}' of {spec.name} is sliced already by '{other}', which says what it is"
        raise flaw(selector.text, message, slices[dim].offset)
    if dim in slices:
        return _range(selector, spec, slices[dim], size)
    if other in slices and other not in spec.dims and other not in spec.parts:
        low, high = _range(selector, spec, slices[other], size * sharing)
        return low // sharing, (high - 1) // sharing + 1
    return None


def _range(selector: Selector, spec: TensorSpec, part: Slice, size: int) -> Range:
    """The half-open range that a slice is for a dimension of `size`; negative numbers count from the end."""
    if not part.is_range:
        assert part.start is not None
        if not -size <= part.start < size:
            message = f"{part} is out of range: {part.dim} of {spec.name} goes from 0 to {size - 1}"
            raise flaw(selector.text, message, part.offset)
        return part.start % size, part.start % size + 1
    low = 0 if part.start is None else part.start + (size if part.start < 0 else 0)
    high = size if part.stop is None else part.stop + (size if part.stop < 0 else 0)
    if not (0 <= low <= size and 0 <= high <= size):
        message = f"{part} is out of range: {part.dim} of {spec.name} has {size}, so 0:{size} is all"
        raise flaw(selector.text, message, part.offset)
    if low >= high:
        raise flaw(selector.text, f"{part} is empty: a range is start:stop without the stop", part.offset)
    return low, high
