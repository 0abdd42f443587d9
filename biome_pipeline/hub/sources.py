"""From the name of a source to its rows: demo, hub-stats, or a file.

What does not belong here: how a file is checked (``source``), fetched
(``fetch``) or read (``raw``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from biome_pipeline.errors import SourceFormatError
from biome_pipeline.hub.demo import DEMO_SNAPSHOT, build_demo_hub
from biome_pipeline.hub.fetch import fetch
from biome_pipeline.hub.raw import raw_models
from biome_pipeline.hub.source import Source, inspect_parquet, open_file
from biome_pipeline.provenance import code_version

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["DEMO", "HUB_STATS", "name_of", "read_source", "resolve_source"]

DEMO = "demo"
HUB_STATS = "hub-stats"

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
        ``demo``, ``hub-stats``, or the path of a Parquet file.
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
        return fetch(
            settings.hub_stats_repo,
            revision,
            endpoint=settings.hf_endpoint,
            token=settings.hf_token.get_secret_value() or None,
            cache_dir=settings.data / "cache" / "hub",
            contact=settings.contact,
            snapshot=snapshot,
        )
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


def read_source(engine: Engine, source: Source, settings: Settings, *, scratch: Path) -> ir.Table:
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

    Returns
    -------
    ibis.expr.types.Table
        Columns of ``hub.raw_models`` but ``snapshot``.
    """
    if source.path is not None:
        return raw_models(engine, source.path)
    import pyarrow.parquet as pq

    demo = build_demo_hub(settings.demo_models)
    pq.write_table(demo.table, scratch)
    inspect_parquet(scratch, place=source.identity)
    return raw_models(engine, scratch)


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
