"""Cards, configs and papers of a snapshot, from wherever its source has them.

The demo brings its own. For the Hub and hub-stats, cards come in bulk first,
then one by one what is missing or changed; configs always one by one, and few.
Offline, what is on the shelf is taken. A file has none: it was given to be
read without the network. What does not belong here: how one is asked for
(`contents`, `papers`), and what it says (``snapshot``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from huggingface_hub import is_offline_mode

from biome_pipeline.hub.bulk import take_bulk
from biome_pipeline.hub.clients import arxiv_client, hub_client
from biome_pipeline.hub.contents import CARD, CONFIG, collect, in_words, pending, wanted_of
from biome_pipeline.hub.limits import WINDOW_SECONDS, Account, hub_limits
from biome_pipeline.hub.outcomes import outcome_of_body
from biome_pipeline.hub.papers import PAPER, collect_papers, pending_papers
from biome_pipeline.hub.raw_contents import ContentsWriter, write_contents
from biome_pipeline.hub.shelf import Content, open_shelf
from biome_pipeline.hub.sources import DEMO, HUB, HUB_STATS, demo_hub

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pyarrow as pa

    from biome_pipeline.hub.contents import Kind, Wanted
    from biome_pipeline.hub.shelf import Shelf
    from biome_pipeline.settings import Settings

__all__ = ["COVERED_SOURCES", "Delivery", "take_cards", "take_configs", "take_papers"]

_ASKED_SOURCES = frozenset({HUB, HUB_STATS})

COVERED_SOURCES = frozenset({*_ASKED_SOURCES, DEMO})
"""Kinds of sources whose models have cards and configs."""


@dataclass(frozen=True)
class Delivery:
    """What to deliver, and to where.

    Parameters
    ----------
    settings : Settings
        Address, limits and sizes.
    kind : str
        Kind of the snapshot's source.
    models : pyarrow.Table
        ``model_id``, ``sha``, ``modified`` and ``is_gated``, the most important
        first.
    path : Path
        The Parquet file to make.
    tell : callable
        Hears how far it is.
    """

    settings: Settings
    kind: str
    models: pa.Table
    path: Path
    tell: Callable[[str], None]


def take_cards(delivery: Delivery) -> dict[str, str]:
    """Make the rows of ``hub.raw_cards``.

    Parameters
    ----------
    delivery : Delivery
        What to deliver.

    Returns
    -------
    dict of str to str
        Facts for the provenance: what was asked, and the outcomes.

    Raises
    ------
    HubAccessError, HubUnreachableError
        The Hub refuses the token, or does not answer; what came is kept.
    """
    return _take(delivery, CARD)


def take_configs(delivery: Delivery) -> dict[str, str]:
    """Make the rows of ``hub.raw_configs``.

    Parameters
    ----------
    delivery : Delivery
        What to deliver.

    Returns
    -------
    dict of str to str
        Facts for the provenance: what was asked, and the outcomes.

    Raises
    ------
    HubAccessError, HubUnreachableError
        The Hub refuses the token, or does not answer; what came is kept.
    """
    return _take(delivery, CONFIG)


def take_papers(
    settings: Settings, kind: str, ids: Sequence[str], *, tell: Callable[[str], None]
) -> tuple[pa.Table, dict[str, str]]:
    """Make the rows of ``hub.papers``.

    Parameters
    ----------
    settings : Settings
        Address of arXiv.
    kind : str
        Kind of the snapshot's source.
    ids : sequence of str
        arXiv ids that the snapshot's models name.
    tell : callable
        Hears how far it is.

    Returns
    -------
    tuple of (pyarrow.Table, dict of str to str)
        Columns of ``hub.papers`` but ``snapshot``, and facts for the provenance.

    Raises
    ------
    HubUnreachableError
        arXiv does not answer; what came is kept.
    """
    if kind == DEMO:
        rows = demo_hub(settings.demo_models).papers.to_pylist()
        found = {row["arxiv_id"]: {**row, "outcome": "ok"} for row in rows}
        return _papers(ids, found), {"asked": "nothing: the demo brings its own"}
    if kind not in _ASKED_SOURCES:
        return _papers((), {}), {"asked": "nothing: the source is a file"}
    account = Account()
    with open_shelf(settings.data) as shelf:
        left = [] if is_offline_mode() else pending_papers(shelf, ids)
        if left:
            with arxiv_client(settings, account) as client:
                collect_papers(client, shelf, left, tell=tell)
        wanted = set(ids)
        found = {
            content.name: {"outcome": content.outcome, **json.loads(content.body or b"{}")}
            for content in shelf.contents(PAPER)
            if content.name in wanted
        }
    content = sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()
    return _papers(ids, found), {"asked": json.dumps(account.facts()), "content": content}


def _papers(ids: Sequence[str], found: dict[str, dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    texts = ("title", "abstract", "primary_category")
    known = [(name, found[name]) for name in sorted(set(ids)) if name in found]
    columns = {
        "arxiv_id": pa.array([name for name, _ in known], pa.string()),
        "outcome": pa.array([paper["outcome"] for _, paper in known], pa.string()),
        **{text: pa.array([paper.get(text) for _, paper in known], pa.string()) for text in texts},
        "categories": pa.array(
            [paper.get("categories", []) for _, paper in known], pa.list_(pa.string())
        ),
    }
    return pa.table(columns)


def _take(delivery: Delivery, kind: Kind) -> dict[str, str]:
    wanted = wanted_of(delivery.models)
    if delivery.kind == DEMO:
        return _of_demo(delivery, kind, wanted)
    if delivery.kind not in _ASKED_SOURCES:
        with ContentsWriter(delivery.path):
            return {"asked": "nothing: the source is a file"}
    account = Account()
    facts: dict[str, str] = {}
    with open_shelf(delivery.settings.data) as shelf:
        if not is_offline_mode():
            if kind is CARD:
                revision = take_bulk(delivery.settings, shelf, account, tell=delivery.tell)
                facts["bulk_revision"] = revision or "none"
            _ask(delivery, kind, shelf, wanted, account)
        written = write_contents(shelf, kind, wanted, delivery.path)
    return facts | {"asked": json.dumps(account.facts()), "content": written}


def _ask(
    delivery: Delivery, kind: Kind, shelf: Shelf, wanted: list[Wanted], account: Account
) -> None:
    """Ask for what is not on the shelf, the most important first."""
    settings = delivery.settings
    if kind is CARD:
        left = pending(shelf, kind, wanted)
        n_most = len(left) if settings.max_cards < 0 else settings.max_cards
        most_bytes = settings.max_card_bytes
    else:
        # A limit of the snapshot: those that are on the shelf count, too.
        left = pending(shelf, kind, wanted[: settings.max_configs])
        n_most = len(left)
        most_bytes = settings.max_config_bytes
    chosen = left[:n_most]
    if not chosen:
        return
    has_token = bool(settings.hf_token.get_secret_value())
    rate = hub_limits(has_token=has_token, files=settings.file_rate)["files"].requests
    consequence = ", each counts as a download of its model" if kind is CONFIG else ""
    delivery.tell(
        f"{kind.name}s: {len(chosen):,} of {len(left):,} to be asked for one by one{consequence}: "
        f"at least {in_words(len(chosen) / rate * WINDOW_SECONDS)}"
    )
    with hub_client(settings, account) as client:
        collect(
            client,
            shelf,
            kind,
            chosen,
            most_bytes=most_bytes,
            workers=settings.workers,
            tell=delivery.tell,
        )


def _of_demo(delivery: Delivery, kind: Kind, wanted: list[Wanted]) -> dict[str, str]:
    demo = demo_hub(delivery.settings.demo_models)
    rows = demo.cards if kind is CARD else demo.configs
    known = {model.model_id: model for model in wanted}
    most_bytes = (
        delivery.settings.max_card_bytes if kind is CARD else delivery.settings.max_config_bytes
    )
    with ContentsWriter(delivery.path) as writer:
        columns = (rows[name].to_pylist() for name in ("model_id", "outcome", "body"))
        for name, told, body in zip(*columns, strict=True):
            if name not in known:
                continue
            is_kept = body is not None and len(body) <= most_bytes
            judged = outcome_of_body(body if is_kept else None)
            outcome, detail = judged if told == "ok" else (told, None)
            modified = known[name].modified
            writer.add(Content(name, None, modified, outcome, 0, body, "demo", detail))
    return {"asked": "nothing: the demo brings its own"}
