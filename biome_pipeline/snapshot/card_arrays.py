"""What is known of each model's card, as arrays by node.

A model may have no card, a card that was read, a card that could not be read,
or nothing may be known of it: these four are kept apart, because a mean over
cards says nothing of the cards that were not read.

What does not belong here: what is computed of them (``documentation``, ``drift``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import numpy as np

from biome_pipeline.vocabulary.card_sections import SECTIONS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["NOT_ASKED", "CardArrays", "card_arrays"]

NOT_ASKED = "not_asked"
"""The outcome of a model whose card was not asked for, which may have no row in ``hub.cards``."""

# "Has a card: more than 3 characters", the published rule.
_LONGEST_EMPTY_CARD = 3
_WITHOUT_CARD = ("missing", "empty")
# There is a file, but no text that could be measured.
_WITH_UNREAD_CARD = ("too_large", "not_utf8")


@dataclass(frozen=True, eq=False)
class CardArrays:
    """The cards of one snapshot, one place per node.

    Attributes
    ----------
    outcomes : tuple of str
        Names of the outcomes that occur; the first is `NOT_ASKED`.
    outcome : ndarray of int64, shape (n_nodes,)
        Place in `outcomes`.
    has_card : ndarray of float64, shape (n_nodes,)
        1 or 0; NaN where it is not known whether there is a card. A card has
        more than 3 characters (section 5 of arXiv 2508.06811); a file that is
        too large or not UTF-8 is a card, but not a read one.
    characters, words : ndarray of float64, shape (n_nodes,)
        Length of the whole card; NaN unless it was read.
    is_auto_generated : ndarray of float64, shape (n_nodes,)
        1 or 0; NaN unless the card was read.
    sections : ndarray of bool, shape (n_nodes, 7)
        Whether the card has each of `SECTIONS`; False unless it was read.
    """

    outcomes: tuple[str, ...]
    outcome: npt.NDArray[np.int64]
    has_card: npt.NDArray[np.float64]
    characters: npt.NDArray[np.float64]
    words: npt.NDArray[np.float64]
    is_auto_generated: npt.NDArray[np.float64]
    sections: npt.NDArray[np.bool_]

    @property
    def is_read(self) -> npt.NDArray[np.bool_]:
        """Whether each model has a card whose text was read.

        Returns
        -------
        ndarray of bool, shape (n_nodes,)
            Whether `characters` has a number.
        """
        return ~np.isnan(self.characters)

    @property
    def is_empty(self) -> bool:
        """Whether no card was asked for at all.

        Returns
        -------
        bool
            As of a snapshot from a file, which has no cards.
        """
        return len(self.outcomes) == 1


def card_arrays(engine: Engine, cards: ir.Table, models: ir.Table) -> CardArrays:
    """Bring ``hub.cards`` into arrays by node.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    cards : ibis.expr.types.Table
        ``hub.cards``.
    models : ibis.expr.types.Table
        ``hub.models`` of the same snapshot.

    Returns
    -------
    CardArrays
        One place per model.
    """
    import pyarrow.compute as pc

    n_nodes = engine.count_rows(models)
    flags = [f"has_{section}" for section in SECTIONS]
    rows = engine.to_arrow(
        cards.join(models.select("model_id", "node"), "model_id").select(
            "node",
            "outcome",
            "characters",
            "words",
            "is_auto_generated",
            # Seven flags as one number: a column each would take as long as all the rest.
            sections=sum(
                (
                    ibis.ifelse(cards[flag].fill_null(False), 1 << bit, 0)
                    for bit, flag in enumerate(flags)
                ),
                ibis.literal(0),
            ).cast("int16"),
        )
    )
    node = rows["node"].to_numpy()
    names = set(rows["outcome"].unique().to_pylist()) - {NOT_ASKED}
    outcomes = (NOT_ASKED, *sorted(names))
    codes = pc.index_in(rows["outcome"], value_set=_texts(outcomes)).to_numpy().astype(np.int64)
    outcome = np.zeros(n_nodes, np.int64)
    outcome[node] = codes

    def spread(column: str) -> npt.NDArray[np.float64]:
        values = np.full(n_nodes, np.nan)
        values[node] = rows[column].cast("float64", safe=False).to_numpy()
        return values

    characters = spread("characters")
    has_card = np.full(n_nodes, np.nan)
    has_card[np.isin(outcome, _places(outcomes, _WITHOUT_CARD))] = 0
    has_card[np.isin(outcome, _places(outcomes, _WITH_UNREAD_CARD))] = 1
    is_measured = ~np.isnan(characters)
    has_card[is_measured] = characters[is_measured] > _LONGEST_EMPTY_CARD
    is_read = is_measured & (has_card == 1)
    bits = np.zeros(n_nodes, np.int16)
    bits[node] = rows["sections"].to_numpy()
    sections = (bits[:, None] >> np.arange(len(SECTIONS), dtype=np.int16) & 1).astype(np.bool_)
    return CardArrays(
        outcomes=outcomes,
        outcome=outcome,
        has_card=has_card,
        characters=np.where(is_read, characters, np.nan),
        words=np.where(is_read, spread("words"), np.nan),
        is_auto_generated=np.where(is_read, spread("is_auto_generated"), np.nan),
        sections=sections & is_read[:, None],
    )


def _texts(words: tuple[str, ...]) -> object:
    import pyarrow as pa

    return pa.array(words, pa.string())


def _places(words: tuple[str, ...], chosen: tuple[str, ...]) -> list[int]:
    return [place for place, word in enumerate(words) if word in chosen]
