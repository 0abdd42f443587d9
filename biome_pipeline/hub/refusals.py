"""What went wrong between us and the Hub, in the errors of the project.

huggingface_hub raises some thirty kinds of error, whose texts repeat what the
server wrote, which may be the token: only their kind is taken over, never
their text. What does not belong here: when a request is tried again (`client`).
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from huggingface_hub.errors import (
    FileMetadataError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
)
from huggingface_hub.utils import httpx  # type: ignore[attr-defined]  # exported when first used

from biome_pipeline.errors import (
    BiomeError,
    DataDirectoryError,
    DiskFullError,
    HubAccessError,
    HubUnreachableError,
    SourceFormatError,
    SourceNotFoundError,
)
from biome_pipeline.hub.client import LATER, RETRIED_ERRORS

__all__ = ["cache_failure", "translated"]


@contextlib.contextmanager
def translated(place: str, *, file: str, cache_dir: Path | None = None) -> Iterator[None]:
    """Turn what huggingface_hub raises into errors of the project.

    None of its errors is chained, because a traceback would show their texts.

    Parameters
    ----------
    place : str
        What is asked for, as an error names it.
    file : str
        Name of the file that is asked for.
    cache_dir : pathlib.Path, optional
        The folder that is written to in the block, if any is.

    Yields
    ------
    None
        While errors are translated.

    Raises
    ------
    SourceNotFoundError
        There is no such dataset, revision or file.
    HubAccessError
        The Hub refuses the token or the request.
    HubUnreachableError
        The Hub does not answer, or not properly, or offline mode is on.
    SourceFormatError
        Each try brought a file of another size than the Hub states.
    DataDirectoryError, DiskFullError
        The cache cannot be written.
    """
    try:
        yield
    except BiomeError:
        raise
    except (OSError, ValueError, httpx.HTTPError, httpx.InvalidURL) as error:
        cause = error.__cause__ if isinstance(error, LocalEntryNotFoundError) else error
        raise _translation(cause, place, file, cache_dir) from None


def cache_failure(error: OSError, cache_dir: Path) -> DataDirectoryError | DiskFullError:
    """Tell what the system says about a cache that cannot be written.

    Parameters
    ----------
    error : OSError
        What the system raised, with its number.
    cache_dir : pathlib.Path
        The folder.

    Returns
    -------
    DataDirectoryError or DiskFullError
        To be raised.
    """
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFullError(
            "no room left for the file", place=str(cache_dir), remedy="free some and run again"
        )
    return DataDirectoryError(
        f"the cache cannot be written ({error.strerror})", place=str(cache_dir)
    )


def _translation(
    error: BaseException | None, place: str, file: str, cache_dir: Path | None
) -> BiomeError:
    if isinstance(error, HfHubHTTPError):
        return _refusal(error.response, place, file)
    if isinstance(error, OfflineModeIsEnabled):
        return HubUnreachableError(
            "offline mode is on, and this is not in the cache",
            place=place,
            remedy="unset HF_HUB_OFFLINE, or name the full commit of a copy taken before",
        )
    # Some errors of the client are OSErrors as well.
    is_foreign = isinstance(error, FileMetadataError | httpx.HTTPError)
    if isinstance(error, OSError) and not is_foreign and cache_dir is not None:
        if error.errno is not None:
            return cache_failure(error, cache_dir)
        return SourceFormatError(
            "each try brought a file of another size than the Hub states: truncated, or a page",
            place=place,
            remedy="run again later; nothing was kept",
        )
    if isinstance(error, RETRIED_ERRORS):
        return HubUnreachableError(
            f"the connection breaks off again and again ({type(error).__name__})",
            place=place,
            remedy=LATER,
        )
    return HubUnreachableError(
        f"what answers is not the Hub ({type(error).__name__})",
        place=place,
        remedy="check HF_ENDPOINT, proxy and firewall",
    )


def _refusal(response: httpx.Response, place: str, file: str) -> BiomeError:
    """Tell what an error status means; a dataset that is missing is 401 to the anonymous."""
    status = response.status_code
    code = response.headers.get("X-Error-Code", "")
    missing = {
        "RepoNotFound": "there is no such dataset, or it is private",
        "RevisionNotFound": "there is no such revision",
        "EntryNotFound": f"there is no {file} in it",
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
    return HubUnreachableError(f"the Hub answers with status {status}", place=place, remedy=LATER)
