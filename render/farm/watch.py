"""What a farm's workers tell while they draw, and who listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Heard:
    """What a worker has in hand.

    worker:   its address
    segment:  the segment's number
    beat:     the name of its beat
    n_drawn:  how many of its frames are drawn; all of them when it is finished
    """

    worker: str
    segment: int
    beat: str
    n_drawn: int
    n_frames: int


class Watch(Protocol):
    """Listens, in whatever thread tells."""

    def heard(self, heard: Heard) -> None:
        """A worker has begun a segment, has drawn some more of it, or has finished it."""

    def waiting(self, what: str) -> None:
        """Nothing goes on until there is `what`, or until a worker is heard."""
