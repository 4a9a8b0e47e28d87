"""Small films before and after somebody has changed their scripts: what the tests of the report compare."""

from __future__ import annotations

from pathlib import Path

import render

HEAD = "prompt: CBABBC\nvideo: {size: 320x180, fps: 5}\n"

WORDS = f"""\
title: Words and numbers
{HEAD}beats:
- {{id: plain, for: 1s, say: "It reads “{{prompt}}”."}}
- {{id: said, for: 1s, say: The larger the dot the farther from zero.}}
- id: card
  for: 6s
  say: One cell.
  camera: {{frame: ["wte[c=0:8]", "wpe[c=0:8]", "embed[c=0:8]"]}}
  do: [{{fill: embed, over: 3s, explain: "embed[t=3, c=7]"}}]
- {{id: far, for: 1s, say: Nothing to see.}}
- {{id: view, for: 1s, say: The camera., camera: {{frame: model}}}}
"""

CHANGES = {
    "farther from zero.": "farther it is from nought & “<b>”.",
    "embed[t=3, c=7]": "embed[t=3, c=5]",
    "camera: {frame: model}": "camera: {frame: h.0}",
    "say: Nothing to see.": "say: Nothing to see., do: [{dim: h.2.mlp, to: 0.5, over: 0.2s}]",
}
"""By which scripts before become those after; the last one of them changes what is out of sight."""

BEATS = f"""\
title: Beats that come and go
{HEAD}beats:
- {{id: first, for: 1s, say: One.}}
- {{id: gone, for: 1s, say: Two.}}
- {{id: third, for: 1s, say: Three.}}
"""

SAME = f"title: The same\n{HEAD}beats:\n- {{id: only, for: 1s, say: One beat.}}\n"
FRESH = f"title: A new film\n{HEAD}beats:\n- {{id: one, for: 1s, say: New.}}\n- {{id: two, for: 1s, say: Newer.}}\n"


def changed(text: str) -> str:
    for old, new in CHANGES.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


BEFORE = {"words": WORDS, "beats": BEATS, "same": SAME}
AFTER = {
    "words": changed(WORDS),
    "beats": BEATS.replace("- {id: gone, for: 1s, say: Two.}\n", "").replace(
        "- {id: third", "- {id: new, for: 1s, say: Two and a half., camera: {frame: h.0}}\n- {id: third"
    ),
    "same": f"# A comment changes nothing.\n{SAME}",
    "fresh": FRESH,
}


def scripts(texts: dict[str, str], folder: Path) -> list[Path]:
    """Write scripts into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    return [folder / f"{name}.yaml" for name in texts]


def films(texts: dict[str, str], folder: Path, kind: str = "mp4") -> Path:
    """Make films of scripts in `folder`/output, the scripts beside it; return that folder."""
    output = folder / "output"
    for script in scripts(texts, folder):
        render.load(script).write(output / f"{script.stem}.{kind}", workers=1)
    return output
