"""Films cut into segments, and whether two of them that share a segment's key share its pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from render.farm.segments import Segment, cut
from render.model import Model
from render.programme import Moment, Programme
from render.programme.painter import Painter
from render.programme.production import Production, Stock
from render.scene import load_scene, parts_of

SCENES = Path(__file__).parents[2] / "scenes"

EVERYTHING = """\
title: All at once
prompt: CBABBC
video: {size: 480x270, fps: 6}
beats:
- id: embed
  chapter: Words
  say: A *letter* is a column of numbers.
  beside: wte
  camera: {frame: ["wte[c=0:8]", "wpe[c=0:8]", "embed[c=0:8]"], azimuth: -8, elevation: 8}
  do:
  - {fill: embed, over: 1s, explain: "embed[t=1, c=3]", with: [{highlight: "wte[v=tokens[1]]", keep: true}]}
  - {label: "embed[t=3]", text: Words on a plate, keep: true}
- id: chart
  say: The plot of a row of shares stays.
  camera: {frame: ["h.0.attn.att*[h=0]"], azimuth: -6, elevation: 6, zoom: 0.8}
  do:
  - {fill: [h.0.ln_1, h.0.attn], over: 1s, lines: false}
  - {chart: "h.0.attn.att_softmax[h=0, t=5]", title: Looks at, over: 0.5s, keep: true}
- id: moving
  say: Its camera is on its way when the beat is over.
  camera: {frame: h.1.mlp, azimuth: -20, elevation: 10}
  do: [{minimap: on}, {pulse: h.1.mlp, for: 2s, at: 0s}]
  for: 0.8s
- id: arrived
  say: Here it arrives.
  do: [{section: Two layers, above: h.1.mlp, keep: true}, {bracket: h.1.mlp.fc}]
- id: read-off
  say: What would it say after a block?
  camera: {frame: h.0.resid, azimuth: -8, elevation: 8, zoom: 0.6}
  do: [{chart: "h.0.resid[t=5]", through: prediction, title: After a block, over: 0.5s}]
- id: pieces
  say: Two columns are added up, and stay away.
  camera: {frame: ["wpe[c=0:8]", "embed[c=0:8]"], azimuth: -8, elevation: 8, zoom: 0.8}
  do:
  - {stack: ["wte[v=2]", "wpe[t=0]"], beside: embed, signs: "+", over: 1s}
  - {lift: "wpe[t=4]", by: 3, over: 0.5s}
  - {move: "h.0.ln_1.out", beside: embed, over: 0.5s}
- id: worked
  say: A cell is worked out.
  camera: {frame: ["h.0.attn.q[h=0]", "h.0.attn.k[h=0]", "h.0.attn.att[h=0]"], azimuth: -6, elevation: 6}
  do: [{work_out: "h.0.attn.att[h=0, t=5, s=2]", over: 5s}]
- id: output
  say: It says {probs[t=-1].argmax}, and {predicted} joins the row.
  camera: {frame: ["logits[v=predicted]", "probs[v=predicted]"], azimuth: -6, elevation: 6}
  do:
  - {fill: model, over: 1s, lines: false}
  - {chart: "logits[t=-1]", through: softmax, temperature: 0.5, over: 0.5s, keep: true}
  - {sweep: temperature, from: 0.5, to: 2, over: 1s}
  - {feed_back: {}, over: 1s}
- id: whole
  say: And all of it.
  camera: {frame: model, azimuth: -12, elevation: 12}
"""
"""A script with what later beats inherit from earlier ones: charts, pieces, marks, a camera on its way, tokens."""


STOCK = Stock()
"""Films here share models, runs and layouts, so that one window draws all those of one run."""


def programme(text: str, folder: Path, model: Model | None = None, **settings: str) -> Programme:
    """The film of a script, with another model in place of its own if one is given."""
    path = folder / "scene.yaml"
    path.write_text(text)
    return of_file(path, model, **settings)


def of_file(path: Path, model: Model | None = None, **settings: str) -> Programme:
    scene = load_scene(path).revised(**settings)
    if model is not None:
        # The schema has the name of a model there; a repertoire takes one that is loaded as well.
        scene = scene.model_copy(update={"model": model})
    made = Programme(scene, parts_of(scene))
    made.__dict__["productions"] = tuple(Production(part, STOCK) for part in made.parts)
    return made


def segments(own: Programme, settings: dict[str, object] | None = None) -> tuple[Segment, ...]:
    return cut(own, 0, own.n_frames, settings or {})


def keys(own: Programme) -> dict[str, list[str]]:
    """The keys of every beat's segments."""
    found: dict[str, list[str]] = {}
    for segment in segments(own):
        found.setdefault(segment.beat, []).append(segment.key)
    return found


def changed(before: Programme, after: Programme) -> set[str]:
    """The beats whose keys are not all the same in both."""
    one, other = keys(before), keys(after)
    assert one.keys() == other.keys()
    return {beat for beat in one if one[beat] != other[beat]}


class Darkroom:
    """Draws frames of several films, each frame once."""

    def __init__(self) -> None:
        self._painter: Painter | None = None
        self._drawn: dict[tuple[int, Moment], bytes] = {}
        self._films: dict[int, Programme] = {}

    def pictures(self, own: Programme, moments: Iterable[Moment]) -> list[bytes]:
        """The bytes of some frames of a film."""
        self._films[id(own)] = own
        self._painter = self._painter or Painter(own)
        found = []
        for moment in moments:
            if (id(own), moment) not in self._drawn:
                production = own.productions[moment.part]
                state = production.timeline.state_of(moment.beat, moment.t)
                self._drawn[id(own), moment] = self._painter.paint(production, state).tobytes()
            found.append(self._drawn[id(own), moment])
        return found

    def stale(self, before: Programme, after: Programme, sample: int = 3) -> list[str]:
        """What would be wrong if segments of `before` were used for `after`: other pictures under the same key.

        Of every segment as many of its frames are drawn as `sample` says, the first and the last among them.
        """
        known = {segment.key: segment for segment in segments(before)}
        shared = [(known[own.key], own) for own in segments(after) if own.key in known]
        assert shared, "no two segments have a key in common: there is nothing to compare"
        for one, other in shared:
            assert [repeat for _, repeat in one.frames] == [repeat for _, repeat in other.frames]
        here = [moment for _, own in shared for moment in _some(own, sample)]
        there = [moment for own, _ in shared for moment in _some(own, sample)]
        pairs = zip(here, self.pictures(before, there), self.pictures(after, here), strict=True)
        return [f"beat {moment.beat} at {moment.t:.2f} s" for moment, one, other in pairs if one != other]

    def close(self) -> None:
        if self._painter is not None:
            self._painter.close()


def _some(segment: Segment, sample: int) -> Sequence[Moment]:
    """Some of a segment's frames, evenly from the first to the last."""
    places = np.linspace(0, len(segment.frames) - 1, min(sample, len(segment.frames))).round().astype(int)
    return [segment.frames[place][0] for place in places.tolist()]
