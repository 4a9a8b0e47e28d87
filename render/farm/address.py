"""What `--farm` may say: `local`, or where a scheduler of Dask's is."""

from __future__ import annotations

import re
from importlib.util import find_spec

from render.errors import UserError

LOCAL = "local"
"""A farm of this machine alone."""

_ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):\d+")


def check_farm(farm: str, workers: int | None = None) -> None:
    """Raises UserError for what is no farm, for one without Dask, and where its workers are not ours to count."""
    if find_spec("distributed") is None:
        raise UserError("a farm needs Dask, which is not installed; this brings it: pip install 'render[farm]'")
    if farm != LOCAL and not _ADDRESS.fullmatch(farm):
        raise UserError(
            f"'{farm}' is no farm: give '{LOCAL}', or the address of a Dask scheduler, such as tcp://10.0.0.1:8786"
        )
    if farm != LOCAL and workers is not None:
        raise UserError(f"the farm {farm} has the workers that it has: give --workers with --farm {LOCAL} only")
