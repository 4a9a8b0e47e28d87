"""The command line: parse, call the public interface, report. One message and an exit code for whatever goes wrong."""

from __future__ import annotations

import signal
import sys
import textwrap
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

from render.doctor import doctor as examine_machine
from render.errors import RenderError, UserError, nearest
from render.film import load
from render.model import explain as explain_cell
from render.model import load_model, write_run, write_trace
from render.models import models as list_models
from render.progress import progress_bar
from render.scene import Scene, ScriptError, parse_selector, resolve_cell
from render.stage import opengl

# Plain text: what people write may hold brackets and colons that rich would take for markup and emoji.
out = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)

app = App(
    name="render",
    usage="Usage: render SCENE.yaml... [OPTIONS]\n       render COMMAND ...\n",
    help="Explainer clips of language models at work: a YAML script in, an MP4 out, every number traced.",
    help_format="plaintext",
    version_flags=["--version"],
    console=out,
    suppress_keyboard_interrupt=False,
    error_console=err,
)

Output = Annotated[Path | None, Parameter(name=["-o", "--output"])]
Size = Annotated[str | None, Parameter(help="720p, 1080p, 1440p, 4k, or WIDTHxHEIGHT.")]
Captions = Annotated[Literal["on", "off"] | None, Parameter(help="on or off: whether the narration is drawn.")]
Theme = Annotated[Literal["light", "dark"] | None, Parameter(help="light or dark.")]


@app.default
def films(
    *scenes: Path,
    output: Output = None,
    size: Size = None,
    fps: int | None = None,
    beat: str | None = None,
    from_: Annotated[float | None, Parameter(name="--from")] = None,
    to: float | None = None,
    theme: Theme = None,
    captions: Captions = None,
    model: str | None = None,
    prompt: str | None = None,
    workers: int | None = None,
) -> int:
    """Render scene scripts to films.

    Parameters
    ----------
    scenes
        the scripts
    output
        a file .mp4 or .gif, or a folder for PNG frames; with several scripts a folder for their films
        [default: output/<scene name>.mp4]
    fps
        frames a second
    beat
        render this beat only
    from_
        start at this second
    to
        end at this second
    model
        the model to show, in place of the script's
    prompt
        the text it is given, in place of the script's
    workers
        how many processes draw [default: what cores and memory allow]
    """
    if not scenes:
        app.help_print(console=out)
        return 0

    for path in scenes:
        if not path.suffix and not path.exists():
            raise UserError(f"there is no command or script '{path}'{nearest(str(path), COMMANDS)}")
    if workers is not None and workers < 1:
        raise UserError(f"{workers} workers cannot draw anything: give 1 or more")
    targets = _targets(scenes, output)
    loaded = [
        load(path, model=model, prompt=prompt, size=size, fps=fps, theme=theme, captions=captions) for path in scenes
    ]
    for film, target in zip(loaded, targets, strict=True):
        with progress_bar(f"{film.name}: reading weights", err, "million weights") as report:
            film.prepare(report)
        with progress_bar(film.name, err) as report:
            film.write(target, beat=beat, start=from_, end=to, workers=workers, report=report)
        out.print(str(target))
    return 0


def _targets(scenes: tuple[Path, ...], output: Path | None) -> list[Path]:
    """Where each film goes. Raises UserError where two would go to the same place."""
    if output is None or len(scenes) > 1:
        if output is not None and output.suffix:
            raise UserError(f"{len(scenes)} films do not go into one file {output}: give a folder")
        folder = output or Path("output")
        targets = [folder / f"{scene.stem}.mp4" for scene in scenes]
    else:
        targets = [output]
    for target in targets:
        if targets.count(target) > 1:
            raise UserError(f"two of the scenes would be written to {target}: render them one by one with -o")
    return targets


@app.command
def stills(
    *scenes: Path,
    output: Output = None,
    beat: str | None = None,
    at: float | None = None,
    size: Size = None,
    theme: Theme = None,
    captions: Captions = None,
    model: str | None = None,
    prompt: str | None = None,
    transparent: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Write one PNG a beat, at its most telling moment, NN-<beat id>.png (NN-<script>-<beat id>.png if included).

    Parameters
    ----------
    scenes
        the scripts
    output
        the folder for the pictures [default: output/<scene name>]
    beat
        this beat only
    at
        the moment, in seconds of the film (of the beat, with --beat)
    model
        the model to show, in place of the script's
    prompt
        the text it is given, in place of the script's
    transparent
        leave the page out, for slides
    """
    loaded = [
        load(path, model=model, prompt=prompt, size=size, theme=theme, captions=captions) for path in _some(scenes)
    ]
    for film in loaded:
        folder = output or Path("output") / film.name
        if len(scenes) > 1 and output is not None:
            folder = output / film.name
        for path in film.stills(folder, beat=beat, at=at, transparent=transparent):
            out.print(str(path))
    return 0


@app.command
def check(
    *scenes: Path,
    model: str | None = None,
    prompt: str | None = None,
) -> int:
    """Validate scripts and print their beats with their times. Renders nothing.

    Parameters
    ----------
    scenes
        the scripts
    model
        the model to show, in place of the script's
    prompt
        the text it is given, in place of the script's
    """
    from render.overlay.markup import plain  # imported here: Skia comes with it

    for film in [load(path, model=model, prompt=prompt) for path in _some(scenes)]:
        passages = film.programme.passages
        broad = max(len(passage.shot.id) for passage in passages)
        if film.scene.include:
            out.print(_headline(str(film.scene.title), film.scene))
        for reel, beats in groupby(passages, key=lambda passage: passage.reel):
            out.print(_headline(reel.production.title, reel.production.scene))
            for beat in beats:
                times = f"{beat.shot.id:<{broad}}  {beat.start:7.2f}s  {beat.end - beat.start:6.2f}s  "
                words = " ".join(plain(page.text) for page in beat.pages)
                lines = textwrap.wrap(words, max(40, out.width - len(times))) or [""]
                out.print((times + f"\n{'':{len(times)}}".join(lines)).rstrip())
        out.print(f"{len(passages)} beats, {film.duration:.2f}s")
    return 0


def _headline(title: str, scene: Scene) -> str:
    return f"{title} ({scene.file})"


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


@app.command
def doctor() -> int:
    """Say what this machine has, what is missing, how to get it, and what renders."""
    return examine_machine()


@app.command
def models() -> None:
    """List the models that are known by name, their sizes, and whether their weights are here."""
    list_models(out)


COMMANDS = ("stills", "check", "trace", "doctor", "models")


def _some(scenes: tuple[Path, ...]) -> tuple[Path, ...]:
    if not scenes:
        raise UserError("give one or more scene scripts, such as scenes/sort.yaml")
    return scenes


def main() -> None:
    """The entry point of `render`."""
    # Being told to end leaves nothing half-written, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(run(lambda: app(exit_on_error=False, print_error=False)))


def run(call: Callable[[], object]) -> int:
    """Run a command and return its exit code: 2 for what the user wrote, 1 for what the machine could not do."""
    opengl.prepare()
    try:
        code = call()
        return code if isinstance(code, int) else 0
    except CycloptsError as error:
        err.print(f"render: {error}")
        return 2
    except RenderError as error:
        err.print(str(error) if isinstance(error, ScriptError) else f"render: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        err.print("render: stopped")
        return 130
    except MemoryError:
        err.print("render: out of memory")
        return 1
    except OSError as error:
        err.print(f"render: {error.filename or 'the system'}: {error.strerror or error}")
        return 1
