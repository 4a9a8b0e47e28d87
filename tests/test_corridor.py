"""Data walks one way through the rooms: no file imports from a room to the right of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import render

ROOT = Path(render.__file__).parent
ROOMS = ("model", "scene", "layout", "timeline", "stage", "overlay", "video", "programme", "farm", "report")
OPEN = {"cache", "errors", "interrupts", "theme"}
"""What every room may import: it imports from `model` at most."""

OUTSIDE = {"assets", "cli"}
"""What is no room: files, and the command line, which is before all doors."""


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_from_itself_and_from_its_left(room: str) -> None:
    allowed = {*ROOMS[: ROOMS.index(room) + 1], *OPEN}
    files = sorted((ROOT / room).glob("**/*.py"))
    assert files
    for file in files:
        for module in imported(file):
            head, *rest = module.split(".")
            if head == "render":
                assert rest and rest[0] in allowed, f"{file.relative_to(ROOT)} imports {module}"


def test_every_package_is_a_room() -> None:
    packages = {folder.name for folder in ROOT.iterdir() if (folder / "__init__.py").exists()}
    assert packages == {*ROOMS, *OUTSIDE}
