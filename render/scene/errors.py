"""What is wrong in a script, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from render.errors import UserError

SHOWN = 10

T = TypeVar("T")


@dataclass(frozen=True, order=True)
class Place:
    """A place in a file: line and column count from 1, columns in characters."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class ScriptError(UserError, ValueError):
    """One or more problems in a script; prints `file:line:column: what is wrong`, one a line, in reading order.

    It is a `ValueError` too, so that pydantic gathers it with the others instead of stopping at the first.
    """

    def __init__(self, problems: Iterable[tuple[Place, str]]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__(self.problems)

    def __str__(self) -> str:
        lines = [f"{place}: {message}" for place, message in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"... and {len(self.problems) - SHOWN} more")
        return "\n".join(lines)


def gathered(check: Callable[[T], object], items: Iterable[T]) -> None:
    """Call `check` with every item. Raises one ScriptError with the problems of all the calls that raised one."""
    problems: list[tuple[Place, str]] = []
    for item in items:
        try:
            check(item)
        except ScriptError as error:
            problems += error.problems
    if problems:
        raise ScriptError(problems)
