"""Config mutations against a naive definition, edge by edge, and against what was planted."""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import median

import pytest
from scipy import stats

from biome_pipeline.fitness import mutation_tables
from biome_pipeline.fitness.contradictions import CONTRADICTIONS
from biome_pipeline.fitness.mutation_kinds import KINDS
from biome_pipeline.fitness.mutations import ATTRIBUTES, NUMBERS
from biome_pipeline.hub.demo.planted import PLANTED
from biome_pipeline.vocabulary.relations import GRAPH_RELATIONS
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.worlds.chain import Chain, settings
from biome_pipeline_tests.worlds.configured import CONFIGURED
from biome_pipeline_tests.worlds.fitted_tables import fitted_chain_of

Pair = tuple[str, str]
SIZES = ("hidden_size", "num_layers", "intermediate_size")


@pytest.fixture(params=CONFIGURED)
def chain(request: pytest.FixtureRequest) -> Chain:
    return fitted_chain_of(request.param)


def pairs_of(chain: Chain, graph: str, relation: str) -> set[Pair]:
    chosen = GRAPH_RELATIONS[graph] if relation == "all" else (relation,)
    return {
        (edge["parent_id"], edge["child_id"])
        for edge in chain.descents
        if not edge["is_excluded"] and edge["relation"] in chosen
    }


def ends_of(chain: Chain, pairs: set[Pair]) -> list[tuple[dict, dict]]:
    configs = {row["model_id"]: row for row in chain.rows("hub.configs")}
    nothing = dict.fromkeys((*ATTRIBUTES, "is_full"))
    return [
        (configs.get(parent, nothing), configs.get(child, nothing))
        for parent, child in sorted(pairs)
    ]


def both(before: dict, after: dict, *names: str) -> bool:
    return all(end[name] is not None for end in (before, after) for name in names)


def differ(before: dict, after: dict, name: str) -> bool:
    return both(before, after, name) and before[name] != after[name]


def text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else repr(value)
    return str(value)


def test_facts_change_as_the_definition_says(chain: Chain) -> None:
    rows = chain.rows("fitness.config_mutations")
    seen = set()
    for row in rows:
        graph, relation, name = row["graph"], row["relation"], row["attribute"]
        seen.add((graph, relation, name))
        ends = ends_of(chain, pairs_of(chain, graph, relation))
        known = [(one[name], two[name]) for one, two in ends if both(one, two, name)]
        moved = [(one, two) for one, two in known if one != two]
        assert (row["n_edges"], row["n_reporting"], row["n_changed"]) == (
            len(ends),
            len(known),
            len(moved),
        )
        assert row["share_changed"] == (pytest.approx(len(moved) / len(known)) if known else None)
        if known and row["n_families"] > 1:
            assert row["ci_low"] <= row["ci_high"]
        if name in NUMBERS:
            assert row["n_increased"] == sum(two > one for one, two in moved)
            assert row["n_decreased"] == sum(two < one for one, two in moved)
            if moved and all(one > 0 for one, _ in moved):
                ratio = median(two / one for one, two in moved)
                assert row["median_ratio"] == pytest.approx(ratio)
        if moved:
            best = max(Counter(moved).values())
            assert row["n_typical"] == best
            assert (row["typical_from"], row["typical_to"]) in {
                (text(one), text(two)) for (one, two), n in Counter(moved).items() if n == best
            }
        else:
            assert row["typical_from"] is row["n_typical"] is None
    for graph, relations in GRAPH_RELATIONS.items():
        for relation in ("all", *relations):
            if pairs_of(chain, graph, relation):
                assert {(graph, relation, name) for name in ATTRIBUTES} <= seen


def naive_kind(kind: str, one: dict, two: dict) -> tuple[bool, bool]:
    """Say whether an edge reports a kind, and whether it is of it."""
    if kind == "unchanged":
        same = not any(differ(one, two, name) for name in ATTRIBUTES)
        return bool(one["is_full"] and two["is_full"]), same
    single = {
        "vocabulary_resized": ("vocab_size", lambda a, b: a != b),
        "context_extended": ("context_length", lambda a, b: b > a),
        "context_shortened": ("context_length", lambda a, b: b < a),
        "layers_added": ("num_layers", lambda a, b: b > a),
        "layers_removed": ("num_layers", lambda a, b: b < a),
        "width_changed": ("hidden_size", lambda a, b: a != b),
        "dtype_changed": ("dtype", lambda a, b: a != b),
        "quantized": ("uses_quantization", lambda a, b: b and not a),
        "dequantized": ("uses_quantization", lambda a, b: a and not b),
        "type_changed": ("model_type", lambda a, b: a != b),
    }
    if kind in single:
        name, judge = single[kind]
        known = both(one, two, name)
        return known, bool(known and judge(one[name], two[name]))
    if kind == "heads_changed":
        names = ("num_heads", "num_kv_heads", "head_dim")
        return both(one, two, "num_heads"), any(differ(one, two, name) for name in names)
    if kind == "experts_added":
        known = both(one, two, "uses_moe")
        more = both(one, two, "num_experts") and two["num_experts"] > one["num_experts"]
        return known, bool(known and ((two["uses_moe"] and not one["uses_moe"]) or more))
    assert kind == "rope_changed"
    known = both(one, two, "rope_type")
    factors = (one["rope_factor"] or 0) != (two["rope_factor"] or 0)
    return known, differ(one, two, "rope_theta") or differ(one, two, "rope_type") or factors


def test_kinds_are_those_of_the_definition(chain: Chain) -> None:
    descendants = defaultdict(int)
    for row in chain.rows("fitness.models"):
        descendants[row["model_id"]] = row["n_descendants"]
    for row in chain.rows("fitness.config_mutation_kinds"):
        pairs = sorted(pairs_of(chain, row["graph"], row["relation"]))
        judged = [
            (pair, *naive_kind(row["kind"], one, two))
            for pair, (one, two) in zip(pairs, ends_of(chain, set(pairs)), strict=True)
        ]
        hits = [pair for pair, reports, is_so in judged if reports and is_so]
        assert (row["n_edges"], row["n_reporting"], row["n_changed"]) == (
            len(pairs),
            sum(reports for _, reports, _ in judged),
            len(hits),
        )
        example = (row["example_parent_id"], row["example_child_id"])
        if hits:
            best = min(
                hits, key=lambda pair: (-descendants[pair[0]], pair[0].encode(), pair[1].encode())
            )
            assert example == best
        else:
            assert example == (None, None)


def naive_contradiction(name: str, one: dict, two: dict) -> tuple[bool, bool]:
    def sizes(*facts: str) -> tuple[bool, bool]:
        known = [fact for fact in facts if both(one, two, fact)]
        return bool(known), any(one[fact] != two[fact] for fact in known)

    if name == "finetune with quantization":
        known = both(one, two, "uses_quantization")
        return known, bool(known and two["uses_quantization"] and not one["uses_quantization"])
    if name == "quantized without quantization":
        known = bool(two["is_full"]) and two["uses_quantization"] is not None
        return known, known and not two["uses_quantization"]
    return {
        "finetune with other sizes": sizes(*SIZES),
        "adapter with other sizes": sizes(*SIZES),
        "quantized with other sizes": sizes(*SIZES),
        "finetune of another type": sizes("model_type"),
        "quantized with another vocabulary": sizes("vocab_size"),
        "merge with another width": sizes("hidden_size"),
    }[name]


def test_contradictions_are_those_of_the_definition(chain: Chain) -> None:
    rows = chain.rows("fitness.relation_contradictions")
    for row in rows:
        ends = ends_of(chain, pairs_of(chain, "all", row["relation"]))
        judged = [naive_contradiction(row["contradiction"], one, two) for one, two in ends]
        assert (row["n_edges"], row["n_reporting"], row["n_contradicted"]) == (
            len(ends),
            sum(reports for reports, _ in judged),
            sum(reports and is_so for reports, is_so in judged),
        )
        assert (row["example_child_id"] is None) == (row["n_contradicted"] == 0)
    wanted = {
        (relation, name)
        for relation, names in CONTRADICTIONS.items()
        if pairs_of(chain, "all", relation)
        for name in names
    }
    assert {(row["relation"], row["contradiction"]) for row in rows} == wanted


def test_planted_rates_are_found_in_the_demo() -> None:
    rows = {
        row["kind"]: row
        for row in fitted_chain_of("demo").rows("fitness.config_mutation_kinds")
        if (row["graph"], row["relation"]) == ("finetune", "all")
    }
    # Anomalies add a few edges of unrelated models: a band of 99.9 % about the planted rate.
    resized = rows["vocabulary_resized"]
    low, high = stats.binom.interval(
        0.999, resized["n_reporting"], PLANTED["config_vocabulary_resized"]
    )
    assert low <= resized["n_changed"] <= high
    # Contexts are extended where positions rotate, and the rotation is scaled with them.
    rope, extended = rows["rope_changed"], rows["context_extended"]
    low, high = stats.binom.interval(0.999, rope["n_reporting"], PLANTED["config_context_extended"])
    assert low <= extended["n_changed"] <= high
    assert rope["n_changed"] == pytest.approx(extended["n_changed"], abs=5)


def test_without_configs_edges_are_silent_and_without_edges_there_are_none() -> None:
    chain = fitted_chain_of("demo")
    with open_engine(settings()) as engine:
        given = {
            name: engine.memory_table(chain.tables[name])
            for name in ("hub.models", "genealogy.edges", "genealogy.members", "hub.configs")
        }
        empty = {
            name: engine.memory_table(TABLES[name].arrow_schema().empty_table()) for name in given
        }

        def made(table: str, **changed: object) -> list[dict]:
            related = {name.partition(".")[2]: rows for name, rows in given.items()} | changed
            return getattr(mutation_tables, table)(
                engine, **related, settings=settings()
            ).to_pylist()

        for table, word in (
            ("config_mutations", "changed"),
            ("config_mutation_kinds", "changed"),
            ("relation_contradictions", "contradicted"),
        ):
            rows = made(table, configs=empty["hub.configs"])
            assert rows
            for row in rows:
                assert row["n_edges"] > 0
                assert row["n_reporting"] == row[f"n_{word}"] == row["n_families"] == 0
                assert row[f"share_{word}"] is row["ci_low"] is None
            without = {
                "edges": empty["genealogy.edges"],
                "members": empty["genealogy.members"],
            }
            assert made(table, **without) == []


def test_all_kinds_are_in_the_vocabulary() -> None:
    fields = {field.name: field for field in TABLES["fitness.config_mutation_kinds"].fields}
    assert set(fields["kind"].values) == {"unchanged", *KINDS}
    fields = {field.name: field for field in TABLES["fitness.relation_contradictions"].fields}
    names = {name for names in CONTRADICTIONS.values() for name in names}
    assert set(fields["contradiction"].values) == names
