"""What a reader sees of a token's text."""

from __future__ import annotations

_SIGNS = {"\n": "↵", "\r": "↵", "\t": "→"}


def written(text: str) -> str:
    """A token's text as it is shown: without the space that starts a word, but what is all space can be seen.

    Spaces alone, line breaks and tabs are signs, and what has no glyph is a dot.
    """
    if text and not text.strip(" "):
        return "␣" * len(text)
    shown = "".join(_SIGNS.get(letter, letter) for letter in text.replace("\r\n", "\n"))
    shown = "".join(letter if letter.isprintable() or letter.isspace() else "·" for letter in shown).strip()
    return shown or "·"
