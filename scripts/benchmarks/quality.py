"""How near frames are to the picture that endless patience would draw, in decibels.

The reference of a frame has 64 samples a pixel, `Stage.draw(state, 8)`: the same state seen from 8 by 8 places in
each pixel, each sample with the edges of a pixel an eighth as broad, which is a picture of 15,360 by 8,640 with all
that is sized in pixels scaled along, box-filtered 8:1. The flat layer is recorded once and played at 8 times the
size, a part at a time, filtered likewise and laid over the stage's reference.

Peak signal-to-noise ratio over red, green and blue: 10 log10(255^2 / mean squared difference).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.film import load
from render.programme import Moment, Programme
from render.programme.painter import FINE, Painter
from render.timeline import State

FINENESS = 8
"""How many samples along each side of a pixel the reference has."""

N_FRAMES = 12
"""How many moving and how many resting frames of a film are taken."""


def quality_figures(scenes: Sequence[Path], size: str) -> dict[str, Any]:
    """Of moving frames and of those that are held, light and dark: the worst and the mean of each."""
    figures: dict[str, Any] = {}
    for scene in scenes:
        for theme in ("light", "dark"):
            programme = load(scene, size=size, theme=theme).programme
            painter = Painter(programme)
            moving, resting = chosen(programme)
            for name, moments, samples in (("moving", moving, 1), ("resting", resting, FINE)):
                found = np.array([decibels(painter, programme, moment, samples) for moment in moments])
                for layer, values in (("stage", found[:, 0]), ("whole", found[:, 1])):
                    title = f"dB {scene.stem}, {theme}, {name}, {layer}"
                    figures[title] = f"{values.min():.1f} at least, {values.mean():.1f} in the mean"
            painter.close()
    return figures


def chosen(programme: Programme) -> tuple[list[Moment], list[Moment]]:
    """Moments at even distances: of those that are one frame, and of those that are held for some."""
    runs = [(moment, len(list(same))) for moment, same in groupby(programme.frames())]
    moving = [moment for moment, n in runs if n == 1]
    resting = [moment for moment, n in runs if n > 3]
    return evenly(moving), evenly(resting)


def evenly(moments: list[Moment]) -> list[Moment]:
    return moments[:: max(1, len(moments) // N_FRAMES)][:N_FRAMES]


def decibels(painter: Painter, programme: Programme, moment: Moment, samples: int) -> tuple[float, float]:
    """How near the stage, drawn with so many samples, is to its reference, and how near the whole frame is."""
    production = programme.productions[moment.part]
    state = production.timeline.state_of(moment.beat, moment.t)
    studio = painter.studio(production)
    stage = studio.stage.draw(state, FINENESS)
    flat = flat_reference(studio.overlay, state)
    whole = flat[..., :3] + (1 - flat[..., 3:]) * stage[..., :3]
    return apart(studio.stage.draw(state, samples), stage[..., :3]), apart(painter(moment), whole)


def apart(frame: NDArray[np.uint8], reference: NDArray[Any]) -> float:
    """Decibels; 99 where both are the same."""
    squares = (frame[..., :3].astype(np.float64) - reference) ** 2
    return min(99.0, 10 * float(np.log10(255**2 / max(squares.mean(), 1e-9))))


def flat_reference(overlay: Any, state: State) -> NDArray[np.float32]:
    """The flat layer alone: colours from 0 to 255 times alpha, and alpha from 0 to 1, (height, width, 4)."""
    import skia  # imported here: it comes with the overlay

    from render.overlay.parts import parts

    n, (width, height) = FINENESS, overlay.page.size
    recorder = skia.PictureRecorder()
    overlay.draw_on(recorder.beginRecording(skia.Rect.MakeWH(width, height)), state)
    picture = recorder.finishRecordingAsPicture()
    whole = np.zeros((height, width, 4), np.float32)
    for part in parts(width, height, n):
        pixels = np.zeros((n * part.height(), n * part.width(), 4), np.uint8)
        info = skia.ImageInfo.Make(*pixels.shape[1::-1], skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType)
        surface = skia.Surface.MakeRasterDirect(info, pixels, pixels.strides[0])
        canvas = surface.getCanvas()
        canvas.scale(n, n)
        canvas.translate(-part.left(), -part.top())
        canvas.drawPicture(picture)
        surface.flushAndSubmit()
        means = pixels.reshape(part.height(), n, part.width(), n, 4).mean(axis=(1, 3), dtype=np.float32)
        whole[part.top() : part.bottom(), part.left() : part.right()] = means
    whole[..., 3] /= 255
    return whole
