"""What the front matter of a card declares, read once and with suspicion.

A value may be missing, a word, a list, or of a kind that nobody meant; what is
not a word or a list of words is no declaration. What does not belong here:
what the words mean (``vocabulary``) and the text of cards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from biome_pipeline.warehouse.engine.functions import (
    json_fields,
    json_kind,
    json_strings,
    json_text,
    json_valid,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["declared"]


def declared(card_data: ir.StringColumn, *names: str) -> dict[str, ir.ArrayColumn]:
    """Read fields of the front matter as lists of words.

    Parameters
    ----------
    card_data : ibis.expr.types.StringColumn
        Front matter as JSON text; may be NULL or no JSON at all.
    *names : str
        Fields to read.

    Returns
    -------
    dict of str to ibis.expr.types.ArrayColumn
        For each field its words in order, stripped, possibly empty; NULL if
        the field is absent or no word and no list. A boolean is a word, as
        YAML reads the language code ``no`` as one. Values that are not words
        stand in lists as their JSON text.
    """
    document = ibis.ifelse(json_valid(card_data), card_data, ibis.null("string"))
    found = json_fields(document, ibis.array([f"$.{name}" for name in names]))
    return {name: _words(found[place]) for place, name in enumerate(names)}


def _words(value: ir.StringColumn) -> ir.ArrayColumn:
    kind = json_kind(value)
    words = ibis.cases(
        (kind == "ARRAY", json_strings(value, '["VARCHAR"]')),
        (kind.isin(["VARCHAR", "BOOLEAN"]), ibis.array([json_text(value, "$")])),
        else_=ibis.null("array<string>"),
    )
    return words.filter(lambda word: word.notnull()).map(lambda word: word.strip())
