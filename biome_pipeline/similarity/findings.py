"""The paper's heuristics as tested statements: rows of ``inference.findings``.

What does not belong here: the tests themselves (``heuristics``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.provenance import derive_seed
from biome_pipeline.similarity.comparison import compare
from biome_pipeline.similarity.heuristics import (
    PositionValues,
    alike_within_family,
    falls_with_distance,
    falls_with_generation_gap,
)
from biome_pipeline.similarity.kinds import Kind
from biome_pipeline.similarity.summary import drawn_pairs
from biome_pipeline.vocabulary.relations import GRAPHS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir
    import numpy.typing as npt

    from biome_pipeline.inference.findings import Finding
    from biome_pipeline.settings import Settings
    from biome_pipeline.similarity.kinds import Sources
    from biome_pipeline.similarity.summary import DrawnPairs
    from biome_pipeline.similarity.vocabulary import Vocabulary
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["findings"]

_MEASURE = "tfidf"
# The published text, and the one in which nothing tells who the parent is.
_TEXTS = (Kind("metadata", "all"), Kind("metadata", "traits"))


def findings(
    engine: Engine,
    sources: Sources,
    *,
    members: ir.Table,
    pairs: ir.Table,
    vocabularies: Mapping[Kind, Vocabulary],
    settings: Settings,
) -> list[Finding]:
    """Test three statements, on two texts.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    sources : Sources
        Where the texts come from.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    pairs : ibis.expr.types.Table
        ``similarity.pairs``.
    vocabularies : mapping of Kind to Vocabulary
        What is compared, and the terms of it.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    list of Finding
        Not yet adjusted for their number.
    """
    first, second, positions = drawn_pairs(engine, pairs, members)
    found: list[Finding] = []
    for kind in _TEXTS:
        if kind not in vocabularies:
            continue
        compared = dict(
            compare(
                engine,
                sources,
                kind,
                vocabularies[kind],
                first=first,
                second=second,
                measures=(_MEASURE,),
            )
        )
        for graph in GRAPHS:
            own = [at for at in positions if at.graph == graph]
            found += [
                replace(
                    finding,
                    finding=f"{finding.finding}/{kind.ablation}",
                    statement=f"{finding.statement} (text: {kind.text}, {kind.ablation})",
                )
                for finding in _of_graph(graph, own, compared[_MEASURE], kind, settings)
            ]
    return found


def _of_graph(
    graph: str,
    positions: Sequence[DrawnPairs],
    values: npt.NDArray[np.float64],
    kind: Kind,
    settings: Settings,
) -> list[Finding]:
    seed = derive_seed(settings.seed, f"similarity.findings/{graph}/{kind.ablation}")
    n_replicates = settings.bootstrap_replicates
    related = [
        PositionValues(
            at.topology,
            at.position,
            at.generation_gap,
            at.distance,
            values[at.rows],
            at.family,
        )
        for at in positions
        if at.family is not None and at.generation_gap is not None and at.distance is not None
    ]
    if not related:
        return []
    random = [values[at.rows] for at in positions if at.family is None]
    edge = next(at for at in related if at.topology == "edge")
    return [
        alike_within_family(
            edge.values,
            edge.family,
            np.concatenate(random) if random else np.zeros(0),
            graph=graph,
            n_replicates=n_replicates,
            seed=seed,
        ),
        falls_with_generation_gap(related, graph=graph, n_replicates=n_replicates, seed=seed),
        falls_with_distance(related, graph=graph, n_replicates=n_replicates, seed=seed),
    ]
