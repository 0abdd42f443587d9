"""The command ``biome``: its subcommands, and how errors reach the user.

Every error is one line with fact, place and remedy on standard error, and an
exit code other than 0. What does not belong here: what a command does.
"""

from __future__ import annotations

import importlib
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import click

from biome_pipeline import __version__
from biome_pipeline.cli.terminal import complain
from biome_pipeline.errors import BiomeError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "biome", "run_command_line"]

COMMANDS = (
    "run",
    "ui",
    "snapshots",
    "models",
    "tree",
    "derivatives",
    "license",
    "bom",
    "evolve",
    "genome",
    "sql",
    "report",
    "doctor",
    "dictionary",
)

_FORESEEN = 1
_USAGE = 2
_UNFORESEEN = 70
_INTERRUPTED = 130


class _LazyGroup(click.Group):
    """Import a command when it is asked for: ``--help`` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"biome_pipeline.cli.{name}")
        command: click.Command = module.command
        return command


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with:  biome run   (the built-in demo Hub, offline, under two minutes)",
)
@click.version_option(__version__, prog_name="biome")
def biome() -> None:
    """Family trees and statistics of the models on the Hugging Face Hub.

    A run takes one snapshot of the Hub, makes every table of it, and publishes
    them in one DuckDB database.
    """


def run_command_line(arguments: Sequence[str]) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str
        The words after ``biome``.

    Returns
    -------
    int
        Exit code: 0 if all went well, 1 for a foreseen error, 2 for a wrong
        call, 70 for an unforeseen error, 130 after Ctrl-C.
    """
    try:
        result = biome.main(args=list(arguments), prog_name="biome", standalone_mode=False)
    except click.exceptions.Abort:
        complain("interrupted; what was published is untouched")
        return _INTERRUPTED
    except KeyboardInterrupt:
        complain("interrupted; what was published is untouched")
        return _INTERRUPTED
    except click.ClickException as error:
        hint = "see 'biome --help'"
        if isinstance(error, click.UsageError) and error.ctx is not None:
            hint = f"see '{error.ctx.command_path} --help'"
        complain(f"{error.format_message()}; {hint}")
        return _USAGE
    except BrokenPipeError:
        # The reader of our output has seen enough.
        return 0
    except Exception as error:  # noqa: BLE001 - the last line of defence says what it knows
        return _explain(error)
    return result if isinstance(result, int) else 0


def _explain(error: Exception) -> int:
    from biome_pipeline.warehouse.engine.faults import fault_of

    foreseen = fault_of(error, place="this run")
    if isinstance(foreseen, BiomeError):
        complain(str(foreseen))
        return _FORESEEN
    report = Path("biome-error.log")
    try:
        report.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        where = f"the details are in {report.resolve()}"
    except OSError:
        where = "the details could not be written"
    complain(f"an unforeseen error: {type(error).__name__}: {error}; {where}, please report them")
    return _UNFORESEEN
