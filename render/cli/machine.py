"""`render doctor` and `render models`: what is here."""

from __future__ import annotations

from render.cli.app import app, out
from render.doctor import doctor as examine_machine
from render.models import models as list_models


@app.command
def doctor() -> int:
    """Say what this machine has, what is missing, how to get it, and what renders."""
    return examine_machine()


@app.command
def models() -> None:
    """List the models that are known by name, their sizes, and whether their weights are here."""
    list_models(out)
