"""Taking a source in as one partition of ``hub.raw_models``.

Everything that can be wrong with a source is found before the partition is
replaced, so that a bad source costs nothing. What does not belong here:
cleaning rows (``snapshot``).
"""

from __future__ import annotations

import datetime as dt
import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from biome_pipeline.errors import (
    BiomeError,
    PartitionCorruptError,
    SnapshotNotFoundError,
    SourceFormatError,
)
from biome_pipeline.hub.claims import check_claim, check_rejects, check_size, holder_of
from biome_pipeline.hub.demo import DEMO_SNAPSHOT
from biome_pipeline.hub.limits import Account
from biome_pipeline.hub.source import verify_pages
from biome_pipeline.hub.sources import DEMO, name_of, read_source, resolve_source
from biome_pipeline.provenance import Provenance, code_version
from biome_pipeline.warehouse.tables.hub import RAW_MODELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import ibis.expr.types as ir

    from biome_pipeline.hub.source import Source
    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine
    from biome_pipeline.warehouse.lake import Lake

__all__ = ["REJECTED_ROWS", "Intake", "provenance_of", "take_in"]

REJECTED_ROWS = "rejected_rows"
"""Fact of a file whose rows were judged before it was taken in."""


@dataclass(frozen=True)
class Intake:
    """What to take in, and what the user knows about it.

    Parameters
    ----------
    name : str
        Name of the source; empty takes what the partition held before.
    revision : str or None
        Commit of hub-stats; its newest if ``None``.
    is_forced : bool
        Accept far fewer rows than last time.
    may_reject : bool
        Set rows of a file aside that are no models of their own.
    replaces : bool
        Take the key over from another source.
    """

    name: str = ""
    revision: str | None = None
    is_forced: bool = False
    may_reject: bool = False
    replaces: bool = False


def provenance_of(source: Source, key: str, settings: Settings) -> Provenance:
    """Say what makes the raw partition of a source.

    Parameters
    ----------
    source : Source
        The source.
    key : str
        Partition key.
    settings : Settings
        Settings of the run.

    Returns
    -------
    Provenance
        Of ``hub.raw_models``.
    """
    facts: dict[str, str] = {"kind": source.kind}
    if source.kind == DEMO:
        facts["note"] = "synthetic: right for trying things, wrong for citing numbers"
    if source.upstream_at is not None:
        facts["upstream_at"] = source.upstream_at.replace(tzinfo=None).isoformat()
    if source.path is not None:
        facts["bytes"] = str(source.path.stat().st_size)
    if source.schema is not None and source.schema.extra:
        facts["unknown_columns"] = ", ".join(source.schema.extra)
    return Provenance(
        table=RAW_MODELS.name,
        snapshot=key,
        source=source.identity,
        source_revision=source.revision,
        code_version=code_version(),
        settings_hash=settings.result_hash,
        seed=settings.seed,
        created_at=dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds"),
        facts=facts,
    )


def take_in(
    engine: Engine,
    lake: Lake,
    settings: Settings,
    key: str,
    intake: Intake,
    *,
    count_rejects: Callable[[Engine, ir.Table], Mapping[str, int]],
    tell: Callable[[str], None] = lambda _line: None,
) -> tuple[int, Provenance]:
    """Check a source and put it in place as it comes.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    lake : Lake
        Where the partition goes.
    settings : Settings
        Settings of the run.
    key : str
        Partition key.
    intake : Intake
        What to take in.
    count_rejects : callable
        Counts the rows of a raw table that will be rejected, by reason.
    tell : callable, optional
        Hears how far a listing is.

    Returns
    -------
    tuple of (int, Provenance)
        Rows written, and what made them.

    Raises
    ------
    SourceError
        If the source cannot be taken; the partition stays as it was.
    SnapshotKeyTakenError
        If another source holds the key.
    """
    name = intake.name or _name_before(lake, key)
    source = resolve_source(name, settings, revision=intake.revision, snapshot=key)
    check_claim(lake, key, source, replaces=intake.replaces)
    provenance = provenance_of(source, key, settings)
    account = Account()
    scratch = lake.incoming(lake.folder(RAW_MODELS))
    try:
        with _source_faults(source):
            rows = read_source(
                engine, source, settings, scratch=scratch, account=account, tell=tell
            )
            if source.kind == "file" and not intake.may_reject:
                counts = count_rejects(engine, rows)
                check_rejects(source, counts, may_reject=False)
                facts = provenance.facts | {REJECTED_ROWS: str(sum(counts.values()))}
                provenance = replace(provenance, facts=facts)
            n_rows = engine.count_rows(rows)
            check_size(
                lake,
                key,
                source,
                n_rows,
                min_share=settings.min_row_share,
                is_forced=intake.is_forced,
            )
            if source.kind == "hub":
                provenance = replace(
                    provenance, facts=provenance.facts | {"asked": json.dumps(account.facts())}
                )
            return lake.write(engine, RAW_MODELS, key, rows, provenance), provenance
    finally:
        scratch.unlink(missing_ok=True)


def _name_before(lake: Lake, key: str) -> str:
    """Find what a partition held, for runs that name no source."""
    holder = holder_of(lake, key)
    if holder is not None:
        return name_of(holder[0])
    if key == DEMO_SNAPSHOT:
        return DEMO
    raise SnapshotNotFoundError(
        "nothing was taken in for this key yet, and no source is named",
        place=f"snapshot {key}",
        remedy="name a source in the run's config (demo, hub-stats or a file) or use 'biome run'",
    )


@contextmanager
def _source_faults(source: Source) -> Iterator[None]:
    """Name the source, not the engine's step, when its pages cannot be read."""
    try:
        yield
    except PartitionCorruptError as error:
        raise SourceFormatError(
            "it cannot be read to its end: it is damaged or was cut off",
            place=f"{source.identity} (revision {source.revision[:12]})",
            remedy="get the file again; the last good snapshot is untouched",
        ) from error
    except BiomeError:
        raise
    except Exception:
        # An engine has many words for damage; the file itself tells which column it is in.
        if source.path is not None:
            verify_pages(source.path)
        raise
