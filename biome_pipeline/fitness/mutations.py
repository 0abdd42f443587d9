"""Which facts of the config differ between parent and child, and how.

Of a fact that both ends state it is asked whether the child's is another one,
for numbers whether it is larger and by how much, and which change is the
commonest. An edge on which an end says nothing tells nothing: it is silent, and
counted. Intervals come from drawing families again.

What does not belong here: what a change amounts to (``mutation_kinds``) and
where it contradicts what was declared (``contradictions``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.inference.lots import lots_of_families
from biome_pipeline.inference.resampling import percentile_interval, resampled_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import numpy.typing as npt

    from biome_pipeline.warehouse.engine import Engine

    Vector = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Places = npt.NDArray[np.intp]

__all__ = [
    "ATTRIBUTES",
    "ConfigArrays",
    "Share",
    "changes_of",
    "read_configs",
    "shares_over_families",
]

NUMBERS: tuple[str, ...] = (
    "hidden_size",
    "num_layers",
    "num_heads",
    "num_kv_heads",
    "head_dim",
    "intermediate_size",
    "vocab_size",
    "context_length",
    "num_experts",
    "experts_per_token",
    "rope_theta",
    "rope_factor",
)
"""Facts that are numbers."""

FLAGS: tuple[str, ...] = (
    "has_tied_embeddings",
    "uses_moe",
    "uses_gqa",
    "uses_rope",
    "uses_quantization",
)
"""Facts that hold or do not."""

WORDS: tuple[str, ...] = ("model_type", "architecture", "dtype", "rope_type")
"""Facts that are names."""

ATTRIBUTES: tuple[str, ...] = (*NUMBERS, *FLAGS, *WORDS)
"""All facts that are followed from parent to child."""


@dataclass(frozen=True, eq=False)
class ConfigArrays:
    """Facts of configs by node.

    Attributes
    ----------
    values : dict of str to ndarray of float64, shape (n_nodes,)
        By fact; of names their place in `words`; NaN where it is not stated.
    words : dict of str to tuple of str
        Names of each fact that is one, sorted.
    is_full : ndarray of bool, shape (n_nodes,)
        Whether the whole config was read.
    """

    values: dict[str, Vector]
    words: dict[str, tuple[str, ...]]
    is_full: Flags

    def text_of(self, attribute: str, value: float) -> str:
        """Write a value as a reader would.

        Parameters
        ----------
        attribute : str
            One of `ATTRIBUTES`.
        value : float
            As in `values`, not NaN.

        Returns
        -------
        str
            The name, ``true`` or ``false``, or the number.
        """
        if attribute in self.words:
            return self.words[attribute][int(value)]
        if attribute in FLAGS:
            return "true" if value else "false"
        return str(int(value)) if value == int(value) else repr(float(value))


@dataclass(frozen=True)
class Share:
    """A share of reporting edges with its interval over families.

    Attributes
    ----------
    n_edges, n_reporting, n_families, n_hits : int
        Edges, those that report, their families, and those on which it holds.
    share, ci_low, ci_high : float or None
        The share; ``None`` without reporting edges, its ends with fewer than two
        families.
    """

    n_edges: int
    n_reporting: int
    n_families: int
    n_hits: int
    share: float | None
    ci_low: float | None
    ci_high: float | None


def read_configs(engine: Engine, configs: ir.Table, models: ir.Table) -> ConfigArrays:
    """Read the facts of all configs.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    configs : ibis.expr.types.Table
        ``hub.configs``.
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    ConfigArrays
        By node.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    n_nodes = engine.count_rows(models)
    people = models.select("model_id", "node")
    rows = engine.to_arrow(
        configs.select("model_id", "is_full", *ATTRIBUTES)
        .join(people, "model_id")
        .select("node", "is_full", *ATTRIBUTES)
    )
    node = rows["node"].to_numpy()
    values, words = {}, {}
    for name in ATTRIBUTES:
        column = rows[name]
        if name in WORDS:
            known = sorted(word for word in column.unique().to_pylist() if word is not None)
            words[name] = tuple(known)
            column = pc.index_in(column, value_set=pa.array(known, pa.string()))
        values[name] = np.full(n_nodes, np.nan)
        values[name][node] = column.cast("float64", safe=False).to_numpy()
    is_full = np.zeros(n_nodes, np.bool_)
    is_full[node] = rows["is_full"].to_numpy().astype(np.bool_)
    return ConfigArrays(values, words, is_full)


def changes_of(
    configs: ConfigArrays, attribute: str, parent: Places, child: Places
) -> dict[str, Any]:
    """Say how one fact changes along edges that report it.

    Parameters
    ----------
    configs : ConfigArrays
        The facts.
    attribute : str
        One of `ATTRIBUTES`.
    parent, child : ndarray of integers, shape (n_edges,)
        Ends of the edges.

    Returns
    -------
    dict of str to Any
        ``n_increased``, ``n_decreased`` and ``median_ratio`` of numbers;
        ``typical_from``, ``typical_to`` and ``n_typical`` of the commonest change, of
        equals the smaller values; none of these without a change.
    """
    before, after = configs.values[attribute][parent], configs.values[attribute][child]
    is_changed = ~np.isnan(before) & ~np.isnan(after) & (before != after)
    before, after = before[is_changed], after[is_changed]
    found: dict[str, Any] = {}
    if attribute in NUMBERS:
        found |= {
            "n_increased": int(np.count_nonzero(after > before)),
            "n_decreased": int(np.count_nonzero(after < before)),
        }
    if not before.size:
        return found
    if attribute in NUMBERS and np.all(before > 0):
        found["median_ratio"] = float(np.median(after / before))
    pairs, counts = np.unique(np.stack([before, after], axis=1), axis=0, return_counts=True)
    best = int(counts.argmax())
    return {
        **found,
        "typical_from": configs.text_of(attribute, pairs[best, 0]),
        "typical_to": configs.text_of(attribute, pairs[best, 1]),
        "n_typical": int(counts[best]),
    }


def shares_over_families(
    reports: Sequence[Flags],
    hits: Sequence[Flags],
    family: npt.NDArray[np.integer[Any]],
    *,
    n_replicates: int,
    seed: int,
) -> list[Share]:
    """Give several shares of the same edges; all have the draws of families in common.

    Parameters
    ----------
    reports, hits : sequence of ndarray of bool, shape (n_edges,)
        Which edges report each, and on which of these it holds.
    family : ndarray of integers, shape (n_edges,)
        Family of each edge.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    list of Share
        In the order given.
    """
    _, home, sizes = np.unique(family, return_inverse=True, return_counts=True)
    home = home.reshape(-1)
    lot = lots_of_families(sizes)[home]
    n_lots = int(lot.max()) + 1 if lot.size else 0
    columns = [
        np.bincount(lot, weights=part, minlength=n_lots)
        for report, hit in zip(reports, hits, strict=True)
        for part in (report, report & hit)
    ]
    drawn = None
    if n_lots > 1 and columns:
        sums = np.stack(columns, axis=1, dtype=np.float64)
        drawn = resampled_sums(sums, n_replicates=n_replicates, seed=seed)
    found = []
    for place, (report, hit) in enumerate(zip(reports, hits, strict=True)):
        n, n_hits = int(np.count_nonzero(report)), int(np.count_nonzero(report & hit))
        n_families = int(np.unique(home[report]).size)
        low = high = None
        if drawn is not None and n_families > 1:
            over, under = drawn[:, 2 * place + 1], drawn[:, 2 * place]
            ratios = np.divide(over, under, where=under > 0, out=np.full(len(over), np.nan))
            low, high = percentile_interval(ratios)
        share = n_hits / n if n else None
        found.append(Share(int(report.size), n, n_families, n_hits, share, low, high))
    return found
