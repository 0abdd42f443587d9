"""Fertility: how many children have children themselves, by relation.

Source: the paper's public code (``time_trends_analysis.ipynb``), which gives
the share alone; here with an interval from resampling families.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.genealogy.tables import RelationEdges
from biome_pipeline.provenance import derive_seed
from biome_pipeline.vocabulary.relations import GRAPH_RELATIONS, GRAPHS, RELATIONS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["fertility", "ratio_interval"]


def fertility(engine: Engine, edges: ir.Table, members: ir.Table, settings: Settings) -> pa.Table:
    """Make ``genealogy.fertility``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    settings : Settings
        Replicates and seed of the bootstrap over families.

    Returns
    -------
    pyarrow.Table
        Columns of ``genealogy.fertility`` but ``snapshot``; one row per graph
        and relation of the graph that has children.
    """
    import pyarrow as pa

    related = RelationEdges(engine, edges)
    rows: list[dict[str, object]] = []
    for name in GRAPHS:
        inside = members.filter(members.graph == name)
        people = engine.to_arrow(inside.select("node", "family_id", "n_children"))
        node = people["node"].to_numpy()
        n_nodes = int(node.max()) + 1 if node.size else 0
        family = np.zeros(n_nodes, dtype=np.int64)
        family[node] = people["family_id"].to_numpy()
        is_fertile = np.zeros(n_nodes, dtype=bool)
        is_fertile[node] = people["n_children"].to_numpy() > 0
        for relation in GRAPH_RELATIONS[name]:
            by_relation = related.relation == RELATIONS.index(relation)
            children = np.unique(related.child[by_relation])
            if not children.size:
                continue
            _, place = np.unique(family[children], return_inverse=True)
            n_children = np.bincount(place)
            n_fertile = np.bincount(place, weights=is_fertile[children]).astype(np.int64)
            seed = derive_seed(settings.seed, f"genealogy.fertility/{name}/{relation}")
            low, high = ratio_interval(
                n_fertile, n_children, n_replicates=settings.bootstrap_replicates, seed=seed
            )
            rows.append(
                {
                    "graph": name,
                    "relation": relation,
                    "n_children": int(children.size),
                    "n_fertile": int(n_fertile.sum()),
                    "share_fertile": float(n_fertile.sum() / children.size),
                    "ci_low": low,
                    "ci_high": high,
                    "n_families": int(n_children.size),
                }
            )
    schema = pa.schema(
        [
            ("graph", pa.string()),
            ("relation", pa.string()),
            ("n_children", pa.int64()),
            ("n_fertile", pa.int64()),
            ("share_fertile", pa.float64()),
            ("ci_low", pa.float64()),
            ("ci_high", pa.float64()),
            ("n_families", pa.int64()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def ratio_interval(
    numerator: npt.NDArray[np.int64],
    denominator: npt.NDArray[np.int64],
    *,
    n_replicates: int,
    seed: int,
) -> tuple[float | None, float | None]:
    """Bootstrap the ratio of two sums over families.

    Families with the same two counts are the same to the ratio, so that a
    replicate is one multinomial draw over the distinct pairs of counts: exactly
    the bootstrap over families, at a cost that does not grow with their number.

    Parameters
    ----------
    numerator, denominator : ndarray of int64, shape (n_families,)
        What each family adds to the two sums.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    tuple of (float or None, float or None)
        The 2.5 % and 97.5 % percentiles; ``None`` with fewer than two families.
    """
    n_families = numerator.size
    if n_families < 2:
        return None, None
    pairs, counts = np.unique(
        np.stack([numerator, denominator], axis=1), axis=0, return_counts=True
    )
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = generator.multinomial(n_families, counts / n_families, size=n_replicates)
    sums = drawn @ pairs
    ratios = sums[:, 0] / np.maximum(sums[:, 1], 1)
    low, high = np.percentile(ratios[sums[:, 1] > 0], [2.5, 97.5])
    return float(low), float(high)
