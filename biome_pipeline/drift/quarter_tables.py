"""``drift.by_quarter``: mutation rates by the quarter in which the child was created.

What does not belong here: the rates and their parts (``quarters``), and which
values a model has (``traits``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.drift.quarters import rates_by_quarter
from biome_pipeline.genealogy.tables import RelationEdges, family_of_nodes
from biome_pipeline.provenance import derive_seed
from biome_pipeline.vocabulary.relations import GRAPHS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa
    from scipy.sparse import csr_array

    from biome_pipeline.drift.quarters import Decomposition, QuarterRate
    from biome_pipeline.inference.resampling import Estimate
    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["by_quarter", "sets_of_traits"]

_TRAITS = ("license", "language", "task", "library")


def by_quarter(
    engine: Engine,
    *,
    models: ir.Table,
    edges: ir.Table,
    members: ir.Table,
    sets: Mapping[str, csr_array],
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
    sets : mapping of str to scipy.sparse.csr_array, shape (n_nodes, n_values)
        By trait, ones where a model has a value; an empty row does not report.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``drift.by_quarter`` but ``snapshot``.
    """
    import pyarrow as pa

    from biome_pipeline.warehouse.tables.drift_numeric import BY_QUARTER

    quarter_of = _quarters(engine, models)
    related = RelationEdges(engine, edges)
    rows: list[dict[str, Any]] = []
    for graph in GRAPHS:
        inside = np.flatnonzero(related.within(graph))
        parent, child, relation = _pairs(related, inside)
        family = family_of_nodes(engine, members, graph, quarter_of.size)[parent]
        for trait, values in sets.items():
            mutation, is_reporting = _mutation(values, parent, child)
            found = rates_by_quarter(
                mutation,
                is_reporting,
                quarter_of[child],
                relation,
                family,
                n_replicates=settings.bootstrap_replicates,
                seed=derive_seed(settings.seed, f"{BY_QUARTER.name}/{graph}/{trait}"),
            )
            rows += [{"graph": graph, "trait": trait, **_row(rate)} for rate in found]
    schema = pa.schema([field for field in BY_QUARTER.arrow_schema() if field.name != "snapshot"])
    return pa.Table.from_pylist(rows, schema=schema)


def sets_of_traits(engine: Engine, traits: ir.Table, models: ir.Table) -> dict[str, csr_array]:
    """Give the values of every trait that drifts, by node.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    traits : ibis.expr.types.Table
        ``hub.model_traits``.
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    dict of str to scipy.sparse.csr_array, shape (n_nodes, n_values)
        Ones where a model has a value.
    """
    from scipy.sparse import csr_array

    n_nodes = int(engine.to_arrow(models.aggregate(n=models.count()))["n"][0].as_py())
    placed = traits.join(models.select("model_id", "node"), "model_id")
    found = {}
    for trait in _TRAITS:
        own = engine.to_arrow(placed.filter(placed.trait == trait).select("node", "value"))
        value = own["value"].combine_chunks().dictionary_encode()
        node = own["node"].to_numpy()
        shape = (n_nodes, len(value.dictionary))
        ones = np.ones(node.size, np.int8)
        found[trait] = csr_array((ones, (node, value.indices.to_numpy())), shape=shape)
    return found


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


def _pairs(
    related: RelationEdges, inside: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int8]]:
    """Give each pair once, with the first of its relations."""
    parent, child = related.parent[inside], related.child[inside]
    relation = related.relation[inside]
    order = np.argsort(relation, kind="stable")
    pair = parent[order].astype(np.int64) << 32 | child[order]
    _, first = np.unique(pair, return_index=True)
    chosen = order[first]
    return parent[chosen], child[chosen], relation[chosen]


def _mutation(
    sets: csr_array, parent: npt.NDArray[np.int32], child: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Give 1 less the Jaccard similarity of each edge, and whether both ends report."""
    n_values = np.diff(sets.indptr)
    is_reporting = (n_values[parent] > 0) & (n_values[child] > 0)
    chosen = np.flatnonzero(is_reporting)
    common = sets[parent[chosen]].multiply(sets[child[chosen]]).sum(axis=1)
    common = np.asarray(common, dtype=np.float64).reshape(-1)
    mutation = np.full(parent.size, np.nan)
    either = n_values[parent[chosen]] + n_values[child[chosen]] - common
    mutation[chosen] = 1 - common / either
    return mutation, is_reporting


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
