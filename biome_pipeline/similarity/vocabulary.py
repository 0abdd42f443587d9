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
from biome_pipeline.similarity.tokens import coded, tokens_of, worked_batches

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["PUBLISHED_SIZE", "Vocabulary", "build_vocabulary", "draw_nodes"]

PUBLISHED_SIZE = 512
"""Terms of the published vocabulary."""

# A place for each pair of a thousand words; with more words a sort takes less.
_MOST_PLACES = 1 << 20

_MOST_PENDING = 1 << 22
"""Counts of batches held before they are added up: 100 MB."""


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


def draw_nodes(engine: Engine, nodes: ir.Table, n_sampled: int, seed: int) -> ir.Table | None:
    """Draw the models whose texts a vocabulary is made of, without replacement.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    nodes : ibis.expr.types.Table
        ``node`` of those that have a text, each once.
    n_sampled : int
        How many to draw.
    seed : int
        Seed of the draw.

    Returns
    -------
    ibis.expr.types.Table or None
        ``node`` of those drawn; ``None`` if there are no more than asked for, and
        all are to be read.

    Raises
    ------
    SimilarityError
        If none is asked for.
    """
    import pyarrow as pa

    if n_sampled < 1:
        raise SimilarityError("a sample has at least one text", place=f"n_sampled {n_sampled}")
    found = engine.to_arrow(nodes.select("node"))["node"].to_numpy()
    if n_sampled >= found.size:
        return None
    # Rows come in any order, and the draw must be the same again.
    found = np.sort(found)
    rng = np.random.Generator(np.random.PCG64(seed))
    return engine.memory_table(pa.table({"node": rng.choice(found, n_sampled, replace=False)}))


def build_vocabulary(
    engine: Engine,
    texts: ir.Table,
    *,
    size: int = PUBLISHED_SIZE,
    is_sampled: bool = False,
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
    is_sampled : bool
        Whether the texts are those of :func:`draw_nodes`.
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
        If the size is not positive.

    Notes
    -----
    Source: ``CountVectorizer(ngram_range=(1, 2), max_features=512)`` of
    scikit-learn, but for terms as frequent as the last one: which of them it
    takes is left to a sort that does not keep order.
    """
    if size < 1:
        raise SimilarityError("a vocabulary has at least one term", place=f"size {size}")
    documents = texts.select("node", "text").filter(texts.text.notnull())
    if is_shared:
        documents = documents.group_by("text").agg(
            node=documents.node.min(), times=documents.count()
        )
    else:
        documents = documents.mutate(times=ibis.literal(1, "int64"))
    tokens = engine.materialize(tokens_of(documents))
    words = _frequent_words(engine, tokens, size, is_shared=is_shared)
    candidates = _Candidates.none()
    pending: list[_Candidates] = []
    for part in worked_batches(
        engine, tokens, lambda times, lists: _candidates(times, lists, words), beside="times"
    ):
        pending.append(part)
        if sum(len(part.keys) for part in pending) > _MOST_PENDING:
            candidates, pending = _Candidates.sum([candidates, *pending]), []
    engine.release(tokens)
    candidates = _Candidates.sum([candidates, *pending])
    return candidates.vocabulary(words, size, is_sampled=is_sampled)


def _frequent_words(
    engine: Engine, tokens: ir.Table, size: int, *, is_shared: bool
) -> tuple[str, ...]:
    """List the tokens that can stand in a term of the vocabulary, in order."""
    words = tokens.select("times", token=tokens.tokens.unnest())
    # To count rows takes a fraction of the time of adding ones.
    n = words.times.sum().cast("int64") if is_shared else words.count()
    counts = engine.materialize(words.group_by("token").agg(n=n))
    # As many tokens as terms are wanted reach this count, so no term below it gets
    # in; and a pair is no more frequent than either of its tokens. Of the millions
    # of tokens hardly more than those can therefore stand in a pair that counts.
    ranked = counts.select("n").order_by(ibis.desc("n")).limit(1, offset=size - 1)
    at_last = engine.to_arrow(ranked)["n"].to_pylist()
    threshold = int(at_last[0]) if at_last else 1
    found = engine.to_arrow(counts.filter(counts.n >= threshold).select("token"))
    engine.release(counts)
    return tuple(sorted(found["token"].to_pylist()))


@dataclass(frozen=True, eq=False)
class _Candidates:
    """Terms of which the vocabulary is chosen, as numbers, ascending.

    Of n words the token of a word has its place, and the pair of two words n + n
    times the place of the first + that of the second.
    """

    keys: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    document_frequencies: npt.NDArray[np.int64]
    n_documents: int

    @classmethod
    def none(cls) -> _Candidates:
        nothing = np.zeros(0, np.int64)
        return cls(nothing, nothing, nothing, 0)

    @classmethod
    def sum(cls, parts: Sequence[_Candidates]) -> _Candidates:
        keys, place = np.unique(np.concatenate([part.keys for part in parts]), return_inverse=True)
        counts, frequencies = np.zeros((2, keys.size), np.int64)
        start = 0
        for part in parts:
            # A part has each term once.
            own = place[start : start + part.keys.size]
            counts[own] += part.counts
            frequencies[own] += part.document_frequencies
            start += part.keys.size
        return cls(keys, counts, frequencies, sum(part.n_documents for part in parts))

    def vocabulary(self, words: tuple[str, ...], size: int, *, is_sampled: bool) -> Vocabulary:
        """Take the most frequent ones; ties in the order of code points."""
        at_last = np.sort(self.counts)[-min(size, len(self.counts)) :][:1]
        n = len(words)
        chosen = []
        for place in np.flatnonzero(self.counts >= at_last).tolist() if at_last.size else ():
            key = int(self.keys[place])
            term = words[key] if key < n else " ".join(words[part] for part in divmod(key - n, n))
            chosen.append((-int(self.counts[place]), term, place))
        chosen = sorted(chosen)[:size]
        places = np.array([place for _, _, place in chosen], np.int64)
        counts, frequencies = self.counts[places], self.document_frequencies[places]
        for array in (counts, frequencies):
            array.flags.writeable = False
        terms = tuple(term for _, term, _ in chosen)
        return Vocabulary(terms, counts, frequencies, self.n_documents, is_sampled)


def _candidates(
    times: npt.NDArray[np.int64], tokens: pa.ListArray, words: tuple[str, ...]
) -> _Candidates:
    """Count all words, and all pairs of words, in some texts."""
    from scipy.sparse import coo_array

    n = len(words)
    codes, text = coded(tokens, words)
    is_word = codes < n
    is_pair = is_word[:-1] & is_word[1:] & (text[:-1] == text[1:])
    is_dense = n * n <= _MOST_PLACES
    # Half the width is four fifths of the time, where the numbers allow it.
    first = codes[:-1][is_pair].astype(np.int32 if is_dense else np.int64)
    keys = np.concatenate([codes[is_word], n + n * first + codes[1:][is_pair]])
    rows = np.concatenate([text[is_word], text[:-1][is_pair]])
    if is_dense:
        terms = np.arange(n + n * n)
    else:
        terms, keys = np.unique(keys, return_inverse=True)
    # By columns: the texts of a term come in order, so that nothing is sorted.
    found = coo_array(
        (np.ones(keys.size, np.int64), (rows, keys)), shape=(len(tokens), terms.size)
    ).tocsc()
    counts = found.T @ times
    # Each term stands once in a text now, however often it is there.
    found.data[:] = 1
    frequencies = found.T @ times
    is_there = frequencies > 0
    return _Candidates(terms[is_there], counts[is_there], frequencies[is_there], int(times.sum()))
