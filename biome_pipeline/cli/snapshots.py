"""``biome snapshots``: what is there."""

from __future__ import annotations

import click

from biome_pipeline.cli.terminal import DATA_OPTION, rows_table
from biome_pipeline.settings import load_settings

__all__ = ["command"]

_QUERY = """
SELECT
    CAST(s.snapshot AS VARCHAR) AS snapshot, s.source, left(s.source_revision, 12) AS revision,
    s.n_models AS models, s.n_rejected AS rejected, e.edges,
    strftime(s.finished_at, '%Y-%m-%d %H:%M') AS finished_utc
FROM hub.snapshots AS s
LEFT JOIN (
    SELECT snapshot, count(*) FILTER (NOT is_excluded) AS edges
    FROM genealogy.edges GROUP BY snapshot
) AS e USING (snapshot)
ORDER BY s.snapshot
"""


@click.command("snapshots", epilog="\b\nExample:\n  biome snapshots")
@DATA_OPTION
def command(data: str | None) -> None:
    """List the snapshots of the database: source, revision, sizes, when.

    Edges are those that are in some graph; they are empty for old snapshots
    whose large tables stay in the lake.
    """
    from biome_pipeline.warehouse.published import open_database

    with open_database(load_settings(data=data).data) as connection:
        found = connection.execute(_QUERY)
        columns = [column[0] for column in found.description or []]
        rows_table(columns, found.fetchall())
