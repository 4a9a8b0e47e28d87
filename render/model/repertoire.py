"""Models and runs that several scenes share."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from render.model.built_in import BUILT_IN
from render.model.cast import perform
from render.model.load import load_model
from render.model.model import Model, Run


class Repertoire:
    """Loads each model once and makes each run once, however often they are asked for."""

    def __init__(self) -> None:
        self._models: dict[str, Model] = {}
        self._runs: dict[tuple[Model, tuple[int, ...], int], Run] = {}
        self._outlines: dict[tuple[Model, int], Run] = {}
        self._together: dict[tuple[Run, ...], dict[tuple[str, ...], Run]] = {}

    def model(self, name_or_path: str | Model) -> Model:
        """The model of that name or path; one file is one model however its path is written. Raises as `load_model`."""
        if isinstance(name_or_path, Model):
            return name_or_path
        is_file = name_or_path not in BUILT_IN and os.path.exists(name_or_path)
        key = os.path.realpath(name_or_path) if is_file else name_or_path
        if key not in self._models:
            self._models[key] = load_model(name_or_path)
        return self._models[key]

    def run(self, model: Model, tokens: Sequence[int], n_steps: int) -> Run:
        """The run of `model` over `tokens`. Raises as `Model.run`."""
        key = (model, tuple(tokens), n_steps)
        if key not in self._runs:
            self._runs[key] = model.run(tokens, n_steps)
        return self._runs[key]

    def outline(self, model: Model, n_positions: int) -> Run:
        """The outline of `model` over as many positions. Raises as `Model.outline`."""
        if (model, n_positions) not in self._outlines:
            self._outlines[model, n_positions] = model.outline(n_positions)
        return self._outlines[model, n_positions]

    def together(self, lead: Run, cast: Mapping[str, Run]) -> Run:
        """The run of `lead` with those of the rest of the `cast` beside it."""
        known = self._together.setdefault((lead, *cast.values()), {})
        if tuple(cast) not in known:
            known[tuple(cast)] = perform(lead, cast)
        return known[tuple(cast)]
