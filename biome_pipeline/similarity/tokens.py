"""Texts as lists of tokens, and how often given terms occur in each of them.

A term is a token or two neighbouring tokens joined by a blank. What does not
belong here: which terms are worth counting (``vocabulary``).
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import ibis
import numpy as np

from biome_pipeline.warehouse.engine.functions import regex_matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa
    from scipy.sparse import csr_array

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["TermCounter", "coded", "tokens_of", "worked_batches"]

# RE2's \w is ASCII; these are what Python's \w is, letters, numbers and the
# underscore. A run is maximal, so that it needs no \b.
_TOKEN = r"[\p{L}\p{N}_]{2,}"  # noqa: S105 - a pattern

# Python lowers these two by more than their own table: to two characters, and
# by what stands beside it.
_LOWERED_IN_CONTEXT = ("İ", "Σ")

# The longest cards have a million characters; a batch of them is still no giant.
_TEXTS_PER_BATCH = 8_192

# What is counted of more tokens does not stay near the processor.
_TOKENS_PER_PIECE = 1 << 18

_Found = TypeVar("_Found")


@ibis.udf.scalar.pyarrow
def _lowered_by_python(text: str) -> str:
    import pyarrow as pa

    lowered = [word.lower() for word in text.to_pylist()]  # type: ignore[attr-defined]
    return pa.array(lowered, pa.string())


def tokens_of(texts: ir.Table) -> ir.Table:
    r"""Cut each text into its tokens.

    A token is a run of two or more letters, numbers and underscores of the text
    in lower case: exactly ``re.findall(r"(?u)\b\w\w+\b", text.lower())``, but for
    characters that are newer than the Unicode of one of the two sides.

    Parameters
    ----------
    texts : ibis.expr.types.Table
        ``text``, and what goes along with it.

    Returns
    -------
    ibis.expr.types.Table
        ``tokens`` in place of ``text``, in the order of the text; NULL for NULL.
        Not yet computed: materialize it for several uses.

    Notes
    -----
    Source: ``token_pattern`` and ``lowercase`` of scikit-learn's
    ``CountVectorizer``.
    """
    text = texts.text
    first, second = _LOWERED_IN_CONTEXT
    # Few texts have one of the two, and only these leave the engine.
    lowered = ibis.ifelse(
        text.contains(first) | text.contains(second), _lowered_by_python(text), text.lower()
    )
    return texts.mutate(tokens=regex_matches(lowered, _TOKEN)).drop("text")


def worked_batches(
    engine: Engine,
    tokens: ir.Table,
    work: Callable[[npt.NDArray[np.int64], pa.ListArray], _Found],
    *,
    beside: str = "node",
) -> Iterator[_Found]:
    """Work on some thousand texts at a time, beside the engine.

    Parameters
    ----------
    engine : Engine
        Where the tokens are.
    tokens : ibis.expr.types.Table
        ``tokens``, and a column of integers beside them.
    work : callable
        Takes that column of a batch, shape (n_texts,), and the lists of tokens.
    beside : str
        Name of that column.

    Yields
    ------
    object
        What the work gives for each batch; in no order that means anything.
    """
    rows = tokens.select(beside, "tokens")

    def take(batch: pa.RecordBatch) -> _Found:
        numbers = batch.column(beside).to_numpy(zero_copy_only=False).astype(np.int64)
        return work(numbers, batch.column("tokens"))

    # The engine streams with one thread alone; what is worked on beside leaves it free.
    with ThreadPoolExecutor(engine.threads) as pool:
        waiting: deque[Future[_Found]] = deque()
        for batch in engine.to_batches(rows, n_rows=_TEXTS_PER_BATCH):
            for start, stop in _pieces(batch.column("tokens")):
                waiting.append(pool.submit(take, batch.slice(start, stop - start)))
                if len(waiting) > 2 * engine.threads:
                    yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _pieces(tokens: pa.ListArray) -> Iterator[tuple[int, int]]:
    """Cut texts where they have too many tokens together; a long text is one piece."""
    import pyarrow.compute as pc

    lengths = pc.fill_null(pc.list_value_length(tokens), 0).to_numpy(zero_copy_only=False)
    ends = np.cumsum(lengths, dtype=np.int64)
    start = 0
    while start < ends.size:
        done = int(ends[start - 1]) if start else 0
        stop = int(np.searchsorted(ends, done + _TOKENS_PER_PIECE, side="right"))
        yield start, max(start + 1, stop)
        start = max(start + 1, stop)


def coded(
    tokens: pa.ListArray, words: Sequence[str]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Give each token of each list the number of the word that it is.

    Parameters
    ----------
    tokens : pyarrow.ListArray of str
        Tokens of each text in their order; a null has none.
    words : sequence of str
        The words that count, each once.

    Returns
    -------
    tuple of (ndarray of int32, ndarray of int32), shape (n_tokens,)
        Place of each token among the words, their number for any other token; and
        the text that it stands in.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = pc.fill_null(pc.list_value_length(tokens), 0).to_numpy(zero_copy_only=False)
    # A null of `index_in` is a token of no word.
    places = pc.index_in(tokens.flatten(), value_set=pa.array(words, pa.string()))
    codes = pc.fill_null(places, len(words)).to_numpy(zero_copy_only=False)
    return codes, np.repeat(np.arange(len(tokens), dtype=np.int32), lengths)


@dataclass(frozen=True)
class TermCounter:
    """Counts given terms in lists of tokens.

    Parameters
    ----------
    terms : tuple of str
        Tokens, and pairs of tokens joined by a blank, each once.
    """

    terms: tuple[str, ...]

    @cached_property
    def _words(self) -> list[str]:
        """Tokens of which the terms are made, each once."""
        return sorted({word for term in self.terms for word in term.split(" ")})

    @cached_property
    def _columns(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Column of each word, and of each pair of words; -1 where there is none.

        The last place stands for every other token, so that what surrounds one
        is not taken for neighbours.
        """
        place = {word: number for number, word in enumerate(self._words)}
        single = np.full(len(place) + 1, -1, np.int32)
        double = np.full((len(place) + 1, len(place) + 1), -1, np.int32)
        for column, term in enumerate(self.terms):
            first, *rest = (place[word] for word in term.split(" "))
            if rest:
                double[first, rest[0]] = column
            else:
                single[first] = column
        return single, double

    def count(self, tokens: pa.ListArray) -> csr_array[Any]:
        """Count the terms in each list.

        Parameters
        ----------
        tokens : pyarrow.ListArray of str
            Tokens of each text in their order; a null has none.

        Returns
        -------
        scipy.sparse.csr_array of int32, shape (n_texts, n_terms)
            Counts, columns in the order of the terms, no zero stored.
        """
        from scipy.sparse import coo_array

        codes, text = coded(tokens, self._words)
        single, double = self._columns
        of_pairs = double[codes[:-1], codes[1:]]
        # The last token of a text and the first of the next are no neighbours.
        of_pairs[text[:-1] != text[1:]] = -1
        columns = np.concatenate([single[codes], of_pairs])
        is_term = columns >= 0
        rows = np.concatenate([text, text[:-1]])[is_term]
        ones = np.ones(rows.size, np.int32)
        shape = (len(tokens), len(self.terms))
        return coo_array((ones, (rows, columns[is_term])), shape=shape).tocsr()
