"""The vocabulary of every kind of text as a table, and back.

What does not belong here: how a vocabulary is counted (``vocabulary``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.provenance import derive_seed
from biome_pipeline.similarity.kinds import KINDS
from biome_pipeline.similarity.vocabulary import Vocabulary, build_vocabulary, draw_nodes

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.settings import Settings
    from biome_pipeline.similarity.kinds import Kind, Sources
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["read_vocabularies", "vocabularies"]


def vocabularies(engine: Engine, sources: Sources, settings: Settings) -> pa.Table:
    """Make ``similarity.vocabulary``: the most frequent terms of every kind of text.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    sources : Sources
        Where the texts come from.
    settings : Settings
        How many texts to count, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``similarity.vocabulary`` but ``snapshot``.
    """
    import pyarrow as pa

    parts = []
    for kind in KINDS:
        drawn = None
        if settings.vocabulary_sample:
            seed = derive_seed(settings.seed, f"similarity.vocabulary/{kind.text}/{kind.ablation}")
            drawn = draw_nodes(engine, sources.nodes(kind), settings.vocabulary_sample, seed)
        found = build_vocabulary(
            engine,
            sources.texts(kind, drawn),
            is_sampled=drawn is not None,
            is_shared=kind.is_shared,
        )
        n = len(found.terms)
        parts.append(
            pa.table(
                {
                    "text": pa.array([kind.text] * n, pa.string()),
                    "ablation": pa.array([kind.ablation] * n, pa.string()),
                    "place": pa.array(range(n), pa.int32()),
                    "term": pa.array(found.terms, pa.string()),
                    "occurrences": found.counts,
                    "document_frequency": found.document_frequencies,
                    "n_documents": pa.array([found.n_documents] * n, pa.int64()),
                    "is_sampled": pa.array([found.is_sampled] * n, pa.bool_()),
                }
            )
        )
    return pa.concat_tables(parts)


def read_vocabularies(engine: Engine, rows: ir.Table) -> dict[Kind, Vocabulary]:
    """Read ``similarity.vocabulary``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    rows : ibis.expr.types.Table
        ``similarity.vocabulary``.

    Returns
    -------
    dict of Kind to Vocabulary
        Only of kinds that have any term: the others have no texts to compare.
    """
    found: dict[Kind, Vocabulary] = {}
    table = engine.to_arrow(rows.order_by("text", "ablation", "place")).to_pylist()
    for kind in KINDS:
        own = [row for row in table if (row["text"], row["ablation"]) == (kind.text, kind.ablation)]
        if own:
            found[kind] = Vocabulary(
                tuple(row["term"] for row in own),
                np.array([row["occurrences"] for row in own], np.int64),
                np.array([row["document_frequency"] for row in own], np.int64),
                own[0]["n_documents"],
                own[0]["is_sampled"],
            )
    return found
