"""Durations as people write them."""

from __future__ import annotations

import re

LONGEST = 600.0

_PATTERN = re.compile(r"([+-]?)(\d+(?:\.\d*)?|\.\d+) ?(ms|s|m|)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "": 1.0}


def parse_duration(text: str) -> float:
    """Seconds of `4s`, `0.5s`, `500ms`, `1m` or a bare number of seconds, 0 to 10 minutes.

    Raises ValueError with words that follow the name of the key ("must be ...").
    """
    match = _PATTERN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"must be a duration such as 4s, 0.5s, 500ms or 1m, not '{text}'")
    sign, number, unit = match.groups()
    seconds = float(number) * _SECONDS[unit]
    if sign == "-" and seconds > 0:
        raise ValueError(f"must not be negative, and it is {text}")
    if seconds > LONGEST:
        raise ValueError(f"must be at most 10 minutes, and it is {text}")
    return seconds
