"""Where descent is declared: tags, the Hub's own structure, and the card.

What does not belong here: whether a declared parent exists (``parents``) and
what becomes an edge (``edges``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from biome_pipeline.snapshot.front_matter import declared
from biome_pipeline.vocabulary.relations import TYPED_RELATIONS

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["PLACES", "declarations"]

# Where a parent can be declared, in the order in which tables list them.
PLACES = ("base_models", "card", "tags")

_PREFIX = "base_model:"
# A word before a colon is a relation that nobody knows, unless what follows
# makes it the scheme of an address or the letter of a drive.
_UNKNOWN = r"^([a-z][a-z_-]*):[^/\\]"


def declarations(engine: Engine, raw: ir.Table, models: ir.Table) -> ir.Table:
    """List every declaration of a parent, from all three places.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    raw : ibis.expr.types.Table
        ``hub.raw_models``.
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    ibis.expr.types.Table
        ``child_node``, ``declared_parent`` (stripped, may be empty),
        ``relation`` (NULL if bare), ``unknown_relation`` (a word that is no
        relation, else NULL) and ``place`` (tags, base_models or card). The
        same declaration may stand in it more than once.
    """
    # Most models declare nothing: the others are found in one pass.
    marked = raw.select(
        "row_number",
        "base_models",
        "base_models_relation",
        tags=raw.tags.filter(lambda tag: tag.startswith(_PREFIX)),
        card_data=ibis.ifelse(
            raw.card_data.contains("base_model"), raw.card_data, ibis.null("string")
        ),
    )
    marked = marked.filter(
        (marked.tags.length() > 0) | (marked.base_models.length() > 0) | marked.card_data.notnull()
    )
    children = engine.materialize(
        marked.join(models.select("row_number", "node"), "row_number").select(
            "tags", "card_data", "base_models", "base_models_relation", child_node="node"
        )
    )
    return _from_tags(children).union(_from_structure(children)).union(_from_card(children))


def _from_tags(children: ir.Table) -> ir.Table:
    words = children.tags.map(lambda tag: tag.substr(len(_PREFIX)))
    tags = children.select("child_node", word=words.unnest())
    typed = ibis.cases(
        *((tags.word.startswith(f"{relation}:"), relation) for relation in TYPED_RELATIONS)
    )
    unknown = ibis.ifelse(
        typed.isnull() & tags.word.contains(":"),
        tags.word.re_extract(_UNKNOWN, 1).nullif(""),
        ibis.null("string"),
    )
    word_length = ibis.coalesce(typed, unknown).length() + 1
    return tags.select(
        "child_node",
        declared_parent=tags.word.substr(word_length.fill_null(0)).strip(),
        relation=typed,
        unknown_relation=unknown,
        place=ibis.literal("tags"),
    )


def _from_structure(children: ir.Table) -> ir.Table:
    named = children.filter(children.base_models.length() > 0)
    rows = named.select(
        "child_node",
        declared_parent=named.base_models.unnest(),
        word=named.base_models_relation.lower().strip().nullif(""),
    )
    return _with_relation(rows.filter(rows.declared_parent.notnull()), "base_models")


def _from_card(children: ir.Table) -> ir.Table:
    hinted = children.filter(children.card_data.notnull())
    found = declared(hinted.card_data, "base_model", "base_model_relation")
    lists = hinted.select(
        "child_node",
        entries=found["base_model"],
        word=found["base_model_relation"][0].lower().nullif(""),
    )
    entries = lists.filter(lists.entries.length() > 0).select(
        "child_node", "word", entry=lists.entries.unnest()
    )
    # An id holds no comma: a text with commas is several parents in one string.
    parts = entries.select(
        "child_node",
        "word",
        "entry",
        declared_parent=ibis.ifelse(
            entries.entry.contains(","), entries.entry.split(","), ibis.array([entries.entry])
        )
        .unnest()
        .strip(),
    )
    named = parts.filter((parts.declared_parent != "") | (parts.entry == ""))
    return _with_relation(named.drop("entry"), "card")


def _with_relation(rows: ir.Table, place: str) -> ir.Table:
    is_typed = rows.word.isin(TYPED_RELATIONS).fill_null(False)
    return rows.select(
        "child_node",
        declared_parent=rows.declared_parent.strip(),
        relation=ibis.ifelse(is_typed, rows.word, ibis.null("string")),
        unknown_relation=ibis.ifelse(is_typed, ibis.null("string"), rows.word),
        place=ibis.literal(place),
    )
