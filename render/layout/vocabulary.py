"""A vocabulary much longer than the rest of the model: where along it the words stand, and the runs between them.

Fifty thousand words to scale would be a line beside which the model is a dot. So the words that matter stand at full
size, and the runs between them are squeezed until all of it is as long as can be read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from render.model import Graph, Run

LONG = 4.0
"""How many times as long as an MLP a vocabulary is at least when it is squeezed."""

SQUEEZED = 2.0
"""How long it is then, in the same measure."""

LIKELIEST = 10
"""How many of the words that a step thinks likeliest matter."""

GAP = 1.0
"""How far words stand from the runs between them, in world units."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a long dimension that is one box: from `start` to `stop`, each cell `cell` world units long.

    `at` is how far its beginning is from that of the whole.
    """

    start: int
    stop: int
    at: float
    cell: float

    @property
    def length(self) -> float:
        return (self.stop - self.start) * self.cell

    @property
    def squeezed(self) -> bool:
        return self.cell != 1.0


Spans = Mapping[str, tuple[Span, ...]]
"""The spans of each long dimension."""


def telling_words(run: Run) -> frozenset[int]:
    """The words that matter to a run: its tokens, and those that each step thinks likeliest at its end.

    None do where the model has no weights: it reads no words.
    """
    if run.model.is_blank:
        return frozenset()
    words = set(run.tokens)
    for step in run.steps:
        last = step["probs"][-1]
        words.update(np.argsort(last)[-LIKELIEST:].tolist())
    return frozenset(words)


def long_dims(graph: Graph, words: Collection[int]) -> Spans:
    """The spans of every dimension of `graph` that is squeezed; `words` are those of the vocabulary that matter."""
    size, yardstick = graph.dims["v"], graph.dims["f"]
    if size <= LONG * yardstick:
        return {}
    return {"v": _spans(size, sorted(words), SQUEEZED * yardstick)}


def _spans(size: int, words: list[int], length: float) -> tuple[Span, ...]:
    is_word = np.zeros(size, bool)
    is_word[words] = True
    cuts = [0, *(np.flatnonzero(np.diff(is_word)) + 1).tolist(), size]
    # However many words there are, half of the length is for those between them.
    room = max(length - len(words) - GAP * (len(cuts) - 2), 0.5 * length)
    cell = room / max(size - len(words), 1)
    spans: list[Span] = []
    at = 0.0
    for start, stop in pairwise(cuts):
        spans.append(Span(start, stop, at, 1.0 if is_word[start] else cell))
        at += spans[-1].length + GAP
    return tuple(spans)
