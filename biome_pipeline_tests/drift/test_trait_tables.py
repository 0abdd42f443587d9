"""Tables of trait drift against definitions over the models and edges of whole Hubs."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from biome_pipeline.drift.order_tables import ORDERED_GRAPHS, TOP_N
from biome_pipeline.drift.published import ORDERINGS, RATES
from biome_pipeline.drift.traits import TRAITS
from biome_pipeline.drift.transitions import EXCLUDED_VALUES
from biome_pipeline.vocabulary.relations import GRAPH_RELATIONS
from biome_pipeline_tests.reference.trait_flows import value_sets
from biome_pipeline_tests.worlds.chain import Chain
from biome_pipeline_tests.worlds.drifted import DRIFTED, drifted_chain_of

Row = dict[str, object]
SHARES = ("drift_share", "mutation_share", "gradient_share")


@pytest.fixture(params=DRIFTED)
def chain(request: pytest.FixtureRequest) -> Chain:
    return drifted_chain_of(request.param)


def sets_of(chain: Chain, trait: str) -> dict[str, set[str]]:
    models = sorted(chain.rows("hub.models"), key=lambda model: model["node"])
    ids = [model["model_id"] for model in models]
    return dict(zip(ids, value_sets(models, trait), strict=True))


def pairs_of(chain: Chain, graph: str, relation: str = "all") -> set[tuple[str, str]]:
    chosen = GRAPH_RELATIONS[graph] if relation == "all" else (relation,)
    return {
        (edge["parent_id"], edge["child_id"])
        for edge in chain.descents
        if not edge["is_excluded"] and edge["relation"] in chosen
    }


def keyed(rows: list[Row], *names: str) -> dict[tuple[object, ...], Row]:
    found = {tuple(row[name] for name in names): row for row in rows}
    assert len(found) == len(rows)
    return found


def test_rates_are_those_of_the_definition(chain: Chain) -> None:
    rows = keyed(chain.rows("drift.mutation_rates"), "graph", "trait", "relation")
    expected = set()
    for graph, relations in GRAPH_RELATIONS.items():
        for trait in TRAITS:
            values = sets_of(chain, trait)
            for relation in ("all", *relations):
                pairs = pairs_of(chain, graph, relation)
                if not pairs:
                    continue
                expected.add((graph, trait, relation))
                row = rows[graph, trait, relation]
                ends = [(values[parent], values[child]) for parent, child in pairs]
                known = [1 - len(a & b) / len(a | b) for a, b in ends if a and b]
                assert (row["n_edges"], row["n_reporting"]) == (len(pairs), len(known))
                assert row["n_mutations"] == pytest.approx(sum(known))
                silent = len(pairs) - len(known)
                assert row["bound_low"] == pytest.approx(sum(known) / len(pairs))
                assert row["bound_high"] == pytest.approx((sum(known) + silent) / len(pairs))
                if known:
                    assert row["rate"] == pytest.approx(sum(known) / len(known))
                    assert row["bound_low"] <= row["rate"] + 1e-12
                    assert row["rate"] <= row["bound_high"] + 1e-12
                else:
                    assert row["rate"] is None
                published = RATES.get((graph, trait)) if relation == "all" else None
                assert row["published_rate"] == (published and published.rate)
    assert set(rows) == expected


def transitions_of(chain: Chain, graph: str, trait: str) -> Counter[tuple[str, str]]:
    values, found = sets_of(chain, trait), Counter()
    for parent, child in pairs_of(chain, graph):
        before, after = values[parent], values[child]
        if before and after:
            found.update((value, added) for added in after - before for value in before)
            found.update((removed, value) for removed in before - after for value in after)
    return found


def test_transitions_are_those_of_the_definition(chain: Chain) -> None:
    rows = keyed(chain.rows("drift.transitions"), "graph", "trait", "source", "target")
    for graph in GRAPH_RELATIONS:
        for trait in TRAITS:
            found = {
                key[2:]: row["transitions"]
                for key, row in rows.items()
                if key[:2] == (graph, trait)
            }
            assert found == dict(transitions_of(chain, graph, trait))
    for row in rows.values():
        assert row["transitions"] == row["n_added"] + row["n_removed"] == 2 * row["mutations"]


def best_values(chain: Chain, trait: str, top_n: int) -> list[str]:
    counts = Counter(value for values in sets_of(chain, trait).values() for value in values)
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    return [value for value in ranked if value not in EXCLUDED_VALUES][:top_n]


def test_orders_are_of_the_frequent_values_and_explain_what_is_said(chain: Chain) -> None:
    solved = keyed(chain.rows("drift.ordering_summary"), "graph", "trait", "top_n", "objective")
    placed: dict[tuple[object, ...], list[Row]] = {}
    for row in chain.rows("drift.orderings"):
        placed.setdefault((row["graph"], row["trait"], row["top_n"], row["objective"]), []).append(
            row
        )
    assert set(solved) == set(placed)
    for (graph, trait, top_n, objective), row in solved.items():
        values = best_values(chain, trait, top_n)
        places = sorted(placed[graph, trait, top_n, objective], key=lambda row: row["position"])
        order = [place["value"] for place in places]
        assert [place["position"] for place in places] == list(range(1, len(values) + 1))
        assert sorted(order) == sorted(values)
        counts = transitions_of(chain, graph, trait)
        among = {pair: n for pair, n in counts.items() if set(pair) <= set(values)}
        drifts = {
            (i, j): n - among.get((j, i), 0)
            for (i, j), n in among.items()
            if n > among.get((j, i), 0)
        }
        at = {value: k for k, value in enumerate(order)}
        forward = {(i, j): n for (i, j), n in drifts.items() if at[i] < at[j]}
        assert (row["n_drifts"], row["n_drifts_explained"]) == (len(drifts), len(forward))
        assert row["traffic"] == sum(drifts.values())
        assert row["traffic_explained"] == sum(forward.values())
        assert row["n_transitions"] == sum(among.values())
        if drifts:
            assert row["drift_share"] == pytest.approx(len(forward) / len(drifts))
            along = sum(n for (i, j), n in among.items() if at[i] < at[j])
            assert row["mutation_share"] == pytest.approx(along / sum(among.values()))
        else:
            assert row["drift_share"] is None
        value = len(forward) if objective == "directions" else sum(forward.values())
        # The bound is that of the solver's own objective: all pairs that point forward.
        assert row["bound"] >= value - 1e-9
        assert not row["is_optimal"] or row["bound"] == pytest.approx(value)
        assert (row["gap"] == 0) == row["is_optimal"]
        linked = {value for pair in drifts for value in pair}
        for place in places:
            assert place["is_linked"] == (place["value"] in linked)
            if not place["is_linked"]:
                assert place["rank_low"] is None
            elif place["rank_low"] is not None:
                assert 1 <= place["rank_low"] <= place["rank_high"] <= len(values)
        if objective == "directions":
            other = solved[graph, trait, top_n, "traffic"]
            assert row["n_drifts_explained"] >= other["n_drifts_explained"]
            assert row["traffic_explained"] <= other["traffic_explained"] + 1e-9


def test_published_places_stand_beside_the_same_order(chain: Chain) -> None:
    for row in chain.rows("drift.orderings"):
        published = ORDERINGS.get((row["graph"], row["trait"]))
        is_same = (
            published is not None
            and row["objective"] == "traffic"
            and len(published.order) == row["top_n"]
            and row["value"] in published.order
        )
        expected = published.order.index(row["value"]) + 1 if is_same else None
        assert row["published_position"] == expected


def test_all_orders_that_were_published_are_made() -> None:
    for (graph, trait), published in ORDERINGS.items():
        assert graph in ORDERED_GRAPHS
        assert len(published.order) in TOP_N[trait]


def test_precedence_is_of_the_order_of_traffic(chain: Chain) -> None:
    rows = keyed(chain.rows("drift.precedence"), "graph", "trait", "top_n", "first", "second")
    for (*place, first, second), row in rows.items():
        assert first != second
        back = rows[(*place, second, first)]["probability"]
        assert row["probability"] + back == pytest.approx(1)
    summaries = {
        (row["graph"], row["trait"], row["top_n"]): row
        for row in chain.rows("drift.ordering_summary")
        if row["objective"] == "traffic"
    }
    counted = Counter(key[:3] for key in rows)
    for place, row in summaries.items():
        n = row["n_values"]
        if row["precedence_matrix"] is None:
            assert counted[place] == 0
            assert row["n_families"] < 2
            continue
        assert counted[place] == n * (n - 1)
        orders = np.array(row["resampled_orders"]).reshape(-1, n)
        assert (np.sort(orders, axis=1) == np.arange(1, n + 1)).all()
        # Where every replicate agrees on neighbours, so does their probability.
        at = np.argsort(orders, axis=1)
        for one, other in pairwise(range(n)):
            probability = rows[(*place, row["ordered_values"][one], row["ordered_values"][other])][
                "probability"
            ]
            if probability not in {0.0, 1.0}:
                continue
            is_before = at[:, one] < at[:, other]
            assert is_before.all() if probability == 1 else not is_before.any()


def test_tests_say_directed_only_with_both(chain: Chain) -> None:
    tests = keyed(chain.rows("drift.direction_tests"), "graph", "trait", "top_n", "test")
    heldout = {
        (row["graph"], row["trait"], row["top_n"]): row["heldout_ci_low"]
        for row in chain.rows("drift.ordering_summary")
        if row["objective"] == "traffic"
    }
    assert {key[:3] for key in tests} == set(heldout)
    for (*place, test), row in tests.items():
        symmetry = tests[(*place, "symmetry")]
        low = heldout[tuple(place)]
        is_rejected = symmetry["p_value"] is not None and symmetry["p_value"] <= 0.05
        is_directed = is_rejected and low is not None and low > 0.5
        assert (symmetry["verdict"] == "directed") == is_directed
        if test == "quasi_symmetry":
            is_bent = row["p_value"] is not None and row["p_value"] <= 0.05
            assert (row["verdict"] == "not one-dimensional") == is_bent
            if row["verdict"] == "one-dimensional":
                assert is_directed
        assert row["effect"] is not None


def test_a_share_has_its_interval_and_its_nulls(chain: Chain) -> None:
    for row in chain.rows("drift.ordering_summary"):
        for share in SHARES:
            if row[share] is None:
                continue
            assert row[f"{share}_coin_null"] is not None
            assert row[f"{share}_coin_p_value"] is not None
            if row["n_families"] > 1:
                assert row[f"{share}_ci_low"] <= row[f"{share}_ci_high"]
        for end in ("low", "high"):
            assert (row[f"heldout_ci_{end}"] is None) == (row["heldout_share"] is None)
