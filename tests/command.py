"""The command line as the tests call it, and a small script for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HEAD = "title: Small\nprompt: CBABBC\nvideo: {size: 96x64, fps: 2}\n"
SCRIPT = f"""{HEAD}beats:
- {{id: one, for: 1s, say: 'Of {{prompt}}.'}}
- {{id: two, for: 1s, do: [{{fill: embed, over: 1s}}]}}
"""

Call = Callable[..., "tuple[int, str, str]"]
"""Arguments in; exit code, stdout and stderr out."""


def shell(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line as a process of its own."""
    command = [sys.executable, "-m", "render", *arguments]
    env = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, timeout=60)


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
