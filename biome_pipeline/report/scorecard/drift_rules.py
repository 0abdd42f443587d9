"""Figures of mutation, and of orders of the values of traits.

What does not belong here: numbers along edges (``kin_rules``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from biome_pipeline.report.scorecard.answers import Answer, Asked, Rules, absent, differs, same
from biome_pipeline.vocabulary.languages import language_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = ["DRIFT_RULES", "LANGUAGES_DIFFER"]

DRIFT_RULES = Rules()
"""Rules that read tables of drift."""

LANGUAGES_DIFFER = (
    "our languages are those of the card first, with codes of three letters; the published ones "
    "are tags of two letters"
)
"""How the published languages of a model differ from those of the tables of drift."""

_UNKNOWN_DIFFERS = (
    "a license that is stated as unknown is none here; whether the published rates count it is "
    "not known"
)


def _answer(trait: str, value: float | str | None, words: str, n: int) -> Answer:
    if trait.startswith("language"):
        return differs(value, words, n, why=LANGUAGES_DIFFER)
    return same(value, words, n)


@DRIFT_RULES.rule(r"mutation\.(\w+)\.(\w+)\.(mutations|edges_reporting)")
def _mutation(asked: Asked) -> Answer:
    graph, trait, what = asked.words
    row = asked.read.rates.get((graph, trait, "all"))
    if row is None or not row["n_reporting"]:
        return absent(f"no edge of graph {graph} tells {trait} at both ends")
    column, words = {
        "mutations": ("n_mutations", "sum over edges of 1 less the share of common values"),
        "edges_reporting": ("n_reporting", "edges of which both ends report"),
    }[what]
    if trait == "license":
        return differs(float(row[column]), words, row["n_edges"], why=_UNKNOWN_DIFFERS)
    return _answer(trait, float(row[column]), words, row["n_edges"])


_NET = {
    "edges": "pairs of values of which one gives way to the other more often",
    "total_n": "transitions both ways of pairs that are not even",
    "total_traffic": "transitions one way less those back, over all pairs",
}


def _net(
    flows: Iterable[tuple[str, str, int, int]], values: Collection[str] | None
) -> dict[str, int]:
    """Sum up the pairs of values that are not even, as the published code does."""
    uneven = [
        (forth, back)
        for first, second, forth, back in flows
        if forth != back and (values is None or (first in values and second in values))
    ]
    return {
        "edges": len(uneven),
        "total_n": sum(forth + back for forth, back in uneven),
        "total_traffic": sum(abs(forth - back) for forth, back in uneven),
    }


@DRIFT_RULES.rule(r"ordering\.(\w+)\.(\w+)_alltraits\.(edges|total_n|total_traffic)")
def _all_values(asked: Asked) -> Answer:
    graph, trait, what = asked.words
    flows = asked.read.flows.get((graph, trait))
    if flows is None:
        return absent(f"no value of {trait} gives way to another in graph {graph}")
    words = f"{_NET[what]}, of all values"
    return _answer(trait, float(_net(flows, None)[what]), words, len(flows))


_SUMMARY = {
    "compatible": ("n_drifts_explained", "drifts along the order of most traffic"),
    "mutations_explained": ("mutation_share", "share of transitions along the order"),
    "mutations_total": ("n_transitions", "all transitions among the values, even pairs too"),
    "total_weight": ("traffic_explained", "traffic along the order of most traffic"),
}


@DRIFT_RULES.rule(r"ordering\.(finetune|all)\.(\w+)\.(\w+)")
def _ordering(asked: Asked) -> Answer:
    graph, trait, what = asked.words
    top_n = int(asked.number(f"ordering.{graph}.{trait}.n"))
    key = (graph, trait, top_n, "traffic")
    row = asked.read.orderings.get(key)
    values = asked.read.ordered.get(key)
    if row is None or values is None:
        return absent(f"no order of the {top_n} most frequent values of {trait} was found")
    n = int(row["n_transitions"])
    if what in _SUMMARY:
        column, words = _SUMMARY[what]
        value = None if row[column] is None else float(row[column])
        return _answer(trait, value, words, n)
    if what in _NET:
        found = _net(asked.read.flows.get((graph, trait), ()), frozenset(values))
        return _answer(trait, float(found[what]), _NET[what], n)
    if what == "mutations_compatible":
        share = row["mutation_share"]
        value = None if share is None else round(share * row["n_transitions"])
        return _answer(trait, value, "transitions along the order", n)
    if what == "compatible_unweighted":
        other = asked.read.orderings.get((graph, trait, top_n, "directions"))
        value = None if other is None else float(other["n_drifts_explained"])
        return _answer(trait, value, "drifts along the order that explains most", n)
    names = [language_name(v) or v for v in values] if trait == "language" else values
    words = "the values in the order of most traffic"
    return _answer(trait, json.dumps(names, ensure_ascii=False), words, n)


@DRIFT_RULES.rule(r"ordering\.note\..+")
def _note(asked: Asked) -> Answer:
    del asked
    return absent("a remark on the code, which is followed here: no number")
