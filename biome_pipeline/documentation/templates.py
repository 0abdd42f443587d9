"""Templates: cards that many models share but for names, numbers and dates.

Two steps. Cards whose words are the same when what differs between copies is
taken out (``hub.cards.body_sha256``: names of the model and its owner, months,
and every word with a digit or a mark of ids, links and tables) are one body.
Bodies of which at least 80 % of the runs of three such words are the same are
one template (``near_duplicates``). The second step reads texts, so that it looks
at the `MOST_COMPARED` bodies with most models; of more, those beyond stay what
they are, and say so.

What does not belong here: how words are masked (``snapshot.cards``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np

from biome_pipeline.documentation.near_duplicates import leaders
from biome_pipeline.inference.ratios import wilson_interval
from biome_pipeline.provenance import derive_seed
from biome_pipeline.snapshot.cards import template_words

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["MOST_COMPARED", "author_interval", "templates"]

MOST_COMPARED = 20_000
"""Bodies that are compared with each other: those of most models, ties by their digest."""

# Of a longer card the beginning, as it is long enough to tell templates apart.
_LONGEST_TEXT = 10_000
_CARDS_PER_BATCH = 1_024
_Z = 1.959963984540054


def templates(
    engine: Engine,
    *,
    cards: ir.Table,
    raw_cards: ir.Table,
    models: ir.Table,
    settings: Settings,
    most_compared: int = MOST_COMPARED,
) -> pa.Table:
    """Make ``documentation.templates``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    cards : ibis.expr.types.Table
        ``hub.cards``.
    raw_cards : ibis.expr.types.Table
        ``hub.raw_cards``.
    models : ibis.expr.types.Table
        ``hub.models``.
    settings : Settings
        The seed.
    most_compared : int, default `MOST_COMPARED`
        How many bodies are compared with each other.

    Returns
    -------
    pyarrow.Table
        Columns of ``documentation.templates`` but ``snapshot``; a template is
        shared by at least two models.
    """
    import pyarrow as pa

    owned = models.select(
        "model_id",
        # An old id has no owner: such a model stands for itself.
        owner=ibis.coalesce(models.author, models.model_id),
    )
    with_words = cards.filter(cards.body_sha256.notnull() & (cards.characters > 3))
    copies = engine.materialize(
        with_words.select("model_id", "body_sha256", "is_auto_generated").join(owned, "model_id")
    )
    bodies = engine.materialize(
        copies.group_by("body_sha256").agg(n=copies.count(), example_id=copies.model_id.min())
    )
    order = (bodies.n.desc(), bodies.body_sha256)
    compared = engine.to_arrow(bodies.order_by(*order).limit(most_compared))
    leader = _leaders(engine, raw_cards, compared, derive_seed(settings.seed, "templates"))
    digests = compared["body_sha256"].combine_chunks()
    followed = engine.memory_table(
        pa.table({"body_sha256": digests, "template_id": digests.take(pa.array(leader))})
    )
    named = copies.left_join(followed, "body_sha256")
    named = named.select(
        "owner",
        "body_sha256",
        template_id=ibis.coalesce(named.template_id, named.body_sha256),
        is_compared=named.template_id.notnull(),
    )
    found = engine.to_arrow(_described(named, copies, bodies))
    engine.release(copies)
    engine.release(bodies)
    return _with_intervals(found)


def author_interval(
    n_models: npt.NDArray[np.float64],
    sum_of_squares: npt.NDArray[np.float64],
    sum_of_products: npt.NDArray[np.float64],
    *,
    n_cards: int,
    sum_of_card_squares: float,
    n_authors: int,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Give the 95 % interval of shares of cards, with authors as clusters.

    The share is a ratio of two sums over authors, y_a of their m_a cards; its
    variance is linearised (Cochran 1977, "Sampling Techniques", section 6.4),
    and its interval is symmetric in log odds, so that it stays within 0 to 1.

    Parameters
    ----------
    n_models : ndarray of float64, shape (n_templates,)
        Sum of y_a.
    sum_of_squares : ndarray of float64, shape (n_templates,)
        Sum of y_a squared.
    sum_of_products : ndarray of float64, shape (n_templates,)
        Sum of y_a m_a.
    n_cards : int
        Sum of m_a.
    sum_of_card_squares : float
        Sum of m_a squared.
    n_authors : int
        Authors with a card.

    Returns
    -------
    ci_low, ci_high : ndarray of float64, shape (n_templates,)
        NaN with fewer than two authors; where every card is of the template,
        Wilson's with authors for trials.
    """
    low, high = np.full(n_models.shape, np.nan), np.full(n_models.shape, np.nan)
    if n_authors < 2:
        return low, high
    share = n_models / n_cards
    is_all = share >= 1
    squares = sum_of_squares - 2 * share * sum_of_products + share**2 * sum_of_card_squares
    # Never below 0 but for rounding.
    error = np.sqrt(np.maximum(squares, 0) * n_authors / (n_authors - 1)) / n_cards
    some = np.where(is_all, 0.5, share)
    odds = np.log(some / (1 - some))
    half = _Z * error / (some * (1 - some))
    # Beyond this the end is 0 or 1 to the last digit.
    low = 1 / (1 + np.exp(np.minimum(half - odds, 700)))
    high = 1 / (1 + np.exp(-np.minimum(odds + half, 700)))
    if is_all.any():
        low[is_all], high[is_all] = wilson_interval(n_authors, n_authors)
    return low, high


def _leaders(
    engine: Engine, raw_cards: ir.Table, compared: pa.Table, seed: int
) -> npt.NDArray[np.int64]:
    import pyarrow as pa

    place = {name: k for k, name in enumerate(compared["example_id"].to_pylist())}
    wanted = engine.memory_table(pa.table({"model_id": compared["example_id"]}))
    texts = raw_cards.semi_join(wanted, "model_id").select(
        "model_id", text=raw_cards.text.substr(0, _LONGEST_TEXT)
    )
    words: list[list[str]] = [[] for _ in place]
    for batch in engine.to_batches(texts, n_rows=_CARDS_PER_BATCH):
        read = batch.to_pydict()
        for model_id, text in zip(read["model_id"], read["text"], strict=True):
            words[place[model_id]] = template_words(model_id, text)
    return leaders(words, seed=seed)


def _described(named: ir.Table, copies: ir.Table, bodies: ir.Table) -> ir.Table:
    """Count models, authors and bodies of each template of two models or more."""
    of_author = named.group_by("template_id", "owner").agg(y=named.count())
    cards_of_author = copies.group_by("owner").agg(m=copies.count())
    paired = of_author.join(cards_of_author, "owner")
    by_author = paired.group_by("template_id").agg(
        n_models=paired.y.sum(),
        n_authors=paired.count(),
        sum_of_squares=(paired.y.cast("float64") ** 2).sum(),
        sum_of_products=(paired.y.cast("float64") * paired.m).sum(),
    )
    shared = by_author.filter(by_author.n_models > 1)
    by_body = named.group_by("template_id").agg(
        n_bodies=named.body_sha256.nunique(), is_compared=named.is_compared.any()
    )
    auto = copies.select("model_id", "is_auto_generated")
    example = bodies.rename(template_id="body_sha256", n_exact="n")
    total = cards_of_author.agg(
        n=cards_of_author.m.sum(),
        n_all_authors=cards_of_author.count(),
        sum_of_card_squares=(cards_of_author.m.cast("float64") ** 2).sum(),
    )
    return (
        shared.join(by_body, "template_id")
        .join(example, "template_id")
        .join(auto, example.example_id == auto.model_id)
        .cross_join(total)
        .order_by(ibis.desc("n_models"), "template_id")
    )


def _with_intervals(found: pa.Table) -> pa.Table:
    import pyarrow as pa

    def column(name: str) -> npt.NDArray[np.float64]:
        values: npt.NDArray[np.float64] = found[name].cast("float64").to_numpy()
        return values

    low, high = np.zeros(0), np.zeros(0)
    if found.num_rows:
        low, high = author_interval(
            column("n_models"),
            column("sum_of_squares"),
            column("sum_of_products"),
            n_cards=found["n"][0].as_py(),
            sum_of_card_squares=found["sum_of_card_squares"][0].as_py(),
            n_authors=found["n_all_authors"][0].as_py(),
        )
    names = ("template_id", "n_models", "n_authors", "n_bodies", "n_exact", "n")
    return pa.table(
        {
            **{name: found[name] for name in names},
            "share": column("n_models") / column("n"),
            "ci_low": pa.array(low, pa.float64(), mask=np.isnan(low)),
            "ci_high": pa.array(high, pa.float64(), mask=np.isnan(high)),
            "is_compared": found["is_compared"],
            "is_auto_generated": found["is_auto_generated"],
            "example_id": found["example_id"],
        }
    )
