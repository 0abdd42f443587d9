"""Tables of topologies and of drawn pairs.

What does not belong here: how alike the pairs are (``summary``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.genealogy.tables import RelationEdges
from biome_pipeline.provenance import derive_seed
from biome_pipeline.similarity.sampling import sample_positions
from biome_pipeline.similarity.topologies import TOPOLOGIES, count_occurrences
from biome_pipeline.vocabulary.relations import GRAPHS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["pairs", "topologies"]


def topologies(engine: Engine, edges: ir.Table, models: ir.Table) -> pa.Table:
    """Make ``similarity.topologies``: how often each topology occurs in each graph.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    pyarrow.Table
        Columns of ``similarity.topologies`` but ``snapshot``.

    Raises
    ------
    CountOverflowError
        If a count does not fit 64 bits.
    """
    import pyarrow as pa

    n_nodes = engine.count_rows(models)
    related = RelationEdges(engine, edges)
    rows = [
        {"graph": name, "topology": topology, "occurrences": count}
        for name in GRAPHS
        for topology, count in count_occurrences(related.graph(name, n_nodes)).items()
    ]
    return pa.Table.from_pylist(rows)


def pairs(engine: Engine, edges: ir.Table, models: ir.Table, settings: Settings) -> pa.Table:
    """Make ``similarity.pairs``: the drawn pairs of every position in every graph.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    models : ibis.expr.types.Table
        ``hub.models``.
    settings : Settings
        How many pairs, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``similarity.pairs`` but ``snapshot``.
    """
    import pyarrow as pa

    people = engine.to_arrow(models.select("node", "model_id"))
    ids = people["model_id"].combine_chunks()
    place = np.argsort(people["node"].to_numpy()).astype(np.int32)
    related = RelationEdges(engine, edges)
    positions = [(topology, at) for topology in TOPOLOGIES.values() for at in topology.positions]
    # Where the positions of each topology begin among all of them.
    begin = np.cumsum([0, *(len(topology.positions) for topology in TOPOLOGIES.values())])
    parts = []
    for name in GRAPHS:
        drawn = sample_positions(
            related.graph(name, len(ids)),
            settings.similarity_draws,
            derive_seed(settings.seed, f"similarity.pairs/{name}"),
        )
        code = begin[drawn.topology] + drawn.position
        by_code = pa.table(
            {
                "topology": [topology.name for topology, _ in positions],
                "position": [at.name for _, at in positions],
                "generation_gap": pa.array([at.generation_gap for _, at in positions], pa.int32()),
                "distance": pa.array([at.distance for _, at in positions], pa.int32()),
            }
        ).take(pa.array(code))
        parts.append(
            pa.table(
                {
                    "graph": pa.array([name]).take(pa.array(np.zeros(code.size, dtype=np.int8))),
                    **{column: by_code[column] for column in by_code.column_names},
                    "draw": drawn.draw,
                    "first_id": ids.take(pa.array(place[drawn.first])),
                    "second_id": ids.take(pa.array(place[drawn.second])),
                    "first_node": drawn.first,
                    "second_node": drawn.second,
                    "top_node": _known(drawn.top),
                }
            )
        )
    return pa.concat_tables(parts)


def _known(node: npt.NDArray[np.int32]) -> pa.Array:
    import pyarrow as pa

    return pa.array(node, mask=node < 0)
