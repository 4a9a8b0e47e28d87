"""The kinds of value that a script holds: how each is read from the text that was written.

Every reader raises ValueError with words to follow the name of the key ("must be ..."), or a ScriptError with a place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, PlainSerializer, PlainValidator

from render.errors import nearest
from render.scene.duration import parse_duration
from render.scene.selector import Selector, parse_selector
from render.scene.template import Template, parse_template
from render.scene.written import Items, Table


class Size(NamedTuple):
    """The width and height of a frame in pixels."""

    width: int
    height: int


SIZES = {"720p": Size(1280, 720), "1080p": Size(1920, 1080), "1440p": Size(2560, 1440), "4k": Size(3840, 2160)}
SMALLEST, LARGEST = 64, 8192

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)


def text(value: object) -> str:
    """Words, as written: `no`, `12:30` and `01` are words too."""
    if isinstance(value, Table):
        raise ValueError("must be text, and this is a mapping; a text that begins with '{' or holds ': ' needs quotes")
    if isinstance(value, Items):
        raise ValueError("must be text, and this is a list; a text that begins with '[' or '- ' needs quotes")
    if not isinstance(value, str):
        raise ValueError("has no value")
    if not value.strip():
        raise ValueError("is empty")
    return value


def listed(what: str) -> Callable[[object], Items]:
    """A check for a list of one or more; `what` it is of."""

    def check(value: object) -> Items:
        if not isinstance(value, Items):
            raise ValueError(f"must be a list of {what}, each after '- ', or in [ ]")
        if not value:
            raise ValueError(f"must be a list of one or more {what}")
        return value

    return check


def one_or_more(what: str) -> Callable[[object], Items | list[object]]:
    """A check for a list, or a single one for it; `what` it is of."""

    def check(value: object) -> Items | list[object]:
        return listed(what)(value) if isinstance(value, Items) else [value]

    return check


def size(value: object) -> Size:
    """A frame size: a name, or WxH in even numbers of pixels (H.264's yuv420p halves both for colour)."""
    written = text(value).strip().lower()
    if written in SIZES:
        return SIZES[written]
    match = re.fullmatch(r"(\d{1,6}) ?[x×] ?(\d{1,6})", written)
    if match is None:
        raise ValueError(f"must be {', '.join(SIZES)} or WIDTHxHEIGHT such as 1080x1920, not '{value}'")
    width, height = (int(side) for side in match.groups())
    if min(width, height) < SMALLEST or max(width, height) > LARGEST:
        raise ValueError(f"must be {SMALLEST} to {LARGEST} pixels a side, not {value}")
    if width % 2 or height % 2:
        raise ValueError(f"must be even in width and height (films store colour for two by two pixels), not {value}")
    return Size(width, height)


def number(low: float, high: float, *, unit: str = "") -> Callable[[object], float]:
    """A reader of numbers from `low` to `high`."""

    def read(value: object) -> float:
        written = text(value).strip()
        if not _NUMBER.fullmatch(written):
            raise ValueError(f"must be a number from {low:g} to {high:g}{unit}, not '{value}'")
        if not low <= float(written) <= high:
            raise ValueError(f"must be from {low:g} to {high:g}{unit}, not {value}")
        return float(written)

    return read


def whole(low: int, high: int) -> Callable[[object], int]:
    """A reader of whole numbers from `low` to `high`."""

    def read(value: object) -> int:
        written = text(value).strip()
        if not re.fullmatch(r"[+-]?\d{1,18}", written, re.ASCII):
            raise ValueError(f"must be a whole number from {low} to {high}, not '{value}'")
        if not low <= int(written) <= high:
            raise ValueError(f"must be from {low} to {high}, not {value}")
        return int(written)

    return read


def choice(*words: str) -> Callable[[object], str]:
    """A reader of one of some words."""

    def read(value: object) -> str:
        written = text(value).strip()
        if written not in words:
            raise ValueError(f"must be {', '.join(words[:-1])} or {words[-1]}, not '{value}'{nearest(written, words)}")
        return written

    return read


def switch(value: object) -> bool:
    """true or false, or YAML's other words for them."""
    written = text(value).strip().lower()
    if written in ("true", "yes", "on"):
        return True
    if written in ("false", "no", "off"):
        return False
    raise ValueError(f"must be true or false, not '{value}'")


def duration(value: object) -> float:
    """Seconds."""
    return parse_duration(text(value))


def length(value: object) -> float:
    """Seconds, more than none."""
    seconds = duration(value)
    if seconds == 0:
        raise ValueError("must be longer than 0")
    return seconds


def selector(value: object) -> Selector:
    return parse_selector(text(value))


def template(value: object) -> Template:
    return parse_template(text(value))


def identifier(value: object) -> str:
    """A beat's id, which becomes a file's name."""
    written = text(value)
    if not re.fullmatch(r"[a-z0-9_-]{1,60}", written, re.ASCII):
        raise ValueError(f"must be 1 to 60 small letters, digits, '-' or '_' (it becomes a file name), not '{written}'")
    return written


Words = Annotated[str, PlainValidator(text)]
Identifier = Annotated[str, PlainValidator(identifier)]
FrameSize = Annotated[Size, PlainValidator(size), PlainSerializer(list)]
Switch = Annotated[bool, PlainValidator(switch)]
Duration = Annotated[float, PlainValidator(duration)]
Length = Annotated[float, PlainValidator(length)]
OneSelector = Annotated[Selector, PlainValidator(selector), PlainSerializer(str)]
Selectors = Annotated[tuple[OneSelector, ...], BeforeValidator(one_or_more("selectors"))]
Sentence = Annotated[Template, PlainValidator(template), PlainSerializer(str)]
