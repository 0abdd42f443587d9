"""Which sections the cards have, by group: what is said of a model, and what is not.

What does not belong here: how a section is recognised (``snapshot.card_outline``,
``vocabulary.card_sections``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.documentation.groups import GROUPS, model_groups
from biome_pipeline.inference.ratios import ratios
from biome_pipeline.provenance import derive_seed
from biome_pipeline.snapshot.card_arrays import card_arrays
from biome_pipeline.vocabulary.card_sections import SECTIONS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.documentation.groups import Groups
    from biome_pipeline.settings import Settings
    from biome_pipeline.snapshot.card_arrays import CardArrays
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["section_rows", "sections"]


def sections(
    engine: Engine,
    *,
    cards: ir.Table,
    models: ir.Table,
    edges: ir.Table,
    members: ir.Table,
    settings: Settings,
) -> pa.Table:
    """Make ``documentation.sections``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    cards : ibis.expr.types.Table
        ``hub.cards``.
    models : ibis.expr.types.Table
        ``hub.models``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``documentation.sections`` but ``snapshot``; no rows if no
        card was asked for.
    """
    from biome_pipeline.warehouse.tables.documentation import SECTION_SHARES

    read = card_arrays(engine, cards, models)
    rows: list[dict[str, Any]] = []
    if not read.is_empty:
        rows = section_rows(
            read,
            model_groups(engine, edges, members, models),
            n_replicates=settings.bootstrap_replicates,
            seed=derive_seed(settings.seed, SECTION_SHARES.name),
        )
    return SECTION_SHARES.from_rows(rows)


def section_rows(
    cards: CardArrays, groups: Groups, *, n_replicates: int, seed: int
) -> list[dict[str, Any]]:
    """Give the share of cards with each section, in each group.

    Parameters
    ----------
    cards : CardArrays
        The cards.
    groups : Groups
        Who is in which group.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    list of dict
        Rows of ``documentation.sections``: cards that were read, one row per
        group and section, in the orders of `GROUPS` and of `SECTIONS`.
    """
    numerators, denominators, n_units = [], [], []
    for name in GROUPS:
        nodes = groups.members[name]
        own = nodes[cards.is_read[nodes]]
        n_cards = groups.by_lot(own, np.ones(own.size))
        for k in range(len(SECTIONS)):
            numerators.append(groups.by_lot(own, cards.sections[own, k].astype(np.float64)))
            denominators.append(n_cards)
        n_units += [groups.count_units(own)] * len(SECTIONS)
    numerator = np.stack(numerators, axis=1)
    denominator = np.stack(denominators, axis=1)
    found = ratios(
        numerator,
        denominator,
        np.ones(numerator.shape[1], np.bool_),
        np.array(n_units),
        n_replicates=n_replicates,
        seed=seed,
    )
    places = [(name, section) for name in GROUPS for section in SECTIONS]
    return [
        {
            "group": name,
            "section": section,
            "n": int(denominator[:, k].sum()),
            "n_missing": int(groups.members[name].size - denominator[:, k].sum()),
            "n_with_section": int(numerator[:, k].sum()),
            "share": found[k].value,
            "ci_low": found[k].ci_low,
            "ci_high": found[k].ci_high,
            "n_units": found[k].n_units,
        }
        for k, (name, section) in enumerate(places)
    ]
