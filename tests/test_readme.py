"""What the README shows works as it stands."""

from __future__ import annotations

import re
from pathlib import Path

from render.programme.production import Production
from render.scene import ACTIONS, parse_scene

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_its_scene_is_a_film() -> None:
    (script,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    timeline = Production(parse_scene(script, "README.md")).timeline
    assert [shot.id for shot in timeline.shots] == ["embed", "predict"]
    words = [page.text for shot in timeline.shots for page in shot.pages]
    assert words[0] == "Letter B is token 1, so we take column 1 of the token table."
    assert re.fullmatch(r"The model is \d\d% sure that the next letter is A\.", words[1])


def test_every_action_is_listed() -> None:
    items = "\n".join(re.findall(r"^- .+$", README, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", items)) == set(ACTIONS)


def test_its_pictures_and_links_are_there() -> None:
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert pictures and all((Path(__file__).parent.parent / link).is_file() for link in links)
