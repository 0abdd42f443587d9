"""What reaches a terminal: safe text, errors in one line, progress.

Names and tags come from the Hub, and nothing from the Hub is trusted: control
characters and reordering marks are shown as escapes. What does not belong
here: what is said.
"""

from __future__ import annotations

import sys
import time
import unicodedata
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType
    from typing import Self

__all__ = ["DATA_OPTION", "StepProgress", "complain", "rows_table", "safe", "say"]

DATA_OPTION = click.option(
    "--data",
    type=click.Path(file_okay=True),
    default=None,
    metavar="DIR",
    help="Data directory [default: BIOME_DATA, else data].",
)

_KEPT_CONTROLS = frozenset("\n\t")


def safe(value: object) -> str:
    """Make a value fit for a terminal.

    Parameters
    ----------
    value : object
        Anything; NULL becomes empty.

    Returns
    -------
    str
        Its text, with control and reordering characters as escapes.
    """
    text = "" if value is None else str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if character in _KEPT_CONTROLS or unicodedata.category(character)[0] != "C"
        else f"\\u{ord(character):04x}"
        for character in text
    )


def say(*lines: object) -> None:
    """Print lines to standard output.

    Parameters
    ----------
    *lines : object
        What to say, a line each.
    """
    for line in lines:
        click.echo(safe(line))


def complain(sentence: str) -> None:
    """Print an error as one line to standard error.

    Parameters
    ----------
    sentence : str
        Fact, place and remedy.
    """
    click.echo(f"error: {safe(' '.join(sentence.split()))}", err=True)


def rows_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as a table that fits the terminal.

    Parameters
    ----------
    columns : sequence of str
        Headings.
    rows : iterable of sequence
        Values by column; numbers are set to the right.
    """
    table = Table(box=None, header_style="bold", pad_edge=False)
    kept = [list(row) for row in rows]
    for place, column in enumerate(columns):
        values = [row[place] for row in kept if row[place] is not None]
        is_number = bool(values) and all(
            isinstance(value, int | float) and not isinstance(value, bool) for value in values
        )
        table.add_column(Text(safe(column)), justify="right" if is_number else "left")
    for row in kept:
        table.add_row(*(Text(safe(_shown(value))) for value in row))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    console.print(table)


def _shown(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.4g}" if isinstance(value, float) else value


class StepProgress:
    """Progress of a run: a bar on a terminal, a line per step elsewhere.

    Parameters
    ----------
    n_steps : int
        How many steps there will be.
    """

    def __init__(self, n_steps: int) -> None:
        self._started = time.monotonic()
        self._is_terminal = sys.stderr.isatty()
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            console=Console(stderr=True, highlight=False),
            transient=True,
            disable=not self._is_terminal,
        )
        self._task = self._progress.add_task("starting", total=n_steps)

    def __enter__(self) -> Self:
        """Show the bar."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        self._progress.stop()

    def begins(self, name: str) -> None:
        """Show that a step begins.

        Parameters
        ----------
        name : str
            Its name.
        """
        self._progress.update(self._task, description=name)

    def ends(self, name: str, n_rows: int | None) -> None:
        """Show that a step ended well.

        Parameters
        ----------
        name : str
            Its name.
        n_rows : int or None
            Rows written.
        """
        self._progress.advance(self._task)
        rows = "" if n_rows is None else f"{n_rows:>12,} rows"
        elapsed = time.monotonic() - self._started
        line = f"  {name:<24}{rows:>17}   {elapsed:6.1f} s"
        if self._is_terminal:
            self._progress.console.print(line, markup=False)
        else:
            click.echo(line, err=True)

    def says(self, line: str) -> None:
        """Show how far a long step is.

        Parameters
        ----------
        line : str
            One line.
        """
        line = f"    {safe(line)}"
        if self._is_terminal:
            self._progress.console.print(line, markup=False)
        else:
            click.echo(line, err=True)
