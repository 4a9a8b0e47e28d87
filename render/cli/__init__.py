"""The command line, a file for each command."""

from render.cli import cache, check, diff, films, machine, status, stills, trace
from render.cli.app import app, main, run

__all__ = ["app", "cache", "check", "diff", "films", "machine", "main", "run", "status", "stills", "trace"]
