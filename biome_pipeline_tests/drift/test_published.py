"""Published figures agree with each other, and with their list where it is at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from biome_pipeline.drift.published import N_EDGES, ORDERINGS, RATES, STATED
from biome_pipeline.vocabulary.languages import language_aliases
from biome_pipeline.vocabulary.libraries import library_name
from biome_pipeline.vocabulary.licenses import license_id
from biome_pipeline.vocabulary.tasks import task_name

_LIST = Path(__file__).resolve().parents[2] / "../shared/data/published.jsonl"

SHARES_OF_TEXT = {"license": 0.73, "language": 0.25, "task": 0.71}


def listed() -> dict[str, Any]:
    """Give the published figures by key; none where the list is not at hand."""
    if not _LIST.exists():
        return {}
    rows = [json.loads(line) for line in _LIST.read_text(encoding="utf-8").splitlines()]
    return {row["key"]: row["value"] for row in rows}


@pytest.mark.parametrize("key", RATES)
def test_rates(key: tuple[str, str]) -> None:
    rate, (graph, trait) = RATES[key], key
    assert rate.rate == pytest.approx(rate.mutations / rate.n_reporting, rel=1e-12)
    assert rate.n_reporting < N_EDGES[f"graph.{graph}.edges"]
    if graph == "finetune":
        reported = rate.n_reporting / N_EDGES[f"graph.{graph}.edges"]
        assert reported == pytest.approx(SHARES_OF_TEXT[trait], abs=0.005)


@pytest.mark.parametrize("key", ORDERINGS)
def test_orderings(key: tuple[str, str]) -> None:
    found, (graph, trait) = ORDERINGS[key], key
    n = len(found.order)
    assert (
        len(set(found.order))
        == n
        == (10 if graph == "finetune" and trait in ("task", "library") else 20)
    )
    assert found.drift_share == pytest.approx(found.n_drifts_explained / found.n_drifts, rel=1e-12)
    assert found.n_drifts <= n * (n - 1) // 2
    assert found.traffic <= found.transitions
    assert found.objective is None or found.objective <= found.traffic
    # What runs along the order is half of everything and half of the net traffic along it.
    along = (1 + (found.objective or found.traffic) / found.transitions) / 2
    assert found.mutation_share == pytest.approx(along, abs=0.004)


def test_values_are_in_our_spelling() -> None:
    codes = {code for code, _ in language_aliases().values()}
    for (_, trait), found in ORDERINGS.items():
        named = {"license": license_id, "task": task_name, "library": library_name}.get(trait)
        for value in found.order:
            assert value in codes if named is None else named(value) == value


def test_the_text_is_of_the_graph_of_all_relations() -> None:
    license_, task = ORDERINGS["all", "license"], ORDERINGS["all", "task"]
    assert STATED["paper.license.drifts"] == license_.n_drifts
    assert STATED["paper.license.n_traits"] == len(license_.order)
    for stated, value in (
        ("license.drift_directions_explained", license_.drift_share),
        ("license.mutations_explained", license_.mutation_share),
        ("task.mutation_rate", RATES["all", "task"].rate),
        ("task.mutations_explained", task.mutation_share),
    ):
        assert STATED[f"paper.{stated}"] == pytest.approx(value, abs=0.005)
    assert RATES["finetune", "task"].rate > STATED["paper.task.mutation_rate"] + 0.1


def test_numbers_of_edges_add_up() -> None:
    n = N_EDGES
    relations = ("finetune", "adapter", "quantized", "merge")
    assert sum(n[f"edge.card_len.n.{r}"] for r in relations) == n["edge.both_lengths_known"]
    assert n["edge.both_lengths_known"] <= n["edge.both_have_card"]
    has_card = n["edge.child_has_card.true"] + n["edge.child_has_card.false"]
    assert has_card == n["graph.all.edges"]
    silent = n["edge.missing_languages"]
    assert n["graph.all.edges"] - silent == RATES["all", "language"].n_reporting
    assert n["edge.languages.n.finetune"] == RATES["finetune", "language"].n_reporting
    # Some edges of the whole graph have no relation that is named.
    by_relation = sum(n[f"edge.languages.n.{r}"] for r in relations)
    assert 0 <= RATES["all", "language"].n_reporting - by_relation < 100


def test_all_is_as_listed() -> None:
    rows = listed()
    ours: dict[str, Any] = {}
    for (graph, trait), rate in RATES.items():
        key = f"mutation.{graph}.{trait}"
        ours |= {f"{key}.mutations": rate.mutations, f"{key}.rate": rate.rate}
        ours[f"{key}.edges_reporting"] = rate.n_reporting
    names = {
        "total_traffic": "traffic",
        "total_n": "transitions",
        "edges": "n_drifts",
        "compatible": "n_drifts_explained",
        "directions_explained": "drift_share",
        "mutations_explained": "mutation_share",
        "total_weight": "objective",
    }
    for (graph, trait), found in ORDERINGS.items():
        for name, attribute in names.items():
            ours[f"ordering.{graph}.{trait}.{name}"] = getattr(found, attribute)
        if trait != "language":
            ours[f"ordering.{graph}.{trait}.weighted"] = list(found.order)
    ours |= STATED | N_EDGES
    assert len(ours) > 100
    if rows:
        assert ours == {key: rows.get(key) for key in ours}
        assert {key for key in rows if key.startswith("mutation.")} <= set(ours)
        aliases = language_aliases()
        for graph in ("finetune", "all"):
            words = rows[f"ordering.{graph}.language.weighted"]
            codes = tuple(aliases[word.lower()][0] for word in words)
            assert codes == ORDERINGS[graph, "language"].order
