"""What the README shows works as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from render.production import Production
from render.scene import ACTIONS, parse_scene

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_its_scene_is_a_film() -> None:
    (script,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    timeline = Production(parse_scene(script, "README.md")).timeline
    assert [shot.id for shot in timeline.shots] == ["embed", "predict"]
    words = [page.text for shot in timeline.shots for page in shot.pages]
    assert words[0] == "Letter B is token 1, so we take column 1 of the token table."
    assert re.fullmatch(r"The model is \d\d% sure that the next letter is A\.", words[1])


@pytest.mark.parametrize("word", ACTIONS)
def test_every_action_is_described(word: str) -> None:
    table = "\n".join(line for line in README.splitlines() if line.startswith("| `"))
    assert f"`{word}" in table


def test_its_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert pictures and all((Path(__file__).parent.parent / picture).is_file() for picture in pictures)
