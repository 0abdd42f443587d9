"""Counts by published rules that no finished table has: over tags, pairs and cards.

The public code of "Anatomy of a Machine Learning Ecosystem" (arXiv 2508.06811) takes
traits from tags alone, and counts edges where our tables count models.

What does not belong here: what is looked up in a finished table (``readings``).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = [
    "count_fertile_edges",
    "count_flows",
    "count_kept_cards",
    "count_license_tags",
    "count_named_languages",
    "count_only_parents",
    "count_relations",
    "language_codes",
    "largest_of_class",
    "pairs_with_cards",
]

_SHORTEST_KEPT = 512
_LONGEST_EMPTY = 3
_UNREAD = ("too_large", "not_utf8")


@cache
def language_codes() -> dict[str, str]:
    """Give the two-letter code of every language that the published counts may name.

    Returns
    -------
    dict of str to str
        Code of ISO 639-1 by English name.
    """
    import pycountry

    found = {
        language.name: language.alpha_2
        for language in pycountry.languages
        if hasattr(language, "alpha_2")
    }
    # As the published counts name them.
    return found | {"Dhivehi": "dv", "Nyanja": "ny"}


def _rows(engine: Engine, expression: ir.Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = engine.to_arrow(expression).to_pylist()
    return found


def count_license_tags(engine: Engine, models: ir.Table) -> dict[str, int]:
    """Count the models with each tag ``license:``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    dict of str to int
        By license.
    """
    # Filtered before they are unnested: a Hub has tens of millions of tags.
    own = models.tags.filter(lambda tag: tag.startswith("license:")).unique()
    tags = models.select(tag=own.unnest())
    counted = tags.group_by(value=tags.tag.substr(len("license:"))).aggregate(n=tags.count())
    return {row["value"]: row["n"] for row in _rows(engine, counted)}


def count_named_languages(
    engine: Engine, models: ir.Table
) -> tuple[dict[str, int], dict[int, int]]:
    """Count the models with each tag that is a code of ISO 639-1.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    tuple of (dict of str to int, dict of int to int)
        Models by code, and models by how many of them they have.
    """
    codes = sorted(set(language_codes().values()))
    own = models.select(named=models.tags.filter(lambda tag: tag.isin(codes)).unique())
    own = engine.materialize(own.select("named", many=own.named.length().fill_null(0)))
    tags = own.select(tag=own.named.unnest())
    by_code = _rows(engine, tags.group_by("tag").aggregate(n=tags.count()))
    by_many = _rows(engine, own.group_by("many").aggregate(n=own.count()))
    return (
        {row["tag"]: row["n"] for row in by_code},
        {int(row["many"]): row["n"] for row in by_many},
    )


def count_relations(engine: Engine, raw_models: ir.Table) -> dict[str, int]:
    """Count models by the relation of the Hub's own structure of parents.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    raw_models : ibis.expr.types.Table
        ``hub.raw_models``.

    Returns
    -------
    dict of str to int
        By relation; nothing if the source does not give the structure.
    """
    stated = raw_models.filter(raw_models.base_models.length() > 0)
    counted = stated.group_by(relation=stated.base_models_relation).aggregate(n=stated.count())
    return {row["relation"] or "": row["n"] for row in _rows(engine, counted)}


def count_only_parents(engine: Engine, edges: ir.Table, parents: Collection[str]) -> dict[str, int]:
    """Count the models whose tags name one parent and no other.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    parents : collection of str
        Which parents.

    Returns
    -------
    dict of str to int
        By parent, where there is any.
    """
    tagged = edges.filter(edges.pair_declared_by.contains("tags"))
    pairs = tagged.select("parent_id", "child_id").distinct()
    only = pairs.group_by("child_id").aggregate(many=pairs.count(), parent_id=pairs.parent_id.max())
    only = only.filter((only.many == 1) & only.parent_id.isin(sorted(parents)))
    counted = only.group_by("parent_id").aggregate(n=only.count())
    return {row["parent_id"]: row["n"] for row in _rows(engine, counted)}


def count_fertile_edges(engine: Engine, edges: ir.Table) -> dict[str, int]:
    """Count the edges, merges aside, whose child has a child in the same graph.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.

    Returns
    -------
    dict of str to int
        By relation.
    """
    kept = edges.filter(~edges.is_excluded & (edges.relation != "merge"))
    parents = kept.select(child_id=kept.parent_id).distinct()
    fertile = kept.semi_join(parents, "child_id")
    counted = fertile.group_by("relation").aggregate(n=fertile.count())
    return {row["relation"]: row["n"] for row in _rows(engine, counted)}


def pairs_with_cards(engine: Engine, edges: ir.Table, cards: ir.Table) -> dict[str, float | None]:
    """Count pairs by the cards of both ends; no card is none that is generated.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    cards : ibis.expr.types.Table
        ``hub.cards``.

    Returns
    -------
    dict of str to (float or None)
        ``n`` pairs, ``both_have_card`` of them, and ``delta_p_auto``: the share of
        children less that of parents whose card says that it is generated.
    """
    is_read = (cards.characters > _LONGEST_EMPTY).fill_null(False)
    flags = cards.select(
        "model_id",
        has_card=is_read | cards.outcome.isin(_UNREAD),
        is_auto=(is_read & cards.is_auto_generated).fill_null(False),
    )
    kept = edges.filter(~edges.is_excluded)
    pairs = kept.select("parent_id", "child_id").distinct()
    for end in ("parent", "child"):
        own = flags.select(
            **{
                f"{end}_id": flags.model_id,
                f"{end}_card": flags.has_card,
                f"{end}_auto": flags.is_auto,
            }
        )
        pairs = pairs.left_join(own, f"{end}_id").drop(f"{end}_id_right")

    def known(column: str) -> ir.BooleanValue:
        return pairs[column].fill_null(False)

    found = pairs.aggregate(
        n=pairs.count(),
        both_have_card=(known("parent_card") & known("child_card")).sum(),
        delta_p_auto=known("child_auto").cast("float64").mean()
        - known("parent_auto").cast("float64").mean(),
    )
    return _rows(engine, found)[0]


def count_kept_cards(engine: Engine, cards: ir.Table) -> int:
    """Count the cards that the published comparison keeps.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    cards : ibis.expr.types.Table
        ``hub.cards``.

    Returns
    -------
    int
        Cards of at least 512 characters that do not say that they are generated.
    """
    return engine.count_rows(
        cards.filter((cards.characters >= _SHORTEST_KEPT) & ~cards.is_auto_generated)
    )


def count_flows(
    engine: Engine, transitions: ir.Table
) -> dict[tuple[str, str], list[tuple[str, str, int, int]]]:
    """Give the transitions of every pair of values, both ways.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    transitions : ibis.expr.types.Table
        ``drift.transitions``.

    Returns
    -------
    dict of tuple of (str, str) to list of tuple of (str, str, int, int)
        By graph and trait: two values in order, transitions from the first to the
        second, and back.
    """
    is_forward = transitions.source < transitions.target
    counts = transitions.transitions
    folded = transitions.group_by(
        "graph",
        "trait",
        first=ibis.least(transitions.source, transitions.target),
        second=ibis.greatest(transitions.source, transitions.target),
    ).aggregate(
        forth=ibis.ifelse(is_forward, counts, 0).sum().cast("int64"),
        back=ibis.ifelse(is_forward, 0, counts).sum().cast("int64"),
    )
    found: dict[tuple[str, str], list[tuple[str, str, int, int]]] = {}
    for row in _rows(engine, folded.order_by("graph", "trait", "first", "second")):
        pair = (row["first"], row["second"], row["forth"], row["back"])
        found.setdefault((row["graph"], row["trait"]), []).append(pair)
    return found


def largest_of_class(
    engine: Engine, models: ir.Table, bounds: Iterable[tuple[str, float, float]], many: int
) -> dict[str, list[dict[str, Any]]]:
    """List the models of size classes that were downloaded most of all time.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    bounds : iterable of tuple of (str, float, float)
        Name of a class, and its billions of parameters: from the first, below the second.
    many : int
        Models of each class.

    Returns
    -------
    dict of str to list of dict
        By class: id, parameters and downloads, most downloaded first.
    """
    billions = models.parameters / 1e9
    columns = ("model_id", "parameters", "downloads_all_time")
    found = {}
    for name, low, high in bounds:
        own = models.filter((billions >= low) & (billions < high))
        own = own.filter(own.downloads_all_time.notnull()).select(*columns)
        top = own.order_by(own.downloads_all_time.desc(), "model_id").limit(many)
        found[name] = _rows(engine, top)
    return found
