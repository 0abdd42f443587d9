"""Likeness of relatives by definition: every pair by itself, every mean over a list.

Plain Python over the texts of ``reference.texts``, with scikit-learn for the
vectors. Nothing here shares code with the package.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from biome_pipeline_tests.reference import texts as naive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from biome_pipeline_tests.worlds.chain import Chain

__all__ = [
    "KINDS",
    "Likeness",
    "benjamini_hochberg",
    "children_of",
    "edges_of",
    "edit_distance",
    "families_of",
    "likenesses",
    "matched_row",
    "mean",
    "nested_mean",
    "sibling_pairs",
    "texts_of",
]

Row = dict[str, Any]

KINDS = (
    *(("metadata", step) for step in ("all", "no_parent", "no_bookkeeping", "traits")),
    *(("card", rule) for rule in ("first_512", "whole")),
)
_GRAPHS = {
    "finetune": {"finetune"},
    "asexual": {"finetune", "adapter", "quantized", "unspecified"},
    "all": {"finetune", "adapter", "quantized", "unspecified", "merge"},
}


def edges_of(descents: Sequence[Row], graph: str) -> set[tuple[str, str]]:
    """Give the pairs of ids of a graph, from parent to child."""
    return {
        (row["parent_id"], row["child_id"])
        for row in descents
        if not row["is_excluded"] and row["relation"] in _GRAPHS[graph]
    }


def families_of(chain: Chain, graph: str) -> dict[str, int]:
    """Give the family of each model of a graph."""
    return {
        row["model_id"]: row["family_id"]
        for row in chain.rows("genealogy.members")
        if row["graph"] == graph
    }


def children_of(edges: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """List the children of each parent."""
    found = defaultdict(list)
    for parent, child in sorted(edges):
        found[parent].append(child)
    return dict(found)


def texts_of(kind: tuple[str, str], chain: Chain) -> dict[str, str]:
    """Give the text of each model that has one; a drawn card's body follows two dashed lines."""
    text, rule = kind
    if text == "metadata":
        return {
            model["model_id"]: naive.metadata_text(chain.source[model["row_number"]], model, rule)
            for model in chain.people
        }
    found = {}
    for row in chain.rows("hub.raw_cards"):
        card = row["text"]
        kept = card and naive.card_text(card, card.split("---\n", 2)[2], rule)
        if kept:
            found[row["model_id"]] = kept
    return found


class Likeness:
    """How alike two models are by each measure, by the texts of one kind and its terms."""

    def __init__(self, texts: Mapping[str, str], terms: Sequence[str]) -> None:
        self.texts = texts
        self._row = {model_id: number for number, model_id in enumerate(texts)}
        counter = CountVectorizer(ngram_range=(1, 2), vocabulary=list(terms))
        counts = counter.transform(texts.values())
        weights = TfidfTransformer(smooth_idf=True, norm=None).fit_transform(counts)
        self._vectors = {"bow": counts.toarray(), "tfidf": weights.toarray()}
        self._known: dict[tuple[str, str, str], float | None] = {}

    def __call__(self, measure: str, one: str, other: str) -> float | None:
        """Give the similarity of two models; None if there is none."""
        key = (measure, min(one, other), max(one, other))
        if key not in self._known:
            self._known[key] = self._computed(measure, one, other)
        return self._known[key]

    def _computed(self, measure: str, one: str, other: str) -> float | None:
        if one not in self._row or other not in self._row:
            return None
        if measure == "levenshtein":
            texts = self.texts[one], self.texts[other]
            return 1 - edit_distance(*texts) / max(map(len, texts))
        dense = self._vectors[measure]
        return naive.cosine(dense[self._row[one]].tolist(), dense[self._row[other]].tolist())


def likenesses(chain: Chain) -> dict[tuple[str, str], Likeness]:
    """Give the likeness by each kind of text that any model has, with the terms of the table."""
    terms = defaultdict(list)
    for row in sorted(chain.rows("similarity.vocabulary"), key=lambda row: row["place"]):
        terms[row["text"], row["ablation"]].append(row["term"])
    texts = {kind: texts_of(kind, chain) for kind in KINDS}
    return {kind: Likeness(own, terms[kind]) for kind, own in texts.items() if own}


def edit_distance(one: str, other: str) -> int:
    """Count as ``reference.texts.edit_distance`` does, a row of the table at a time."""
    letters = np.array([ord(letter) for letter in other])
    steps = np.arange(len(other) + 1)
    row = steps.copy()
    for number, letter in enumerate(one, start=1):
        best = np.minimum(row[1:] + 1, row[:-1] + (letters != ord(letter)))
        # Insertions: from any place to the left, one for each step.
        row = np.minimum.accumulate(np.concatenate([[number], best]) - steps) + steps
    return int(row[-1])


def mean(values: Iterable[float | None]) -> float | None:
    """Average what is known."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def nested_mean(values: Sequence[float | None], groups: Sequence[Any]) -> float | None:
    """Average within each group, then over the groups that know any."""
    within = defaultdict(list)
    for value, group in zip(values, groups, strict=True):
        within[group].append(value)
    return mean(mean(own) for own in within.values())


def sibling_pairs(edges: Iterable[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """List parent and two children, for every pair of siblings of every parent."""
    return [
        (parent, *pair)
        for parent, own in children_of(edges).items()
        for pair in combinations(own, 2)
    ]


def matched_row(
    edges: Iterable[tuple[str, str]], family: Mapping[str, int], like: Likeness, measure: str
) -> Row:
    """Compare each child that has a sibling with its parent and with its siblings."""
    to_parent, to_siblings, families, n_missing = [], [], set(), 0
    for parent, own in children_of(edges).items():
        for child in own if len(own) > 1 else ():
            above = like(measure, child, parent)
            beside = mean(like(measure, child, other) for other in own if other != child)
            if above is None or beside is None:
                n_missing += 1
            else:
                to_parent.append(above)
                to_siblings.append(beside)
                families.add(family[parent])
    gaps = [above - beside for above, beside in zip(to_parent, to_siblings, strict=True)]
    return {
        "n": len(gaps),
        "n_missing": n_missing,
        "n_families": len(families),
        "parent_mean": mean(to_parent),
        "sibling_mean": mean(to_siblings),
        "difference": mean(gaps),
    }


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjust each p-value: the least of p m / rank over those that are no smaller."""
    m = len(p_values)
    ranked = sorted(p_values)
    return [
        min(1.0, *(q * m / rank for rank, q in enumerate(ranked, start=1) if q >= p))
        for p in p_values
    ]
