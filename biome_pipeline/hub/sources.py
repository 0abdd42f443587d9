"""From the name of a source to its rows: demo, hub-stats, the Hub, or a file.

What does not belong here: how a file is checked (``source``), fetched
(``fetch``), how the Hub is listed (``listing``) or how rows are read (``raw``).
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from huggingface_hub import is_offline_mode

from biome_pipeline.errors import (
    HubAccessError,
    HubUnreachableError,
    SourceFormatError,
    SourceNotFoundError,
    StaleSourceError,
)
from biome_pipeline.hub.claims import holder_of
from biome_pipeline.hub.clients import hub_client
from biome_pipeline.hub.crawl import begin_crawl, finished_crawl, open_crawl
from biome_pipeline.hub.demo import DEMO_SNAPSHOT, DemoHub, build_demo_hub
from biome_pipeline.hub.fetch import fetch
from biome_pipeline.hub.listing import list_models
from biome_pipeline.hub.raw import raw_models
from biome_pipeline.hub.records import write_records
from biome_pipeline.hub.source import Source, inspect_parquet, open_file
from biome_pipeline.provenance import code_version
from biome_pipeline.warehouse.lake import Lake

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from biome_pipeline.hub.limits import Account
    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["DEMO", "HUB", "HUB_STATS", "demo_hub", "name_of", "read_source", "resolve_source"]

DEMO = "demo"
HUB_STATS = "hub-stats"
HUB = "hub"

_log = logging.getLogger(__name__)

_opened: dict[tuple[str, int, int], Source] = {}


def resolve_source(
    name: str,
    settings: Settings,
    *,
    revision: str | None = None,
    snapshot: str | None = None,
) -> Source:
    """Find a source by name, check it, and say what exactly it is now.

    Parameters
    ----------
    name : str
        ``demo``, ``hub-stats``, ``hub``, or the path of a Parquet file. Where the
        newest hub-stats is gone or stale, the Hub itself takes its place.
    settings : Settings
        Size of the demo; address, repository and token of the Hub.
    revision : str, optional
        Commit of hub-stats; its newest if not given.
    snapshot : str, optional
        Partition key that the user chose.

    Returns
    -------
    Source
        Kind, identity, revision, file, and the key that it suggests.

    Raises
    ------
    SourceError
        If it is not there, not readable, or not in the right schema.
    """
    if name == DEMO:
        return _demo(settings, snapshot)
    if name == HUB_STATS:
        return _hub_stats(settings, revision, snapshot)
    if name == HUB:
        return _hub(settings, snapshot)
    return _file(Path(name).expanduser(), snapshot)


def name_of(identity: str) -> str:
    """Give the name under which a recorded source can be taken again.

    Parameters
    ----------
    identity : str
        ``Source.identity``, as kept in ``hub.snapshots``.

    Returns
    -------
    str
        A name for `resolve_source`.
    """
    kind, _, place = identity.partition(":")
    return place if kind == "file" else kind


def read_source(
    engine: Engine,
    source: Source,
    settings: Settings,
    *,
    scratch: Path,
    account: Account,
    tell: Callable[[str], None],
) -> ir.Table:
    """Read a source as ``hub.raw_models``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    source : Source
        The source.
    settings : Settings
        Size and seed of the demo.
    scratch : Path
        Name of a temporary file that may be made; the caller removes it.
    account : Account
        Where requests are counted.
    tell : callable
        Hears how far a listing is.

    Returns
    -------
    ibis.expr.types.Table
        Columns of ``hub.raw_models`` but ``snapshot``.
    """
    if source.path is not None:
        return raw_models(engine, source.path)
    import pyarrow.parquet as pq

    if source.kind == HUB:
        lake = Lake(settings.data)
        crawl = open_crawl(lake, settings.hf_endpoint, source.snapshot)
        if crawl is not None:
            with hub_client(settings, account) as client:
                crawl = list_models(client, lake, crawl, tell=tell)
        else:
            crawl = finished_crawl(lake, source.snapshot)
        assert crawl is not None  # `resolve_source` began it
        write_records(crawl.bodies(), scratch)
        return raw_models(engine, scratch)
    demo = demo_hub(settings.demo_models)
    pq.write_table(demo.table, scratch)
    inspect_parquet(scratch, place=source.identity)
    return raw_models(engine, scratch)


@functools.lru_cache(maxsize=1)
def demo_hub(n_models: int) -> DemoHub:
    """Build the demo Hub once in a run: its rows, cards, configs and papers are asked for apart.

    Parameters
    ----------
    n_models : int
        Its size.

    Returns
    -------
    DemoHub
        The same object for the same size.
    """
    return build_demo_hub(n_models)


def _demo(settings: Settings, snapshot: str | None) -> Source:
    made_by = hashlib.sha256(code_version().encode()).hexdigest()[:8]
    return Source(
        kind="demo",
        identity=DEMO,
        revision=f"{settings.demo_models}-{made_by}",
        upstream_at=dt.datetime.fromisoformat(DEMO_SNAPSHOT).replace(tzinfo=dt.UTC),
        path=None,
        snapshot=snapshot or DEMO_SNAPSHOT,
    )


def _hub_stats(settings: Settings, revision: str | None, snapshot: str | None) -> Source:
    oldest = dt.datetime.now(dt.UTC) - dt.timedelta(days=settings.max_upstream_age)
    try:
        return fetch(
            settings.hub_stats_repo,
            revision,
            endpoint=settings.hf_endpoint,
            token=settings.hf_token.get_secret_value() or None,
            cache_dir=settings.data / "cache" / "hub",
            contact=settings.contact,
            snapshot=snapshot,
            # Who names a revision wants that one, however old it is.
            oldest=None if revision else oldest,
        )
    except (SourceNotFoundError, HubAccessError, StaleSourceError) as error:
        if revision is not None or (
            isinstance(error, HubAccessError) and settings.hf_token.get_secret_value()
        ):
            raise
        _log.warning("%s: the Hub itself is listed in its place", error)
        return _hub(settings, snapshot)


def _hub(settings: Settings, snapshot: str | None) -> Source:
    """Go on with the open crawl, take a finished one in, or begin a new one."""
    lake = Lake(settings.data)
    done = finished_crawl(lake, snapshot)
    if is_offline_mode():
        if done is None:
            raise HubUnreachableError(
                "offline mode is on, and no crawl of the Hub is here",
                place=settings.hf_endpoint,
                remedy="unset HF_HUB_OFFLINE, or take another source",
            )
        crawl = done
    else:
        is_taken = done is not None and holder_of(lake, done.key) == (
            _identity_of(settings),
            done.started_at,
        )
        crawl = open_crawl(lake, settings.hf_endpoint, snapshot) or (
            done
            if done is not None and not is_taken and done.endpoint == settings.hf_endpoint
            else begin_crawl(lake, settings.hf_endpoint, snapshot)
        )
    return Source(
        kind="hub",
        identity=_identity_of(settings),
        revision=crawl.started_at,
        upstream_at=dt.datetime.fromisoformat(crawl.started_at).replace(tzinfo=dt.UTC),
        path=None,
        snapshot=crawl.key,
    )


def _identity_of(settings: Settings) -> str:
    return f"{HUB}:{settings.hf_endpoint}"


def _file(path: Path, snapshot: str | None) -> Source:
    """Open a file once per process: hashing a large one takes seconds."""
    try:
        stat = path.stat()
        seen = (str(path.resolve()), stat.st_size, stat.st_mtime_ns)
    except OSError:
        return open_file(path, snapshot=snapshot)
    if seen not in _opened:
        try:
            _opened[seen] = open_file(path)
        except SourceFormatError:
            # Without a usable date the file needs the user's key.
            return open_file(path, snapshot=snapshot)
    source = _opened[seen]
    return replace(source, snapshot=snapshot) if snapshot else source
