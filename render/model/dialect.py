"""How checkpoints of others name a family's tensors, and how those lie in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from render.errors import UserError, nearest
from render.model.architecture import Array
from render.model.decoder import Decoder
from render.model.stored import StoredTensor

_WRAPPERS = re.compile(r"^(?:(?:_orig_mod|module|model|transformer)\.)+")
_LAYER = re.compile(r"(?<=\.)\d+(?=\.)")


def _in_order(own: str, tensors: Tensors) -> bool:
    return False


def _no_order(own: str, config: Decoder) -> Array | None:
    return None


@dataclass(frozen=True)
class Dialect:
    """The names of one kind of checkpoint.

    modules: its names of modules, and the house's; N stands for the number of a layer. A tensor can stand for itself
    buffers: how the names of tensors end that are no weights
    turned:  whether a weight, by the house's name, lies there with its rows for columns
    order:   where in its rows those of the house's weight lie; None where they do at their own place
    """

    modules: Mapping[str, str]
    buffers: tuple[str, ...] = ()
    turned: Callable[[str, Tensors], bool] = _in_order
    order: Callable[[str, Decoder], Array | None] = _no_order

    def own(self, name: str) -> str | None:
        """The house's name of a tensor; None for one that it has no name for."""
        return _renamed(name, self.modules)

    def theirs(self, own: str) -> str:
        """The dialect's name of a tensor with the house's name."""
        return _renamed(own, {house: theirs for theirs, house in self.modules.items()}) or own

    def tensors(self, stored: Mapping[str, StoredTensor]) -> Tensors:
        """A checkpoint's tensors under the house's names. Raises UserError when two are the same."""
        found: dict[str, StoredTensor] = {}
        for name, tensor in stored.items():
            short = _WRAPPERS.sub("", name)
            if short.endswith(self.buffers or ("\0",)):
                continue
            own = self.own(short) or short
            if own in found:
                raise UserError(f"there are two tensors for '{short}', one of them '{name}'")
            found[own] = tensor
        return Tensors(self, found)

    def fit(self, names: Sequence[str]) -> int:
        """How many of a checkpoint's tensors it has a name for."""
        return sum(self.own(_WRAPPERS.sub("", name)) is not None for name in names)


class Tensors(Mapping[str, StoredTensor]):
    """A checkpoint's tensors as they lie in it, under the house's names."""

    def __init__(self, dialect: Dialect, stored: Mapping[str, StoredTensor]) -> None:
        self.dialect = dialect
        self._stored = dict(stored)

    def __getitem__(self, name: str) -> StoredTensor:
        return self._stored[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)

    @property
    def n_layer(self) -> int:
        """How many layers have a tensor."""
        return len({match[0] for name in self if name.startswith("h.") and (match := _LAYER.search(name))})

    def matrix(self, name: str, what: str = "a matrix") -> tuple[int, int]:
        """The shape of a matrix. Raises UserError when it is missing, or not two-dimensional as `what` is."""
        theirs = self.dialect.theirs(name)
        if name not in self:
            raise UserError(f"the tensor '{theirs}' is missing{nearest(theirs, map(self.dialect.theirs, self))}")
        shape = self[name].shape
        if len(shape) != 2:
            raise UserError(f"'{theirs}' has the shape {list(shape)}; {what} has two dimensions")
        return shape[0], shape[1]


def _renamed(name: str, modules: Mapping[str, str]) -> str | None:
    """A tensor's name looked up, or else that of its module; the number of the layer is kept."""
    if name in modules:
        return modules[name]
    module, dot, kind = name.rpartition(".")
    layer = _LAYER.search(name)
    renamed = modules.get(_LAYER.sub("N", f"{module}.", count=1)[:-1])
    if not dot or renamed is None:
        return None
    return (re.sub(r"\bN\b", layer[0], renamed) if layer else renamed) + dot + kind
