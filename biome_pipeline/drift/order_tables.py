"""Tables of orders: ``ordering_summary`` with all that was solved, and what is read off it.

``ordering_summary`` keeps in the lake what ``orderings``, ``precedence`` and the
findings about whole orders are made of, so that nothing is solved twice.

What does not belong here: how an order is found and tested (``analysis``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np

from biome_pipeline.drift.analysis import Effort, analyse_drift
from biome_pipeline.drift.direction import direction_tests, direction_verdicts
from biome_pipeline.drift.edges import trait_edges
from biome_pipeline.drift.published import ORDERINGS
from biome_pipeline.drift.traits import TRAITS, trait_values
from biome_pipeline.drift.transitions import edge_transitions, family_flows, top_values
from biome_pipeline.genealogy.lineages import edges_of_graphs
from biome_pipeline.provenance import derive_seed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.drift.analysis import DriftOrdering, Share, TraitDrift
    from biome_pipeline.drift.edges import TraitEdges
    from biome_pipeline.drift.traits import Trait, TraitValues
    from biome_pipeline.drift.transitions import FamilyFlows, Transitions
    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["ORDERED_GRAPHS", "TOP_N", "orderings", "precedence", "summary", "tests"]

ORDERED_GRAPHS = ("finetune", "all")
"""The two graphs whose values are ordered, as published."""

TOP_N: dict[Trait, tuple[int, ...]] = {
    "license": (20,),
    "language": (20,),
    # Ten in the last revision of the published code, twenty behind the paper's text.
    "task": (10, 20),
    "library": (10, 20),
}
"""Numbers of values that are ordered, as published."""


def summary(
    engine: Engine, *, models: ir.Table, edges: ir.Table, members: ir.Table, settings: Settings
) -> pa.Table:
    """Make ``drift.ordering_summary``: solve every order, its replicates and its nulls.

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
        Columns of ``drift.ordering_summary`` but ``snapshot``; no rows of a trait
        with fewer than two values.
    """
    from biome_pipeline.warehouse.tables.drift import ORDERING_SUMMARY

    effort = Effort(
        bootstraps=settings.bootstrap_replicates,
        solved=settings.solved_replicates,
        nulls=settings.solved_replicates,
    )
    rows: list[dict[str, Any]] = []
    for place in _places(engine, models=models, edges=edges, members=members):
        found = analyse_drift(
            place.edges,
            place.columns,
            effort=effort,
            seed=derive_seed(settings.seed, f"{ORDERING_SUMMARY.name}/{place.name}"),
            transitions=place.transitions,
        )
        for objective, ordering in found.orderings.items():
            rows.append({**place.key, "objective": objective, **_row(place, found, ordering)})
    return ORDERING_SUMMARY.from_rows(rows)


def orderings(solved: ir.Table) -> ir.Table:
    """Make ``drift.orderings``: every value at its place.

    Parameters
    ----------
    solved : ibis.expr.types.Table
        ``drift.ordering_summary``, as it stands in the lake.

    Returns
    -------
    ibis.expr.types.Table
        Columns of ``drift.orderings`` but ``snapshot``.
    """
    import pyarrow as pa

    published = ibis.memtable(
        pa.Table.from_pylist(
            [
                {"graph": graph, "trait": trait, "value": value, "published_position": place}
                for (graph, trait), known in ORDERINGS.items()
                for place, value in enumerate(known.order, start=1)
            ]
        )
    )
    rows = solved.select(
        "graph",
        "trait",
        "top_n",
        "objective",
        *(
            f"ordered_{name}"
            for name in ("values", "n_models", "is_linked", "rank_low", "rank_high")
        ),
        position=ibis.range(1, solved.n_values + 1).unnest(),
    )
    at = rows.position - 1
    placed = rows.select(
        "graph",
        "trait",
        "top_n",
        "objective",
        "position",
        value=rows.ordered_values[at],
        n_models=rows.ordered_n_models[at],
        is_linked=rows.ordered_is_linked[at],
        rank_low=rows.ordered_rank_low[at],
        rank_high=rows.ordered_rank_high[at],
    )
    # The published orders maximise traffic over as many values as they have.
    n_published = {place: len(known.order) for place, known in ORDERINGS.items()}
    is_published = ibis.or_(
        *(
            (placed.graph == graph) & (placed.trait == trait) & (placed.top_n == n)
            for (graph, trait), n in n_published.items()
        )
    ) & (placed.objective == "traffic")
    joined = placed.left_join(published, ["graph", "trait", "value"])
    return joined.select(
        *placed.columns,
        published_position=is_published.ifelse(joined.published_position, ibis.null("int64")),
    )


def precedence(solved: ir.Table) -> ir.Table:
    """Make ``drift.precedence``: how sure it is which of two values comes first.

    Parameters
    ----------
    solved : ibis.expr.types.Table
        ``drift.ordering_summary``, as it stands in the lake.

    Returns
    -------
    ibis.expr.types.Table
        Columns of ``drift.precedence`` but ``snapshot``; no rows where families
        are too few.
    """
    own = solved.filter((solved.objective == "traffic") & solved.precedence_matrix.notnull())
    n = own.n_values
    rows = own.select(
        "graph",
        "trait",
        "top_n",
        "n_values",
        "ordered_values",
        "precedence_matrix",
        at=ibis.range(0, n * n).unnest(),
    )
    first, second = rows.at // rows.n_values, rows.at % rows.n_values
    return rows.select(
        "graph",
        "trait",
        "top_n",
        first=rows.ordered_values[first],
        second=rows.ordered_values[second],
        probability=rows.precedence_matrix[rows.at],
    ).filter(ibis._.first != ibis._.second)


def tests(
    engine: Engine,
    *,
    models: ir.Table,
    edges: ir.Table,
    members: ir.Table,
    solved: ir.Table,
    settings: Settings,
) -> pa.Table:
    """Make ``drift.direction_tests``.

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
    solved : ibis.expr.types.Table
        ``drift.ordering_summary``: the verdict also asks the held-out share.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``drift.direction_tests`` but ``snapshot``.
    """
    from biome_pipeline.warehouse.tables.drift import DIRECTION_TESTS

    by_traffic = solved.filter(solved.objective == "traffic")
    heldout = {
        (row["graph"], row["trait"], row["top_n"]): row["heldout_ci_low"]
        for row in engine.to_arrow(
            by_traffic.select("graph", "trait", "top_n", "heldout_ci_low")
        ).to_pylist()
    }
    rows: list[dict[str, Any]] = []
    for place in _places(engine, models=models, edges=edges, members=members):
        found = direction_tests(
            place.flows,
            n_replicates=settings.bootstrap_replicates,
            seed=derive_seed(settings.seed, f"{DIRECTION_TESTS.name}/{place.name}"),
        )
        verdicts = direction_verdicts(found, heldout[tuple(place.key.values())])
        for test, verdict in zip((found.symmetry, found.quasi_symmetry), verdicts, strict=True):
            own = {name: value for name, value in vars(test).items() if name != "deviance"}
            rows.append({**place.key, **own, "verdict": verdict})
    return DIRECTION_TESTS.from_rows(rows)


@dataclass(frozen=True, eq=False)
class _Place:
    """One trait in one graph, at one number of values."""

    graph: str
    trait: TraitValues
    top_n: int
    edges: TraitEdges
    transitions: Transitions
    columns: npt.NDArray[np.int64]

    @property
    def key(self) -> dict[str, Any]:
        return {"graph": self.graph, "trait": self.trait.trait, "top_n": self.top_n}

    @property
    def name(self) -> str:
        return f"{self.graph}/{self.trait.trait}/{self.top_n}"

    @property
    def flows(self) -> FamilyFlows:
        own = self.transitions.among(self.columns, self.edges.n_values)
        return family_flows(own, self.edges.family, len(self.columns))


def _places(
    engine: Engine, *, models: ir.Table, edges: ir.Table, members: ir.Table
) -> Iterator[_Place]:
    traits = [trait_values(engine, models, name) for name in TRAITS]
    n_nodes = engine.count_rows(models)
    for lineage in edges_of_graphs(
        engine, edges=edges, members=members, n_nodes=n_nodes, graphs=ORDERED_GRAPHS
    ):
        for trait in traits:
            own = trait_edges(trait.sets, lineage.parent, lineage.child, lineage.family)
            transitions = edge_transitions(own)
            for top_n in TOP_N[trait.trait]:
                columns = top_values(trait.values, top_n)
                if len(columns) > 1 and own.n_edges:
                    yield _Place(lineage.graph, trait, top_n, own, transitions, columns)


def _row(place: _Place, found: TraitDrift, ordering: DriftOrdering) -> dict[str, Any]:
    order = ordering.ordering.order
    columns, ranks = found.columns[order], ordering.ranks
    is_linked = found.is_linked[order].tolist()
    is_published = ordering.objective == "traffic"
    published = ORDERINGS.get((place.graph, place.trait.trait)) if is_published else None
    if published is not None and len(published.order) != place.top_n:
        published = None
    shares = {"drift_share": ordering.drift_share, "mutation_share": ordering.mutation_share}
    return {
        "n_values": len(order),
        "n_families": found.n_families,
        "effective_families": found.effective_families,
        "n_drifts": ordering.n_drifts,
        "n_drifts_explained": ordering.n_drifts_explained,
        "traffic": ordering.traffic,
        "traffic_explained": ordering.traffic_explained,
        "n_transitions": float(found.transitions.sum()),
        "is_optimal": ordering.ordering.is_optimal,
        "bound": ordering.ordering.bound,
        "gap": ordering.ordering.gap,
        **{
            name: value
            for share, own in {**shares, "gradient_share": found.gradient_share}.items()
            for name, value in _columns(share, own).items()
        },
        "heldout_share": ordering.heldout.share,
        "heldout_ci_low": ordering.heldout.ci_low,
        "heldout_ci_high": ordering.heldout.ci_high,
        "n_halves": ordering.heldout.n_halves,
        "margin_verdict": ordering.margin_verdict,
        "n_unproven": ordering.n_unproven,
        "published_n_drifts": published.n_drifts if published else None,
        "published_drift_share": published.drift_share if published else None,
        "published_mutation_share": published.mutation_share if published else None,
        "ordered_values": [place.trait.values[column] for column in columns],
        "ordered_n_models": place.trait.n_models[columns].tolist(),
        "ordered_is_linked": is_linked,
        "ordered_rank_low": _ranks(ranks.rank_low[order], is_linked) if ranks else None,
        "ordered_rank_high": _ranks(ranks.rank_high[order], is_linked) if ranks else None,
        "precedence_matrix": ranks.precedence[np.ix_(order, order)].ravel().tolist()
        if ranks
        else None,
        "resampled_orders": (np.argsort(order)[ranks.orders] + 1).ravel().tolist()
        if ranks
        else None,
    }


def _columns(name: str, share: Share) -> dict[str, float | None]:
    return {
        name if end == "value" else f"{name}_{end}": value for end, value in vars(share).items()
    }


def _ranks(place: npt.NDArray[np.int64], is_linked: list[bool]) -> list[int | None]:
    """Count places from 1; a value that no drift touches has none that means anything."""
    return [
        rank + 1 if known else None for rank, known in zip(place.tolist(), is_linked, strict=True)
    ]
