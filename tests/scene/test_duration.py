from __future__ import annotations

import pytest

from render.scene import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("4s", 4), ("0.5s", 0.5), ("500ms", 0.5), ("1m", 60), ("10m", 600), ("2", 2), (".5", 0.5), ("0", 0), ("+3 s", 3)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-4s", "must not be negative, and it is -4s"),
        ("601", "must be at most 10 minutes, and it is 601"),
        ("1" + "0" * 400, "must be at most 10 minutes, and it is 1" + "0" * 400),
        ("fast", "must be a duration such as 4s, 0.5s, 500ms or 1m, not 'fast'"),
        ("12:30", "must be a duration such as 4s, 0.5s, 500ms or 1m, not '12:30'"),
        ("nan", "must be a duration such as 4s, 0.5s, 500ms or 1m, not 'nan'"),
        (".inf", "must be a duration such as 4s, 0.5s, 500ms or 1m, not '.inf'"),
        ("1e9", "must be a duration such as 4s, 0.5s, 500ms or 1m, not '1e9'"),
        ("4 hours", "must be a duration such as 4s, 0.5s, 500ms or 1m, not '4 hours'"),
    ],
)
def test_what_is_no_duration(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_duration(text)
    assert str(caught.value) == message
