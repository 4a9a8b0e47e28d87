"""Text to token ids and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from render.errors import UserError


class Tokenizer(Protocol):
    """What a model reads text with."""

    def encode(self, text: str) -> tuple[int, ...]:
        """The token ids of `text`. Raises UserError for what is not in the vocabulary."""

    def decode(self, ids: Iterable[int]) -> str:
        """The text of token ids."""

    def text(self, token: int) -> str:
        """The text of one token id, to be shown: without what cannot be seen, but for spaces."""


@dataclass(frozen=True)
class LetterTokenizer:
    """One token a letter: the id of a letter is its place in `letters`."""

    letters: str

    def encode(self, text: str) -> tuple[int, ...]:
        """The token ids of `text`. Raises UserError naming the first letter that is not in the vocabulary."""
        for place, letter in enumerate(text):
            if letter not in self.letters:
                known = ", ".join(self.letters)
                raise UserError(f"'{letter}', letter {place + 1} of '{text}', is not in the vocabulary: it has {known}")
        return tuple(self.letters.index(letter) for letter in text)

    def decode(self, ids: Iterable[int]) -> str:
        """The letters of token ids, put together."""
        return "".join(self.text(token) for token in ids)

    def text(self, token: int) -> str:
        """The letter of one token id."""
        return self.letters[token]


@dataclass(frozen=True)
class Wordless:
    """The ids in place of words, where a checkpoint has a tokenizer that cannot be used; `reason` says why not."""

    reason: str

    def encode(self, text: str) -> tuple[int, ...]:
        """Raises UserError: there is nothing to read text with."""
        raise UserError(f"{self.reason}; token ids work without it: tokens: [2, 1, 0]")

    def decode(self, ids: Iterable[int]) -> str:
        """The ids."""
        return " ".join(map(str, ids))

    def text(self, token: int) -> str:
        """The id."""
        return str(token)
