"""The command line: parse, call the public interface, report. One message and an exit code for whatever goes wrong."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

from cyclopts import App, CycloptsError
from rich.console import Console

from render.errors import RenderError
from render.scene import ScriptError
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
