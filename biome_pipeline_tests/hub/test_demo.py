"""The demo Hub: the same every time, with the planted truth in its rows."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import re
from collections import Counter, defaultdict

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom

from biome_pipeline.errors import SettingsError
from biome_pipeline.hub import demo
from biome_pipeline.hub.demo import ANOMALIES, DEMO_SNAPSHOT, build_demo_hub
from biome_pipeline.hub.demo import anomalies as registry
from biome_pipeline.hub.schema import check_schema

BACKFILL = dt.datetime(2022, 3, 2, 23, 29, 4)
BOUND = {
    "llama2", "llama3", "llama3.1", "gemma", "cc-by-nc-4.0", "cc-by-nc-sa-4.0",
    "creativeml-openrail-m", "bigscience-bloom-rail-1.0",
}  # fmt: skip
RENAMED = {
    "gpt2": "openai-community/gpt2",
    "bert-base-uncased": "google-bert/bert-base-uncased",
    "distilbert-base-uncased": "distilbert/distilbert-base-uncased",
}
# What the anomalies plant on purpose, and no other row may have.
ODD = {"null_id", "malformed_id", "duplicate_id", "ids_differ_in_case", "legacy_parent_kept"}


class World:
    """A demo Hub, with its rows as dictionaries and its truth as indices."""

    def __init__(self, n_models):
        hub = build_demo_hub(n_models)
        self.table, self.truth = hub.table, hub.truth
        self.rows = hub.table.to_pylist()
        self.by_id = {row["id"]: row for row in self.rows if row["id"] is not None}
        self.edges = hub.truth.edges.to_pylist()
        self.models = {model["id"]: model for model in hub.truth.models.to_pylist()}

    def graph(self, *relations):
        graph = nx.DiGraph()
        graph.add_edges_from(
            (edge["parent_id"], edge["child_id"])
            for edge in self.edges
            if edge["relation"] in relations
        )
        return graph

    def mutable_edges(self):
        """Pairs of rows whose traits drift by the planted rates."""
        return [
            (self.by_id[edge["parent_id"]], self.by_id[edge["child_id"]])
            for edge in self.edges
            if edge["relation"] in ("finetune", "adapter")
        ]


@pytest.fixture(scope="module")
def hub():
    return World(20_000)


@pytest.fixture(scope="module")
def middle():
    return World(2_000)


@pytest.fixture(scope="module")
def small():
    return World(200)


def card(row):
    try:
        return json.loads(row["cardData"] or "{}")
    except json.JSONDecodeError:
        return {}


def texts(value):
    return [value] if isinstance(value, str) else list(value or [])


def languages(row):
    return frozenset(texts(card(row).get("language")))


def declared(row):
    """Read all declarations of a row the plain way: (place, relation, parent)."""
    found = []
    for tag in row["tags"]:
        if tag.startswith("base_model:"):
            relation, _, parent = tag.removeprefix("base_model:").partition(":")
            is_typed = relation in {"finetune", "adapter", "quantized", "merge", "distill"}
            found.append(
                ("tag", relation, parent) if is_typed else ("tag", None, tag.partition(":")[2])
            )
    front = card(row)
    for text in texts(front.get("base_model")):
        found += [("card", front.get("base_model_relation"), parent) for parent in text.split(", ")]
    for parent in (row["baseModels"] or {"models": []})["models"]:
        found.append(("structure", row["baseModels"]["relation"], parent["id"]))
    return found


def clean_graph(rows):
    """All edges that tags, cards and structures declare, after the rules of exclusion."""
    ids = {row["id"] for row in rows} - {None}
    graph = nx.DiGraph()
    for row in rows:
        for _, _, parent in declared(row):
            name = RENAMED.get(parent, parent)
            if name in ids and name != row["id"]:
                graph.add_edge(name, row["id"])
    for component in list(nx.strongly_connected_components(graph)):
        if len(component) > 1:
            graph.remove_edges_from(list(graph.subgraph(component).edges))
    return graph


def within(successes, n, probability):
    """Whether a count lies in the central 99.9 % of its binomial distribution."""
    assert n >= 30, "too few cases to say anything"
    low, high = binom.interval(0.999, n, probability)
    return low <= successes <= high


def digest(table):
    lines = (json.dumps(row, default=str, sort_keys=True) for row in table.to_pylist())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def ipc_bytes(table):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


# The same every time


def test_same_numbers_give_the_same_bytes():
    first, second = build_demo_hub(600, 3), build_demo_hub(600, 3)
    assert ipc_bytes(first.table) == ipc_bytes(second.table)
    assert first.truth == second.truth
    assert ipc_bytes(build_demo_hub(600, 4).table) != ipc_bytes(first.table)


def test_golden_digest():
    # $ python -c "import hashlib, json; from biome_pipeline.hub.demo import build_demo_hub as b;
    # >   lines = [json.dumps(r, default=str, sort_keys=True) for r in b(300, 7).table.to_pylist()];
    # >   print(hashlib.sha256(chr(10).join(lines).encode()).hexdigest())"
    expected = "1aeeab0ca8e3f5ad92f797aec1f8715cf1277d9a4bbcc0a992c1312b4fdc6e5f"
    assert digest(build_demo_hub(300, 7).table) == expected


def test_an_anomaly_more_changes_nothing_that_was_there(monkeypatch, middle):
    monkeypatch.setattr(registry, "ANOMALIES", ANOMALIES[:-1])
    fewer = build_demo_hub(2_000)
    assert fewer.table.num_rows == 2_000
    assert fewer.truth.edges.equals(middle.truth.edges)
    assert fewer.truth.models.equals(middle.truth.models)
    for name, cases in fewer.truth.anomalies.items():
        assert middle.truth.anomalies[name] == cases
    rows = {row["id"]: row for row in fewer.table.to_pylist()}
    for model_id in middle.models:
        assert rows[model_id] == middle.by_id[model_id]


@pytest.mark.parametrize("n_models", [200, 201, 777, 4_000, 8_500])
def test_as_many_rows_as_asked_for(n_models):
    assert build_demo_hub(n_models, 11).table.num_rows == n_models


@pytest.mark.parametrize(("n_models", "seed"), [(199, 1), (0, 1), (-5, 1), (300, -1)])
def test_unusable_numbers(n_models, seed):
    with pytest.raises(SettingsError) as caught:
        build_demo_hub(n_models, seed)
    assert caught.value.remedy


# The schema


def test_schema_is_that_of_the_contract(hub):
    report = check_schema(hub.table.schema, place="demo")
    assert report.extra == ()
    assert report.parameters_kind == "struct"
    assert report.dtype_names == ("BF16", "F16", "F32", "I8", "U8")
    parents = "struct<models: list<item: struct<_id: string, id: string>>, relation: string>"
    dtypes = "struct<BF16: int64, F16: int64, F32: int64, I8: int64, U8: int64>"
    assert [(field.name, str(field.type)) for field in hub.table.schema] == [
        ("_id", "string"),
        ("id", "string"),
        ("author", "string"),
        ("pipeline_tag", "string"),
        ("library_name", "string"),
        ("createdAt", "timestamp[ms]"),
        ("lastModified", "timestamp[ms]"),
        ("likes", "int64"),
        ("downloads", "int64"),
        ("downloadsAllTime", "int64"),
        ("trendingScore", "double"),
        ("tags", "list<item: string>"),
        ("siblings", "list<item: struct<rfilename: string>>"),
        ("cardData", "string"),
        ("config", "string"),
        ("gguf", "string"),
        ("safetensors", f"struct<parameters: {dtypes}, total: int64>"),
        ("baseModels", parents),
    ]


def test_it_says_that_it_is_synthetic(small):
    assert small.table.schema.metadata[b"biome.synthetic"].startswith(b"Synthetic")
    assert small.truth.note.startswith("Synthetic")


def test_every_column_is_filled(hub):
    assert {name: hub.table[name].null_count < 20_000 for name in hub.table.column_names} == (
        dict.fromkeys(hub.table.column_names, True)
    )
    assert hub.table["id"].null_count == len(hub.truth.anomalies["null_id"])
    assert hub.table["_id"].null_count == 0


# Ids and dates


def test_ids_are_unique_but_for_the_planted(hub):
    planted = {
        case["id"].lower()
        for name in ("duplicate_id", "ids_differ_in_case")
        for case in hub.truth.anomalies[name]
    } | {case["other_id"].lower() for case in hub.truth.anomalies["ids_differ_in_case"]}
    counts = Counter(row["id"].lower() for row in hub.rows if row["id"] is not None)
    twice = {name for name, count in counts.items() if count > 1}
    assert twice
    assert twice <= planted
    assert max(counts.values()) == 2


def test_internal_ids(hub):
    ids = [row["_id"] for row in hub.rows]
    assert all(re.fullmatch(r"[0-9a-f]{24}", name) for name in ids)
    assert len(ids) - len(set(ids)) == len(hub.truth.anomalies["duplicate_id"])


def test_dates(hub):
    odd = {case["id"] for case in hub.truth.anomalies["date_of_year_one"]}
    created = [row["createdAt"] for row in hub.rows if row["id"] not in odd]
    assert min(created) == BACKFILL
    assert dt.datetime(2025, 6, 20) < max(created) < dt.datetime(2025, 6, 30)
    assert 0.01 < np.mean([date == BACKFILL for date in created]) < 0.06
    assert max(row["lastModified"] for row in hub.rows).date().isoformat() == DEMO_SNAPSHOT
    assert all(row["createdAt"] <= row["lastModified"] for row in hub.rows)


def test_children_of_the_families_are_younger_than_their_parents(hub):
    for edge in hub.edges:
        parent, child = hub.by_id[edge["parent_id"]], hub.by_id[edge["child_id"]]
        assert parent["createdAt"] < child["createdAt"]


# The families


@pytest.mark.parametrize("size", ["small", "middle", "hub"])
def test_the_longest_path_has_twelve_edges(size, request):
    world = request.getfixturevalue(size)
    planted = world.graph("finetune", "adapter", "quantized", "merge")
    assert nx.dag_longest_path_length(planted) == 12
    assert nx.dag_longest_path_length(clean_graph(world.rows)) == 12
    assert max(world.truth.families["depth"].to_pylist()) == 12


@pytest.mark.parametrize("seed", range(5))
def test_the_depth_does_not_hang_on_the_seed(seed):
    for n_models in (200, 500):
        edges = build_demo_hub(n_models, seed).truth.edges.to_pylist()
        graph = nx.DiGraph((edge["parent_id"], edge["child_id"]) for edge in edges)
        assert nx.dag_longest_path_length(graph) == 12


def test_truth_of_the_families_against_networkx(middle):
    graph = middle.graph("finetune", "adapter", "quantized", "merge")
    generation = {}
    for node in nx.topological_sort(graph):
        parents = list(graph.predecessors(node))
        generation[node] = 1 + max(generation[p] for p in parents) if parents else 0
    assert generation == {name: model["generation"] for name, model in middle.models.items()}
    expected = []
    for component in nx.weakly_connected_components(graph):
        founders = [node for node in component if not graph.in_degree(node)]
        root = min(
            founders,
            key=lambda node: (
                -len(nx.descendants(graph, node)),
                middle.by_id[node]["createdAt"],
                node,
            ),
        )
        expected.append((root, len(component), max(generation[node] for node in component)))
        assert {middle.models[node]["root_id"] for node in component} == {root}
    families = middle.truth.families.to_pylist()
    assert sorted(tuple(family.values()) for family in families) == sorted(expected)


def test_planted_edges_are_what_the_rows_declare(hub):
    parents = defaultdict(set)
    for edge in hub.edges:
        parents[edge["child_id"]].add((edge["relation"], edge["parent_id"]))
    for name in hub.models:
        row = hub.by_id[name]
        found = declared(row)
        for place, is_typed in (("tag", True), ("structure", True), ("tag", False)):
            there = {(r, p) for where, r, p in found if where == place and bool(r) == is_typed}
            expected = parents[name] if is_typed else {(None, p) for _, p in parents[name]}
            assert there == expected
        relations = {relation for relation, _ in parents[name]}
        assert {p for where, _, p in found if where == "card"} == {p for _, p in parents[name]}
        assert card(row).get("base_model_relation") in {None, *relations}
        for parent in (row["baseModels"] or {"models": []})["models"]:
            assert parent["_id"] == hub.by_id[parent["id"]]["_id"]


def test_proportions_of_relations(hub):
    counts = Counter(model["relation"] for model in hub.models.values())
    n_children = sum(counts.values()) - counts[None]
    for relation in ("adapter", "finetune", "quantized", "merge"):
        share = hub.truth.planted[f"share_{relation}"]
        assert within(counts[relation], n_children, share), relation


def test_fertility_falls_from_finetunes_to_adapters(hub):
    has_children = {edge["parent_id"] for edge in hub.edges}
    for relation in ("adapter", "finetune", "quantized", "merge"):
        of_relation = [name for name, m in hub.models.items() if m["relation"] == relation]
        n_fertile = sum(name in has_children for name in of_relation)
        assert within(n_fertile, len(of_relation), hub.truth.planted[f"fertile_{relation}"])


def test_family_sizes_are_heavy_tailed(hub, middle):
    for world in (hub, middle):
        asexual = world.graph("finetune", "adapter", "quantized")
        sizes = sorted(map(len, nx.weakly_connected_components(asexual)), reverse=True)
        assert sizes[0] >= 0.05 * len(world.models)
        assert np.median(sizes) <= 20
        # Merges join families, and not all of them.
        everything = world.graph("finetune", "adapter", "quantized", "merge")
        joined = list(nx.weakly_connected_components(everything))
        assert 0.5 * len(sizes) < len(joined) < len(sizes)
        assert max(map(len, joined)) < 0.8 * len(world.models)
    assert len(joined) > 20


def test_merges_have_two_to_six_parents(hub):
    counts = Counter(edge["child_id"] for edge in hub.edges if edge["relation"] == "merge")
    assert {2, 3, 4} <= set(counts.values()) <= {2, 3, 4, 5, 6}
    others = Counter(edge["child_id"] for edge in hub.edges if edge["relation"] != "merge")
    assert set(others.values()) == {1}


def test_many_models_have_no_relatives(hub):
    related = set(clean_graph(hub.rows))
    share = np.mean([row["id"] not in related for row in hub.rows])
    assert 0.36 <= share <= 0.45


# Popularity


def test_downloads(hub):
    odd = {case["id"] for case in hub.truth.anomalies["negative_downloads"]}
    rows = [row for row in hub.rows if row["id"] not in odd]
    downloads = np.array([row["downloads"] for row in rows])
    all_time = np.array([row["downloadsAllTime"] for row in rows])
    assert np.mean(downloads == 0) == pytest.approx(0.64, abs=0.01)
    assert (all_time[downloads > 0] > downloads[downloads > 0]).all()
    assert (all_time >= 0).all()
    assert np.mean(all_time > 0) > np.mean(downloads > 0) + 0.1
    top = np.sort(downloads)[::-1]
    assert top[:200].sum() > 0.7 * top.sum()


def test_authors_follow_a_power_of_their_rank(hub):
    counts = np.array(sorted(Counter(row["author"] for row in hub.rows).values(), reverse=True))
    slope = np.polyfit(np.log(np.arange(1, 301)), np.log(counts[:300]), 1)[0]
    assert -1.4 < slope < -0.6
    assert len(counts) > 2_000
    assert np.mean(counts == 1) > 0.2


# The planted drift


def kind(license_id):
    return "other" if license_id == "other" else "bound" if license_id in BOUND else "open"


def test_licenses_relax(hub):
    planted = hub.truth.planted
    steps = [
        (card(parent)["license"], card(child)["license"])
        for parent, child in hub.mutable_edges()
        if "license" in card(parent) and "license" in card(child)
    ]
    kinds = Counter((kind(parent), kind(child)) for parent, child in steps)
    n = Counter(kind(parent) for parent, _ in steps)
    assert within(kinds["bound", "open"], n["bound"], planted["license_relaxed"])
    assert within(kinds["open", "bound"], n["open"], planted["license_tightened"])
    assert within(kinds["other", "open"], n["other"], planted["license_from_other"])
    assert kinds["other", "bound"] == 0
    to_other = kinds["bound", "other"] + kinds["open", "other"]
    assert within(to_other, n["bound"] + n["open"], planted["license_to_other"])
    sideways = sum(kind(p) == kind(c) and p != c for p, c in steps)
    assert within(sideways, n["bound"] + n["open"], planted["license_sidestepped"])


def test_languages_narrow_and_drift_to_english(hub):
    planted = hub.truth.planted
    english = frozenset({"en"})
    steps = [(languages(parent), languages(child)) for parent, child in hub.mutable_edges()]
    steps = [(parent, child) for parent, child in steps if parent and child]
    several = [(parent, child) for parent, child in steps if len(parent) > 1]
    narrowed = [(parent, child) for parent, child in several if child < parent]
    assert within(len(narrowed), len(several), planted["languages_narrowed"])
    from_english = [(parent, child) for parent, child in narrowed if "en" in parent]
    kept = sum("en" in child for _, child in from_english)
    assert within(kept, len(from_english), planted["english_kept"])
    widened = sum(child > parent for parent, child in steps)
    assert within(widened, len(steps), planted["languages_widened"])
    others = [(parent, child) for parent, child in steps if len(parent) == 1 and parent != english]
    to_english = sum(child == english for _, child in others)
    assert within(to_english, len(others), planted["language_to_english"])
    # Nothing but Chinese itself and English leads to Chinese alone.
    assert all(parent == child for parent, child in others if child == {"zh"})
    only_english = [child for parent, child in steps if parent == english]
    left = sum("en" not in child for child in only_english)
    assert within(left, len(only_english), planted["language_from_english"])


def test_tasks_mutate_downstream(hub):
    planted = hub.truth.planted
    steps = [
        (parent["pipeline_tag"], child["pipeline_tag"]) for parent, child in hub.mutable_edges()
    ]
    steps = [(parent, child) for parent, child in steps if parent and child]
    mutations = [(parent, child) for parent, child in steps if parent != child]
    assert within(len(mutations), len(steps), planted["task_mutated"])
    text = (
        "fill-mask", "feature-extraction", "sentence-similarity", "translation", "summarization",
        "text-generation", "question-answering", "token-classification", "text-classification",
        "reinforcement-learning",
    )  # fmt: skip
    inner = [(parent, child) for parent, child in mutations if parent in text[1:-1]]
    forward = sum(text.index(child) > text.index(parent) for parent, child in inner)
    assert within(forward, len(inner), planted["task_forward"])


def test_traits_are_reported_at_the_planted_rates(hub):
    planted = hub.truth.planted
    rows = [hub.by_id[n] for n, m in hub.models.items() if m["relation"] in ("finetune", "adapter")]
    assert within(sum("license" in card(r) for r in rows), len(rows), planted["license_reported"])
    assert within(sum(bool(languages(r)) for r in rows), len(rows), planted["language_reported"])
    assert within(sum(bool(r["pipeline_tag"]) for r in rows), len(rows), planted["task_reported"])


def test_quantized_copies_inherit_as_it_stands(hub):
    edges = [edge for edge in hub.edges if edge["relation"] == "quantized"]
    assert len(edges) > 1000
    for edge in edges:
        parent, child = hub.by_id[edge["parent_id"]], hub.by_id[edge["child_id"]]
        for trait in ("license", "license_name"):
            assert card(parent).get(trait) == card(child).get(trait)
        assert languages(parent) == languages(child)
        assert parent["pipeline_tag"] == child["pipeline_tag"]


def test_cards_thin_out(hub):
    planted = hub.truth.planted
    lengths = defaultdict(list)
    for model in hub.models.values():
        lengths[model["generation"]].append(model["card_characters"])
    for generation in range(4):
        found = np.array(lengths[generation])
        share = planted["card_at_root"] * planted["card_factor"] ** generation
        assert within(int((found > 0).sum()), len(found), share)
        mean = planted["card_characters_at_root"] * planted["card_characters_factor"] ** generation
        written = found[found > 0]
        # The spread of a log-normal of shape 1: mean * sqrt(e - 1).
        error = mean * math.sqrt(math.e - 1) / math.sqrt(len(written))
        assert abs(written.mean() - mean) < 3.3 * error + 1


# Everything consistent


def test_tags_and_cards_agree(hub):
    for name in hub.models:
        row, tags = hub.by_id[name], hub.by_id[name]["tags"]
        front = card(row)
        licenses = [tag.removeprefix("license:") for tag in tags if tag.startswith("license:")]
        assert licenses == texts(front.get("license"))
        assert (front.get("license") == "other") == ("license_name" in front)
        # No tag of two or three letters but the languages.
        assert {tag for tag in tags if re.fullmatch(r"[a-z]{2,3}", tag)} == languages(row)
        assert [t.removeprefix("dataset:") for t in tags if t.startswith("dataset:")] == texts(
            front.get("datasets")
        )
        assert set(texts(front.get("tags"))) <= set(tags)
        for key, column in (("pipeline_tag", "pipeline_tag"), ("library_name", "library_name")):
            assert row[column] is None or row[column] in tags
            assert front.get(key, row[column]) == row[column]
        assert tags[-1] == "region:us"
        assert len(tags) == len(set(tags))


def test_files_config_and_parameters_agree(hub):
    kinds = Counter()
    for name, model in hub.models.items():
        row = hub.by_id[name]
        files = [file["rfilename"] for file in row["siblings"]]
        assert len(files) == len(set(files))
        has_card = model["card_characters"] > 0 or row["cardData"] is not None
        assert ("README.md" in files) == has_card
        is_gguf = any(file.endswith(".gguf") for file in files)
        assert is_gguf == (row["gguf"] is not None) == ("gguf" in row["tags"])
        assert ("adapter_config.json" in files) == ("peft" in json.loads(row["config"] or "{}"))
        assert ("safetensors" in row["tags"]) == any(
            file.endswith(".safetensors") and not file.startswith("pytorch_lora") for file in files
        )
        if row["safetensors"] is not None:
            counted = [count for count in row["safetensors"]["parameters"].values() if count]
            assert row["safetensors"]["total"] == sum(counted) > 0
        kinds[is_gguf, row["safetensors"] is not None] += 1
    assert min(kinds[True, False], kinds[False, True], kinds[False, False]) > 500


# The anomalies


def reason(world, child, parent, cycles):
    """Decide by the rules of exclusion, one by one."""
    ids = world.by_id
    if parent == child:
        return "self_loop"
    is_path = parent.startswith(("/", "./", "../", "~", "C:\\", "http"))
    if not parent or is_path or parent.count("/") > 1:
        return "malformed"
    if parent not in ids and RENAMED.get(parent) not in ids:
        return "absent"
    return "cycle" if (parent, child) in cycles else "kept"


@pytest.mark.parametrize("size", ["small", "hub"])
@pytest.mark.parametrize("name", [anomaly.name for anomaly in ANOMALIES])
def test_anomaly_is_there(name, size, request):
    world = request.getfixturevalue(size)
    cases = world.truth.anomalies[name]
    assert len(cases) >= (1 if size == "small" else 3)
    planted = set(world.models)
    for case in cases:
        assert case["id"] not in planted
        assert case["id"] is None or case["id"] in world.by_id
        assert case["expected"]
        if "parent" not in case:
            continue
        assert case["parent"] not in planted
        row = world.by_id[case["id"]]
        places = {
            place
            for place, relation, parent in declared(row)
            if parent == case["parent"] and relation in (None, case["relation"])
        }
        assert places
        assert places == set(case.get("declared_by", places))
        rings = world.truth.anomalies["cycle_two"] + world.truth.anomalies["cycle_three"]
        cycles = {(ring["parent"], ring["id"]) for ring in rings}
        assert reason(world, case["id"], case["parent"], cycles) == case["expected"]


def test_only_the_planted_cycles_are_there(hub):
    graph = nx.DiGraph(
        (parent, row["id"]) for row in hub.rows for _, _, parent in declared(row) if row["id"]
    )
    found = Counter(len(c) for c in nx.strongly_connected_components(graph) if len(c) > 1)
    assert found == {2: 5, 3: 5}
    loops = set(nx.nodes_with_selfloops(graph))
    assert loops == {case["id"] for case in hub.truth.anomalies["self_loop"]}


def test_only_the_planted_parents_are_missing(hub):
    absent = {
        parent
        for row in hub.rows
        for _, _, parent in declared(row)
        if parent not in hub.by_id and RENAMED.get(parent) not in hub.by_id
    }
    expected = {
        case["parent"]
        for cases in hub.truth.anomalies.values()
        for case in cases
        if case["expected"] in ("absent", "malformed")
    }
    assert absent == expected


def test_anomalies_of_the_parent(hub):
    planted = hub.truth.anomalies
    local = {case["parent"] for case in planted["malformed_local_path"]}
    assert {"./out", "C:\\models\\plover", "~/plover"} <= local
    assert any(parent.startswith("/cache/") for parent in local)
    assert all(c["parent"].startswith("https://huggingface.co/") for c in planted["malformed_url"])
    assert {tuple(case["declared_by"]) for case in planted["malformed_empty"]} == {
        ("card",),
        ("tag",),
    }
    assert {case["parent"] for case in planted["legacy_parent_renamed"]} == set(RENAMED)
    for case in planted["legacy_parent_renamed"]:
        assert case["resolved_to"] == RENAMED[case["parent"]]
    assert all("/" not in case["parent"] for case in planted["legacy_parent_kept"])
    assert all("/" not in case["parent"] for case in planted["legacy_parent_absent"])
    for case in planted["case_mismatch_parent"]:
        assert case["parent"].lower() == case["matches_without_case"].lower()
        assert case["matches_without_case"] in hub.by_id
    for case in planted["ids_differ_in_case"]:
        assert case["parent"].lower() == case["other_id"].lower()
        assert {case["parent"], case["other_id"]} <= set(hub.by_id)
    assert len({case["parent"] for case in planted["many_parents"]}) == 40
    assert len({case["id"] for case in planted["many_parents"]}) == 1


def test_anomalies_of_dates(hub):
    for case in hub.truth.anomalies["child_older_than_parent"]:
        assert hub.by_id[case["id"]]["createdAt"] > BACKFILL
        assert hub.by_id[case["id"]]["createdAt"] < hub.by_id[case["parent"]]["createdAt"]
    dates = [hub.by_id[case["id"]] for case in hub.truth.anomalies["backfilled_dates"]]
    assert {row["createdAt"] for row in dates} == {BACKFILL}
    parents = {
        hub.by_id[case["parent"]]["createdAt"] == BACKFILL
        for case in hub.truth.anomalies["backfilled_dates"]
    }
    assert parents == {True, False}


def test_anomalies_of_the_declaration(hub):
    planted = hub.truth.anomalies
    pairs = Counter((case["id"], case["parent"]) for case in planted["pair_two_relations"])
    assert set(pairs.values()) == {2}
    for case in planted["bare_declaration"]:
        assert {relation for _, relation, _ in declared(hub.by_id[case["id"]])} == {None}
    for case in planted["tag_without_bare"]:
        row = hub.by_id[case["id"]]
        assert f"base_model:adapter:{case['parent']}" in row["tags"]
        assert f"base_model:{case['parent']}" not in row["tags"]
    for case in planted["unknown_relation"]:
        row = hub.by_id[case["id"]]
        assert f"base_model:distill:{case['parent']}" in row["tags"]
        assert row["baseModels"]["relation"] == "distill"
    for case in planted["relation_contradicted"]:
        files = {file["rfilename"] for file in hub.by_id[case["id"]]["siblings"]}
        weights = {file for file in files if file.endswith((".safetensors", ".bin", ".gguf"))}
        assert weights == {"adapter_model.safetensors"}
        assert "adapter_config.json" in files
    for case in planted["card_several_parents_joined"]:
        assert card(hub.by_id[case["id"]])["base_model"] == case["text"]
        assert len(case["text"].split(", ")) == 2


def test_anomalies_of_values(hub):
    planted = hub.truth.anomalies
    for case in planted["card_data_invalid_json"]:
        assert hub.by_id[case["id"]]["cardData"] == case["text"]
        with pytest.raises(json.JSONDecodeError):
            json.loads(case["text"])
    odd = {c["expected"]: hub.by_id[c["id"]]["cardData"] for c in planted["card_data_odd_values"]}
    assert math.isnan(json.loads(odd["nan"])["loss"])
    assert json.loads(odd["infinity"])["gain"] == -math.inf
    assert json.loads(odd["number_as_string"])["epochs"] == "12"
    assert json.loads(odd["beyond_64_bits"])["tokens"] == 2**64 + 1
    assert odd["duplicate_keys"].count('"license"') == 2
    assert json.loads(odd["language_is_true"])["language"] is True
    assert isinstance(json.loads(odd["license_is_list"])["license"], list)
    for case in planted["date_of_year_one"]:
        assert hub.by_id[case["id"]]["createdAt"] == dt.datetime(1, 1, 1)
    not_a_number = {row["id"] for row in hub.rows if math.isnan(row["trendingScore"])}
    assert not_a_number == {case["id"] for case in planted["trending_nan"]}
    negative = {row["id"] for row in hub.rows if row["downloads"] < 0}
    assert negative == {case["id"] for case in planted["negative_downloads"]}
    tags = "".join(case["tag"] for case in planted["control_characters_in_tag"])
    assert {"\u202e", "\x07", "\n", "\x1b"} <= set(tags)
    for case in planted["control_characters_in_tag"]:
        assert case["tag"] in hub.by_id[case["id"]]["tags"]
    for case in planted["language_lookalike"]:
        row = hub.by_id[case["id"]]
        assert set(case["languages"]) == languages(row)
        assert {*case["languages"], *case["lookalikes"]} <= set(row["tags"])
        assert not set(case["languages"]) & set(case["lookalikes"])


def test_anomalies_of_ids(hub):
    planted = hub.truth.anomalies
    epoch = dt.datetime(1970, 1, 1)
    for case in planted["duplicate_id"]:
        rows = [row for row in hub.rows if row["id"] == case["id"]]
        found = sorted(
            (row["lastModified"] - epoch) // dt.timedelta(milliseconds=1) for row in rows
        )
        assert found == case["modified_ms"]
        assert found[0] < found[1]
    nameless = {row["_id"] for row in hub.rows if row["id"] is None}
    assert nameless == {case["hub_id"] for case in planted["null_id"]}
    assert {case["id"] for case in planted["malformed_id"]} == {
        "../etc/passwd",
        "heron/serval/lark",
        "has space/plover",
    }
    odd = {case.get("id") for name in ODD for case in planted[name]}
    odd |= {case["parent"] for case in planted["legacy_parent_kept"]}
    for row in hub.rows:
        if row["id"] not in odd:
            assert re.fullmatch(r"[\w.-]+/[\w.-]+", row["id"])
            assert row["id"].partition("/")[0] == row["author"]


def test_public_names():
    assert all(hasattr(demo, name) for name in demo.__all__)
    names = [anomaly.name for anomaly in ANOMALIES]
    assert len(names) == len(set(names)) >= 35
    assert all(anomaly.description.endswith(".") for anomaly in ANOMALIES)
