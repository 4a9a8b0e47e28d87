"""Feeding back: the predicted token joins the sequence, and one more position is computed through the whole model."""

from __future__ import annotations

from dataclasses import dataclass

from render.timeline.draft import Draft


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
        earlier = (self.n_tokens - 1) / self.n_tokens
        front = u * (len(self.order) + 12) - 12
        for place, box in enumerate(self.order):
            part = min(1.0, max(0.0, (front + 12 - place) / 12))
            known = earlier * draft.filled.get(box, 0.0)
            draft.filled[box] = known + part * (1 - known)
