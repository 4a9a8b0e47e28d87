"""Small declared data as bytes, to be hashed: numbers, words, and dataclasses of these, and nothing that lives.

What is not known here is an error, so nothing that matters to a picture is left out without anybody noticing.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache, singledispatch
from types import FunctionType
from typing import Any

import numpy as np
from pydantic import BaseModel

from render.layout import Box
from render.model import Run, Trace
from render.model.lineage import hashed
from render.scene import Selector
from render.timeline.camera_path import CameraTrack
from render.timeline.recipe import Recipe
from render.timeline.working import Working


def digest(value: object) -> bytes:
    """The hash of a value. Raises TypeError for what is, or holds, anything but declared data."""
    out = Out()
    declare(value, out)
    return out.hashed()


class Out:
    """Takes the bytes of one value.

    tensors: the tensors that it speaks of
    """

    def __init__(self) -> None:
        self.tensors: set[str] = set()
        self._parts: list[bytes] = []
        self._known: dict[int, bytes] = {}

    def __call__(self, part: bytes) -> None:
        self._parts.append(part)

    def hashed(self) -> bytes:
        return hashed(b"".join(self._parts))

    def once(self, value: Any) -> None:
        """Take a dataclass that may come many times: the very same one is walked through only once."""
        if id(value) not in self._known:
            own = Out()
            own._known, own.tensors = self._known, self.tensors
            _declare_fields(value, own)
            self._known[id(value)] = own.hashed()
        self(self._known[id(value)])


@singledispatch
def declare(value: Any, out: Out) -> None:
    """Hand the bytes of a value to `out`, no two different values the same."""
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__qualname__} is no declared data: {value!r}")
    _declare_fields(value, out)


def _declare_fields(value: Any, out: Out) -> None:
    kind = type(value)
    out(f"{kind.__qualname__}(".encode())
    for name in _names(kind):
        own = getattr(value, name)
        if name == "tensor":
            out.tensors.add(own)
        declare(own, out)
    out(b")")


@lru_cache(maxsize=None)
def _names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass, but for what it keeps for itself."""
    return tuple(own.name for own in fields(kind) if not own.name.startswith("_"))


@declare.register(type(None))
@declare.register(bool)
@declare.register(int)
def _(value: object, out: Out) -> None:
    out(f"{value};".encode())


@declare.register
def _(value: float, out: Out) -> None:
    out(b"f" + struct.pack("<d", value))


@declare.register
def _(value: str, out: Out) -> None:
    text = value.encode("utf-8", "surrogatepass")
    out(b"s%d:" % len(text) + text)


@declare.register
def _(value: bytes, out: Out) -> None:
    out(b"b%d:" % len(value) + value)


@declare.register(tuple)
@declare.register(list)
def _(value: tuple[object, ...], out: Out) -> None:
    out(b"(")
    for item in value:
        declare(item, out)
    out(b")")


@declare.register
def _(value: Mapping, out: Out) -> None:  # type: ignore[type-arg]
    out(b"{")
    for key, item in value.items():
        declare(key, out)
        declare(item, out)
    out(b"}")


@declare.register(np.ndarray)
@declare.register(np.generic)
def _(value: np.ndarray[Any, Any], out: Out) -> None:
    own = np.ascontiguousarray(value)
    out(f"a{own.dtype.str}{own.shape}".encode() + own.tobytes())


@declare.register
def _(value: FunctionType, out: Out) -> None:
    if value.__closure__ is not None:
        raise TypeError(f"{value.__qualname__} holds what cannot be seen from outside")
    out(f"{value.__module__}.{value.__qualname__};".encode())


@declare.register
def _(value: BaseModel, out: Out) -> None:
    out(f"{type(value).__qualname__}(".encode())
    for name in type(value).model_fields:
        declare(getattr(value, name), out)
    out(b")")


@declare.register
def _(value: Selector, out: Out) -> None:
    declare(str(value), out)


@declare.register
def _(value: Box, out: Out) -> None:
    out.tensors.add(value.tensor)
    # Of a layout, whose own hash says the rest; pieces are declared as regions.
    declare((value.id, value.corner), out)


@declare.register
def _(value: Trace, out: Out) -> None:
    # What it is a pass of is hashed once for the film, and its values where they are read.
    declare(value.tokens, out)


@declare.register
def _(value: Run, out: Out) -> None:
    declare(value.tokens, out)


@declare.register
def _(value: Working, out: Out) -> None:
    out.once(value)


@declare.register
def _(value: CameraTrack, out: Out) -> None:
    declare((value.first, value.legs), out)


@declare.register
def _(value: Recipe, out: Out) -> None:
    out.tensors |= value.tensors
    declare((value.id, value.action, value.trace, value.title, value.names, value.came, value.noted, value.scope), out)
