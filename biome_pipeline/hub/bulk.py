"""Cards in bulk, from a Parquet dataset of them, onto the shelf.

The dataset is read at one commit, each of its files once: its rows stand on the
shelf then, each at the time of modification that it states. What does not
belong here: cards one by one (`contents`), and which of them may be published
(`raw_contents`).
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pt
from huggingface_hub.errors import RepositoryNotFoundError

from biome_pipeline.errors import SourceFormatError, SourceNotFoundError, SourceSchemaError
from biome_pipeline.hub.download import hub_api, session
from biome_pipeline.hub.outcomes import outcome_of_body
from biome_pipeline.hub.refusals import translated
from biome_pipeline.hub.shelf import FINAL_OUTCOMES, Content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from biome_pipeline.hub.limits import Account
    from biome_pipeline.hub.shelf import Shelf
    from biome_pipeline.settings import Settings

__all__ = ["take_bulk"]

_DONE = "bulk"
_COLUMNS = {
    "modelId": (pt.is_string, pt.is_large_string),
    "card": (pt.is_string, pt.is_large_string),
    "last_modified": (pt.is_timestamp, pt.is_string, pt.is_large_string),
}
_ANOTHER = "name a dataset of model cards in BIOME_CARDS_REPO, or empty it"
_BATCH = 1_000
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  in UTC, as all times here
_ID = re.compile(rb"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)?")


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
    SourceFormatError, SourceSchemaError
        It is no dataset of cards, or a file of it is damaged.
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
        try:
            info = api.dataset_info(repo)
        except RepositoryNotFoundError:
            raise SourceNotFoundError(
                "there is no such dataset, or it is private", place=place, remedy=_ANOTHER
            ) from None
        revision = str(info.sha)
        names = sorted(
            file.rfilename for file in info.siblings or () if file.rfilename.endswith(".parquet")
        )
        if not names:
            raise SourceFormatError(
                "it has no Parquet file", place=f"{place}, revision {revision}", remedy=_ANOTHER
            )
        done = {name: sha for name, sha, _, _ in shelf.states(_DONE)}
        left = [name for name in names if done.get(f"{repo}/{name}") != revision]
        # Only the newest of each model is wanted, here and among what is there.
        newest = _newest(shelf) if left else {}
        client.pinned = revision
        for number, name in enumerate(left, start=1):
            path = Path(
                api.hf_hub_download(
                    repo, name, repo_type="dataset", revision=revision, cache_dir=folder
                )
            )
            try:
                n_taken = _take_file(
                    shelf,
                    path,
                    newest,
                    most_bytes=settings.max_card_bytes,
                    place=f"{place}, {name}, revision {revision}",
                )
            finally:
                # It may be a gigabyte, and one that is damaged must not stay.
                path.resolve().unlink(missing_ok=True)
                path.unlink(missing_ok=True)
            shelf.put(_DONE, [Content(f"{repo}/{name}", revision, None, "ok", 0, None, "bulk")])
            tell(f"cards in bulk: file {number} of {len(left)}, {n_taken:,} cards")
    return revision


def _newest(shelf: Shelf) -> dict[str, str]:
    return {
        name: modified
        for name, _, modified, outcome in shelf.states("card")
        if modified and outcome in FINAL_OUTCOMES
    }


def _take_file(
    shelf: Shelf, path: Path, newest: dict[str, str], *, most_bytes: int, place: str
) -> int:
    try:
        with pq.ParquetFile(path) as file:
            _check(file.schema_arrow, place)
            n_taken = 0
            for batch in file.iter_batches(_BATCH, columns=list(_COLUMNS)):
                n_taken += shelf.put("card", _contents(batch, newest, most_bytes))
    except (pa.ArrowInvalid, OSError) as error:
        # Arrow says of a damaged page that it is an error of reading, without a number.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise SourceFormatError(
            "it is no readable Parquet file",
            place=place,
            remedy="run again later; what came before is kept",
        ) from None
    return n_taken


def _check(schema: pa.Schema, place: str) -> None:
    for name, kinds in _COLUMNS.items():
        if name not in schema.names:
            raise SourceSchemaError(f"it has no column {name}", place=place, remedy=_ANOTHER)
        found = schema.field(name).type
        if not any(is_kind(found) for is_kind in kinds):
            wanted = " or ".join(kind.__name__.removeprefix("is_") for kind in kinds)
            raise SourceSchemaError(
                f"column {name} is {found}, not {wanted}", place=place, remedy=_ANOTHER
            )


def _contents(batch: pa.RecordBatch, newest: dict[str, str], most_bytes: int) -> Iterator[Content]:
    # As bytes: a name or a card that is no UTF-8 is the fault of one row.
    names = batch["modelId"].cast(pa.large_binary()).to_pylist()
    bodies = batch["card"].cast(pa.large_binary()).to_pylist()
    moments = _moments(batch["last_modified"])
    for raw_name, body, modified in zip(names, bodies, moments, strict=True):
        if raw_name is None or not _ID.fullmatch(raw_name) or body is None or modified is None:
            continue
        name = raw_name.decode("ascii")
        if newest.get(name, "") >= modified:
            continue
        newest[name] = modified
        outcome, detail = outcome_of_body(body if len(body) <= most_bytes else None)
        kept = body if outcome == "ok" else None
        yield Content(name, None, modified, outcome, 0, kept, "bulk", detail, len(body))


def _moments(column: pa.Array) -> list[str | None]:
    """Write times as the shelf does: ISO 8601 in UTC, in whole seconds."""
    if pt.is_timestamp(column.type):
        seconds = column.cast(pa.timestamp("s", column.type.tz), safe=False)
        values = seconds.cast(pa.int64()).to_pylist()
    else:
        values = column.cast(pa.large_binary()).to_pylist()
    return [None if value is None else _moment(value) for value in values]


def _moment(value: int | bytes) -> str | None:
    try:
        if isinstance(value, int):
            moment = _EPOCH + dt.timedelta(seconds=value)
        else:
            moment = dt.datetime.fromisoformat(value.decode())
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
    # What is no time, or one that no calendar of ours reaches.
    except (ValueError, OverflowError):
        return None
    return moment.isoformat(timespec="seconds")
