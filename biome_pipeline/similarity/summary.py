"""Mean similarity at every position, by every measure and weighting.

What does not belong here: how one position is weighed (``weighting``).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.provenance import derive_seed
from biome_pipeline.similarity.comparison import MEASURES, compare
from biome_pipeline.similarity.published import POSITIONS, PUBLISHED
from biome_pipeline.similarity.weighting import weighted_means

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.settings import Settings
    from biome_pipeline.similarity.kinds import Kind, Sources
    from biome_pipeline.similarity.vocabulary import Vocabulary
    from biome_pipeline.similarity.weighting import Weighed, Weighting
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["DrawnPairs", "drawn_pairs", "summary"]

_SIBLINGS = ("siblings", "v-w")


@dataclass(frozen=True, eq=False)
class DrawnPairs:
    """The pairs of one position of one topology in one graph.

    Attributes
    ----------
    graph, topology, position : str
        Where the pairs are.
    generation_gap, distance : int or None
        Of the position; ``None`` for random pairs.
    rows : ndarray of intp, shape (n_pairs,)
        Their places among all pairs.
    top, family : ndarray of int64, shape (n_pairs,), or None
        Topmost model and family of each; ``None`` for random pairs.
    """

    graph: str
    topology: str
    position: str
    generation_gap: int | None
    distance: int | None
    rows: npt.NDArray[np.intp]
    top: npt.NDArray[np.int64] | None
    family: npt.NDArray[np.int64] | None


def drawn_pairs(
    engine: Engine, pairs: ir.Table, members: ir.Table
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], list[DrawnPairs]]:
    """Read the drawn pairs, position by position.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    pairs : ibis.expr.types.Table
        ``similarity.pairs``.
    members : ibis.expr.types.Table
        ``genealogy.members``.

    Returns
    -------
    tuple of (ndarray of int64, ndarray of int64, list of DrawnPairs)
        First and second node of all pairs, and the positions they belong to.
    """
    home = members.select("graph", "family_id", top_node=members.node)
    joined = pairs.left_join(home, ["graph", "top_node"]).select(
        "graph",
        "topology",
        "position",
        "draw",
        "generation_gap",
        "distance",
        "first_node",
        "second_node",
        "top_node",
        "family_id",
    )
    table = engine.to_arrow(joined.order_by("graph", "topology", "position", "draw"))
    first = table["first_node"].to_numpy().astype(np.int64)
    second = table["second_node"].to_numpy().astype(np.int64)
    names = [table[name].to_numpy(zero_copy_only=False) for name in _PLACE]
    changes = np.zeros(len(table), dtype=bool)
    changes[:1] = True
    for name in names:
        changes[1:] |= name[1:] != name[:-1]
    bounds = [*np.flatnonzero(changes).tolist(), len(table)]
    found = []
    for start, stop in pairwise(bounds):
        one = table.slice(start, 1).to_pylist()[0]
        is_related = one["top_node"] is not None
        part = table.slice(start, stop - start)
        found.append(
            DrawnPairs(
                graph=one["graph"],
                topology=one["topology"],
                position=one["position"],
                generation_gap=one["generation_gap"],
                distance=one["distance"],
                rows=np.arange(start, stop),
                top=part["top_node"].to_numpy().astype(np.int64) if is_related else None,
                family=part["family_id"].to_numpy().astype(np.int64) if is_related else None,
            )
        )
    return first, second, found


_PLACE = ("graph", "topology", "position")


def summary(
    engine: Engine,
    sources: Sources,
    *,
    members: ir.Table,
    pairs: ir.Table,
    vocabularies: Mapping[Kind, Vocabulary],
    matched: ir.Table,
    settings: Settings,
) -> pa.Table:
    """Make ``similarity.summary``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    sources : Sources
        Where the texts come from.
    members : ibis.expr.types.Table
        ``genealogy.members``.
    pairs : ibis.expr.types.Table
        ``similarity.pairs``.
    vocabularies : mapping of Kind to Vocabulary
        What is compared, and the terms of it.
    matched : ibis.expr.types.Table
        ``similarity.matched``: for siblings, the means over all parents and
        families take the place of those over the drawn ones.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``similarity.summary`` but ``snapshot``.
    """
    from biome_pipeline.warehouse.tables.similarity import SUMMARY

    first, second, positions = drawn_pairs(engine, pairs, members)
    exact = {
        (row["graph"], row["text"], row["measure"], row["ablation"]): row
        for row in engine.to_arrow(matched).to_pylist()
    }
    compared: list[tuple[Kind, str]] = []
    values: list[npt.NDArray[np.float64]] = []
    for kind, vocabulary in vocabularies.items():
        measures = MEASURES if kind.has_edit_distance else MEASURES[:2]
        for measure, found in compare(
            engine, sources, kind, vocabulary, first=first, second=second, measures=measures
        ):
            compared.append((kind, measure))
            values.append(found)
    positions = positions if values else []

    def weigh(at: DrawnPairs) -> list[dict[Weighting, Weighed]]:
        return weighted_means(
            np.stack([column[at.rows] for column in values], axis=1),
            at.top,
            at.family,
            n_replicates=settings.bootstrap_replicates,
            seed=derive_seed(
                settings.seed, f"similarity.summary/{at.graph}/{at.topology}/{at.position}"
            ),
        )

    rows: list[dict[str, Any]] = []
    # Draws and products leave the interpreter free for another thread.
    with ThreadPoolExecutor(engine.threads) as pool:
        all_weighed = list(pool.map(weigh, positions))
    for at, weighed in zip(positions, all_weighed, strict=True):
        for (kind, measure), found_by in zip(compared, weighed, strict=True):
            whole = exact.get((at.graph, kind.text, measure, kind.ablation))
            rows += _rows(kind, measure, at, found_by, whole)
    return SUMMARY.from_rows(rows)


def _rows(
    kind: Kind,
    measure: str,
    at: DrawnPairs,
    weighed: Mapping[Weighting, Weighed],
    whole: Mapping[str, Any] | None,
) -> Iterator[dict[str, Any]]:
    for weighting, found in weighed.items():
        own, by_family = found.estimate, found.over_families
        row = {
            "graph": at.graph,
            "topology": at.topology,
            "position": at.position,
            "text": kind.text,
            "measure": measure,
            "ablation": kind.ablation,
            "weighting": weighting,
            "generation_gap": at.generation_gap,
            "distance": at.distance,
            "n": own.n,
            "n_missing": own.n_missing,
            "n_families": own.n_families,
            "mean": own.value,
            "ci_low": own.ci_low,
            "ci_high": own.ci_high,
            "family_ci_low": by_family.ci_low if by_family else None,
            "family_ci_high": by_family.ci_high if by_family else None,
            "published": _published(kind, measure, at) if weighting == "pair" else None,
        }
        if whole and weighting != "pair" and (at.topology, at.position) == _SIBLINGS:
            row |= _of_all_siblings(whole, weighting)
        yield row


def _of_all_siblings(whole: Mapping[str, Any], weighting: Weighting) -> dict[str, Any]:
    """Take the mean over all parents or families for the one over those drawn."""
    low, high = (whole[f"mean_by_{weighting}_ci_{end}"] for end in ("low", "high"))
    return {
        "mean": whole[f"mean_by_{weighting}"],
        **dict.fromkeys(("ci_low", "family_ci_low"), low),
        **dict.fromkeys(("ci_high", "family_ci_high"), high),
        "n": whole["n_sibling_pairs"],
        "n_missing": whole["n_sibling_pairs_missing"],
        "n_families": whole["n_sibling_families"],
    }


def _published(kind: Kind, measure: str, at: DrawnPairs) -> float | None:
    means = PUBLISHED.get((at.graph, kind.text, measure, kind.ablation))
    place = (at.topology, at.position)
    if means is None or place not in POSITIONS:
        return None
    return means[POSITIONS.index(place)]
