"""hub-stats from the Hub: which revision there is, and its ``models.parquet``.

The dataset is always read at one commit. Asking which commit that is always
asks the Hub; a copy of the file in the cache belongs to its commit for ever,
so it can be taken without asking, but never in place of a failed answer. What
comes is held against the size and SHA-256 that the Hub states, each time.

huggingface_hub does the transfer, through an HTTP client of our own, because
left alone it waits as long as a server tells it to, resumes a broken body
without end, and takes the token to hosts that are not the endpoint.

What does not belong here: what is in the file (`source`, `schema`), the list
API, cards and configs of single models.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import errno
import functools
import json
import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from huggingface_hub import (
    HfApi,
    constants,
    is_offline_mode,
    set_client_factory,
    try_to_load_from_cache,
)
from huggingface_hub.errors import (
    FileMetadataError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
)
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # exported when first used
    _http,
    httpx,
    parse_ratelimit_headers,
    validate_repo_id,
)

from biome_pipeline import __version__
from biome_pipeline.errors import (
    BiomeError,
    DataDirectoryError,
    DiskFullError,
    HubAccessError,
    HubUnreachableError,
    SettingsError,
    SourceFormatError,
    SourceNotFoundError,
    SourceSchemaError,
)
from biome_pipeline.hub.schema import SchemaReport, printable
from biome_pipeline.hub.source import Source, file_sha256, inspect_parquet, newest_change

__all__ = ["FILE_NAME", "Upstream", "fetch", "upstream_revision"]

FILE_NAME = "models.parquet"
"""The file of the dataset that holds one row per model."""

_log = logging.getLogger(__name__)

_COMMIT = re.compile(r"[0-9a-f]{40}")
_FILE_LIKE = re.compile(r"[\w.:+=-]+")
_RETRIED_STATUS = frozenset({408, 429, 500, 502, 503, 504})
_RETRIED_ERRORS = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError)
# The Hub counts requests in windows of 5 minutes: nothing polite waits longer.
_LONGEST_PAUSE = 300.0
_LONGEST_FETCH = 6 * 3600.0
_LATER = "check the connection and run again later; nothing was changed"


# To read them takes longer than a request.
_certificates = functools.cache(httpx.create_ssl_context)


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


class _Client(httpx.Client):
    """An HTTP client with bounds: tries, waits, time, and who sees the token.

    It ends a hopeless request with an error of the project, which passes
    through all the layers of huggingface_hub that would try again or fall
    back to an old copy.
    """

    def __init__(self, endpoint: str, attempts: int, pause: float, timeout: float) -> None:
        super().__init__(
            verify=_certificates(),
            event_hooks={"request": [self._before], "response": [self._after]},
            follow_redirects=True,
        )
        self.pinned: str | None = None
        self._home = _origin(httpx.URL(endpoint))
        self._attempts = attempts
        self._pause = pause
        self._patience = httpx.Timeout(timeout).as_dict()
        self._until = time.monotonic() + _LONGEST_FETCH
        self._furthest = 0
        self._fruitless = 0

    def send(self, request: httpx.Request, *, stream: bool = False, **how: Any) -> httpx.Response:  # noqa: ANN401  what httpx passes on
        """Send a request, again after a passing failure, a limited number of times."""
        request.extensions = {**request.extensions, "timeout": self._patience}
        for attempt in range(1, self._attempts + 1):
            wait = min(self._pause * 2 ** (attempt - 1), _LONGEST_PAUSE)
            try:
                response = super().send(request, stream=stream, **how)
            except _RETRIED_ERRORS as error:
                failure = type(error).__name__
            else:
                if response.status_code not in _RETRIED_STATUS:
                    if stream:
                        response.stream = _Body(self, response)
                    return response
                failure = f"status {response.status_code}"
                asked = _asked_pause(response.headers)
                response.close()
                wait = wait if asked is None else asked
            if wait > _LONGEST_PAUSE or time.monotonic() + wait > self._until:
                raise HubUnreachableError(
                    f"the Hub asks to wait {wait:.0f} seconds ({failure})",
                    place=self._home,
                    remedy="run again after that time; nothing was changed",
                )
            if attempt < self._attempts:
                _log.warning("%s: %s; again in %.1f s", self._home, failure, wait)
                time.sleep(wait)
        raise self._given_up(failure)

    def received(self, position: int) -> None:
        """Note how far a body has come; only new bytes count as progress."""
        if position > self._furthest:
            self._furthest = position
            self._fruitless = 0
        if time.monotonic() > self._until:
            raise HubUnreachableError(
                f"the download is not done after {_LONGEST_FETCH / 3600:.0f} hours",
                place=self._home,
                remedy=_LATER,
            )

    def broke_off(self, error: Exception) -> None:
        """Note that a body broke off, and give up when that brings nothing new."""
        self._fruitless += 1
        if self._fruitless >= self._attempts:
            raise self._given_up(f"{type(error).__name__} in the body") from None

    def _given_up(self, failure: str) -> HubUnreachableError:
        return HubUnreachableError(
            f"the Hub does not answer properly after {self._attempts} tries ({failure})",
            place=self._home,
            remedy=_LATER,
        )

    def _before(self, request: httpx.Request) -> None:
        if is_offline_mode():
            raise OfflineModeIsEnabled("offline mode is on")
        # Runs for every hop of a redirect, so that no other host sees the token.
        if _origin(request.url) != self._home:
            request.headers.pop("Authorization", None)

    def _after(self, response: httpx.Response) -> None:
        # huggingface_hub would log it as the server wrote it.
        response.headers.pop("X-HF-Warning", None)
        # huggingface_hub makes names of files of both headers.
        commit = response.headers.get("X-Repo-Commit")
        if response.is_error or commit is None:
            return
        etag = response.headers.get("X-Linked-Etag") or response.headers.get("ETag") or "none"
        is_odd = _FILE_LIKE.fullmatch(etag.removeprefix("W/").strip('"')) is None
        if is_odd or (self.pinned is not None and commit != self.pinned):
            raise SourceFormatError(
                f"the Hub answers with {'an odd ETag' if is_odd else 'another revision'}",
                place=f"{self._home}, revision {self.pinned}",
                remedy="check HF_ENDPOINT",
            )


class _Body(httpx.SyncByteStream):
    """A body that tells its client how far it came and how it ended."""

    def __init__(self, client: _Client, response: httpx.Response) -> None:
        self._client = client
        stream = response.stream
        assert isinstance(stream, httpx.SyncByteStream)  # the client is not asynchronous
        self._stream = stream
        match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
        self._position = int(match[1]) if match else 0

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._stream:
                self._position += len(chunk)
                self._client.received(self._position)
                yield chunk
        except _RETRIED_ERRORS as error:
            self._client.broke_off(error)
            # The one error after which huggingface_hub resumes where it was:
            # after a reset it would give up.
            raise httpx.RemoteProtocolError(type(error).__name__) from None

    def close(self) -> None:
        self._stream.close()


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
    with _session(endpoint, attempts, pause, timeout), _translated(_place(repo, revision)):
        return _ask_upstream(repo, revision, _api(endpoint, token, contact), attempts, pause)


def fetch(
    repo: str,
    revision: str | None = None,
    *,
    endpoint: str,
    token: str | None,
    cache_dir: Path,
    contact: str = "",
    snapshot: str | None = None,
    attempts: int = 5,
    pause: float = 1.0,
    timeout: float = 30.0,
) -> Source:
    """Take ``models.parquet`` of one revision of hub-stats.

    A commit that is in the cache already is taken without any request.

    Parameters
    ----------
    repo, revision, endpoint, token, contact, attempts, pause, timeout
        As for `upstream_revision`.
    cache_dir : pathlib.Path
        Where files are kept, in the layout of huggingface_hub.
    snapshot : str, optional
        The snapshot key to suggest; by default the UTC date of the revision.

    Returns
    -------
    Source
        Of kind "hub-stats", with the commit as revision.

    Raises
    ------
    SettingsError, SourceNotFoundError, HubAccessError, HubUnreachableError
        As for `upstream_revision`.
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
    path = _cached(repo, pinned, cache_dir)
    upstream = _read_receipt(repo, pinned, cache_dir) if pinned and path else None
    # Without the receipt a copy cannot be held against what the Hub states.
    if path is None or (upstream is None and not is_offline_mode()):
        with _session(endpoint, attempts, pause, timeout) as client:
            api = _api(endpoint, token, contact)
            with _translated(_place(repo, revision)):
                upstream = _ask_upstream(repo, revision, api, attempts, pause)
            pinned = client.pinned = upstream.revision
            with _translated(_place(repo, pinned), cache_dir):
                _write_receipt(repo, upstream, cache_dir)
                path = _download(repo, pinned, api, cache_dir, attempts)
    assert pinned is not None  # a cached copy has one, and so has an answer
    place = _place(repo, pinned)
    try:
        report = _verify(path, upstream, place)
        made_at = upstream.last_modified if upstream else newest_change(path, place=place)
    except SourceFormatError:
        _remove(path)
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
    if token is not None and re.fullmatch(r"[!-~]+", token) is None:
        raise SettingsError("not a token: spaces or characters that none has", place="HF_TOKEN")


def _api(endpoint: str, token: str | None, contact: str) -> HfApi:
    contact = re.sub(r"[^ -:<-~]+", " ", contact).strip()
    return HfApi(
        endpoint=endpoint.rstrip("/"),
        # None would make the client look for a token on this machine.
        token=token or False,
        library_name="biome-pipeline",
        library_version=__version__,
        user_agent={"contact": contact} if contact else None,
    )


_session_lock = threading.RLock()


@contextlib.contextmanager
def _session(endpoint: str, attempts: int, pause: float, timeout: float) -> Iterator[_Client]:
    """Let huggingface_hub use a client of ours, plain HTTP, and no telemetry.

    These are states of its process, and its calls take none of them as
    arguments; the environment is read once, at its import. So they are set for
    as long as the block lasts, in one thread at a time. Xet is off because it
    goes around the client and its bounds; telemetry because it adds a request
    to another address, and more to the User-Agent than the user knows.
    """
    with _session_lock, _Client(endpoint, attempts, pause, timeout) as client:
        before = (
            _http._GLOBAL_CLIENT_FACTORY,
            constants.HF_HUB_DISABLE_XET,
            constants.HF_HUB_DISABLE_TELEMETRY,
        )
        set_client_factory(lambda: client)
        constants.HF_HUB_DISABLE_XET = True
        constants.HF_HUB_DISABLE_TELEMETRY = True
        try:
            yield client
        finally:
            factory, constants.HF_HUB_DISABLE_XET, constants.HF_HUB_DISABLE_TELEMETRY = before
            set_client_factory(factory)


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
            remedy=_LATER,
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


def _cached(repo: str, revision: str | None, cache_dir: Path) -> Path | None:
    """Find the copy of a commit in the cache, without asking anybody."""
    if revision is None:
        return None
    path = try_to_load_from_cache(
        repo, FILE_NAME, cache_dir=cache_dir, revision=revision, repo_type="dataset"
    )
    return Path(path) if isinstance(path, str) else None


def _remove(path: Path) -> None:
    """Remove a copy from the cache: the pointer of its commit and the bytes it points to."""
    bytes_at = path.resolve()
    path.unlink(missing_ok=True)
    bytes_at.unlink(missing_ok=True)


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


def _origin(url: httpx.URL) -> str:
    # Without the part that may hold a name and a password.
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{url.host}{port}"


def _asked_pause(headers: httpx.Headers) -> float | None:
    """Read how many seconds the Hub asks to wait, in any of its three ways."""
    limit = parse_ratelimit_headers(headers)
    if limit is not None and limit.remaining == 0:
        return float(limit.reset_in_seconds)
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        until = email.utils.parsedate_to_datetime(text)
        # The server's own clock, so that a wrong one here does no harm.
        now = email.utils.parsedate_to_datetime(headers["Date"])
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError, KeyError):
        return None


@contextlib.contextmanager
def _translated(place: str, cache_dir: Path | None = None) -> Iterator[None]:
    """Turn what huggingface_hub raises into errors of the project.

    The texts of its errors repeat what the server wrote, which may be the
    token: none is taken over, and none is chained.
    """
    try:
        yield
    except BiomeError:
        raise
    except (OSError, ValueError, httpx.HTTPError, httpx.InvalidURL) as error:
        cause = error.__cause__ if isinstance(error, LocalEntryNotFoundError) else error
        raise _translation(cause, place, cache_dir) from None


def _translation(error: BaseException | None, place: str, cache_dir: Path | None) -> BiomeError:
    if isinstance(error, HfHubHTTPError):
        return _refusal(error.response, place)
    if isinstance(error, OfflineModeIsEnabled):
        return HubUnreachableError(
            "offline mode is on, and this is not in the cache",
            place=place,
            remedy="unset HF_HUB_OFFLINE, or name the full commit of a copy taken before",
        )
    if isinstance(error, OSError) and not isinstance(error, FileMetadataError | httpx.HTTPError):
        return _cache_failure(error, place, cache_dir)
    if isinstance(error, _RETRIED_ERRORS):
        return HubUnreachableError(
            f"the connection breaks off again and again ({type(error).__name__})",
            place=place,
            remedy=_LATER,
        )
    return HubUnreachableError(
        f"what answers is not the Hub ({type(error).__name__})",
        place=place,
        remedy="check HF_ENDPOINT, proxy and firewall",
    )


def _cache_failure(error: OSError, place: str, cache_dir: Path | None) -> BiomeError:
    """Tell what kept the file from being stored: the disk, or the file itself."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFullError(
            "no room left for the file", place=str(cache_dir), remedy="free some and run again"
        )
    if error.errno is not None:
        return DataDirectoryError(
            f"the cache cannot be written ({error.strerror})", place=str(cache_dir)
        )
    return SourceFormatError(
        "each try brought a file of another size than the Hub states: truncated, or a page",
        place=place,
        remedy="run again later; nothing was kept",
    )


def _refusal(response: httpx.Response, place: str) -> BiomeError:
    """Tell what an error status means; a dataset that is missing is 401 to the anonymous."""
    status = response.status_code
    code = response.headers.get("X-Error-Code", "")
    missing = {
        "RepoNotFound": "there is no such dataset, or it is private",
        "RevisionNotFound": "there is no such revision",
        "EntryNotFound": f"there is no {FILE_NAME} in it",
    }
    if code in missing or status == httpx.codes.NOT_FOUND:
        return SourceNotFoundError(
            missing.get(code, "the Hub does not have it"),
            place=place,
            remedy="check the name (BIOME_HUB_STATS_REPO) and the revision",
        )
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        why = "the dataset is gated" if code == "GatedRepo" else "the token or the request"
        return HubAccessError(
            f"the Hub refuses access (status {status}: {why})",
            place=place,
            remedy="check HF_TOKEN and its permissions, or unset it for public datasets",
        )
    return HubUnreachableError(f"the Hub answers with status {status}", place=place, remedy=_LATER)
