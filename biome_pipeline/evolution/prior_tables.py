"""Tables of operator priors out of ``hub.configs``, the genealogy and successor pairs.

What does not belong here: what is asked of an edge (``observed``), how counts
become weights (``priors``), and how these are scored (``prior_scores``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.evolution.mechanisms import read_mechanisms
from biome_pipeline.evolution.observed import ObservedOperators, observed_operators
from biome_pipeline.evolution.prior_scores import cut_in_time, score_priors
from biome_pipeline.evolution.priors import (
    dirichlet_weights,
    edge_counts,
    family_counts,
    search_weights,
    uniform_prior,
)
from biome_pipeline.fitness.mutation_kinds import pairs_of
from biome_pipeline.fitness.mutations import read_configs
from biome_pipeline.genealogy.lineages import edges_of_graphs
from biome_pipeline.provenance import derive_seed
from biome_pipeline.vocabulary.successors import successor_pairs
from biome_pipeline.warehouse.tables.evolution_priors import OPERATOR_PRIORS, PRIOR_SCORES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

    Nodes = npt.NDArray[np.int64]

__all__ = ["operator_priors", "prior_scores"]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)


@dataclass(frozen=True, eq=False)
class _Mutations:
    """Edges of the genealogy, and after them the successor pairs.

    Attributes
    ----------
    observed : ObservedOperators
        What each shows.
    family : ndarray of int64, shape (n_edges,)
        Family of each edge; of a successor pair that of its line, below zero.
    created : ndarray of float64, shape (n_edges,)
        Microseconds since 1970 at which the child was created; NaN where not known.
    """

    observed: ObservedOperators
    family: Nodes
    created: npt.NDArray[np.float64]

    @property
    def is_successor(self) -> npt.NDArray[np.bool_]:
        """Which of the edges are successor pairs."""
        return self.family < 0


def operator_priors(
    engine: Engine,
    *,
    configs: ir.Table,
    models: ir.Table,
    edges: ir.Table,
    members: ir.Table,
    operators: Sequence[str],
) -> pa.Table:
    """Make ``evolution.operator_priors``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    configs : ibis.expr.types.Table
        ``hub.configs``, with the texts.
    models : ibis.expr.types.Table
        ``hub.models``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    operators : sequence of str
        Operators of the search.

    Returns
    -------
    pyarrow.Table
        Columns of ``evolution.operator_priors`` but ``snapshot``, a row for each
        operator; of a Hub without configs all weights are the prior.

    Raises
    ------
    InferenceError
        If there is no operator, one is listed twice, or one that configs show is
        not among them.
    """
    prior = uniform_prior(len(operators))
    found = _mutations(
        engine, configs=configs, models=models, edges=edges, members=members, operators=operators
    )
    seen, is_successor = found.observed, found.is_successor
    by_edge = edge_counts(seen.hits)
    by_family = family_counts(seen.hits, found.family)
    weight = dirichlet_weights(by_family, prior)
    columns: dict[str, Any] = {
        "operator": seen.operators,
        "is_observable": seen.is_observable,
        "n_reporting": seen.reports.sum(axis=0),
        "observed": by_edge,
        "observed_families": by_family,
        "observed_successors": edge_counts(seen.hits[is_successor]),
        "prior": prior,
        "weight": weight,
        "weight_by_edge": dirichlet_weights(by_edge, prior),
        "search_weight": search_weights(weight, prior, seen.is_observable),
    }
    columns = {
        name: column.tolist() if isinstance(column, np.ndarray) else column
        for name, column in columns.items()
    }
    whole = {
        "n_edges": int(is_successor.size),
        "n_successors": int(np.count_nonzero(is_successor)),
    }
    return OPERATOR_PRIORS.from_rows(
        [
            dict(zip(columns, row, strict=True)) | whole
            for row in zip(*columns.values(), strict=True)
        ]
    )


def prior_scores(
    engine: Engine,
    *,
    configs: ir.Table,
    models: ir.Table,
    edges: ir.Table,
    members: ir.Table,
    operators: Sequence[str],
    settings: Settings,
) -> pa.Table:
    """Make ``evolution.prior_scores``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    configs : ibis.expr.types.Table
        ``hub.configs``, with the texts.
    models : ibis.expr.types.Table
        ``hub.models``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    operators : sequence of str
        Operators of the search.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``evolution.prior_scores`` but ``snapshot``, a row for each
        weighting.

    Raises
    ------
    InferenceError
        If an operator is listed twice, or one that configs show is not listed.
    """
    found = _mutations(
        engine, configs=configs, models=models, edges=edges, members=members, operators=operators
    )
    hits = found.observed.hits[:, found.observed.is_observable]
    until = cut_in_time(np.logical_or.reduce(hits, axis=1), found.created).until
    scores = score_priors(
        hits,
        found.family,
        found.created,
        n_replicates=settings.bootstrap_replicates,
        seed=derive_seed(settings.seed, PRIOR_SCORES.name),
    )
    shared = {
        "n_operators": hits.shape[1],
        "fitted_until": None if np.isnan(until) else _EPOCH + dt.timedelta(microseconds=until),
    }
    return PRIOR_SCORES.from_rows([asdict(score) | shared for score in scores])


def _mutations(
    engine: Engine,
    *,
    configs: ir.Table,
    models: ir.Table,
    edges: ir.Table,
    members: ir.Table,
    operators: Sequence[str],
) -> _Mutations:
    facts = read_configs(engine, configs, models)
    n_nodes = facts.is_full.size
    related = edges_of_graphs(
        engine, edges=edges, members=members, n_nodes=n_nodes, graphs=("all",)
    )
    lineage = next(iter(related))
    before, after, line = _successors(engine, configs, models)
    # A pair that was declared as well counts as declared, in its own family.
    known = lineage.parent << 32 | lineage.child
    is_new = ~np.isin(before << 32 | after, known)
    parent = np.concatenate([lineage.parent, before[is_new]])
    child = np.concatenate([lineage.child, after[is_new]])
    mechanisms = read_mechanisms(engine, configs, models, facts)
    ends = pairs_of(facts, parent, child) | {
        name: (values[parent], values[child]) for name, values in mechanisms.items()
    }
    return _Mutations(
        observed_operators(ends, operators),
        np.concatenate([lineage.family, -1 - line[is_new]]),
        _created(engine, models, n_nodes)[child],
    )


def _successors(engine: Engine, configs: ir.Table, models: ir.Table) -> tuple[Nodes, Nodes, Nodes]:
    """Find the pairs whose configs are both here: nodes of either end, and the line."""
    pairs = successor_pairs()
    names = sorted({name for _, *ends in pairs for name in ends})
    here = models.filter(models.model_id.isin(names)).semi_join(configs, "model_id")
    rows = engine.to_arrow(here.select("model_id", "node"))
    node = dict(zip(rows["model_id"].to_pylist(), rows["node"].to_pylist(), strict=True))
    lines = list(dict.fromkeys(line for line, _, _ in pairs))
    found = [
        (node[before], node[after], lines.index(line))
        for line, before, after in pairs
        if before in node and after in node
    ]
    before, after, line = np.array(found, np.int64).reshape(-1, 3).T
    return before, after, line


def _created(engine: Engine, models: ir.Table, n_nodes: int) -> npt.NDArray[np.float64]:
    """Give the microseconds: of a date that the Hub filled in, those of the day it began to."""
    rows = engine.to_arrow(models.select("node", "created_at"))
    micros = rows["created_at"].cast("timestamp[us]").cast("int64").cast("float64", safe=False)
    found = np.full(n_nodes, np.nan)
    found[rows["node"].to_numpy()] = micros.to_numpy()
    return found
