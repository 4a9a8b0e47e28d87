"""The reference of the scene language: its examples make the pictures that stand under them; it leaves nothing out."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import imageio.v3 as iio
import numpy as np
import pytest

from render.programme import Programme
from render.programme.painter import Painter
from render.programme.production import Production
from render.scene import ACTIONS, Beat, Scene, Video, parse_scene
from render.scene.actions import Camera, TimedAction

ROOT = Path(__file__).parent.parent


def script(name: str) -> ModuleType:
    """One of scripts/, which are no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


draw_docs = script("draw_docs")
TEXT = (draw_docs.DOCS / "scene-language.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", TEXT, re.DOTALL | re.MULTILINE))
EXAMPLES = draw_docs.Examples()

BLOCK, MEAN, LARGE, SHARE = 4, 1.5, 24, 0.001
"""Pixels are compared in blocks of so many by so many, which evens out what JPEG does to them. The mean difference that
is allowed (of 255), and the share of blocks that may differ by more than `LARGE`: JPEG makes 1.0 and none."""


class Drawn:
    """The examples as one painter draws them."""

    def __init__(self) -> None:
        self.programme: Programme = EXAMPLES.programme()
        self.painter = Painter(self.programme)

    def __call__(self, id: str) -> np.ndarray:
        return EXAMPLES.draw(self.painter, self.programme, id)


@pytest.fixture(scope="module")
def drawn() -> Iterator[Drawn]:
    drawn = Drawn()
    yield drawn
    drawn.painter.close()


def coarse(picture: np.ndarray) -> np.ndarray:
    height, width, _ = picture.shape
    return picture.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK, 3).mean(axis=(1, 3))


def difference(frame: np.ndarray, picture: np.ndarray) -> tuple[float, float]:
    """The mean difference, and the share of blocks whose difference is large."""
    difference = np.abs(coarse(frame) - coarse(picture))
    return float(difference.mean()), float((difference.max(axis=2) > LARGE).mean())


@pytest.mark.parametrize("id", EXAMPLES.scripts)
def test_an_example_makes_its_picture(id: str, drawn: Drawn) -> None:
    picture = iio.imread(draw_docs.picture(id))
    assert picture.shape == (540, 960, 3)
    mean, share = difference(drawn(id), picture)
    assert mean < MEAN and share < SHARE, f"mean difference {mean:.2f}, {share:.2%} of blocks differ by over {LARGE}"


@pytest.mark.parametrize("id", [id for id, script in EXAMPLES.scripts.items() if "  do:\n" in script])
def test_without_its_actions_an_example_makes_another_picture(id: str, drawn: Drawn) -> None:
    alone = draw_docs.scene(EXAMPLES.scripts[id].split("    do:")[0], f"{id}.yaml")
    production = Production(alone, drawn.programme.productions[0].stock)
    frame = drawn.painter.paint(production, production.timeline.state_of(0, production.timeline.shots[0].telling))
    mean, share = difference(frame[..., :3], iio.imread(draw_docs.picture(id)))
    assert mean >= MEAN or share >= SHARE


def actions_of(section: str) -> set[str]:
    return set(re.findall(r"[a-z_]+", section.replace(" and ", " "))) & set(ACTIONS)


@pytest.mark.parametrize("word", ACTIONS)
def test_every_action_has_a_section_with_an_example(word: str) -> None:
    (heading,) = (section for section in SECTIONS if word in actions_of(section))
    examples = re.findall(r"```yaml\n(.*?)```", SECTIONS[heading], re.DOTALL)
    assert any(re.search(rf"- {word}:", example) for example in examples)


@pytest.mark.parametrize("word", ACTIONS)
def test_every_key_of_an_action_is_told_of_in_its_section(word: str) -> None:
    (heading,) = (section for section in SECTIONS if word in actions_of(section))
    prose = re.sub(r"```.*?```", "", SECTIONS[heading], flags=re.DOTALL)
    told = " ".join(re.findall(r"`([^`]+)`", prose))
    own = set(ACTIONS[word].keys()) - {*TimedAction.keys(), word}
    assert {key for key in own if not re.search(rf"\b{key}\b", told)} == set()


@pytest.mark.parametrize("part", [Scene, Video, Beat, Camera, TimedAction], ids=lambda part: part.__name__)
def test_every_key_of_a_script_is_told_of(part: type[Scene | Video | Beat | Camera | TimedAction]) -> None:
    before = TEXT.split("## Computing")[0]
    code = " ".join(re.findall(r"```.*?```|`[^`]+`", before, re.DOTALL))
    keys = part.keys()
    assert {key for key in keys if not re.search(rf"\b{key}\b", code)} == set()


@pytest.mark.parametrize("written", re.findall(r"```yaml-script\n(.*?)```", TEXT, re.DOTALL))
def test_a_whole_script_reads(written: str) -> None:
    scene = parse_scene(written, "scene-language.md")
    assert scene.beats or scene.include


def test_links_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL), re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert {link[1:] for link in links if link.startswith("#")} <= anchors
    assert all((draw_docs.DOCS / link).is_file() for link in links if not link.startswith(("#", "http")))


def test_the_folder_holds_these_pictures_and_is_small() -> None:
    shown = re.findall(r"!\[[^]]+\]\(pictures/(\S+)\.jpg\)", TEXT)
    stored = list((draw_docs.DOCS / "pictures").iterdir())
    assert shown == list(EXAMPLES.scripts)
    assert {picture.name for picture in stored} == {f"{id}.jpg" for id in shown}
    assert sum(picture.stat().st_size for picture in stored) < 4 * 2**20
