"""Words bound to values: text with `{probs[t=5].max:.0%}` in it.

    field   = "{" name slices? ("." attribute)* (":" format)? "}"        {{ and }} are braces
    name    = a tensor, tokens, prompt, generated, predicted, sequence, or model and a figure of it
    format  = "+"? ","? (("." digits)? ("f" | "%") | "d"?)               a small part of Python's number formats

This is its own language: nothing of it is evaluated by Python, and `context.py` has all that it can reach.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from render.model.explain import format_value
from render.scene.context import Numbers, Reference, TemplateContext, Tokens, Value
from render.scene.selector import parse_slices
from render.scene.written import flaw

MINUS, INFINITY = "\N{MINUS SIGN}", "\N{INFINITY}"

_MARKS = re.compile(r"[\\*$_^{}\"'.-]")
"""What means something in the markup of words, or becomes something else in it, as straight quotes do."""

_BRACE = re.compile(r"\{\{|\}\}|\{|\}")
_NAME = re.compile(r"\s*([A-Za-z_]\w*(?:\.\w+)*)\s*", re.ASCII)
_ATTRIBUTE = re.compile(r"\.([A-Za-z_]\w*)\s*", re.ASCII)
_FORMAT = re.compile(r"\+?,?(?:(?:\.\d{1,2})?[f%]|d?)", re.ASCII)


@dataclass(frozen=True)
class Field:
    """A reference to a value and the format to write it in, "" for the project's own, which begins at `offset`."""

    reference: Reference
    format: str
    offset: int

    def render(self, context: TemplateContext) -> str:
        """The value as a reader sees it: minus signs are minus signs, infinity is a symbol. Raises UserError."""
        return self._written(context.value(self.reference))

    def marked_up(self, context: TemplateContext) -> str:
        """As `render`, for among markup: a text has a backslash before whatever markup would take for its own."""
        value = context.value(self.reference)
        text = self._written(value)
        return _MARKS.sub(r"\\\g<0>", text) if isinstance(value, str | Tokens) else text

    def _written(self, value: Value) -> str:
        if isinstance(value, Numbers):
            if value.values.size > 1:
                message = f"'{self.reference.name}' is {value.values.size} numbers here"
                hint = f"say which ([{value.spec.dims[0]}=0]) or add .max, .min, .mean, .sum, .argmax or .count"
                raise self.reference.flaw(f"{message}; {hint}")
            value = float(value.values.item())
        if isinstance(value, str | Tokens):
            if self.format:
                raise flaw(self.reference.text, f"'{self.format}' is for numbers, and this is text", self.offset)
            return value.text if isinstance(value, Tokens) else value
        if not self.format:
            return str(value).replace("-", MINUS) if isinstance(value, int) else format_value(value)
        if isinstance(value, float) and self.format[-1] not in "f%":
            message = f"'{self.format}' is for whole numbers, and this has decimals; .2f writes two of them"
            raise flaw(self.reference.text, message, self.offset)
        return format(value, self.format).replace("-", MINUS).replace("inf", INFINITY)


@dataclass(frozen=True)
class Template:
    """Text as it was written, and its parts: plain text and fields."""

    text: str
    parts: tuple[str | Field, ...]

    def __str__(self) -> str:
        return str(self.text)

    def render(self, context: TemplateContext) -> str:
        """The text with the values of `context`. Raises UserError, with a place if the template comes from a script."""
        return "".join(part if isinstance(part, str) else part.render(context) for part in self.parts).strip()

    def marked_up(self, context: TemplateContext) -> str:
        """As `render`, where the template has markup: texts of tokens stand for themselves, whatever is in them."""
        return "".join(part if isinstance(part, str) else part.marked_up(context) for part in self.parts).strip()

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(part for part in self.parts if isinstance(part, Field))


def parse_template(text: str) -> Template:
    """Parse a template. Raises UserError, with a place if `text` comes from a script."""
    parts: list[str | Field] = []
    offset = 0
    while brace := _BRACE.search(text, offset):
        parts.append(text[offset : brace.start()])
        offset = brace.end()
        if brace.group() == "}":
            raise flaw(text, "a '}' without its '{'; a brace by itself is written '}}'", brace.start())
        if brace.group() == "{":
            part, offset = _parse_field(text, brace.start())
            parts.append(part)
        else:
            parts.append(brace.group()[0])
    parts.append(text[offset:])
    return Template(text, tuple(part for part in parts if part))


def _parse_field(text: str, start: int) -> tuple[Field, int]:
    """The field whose '{' is at `start`, and the offset after its '}'."""
    close = text.find("}", start)
    if close < 0:
        raise flaw(text, "this '{' is never closed; a brace by itself is written '{{'", start)
    match = _NAME.match(text, start + 1, close)
    if match is None:
        message = f"'{text[start : close + 1]}' names no value; a brace by itself is written '{{{{'"
        raise flaw(text, message, start)
    offset, slices, attributes = match.end(), None, []
    if text[offset] == "[":
        slices, offset = parse_slices(text, offset)
        offset += len(text[offset:close]) - len(text[offset:close].lstrip())
    while attribute := _ATTRIBUTE.match(text, offset, close):
        attributes.append(attribute.group(1))
        offset = attribute.end()
    spec, spec_offset = "", offset
    if text[offset] == ":":
        spec, spec_offset = text[offset + 1 : close].strip(), offset + 1
        if not _FORMAT.fullmatch(spec):
            raise flaw(text, f"'{spec}' is no number format; there are .2f, .0%, d and ',' for thousands", spec_offset)
    elif offset != close:
        message = f"'{text[offset]}' cannot stand here; a value is {{name[slices].attribute:format}}"
        raise flaw(text, message, offset)
    reference = Reference(text, match.start(1), match.group(1), slices, tuple(attributes))
    return Field(reference, spec, spec_offset), close + 1
