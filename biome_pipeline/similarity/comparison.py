"""Comparing pairs of models by every measure of one kind of text.

What does not belong here: which pairs (``sampling``), and their means (``summary``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.similarity.vectors import cosines, count_vectors, levenshtein, tfidf

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import ibis.expr.types as ir
    import numpy.typing as npt

    from biome_pipeline.similarity.kinds import Kind, Sources
    from biome_pipeline.similarity.vocabulary import Vocabulary
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["MEASURES", "compare"]

MEASURES = ("bow", "tfidf", "levenshtein")
"""The measures of one text, as published."""

# So many pairs are handed over at once.
_PAIRS_PER_BLOCK = 50_000


def compare(
    engine: Engine,
    sources: Sources,
    kind: Kind,
    vocabulary: Vocabulary,
    *,
    first: npt.NDArray[np.integer[Any]],
    second: npt.NDArray[np.integer[Any]],
    measures: Sequence[str] = MEASURES,
) -> Iterator[tuple[str, npt.NDArray[np.float64]]]:
    """Compare pairs of models.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    sources : Sources
        Where the texts come from.
    kind : Kind
        Which texts.
    vocabulary : Vocabulary
        Terms of the vectors.
    first, second : ndarray of integers, shape (n_pairs,)
        Nodes of each pair.
    measures : sequence of str
        Out of `MEASURES`.

    Yields
    ------
    tuple of (str, ndarray of float64, shape (n_pairs,))
        A measure, and the similarity of each pair; NaN where it cannot be had.
    """
    import pyarrow as pa

    # In a small graph the same pair is drawn many times, and compared once.
    nodes, rows = np.unique(np.concatenate([first, second]), return_inverse=True)
    key = rows[: len(first)] * np.int64(nodes.size) + rows[len(first) :]
    pairs, of_pair = np.unique(key, return_inverse=True)
    rows = np.stack(np.divmod(pairs, max(nodes.size, 1)), axis=1)
    texts = sources.texts(kind, engine.memory_table(pa.table({"node": nodes})))
    if {"bow", "tfidf"} & set(measures):
        counts = count_vectors(engine, texts, vocabulary, nodes, is_shared=kind.is_shared)
        if "bow" in measures:
            yield "bow", cosines(counts, rows[:, 0], rows[:, 1])[of_pair]
        if "tfidf" in measures:
            yield "tfidf", cosines(tfidf(counts, vocabulary), rows[:, 0], rows[:, 1])[of_pair]
    if "levenshtein" in measures:
        yield "levenshtein", _edit_similarity(engine, texts, nodes, rows)[of_pair]


def _edit_similarity(
    engine: Engine, texts: ir.Table, nodes: npt.NDArray[np.int64], rows: npt.NDArray[np.intp]
) -> npt.NDArray[np.float64]:
    known = engine.to_arrow(texts.select("node", "text"))
    place = np.searchsorted(nodes, known["node"].to_numpy())
    # A node without a text has the last of the list, which is none.
    at = np.full(nodes.size, -1, np.int64)
    at[place] = np.arange(place.size)
    known_texts = [*known["text"].to_pylist(), None]
    found = np.full(rows.shape[0], np.nan)
    for start in range(0, rows.shape[0], _PAIRS_PER_BLOCK):
        block = slice(start, start + _PAIRS_PER_BLOCK)
        one, other = (
            [known_texts[place] for place in at[rows[block, end]].tolist()] for end in (0, 1)
        )
        found[block] = levenshtein(one, other, workers=engine.threads)
    return found
