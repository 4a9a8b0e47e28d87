"""A scene and its model brought together before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from render.errors import UserError
from render.model import Model, Repertoire, Run
from render.scene.check import check_scene
from render.scene.context import TOKEN_NAMES
from render.scene.errors import ScriptError
from render.scene.role import Role
from render.scene.schema import Scene
from render.scene.selector import EVERYTHING, PIECES
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
    lead = _run(scene, repertoire)
    _check_names(scene, lead)
    run = repertoire.together(lead, {name: _run(role, repertoire) for name, role in scene.cast.items()})
    check_scene(scene, run)
    return run


def _run(role: Role, repertoire: Repertoire) -> Run:
    with _told_of_model(role):
        model = repertoire.model(role.model)
    if model.is_blank:
        return repertoire.outline(model, n_positions(role, model))
    tokens = prompt_tokens(role, model)
    with _told_of_model(role):
        # The last prediction may join a full sequence: then there is no pass after it.
        most = model.config.block_size - len(tokens) + 1
        return repertoire.run(model, tokens, min(role.n_feed_backs + 1, most))


def _check_names(scene: Scene, lead: Run) -> None:
    """Raises ScriptError where a name in the cast means something else already."""
    taken = {name.split(".")[0] for name in lead.graph} | {EVERYTHING, PIECES, *TOKEN_NAMES}
    problems = [
        (scene.where("cast", name), f"the name '{name}' is taken: the script's own model has something of that name")
        for name in scene.cast
        if name in taken
    ]
    if problems:
        raise ScriptError(problems)


@contextmanager
def _told_of_model(role: Role) -> Iterator[None]:
    """What is wrong with the model is told with the place where the script names it."""
    try:
        yield
    except UserError as error:
        raise flaw(role.model, str(error)) if isinstance(role.model, str) else error from None


def n_positions(role: Role, model: Model) -> int:
    """For how many positions a model is drawn, which has no weights here: `positions`, or else up to 64.

    Raises UserError (ScriptError, with its place, for what the script says) for more than it looks at, and for text or
    tokens, of which it could make nothing.
    """
    remedy = f"'positions: {min(POSITIONS, model.config.block_size)}' says for how many tokens it is drawn"
    message = f"{model.name} has no weights here, so it reads nothing; {remedy}"
    if role.prompt is not None:
        raise flaw(role.prompt, message)
    if role.tokens is not None:
        raise ScriptError([(role.where("tokens"), message)])
    most = model.config.block_size
    if role.positions is None:
        return min(POSITIONS, most)
    if role.positions > most:
        message = f"{role.positions} positions are too many: '{model.name}' looks at {most} at most"
        raise ScriptError([(role.where("positions"), message)])
    return role.positions


def prompt_tokens(role: Role, model: Model) -> tuple[int, ...]:
    """The token ids that a model begins with.

    Raises UserError (ScriptError, with its place, for what the script says) for what is not in the vocabulary, and for
    more tokens, or more fed back, than the model looks at.
    """
    if role.positions is not None:
        message = f"'positions' are for a model without weights; '{model.name}' reads a 'prompt' or 'tokens'"
        raise ScriptError([(role.where("positions"), message)])
    if role.prompt is None and role.tokens is None:
        raise ScriptError([(role.where(), f"'{model.name}' needs a 'prompt' (text) or 'tokens' (a list of ids)")])
    ids = _token_ids(role, model) if role.prompt is None else _encoded(role.prompt, model)
    most = model.config.block_size
    if len(ids) > most:
        message = f"{len(ids)} tokens are too many: '{model.name}' looks at {most} at most"
        raise (
            flaw(role.prompt, message) if role.prompt is not None else ScriptError([(role.where("tokens"), message)])
        )
    length = len(ids)
    for action in role.feed_backs:
        length += action.times
        if length > most + 1:
            message = f"{length} tokens after this feed_back are too many: '{model.name}' looks at {most} at most"
            raise ScriptError([(action.where(), message)])
    return ids


def _encoded(prompt: str, model: Model) -> tuple[int, ...]:
    try:
        return model.encode(prompt.removesuffix("\n"))
    except UserError as error:
        raise flaw(prompt, str(error)) from None


def _token_ids(role: Role, model: Model) -> tuple[int, ...]:
    assert role.tokens is not None
    known = model.config.vocab_size
    problems = [
        (role.where("tokens", i), f"there is no token {token}: the ids of '{model.name}' go from 0 to {known - 1}")
        for i, token in enumerate(role.tokens)
        if token >= known
    ]
    if problems:
        raise ScriptError(problems)
    return role.tokens
