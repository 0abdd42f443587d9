"""Kinds of texts that are compared, and where their texts come from.

What does not belong here: what is left in a text (``texts``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from biome_pipeline.similarity.texts import ABLATIONS, CARD_RULES, card_texts, metadata_texts

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["KINDS", "Kind", "Sources"]


@dataclass(frozen=True)
class Kind:
    """One kind of text.

    Parameters
    ----------
    text : str
        ``metadata`` or ``card``.
    ablation : str
        What is left in it.
    """

    text: str
    ablation: str

    @property
    def has_edit_distance(self) -> bool:
        """Whether edit distances are taken: of whole cards they would mostly tell the lengths."""
        return self.ablation != "whole"

    @property
    def is_shared(self) -> bool:
        """Whether most texts are those of many models: without ids, dates and counts."""
        return self.ablation in {"no_bookkeeping", "traits"}


KINDS: tuple[Kind, ...] = (
    *(Kind("metadata", ablation) for ablation in ABLATIONS),
    *(Kind("card", rule) for rule in CARD_RULES),
)
"""All kinds, the published ones first in their text."""


@dataclass(frozen=True)
class Sources:
    """The tables of one snapshot that texts are made of.

    Parameters
    ----------
    raw_models, models, raw_cards, cards : ibis.expr.types.Table
        ``hub.raw_models``, ``hub.models``, ``hub.raw_cards``, ``hub.cards``.
    """

    raw_models: ir.Table
    models: ir.Table
    raw_cards: ir.Table
    cards: ir.Table

    def texts(self, kind: Kind, wanted: ir.Table | None = None) -> ir.Table:
        """Give the texts of one kind.

        Parameters
        ----------
        kind : Kind
            One of `KINDS`.
        wanted : ibis.expr.types.Table, optional
            ``node`` of the models whose texts are made; of all if not given.

        Returns
        -------
        ibis.expr.types.Table
            ``node`` and ``text``, one row per model that has one.
        """
        models = self.models if wanted is None else self.models.semi_join(wanted, "node")
        if kind.text == "card":
            return card_texts(self.raw_cards, self.cards, models, kind.ablation)
        return metadata_texts(self.raw_models, models, kind.ablation)

    def nodes(self, kind: Kind) -> ir.Table:
        """Give the models that have a text of one kind, without making any text.

        Parameters
        ----------
        kind : Kind
            One of `KINDS`.

        Returns
        -------
        ibis.expr.types.Table
            ``node``, each once.
        """
        if kind.text != "card":
            return self.models.select("node")
        texts = self.texts(kind)
        return texts.filter(texts.text.notnull()).select("node")
