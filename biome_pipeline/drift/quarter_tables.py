"""``drift.by_quarter``: mutation rates by the quarter in which the child was created.

What does not belong here: the rates and their parts (``quarters``), and which
values a model has (``traits``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.drift.edges import trait_edges
from biome_pipeline.drift.mutation import edge_mutations
from biome_pipeline.drift.quarters import rates_by_quarter
from biome_pipeline.drift.traits import TRAITS, trait_values
from biome_pipeline.genealogy.lineages import edges_of_graphs
from biome_pipeline.provenance import derive_seed
from biome_pipeline.vocabulary.relations import GRAPHS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.drift.quarters import Decomposition, QuarterRate
    from biome_pipeline.inference.resampling import Estimate
    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["by_quarter"]


def by_quarter(
    engine: Engine,
    *,
    models: ir.Table,
    edges: ir.Table,
    members: ir.Table,
    settings: Settings,
) -> pa.Table:
    """Make ``drift.by_quarter``.

    Children whose creation date is missing or backfilled are in no quarter. A
    pair under several relations counts once in the rate, as in every graph; its
    stratum is the first of them in the order of `RELATIONS`.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``drift.by_quarter`` but ``snapshot``.
    """
    from biome_pipeline.warehouse.tables.drift_numeric import BY_QUARTER

    quarter_of = _quarters(engine, models)
    traits = {name: trait_values(engine, models, name) for name in TRAITS}
    rows: list[dict[str, Any]] = []
    for lineage in edges_of_graphs(
        engine, edges=edges, members=members, n_nodes=quarter_of.size, graphs=GRAPHS
    ):
        for trait, values in traits.items():
            mutation = edge_mutations(
                trait_edges(values.sets, lineage.parent, lineage.child, lineage.family)
            )
            found = rates_by_quarter(
                mutation,
                ~np.isnan(mutation),
                quarter_of[lineage.child],
                lineage.first_relation,
                lineage.family,
                n_replicates=settings.bootstrap_replicates,
                seed=derive_seed(settings.seed, f"{BY_QUARTER.name}/{lineage.graph}/{trait}"),
            )
            rows += [{"graph": lineage.graph, "trait": trait, **_row(rate)} for rate in found]
    return BY_QUARTER.from_rows(rows)


def _quarters(engine: Engine, models: ir.Table) -> npt.NDArray[np.int64]:
    """Give quarters since 1970 by node; -1 without a date to be believed."""
    dated = models.created_at.notnull() & ~models.is_created_at_backfilled.fill_null(False)
    code = (models.created_at.year() - 1970) * 4 + (models.created_at.month() - 1) // 3
    rows = engine.to_arrow(
        models.select("node", quarter=dated.ifelse(code, -1).cast("int64").fill_null(-1))
    )
    quarter = np.empty(rows.num_rows, np.int64)
    quarter[rows["node"].to_numpy()] = rows["quarter"].to_numpy()
    return quarter


def _row(found: QuarterRate) -> dict[str, Any]:
    row: dict[str, Any] = {
        "quarter": _first_day(found.quarter),
        "n": found.n_edges,
        "n_reporting": found.rate.n,
        "n_families": found.rate.n_families,
        "rate": found.rate.value,
        "ci_low": found.rate.ci_low,
        "ci_high": found.rate.ci_high,
        "compared_with": _first_day(found.compared_with),
        **_ends("change", found.change),
    }
    for prefix, parts in (("", found.by_relation), ("family_", found.by_family)):
        row |= _parts(prefix, parts)
    return row


def _parts(prefix: str, parts: Decomposition | None) -> dict[str, float | None]:
    composition = None if parts is None else parts.composition
    behaviour = None if parts is None else parts.behaviour
    return {
        **_ends(f"{prefix}composition_part", composition),
        **_ends(f"{prefix}behaviour_part", behaviour),
        f"{prefix}share_common": None if parts is None else parts.share_common,
    }


def _ends(name: str, estimate: Estimate | None) -> dict[str, float | None]:
    return {
        name: None if estimate is None else estimate.value,
        f"{name}_ci_low": None if estimate is None else estimate.ci_low,
        f"{name}_ci_high": None if estimate is None else estimate.ci_high,
    }


def _first_day(quarter: int | None) -> Any:  # noqa: ANN401 - a date, which numpy does not type
    if quarter is None:
        return None
    return np.datetime64(quarter * 3, "M").astype("datetime64[D]").item()
