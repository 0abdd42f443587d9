"""``policy.transparency``: what models disclose, by generation and family.

Three questions, each with its own base:

- *Completeness of cards*: how many of the seven sections a reader asks for
  (``vocabulary.card_sections``) the card has. A model without a card has none; a
  card that was not read does not tell.
- *Missing license*: no license in front matter or tags, or one that is stated as unknown.
- *Missing lineage*: no parent is named, among the models whose own metadata says
  that they were made from another one (an adapter, a quantization or a merge). Of
  all models the share without a parent stands beside it: a model trained from
  scratch has none to name.

What does not belong here: what stands in the cards (``documentation``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.genealogy.tables import family_of_nodes
from biome_pipeline.inference.grouped import shares_by_group
from biome_pipeline.inference.units import author_of_nodes, units_of_models
from biome_pipeline.policy.conflict_tables import GRAPH
from biome_pipeline.provenance import derive_seed
from biome_pipeline.snapshot.card_arrays import card_arrays
from biome_pipeline.vocabulary.licenses import license_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.inference.ratios import Ratio
    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["DERIVED_LIBRARIES", "DERIVED_TAGS", "MOST_FAMILIES", "transparency"]

DERIVED_LIBRARIES = frozenset({"peft", "adapter-transformers"})
"""Libraries whose models are made from another one: they hold adapters."""

DERIVED_TAGS = frozenset(
    {
        "lora",
        "adapter",
        "merge",
        "mergekit",
        "gguf",
        "gptq",
        "awq",
        "exl2",
        "bitsandbytes",
        "4-bit",
        "8-bit",
    }
)
"""Tags of adapters, merges and quantizations, as tools and people write them."""

MOST_FAMILIES = 50
"""Families that have a row of their own, the largest ones."""


def transparency(
    engine: Engine,
    *,
    cards: ir.Table,
    models: ir.Table,
    edges: ir.Table,
    members: ir.Table,
    settings: Settings,
) -> pa.Table:
    """Make ``policy.transparency``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    cards : ibis.expr.types.Table
        ``hub.cards``.
    models : ibis.expr.types.Table
        ``hub.models``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``; an excluded edge names a parent, too.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``policy.transparency`` but ``snapshot``.
    """
    from biome_pipeline.warehouse.tables.policy import TRANSPARENCY

    values, is_derived = _values(engine, cards, models, edges)
    n_nodes = is_derived.size
    if not n_nodes:
        return TRANSPARENCY.from_rows([])
    family = family_of_nodes(engine, members, GRAPH, n_nodes)
    author = author_of_nodes(engine, models)
    by_family = units_of_models(family, author)
    # Within one family there is nothing else to resample than its authors.
    by_author = units_of_models(np.zeros(n_nodes, np.int64), author)
    rows: list[dict[str, Any]] = []
    for dimension, group, names in _groups(engine, members, n_nodes):
        node = np.flatnonzero(group >= 0)
        own, n_groups = group[node], len(names)
        if not node.size:
            continue
        found = shares_by_group(
            by_author if dimension == "family" else by_family,
            node,
            own,
            [column[node] for column in values.values()],
            n_groups=n_groups,
            n_replicates=settings.bootstrap_replicates,
            seed=derive_seed(settings.seed, f"{TRANSPARENCY.name}/{dimension}"),
        )
        is_silent = np.isnan(values["completeness"][node])
        counts = {
            "n": np.bincount(own, minlength=n_groups),
            "n_missing": np.bincount(own[is_silent], minlength=n_groups),
            "n_derived": np.bincount(own[is_derived[node]], minlength=n_groups),
        }
        rows += _rows(dimension, names, counts, dict(zip(values, found, strict=True)))
    return TRANSPARENCY.from_rows(rows)


def _values(
    engine: Engine, cards: ir.Table, models: ir.Table, edges: ir.Table
) -> tuple[dict[str, npt.NDArray[np.float64]], npt.NDArray[np.bool_]]:
    """Give what each model discloses, NaN where it is not asked of it or not known."""
    read = card_arrays(engine, cards, models)
    is_derived = models.library_name.isin(sorted(DERIVED_LIBRARIES)) | models.tags.map(
        lambda tag: tag.lower().isin(sorted(DERIVED_TAGS))
    ).contains(True)
    rows = engine.to_arrow(
        models.select(
            "node",
            "license",
            is_derived=is_derived.fill_null(False),
        )
    )
    node = rows["node"].to_numpy()
    has_license, derived = np.zeros(node.size, np.bool_), np.zeros(node.size, np.bool_)
    has_license[node] = _is_stated(rows["license"])
    derived[node] = rows["is_derived"].combine_chunks().to_numpy(zero_copy_only=False)
    # Whoever names itself, or a parent that is absent, has named a parent; the first says nothing.
    named = edges.filter(edges.excluded_reason.isnull() | (edges.excluded_reason != "self_loop"))
    children = engine.to_arrow(named.select("child_id").distinct())
    known = engine.to_arrow(models.select("node", "model_id"))
    has_parent = np.zeros(node.size, np.bool_)
    is_child = _is_in(known["model_id"], children["child_id"])
    has_parent[known["node"].to_numpy()[is_child]] = True
    completeness = np.where(read.is_read, read.sections.mean(axis=1), np.nan)
    completeness[read.has_card == 0] = 0.0
    values = {
        "completeness": completeness,
        "missing_license": (~has_license).astype(np.float64),
        "missing_parent": (~has_parent).astype(np.float64),
        "missing_lineage": np.where(derived, (~has_parent).astype(np.float64), np.nan),
    }
    return values, derived


def _is_stated(licenses: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Tell which licenses name one; a license that is stated as unknown does not."""
    words = licenses.combine_chunks().dictionary_encode()
    spellings = words.dictionary.to_pylist()
    # The last one answers for a model without any.
    says = np.array([license_id(word) is not None for word in spellings] + [False])
    return np.asarray(says[words.indices.fill_null(len(spellings)).to_numpy()], np.bool_)


def _is_in(ids: pa.ChunkedArray, among: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    import pyarrow.compute as pc

    found = pc.is_in(ids.combine_chunks(), value_set=among.combine_chunks())
    return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)


def _groups(
    engine: Engine, members: ir.Table, n_nodes: int
) -> Iterator[tuple[str, npt.NDArray[np.int64], tuple[str, ...]]]:
    """Give for each dimension the group of every node, -1 for none."""
    yield "all", np.zeros(n_nodes, np.int64), ("all",)
    placed = members.filter(members.graph == GRAPH)
    rows = engine.to_arrow(placed.select("node", "root_id", "generation"))
    node = rows["node"].to_numpy()
    generation = np.full(n_nodes, -1, np.int64)
    generation[node] = rows["generation"].to_numpy()
    deepest = int(generation.max(initial=-1))
    names = ("without relatives", *(str(number) for number in range(deepest + 1)))
    yield "generation", generation + 1, names
    roots = rows["root_id"].combine_chunks().dictionary_encode()
    code = roots.indices.to_numpy().astype(np.int64)
    words = roots.dictionary.to_pylist()
    sizes = np.bincount(code, minlength=len(words))
    largest = sorted(range(len(words)), key=lambda k: (-sizes[k], words[k]))[:MOST_FAMILIES]
    rank = np.full(max(len(words), 1), -1, np.int64)
    rank[largest] = np.arange(len(largest))
    family = np.full(n_nodes, -1, np.int64)
    family[node] = rank[code]
    yield "family", family, tuple(words[k] for k in largest)


def _rows(
    dimension: str,
    names: tuple[str, ...],
    counts: dict[str, npt.NDArray[np.int64]],
    found: dict[str, list[Ratio]],
) -> Iterator[dict[str, Any]]:
    """Write the groups that have models."""
    for k, name in enumerate(names):
        if counts["n"][k]:
            row: dict[str, Any] = {
                "dimension": dimension,
                "group": name,
                **{column: int(numbers[k]) for column, numbers in counts.items()},
                "n_units": found["missing_license"][k].n_units,
            }
            for ratio, groups in found.items():
                row |= {
                    ratio: groups[k].value,
                    f"{ratio}_ci_low": groups[k].ci_low,
                    f"{ratio}_ci_high": groups[k].ci_high,
                }
            yield row
