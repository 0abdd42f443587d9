"""Who has a card, how long it is, and whether a program wrote it, by group.

Sources: section 5 of arXiv 2508.06811 for what a card is and when it counts as
generated; groups, intervals and the count of unread cards are the project's own.

What does not belong here: what stands in the cards (``sections``, ``templates``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.documentation.groups import GROUPS, model_groups
from biome_pipeline.documentation.published import PUBLISHED, PUBLISHED_COLUMNS
from biome_pipeline.inference.ratios import Ratio, ratios
from biome_pipeline.provenance import derive_seed
from biome_pipeline.snapshot.card_arrays import CardArrays, card_arrays

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.documentation.groups import Groups
    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["coverage", "coverage_rows"]

_RATIOS = ("share_with_card", "mean_characters", "mean_words", "share_auto_generated")
_SHARES = np.array([name.startswith("share_") for name in _RATIOS])


def coverage(
    engine: Engine,
    *,
    cards: ir.Table,
    models: ir.Table,
    edges: ir.Table,
    members: ir.Table,
    settings: Settings,
) -> pa.Table:
    """Make ``documentation.coverage``.

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
        Columns of ``documentation.coverage`` but ``snapshot``; no rows if no
        card was asked for.
    """
    from biome_pipeline.warehouse.tables.documentation import COVERAGE

    read = card_arrays(engine, cards, models)
    rows: list[dict[str, Any]] = []
    if not read.is_empty:
        rows = coverage_rows(
            read,
            model_groups(engine, edges, members, models),
            n_replicates=settings.bootstrap_replicates,
            seed=derive_seed(settings.seed, COVERAGE.name),
        )
    return COVERAGE.from_rows(rows)


def coverage_rows(
    cards: CardArrays, groups: Groups, *, n_replicates: int, seed: int
) -> list[dict[str, Any]]:
    """Describe the cards of each group.

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
        Rows of ``documentation.coverage``, in the order of `GROUPS`; a group
        without models has a row that says so.
    """
    parts = [_sums(cards, groups, groups.members[name]) for name in GROUPS]
    found = ratios(
        np.concatenate([numerator for numerator, _, _ in parts], axis=1),
        np.concatenate([denominator for _, denominator, _ in parts], axis=1),
        np.tile(_SHARES, len(GROUPS)),
        np.concatenate([n_units for _, _, n_units in parts]),
        n_replicates=n_replicates,
        seed=seed,
    )
    return [
        {
            "group": name,
            **_counts(cards, groups.members[name]),
            **_estimates(found[k * len(_RATIOS) : (k + 1) * len(_RATIOS)]),
            **{
                f"published_{column}": PUBLISHED.get(name, {}).get(column)
                for column in PUBLISHED_COLUMNS
            },
        }
        for k, name in enumerate(GROUPS)
    ]


def _sums(
    cards: CardArrays, groups: Groups, nodes: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Give numerator and denominator of `_RATIOS` by lot, and the units behind each."""
    is_known = ~np.isnan(cards.has_card[nodes])
    is_read = cards.is_read[nodes]
    known = groups.by_lot(nodes, is_known.astype(np.float64))
    read = groups.by_lot(nodes, is_read.astype(np.float64))
    columns = (cards.has_card, cards.characters, cards.words, cards.is_auto_generated)
    numerators = [groups.by_lot(nodes, column[nodes]) for column in columns]
    n_known, n_read = groups.count_units(nodes[is_known]), groups.count_units(nodes[is_read])
    return (
        np.stack(numerators, axis=1),
        np.stack([known, read, read, read], axis=1),
        np.array([n_known, n_read, n_read, n_read]),
    )


def _counts(cards: CardArrays, nodes: npt.NDArray[np.int64]) -> dict[str, Any]:
    has_card = cards.has_card[nodes]
    outcomes = np.bincount(cards.outcome[nodes], minlength=len(cards.outcomes))
    row: dict[str, Any] = {
        "n": int(nodes.size),
        "n_missing": int(np.isnan(has_card).sum()),
        "n_with_card": int(np.nansum(has_card)),
        "n_read": int(cards.is_read[nodes].sum()),
        "n_auto_generated": int(np.nansum(cards.is_auto_generated[nodes])),
        "card_outcomes": [
            (name, int(count))
            for name, count in zip(cards.outcomes, outcomes.tolist(), strict=True)
            if count
        ],
    }
    for name in ("characters", "words"):
        values = getattr(cards, name)[nodes]
        values = values[~np.isnan(values)]
        row |= {
            f"median_{name}": float(np.median(values)) if values.size else None,
            f"min_{name}": int(values.min()) if values.size else None,
            f"max_{name}": int(values.max()) if values.size else None,
        }
    return row


def _estimates(found: list[Ratio]) -> dict[str, float | int | None]:
    row: dict[str, float | int | None] = {"n_units": found[0].n_units}
    for name, ratio in zip(_RATIOS, found, strict=True):
        row |= {
            name: ratio.value,
            f"{name}_ci_low": ratio.ci_low,
            f"{name}_ci_high": ratio.ci_high,
        }
    return row
