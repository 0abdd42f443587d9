"""The texts that are compared: a model's listing record in four steps, and its card.

What does not belong here: how the record is written (``snapshot.listing_record``)
and how a text becomes a vector (``tokens``, ``vocabulary``, ``vectors``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from biome_pipeline.errors import SimilarityError
from biome_pipeline.snapshot.listing_record import listing_record
from biome_pipeline.warehouse.engine.functions import to_json

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["ABLATIONS", "CARD_RULES", "card_texts", "metadata_texts"]

ABLATIONS = ("all", "no_parent", "no_bookkeeping", "traits")
"""Steps of the leakage ladder, each of which takes more out of the record."""

CARD_RULES = ("first_512", "whole")
"""Which cards are compared, and how much of them: the published rule, the robust one."""

_PARENT = "base_model:"
_REGION = "region:"
_SHORTEST_CARD = 512


def metadata_texts(raw: ir.Table, models: ir.Table, ablation: str) -> ir.Table:
    """Write each model's listing record, whole or without what gives relatives away.

    ``all`` is the record as published. ``no_parent`` lacks the tags that name a
    base model: siblings share such a tag, which their parent lacks.
    ``no_bookkeeping`` also lacks what the Hub notes of the repository: ids, date
    of creation, downloads, likes, trending score, privacy, and tags of regions.
    ``traits`` is only what the model is: license, task, languages, library and
    datasets.

    Parameters
    ----------
    raw : ibis.expr.types.Table
        ``hub.raw_models``.
    models : ibis.expr.types.Table
        ``hub.models`` of the same snapshot.
    ablation : str
        One of `ABLATIONS`.

    Returns
    -------
    ibis.expr.types.Table
        ``node`` and ``text``, one row per model: a JSON object with sorted keys,
        a missing value null. Rows are not in order and not yet computed.

    Raises
    ------
    SimilarityError
        If there is no such step.

    Notes
    -----
    Source: the metadata that section 3 of arXiv 2508.06811 compares; the other
    steps are the project's own.
    """
    _check_choice(ablation, ABLATIONS)
    if ablation == "traits":
        return models.select("node", text=_traits(models))
    records = raw.join(models.select("row_number", "node"), "row_number")
    if ablation == "all":
        return records.select("node", text=listing_record(records))
    records = records.mutate(tags=_without(records.tags, _PARENT))
    if ablation == "no_parent":
        return records.select("node", text=listing_record(records))
    return records.select("node", text=_described(records))


def card_texts(raw_cards: ir.Table, cards: ir.Table, models: ir.Table, rule: str) -> ir.Table:
    """Take the text of each model card that a rule lets in.

    ``first_512``, as published: cards of at least 512 characters, front matter
    included, that are not automatically generated; their first 512 characters,
    front matter included. ``whole``: every card of more than 3 characters with a
    word after its front matter; all that comes after it.

    Parameters
    ----------
    raw_cards : ibis.expr.types.Table
        ``hub.raw_cards``.
    cards : ibis.expr.types.Table
        ``hub.cards`` of the same snapshot.
    models : ibis.expr.types.Table
        ``hub.models`` of the same snapshot.
    rule : str
        One of `CARD_RULES`.

    Returns
    -------
    ibis.expr.types.Table
        ``node`` and ``text``, one row per card that is let in; a character is a
        Unicode code point. Rows are not in order and not yet computed.

    Raises
    ------
    SimilarityError
        If there is no such rule.

    Notes
    -----
    Source: section 3 of arXiv 2508.06811 for ``first_512``; the other rule is
    the project's own.
    """
    _check_choice(rule, CARD_RULES)
    # What is not known of a card, as of one that is not UTF-8, lets it not in.
    if rule == "first_512":
        is_let_in = (cards.characters >= _SHORTEST_CARD) & ~cards.is_auto_generated
    else:
        is_let_in = (cards.body_words > 0) & (cards.outcome != "empty")
    facts = cards.filter(is_let_in).select("model_id", "body_characters")
    rows = (
        raw_cards.select("model_id", "text")
        .join(facts, "model_id")
        .join(models.select("model_id", "node"), "model_id")
    )
    # The body is the end of the text, and where it begins was found once already.
    text = (
        rows.text.substr(0, _SHORTEST_CARD)
        if rule == "first_512"
        else rows.text.right(rows.body_characters)
    )
    return rows.select("node", text=text)


def _described(records: ir.Table) -> ir.StringColumn:
    """Write what is left of the record when the bookkeeping is taken out."""
    record = ibis.struct(
        {
            "library_name": records.library_name,
            "pipeline_tag": records.pipeline_tag,
            "tags": _without(records.tags, _REGION),
        }
    )
    return to_json(record).cast("string")


def _traits(models: ir.Table) -> ir.StringColumn:
    record = ibis.struct(
        {
            "datasets": models.datasets,
            "languages": models.languages,
            "library": models.library_name,
            "license": models.license,
            "task": models.pipeline_tag,
        }
    )
    return to_json(record).cast("string")


def _without(tags: ir.ArrayColumn, prefix: str) -> ir.ArrayColumn:
    # A tag that is null stays, as everything else does.
    return tags.filter(lambda tag: ~tag.startswith(prefix).fill_null(False))


def _check_choice(word: str, words: tuple[str, ...]) -> None:
    if word not in words:
        raise SimilarityError(f"{word!r} is not known", remedy=f"use one of {', '.join(words)}")
