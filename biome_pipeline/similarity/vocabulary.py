"""The most frequent terms of all texts: tokens, and pairs of neighbouring tokens.

What does not belong here: what a token is (``tokens``), and how vectors are made
of a vocabulary (``vectors``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import numpy as np

from biome_pipeline.errors import SimilarityError
from biome_pipeline.similarity.tokens import counted_batches, tokens_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["PUBLISHED_SIZE", "Vocabulary", "build_vocabulary"]

PUBLISHED_SIZE = 512
"""Terms of the published vocabulary."""


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Terms, the most frequent first, and how frequent they are; arrays are read-only.

    Attributes
    ----------
    terms : tuple of str
        Tokens, and pairs of neighbouring tokens joined by a blank; of equally
        frequent ones the first in the order of code points comes first.
    counts : ndarray of int64, shape (n_terms,)
        Occurrences of each term in all documents.
    document_frequencies : ndarray of int64, shape (n_terms,)
        Documents with each term.
    n_documents : int
        Documents that were read, those without any token included.
    is_sampled : bool
        Whether the documents are a sample of those there are.
    """

    terms: tuple[str, ...]
    counts: npt.NDArray[np.int64]
    document_frequencies: npt.NDArray[np.int64]
    n_documents: int
    is_sampled: bool = False


def build_vocabulary(
    engine: Engine,
    texts: ir.Table,
    *,
    size: int = PUBLISHED_SIZE,
    n_sampled: int | None = None,
    seed: int = 0,
    is_shared: bool = False,
) -> Vocabulary:
    """Find the most frequent tokens and pairs of neighbouring tokens.

    Exact: by total count over all documents, ties by term.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    texts : ibis.expr.types.Table
        ``node`` and ``text``, each node once; a NULL is no document, an empty
        text is one.
    size : int
        Most terms of the vocabulary; it has fewer if the documents have fewer.
    n_sampled : int, optional
        Read only so many documents, drawn without replacement; all of them if
        there are no more, or if not given.
    seed : int
        Seed of the draw.
    is_shared : bool
        Whether most texts stand in many documents: then each is read once, and
        counts as often as it stands. The result is the same.

    Returns
    -------
    Vocabulary
        The terms, exact for the documents that were read.

    Raises
    ------
    SimilarityError
        If a size is not positive.

    Notes
    -----
    Source: ``CountVectorizer(ngram_range=(1, 2), max_features=512)`` of
    scikit-learn, but for terms as frequent as the last one: which of them it
    takes is left to a sort that does not keep order.
    """
    if size < 1 or (n_sampled is not None and n_sampled < 1):
        raise SimilarityError(
            "a vocabulary has at least one term, and a sample at least one text",
            place=f"size {size}, n_sampled {n_sampled}",
        )
    documents = texts.select("node", "text").filter(texts.text.notnull())
    drawn = None if n_sampled is None else _draw(engine, documents, n_sampled, seed)
    if drawn is not None:
        documents = documents.semi_join(drawn, "node")
    if is_shared:
        documents = documents.group_by("text").agg(
            node=documents.node.min(), times=documents.count()
        )
    else:
        documents = documents.mutate(times=ibis.literal(1, "int64"))
    tokens = engine.materialize(tokens_of(documents))
    terms, counts = _most_frequent(engine, tokens, size, is_shared=is_shared)
    frequencies, n_documents = np.zeros(len(terms), np.int64), 0
    for rows, vectors in counted_batches(engine, tokens, terms, beside="times"):
        # Each term stands once in a row, however often it is in the text.
        times = np.repeat(rows, np.diff(vectors.indptr))
        found = np.bincount(vectors.indices, weights=times, minlength=len(terms))
        frequencies += found.astype(np.int64)
        n_documents += int(rows.sum())
    engine.release(tokens)
    for array in (counts, frequencies):
        array.flags.writeable = False
    return Vocabulary(terms, counts, frequencies, n_documents, drawn is not None)


def _draw(engine: Engine, documents: ir.Table, n_sampled: int, seed: int) -> ir.Table | None:
    """Draw nodes of documents; nothing if there are no more than asked for."""
    import pyarrow as pa

    nodes = engine.to_arrow(documents.select("node"))["node"].to_numpy()
    if n_sampled >= nodes.size:
        return None
    # Rows come in any order, and the draw must be the same again.
    nodes = np.sort(nodes)
    rng = np.random.Generator(np.random.PCG64(seed))
    return engine.memory_table(pa.table({"node": rng.choice(nodes, n_sampled, replace=False)}))


def _counted(rows: ir.Table, *, is_shared: bool) -> ir.IntegerScalar:
    # To count rows takes a fraction of the time of adding ones.
    return rows.times.sum().cast("int64") if is_shared else rows.count()


def _most_frequent(
    engine: Engine, tokens: ir.Table, size: int, *, is_shared: bool
) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    words = tokens.select("times", token=tokens.tokens.unnest())
    unigrams = engine.materialize(
        words.group_by("token").agg(n=_counted(words, is_shared=is_shared))
    )
    # As many tokens as terms are wanted reach this count, so no term below it gets
    # in; and a pair is no more frequent than either of its tokens. Of the millions
    # of tokens hardly more than those can therefore stand in a pair that counts.
    threshold = _count_at(engine, unigrams, size)
    frequent = engine.materialize(unigrams.filter(unigrams.n >= threshold))
    engine.release(unigrams)
    pairs = tokens.select(
        "times", first=tokens.tokens[:-1].unnest(), second=tokens.tokens[1:].unnest()
    )
    pairs = pairs.semi_join(frequent, [("first", "token")])
    pairs = pairs.semi_join(frequent, [("second", "token")])
    bigrams = pairs.group_by("first", "second").agg(n=_counted(pairs, is_shared=is_shared))
    terms = frequent.select("n", term="token").union(
        bigrams.select("n", term=bigrams["first"] + " " + bigrams["second"])
    )
    found = engine.to_arrow(terms.order_by(ibis.desc("n"), "term").limit(size))
    engine.release(frequent)
    return tuple(found["term"].to_pylist()), found["n"].to_numpy().astype(np.int64)


def _count_at(engine: Engine, unigrams: ir.Table, rank: int) -> int:
    """Give the count of the token at a rank from 1; 1 if there are fewer tokens."""
    ranked = unigrams.select("n").order_by(ibis.desc("n")).limit(1, offset=rank - 1)
    counts = engine.to_arrow(ranked)["n"].to_pylist()
    return int(counts[0]) if counts else 1
