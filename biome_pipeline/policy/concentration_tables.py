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
from biome_pipeline.vocabulary.licenses import license_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
        words = stated.select("node", word=stated.words.unnest())
        name_of = license_id if dimension == "license" else None
        yield dimension, _shares(engine, words, name_of=name_of)


def _shares(
    engine: Engine, stated: ir.Table, *, name_of: Callable[[str], str | None] | None = None
) -> _Shares:
    """Share each model out among its words, under the names that these have."""
    rows = engine.to_arrow(stated.filter(stated.word.notnull()).order_by("word", "node"))
    words = rows["word"].combine_chunks().dictionary_encode()
    spellings = words.dictionary.to_pylist()
    called = spellings if name_of is None else [name_of(word) for word in spellings]
    names = sorted({name for name in called if name is not None})
    place = {name: k for k, name in enumerate(names)}
    # A word that names nothing, such as the license "unknown", is no holder.
    holder = np.array([-1 if name is None else place[name] for name in called], np.int64)
    holder = holder[words.indices.to_numpy()] if spellings else np.zeros(0, np.int64)
    is_named = holder >= 0
    node = rows["node"].to_numpy().astype(np.int64)[is_named]
    return _Shares(node, holder[is_named], 1 / np.bincount(node)[node], names)
