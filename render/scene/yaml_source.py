"""YAML text to written data: safe, small, every value with its place.

PyYAML's parser gives the events; values are put together here, because a script needs less than YAML offers (no tags,
no merge keys, one document) and more than a loader keeps (the place of each value).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from render.errors import MachineError, UserError, nearest
from render.scene.errors import ScriptError
from render.scene.written import Items, Origin, Table, Text, size
from render.scene.yaml_wording import in_plain_words

MAX_BYTES = 1_000_000
MAX_VALUES = 20_000
MAX_DEPTH = 40


def read_source(path: str | os.PathLike[str]) -> Table:
    """Read the script at `path`. Raises `UserError` (no such file, not text, not YAML), `MachineError` (unreadable)."""
    file = os.fspath(path)
    try:
        with open(file, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        siblings = [str(script) for script in sorted(Path(file).parent.glob("*.y*ml"))]
        raise UserError(f"{file}: there is no such file{nearest(file, siblings)}") from None
    except (IsADirectoryError, NotADirectoryError):
        raise UserError(f"{file}: this is a folder, not a script" if Path(file).is_dir()
                        else f"{file}: there is no such file") from None  # fmt: skip
    except (OSError, ValueError) as error:
        raise MachineError(f"{file!r} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > MAX_BYTES:
        raise UserError(f"{file}: a script may have at most {MAX_BYTES:,} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        start = Origin(file, data[: error.start].decode("utf-8-sig") + "?")
        message = f"this is not UTF-8 text (byte 0x{data[error.start]:02x}); save the script as UTF-8"
        raise ScriptError([(start.place(len(start.text) - 1), message)]) from None
    return parse_source(text, file)


def parse_source(text: str, file: str) -> Table:
    """Parse the text of a script; `file` is the name that errors carry. Raises `ScriptError`."""
    origin = Origin(file, text)
    try:
        top = _Composer(origin).document()
    except yaml.YAMLError as error:
        index, message = in_plain_words(error)
        raise ScriptError([(origin.place(index), message)]) from None
    if top is None:
        raise ScriptError([(origin.place(0), "the script is empty; it needs at least title, prompt and beats")])
    if not isinstance(top, Table):
        what = "a list" if isinstance(top, Items) else "one piece of text"
        message = f"a script is a mapping (title: ..., prompt: ..., beats: ...), but this is {what}"
        raise ScriptError([(top.place(), message)])
    return top


class _Composer:
    """Puts the parser's events together."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.events: Iterator[yaml.Event] = iter(yaml.parse(origin.text, Loader=yaml.SafeLoader))
        self.anchors: dict[str, Any] = {}

    def document(self) -> Any:
        """The value of the only document, None if there is none."""
        next(self.events)  # the start of the stream
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return None
        value = self.value(next(self.events), depth=0)
        next(self.events)  # the end of the document
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self.error(after, "a second document starts here; a file holds one script")
        return value

    def value(self, event: yaml.Event, depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        if event.tag is not None:
            raise self.error(event, f"a script has no tags ('{event.tag}'); write the value alone")
        if depth > MAX_DEPTH:
            raise self.error(event, f"lists and mappings are nested more than {MAX_DEPTH} deep")
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            value = self.scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self.items(event, depth)
        else:
            value = self.table(event, depth)
        if size(value) > MAX_VALUES:
            raise self.error(event, f"more than {MAX_VALUES:,} values here, counting what aliases (*name) repeat")
        if event.anchor is not None:
            self.anchors[event.anchor] = value
        return value

    def alias(self, event: yaml.AliasEvent) -> Any:
        assert event.anchor is not None
        if event.anchor not in self.anchors:
            known = nearest(event.anchor, self.anchors)
            raise self.error(event, f"there is no finished anchor '&{event.anchor}' before this alias{known}")
        return self.anchors[event.anchor]

    def scalar(self, event: yaml.ScalarEvent) -> Text | None:
        if event.value == "" and event.style is None:
            return None
        assert event.end_mark is not None
        return Text.at(event.value, self.origin, _start(event), event.end_mark.index, event.style)

    def items(self, start: yaml.Event, depth: int) -> Items:
        values = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            values.append(self.value(event, depth + 1))
        return Items(values, self.origin, _start(start))

    def table(self, start: yaml.Event, depth: int) -> Table:
        values: dict[Text, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.value(event, depth + 1)
            if not isinstance(key, Text):
                raise self.error(event, "a key must be a word")
            if key == "<<":
                raise self.error(event, "merge keys (<<) are not part of the language; write the keys out")
            if key in values:
                first = next(own for own in values if own == key).place().line
                raise self.error(event, f"'{key}' is written twice in this mapping; the first is on line {first}")
            values[key] = self.value(next(self.events), depth + 1)
        return Table(values, self.origin, _start(start))

    def error(self, event: yaml.Event, message: str) -> ScriptError:
        return ScriptError([(self.origin.place(_start(event)), message)])


def _start(event: yaml.Event) -> int:
    assert event.start_mark is not None
    return event.start_mark.index
