"""What is on the shelf, as the raw tables of cards and configs.

What does not belong here: asking (`contents`), and what a text says
(``snapshot``).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from biome_pipeline.hub.contents import is_current
from biome_pipeline.hub.shelf import Content

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import Self

    from biome_pipeline.hub.contents import Kind, Wanted
    from biome_pipeline.hub.shelf import Shelf

__all__ = ["ContentsWriter", "write_contents"]

_SCHEMA = pa.schema(
    {
        "model_id": pa.string(),
        "revision": pa.string(),
        "outcome": pa.string(),
        "attempts": pa.int32(),
        "bytes": pa.int64(),
        "detail": pa.string(),
        "origin": pa.string(),
        "text": pa.string(),
    }
)
_ROWS_PER_GROUP = 20_000
_BYTES_PER_GROUP = 64 * 2**20


def write_contents(shelf: Shelf, kind: Kind, wanted: Iterable[Wanted], path: Path) -> str:
    """Write what is on the shelf of some models, at their present revision.

    Of gated models that is nothing, though the dataset of cards or a run before
    they were gated may have brought their text: it is nobody's to publish.

    Parameters
    ----------
    shelf : Shelf
        What was fetched.
    kind : Kind
        Cards or configs.
    wanted : iterable of Wanted
        The models.
    path : Path
        The Parquet file to make.

    Returns
    -------
    str
        Digest of the rows; models that were not asked about have none.
    """
    by_id = {model.model_id: model for model in wanted}
    with ContentsWriter(path) as writer:
        for content in shelf.contents(kind.name):
            model = by_id.get(content.name)
            if (
                model is not None
                and not model.is_gated
                and is_current(model, content.sha, content.modified)
            ):
                writer.add(content)
        gated = [model for model in by_id.values() if model.is_gated]
        for model in sorted(gated, key=lambda model: model.model_id):
            writer.add(_withheld(model))
    return writer.digest.hexdigest()


def _withheld(model: Wanted) -> Content:
    return Content(
        model.model_id,
        model.sha,
        model.modified,
        "gated",
        0,
        None,
        "single",
        "its text is not asked for",
    )


class ContentsWriter:
    """A Parquet file of contents, written in bounded memory.

    Parameters
    ----------
    path : Path
        The file to make.

    Attributes
    ----------
    digest : hashlib.sha256
        Of all rows so far.
    """

    def __init__(self, path: Path) -> None:
        self._writer = pq.ParquetWriter(path, _SCHEMA, compression="zstd", compression_level=1)
        self._rows: list[dict[str, object]] = []
        self._n_bytes = 0
        self.digest = hashlib.sha256()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End the file; one without rows has its columns."""
        self._flush()
        self._writer.close()

    def add(self, content: Content) -> None:
        """Add a content as a row.

        Parameters
        ----------
        content : Content
            Its text is written if its outcome is ``ok``.
        """
        body = content.body if content.outcome == "ok" else None
        self._rows.append(
            {
                "model_id": content.name,
                "revision": content.sha or content.modified,
                "outcome": content.outcome,
                "attempts": content.attempts,
                "bytes": content.n_bytes if content.body is None else len(content.body),
                "detail": content.detail,
                "origin": content.origin,
                "text": None if body is None else body.decode(),
            }
        )
        told = f"{content.name}\0{content.outcome}\0{content.sha or content.modified}\0"
        self.digest.update(told.encode() + (body or b""))
        self._n_bytes += len(body or b"")
        if len(self._rows) >= _ROWS_PER_GROUP or self._n_bytes >= _BYTES_PER_GROUP:
            self._flush()

    def _flush(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=_SCHEMA))
        self._rows.clear()
        self._n_bytes = 0
