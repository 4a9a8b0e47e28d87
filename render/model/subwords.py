"""Tokenizers of language models: pieces of words, as the package `tokenizers` reads and writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from render.errors import UserError
from render.model.extras import needs_extra
from render.model.tokenizer import Tokenizer, Wordless

if TYPE_CHECKING:
    import tokenizers

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_METASPACE = "\N{LOWER ONE EIGHTH BLOCK}"
"""What SentencePiece writes for a space."""


class SubwordTokenizer:
    """A tokenizer of the package `tokenizers`, with what goes before and after a text as it says itself."""

    def __init__(self, own: tokenizers.Tokenizer) -> None:
        self._own = own

    def encode(self, text: str) -> tuple[int, ...]:
        """The token ids of `text`. Raises UserError naming the first character that no token stands for."""
        for place, character in enumerate(text):
            if not character.isspace() and not self._own.encode(character, add_special_tokens=False).ids:
                raise UserError(f"'{character}', letter {place + 1} of '{text}', is not in the vocabulary")
        return tuple(self._own.encode(text).ids)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of token ids, special ones as they are written."""
        return str(self._own.decode(list(ids), skip_special_tokens=False))

    def text(self, token: int) -> str:
        r"""One token as a reader sees it: its space before it, `\n` for a line break, `<0xE2>` for part of a character.

        A special token is as it is written; an id beyond the vocabulary is `<id>`.
        """
        piece = self._own.id_to_token(token)
        if piece is None:
            return f"<{token}>"
        if token in self._special:
            return str(piece)
        if self._in_bytes:
            return visible(b"".join(_bytes_of(letter) for letter in piece))
        if byte := _BYTE.fullmatch(piece):
            return visible(bytes.fromhex(byte[1]))
        return visible(piece.replace(_METASPACE, " ").encode())

    @cached_property
    def _special(self) -> frozenset[int]:
        return frozenset(self._own.get_added_tokens_decoder())

    @cached_property
    def _in_bytes(self) -> bool:
        """Whether every letter of a piece stands for a byte."""
        decoder = self._own.decoder
        return decoder is not None and b'"ByteLevel"' in decoder.__getstate__()


def visible(text: bytes) -> str:
    r"""UTF-8 as a reader sees it: bytes that are no whole character as `<0xE2>`, what has no shape as in `\n`."""
    whole = text.decode(errors="surrogateescape")
    return "".join(_visible(letter) for letter in whole)


def _visible(letter: str) -> str:
    if "\udc80" <= letter <= "\udcff":
        return f"<0x{ord(letter) - 0xDC00:02X}>"
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()


def _bytes_of(letter: str) -> bytes:
    """What a letter of a byte-level vocabulary stands for; anything else stands for itself."""
    byte = _BYTES.get(letter)
    return letter.encode() if byte is None else bytes([byte])


def _byte_letters() -> dict[str, int]:
    """Which letter GPT-2 writes for each byte: itself where it has a shape, the next free one from U+0100 otherwise.

    After `bytes_to_unicode` in https://github.com/openai/gpt-2/blob/master/src/encoder.py.
    """
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in shown]
    return {chr(byte): byte for byte in shown} | {chr(0x100 + i): byte for i, byte in enumerate(others)}


_BYTES = _byte_letters()


def read_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer that a `tokenizer.json` describes, or the ids for words where `tokenizers` is not installed.

    Raises UserError for a file that is none.
    """
    try:
        with needs_extra("tokenizers", "its text is read"):
            from tokenizers import Tokenizer as Own
    except UserError as error:
        return Wordless(str(error))
    text = path.read_bytes()
    try:
        json.loads(text)  # which tells where it is damaged
        return SubwordTokenizer(Own.from_buffer(text))
    except Exception as error:  # the package raises nothing more particular
        raise UserError(f"this is not a tokenizer: {error}") from error
