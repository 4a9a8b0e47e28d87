r"""The light markup of narration: `*emphasis*` and `$x_t^2$`.

A star or a dollar sign that has no partner stands for itself, and so does one after a backslash. Straight quotes,
hyphens that are minus signs or dashes, and three dots become the typographic ones, but not after a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

Script = Literal["", "sub", "super"]


@dataclass(frozen=True)
class Span:
    """Text in one manner. script: whether it stands below or above the line."""

    text: str
    emphasis: bool = False
    italic: bool = False
    script: Script = ""


NO_BREAK = "\u00a0"
"""A space that no line break goes through."""

Word = tuple[Span, ...]
"""What no line break goes through."""

_NAMES = {
    **{"times": "×", "cdot": "·", "div": "÷", "pm": "±", "sum": "Σ", "sqrt": "√", "infty": "∞", "to": "→"},
    **{"le": "≤", "ge": "≥", "ne": "≠", "approx": "≈", "in": "∈", "ldots": "…"},
    **{"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "theta": "θ", "lambda": "λ", "mu": "μ"},
    **{"pi": "π", "sigma": "σ", "phi": "φ", "omega": "ω", "Delta": "Δ", "Sigma": "Σ"},
}
_FUNCTIONS = {"exp", "log", "max", "min", "sqrt", "softmax", "mean", "std", "GELU", "LN"}

_LITERAL = r"\\[\\*$_^{}\"'.-]"
_PIECES = re.compile(_LITERAL + r"|\$(?=\S)(?:\\.|[^$\\])*?(?<=\S)\$|\*|[^*$\\]+|.", re.DOTALL)
_MATHS = re.compile(_LITERAL + r"|\\[A-Za-z]+|[A-Za-z]+|[_^]|[{}]|[-+=*/<>×·÷±→≤≥≠≈∈−]|\s+|\d[\d.,]*|.")
_RELATIONS = set("+=<>×·÷±→≤≥≠≈∈−")


def parse(text: str) -> tuple[Word, ...]:
    """The words of a text with markup, in order; spaces between them are where lines may break."""
    words: list[Word] = []
    open_word: list[Span] = []

    def close() -> None:
        if open_word:
            words.append(tuple(open_word))
            open_word.clear()

    for span in _spans(text):
        for part in re.split(r"( |\n|\t)", span.text):
            if part.strip(" \n\t"):
                open_word.append(replace(span, text=part))
            elif part:
                close()
    close()
    return tuple(words)


def plain(text: str) -> str:
    """The words alone, without markup."""
    return " ".join("".join(span.text for span in word) for word in parse(text)).replace(NO_BREAK, " ")


def _spans(text: str) -> Iterator[Span]:
    pieces = _PIECES.findall(text)
    emphasis = False
    for i, piece in enumerate(pieces):
        if len(piece) == 2 and piece[0] == "\\":
            yield Span(piece[1], emphasis)
        elif len(piece) > 2 and piece[0] == "$":
            for span in _maths(piece[1:-1]):
                yield replace(span, text=span.text.replace(" ", NO_BREAK), emphasis=emphasis)
        elif piece == "*" and (emphasis or _opens(pieces, i)):
            emphasis = not emphasis
        else:
            yield Span(_typographic(piece), emphasis)


def _opens(pieces: list[str], i: int) -> bool:
    """Whether the star at `i` starts something: words follow directly, and a star ends them directly."""
    if i + 1 >= len(pieces) or pieces[i + 1][0].isspace():
        return False
    ends = [k for k in range(i + 2, len(pieces)) if pieces[k] == "*"]
    return bool(ends) and not pieces[ends[0] - 1][-1].isspace()


def _typographic(text: str) -> str:
    text = re.sub(r"(?<![\w.)])-(?=[\d.])", "−", text)
    text = re.sub(r"(?<=\s)--?(?=\s)", "–", text).replace("...", "…")
    text = re.sub(r"(^|(?<=[\s(\[]))\"", "“", text).replace('"', "”")
    return re.sub(r"(^|(?<=[\s(\[]))'", "‘", text).replace("'", "’")


def _maths(source: str) -> list[Span]:
    """A formula as spans: single letters italic, functions upright, `_` and `^` as scripts, room around relations."""
    tokens = _MATHS.findall(source)
    spans: list[Span] = []
    script: Script = ""
    i = 0
    while i < len(tokens):
        token = tokens[i]
        i += 1
        if token in (r"\text", r"\mathrm") and i < len(tokens) and tokens[i] == "{":
            stop = _group_end(tokens, i + 1)
            spans.append(Span("".join(tokens[i + 1 : stop])))
            i = stop + 1
        elif token in "_^" and i < len(tokens):
            script = "sub" if token == "_" else "super"
            inner = [tokens[i]]
            i += 1
            if inner == ["{"]:
                stop = _group_end(tokens, i)
                inner = tokens[i:stop]
                i = stop + 1
            elif len(inner[0]) > 1 and inner[0][0] != "\\":
                tokens.insert(i, inner[0][1:])  # x_ab is x with index a, then b
                inner = [inner[0][0]]
            spans += [replace(_symbol(t, tight=True), script=script) for t in inner if not t.isspace()]
        elif token not in "{}" and not token.isspace():
            first = not spans or spans[-1].text.strip() in _RELATIONS | set("([,")
            spans.append(_symbol(token, tight=first))
            if token == ",":
                spans[-1] = Span(", ")
    return spans


def _group_end(tokens: list[str], start: int) -> int:
    """Where the group that begins at `start` closes; the end when it does not."""
    return tokens.index("}", start) if "}" in tokens[start:] else len(tokens)


def _symbol(token: str, tight: bool) -> Span:
    """One token of a formula. `tight`: a sign here is no operation between two things, so it needs no room."""
    if len(token) == 2 and token[0] == "\\" and not token[1].isalpha():
        return Span(token[1])
    if token[0] == "\\" and len(token) > 1:
        token = _NAMES.get(token[1:], token[1:])
    token = {"-": "−", "*": "×"}.get(token, token)
    if token in _RELATIONS and not tight:
        return Span(f" {token} ")
    upright = token in _FUNCTIONS or not token.isalpha() or token == "Σ"
    return Span(token, italic=not upright)
