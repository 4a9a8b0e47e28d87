"""A scene and its model brought together before anything is drawn."""

from __future__ import annotations

from render.errors import UserError
from render.model import Model, Repertoire, Run
from render.scene.actions import FeedBack
from render.scene.check import check_scene
from render.scene.errors import ScriptError
from render.scene.schema import Scene
from render.scene.written import flaw


def rehearse(scene: Scene, repertoire: Repertoire | None = None) -> Run:
    """Load the scene's model, run it through all the predictions that feed back, and check the script against the run.

    Scenes that are rehearsed with one `repertoire` share their models and, where they are the same, their runs.
    Raises UserError for a model that is none and as `prompt_tokens` does, and ScriptError with all that is wrong in the
    beats.
    """
    repertoire = repertoire or Repertoire()
    try:
        model = repertoire.model(scene.model)
    except UserError as error:
        raise flaw(scene.model, str(error)) from None
    tokens = prompt_tokens(scene, model)
    # The last prediction may join a full sequence: then there is no pass after it.
    run = repertoire.run(model, tokens, min(scene.n_feed_backs + 1, model.config.block_size - len(tokens) + 1))
    check_scene(scene, run)
    return run


def prompt_tokens(scene: Scene, model: Model) -> tuple[int, ...]:
    """The token ids that the scene begins with.

    Raises UserError (ScriptError, with its place, for what the script says) for what is not in the vocabulary, and for
    more tokens, or more fed back, than the model looks at.
    """
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
