"""hub-stats from the Hub: which revision there is, and its ``models.parquet``.

The dataset is always read at one commit. Asking which commit that is always
asks the Hub; a copy of the file in the cache belongs to its commit for ever,
so it can be taken without asking, but never in place of a failed answer. What
comes is held against the size and SHA-256 that the Hub states, each time.

What does not belong here: how a request is made (`client`) and what its
failure means (`refusals`), the folder of copies (`cache`), what is in the file
(`source`, `schema`), the list API, cards and configs of single models.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from huggingface_hub import HfApi, is_offline_mode
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]  # as in `client`

from biome_pipeline.errors import (
    HubUnreachableError,
    SettingsError,
    SourceFormatError,
    SourceNotFoundError,
    SourceSchemaError,
    StaleSourceError,
)
from biome_pipeline.hub.cache import cached_copy, hold, remove_copy, remove_leftovers
from biome_pipeline.hub.client import LATER
from biome_pipeline.hub.download import hub_api, session
from biome_pipeline.hub.redaction import TOKEN
from biome_pipeline.hub.refusals import translated
from biome_pipeline.hub.schema import SchemaReport, printable
from biome_pipeline.hub.source import Source, file_sha256, inspect_parquet, newest_change

__all__ = ["FILE_NAME", "Upstream", "fetch", "upstream_revision"]

FILE_NAME = "models.parquet"
"""The file of the dataset that holds one row per model."""

_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Upstream:
    """One revision of hub-stats, as the Hub describes it.

    Attributes
    ----------
    revision : str
        The commit, 40 hexadecimal digits.
    last_modified : datetime.datetime
        When it was made, in UTC.
    size : int or None
        The size of ``models.parquet`` in bytes, if stated.
    sha256 : str or None
        The SHA-256 of ``models.parquet``, if stated.
    """

    revision: str
    last_modified: dt.datetime
    size: int | None = None
    sha256: str | None = None


def upstream_revision(
    repo: str,
    revision: str | None = None,
    *,
    endpoint: str,
    token: str | None,
    contact: str = "",
    attempts: int = 5,
    pause: float = 1.0,
    timeout: float = 30.0,
) -> Upstream:
    """Ask the Hub which revision of a dataset there is now.

    Parameters
    ----------
    repo : str
        The dataset, such as ``cfahlgren1/hub-stats``.
    revision : str, optional
        A branch, tag or commit; by default the newest.
    endpoint : str
        Address of the Hub.
    token : str or None
        Token to send to the endpoint, and to no other host.
    contact : str, optional
        Address of a person, for the User-Agent.
    attempts : int, optional
        How often a request is tried, at least 1.
    pause : float, optional
        Seconds before the second try; doubled for each further one. What the
        Hub asks for comes first, up to 300 seconds.
    timeout : float, optional
        Seconds without a byte after which a try has failed.

    Returns
    -------
    Upstream
        The commit and what the Hub says of ``models.parquet`` in it.

    Raises
    ------
    SettingsError
        The name, the endpoint or the token cannot be one.
    SourceNotFoundError
        There is no such dataset, revision or file.
    HubAccessError
        The Hub refuses the token or the request.
    HubUnreachableError
        The Hub does not answer, or not properly, or offline mode is on.
    """
    _check_settings(repo, endpoint, token)
    place = _place(repo, revision)
    with (
        session(endpoint, token, attempts=attempts, pause=pause, timeout=timeout),
        translated(place, file=FILE_NAME),
    ):
        return _ask_upstream(repo, revision, hub_api(endpoint, token, contact), attempts, pause)


def fetch(
    repo: str,
    revision: str | None = None,
    *,
    endpoint: str,
    token: str | None,
    cache_dir: Path,
    contact: str = "",
    snapshot: str | None = None,
    oldest: dt.datetime | None = None,
    attempts: int = 5,
    pause: float = 1.0,
    timeout: float = 30.0,
) -> Source:
    """Take ``models.parquet`` of one revision of hub-stats.

    A commit that is in the cache already is taken without any request. While
    another fetch of the dataset is on its way into the cache, this one waits.

    Parameters
    ----------
    repo : str
        The dataset, such as ``cfahlgren1/hub-stats``.
    revision : str, optional
        A branch, tag or commit; by default the newest.
    endpoint : str
        Address of the Hub.
    token : str or None
        Token to send to the endpoint, and to no other host.
    cache_dir : pathlib.Path
        Where files are kept, in the layout of huggingface_hub.
    contact : str, optional
        Address of a person, for the User-Agent.
    snapshot : str, optional
        The snapshot key to suggest; by default the UTC date of the revision.
    oldest : datetime.datetime, optional
        A revision made before it is refused, before its file is taken.
    attempts : int, optional
        As for `upstream_revision`.
    pause, timeout : float, optional
        As for `upstream_revision`, in seconds.

    Returns
    -------
    Source
        Of kind "hub-stats", with the commit as revision.

    Raises
    ------
    SettingsError, SourceNotFoundError, HubAccessError, HubUnreachableError
        As for `upstream_revision`.
    StaleSourceError
        The revision is older than it may be.
    SourceFormatError
        What came is not the file that the Hub states, or not whole Parquet
        with rows; the copy is removed, so that the next run asks again.
    SourceSchemaError
        A column is missing or has another type.
    DataDirectoryError, DiskFullError
        The cache cannot be written.
    """
    _check_settings(repo, endpoint, token)
    pinned = revision if revision and _COMMIT.fullmatch(revision) else None
    path = cached_copy(repo, FILE_NAME, pinned, cache_dir)
    upstream = _read_receipt(repo, pinned, cache_dir) if pinned and path else None
    # Without the receipt a copy cannot be held against what the Hub states.
    is_asked = path is None or (upstream is None and not is_offline_mode())
    # A copy is judged before the next fetch has its turn: a bad one is removed.
    with hold(repo, cache_dir) if is_asked else contextlib.nullcontext():
        remove_leftovers(cache_dir)
        if is_asked:
            bounds = session(endpoint, token, attempts=attempts, pause=pause, timeout=timeout)
            with bounds as client:
                api = hub_api(endpoint, token, contact)
                with translated(_place(repo, revision), file=FILE_NAME):
                    upstream = _ask_upstream(repo, revision, api, attempts, pause)
                if oldest is not None and upstream.last_modified < oldest:
                    raise StaleSourceError(
                        f"its newest revision is of {upstream.last_modified:%Y-%m-%d}",
                        place=repo,
                        remedy="raise BIOME_MAX_UPSTREAM_AGE, or take --source hub",
                    )
                pinned = client.pinned = upstream.revision
                with translated(_place(repo, pinned), file=FILE_NAME, cache_dir=cache_dir):
                    _write_receipt(repo, upstream, cache_dir)
                    path = _download(repo, pinned, api, cache_dir, attempts)
        assert path is not None  # a cached copy has both, and so has an answer
        assert pinned is not None
        place = _place(repo, pinned)
        try:
            report = _verify(path, upstream, place)
            made_at = upstream.last_modified if upstream else newest_change(path, place=place)
        except SourceFormatError:
            remove_copy(path)
            raise
    if snapshot is None and made_at is None:
        raise SourceFormatError(
            "neither the Hub nor the file says when it was made",
            place=place,
            remedy="name the day of the snapshot with --snapshot YYYY-MM-DD",
        )
    return Source(
        kind="hub-stats",
        identity=f"hub-stats:{repo}",
        revision=pinned,
        upstream_at=made_at,
        path=path,
        snapshot=snapshot or (made_at.date().isoformat() if made_at else ""),
        schema=report,
    )


def _check_settings(repo: str, endpoint: str, token: str | None) -> None:
    """Refuse what cannot be a name, an address or a token, before it is used."""
    try:
        validate_repo_id(repo)
    except HFValidationError:
        raise SettingsError("not a name of a dataset", place=printable(repo)) from None
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError("the Hub's address has to start with https://", place="HF_ENDPOINT")
    # A header with a line break is refused further down, in words that show it.
    if token is not None and TOKEN.fullmatch(token) is None:
        raise SettingsError("not a token: spaces or characters that none has", place="HF_TOKEN")


def _ask_upstream(
    repo: str, revision: str | None, api: HfApi, attempts: int, pause: float
) -> Upstream:
    place = _place(repo, revision)
    for attempt in range(1, attempts + 1):
        try:
            info = api.dataset_info(repo, revision=revision, files_metadata=True)
            break
        except (ValueError, TypeError, KeyError, AttributeError):
            # An HTML page or broken JSON with status 200: a proxy, or a deploy.
            if attempt < attempts:
                time.sleep(pause * 2 ** (attempt - 1))
    else:
        raise HubUnreachableError(
            f"the Hub answered {attempts} times with something that is not its JSON",
            place=place,
            remedy=LATER,
        )
    if not _COMMIT.fullmatch(str(info.sha)) or info.last_modified is None:
        raise SourceFormatError("the Hub names no commit or no date", place=place)
    files = {sibling.rfilename: sibling for sibling in info.siblings or ()}
    file = files.get(FILE_NAME)
    if files and file is None:
        raise SourceNotFoundError(
            f"the dataset has no {FILE_NAME}", place=place, remedy="check BIOME_HUB_STATS_REPO"
        )
    return Upstream(
        revision=str(info.sha),
        last_modified=info.last_modified,
        size=file.size if file else None,
        sha256=file.lfs.sha256 if file and file.lfs else None,
    )


def _download(repo: str, revision: str, api: HfApi, cache_dir: Path, attempts: int) -> Path:
    for attempt in range(1, attempts + 1):
        try:
            return Path(
                api.hf_hub_download(
                    repo,
                    FILE_NAME,
                    repo_type="dataset",
                    revision=revision,
                    cache_dir=cache_dir,
                )
            )
        except OSError as error:
            # The size differs from the stated one: huggingface_hub kept
            # nothing, and raises a bare OSError.
            if type(error) is not OSError or error.errno is not None or attempt == attempts:
                raise
    raise AssertionError("unreachable")


def _verify(path: Path, upstream: Upstream | None, place: str) -> SchemaReport:
    """Check a copy against what the Hub states, then as Parquet."""
    if upstream is not None:
        size = path.stat().st_size
        is_same = upstream.size in {None, size} and (
            upstream.sha256 is None or file_sha256(path) == upstream.sha256
        )
        if not is_same:
            # A page or a torn file is worth its name; a schema made of
            # damaged bytes is not.
            with contextlib.suppress(SourceSchemaError):
                inspect_parquet(path, place=place)
            raise SourceFormatError(
                f"what came ({size} bytes) is not what the Hub states ({upstream.size} bytes)",
                place=place,
                remedy="run again: the copy was removed",
            )
    return inspect_parquet(path, place=place)


def _place(repo: str, revision: str | None) -> str:
    return f"{repo}, {FILE_NAME}, revision {printable(revision or 'main')}"


def _receipt(revision: str, cache_dir: Path) -> Path:
    return cache_dir / "upstream" / f"{revision}.json"


def _write_receipt(repo: str, upstream: Upstream, cache_dir: Path) -> None:
    """Keep what the Hub said of a revision, for runs that do not ask it again."""
    path = _receipt(upstream.revision, cache_dir)
    said = asdict(upstream) | {
        "repository": repo,
        "last_modified": upstream.last_modified.isoformat(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(said, indent=1), encoding="utf-8")
    temporary.replace(path)


def _read_receipt(repo: str, revision: str, cache_dir: Path) -> Upstream | None:
    try:
        said = json.loads(_receipt(revision, cache_dir).read_text(encoding="utf-8"))
        if said.pop("repository") != repo:
            return None
        said["last_modified"] = dt.datetime.fromisoformat(said["last_modified"])
        return Upstream(**said)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
