"""What an answer of the Hub means for one file of one model.

The words are those of ``hub.outcomes``. What does not belong here: asking
(`contents`), and what is wrong inside a file (``snapshot``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.errors import HubAccessError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from biome_pipeline.hub.client import Answer

__all__ = ["fault_of", "is_doubtful", "outcome_of", "outcome_of_body"]

_OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _LEGAL = 200, 401, 403, 404, 451

_BY_CODE = {
    "EntryNotFound": "missing",
    "GatedRepo": "gated",
    "RepoNotFound": "repo_not_found",
    "DisabledRepo": "disabled",
}


def fault_of(status: int, headers: Mapping[str, str], body: bytes | None) -> str | None:
    """Say why an answer is none: a page of a proxy, or of an upgrade.

    Parameters
    ----------
    status : int
        HTTP status.
    headers : mapping of str to str
        Headers.
    body : bytes or None
        The body; ``None`` if it was too large.

    Returns
    -------
    str or None
        What came in its place.
    """
    is_page = headers.get("Content-Type", "").lower().startswith("text/html")
    return "an HTML page" if status == _OK and is_page and body is not None else None


def is_doubtful(answer: Answer) -> bool:
    """Tell whether an answer is empty and does not say at which commit the file is.

    The Hub says so of every file, of empty ones too: then nothing may have gone
    wrong but the answer, and only a second one tells.

    Parameters
    ----------
    answer : Answer
        The answer to a request for a file.

    Returns
    -------
    bool
        Whether to ask once more.
    """
    return answer.status == _OK and answer.body == b"" and "X-Repo-Commit" not in answer.headers


def outcome_of(answer: Answer, *, has_token: bool = False) -> tuple[str, str | None]:
    """Tell what an answer means.

    Parameters
    ----------
    answer : Answer
        The answer to a request for a file.
    has_token : bool, optional
        Whether the request had a token with it.

    Returns
    -------
    tuple of (str, str or None)
        The outcome, and more about it.

    Raises
    ------
    HubAccessError
        The Hub refuses the token: no other request would go better.
    """
    message = answer.headers.get("X-Error-Message", "").lower()
    by_code = _BY_CODE.get(answer.headers.get("X-Error-Code", ""))
    is_refused = answer.status == _UNAUTHORIZED and by_code is None
    if is_refused and (has_token or "credentials" in message):
        raise HubAccessError(
            f"the Hub refuses the token (status {answer.status})",
            place="HF_TOKEN",
            remedy="check the token, or unset it: public models need none",
        )
    if by_code is not None:
        return by_code, None
    if is_refused:
        # Without a token the Hub does not tell what is gone from what is hidden.
        return "repo_not_found", None
    if answer.status in {_FORBIDDEN, _LEGAL} and "disabled" in message:
        return "disabled", None
    if answer.status != _OK:
        is_missing = answer.status == _NOT_FOUND
        return ("missing", None) if is_missing else ("failed", f"status {answer.status}")
    return outcome_of_body(answer.body)


def outcome_of_body(body: bytes | None) -> tuple[str, str | None]:
    """Tell what a file is before anything is read in it.

    Parameters
    ----------
    body : bytes or None
        Its bytes; ``None`` if they were too many.

    Returns
    -------
    tuple of (str, str or None)
        ``ok``, ``empty``, ``too_large`` or ``not_utf8``, and more about it.
    """
    if body is None:
        return "too_large", None
    if not body.strip():
        return "empty", None
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return "not_utf8", f"byte {error.start} is none"
    return "ok", None
