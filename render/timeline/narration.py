"""The pages of a beat on the time line, at the frame's foot or beside what they speak of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from render.model import Region
from render.timeline.camera_path import CameraTrack
from render.timeline.captions import page_times
from render.timeline.draft import Clip, Draft
from render.timeline.easing import progress
from render.timeline.state import Beside
from render.timeline.timeline import Page


def spoken(texts: list[str], end: float) -> tuple[Page, ...]:
    """Pages at the frame's foot, one after the other from the beat's start to its `end`."""
    return tuple(Page(text, *span) for text, span in zip(texts, page_times(texts, 0.0, end), strict=True))


def spoken_beside(
    pages: Sequence[Page], regions: tuple[Region, ...], camera: CameraTrack, ready: float, free: tuple[Region, ...]
) -> tuple[Page, ...]:
    """The same pages next to `regions`. Those of one pose share one place.

    Each is placed for where the camera is at its end, or at `ready`, when the move that begins the beat is over.
    """
    found: list[Page] = []
    for pose, together in groupby(pages, key=lambda page: camera.pose(max(page.end, ready))):
        group = list(together)
        beside = Beside(regions, pose, tuple(page.text for page in group), free)
        standing = (group[0].start, group[-1].end)
        found += [Page(page.text, page.start, page.end, beside, standing) for page in group]
    return tuple(found)


def marked(clips: Sequence[Clip], t: float) -> tuple[Region, ...]:
    """What clips outline, or show as a chart, at a moment."""
    draft = Draft()
    for clip in clips:
        if clip.start <= t < clip.stop:
            clip.effect.apply(draft, progress(t, clip.start, clip.end))
    regions = [outline.region for outline in draft.outlines]
    charted = [region for plotted in draft.charts.values() for region in plotted.chart().regions]
    return tuple(dict.fromkeys([*regions, *charted]))
