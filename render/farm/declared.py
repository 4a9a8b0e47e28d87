"""Small declared data as bytes, to be hashed: numbers, words, and dataclasses of these, and nothing that lives.

What is not known here is an error, so nothing that matters to a picture is left out without anybody noticing.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache, singledispatch
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
        self(b"w" + self._known[id(value)])


def declare(value: Any, out: Out) -> None:
    """Hand the bytes of a value to `out`, no two different values the same; a list is a tuple."""
    _way(value.__class__)(value, out)


@singledispatch
def _declare(value: Any, out: Out) -> None:
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__qualname__} is no declared data: {value!r}")
    _declare_fields(value, out)


def _declare_fields(value: Any, out: Out) -> None:
    kind = value.__class__
    out(_opening(kind))
    for name in _names(kind):
        own = getattr(value, name)
        if name == "tensor":
            out.tensors.add(own)
        declare(own, out)
    out(b")")


@cache
def _way(kind: type) -> Callable[[Any, Out], None]:
    """How values of a class are declared: looked up once, for there are many of them."""
    return _declare.dispatch(kind)


@cache
def _names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass."""
    return tuple(own.name for own in fields(kind))


@cache
def _opening(kind: type) -> bytes:
    """What the bytes of a value of that class begin with: many classes of one name have the same fields."""
    return f"o{kind.__module__}.{kind.__qualname__}(".encode()


@_declare.register(type(None))
@_declare.register(bool)
@_declare.register(int)
def _(value: object, out: Out) -> None:
    out(f"{value};".encode())


@_declare.register
def _(value: float, out: Out) -> None:
    out(b"f" + struct.pack("<d", value))


@_declare.register
def _(value: str, out: Out) -> None:
    text = value.encode("utf-8", "surrogatepass")
    out(b"s%d:" % len(text) + text)


@_declare.register
def _(value: bytes, out: Out) -> None:
    out(b"b%d:" % len(value) + value)


@_declare.register(tuple)
@_declare.register(list)
def _(value: tuple[object, ...], out: Out) -> None:
    out(b"(")
    for item in value:
        declare(item, out)
    out(b")")


@_declare.register
def _(value: Mapping, out: Out) -> None:  # type: ignore[type-arg]
    out(b"{")
    for key, item in value.items():
        declare(key, out)
        declare(item, out)
    out(b"}")


@_declare.register(np.ndarray)
@_declare.register(np.generic)
def _(value: np.ndarray[Any, Any], out: Out) -> None:
    if value.dtype.hasobject or value.dtype.fields:
        raise TypeError(f"an array of {value.dtype} is no declared data")
    out(f"a{value.dtype.str}{value.shape}".encode() + value.tobytes())


@_declare.register
def _(value: FunctionType, out: Out) -> None:
    if "<" in value.__qualname__:  # <lambda>, <locals>: it has no name of its own, and may hold what cannot be seen
        raise TypeError(f"{value.__module__}.{value.__qualname__} is no declared data: only a module's functions are")
    out(f"@{value.__module__}.{value.__qualname__};".encode())


@_declare.register
def _(value: BaseModel, out: Out) -> None:
    out(_opening(type(value)))
    for name in type(value).model_fields:
        declare(getattr(value, name), out)
    out(b")")


@_declare.register
def _(value: Selector, out: Out) -> None:
    declare(str(value), out)


@_declare.register
def _(value: Box, out: Out) -> None:
    out.tensors.add(value.tensor)
    # Of a layout, whose own hash says the rest; pieces are declared as regions.
    declare((value.id, value.corner), out)


@_declare.register
def _(value: Trace, out: Out) -> None:
    # What it is a pass of is hashed once for the film, and its values where they are read.
    declare(value.tokens, out)


@_declare.register
def _(value: Run, out: Out) -> None:
    declare(value.tokens, out)


@_declare.register
def _(value: Working, out: Out) -> None:
    out.once(value)


@_declare.register
def _(value: CameraTrack, out: Out) -> None:
    declare((value.first, value.legs), out)


@_declare.register
def _(value: Recipe, out: Out) -> None:
    out.tensors |= value.tensors
    declare((value.id, value.action, value.trace, value.title, value.names, value.came, value.noted, value.scope), out)
