"""`render models`: the models that are known by name, how large they are, and whether their weights are here."""

from __future__ import annotations

from rich.console import Console

from render.model import BUILT_IN, FAMILIES, BuiltIn

_HEADINGS = ("model", "family", "parameters", "layers", "heads", "channels", "context", "weights")
_NUMBERS = range(2, 7)


def models(console: Console) -> None:
    """Print a table of all of them, and for weights that are not here the command that brings them."""
    rows = [_HEADINGS, *map(_row, BUILT_IN.values())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.rjust(width) if i in _NUMBERS else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        console.print("  ".join(cells).rstrip())
    for own in BUILT_IN.values():
        if not own.is_blank and not own.is_here:
            console.print(f"For the weights of {own.name}: {own.command}")


def _row(own: BuiltIn) -> tuple[str, ...]:
    figures = own.shape.figures
    heads = f"{figures['n_head']}"
    if figures["n_kv_head"] != figures["n_head"]:
        heads += f" ({figures['n_kv_head']} key-value)"
    weights = "no, shape only" if own.is_blank else "yes" if own.is_here else "no"
    sizes = (f"{own.shape.n_params:,}", str(figures["n_layer"]), heads, f"{figures['n_embd']:,}")
    return own.name, _family(own), *sizes, f"{figures['block_size']:,}", weights


def _family(own: BuiltIn) -> str:
    return next(kin.name for kin in FAMILIES if isinstance(own.shape, kin.config))
