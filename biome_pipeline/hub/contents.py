"""Cards and configs of single models, asked for one by one, each kept at once.

What is on the shelf at the model's present revision is not asked for again, so
a run that was killed goes on, and a second run with nothing new asks nothing.
What does not belong here: cards in bulk (`bulk`), which models are asked about
(`choice`), and what a card or config says (``snapshot``).
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from huggingface_hub.utils import httpx  # type: ignore[attr-defined]  # exported when first used

from biome_pipeline.errors import HubUnreachableError
from biome_pipeline.hub.client import LATER
from biome_pipeline.hub.outcomes import fault_of, is_doubtful, outcome_of
from biome_pipeline.hub.shelf import FINAL_OUTCOMES, Content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pyarrow as pa

    from biome_pipeline.hub.client import Answer, Client
    from biome_pipeline.hub.shelf import Shelf

__all__ = [
    "CARD",
    "CONFIG",
    "Kind",
    "Wanted",
    "collect",
    "in_words",
    "is_current",
    "pending",
    "wanted_of",
]

_SHA = re.compile(r"[0-9a-f]{40}")
_SECONDS_BETWEEN_REPORTS = 10.0
# Single models fail for reasons of their own; so many in a row are an outage.
_FAILURES_OF_AN_OUTAGE = 20


@dataclass(frozen=True)
class Kind:
    """A kind of content.

    Parameters
    ----------
    name : str
        Its name on the shelf.
    file : str
        The file of the repository that holds it.
    """

    name: str
    file: str


CARD = Kind("card", "README.md")
"""Model cards."""

CONFIG = Kind("config", "config.json")
"""Configs. Each request for one counts as a download of its model."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A model whose content is wanted, at the revision that the listing saw.

    Parameters
    ----------
    model_id : str
        Id of the model.
    sha : str or None
        Its commit, if the source told it.
    modified : str or None
        When it was last modified, as ISO 8601 in UTC.
    is_gated : bool
        Whether the repository is gated: its text is nobody's to publish, so it is
        not asked for.
    """

    model_id: str
    sha: str | None
    modified: str | None
    is_gated: bool = False


def pending(shelf: Shelf, kind: Kind, wanted: Iterable[Wanted]) -> list[Wanted]:
    """Find what is not on the shelf at its present revision, and may be asked for.

    Parameters
    ----------
    shelf : Shelf
        What was fetched before.
    kind : Kind
        Cards or configs.
    wanted : iterable of Wanted
        The models.

    Returns
    -------
    list of Wanted
        Those to be asked about, in the given order; gated ones are not.
    """
    known = {
        name: (sha, modified, outcome) for name, sha, modified, outcome in shelf.states(kind.name)
    }
    return [
        model
        for model in wanted
        if not model.is_gated and not _is_known(model, known.get(model.model_id))
    ]


def _is_known(model: Wanted, found: tuple[str | None, str | None, str] | None) -> bool:
    if found is None or found[2] not in FINAL_OUTCOMES:
        return False
    return is_current(model, found[0], found[1])


def is_current(model: Wanted, sha: str | None, modified: str | None) -> bool:
    """Tell whether a content is that of the present revision of a model.

    Parameters
    ----------
    model : Wanted
        The model.
    sha, modified : str or None
        Commit and time of modification of the content.

    Returns
    -------
    bool
        By the commit if both know it, else by the time.
    """
    if sha is not None and model.sha is not None:
        return sha == model.sha
    return modified == model.modified


def wanted_of(models: pa.Table) -> list[Wanted]:
    """Read a table of models.

    Parameters
    ----------
    models : pyarrow.Table
        ``model_id``, ``sha``, ``modified`` and ``is_gated``.

    Returns
    -------
    list of Wanted
        In the order of the rows.
    """
    columns = (models[name].to_pylist() for name in ("model_id", "sha", "modified", "is_gated"))
    return [Wanted(*values) for values in zip(*columns, strict=True)]


def collect(
    client: Client,
    shelf: Shelf,
    kind: Kind,
    wanted: Sequence[Wanted],
    *,
    most_bytes: int,
    workers: int,
    tell: Callable[[str], None],
) -> Counter[str]:
    """Ask for the content of models, several at a time.

    Parameters
    ----------
    client : Client
        The client of the Hub; it keeps to the rate.
    shelf : Shelf
        Where each content is kept as soon as it is whole.
    kind : Kind
        Cards or configs.
    wanted : sequence of Wanted
        As `pending` gave them.
    most_bytes : int
        Larger ones are not kept, in bytes after decompression.
    workers : int
        How many requests may be under way at once.
    tell : callable
        Hears how far it is, every ten seconds.

    Returns
    -------
    Counter of str
        How many had which outcome.

    Raises
    ------
    HubAccessError
        The Hub refuses the token.
    HubUnreachableError
        Many in a row failed: it is an outage, and asking on would not help.
    """
    work = _Work(client, shelf, kind, wanted, most_bytes=most_bytes, tell=tell)
    with ThreadPoolExecutor(max(1, workers), thread_name_prefix=kind.name) as pool:
        futures = [pool.submit(work.take_turns) for _ in range(max(1, workers))]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            # Whatever ends this ends the others after what they have in hand.
            work.stop()
    for future in done:
        future.result()
    return work.outcomes


class _Work:
    """The models that are still to be asked about, shared by the workers."""

    def __init__(
        self,
        client: Client,
        shelf: Shelf,
        kind: Kind,
        wanted: Sequence[Wanted],
        *,
        most_bytes: int,
        tell: Callable[[str], None],
    ) -> None:
        self.outcomes: Counter[str] = Counter()
        self._client, self._shelf, self._kind = client, shelf, kind
        self._has_token = "Authorization" in client.headers
        self._most_bytes, self._tell = most_bytes, tell
        self._left = iter(wanted)
        self._n_wanted = len(wanted)
        self._lock = threading.Lock()
        self._is_stopped = False
        self._n_failed_in_a_row = 0
        self._began = self._told = time.monotonic()

    def stop(self) -> None:
        self._is_stopped = True

    def take_turns(self) -> None:
        while not self._is_stopped:
            with self._lock:
                model = next(self._left, None)
            if model is None:
                return
            content = self._content_of(model)
            self._shelf.put(self._kind.name, [content])
            self._note(content)

    def _content_of(self, model: Wanted) -> Content:
        found = Content(model.model_id, model.sha, model.modified, "failed", 0, None, "single")
        sha = model.sha if model.sha and _SHA.fullmatch(model.sha) else None
        try:
            answer = self._ask(model.model_id, sha or "main")
            if sha and answer.headers.get("X-Error-Code") == "RevisionNotFound":
                # Its history was rewritten since it was listed.
                answer = self._ask(model.model_id, "main")
            if is_doubtful(answer):
                answer = self._ask(model.model_id, sha or "main")
        except HubUnreachableError as error:
            return replace(found, attempts=self._client.attempts, detail=error.fact)
        except httpx.RequestError as error:
            # What another try would not change: one model must not end the others.
            return replace(found, attempts=1, detail=type(error).__name__)
        outcome, detail = outcome_of(answer, has_token=self._has_token)
        return replace(
            found,
            outcome=outcome,
            attempts=answer.attempts,
            body=answer.body if outcome in {"ok", "not_utf8"} else None,
            detail=detail,
        )

    def _ask(self, model_id: str, revision: str) -> Answer:
        path = f"/{quote(model_id)}/resolve/{revision}/{self._kind.file}"
        return self._client.ask(path, most_bytes=self._most_bytes, is_good=fault_of)

    def _note(self, content: Content) -> None:
        with self._lock:
            self.outcomes[content.outcome] += 1
            if content.outcome != "failed":
                self._n_failed_in_a_row = 0
            else:
                self._n_failed_in_a_row += 1
            if self._n_failed_in_a_row >= _FAILURES_OF_AN_OUTAGE:
                raise HubUnreachableError(
                    f"{self._n_failed_in_a_row} requests in a row failed ({content.detail})",
                    place=self._client.home,
                    remedy=LATER,
                )
            now = time.monotonic()
            if now - self._told < _SECONDS_BETWEEN_REPORTS:
                return
            self._told = now
            n_done = self.outcomes.total()
            rate = n_done / (now - self._began)
            left = (self._n_wanted - n_done) / rate
        self._tell(
            f"{self._kind.name}s: {n_done:,} of {self._n_wanted:,}, "
            f"{rate:.1f} a second, about {in_words(left)} left"
        )


def in_words(seconds: float) -> str:
    """Say a duration as a person would.

    Parameters
    ----------
    seconds : float
        The duration.

    Returns
    -------
    str
        In seconds, minutes, hours or days, whichever fits.
    """
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return (
                f"{seconds / length:.1f} {unit}"
                if unit != "minutes"
                else f"{seconds / 60:.0f} {unit}"
            )
    return f"{seconds:.0f} seconds"
