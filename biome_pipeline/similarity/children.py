"""Every child beside its parents and its siblings: ``similarity.matched``.

What does not belong here: the comparison itself (``matched``, ``siblings``).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.genealogy.tables import RelationEdges, family_of_nodes
from biome_pipeline.provenance import derive_seed
from biome_pipeline.similarity.matched import matched_comparison
from biome_pipeline.similarity.siblings import sibling_sums
from biome_pipeline.similarity.vectors import count_vectors, tfidf, unit_vectors
from biome_pipeline.similarity.weighting import sibling_means
from biome_pipeline.vocabulary.relations import GRAPHS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa
    from scipy.sparse import csr_array

    from biome_pipeline.settings import Settings
    from biome_pipeline.similarity.kinds import Kind, Sources
    from biome_pipeline.similarity.vocabulary import Vocabulary
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["matched"]


def matched(
    engine: Engine,
    sources: Sources,
    *,
    edges: ir.Table,
    members: ir.Table,
    vocabularies: Mapping[Kind, Vocabulary],
    settings: Settings,
) -> pa.Table:
    """Make ``similarity.matched``, and with it the exact means of all siblings.

    Edit distances have no closed form for sets of siblings: only the cosines are
    compared.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    sources : Sources
        Where the texts come from.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    vocabularies : mapping of Kind to Vocabulary
        What is compared, and the terms of it.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``similarity.matched`` but ``snapshot``.
    """
    import pyarrow as pa

    from biome_pipeline.warehouse.tables.similarity import MATCHED

    n_nodes = engine.count_rows(sources.models)
    related = RelationEdges(engine, edges)
    graphs = {name: related.graph(name, n_nodes) for name in GRAPHS}
    # An only child has no siblings, and its text is not needed.
    shared = {name: graph.n_children[graph.parent] > 1 for name, graph in graphs.items()}
    ends = [
        end[shared[name]] for name, graph in graphs.items() for end in (graph.parent, graph.child)
    ]
    nodes = np.unique(np.concatenate(ends))
    family = {name: family_of_nodes(engine, members, name, n_nodes) for name in GRAPHS}
    rows: list[dict[str, Any]] = []
    for kind, vocabulary in vocabularies.items() if nodes.size else ():
        texts = sources.texts(kind, engine.memory_table(pa.table({"node": nodes})))
        counts = count_vectors(engine, texts, vocabulary, nodes, is_shared=kind.is_shared)
        vectors = {"bow": counts, "tfidf": tfidf(counts, vocabulary)}

        def compare(
            measure: str, kind: Kind = kind, vectors: Mapping[str, csr_array] = vectors
        ) -> list[dict[str, Any]]:
            unit = unit_vectors(vectors[measure])
            found = []
            for name, graph in graphs.items():
                parent, child = (end[shared[name]] for end in (graph.parent, graph.child))
                if not parent.size:
                    continue
                own = {"graph": name, "text": kind.text, "measure": measure}
                found.append(
                    {**own, "ablation": kind.ablation}
                    | _row(
                        unit,
                        np.searchsorted(nodes, parent),
                        np.searchsorted(nodes, child),
                        family[name][nodes],
                        settings=settings,
                        name="/".join([*own.values(), kind.ablation]),
                    )
                )
            return found

        # Products of sparse matrices leave the interpreter free for another thread.
        with ThreadPoolExecutor(min(engine.threads, len(vectors))) as pool:
            rows += chain.from_iterable(pool.map(compare, vectors))
    return MATCHED.from_rows(rows)


def _row(
    vectors: csr_array,
    parent: npt.NDArray[np.intp],
    child: npt.NDArray[np.intp],
    family: npt.NDArray[np.int64],
    *,
    settings: Settings,
    name: str,
) -> dict[str, Any]:
    """Compare one kind of vectors in one graph; `family` is that of each row."""
    n_replicates = settings.bootstrap_replicates
    seed = derive_seed(settings.seed, f"similarity.matched/{name}")
    sums = sibling_sums(vectors, parent, child)
    found = matched_comparison(
        vectors,
        parent,
        child,
        family[parent],
        n_replicates=n_replicates,
        seed=seed,
        siblings=sums,
    ).result
    means = sibling_means(
        sums.sums,
        sums.n_pairs,
        family[sums.parent_row],
        n_replicates=n_replicates,
        seed=seed,
        n_missing=sums.n_missing,
    )
    return {
        "n": found.difference.n,
        "n_missing": found.difference.n_missing,
        "n_families": found.difference.n_families,
        "parent_mean": found.first_mean,
        "sibling_mean": found.second_mean,
        "difference": found.difference.value,
        "ci_low": found.difference.ci_low,
        "ci_high": found.difference.ci_high,
        "p_value": found.p_value,
        "n_sibling_pairs": means["pair"].n,
        "n_sibling_pairs_missing": means["pair"].n_missing,
        "n_sibling_families": means["pair"].n_families,
        **dict(_means(means)),
    }


def _means(means: Mapping[Any, Any]) -> Iterator[tuple[str, float | None]]:
    for weighting in ("parent", "family"):
        yield f"mean_by_{weighting}", means[weighting].value
        yield f"mean_by_{weighting}_ci_low", means[weighting].ci_low
        yield f"mean_by_{weighting}_ci_high", means[weighting].ci_high
