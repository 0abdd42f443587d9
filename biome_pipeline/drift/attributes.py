"""Numbers of models that change from parent to child, by node.

What does not belong here: how much they change (``numeric``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt

    from biome_pipeline.snapshot.card_arrays import CardArrays
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["ATTRIBUTES", "CARD_ATTRIBUTES", "FLAGS", "attribute_values"]

CARD_ATTRIBUTES: tuple[str, ...] = (
    "has_card",
    "is_auto_generated",
    "card_characters",
    "card_characters_bespoke",
    "card_words",
)
"""Those that need cards."""

ATTRIBUTES: tuple[str, ...] = (
    *CARD_ATTRIBUTES,
    "n_languages",
    "n_languages_or_none",
    "likes",
    "downloads",
)
"""Values of the column ``attribute``."""

FLAGS = frozenset({"has_card", "is_auto_generated"})
"""Those that are 0 or 1."""


def attribute_values(
    engine: Engine, models: ir.Table, cards: CardArrays
) -> dict[str, npt.NDArray[np.float64]]:
    """Give every attribute of every model.

    A card that was not read has no length and is not known to be generated; a
    model without a card has neither. ``card_characters_bespoke`` is the length
    of cards that do not say that a program wrote them, and missing for others.
    ``n_languages`` is missing where no language is stated; ``n_languages_or_none``
    is 0 there, as one published mean has it. No likes and no downloads are 0.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    cards : CardArrays
        The cards of the same snapshot.

    Returns
    -------
    dict of str to ndarray of float64, shape (n_nodes,)
        NaN where the number is missing. Without any card `CARD_ATTRIBUTES` are
        not among them.
    """
    rows = engine.to_arrow(
        models.select("node", "likes", "downloads", n_languages=models.languages.length())
    )
    node = rows["node"].to_numpy()

    def spread(column: str) -> npt.NDArray[np.float64]:
        values = np.full(rows.num_rows, np.nan)
        values[node] = rows[column].cast("float64", safe=False).to_numpy()
        return values

    n_languages = spread("n_languages")
    found = {
        "n_languages": np.where(n_languages > 0, n_languages, np.nan),
        "n_languages_or_none": n_languages,
        "likes": spread("likes"),
        "downloads": spread("downloads"),
    }
    if not cards.is_empty:
        found |= {
            "has_card": cards.has_card,
            "is_auto_generated": cards.is_auto_generated,
            "card_characters": cards.characters,
            "card_characters_bespoke": np.where(
                cards.is_auto_generated == 0, cards.characters, np.nan
            ),
            "card_words": cards.words,
        }
    return {name: found[name] for name in ATTRIBUTES if name in found}
