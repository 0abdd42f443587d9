"""The journal of a search: its events on disk, one a line, so that a break costs one event.

What does not belong here: what events mean (``population``).
"""

from __future__ import annotations

import json
import os
from typing import IO, TYPE_CHECKING

from pydantic import ValidationError

from biome_pipeline.errors import SweepError
from biome_pipeline.evolution.events import EVENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from biome_pipeline.evolution.events import Event

__all__ = ["Journal"]


class Journal:
    """Events of one search, appended to a file of lines of JSON.

    A line counts once its end is there: a write that was cut off is taken back when
    the journal is opened again. Opening and closing belong together; use ``with``.

    Parameters
    ----------
    path : Path
        The file; made if it is not there.
    header : mapping of str to str
        What the search is: another one's journal is refused.
    """

    def __init__(self, path: Path, header: Mapping[str, str]) -> None:
        self._path = path
        self._header = dict(header)
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Journal:
        """Open the file, and take back what was cut off."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a+b")
        self._file.seek(0)
        content = self._file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            self._file.truncate(whole)
        if not whole:
            self._write(json.dumps(self._header))
        return self

    def __exit__(self, *fault: object) -> None:
        """Put everything on disk and close."""
        assert self._file is not None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def events(self) -> Iterator[Event]:
        """Read what was recorded so far.

        Yields
        ------
        Attempt, Measured or Turn
            In order.

        Raises
        ------
        SweepError
            If the journal is another search's, or a line is no event.
        """
        with self._path.open("rb") as lines:
            self._check(lines.readline())
            for number, line in enumerate(lines, start=2):
                try:
                    yield EVENT.validate_json(line)
                except ValidationError:
                    raise self._fault(f"line {number} is no event") from None

    def append(self, event: Event) -> None:
        """Record what happened.

        Parameters
        ----------
        event : Attempt, Measured or Turn
            The next event. It survives a kill of the process at once, and a loss of
            power from the end of the search on.
        """
        self._write(event.model_dump_json(exclude_defaults=True))

    def _check(self, line: bytes) -> None:
        try:
            found = json.loads(line)
        except ValueError:
            raise self._fault("its first line is no header") from None
        if not isinstance(found, dict):
            raise self._fault("its first line is no header")
        for name, value in self._header.items():
            if found.get(name) != value:
                raise self._fault(f"it is of {name} {found.get(name)!r}, and this is {value!r}")

    def _fault(self, fact: str) -> SweepError:
        return SweepError(fact, place=str(self._path), remedy="begin anew with --restart")

    def _write(self, text: str) -> None:
        assert self._file is not None
        self._file.write(text.encode() + b"\n")
        self._file.flush()
