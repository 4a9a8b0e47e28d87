"""The minimap coming into the picture, or leaving it."""

from __future__ import annotations

from dataclasses import dataclass

from render.timeline.draft import Draft


@dataclass(frozen=True)
class Switched:
    """The minimap goes to an opacity and stays there."""

    alpha: float

    def apply(self, draft: Draft, u: float, solid: float = 1.0) -> None:
        draft.minimap += u * (self.alpha - draft.minimap)
