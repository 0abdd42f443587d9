"""The tables of policy against plain recomputations from the tables they are made of."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest

from biome_pipeline.policy.conflict_rates import MOST_FAMILIES, SEVERITY_FLOORS
from biome_pipeline.policy.transparency import DERIVED_LIBRARIES, DERIVED_TAGS
from biome_pipeline.vocabulary.card_sections import SECTIONS
from biome_pipeline.vocabulary.license_terms import keeps, license_terms, obligations
from biome_pipeline.vocabulary.licenses import license_id
from biome_pipeline_tests.worlds.policed import POLICED, policed_chain_of

if TYPE_CHECKING:
    from biome_pipeline_tests.worlds.chain import Chain, Row

pytestmark = pytest.mark.parametrize("name", POLICED)

_WEAKNESS = ("declared", "named", "unknown", "missing")


def _statements(chain: Chain) -> dict[str, tuple[str | None, str]]:
    """Give the reviewed license of each model, or None, and how it is stated."""
    cards = {row["row_number"]: row["card_data"] for row in chain.rows("hub.raw_models")}
    found: dict[str, tuple[str | None, str]] = {}
    for row in chain.rows("hub.models"):
        stated = set(row["licenses"] or [])
        ids = {name for name in map(license_id, stated) if name}
        own, how = None, "unknown" if ids else "missing"
        if len(stated) == 1 and ids and next(iter(ids)) in license_terms():
            own, how = next(iter(ids)), "declared"
        if (row["licenses"] or []) == ["other"]:
            card = cards[row["row_number"]]
            try:
                name = json.loads(card or "{}").get("license_name")
            except (ValueError, AttributeError):
                name = None
            name = name[0] if isinstance(name, list) and name else name
            if isinstance(name, str) and license_id(name.strip()) in license_terms():
                own, how = license_id(name.strip()), "named"
        found[row["model_id"]] = own, how
    return found


def _network(chain: Chain) -> nx.DiGraph:
    network = nx.DiGraph()
    for row in chain.rows("genealogy.edges"):
        if not row["is_excluded"]:
            network.add_edge(row["parent_id"], row["child_id"])
    return network


def test_conflicts_equal_a_walk_over_all_ancestors(name: str) -> None:
    chain = policed_chain_of(name)
    stated, network = _statements(chain), _network(chain)
    node = {row["model_id"]: row["node"] for row in chain.rows("hub.models")}
    expected: dict[tuple[str, str, str], Row] = {}
    for model in network:
        for ancestor in nx.ancestors(network, model):
            own = stated[ancestor][0]
            if own is None:
                continue
            shortest = nx.all_shortest_paths(network, ancestor, model)
            path = min(shortest, key=lambda ids: [node[one] for one in ids])
            for term in license_terms()[own].terms:
                kept = [
                    stated[one][0] is not None and keeps(own, term.obligation, str(stated[one][0]))
                    for one in path[1:]
                ]
                if kept[-1]:
                    continue
                lost = kept.index(False)
                expected[model, ancestor, term.obligation] = {
                    "verdict": "unknown" if stated[model][0] is None else "conflict",
                    "path": path,
                    "lost_between": path[lost : lost + 2],
                    "severity": obligations()[term.obligation].severity,
                    "confidence": max((stated[one][1] for one in path), key=_WEAKNESS.index),
                    "license": stated[model][0],
                    "ancestor_license": own,
                }
    rows = chain.rows("policy.license_conflicts")
    found = {(row["model_id"], row["ancestor_id"], row["obligation"]): row for row in rows}
    assert len(found) == len(rows)
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        assert {column: found[key][column] for column in row} == row
    if name == "demo":
        assert {row["verdict"] for row in rows} == {"conflict", "unknown"}


def test_every_path_is_real_and_every_relation_is_that_of_its_edge(name: str) -> None:
    chain = policed_chain_of(name)
    relations = defaultdict(set)
    for row in chain.rows("genealogy.edges"):
        if not row["is_excluded"]:
            relations[row["parent_id"], row["child_id"]].add(row["relation"])
    for row in chain.rows("policy.license_conflicts"):
        assert (row["path"][0], row["path"][-1]) == (row["ancestor_id"], row["model_id"])
        assert set(pairwise(row["path"])) <= relations.keys()
        assert row["lost_relation"] in relations[tuple(row["lost_between"])]


def test_inherited_terms_gather_the_conflicts(name: str) -> None:
    chain = policed_chain_of(name)
    stated, network = _statements(chain), _network(chain)
    dropped = defaultdict(set)
    for row in chain.rows("policy.license_conflicts"):
        if row["verdict"] == "conflict":
            dropped[row["model_id"], row["ancestor_license"]].add(row["obligation"])
    above: dict[tuple[str, str], int] = defaultdict(int)
    for model in network:
        for ancestor in nx.ancestors(network, model):
            own = stated[ancestor][0]
            if own is not None and license_terms()[own].terms:
                above[model, own] += 1
    rows = {
        (row["model_id"], row["ancestor_license"]): row
        for row in chain.rows("policy.inherited_terms")
    }
    assert {key: row["n_ancestors"] for key, row in rows.items()} == above
    order = ("low", "medium", "high")
    for key, row in rows.items():
        lost = dropped[key]
        assert set(row["dropped"]) == lost
        worst = max((obligations()[one].severity for one in lost), key=order.index, default=None)
        assert row["severity"] == worst
        own, how = stated[key[0]]
        assert (row["license"], row["confidence"]) == (own, how)
        verdict = "unknown" if own is None else "conflict" if lost else "kept"
        assert row["verdict"] == verdict


def _rate(rows: list[Row], floor: str) -> tuple[int, int, int]:
    """Count models, unknown ones and those with a conflict, a model once."""
    models: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        models[row["model_id"]].append(row)
    is_unknown = [any(row["verdict"] == "unknown" for row in own) for own in models.values()]
    counts = {"low": ("low", "medium", "high"), "high": ("high",)}[floor]
    is_lost = [any(row["severity"] in counts for row in own) for own in models.values()]
    return len(models), sum(is_unknown), sum(is_lost)


def test_rates_equal_plain_counts(name: str) -> None:
    chain = policed_chain_of(name)
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    relations = defaultdict(set)
    for row in chain.rows("genealogy.edges"):
        if not row["is_excluded"]:
            relations[row["child_id"]].add(row["relation"])
    roots = {
        row["model_id"]: row["root_id"]
        for row in chain.rows("genealogy.members")
        if row["graph"] == "all"
    }
    people = {row["model_id"]: row for row in chain.rows("hub.models")}
    for row in chain.rows("policy.inherited_terms"):
        model = people[row["model_id"]]
        groups["all", "all"].append(row)
        groups["ancestor_license", row["ancestor_license"]].append(row)
        groups["license", row["license"] or "not reviewed"].append(row)
        groups["family", roots[row["model_id"]]].append(row)
        for relation in relations[row["model_id"]]:
            groups["relation", relation].append(row)
        if model["created_at"] is not None and not model["is_created_at_backfilled"]:
            groups["month", f"{model['created_at']:%Y-%m}"].append(row)
    expected = {
        (*group, floor): _rate(rows, floor)
        for group, rows in groups.items()
        for floor in SEVERITY_FLOORS
    }
    rows = chain.rows("policy.conflict_rates")
    found = {
        (row["dimension"], row["group"], row["severity_floor"]): (
            row["n_models"],
            row["n_unknown"],
            row["n_conflicts"],
        )
        for row in rows
    }
    families = [key for key in expected if key[0] == "family"]
    assert len([key for key in found if key[0] == "family"]) == min(
        len(families), MOST_FAMILIES * len(SEVERITY_FLOORS)
    )
    assert found == {key: expected[key] for key in found}
    assert {key for key in expected if key[0] != "family"} <= found.keys()
    for row in rows:
        n_told = row["n_models"] - row["n_unknown"]
        assert row["share"] == (pytest.approx(row["n_conflicts"] / n_told) if n_told else None)
        assert row["bound_low"] <= (row["n_conflicts"] + row["n_unknown"]) / row["n_models"]
        assert row["bound_high"] <= 1
        if row["ci_low"] is not None:
            assert row["ci_low"] <= row["share"] <= row["ci_high"]


def _herfindahl(amounts: dict[str, float]) -> float | None:
    total = sum(amounts.values())
    return sum((one / total) ** 2 for one in amounts.values()) if total else None


def test_concentration_equals_plain_sums(name: str) -> None:
    chain = policed_chain_of(name)
    roots = {
        row["model_id"]: row["root_id"]
        for row in chain.rows("genealogy.members")
        if row["graph"] == "all"
    }
    held: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    n_models: dict[tuple[str, str], int] = defaultdict(int)
    people = chain.rows("hub.models")
    for row in people:
        holders = {
            "author": [row["author"]] if row["author"] is not None else [],
            "family": [roots.get(row["model_id"], row["model_id"])],
            "language": sorted(set(row["languages"] or [])),
            "license": [
                name for name in map(license_id, sorted(set(row["licenses"] or []))) if name
            ],
        }
        for dimension, names in holders.items():
            for weighting, amount in (("models", 1), ("downloads", row["downloads"])):
                if amount is None or not names:
                    continue
                n_models[dimension, weighting] += 1
                for one in names:
                    held[dimension, weighting][one] += amount / len(names)
    for row in chain.rows("policy.concentration"):
        amounts = dict(held[row["dimension"], row["weighting"]])
        counted = n_models[row["dimension"], row["weighting"]]
        assert (row["n_models"], row["n_missing"]) == (counted, len(people) - counted)
        largest = min(amounts, key=lambda one: (-round(amounts[one], 9), one), default=None)
        assert row["largest"] == (largest if sum(amounts.values()) else None)
        if row["is_without_largest"] and largest is not None:
            del amounts[largest]
        assert row["n_holders"] == sum(1 for amount in amounts.values() if amount > 0)
        if row["measure"] == "hhi":
            expected = _herfindahl(amounts)
        elif row["measure"] == "gini":
            continue  # test_concentration.py
        else:
            k = int(row["measure"].split("_")[1])
            total = sum(amounts.values())
            expected = sum(sorted(amounts.values())[-k:]) / total if total else None
        assert row["value"] == (None if expected is None else pytest.approx(expected))


def _discloses(chain: Chain) -> dict[str, dict[str, float | None]]:
    named = {
        row["child_id"]
        for row in chain.rows("genealogy.edges")
        if row["excluded_reason"] != "self_loop"
    }
    cards = {row["model_id"]: row for row in chain.rows("hub.cards")}
    found: dict[str, dict[str, float | None]] = {}
    for row in chain.rows("hub.models"):
        card: dict[str, Any] = cards.get(row["model_id"], {"outcome": "not_asked"})
        complete: float | None = None
        if card["outcome"] in {"missing", "empty"}:
            complete = 0.0
        elif card.get("characters") is not None:
            has = [bool(card[f"has_{section}"]) for section in SECTIONS]
            complete = sum(has) / len(has) if card["characters"] > 3 else 0.0
        tags = {tag.lower() for tag in row["tags"] or []}
        is_derived = row["library_name"] in DERIVED_LIBRARIES or bool(tags & DERIVED_TAGS)
        without = float(row["model_id"] not in named)
        found[row["model_id"]] = {
            "completeness": complete,
            "missing_license": float(row["license"] is None or license_id(row["license"]) is None),
            "missing_parent": without,
            "missing_lineage": without if is_derived else None,
        }
    return found


def test_transparency_equals_plain_means(name: str) -> None:
    chain = policed_chain_of(name)
    discloses = _discloses(chain)
    groups = defaultdict(list)
    related = set()
    for row in chain.rows("genealogy.members"):
        if row["graph"] == "all":
            related.add(row["model_id"])
            groups["generation", str(row["generation"])].append(row["model_id"])
            groups["family", row["root_id"]].append(row["model_id"])
    groups["all", "all"] = list(discloses)
    groups["generation", "without relatives"] = [one for one in discloses if one not in related]
    rows = chain.rows("policy.transparency")
    found = {(row["dimension"], row["group"]) for row in rows}
    assert {key for key, ids in groups.items() if ids and key[0] != "family"} <= found
    for row in rows:
        ids = groups[row["dimension"], row["group"]]
        assert row["n"] == len(ids)
        for measure in ("completeness", "missing_license", "missing_parent", "missing_lineage"):
            told = [v for v in (discloses[one][measure] for one in ids) if v is not None]
            mean = sum(told) / len(told) if told else None
            assert row[measure] == (None if mean is None else pytest.approx(mean)), measure
            if measure == "completeness":
                assert row["n_missing"] == len(ids) - len(told)
            if measure == "missing_lineage":
                assert row["n_derived"] == len(told)
