"""`render trace`: the numbers of a model without pictures."""

from __future__ import annotations

from render.cli.app import app, out
from render.cli.options import Output
from render.errors import UserError
from render.model import explain as explain_cell
from render.model import load_model, write_run, write_trace
from render.scene import parse_selector, resolve_cell


@app.command
def trace(
    *,
    model: str = "nano-sort",
    tokens: str | None = None,
    prompt: str | None = None,
    steps: int = 0,
    output: Output = None,
    explain: str | None = None,
) -> int:
    """Run a model once and write every tensor of the pass, or explain one cell of it.

    Parameters
    ----------
    model
        a built-in model, or the path of a checkpoint
    tokens
        token ids, such as "2 1 0 1 1 2"
    prompt
        text, in place of token ids
    steps
        predict this many more tokens; tensors are then named step.K/NAME
    output
        a file .safetensors or .npz
    explain
        a cell, such as 'h.0.attn.att[h=1,t=5,s=3]'
    """
    if (tokens is None) == (prompt is None):
        raise UserError("give either --tokens or --prompt")
    if output is None and explain is None:
        raise UserError("give --output for the tensors, --explain for one cell, or both")
    if steps < 0:
        raise UserError(f"{steps} steps cannot be taken: give 0 or more")
    chosen = load_model(model)
    ids = chosen.encode(prompt) if prompt is not None else _token_ids(tokens or "")
    run = chosen.run(ids, steps + 1)
    if explain is not None:
        first = run.steps[0]
        cell = resolve_cell(parse_selector(explain), first.graph)
        index = dict(zip(first.graph[cell.tensor].dims, (low for low, _ in cell.ranges), strict=True))
        out.print(str(explain_cell(first, cell.tensor, index)))
    if output is not None:
        if steps:
            write_run(run, output)
        else:
            write_trace(run.steps[0], output)
        out.print(str(output))
    return 0


def _token_ids(text: str) -> list[int]:
    ids = []
    for word in text.replace(",", " ").split():
        try:
            ids.append(int(word))
        except ValueError:
            raise UserError(f"'{word}' is no token id: give whole numbers, such as \"2 1 0\"") from None
    return ids
