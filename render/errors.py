"""What can go wrong, told to people.

Two kinds: `UserError` is about what somebody wrote or passed (exit code 2), `MachineError` about what the machine
could not do (exit code 1). The command line prints the message of either and nothing else.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class RenderError(Exception):
    """Base of every error with a message for people."""

    exit_code = 1


class UserError(RenderError):
    """Something in a script, a checkpoint or on the command line is wrong."""

    exit_code = 2


class MachineError(RenderError):
    """The machine could not do it: no OpenGL, no space, a folder that cannot be written."""

    exit_code = 1


def nearest(wrong: str, valid: Iterable[str]) -> str:
    """Return `"; did you mean 'x'?"` for the valid name nearest to `wrong`; when none is near, the names there are."""
    names = [str(name) for name in valid]
    close = difflib.get_close_matches(wrong, names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean '{close[0]}'?"
    if not names:
        return ""
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"; there are: {shown}"
