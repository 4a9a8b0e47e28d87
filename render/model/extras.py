"""Packages that only some models need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from render.errors import UserError

INSTALL = "pip install 'render[llm]'"


@contextmanager
def needs_extra(package: str, what: str) -> Iterator[None]:
    """An import of `package`, with which `what` (`GGUF is read`). Raises UserError, naming the command, without it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UserError(f"{what} with the package '{package}', which is not installed: {INSTALL}") from error
