"""What was fetched, kept for ever: a card, a config or a paper, by name and revision.

One SQLite file, a row committed as soon as its answer is whole: a run that is
killed has to ask again only for what was on its way, and the next snapshot asks
only for what changed. What does not belong here: asking (`contents`,
`papers`), and what the content says (``snapshot``).
"""

from __future__ import annotations

import sqlite3
import threading
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from biome_pipeline.errors import DiskFullError, WarehouseError
from biome_pipeline.warehouse.engine.faults import translate_faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["FINAL_OUTCOMES", "Content", "Shelf", "open_shelf"]

FINAL_OUTCOMES = frozenset(
    {"ok", "missing", "empty", "gated", "disabled", "repo_not_found", "too_large", "not_utf8"}
)
"""Outcomes that asking again at the same revision would not change."""

# Of a file that cannot grow further, SQLite says only that writing failed.
_FULL = frozenset({"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"})
_DAMAGED = frozenset({"SQLITE_CORRUPT", "SQLITE_NOTADB"})

_SCHEMA = """
CREATE TABLE IF NOT EXISTS contents (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    sha TEXT,
    modified TEXT,
    outcome TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    n_bytes INTEGER,
    detail TEXT,
    origin TEXT NOT NULL,
    body BLOB,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID
"""


@dataclass(frozen=True)
class Content:
    """One thing that was asked for, and what came.

    Parameters
    ----------
    name : str
        Id of the model or paper.
    sha : str or None
        Commit that it was asked at.
    modified : str or None
        When the repository was last modified, as ISO 8601 in UTC.
    outcome : str
        As in ``hub.outcomes``.
    attempts : int
        Tries that it took; 0 in bulk.
    body : bytes or None
        What came; ``None`` unless something did.
    origin : {"bulk", "single", "demo"}
        How it came.
    detail : str or None
        More about the outcome.
    n_bytes : int or None
        Size of what came, decompressed.
    """

    name: str
    sha: str | None
    modified: str | None
    outcome: str
    attempts: int
    body: bytes | None
    origin: str
    detail: str | None = None
    n_bytes: int | None = None


class Shelf:
    """The contents of one data directory; several threads may use it.

    Parameters
    ----------
    connection : sqlite3.Connection
        As `open_shelf` makes it.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def put(self, kind: str, contents: Iterable[Content]) -> int:
        """Keep contents, in place of what was there under their names.

        Parameters
        ----------
        kind : {"card", "config", "paper"}
            What they are.
        contents : iterable of Content
            All of them are committed together.

        Returns
        -------
        int
            How many.
        """
        rows = [
            (
                kind,
                content.name,
                content.sha,
                content.modified,
                content.outcome,
                content.attempts,
                len(content.body) if content.body is not None else content.n_bytes,
                content.detail,
                content.origin,
                None if content.body is None else zlib.compress(content.body, 1),
            )
            for content in contents
        ]
        with self._lock, self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
            )
        return len(rows)

    def states(self, kind: str) -> Iterator[tuple[str, str | None, str | None, str]]:
        """List what is there, without bodies.

        Parameters
        ----------
        kind : str
            Which kind.

        Yields
        ------
        tuple of (str, str or None, str or None, str)
            Name, commit, time of modification and outcome.
        """
        yield from self._rows(
            "SELECT name, sha, modified, outcome FROM contents WHERE kind = ?", kind
        )

    def contents(self, kind: str) -> Iterator[Content]:
        """Give all contents, in the order of their names.

        Parameters
        ----------
        kind : str
            Which kind.

        Yields
        ------
        Content
            One after the other; a body that cannot be read is one that failed,
            and will be asked for again.
        """
        query = (
            "SELECT name, sha, modified, outcome, attempts, body, origin, detail, n_bytes "
            "FROM contents WHERE kind = ? ORDER BY name"
        )
        for name, sha, modified, outcome, attempts, body, origin, detail, n_bytes in self._rows(
            query, kind
        ):
            content = Content(name, sha, modified, outcome, attempts, None, origin, detail, n_bytes)
            try:
                yield replace(content, body=None if body is None else zlib.decompress(body))
            except zlib.error:
                failed = replace(content, outcome="failed", detail="the kept copy is damaged")
                self.put(kind, [failed])
                yield failed

    def _rows(self, query: str, kind: str) -> Iterator[tuple[Any, ...]]:
        # In portions, so that writers of other threads get their turn.
        cursor = self._connection.cursor()
        try:
            cursor.execute(query, (kind,))
            while rows := cursor.fetchmany(1_000):
                yield from rows
        finally:
            cursor.close()


@contextmanager
def open_shelf(data: Path) -> Iterator[Shelf]:
    """Open the contents of a data directory.

    Parameters
    ----------
    data : Path
        The data directory.

    Yields
    ------
    Shelf
        The contents; made if there are none.

    Raises
    ------
    DiskFullError, DataDirectoryError
        If it cannot be written.
    WarehouseError
        If the file is damaged, or no SQLite database.
    """
    path = data / "cache" / "contents.sqlite"
    with translate_faults(place=str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            connection = sqlite3.connect(path, timeout=60, check_same_thread=False)
            try:
                # A killed process loses nothing that was committed.
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute(_SCHEMA)
                yield Shelf(connection)
            finally:
                connection.close()
        except sqlite3.Error as error:
            found = _fault_of(error, path)
            if found is None:
                raise
            raise found from error


def _fault_of(error: sqlite3.Error, path: Path) -> WarehouseError | None:
    # What Python itself raises has no name of SQLite.
    name = getattr(error, "sqlite_errorname", "")
    if name in _FULL:
        return DiskFullError(
            "there is no room left to write",
            place=str(path),
            remedy="free some disk space and run again; what was there is untouched",
        )
    if name in _DAMAGED:
        return WarehouseError(
            "it is damaged or no database",
            place=str(path),
            remedy="remove it: what it held will be asked for again",
        )
    return None
