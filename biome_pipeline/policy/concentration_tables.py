"""``policy.concentration``: who holds the market, by four kinds of holders.

A model with several licenses or languages is shared out among them in equal parts.
A model without relatives is a family of its own.

What does not belong here: the measures (``concentration``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from biome_pipeline.genealogy.tables import family_of_nodes
from biome_pipeline.inference.units import author_of_nodes, units_of_models
from biome_pipeline.policy.concentration import Holding, measure_concentration
from biome_pipeline.policy.conflict_tables import GRAPH

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["DIMENSIONS", "concentration"]

DIMENSIONS = ("author", "family", "language", "license")
"""Kinds of holders."""


class _Shares(NamedTuple):
    """Which part of which model is whose."""

    node: npt.NDArray[np.int64]
    holder: npt.NDArray[np.int64]
    part: npt.NDArray[np.float64]
    names: list[str]


def concentration(engine: Engine, *, models: ir.Table, members: ir.Table) -> pa.Table:
    """Make ``policy.concentration``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    members : ibis.expr.types.Table
        ``genealogy.members``.

    Returns
    -------
    pyarrow.Table
        Columns of ``policy.concentration`` but ``snapshot``.
    """
    from biome_pipeline.warehouse.tables.policy import CONCENTRATION

    people = engine.to_arrow(models.select("node", "downloads"))
    n_nodes = people.num_rows
    downloads = np.full(n_nodes, np.nan)
    downloads[people["node"].to_numpy()] = people["downloads"].cast("float64").to_numpy()
    family = family_of_nodes(engine, members, GRAPH, n_nodes)
    units = units_of_models(family, author_of_nodes(engine, models))
    rows: list[dict[str, Any]] = []
    for dimension, shares in _holders(engine, models, members, n_nodes):
        for weighting in ("models", "downloads"):
            weight = np.ones(n_nodes) if weighting == "models" else downloads
            is_known = ~np.isnan(weight[shares.node])
            node = shares.node[is_known]
            amount = shares.part[is_known] * weight[node]
            holding = Holding(shares.holder[is_known], units.unit[node], amount)
            n_models = int(np.unique(node).size)
            about = {
                "dimension": dimension,
                "weighting": weighting,
                "n_models": n_models,
                "n_missing": n_nodes - n_models,
            }
            rows += _rows(holding, shares.names, about)
    return CONCENTRATION.from_rows(rows)


def _rows(holding: Holding, names: list[str], about: dict[str, Any]) -> Iterator[dict[str, Any]]:
    totals = np.bincount(holding.holder, weights=holding.amount, minlength=len(names))
    largest = names[int(np.argmax(totals))] if totals.size and totals.max() > 0 else None
    for without in (False, True):
        found = measure_concentration(holding, without_largest=without)
        for measure, measured in found.items():
            yield {
                **about,
                "measure": measure,
                "is_without_largest": without,
                "value": measured.value,
                "ci_low": measured.ci_low,
                "ci_high": measured.ci_high,
                "n_holders": measured.n_holders,
                "n_units": measured.n_families,
                "largest": largest,
            }


def _holders(
    engine: Engine, models: ir.Table, members: ir.Table, n_nodes: int
) -> Iterator[tuple[str, _Shares]]:
    owned = models.filter(models.author.notnull()).select("node", word="author")
    yield "author", _shares(engine, owned)
    roots = members.filter(members.graph == GRAPH).select("model_id", "root_id")
    homes = models.left_join(roots, "model_id")
    yield (
        "family",
        _shares(engine, homes.select("node", word=homes.root_id.fill_null(homes.model_id))),
    )
    for dimension, column in (("language", "languages"), ("license", "licenses")):
        stated = models.select("node", words=models[column].unique())
        yield dimension, _shares(engine, stated.select("node", word=stated.words.unnest()))


def _shares(engine: Engine, stated: ir.Table) -> _Shares:
    """Share each model out among its words."""
    rows = engine.to_arrow(stated.filter(stated.word.notnull()).order_by("word", "node"))
    words = rows["word"].combine_chunks().dictionary_encode()
    node = rows["node"].to_numpy().astype(np.int64)
    n_each = np.bincount(node)
    return _Shares(
        node,
        words.indices.to_numpy().astype(np.int64),
        1 / n_each[node],
        words.dictionary.to_pylist(),
    )
