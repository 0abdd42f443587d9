"""How often obligations are dropped: by license, family, relation and month.

The base of a rate are models with an ancestor that puts an obligation on them. A
model whose own license has no reviewed terms does not tell; so beside the share
among those that tell stand the bounds in which the share of all must lie.

What does not belong here: single conflicts (``conflict_tables``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.genealogy.tables import RelationEdges, family_of_nodes
from biome_pipeline.inference.grouped import shares_by_group
from biome_pipeline.inference.units import author_of_nodes, units_of_models
from biome_pipeline.policy.conflict_tables import GRAPH
from biome_pipeline.provenance import derive_seed
from biome_pipeline.vocabulary.relations import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.inference.units import Units
    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["DIMENSIONS", "MOST_FAMILIES", "SEVERITY_FLOORS", "conflict_rates"]

DIMENSIONS = ("all", "ancestor_license", "license", "relation", "month", "family")
"""By what models are put into groups."""

SEVERITY_FLOORS = ("low", "high")
"""Least severity of an obligation that counts: any, or only the gravest."""

MOST_FAMILIES = 50
"""Families that have a rate of their own, the largest ones."""


@dataclass(frozen=True, eq=False)
class _Bound:
    """Models that are bound, one row per model and license of its ancestors."""

    node: npt.NDArray[np.int64]
    ancestor_license: npt.NDArray[np.int64]
    ancestor_licenses: tuple[str, ...]
    license: npt.NDArray[np.int64]
    licenses: tuple[str, ...]
    is_unknown: npt.NDArray[np.bool_]
    is_dropped: dict[str, npt.NDArray[np.bool_]]


def conflict_rates(
    engine: Engine,
    *,
    inherited: ir.Table,
    models: ir.Table,
    edges: ir.Table,
    members: ir.Table,
    settings: Settings,
) -> pa.Table:
    """Make ``policy.conflict_rates``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    inherited : ibis.expr.types.Table
        ``policy.inherited_terms``.
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
        Columns of ``policy.conflict_rates`` but ``snapshot``; no rows if no model is
        bound.
    """
    from biome_pipeline.warehouse.tables.policy import CONFLICT_RATES

    bound = _read(engine, inherited, models)
    if not bound.node.size:
        return CONFLICT_RATES.from_rows([])
    n_nodes = engine.count_rows(models)
    family = family_of_nodes(engine, members, GRAPH, n_nodes)
    author = author_of_nodes(engine, models)
    by_family = units_of_models(family, author)
    # Within one family there is nothing else to resample than its authors.
    by_author = units_of_models(np.zeros(n_nodes, np.int64), author)
    rows: list[dict[str, Any]] = []
    for grouped in _groups(engine, bound, models, edges, members):
        rows += _rates(
            grouped,
            by_author if grouped.dimension == "family" else by_family,
            n_replicates=settings.bootstrap_replicates,
            seed=derive_seed(settings.seed, f"{CONFLICT_RATES.name}/{grouped.dimension}"),
        )
    return CONFLICT_RATES.from_rows(rows)


def _read(engine: Engine, inherited: ir.Table, models: ir.Table) -> _Bound:
    joined = inherited.join(models.select("model_id", "node"), "model_id")
    rows = engine.to_arrow(
        joined.select("node", "ancestor_license", "license", "verdict", "severity").order_by(
            "node", "ancestor_license"
        )
    )
    severity = np.array(rows["severity"].to_pylist(), object)
    above = rows["ancestor_license"].combine_chunks().dictionary_encode()
    own = rows["license"].combine_chunks().dictionary_encode()
    return _Bound(
        node=rows["node"].to_numpy().astype(np.int64),
        ancestor_license=above.indices.to_numpy().astype(np.int64),
        ancestor_licenses=tuple(above.dictionary.to_pylist()),
        license=own.indices.fill_null(-1).to_numpy().astype(np.int64),
        licenses=tuple(own.dictionary.to_pylist()),
        is_unknown=np.array(rows["verdict"].to_pylist(), object) == "unknown",
        is_dropped={
            "low": np.array([word is not None for word in severity], np.bool_),
            "high": severity == "high",
        },
    )


@dataclass(frozen=True, eq=False)
class _Grouped:
    """Bound models in the groups of one dimension, and what each did."""

    dimension: str
    node: npt.NDArray[np.int64]
    group: npt.NDArray[np.int64]
    names: tuple[str, ...]
    is_unknown: npt.NDArray[np.bool_]
    is_dropped: dict[str, npt.NDArray[np.bool_]]

    def regrouped(
        self,
        dimension: str,
        spot: npt.NDArray[np.intp],
        group: npt.NDArray[np.int64],
        names: tuple[str, ...],
    ) -> _Grouped:
        """Put some of the models into other groups."""
        return _Grouped(
            dimension,
            self.node[spot],
            group,
            names,
            self.is_unknown[spot],
            {floor: flags[spot] for floor, flags in self.is_dropped.items()},
        )

    def named(self, dimension: str, node: npt.NDArray[np.int64], words: Sequence[str]) -> _Grouped:
        """Put the models that have a word into groups by it; `self.node` ascends."""
        spot = np.minimum(np.searchsorted(self.node, node), self.node.size - 1)
        is_in = self.node[spot] == node
        names, group = np.unique(np.array(words, str)[is_in], return_inverse=True)
        return self.regrouped(dimension, spot[is_in], group.astype(np.int64), tuple(names.tolist()))


def _groups(
    engine: Engine, bound: _Bound, models: ir.Table, edges: ir.Table, members: ir.Table
) -> Iterator[_Grouped]:
    """Give for each dimension the models, the group of each, and what each did."""
    yield _Grouped(
        "ancestor_license",
        bound.node,
        bound.ancestor_license,
        bound.ancestor_licenses,
        bound.is_unknown,
        bound.is_dropped,
    )
    # All else is about models, whatever the number of licenses above them.
    node, place = np.unique(bound.node, return_inverse=True)

    def anywhere(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        return np.bincount(place, weights=flags) > 0

    every = _Grouped(
        "all",
        node,
        np.zeros(node.size, np.int64),
        ("all",),
        anywhere(bound.is_unknown),
        {floor: anywhere(flags) for floor, flags in bound.is_dropped.items()},
    )
    yield every
    own = np.full(node.size, -1, np.int64)
    own[place] = bound.license
    names = (*bound.licenses, "not reviewed")
    own[own < 0] = len(bound.licenses)
    yield every.regrouped("license", np.arange(node.size), own, names)
    related = RelationEdges(engine, edges)
    pair = np.unique(related.child.astype(np.int64) << 8 | related.relation)
    words = np.array(RELATIONS)[pair & 0xFF]
    yield every.named("relation", pair >> 8, words.tolist())
    born = engine.to_arrow(
        models.filter(models.created_at.notnull() & ~models.is_created_at_backfilled).select(
            "node", month=models.created_at.strftime("%Y-%m")
        )
    )
    yield every.named("month", born["node"].to_numpy(), born["month"].to_pylist())
    placed = members.filter(members.graph == GRAPH).select("node", "root_id")
    home = engine.to_arrow(placed.order_by("node"))
    is_bound = np.isin(home["node"].to_numpy(), node)
    roots = np.array(home["root_id"].to_pylist(), str)[is_bound]
    found, counts = np.unique(roots, return_counts=True)
    largest = found[np.lexsort((found, -counts))][:MOST_FAMILIES]
    kept = np.isin(roots, largest)
    yield every.named("family", home["node"].to_numpy()[is_bound][kept], roots[kept].tolist())


def _rates(
    grouped: _Grouped, units: Units, *, n_replicates: int, seed: int
) -> list[dict[str, Any]]:
    if not grouped.node.size:
        return []
    names, group, is_unknown = grouped.names, grouped.group, grouped.is_unknown
    n_groups = len(names)
    found = shares_by_group(
        units,
        grouped.node,
        group,
        [np.where(is_unknown, np.nan, grouped.is_dropped[floor]) for floor in SEVERITY_FLOORS],
        n_groups=n_groups,
        n_replicates=n_replicates,
        seed=seed,
    )
    n_models = np.bincount(group, minlength=n_groups)
    n_unknown = np.bincount(group[is_unknown], minlength=n_groups)
    rows = []
    for floor, ratios in zip(SEVERITY_FLOORS, found, strict=True):
        n_conflicts = np.bincount(group[grouped.is_dropped[floor]], minlength=n_groups)
        for k, name in enumerate(names):
            if not n_models[k]:
                continue
            rows.append(
                {
                    "dimension": grouped.dimension,
                    "group": name,
                    "severity_floor": floor,
                    "n_models": int(n_models[k]),
                    "n_unknown": int(n_unknown[k]),
                    "n_conflicts": int(n_conflicts[k]),
                    "n_units": ratios[k].n_units,
                    "share": ratios[k].value,
                    "ci_low": ratios[k].ci_low,
                    "ci_high": ratios[k].ci_high,
                    "bound_low": float(n_conflicts[k] / n_models[k]),
                    "bound_high": float((n_conflicts[k] + n_unknown[k]) / n_models[k]),
                }
            )
    return rows
