"""What the places along a dimension are called: by their tokens where they have some, by their index elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from render.model import TensorSpec, Tokenizer, Trace

LONG = 256
"""From how many tokens of a vocabulary on their texts are looked up one by one, when they are needed."""


class Texts(Sequence[str]):
    """The texts of the tokens from `start` to `stop` of a vocabulary."""

    def __init__(self, tokenizer: Tokenizer, start: int, stop: int) -> None:
        self._tokenizer, self._tokens = tokenizer, range(start, stop)

    def __len__(self) -> int:
        return len(self._tokens)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return tuple(self._tokenizer.text(token) for token in self._tokens[place])
        return self._tokenizer.text(self._tokens[place])


def called(
    trace: Trace, tokenizer: Tokenizer | None, spec: TensorSpec, dim: str, start: int, stop: int
) -> Sequence[str]:
    """What the cells of a tensor from `start` to `stop` along one of its dimensions are called."""
    tokens = trace.graph.of_model(spec.name).tokens[start:stop] if dim in ("t", "s") and spec.kind != "weight" else ()
    if tokenizer is None or not (dim == "v" or tokens):
        return tuple(str(index) for index in range(start, stop))
    if dim == "v" and stop - start > LONG:
        return Texts(tokenizer, start, stop)
    return tuple(tokenizer.text(token) for token in tokens or range(start, stop))


def layers(tensors: Sequence[str]) -> tuple[str, ...]:
    """What tensors of one model's stream are called where each is a row: by what it is the stream after."""
    return tuple(_after(tensor) for tensor in tensors)


def _after(tensor: str) -> str:
    if not tensor.startswith("h."):
        return "embedding"
    _, number, name = tensor.split(".", 2)
    return f"{'attention' if name.endswith('attn') else 'block'} {int(number) + 1}"
