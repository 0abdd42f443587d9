"""Cards in bulk, from a Parquet dataset of them, onto the shelf.

The dataset is read at one commit and once: its rows stand on the shelf then,
each at the time of modification that it states. What does not belong here:
cards one by one (`contents`).
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from biome_pipeline.errors import SourceSchemaError
from biome_pipeline.hub.download import hub_api, session
from biome_pipeline.hub.outcomes import outcome_of_body
from biome_pipeline.hub.refusals import translated
from biome_pipeline.hub.shelf import Content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from biome_pipeline.hub.limits import Account
    from biome_pipeline.hub.shelf import Shelf
    from biome_pipeline.settings import Settings

__all__ = ["take_bulk"]

_DONE = "bulk"
_COLUMNS = ("modelId", "card", "last_modified")
_BATCH = 1_000
_ID = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)?")


def take_bulk(
    settings: Settings, shelf: Shelf, account: Account, *, tell: Callable[[str], None]
) -> str | None:
    """Put the cards of the bulk dataset on the shelf, unless its commit is there.

    A card that the shelf has at the same or a later time stays.

    Parameters
    ----------
    settings : Settings
        Which dataset; where files are kept while they are read.
    shelf : Shelf
        The shelf.
    account : Account
        Where requests are counted.
    tell : callable
        Hears how far it is.

    Returns
    -------
    str or None
        Commit of the dataset; ``None`` if the settings name none.

    Raises
    ------
    SourceNotFoundError, HubAccessError, HubUnreachableError
        If the dataset cannot be had.
    SourceSchemaError
        It is no dataset of cards.
    """
    repo = settings.cards_repo
    if not repo:
        return None
    token = settings.hf_token.get_secret_value() or None
    api = hub_api(settings.hf_endpoint, token, settings.contact)
    place = f"{repo}, cards in bulk"
    folder = settings.data / "cache" / "hub"
    bounds = session(
        settings.hf_endpoint, token, attempts=5, pause=1.0, timeout=30.0, account=account
    )
    with bounds as client, translated(place, file="Parquet file", cache_dir=folder):
        info = api.dataset_info(repo)
        revision = str(info.sha)
        names = sorted(
            file.rfilename for file in info.siblings or () if file.rfilename.endswith(".parquet")
        )
        done = {name: sha for name, sha, _, _ in shelf.states(_DONE)}
        if done.get(repo) == revision:
            return revision
        client.pinned = revision
        later = {name: modified for name, _, modified, _ in shelf.states("card") if modified}
        for number, name in enumerate(names, start=1):
            path = api.hf_hub_download(
                repo, name, repo_type="dataset", revision=revision, cache_dir=folder
            )
            n_taken = _take_file(
                shelf,
                Path(path),
                later,
                most_bytes=settings.max_card_bytes,
                place=f"{place}, {name}",
            )
            tell(f"cards in bulk: file {number} of {len(names)}, {n_taken:,} cards")
    shelf.put(_DONE, [Content(repo, revision, None, "ok", 0, None, "bulk")])
    return revision


def _take_file(
    shelf: Shelf, path: Path, later: dict[str, str], *, most_bytes: int, place: str
) -> int:
    with pq.ParquetFile(path) as file:
        missing = [name for name in _COLUMNS if name not in file.schema_arrow.names]
        if missing:
            raise SourceSchemaError(
                f"it has no column {', '.join(missing)}",
                place=place,
                remedy="name a dataset of model cards in BIOME_CARDS_REPO, or empty it",
            )
        n_taken = 0
        for batch in file.iter_batches(_BATCH, columns=list(_COLUMNS)):
            n_taken += shelf.put("card", _contents(batch, later, most_bytes))
    # Its rows are on the shelf; the file itself may be a gigabyte.
    path.resolve().unlink(missing_ok=True)
    path.unlink(missing_ok=True)
    return n_taken


def _contents(batch: pa.RecordBatch, later: dict[str, str], most_bytes: int) -> Iterator[Content]:
    for row in batch.to_pylist():
        name, card, changed = (row[column] for column in _COLUMNS)
        if not isinstance(name, str) or not _ID.fullmatch(name) or not isinstance(card, str):
            continue
        modified = _moment(changed)
        if modified is None or later.get(name, "") >= modified:
            continue
        body = card.encode()
        outcome, detail = outcome_of_body(body if len(body) <= most_bytes else None)
        kept = body if outcome == "ok" else None
        yield Content(name, None, modified, outcome, 0, kept, "bulk", detail, len(body))


def _moment(value: object) -> str | None:
    """Write a time as the shelf does: ISO 8601 in UTC, in whole seconds."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, dt.datetime):
        return None
    moment = value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
    return moment.isoformat(timespec="seconds")
