"""The command line, a file for each command."""

from render.cli import cache, check, films, machine, stills, trace
from render.cli.app import app, main, run

__all__ = ["app", "cache", "check", "films", "machine", "main", "run", "stills", "trace"]
