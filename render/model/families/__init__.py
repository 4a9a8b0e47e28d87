"""The families there are: one file each, found by its being here. Each has its `FAMILY`."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from render.errors import UserError, nearest
from render.model.family import Family

FAMILIES: tuple[Family, ...] = tuple(
    import_module(f"{__name__}.{module.name}").FAMILY for module in sorted(iter_modules(__path__), key=lambda m: m.name)
)


def family(model_type: str) -> Family:
    """The family that checkpoints call `model_type`. Raises UserError, naming those there are."""
    for one in FAMILIES:
        if model_type in one.model_types:
            return one
    known = [own for one in FAMILIES for own in one.model_types]
    raise UserError(f"models of type '{model_type}' are not supported{nearest(model_type, known)}")
