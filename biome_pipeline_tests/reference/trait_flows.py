"""Drift of traits by definition: sets and loops, edge by edge.

Transitions after "Anatomy of a Machine Learning Ecosystem" (arXiv 2508.06811),
section 7: every added value counts one from each value of the parent, and every
removed value one to each value of the child.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

__all__ = ["edge_transitions", "flow_between", "sign_flip_p_value", "value_sets"]


def edge_transitions(parent: Collection[str], child: Collection[str]) -> Counter[tuple[str, str]]:
    """Count the transitions of one edge; none if an end is silent."""
    if not parent or not child:
        return Counter()
    added, removed = set(child) - set(parent), set(parent) - set(child)
    return Counter(
        [(p, a) for a in added for p in parent] + [(r, c) for r in removed for c in child]
    )


def flow_between(
    parent: Collection[str],
    child: Collection[str],
    source: Collection[str],
    target: Collection[str],
) -> Fraction:
    """Give the share of an edge's transitions from one group of values to another."""
    found = edge_transitions(parent, child)
    if not found:
        return Fraction(0)
    hits = sum(n for (i, j), n in found.items() if i in source and j in target)
    return Fraction(hits, found.total())


def sign_flip_p_value(sums: Iterable[float]) -> float:
    """Try all signs of the families' sums."""
    means = [0.0]
    total = 0.0
    for value in sums:
        means = [mean + sign * value for mean in means for sign in (-1, 1)]
        total += value
    return sum(abs(mean) >= abs(total) - 1e-9 for mean in means) / len(means)


def value_sets(rows: Iterable[Mapping[str, object]], trait: str) -> list[set[str]]:
    """Give the set of values of each model, in the order of their nodes."""
    from biome_pipeline.vocabulary.languages import stated_language
    from biome_pipeline.vocabulary.libraries import library_name
    from biome_pipeline.vocabulary.licenses import license_id
    from biome_pipeline.vocabulary.tasks import task_name

    column, named = {
        "license": ("licenses", license_id),
        "language": ("languages", stated_language),
        "task": ("pipeline_tag", task_name),
        "library": ("library_name", library_name),
    }[trait]
    found = []
    for row in sorted(rows, key=lambda row: row["node"]):  # type: ignore[arg-type,return-value]
        stated = row[column]
        words = stated if isinstance(stated, list) else [stated]
        names = {named(word) for word in words if word is not None}
        found.append({name for name in names if name is not None})
    return found
