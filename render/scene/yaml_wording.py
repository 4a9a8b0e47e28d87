"""PyYAML's complaints in plain words."""

from __future__ import annotations

import yaml
from yaml.reader import ReaderError

# (a piece of PyYAML's words, which of its two marks tells the place, our words)
WORDING = (
    (r"found character '\t'", "problem", "a tab; indent with spaces, YAML allows no tabs here"),
    ("that cannot start any token", "problem", "a value cannot begin with this character; put the text in quotes"),
    ("found unexpected end of stream", "context", "this quote is never closed"),
    ("mapping values are not allowed", "problem",
     "no ':' can stand here: the line is indented wrongly, or a text with ': ' in it needs quotes"),
    ("could not find expected ':'", "context",
     "this line is no 'key: value': a ':' is missing, or it is indented wrongly"),
    ("but got '['", "problem", "inside [ ] and { } a text with brackets, braces or commas needs quotes: \"wte[v=1]\""),
    ("but got '{'", "problem", "inside [ ] and { } a text with brackets, braces or commas needs quotes: \"{prompt}\""),
    ("expected ',' or ']'", "context", "this '[' is never closed, or a ',' is missing in it"),
    ("expected ',' or '}'", "context", "this '{' is never closed, or a ',' is missing in it"),
    ("expected the node content", "problem", "a value is missing here, or a bracket is closed that was never opened"),
    ("expected <block end>, but found '<scalar>'", "problem",
     "text after a value that was closed: a text that begins with a quote, '{' or '[' must be in quotes as a whole"),
    ("expected <block end>", "problem", "wrong indentation: this does not line up with what stands above it"),
    ("expected '<document start>'", "problem", "text after the end of the document; a file holds one script"),
    ("found unexpected document", "problem", "a document marker inside a value"),
    ("found unknown escape character", "problem",
     "an unknown \\ escape in double quotes; use single quotes, where \\ is an ordinary character"),
    ("found duplicate anchor", "problem", "an anchor (&name) of this name exists already"),
)  # fmt: skip


def in_plain_words(error: yaml.YAMLError) -> tuple[int, str]:
    """The index of the character that is wrong, and what is wrong with it."""
    if isinstance(error, ReaderError):
        return error.position, f"the character U+{error.character:04X} cannot stand in a script"
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return 0, f"this is not YAML: {error}"
    for words, mark, ours in WORDING:
        if words in (error.problem or ""):
            where = error.context_mark if mark == "context" and error.context_mark else error.problem_mark
            return where.index, ours
    return error.problem_mark.index, f"this is not YAML: {error.problem}"
