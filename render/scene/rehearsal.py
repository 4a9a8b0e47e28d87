"""A scene and its model brought together before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from render.errors import UserError
from render.model import Model, Repertoire, Run
from render.scene.actions import FeedBack
from render.scene.check import check_scene
from render.scene.errors import ScriptError
from render.scene.schema import Scene
from render.scene.written import flaw

POSITIONS = 64
"""For how many positions a model without weights is drawn where the script does not say."""


def rehearse(scene: Scene, repertoire: Repertoire | None = None) -> Run:
    """Load the scene's model, run it through all the predictions that feed back, and check the script against the run.

    A model without weights does not run: the script is checked against its outline.

    Scenes that are rehearsed with one `repertoire` share their models and, where they are the same, their runs.
    Raises UserError for a model that is none and as `prompt_tokens` does, and ScriptError with all that is wrong in the
    beats.
    """
    repertoire = repertoire or Repertoire()
    with _told_of_model(scene):
        model = repertoire.model(scene.model)
    if model.is_blank:
        run = repertoire.outline(model, n_positions(scene, model))
    else:
        tokens = prompt_tokens(scene, model)
        with _told_of_model(scene):
            # The last prediction may join a full sequence: then there is no pass after it.
            run = repertoire.run(model, tokens, min(scene.n_feed_backs + 1, model.config.block_size - len(tokens) + 1))
    check_scene(scene, run)
    return run


@contextmanager
def _told_of_model(scene: Scene) -> Iterator[None]:
    """What is wrong with the model is told with the place where the script names it."""
    try:
        yield
    except UserError as error:
        raise flaw(scene.model, str(error)) if isinstance(scene.model, str) else error from None


def n_positions(scene: Scene, model: Model) -> int:
    """For how many positions a scene draws its model, which has no weights here: `positions`, or else up to 64.

    Raises UserError (ScriptError, with its place, for what the script says) for more than it looks at, and for text or
    tokens, of which it could make nothing.
    """
    remedy = f"'positions: {min(POSITIONS, model.config.block_size)}' says for how many tokens it is drawn"
    message = f"{model.name} has no weights here, so it reads nothing; {remedy}"
    if scene.prompt is not None:
        raise flaw(scene.prompt, message)
    if scene.tokens is not None:
        raise ScriptError([(scene.where("tokens"), message)])
    most = model.config.block_size
    if scene.positions is None:
        return min(POSITIONS, most)
    if scene.positions > most:
        message = f"{scene.positions} positions are too many: '{model.name}' looks at {most} at most"
        raise ScriptError([(scene.where("positions"), message)])
    return scene.positions


def prompt_tokens(scene: Scene, model: Model) -> tuple[int, ...]:
    """The token ids that the scene begins with.

    Raises UserError (ScriptError, with its place, for what the script says) for what is not in the vocabulary, and for
    more tokens, or more fed back, than the model looks at.
    """
    if scene.positions is not None:
        message = f"'positions' are for a model without weights; '{model.name}' reads a 'prompt' or 'tokens'"
        raise ScriptError([(scene.where("positions"), message)])
    if scene.prompt is None and scene.tokens is None:
        raise ScriptError([(scene.where(), f"'{model.name}' needs a 'prompt' (text) or 'tokens' (a list of ids)")])
    ids = _token_ids(scene, model) if scene.prompt is None else _encoded(scene.prompt, model)
    most = model.config.block_size
    if len(ids) > most:
        message = f"{len(ids)} tokens are too many: '{model.name}' looks at {most} at most"
        raise (
            flaw(scene.prompt, message) if scene.prompt is not None else ScriptError([(scene.where("tokens"), message)])
        )
    length = len(ids)
    for beat in scene.beats:
        for action, _ in beat.actions():
            if isinstance(action, FeedBack):
                length += action.times
                if length > most + 1:
                    message = (
                        f"{length} tokens after this feed_back are too many: '{model.name}' looks at {most} at most"
                    )
                    raise ScriptError([(action.where(), message)])
    return ids


def _encoded(prompt: str, model: Model) -> tuple[int, ...]:
    try:
        return model.encode(prompt.removesuffix("\n"))
    except UserError as error:
        raise flaw(prompt, str(error)) from None


def _token_ids(scene: Scene, model: Model) -> tuple[int, ...]:
    assert scene.tokens is not None
    known = model.config.vocab_size
    problems = [
        (scene.where("tokens", i), f"there is no token {token}: the ids of '{model.name}' go from 0 to {known - 1}")
        for i, token in enumerate(scene.tokens)
        if token >= known
    ]
    if problems:
        raise ScriptError(problems)
    return scene.tokens
