"""Feeding back: the predicted token joins the sequence, and one more position is computed through the whole model."""

from __future__ import annotations

import math
from dataclasses import dataclass

from render.timeline.draft import Draft

FRONT = 12
"""How many boxes are in the making at once."""


@dataclass(frozen=True)
class Arrive:
    """The token predicted at the step in force comes into the token row."""

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        draft.arriving = u


@dataclass(frozen=True)
class Advance:
    """The step `step` runs. The causal mask leaves all earlier positions as they were: only the new one is computed.

    order:    the ids of the boxes that are filled, in order of computation
    n_tokens: of that step
    """

    step: int
    order: tuple[str, ...]
    n_tokens: int

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        draft.step, draft.arriving = self.step, None
        earlier, filled = (self.n_tokens - 1) / self.n_tokens, draft.filled
        head = u * (len(self.order) + FRONT)
        done, reached = max(0, math.floor(head) - FRONT), math.ceil(head)
        known = [earlier * filled.get(box, 0.0) for box in self.order]
        filled.update(zip(self.order, known, strict=True))
        filled.update(dict.fromkeys(self.order[:done], 1.0))
        for place in range(done, min(reached, len(self.order))):
            part = min(1.0, max(0.0, (head - place) / FRONT))
            filled[self.order[place]] = known[place] + part * (1 - known[place])
