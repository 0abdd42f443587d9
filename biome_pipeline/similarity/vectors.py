"""Vectors of texts, and how alike two of them are.

Vectors are rows of sparse matrices, which stay sparse: 300,000 models have some
ten million counts, and 150 million places for them. What does not belong here:
which models are compared (``sampling``) and means over them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.errors import SimilarityError
from biome_pipeline.similarity.tokens import TermCounter, tokens_of, worked_batches

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import numpy.typing as npt
    from scipy.sparse import csr_array

    from biome_pipeline.similarity.vocabulary import Vocabulary
    from biome_pipeline.warehouse.engine import Engine

__all__ = [
    "cosines",
    "count_vectors",
    "levenshtein",
    "squared_lengths",
    "tfidf",
    "unit_vectors",
]

# Two blocks of rows with some forty counts each: a few tens of megabytes.
_PAIRS_PER_BLOCK = 65_536


def count_vectors(
    engine: Engine,
    texts: ir.Table,
    vocabulary: Vocabulary,
    nodes: npt.NDArray[np.integer[Any]],
    *,
    is_shared: bool = False,
) -> csr_array[Any]:
    """Count the terms of a vocabulary in the texts of some nodes.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    texts : ibis.expr.types.Table
        ``node`` and ``text``, each node once.
    vocabulary : Vocabulary
        What to count.
    nodes : ndarray of integers, shape (n_nodes,)
        Whose texts; a node may be asked for more than once.
    is_shared : bool
        Whether most texts are those of many nodes: then each is read once. The
        result is the same.

    Returns
    -------
    scipy.sparse.csr_array of int32, shape (n_nodes, n_terms)
        Counts, rows in the order of ``nodes``, columns in that of the terms. The
        row is empty where a node has no text, or its text no term.

    Raises
    ------
    SimilarityError
        If a node has more than one text.
    """
    import pyarrow as pa
    from scipy.sparse import csr_array, vstack

    asked, row_of_asked = np.unique(np.asarray(nodes, np.int64), return_inverse=True)
    wanted = engine.memory_table(pa.table({"node": asked}))
    documents = engine.materialize(texts.select("node", "text").semi_join(wanted, "node"))
    each = documents
    if is_shared:
        each = documents.group_by("text").agg(node=documents.node.min())
    # Computed before it is read: the engine streams with one thread alone.
    tokens = engine.materialize(tokens_of(each))
    counter = TermCounter(vocabulary.terms)
    found, blocks = [np.zeros(0, np.int64)], []
    for block_nodes, block in worked_batches(
        engine, tokens, lambda numbers, lists: (numbers, counter.count(lists))
    ):
        found.append(block_nodes)
        blocks.append(block)
    # The row after the last stands for every node without a text.
    blocks.append(csr_array(np.zeros((1, len(vocabulary.terms)), np.int32)))
    rows = np.concatenate(found)
    if np.unique(rows).size < rows.size:
        raise SimilarityError("a node has more than one text", remedy="give each node once")
    place = np.full(asked.size, rows.size, np.int64)
    place[np.searchsorted(asked, rows)] = np.arange(rows.size)
    if is_shared:
        first = documents.group_by("text").mutate(first=documents.node.min())
        homes = engine.to_arrow(first.select("node", "first"))
        own = np.searchsorted(asked, homes["node"].to_numpy())
        place[own] = place[np.searchsorted(asked, homes["first"].to_numpy())]
    engine.release(tokens)
    engine.release(documents)
    return csr_array(vstack(blocks, format="csr"))[place[row_of_asked]]


def tfidf(vectors: csr_array[Any], vocabulary: Vocabulary) -> csr_array[Any]:
    """Weight counts by how rare their terms are.

    Parameters
    ----------
    vectors : scipy.sparse.csr_array, shape (n_rows, n_terms)
        Counts, columns in the order of the vocabulary's terms.
    vocabulary : Vocabulary
        Of which the document frequencies are.

    Returns
    -------
    scipy.sparse.csr_array of float64, shape (n_rows, n_terms)
        Each count times ln((1 + n) / (1 + df)) + 1; rows are not normalized.

    Raises
    ------
    SimilarityError
        If there are not as many columns as terms.

    Notes
    -----
    Source: ``TfidfTransformer(smooth_idf=True, norm=None)`` of scikit-learn.
    """
    from scipy.sparse import csr_array

    if vectors.shape[1] != len(vocabulary.terms):
        raise SimilarityError(
            f"vectors of {vectors.shape[1]} places for {len(vocabulary.terms)} terms"
        )
    weights = (
        np.log((1 + vocabulary.n_documents) / (1 + vocabulary.document_frequencies.astype(float)))
        + 1
    )
    weighted = vectors.data * weights[vectors.indices]
    return csr_array((weighted, vectors.indices, vectors.indptr), shape=vectors.shape)


def unit_vectors(vectors: csr_array[Any]) -> csr_array[Any]:
    """Divide each row by its length.

    Parameters
    ----------
    vectors : scipy.sparse.csr_array, shape (n_rows, n_terms)
        Counts or weights.

    Returns
    -------
    scipy.sparse.csr_array of float64, shape (n_rows, n_terms)
        Rows of length one; empty rows stay empty.
    """
    from scipy.sparse import csr_array

    lengths = np.repeat(np.sqrt(squared_lengths(vectors)), np.diff(vectors.indptr))
    data = np.divide(vectors.data, lengths, where=lengths > 0, out=np.zeros(lengths.size))
    return csr_array((data, vectors.indices, vectors.indptr), shape=vectors.shape)


def cosines(
    vectors: csr_array[Any],
    first: npt.NDArray[np.integer[Any]],
    second: npt.NDArray[np.integer[Any]],
) -> npt.NDArray[np.float64]:
    """Compute the cosine of each pair of rows.

    Parameters
    ----------
    vectors : scipy.sparse.csr_array, shape (n_rows, n_terms)
        Counts or weights, none of them negative.
    first, second : ndarray of integers, shape (n_pairs,)
        Rows of each pair.

    Returns
    -------
    ndarray of float64, shape (n_pairs,)
        From 0 to 1, 1 for equal rows; NaN where one of the rows is empty.

    Raises
    ------
    SimilarityError
        If there are not as many first rows as second ones.
    """
    _check_pairs(len(first), len(second))
    floats = vectors.astype(np.float64)
    squares = squared_lengths(floats)
    dots = np.zeros(len(first), np.float64)
    for start in range(0, len(first), _PAIRS_PER_BLOCK):
        block = slice(start, start + _PAIRS_PER_BLOCK)
        dots[block] = _row_sums(floats[first[block]].multiply(floats[second[block]]))
    # The root of a square is exact, so that equal rows have exactly 1.
    lengths = np.sqrt(squares[first] * squares[second])
    is_whole = lengths > 0
    found = np.full(len(first), np.nan)
    found[is_whole] = np.minimum(dots[is_whole] / lengths[is_whole], 1.0)
    return found


def levenshtein(
    first_texts: Sequence[str | None],
    second_texts: Sequence[str | None],
    *,
    workers: int = 1,
) -> npt.NDArray[np.float64]:
    """Compute how much of the longer text of each pair need not be changed.

    Parameters
    ----------
    first_texts, second_texts : sequence of str or None, of equal length
        Texts of each pair.
    workers : int
        Threads; -1 means one per processor.

    Returns
    -------
    ndarray of float64, shape (n_pairs,)
        1 - distance / max(length), from 0 to 1: insertions, deletions and
        substitutions of one code point count 1 each. NaN where a text is missing,
        or both are empty and there is nothing to compare.

    Raises
    ------
    SimilarityError
        If there are not as many first texts as second ones.
    """
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cpdist

    _check_pairs(len(first_texts), len(second_texts))
    score = Levenshtein.normalized_similarity
    if all(first_texts) and all(second_texts):
        return cpdist(first_texts, second_texts, scorer=score, dtype=np.float64, workers=workers)
    found = np.full(len(first_texts), np.nan)
    # A None is no longer than an empty text, and neither can be measured alone.
    pairs = [
        (place, one, other)
        for place, (one, other) in enumerate(zip(first_texts, second_texts, strict=True))
        if one is not None and other is not None and (one or other)
    ]
    if not pairs:
        return found
    places, ones, others = zip(*pairs, strict=True)
    distances = cpdist(ones, others, scorer=Levenshtein.distance, dtype=np.int64, workers=workers)
    longest = np.array([max(len(one), len(other)) for _, one, other in pairs])
    found[list(places)] = 1 - distances / longest
    return found


def squared_lengths(vectors: csr_array[Any]) -> npt.NDArray[np.float64]:
    """Compute the squared length of each row.

    Parameters
    ----------
    vectors : scipy.sparse.csr_array, shape (n_rows, n_terms)
        Counts or weights; no place of a row is stored twice.

    Returns
    -------
    ndarray of float64, shape (n_rows,)
        Sums of squares; 0 for empty rows.
    """
    from scipy.sparse import csr_array

    # Half the time of an elementwise product of matrices, which looks for equal places.
    squares = np.square(vectors.data, dtype=np.float64)
    return _row_sums(csr_array((squares, vectors.indices, vectors.indptr), shape=vectors.shape))


def _row_sums(vectors: csr_array[Any]) -> npt.NDArray[np.float64]:
    # Term by term, where `sum` adds pairwise: equal rows have equal sums in any matrix.
    sums: npt.NDArray[np.float64] = vectors @ np.ones(vectors.shape[1])
    return sums


def _check_pairs(n_first: int, n_second: int) -> None:
    if n_first != n_second:
        raise SimilarityError(f"{n_first} and {n_second} do not match")
