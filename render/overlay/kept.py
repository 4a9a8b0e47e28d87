"""What neighbouring frames have in common is worked out once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """What was worked out last, for as long as all that it depends on stays as it is.

    It never changes what comes out, and keeps one thing only, so that memory does not grow with the film.
    """

    def __init__(self) -> None:
        self._last: tuple[object, T] | None = None

    def of(self, key: object, make: Callable[[], T]) -> T:
        """What `make` gives, which depends on nothing but `key`."""
        if self._last is None or self._last[0] != key:
            self._last = (key, make())
        return self._last[1]
