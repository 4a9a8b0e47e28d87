"""The actions pulse and minimap as they are written."""

from __future__ import annotations

import pytest

from render.scene import Minimap, Pulse, ScriptError, parse_scene

HEAD = "title: x\nprompt: A\nbeats:\n- id: a\n  do:\n"


def test_a_pulse_has_selectors_and_a_length() -> None:
    first, second = parse_scene(HEAD + "  - pulse: embed\n  - {pulse: [h.0, probs], for: 500ms}\n").beats[0].do
    assert isinstance(first, Pulse) and isinstance(second, Pulse)
    assert ([str(own) for own in first.what], first.length) == (["embed"], 3.0)
    assert ([str(own) for own in second.what], second.length) == (["h.0", "probs"], 0.5)


def test_a_minimap_is_on_or_off() -> None:
    first, second = parse_scene(HEAD + "  - minimap: on\n  - {minimap: off, over: 1s}\n").beats[0].do
    assert isinstance(first, Minimap) and isinstance(second, Minimap)
    assert (first.switch, first.over, second.switch, second.over) == ("on", None, "off", 1.0)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("pulse:", "6:5: 'pulse' has no value"),
        ("pulse: 'embed['", "6:18: this '[' is never closed"),
        ("{pulse: embed, for: soon}", "6:25: 'for' must be a duration such as 4s, 0.5s, 500ms or 1m, not 'soon'"),
        ("{pulse: embed, over: 1s}", "6:20: unknown key 'over' in a pulse"),
        ("minimap: true", "6:14: 'minimap' must be on or off, not 'true'"),
        ("{minimap: on, for: 2s}", "6:19: unknown key 'for' in a minimap"),
    ],
)
def test_what_is_wrong_has_a_place(action: str, message: str) -> None:
    with pytest.raises(ScriptError) as error:
        parse_scene(f"{HEAD}  - {action}\n", "s.yaml")
    assert str(error.value).startswith(f"s.yaml:{message}")
