"""What was written: text, lists and mappings that know their place in the script.

Every scalar stays the text that the author wrote. Only the schema knows whether a number, a switch or words are meant,
so YAML's guesses (`no` is false, `01` is one, `12:30` is 750) never come in.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from render.errors import UserError
from render.scene.errors import Place, ScriptError


@dataclass(frozen=True)
class Origin:
    """A script's file name and whole text."""

    file: str
    text: str

    def place(self, index: int) -> Place:
        """The place of the character at `index`."""
        return Place(self.file, self.text.count("\n", 0, index) + 1, index - self.text.rfind("\n", 0, index))


class Text(str):
    """A scalar as it was written, characters `start` to `end` of its origin; `style` is `|`, `>`, a quote or None."""

    origin: Origin
    start: int
    end: int
    style: str | None

    @classmethod
    def at(cls, value: str, origin: Origin, start: int, end: int, style: str | None) -> Text:
        text = cls(value)
        text.origin, text.start, text.end, text.style = origin, start, end, style
        return text

    def altered(self, value: str) -> Text:
        """Another value in the same place."""
        return Text.at(value, self.origin, self.start, self.end, self.style)

    def place(self, offset: int | None = None) -> Place:
        """Where the value starts, or where its character at `offset` stands.

        Folding and indentation change nothing but white space, so the characters that are not white space are counted.
        Where that fails (escapes in quotes) the start of the value is the answer.
        """
        if offset is None:
            return self.origin.place(self.start)
        raw = self.origin.text[self.start : self.end]
        head = raw.find("\n") + 1 if self.style in ("|", ">") else len(self.style or "")
        inked = [i for i, character in enumerate(raw) if i >= head and not character.isspace()]
        wanted = "".join(self.split())
        if "".join(raw[i] for i in inked[: len(wanted)]) != wanted:
            return self.place()
        before = len("".join(self[:offset].split()))
        if before and self[offset : offset + 1].isspace():
            return self.origin.place(self.start + inked[before - 1] + 1)
        return self.origin.place(self.start + (inked[before] if before < len(inked) else len(raw)))


class Items(list[Any]):
    """A list as it was written; `size` counts the values in it, all levels, aliases written out."""

    def __init__(self, values: list[Any], origin: Origin, start: int) -> None:
        super().__init__(values)
        self.origin, self.start = origin, start
        self.size = 1 + sum(size(value) for value in values)

    def place(self) -> Place:
        return self.origin.place(self.start)


class Table(dict[Text, Any]):
    """A mapping as it was written; keys are `Text`. A key without a value has None."""

    def __init__(self, values: dict[Text, Any], origin: Origin, start: int) -> None:
        super().__init__(values)
        self.origin, self.start = origin, start
        self.size = 1 + sum(1 + size(value) for value in values.values())

    def place(self) -> Place:
        return self.origin.place(self.start)

    def key_place(self, key: str) -> Place:
        """Where `key` is written; the start of the mapping if it is not."""
        return next((own.place() for own in self if own == key), self.place())

    def with_values_of(self, other: Table, keys: Container[str]) -> Table:
        """This mapping with what `other` says of `keys`, and nothing else of them."""
        own = {key: value for key, value in self.items() if key not in keys}
        return Table(own | {key: other[key] for key in other if key in keys}, self.origin, self.start)


def size(value: Any) -> int:
    """The number of values that `value` stands for."""
    return value.size if isinstance(value, Items | Table) else 1


def locate(value: Any, path: tuple[str | int, ...]) -> Place:
    """The place of the value at `path` below `value`, or of the nearest thing around it that has one."""
    place: Place = value.place()
    for step in path:
        if isinstance(value, Table) and step in value:
            place, value = value.key_place(str(step)), value[step]  # type: ignore[index]
        elif isinstance(value, Items) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            break
        if value is not None:
            place = value.place()
    return place


def flaw(text: str, message: str, offset: int | None = None) -> UserError:
    """The error that says `message` about `text` (at `offset` in it): with its place if it comes from a script."""
    if isinstance(text, Text):
        return ScriptError([(text.place(offset), message)])
    return UserError(message)
