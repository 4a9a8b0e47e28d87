"""What is told of films from run to run: a manifest beside each, whether it is still up to date, and what changed."""

from render.report.manifest import Manifest, manifest_path, read_manifest
from render.report.page import write_report
from render.report.record import check_manifest, write_manifest
from render.report.revisions import films_at, films_of
from render.report.status import Status, status

__all__ = [
    "Manifest",
    "Status",
    "check_manifest",
    "films_at",
    "films_of",
    "manifest_path",
    "read_manifest",
    "status",
    "write_manifest",
    "write_report",
]
