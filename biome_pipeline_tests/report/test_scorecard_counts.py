"""The scorecard's numbers against plain recomputations, group by group."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from statistics import mean, median
from typing import TYPE_CHECKING, Any

import networkx as nx
import pyarrow as pa
import pycountry
import pytest

from biome_pipeline.report.scorecard import counts
from biome_pipeline.report.scorecard.figures import published_figures
from biome_pipeline.settings import Settings
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.report.scored import Row, score, tables_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FIGURES = published_figures()
TABLES_OF_DEMO = "demo"
RELATIONS = ("finetune", "adapter", "quantized", "merge")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as opened:
        yield opened


@pytest.fixture(scope="module")
def demo(engine) -> dict[str, Row]:
    return score(engine, tables_of(TABLES_OF_DEMO))


def rows_of(name: str) -> list[Row]:
    return list(tables_of(TABLES_OF_DEMO)[name].to_pylist())


@pytest.fixture(scope="module")
def people() -> list[Row]:
    return rows_of("hub.models")


@pytest.fixture(scope="module")
def edges() -> list[Row]:
    return [row for row in rows_of("genealogy.edges") if not row["is_excluded"]]


def keys_of(stem: str) -> list[str]:
    return [key for key in FIGURES if key.startswith(stem) and "._" not in key]


def pairs_of(edges: Iterable[Row], relations: Iterable[str] | None = None) -> set[tuple[str, str]]:
    return {
        (row["parent_id"], row["child_id"])
        for row in edges
        if relations is None or row["relation"] in relations
    }


def test_licenses_and_languages_are_those_of_tags(demo, people) -> None:
    tags = [set(row["tags"] or []) for row in people]
    for key in keys_of("license_count."):
        name = key.removeprefix("license_count.")
        assert demo[key]["computed"] == sum(f"license:{name}" in own for own in tags), key
    assert any(demo[key]["computed"] for key in keys_of("license_count."))
    codes = {row.alpha_2 for row in pycountry.languages if hasattr(row, "alpha_2")}
    named = {"Dhivehi": "dv", "Nyanja": "ny"}
    for key in keys_of("language_count."):
        name = key.removeprefix("language_count.")
        code = named.get(name) or pycountry.languages.get(name=name).alpha_2
        assert demo[key]["computed"] == sum(code in own for own in tags), key
    assert demo["language_count.English"]["computed"] > 0
    many = Counter(len(own & codes) for own in tags)
    for key in keys_of("n_languages_per_model."):
        assert demo[key]["computed"] == many[int(key.rpartition(".")[2])]


def test_without_tags_nothing_is_counted_from_them(engine) -> None:
    tables = dict(tables_of(TABLES_OF_DEMO))
    models = tables["hub.models"]
    place = models.schema.get_field_index("tags")
    bare = [None] * models.num_rows
    tables["hub.models"] = models.set_column(
        place, models.schema.field("tags"), [type_of(models, bare)]
    )
    rows = score(engine, tables)
    for stem in ("license_count.", "language_count.", "n_languages_per_model."):
        for key in keys_of(stem):
            assert rows[key]["verdict"] == "not computable", key
            assert "no tags" in rows[key]["reason"]


def type_of(table: Any, values: list[Any]) -> Any:
    return pa.array(values, table.schema.field("tags").type)


def test_datasets_tasks_and_libraries(demo, people) -> None:
    counts = Counter(value for row in people for value in set(row["datasets"] or []))
    for key in keys_of("dataset_count."):
        assert demo[key]["computed"] == counts[key.removeprefix("dataset_count.")]
    assert demo["dataset_count._distinct"]["computed"] == len(counts)
    assert demo["dataset_count._total_mentions"]["computed"] == sum(counts.values())
    for group, column in (("task", "pipeline_tag"), ("library", "library_name")):
        own = Counter(row[column] for row in people if row[column] is not None)
        for key in keys_of(f"{group}_pct_of_reporting."):
            share = 100 * own[key.partition(".")[2]] / own.total()
            assert demo[key]["computed"] == pytest.approx(share), key
            assert demo[key]["n"] == own.total()


def test_papers_by_subject(demo, people) -> None:
    papers = rows_of("hub.papers")
    named = {paper for row in people for paper in row["arxiv_ids"] or []}
    assert demo["arxiv.unique_papers"]["computed"] == len(named)
    for key in keys_of("arxiv_primary_papers."):
        name = key.partition(".")[2]
        own = sum(row["primary_category"] == name for row in papers)
        assert demo[key]["computed"] == own
    for key in keys_of("arxiv_category_papers."):
        name = key.partition(".")[2]
        assert demo[key]["computed"] == sum(name in row["categories"] for row in papers)
    subjects = {row["arxiv_id"]: set(row["categories"]) for row in papers}
    for key in keys_of("arxiv_category_models."):
        name = key.partition(".")[2]
        own = sum(any(name in subjects[p] for p in row["arxiv_ids"] or []) for row in people)
        assert demo[key]["computed"] == own


def test_downloads_sizes_and_the_most_downloaded(demo, people) -> None:
    recent = [row["downloads"] for row in people if row["downloads"] is not None]
    ever = [row["downloads_all_time"] for row in people if row["downloads_all_time"] is not None]
    for word, values in (("downloads", recent), ("downloadsAllTime", ever)):
        assert demo[f"hubstats.{word}_gt0"]["computed"] == sum(value > 0 for value in values)
        assert demo[f"hubstats.{word}_mean"]["computed"] == pytest.approx(mean(values))
        assert demo[f"hubstats.{word}_median"]["computed"] == median(values)
    assert demo["hubstats.models_total"]["computed"] == len(people)
    sizes = [row["parameters"] for row in people if row["parameters"] is not None]
    assert demo["hubstats.safetensors_populated"]["computed"] == len(sizes)
    assert demo["hubstats.params_b.max"]["computed"] == pytest.approx(max(sizes) / 1e9)
    assert demo["hubstats.params_b.p50"]["computed"] == pytest.approx(median(sizes) / 1e9)
    known = [row for row in people if row["downloads"] is not None]
    best = sorted(known, key=lambda row: (-row["downloads"], row["model_id"].encode()))
    for rank in range(1, 11):
        row = demo[f"top_downloads.rank{rank:02}"]
        assert row["computed_text"] == best[rank - 1]["model_id"]
    for name, low, high in (
        ("small_lt1B", 0, 1),
        ("medium_7_15B", 7, 15),
        ("large_100B", 100, 9e9),
    ):
        own = [
            row
            for row in people
            if row["parameters"] is not None
            and low <= row["parameters"] / 1e9 < high
            and row["downloads_all_time"] is not None
        ]
        own.sort(key=lambda row: (-row["downloads_all_time"], row["model_id"].encode()))
        scored = demo[f"hubstats.top_downloaded.{name}"]
        if not own:
            assert scored["verdict"] == "not computable"
            continue
        listed = json.loads(scored["computed_text"])
        assert [entry[0] for entry in listed] == [row["model_id"] for row in own[:3]]
        assert [entry[1] for entry in listed] == [
            round(row["parameters"] / 1e9, 2) for row in own[:3]
        ]


def test_relations_are_counted_in_models_and_in_edges(demo, people, edges) -> None:
    raw = [row for row in rows_of("hub.raw_models") if row["base_models"]]
    for relation in RELATIONS:
        assert demo[f"hubstats.relation.{relation}"]["computed"] == sum(
            row["base_models_relation"] == relation for row in raw
        )
        assert demo[f"hubstats.relation.{relation}"]["n"] == len(raw)
        own = sum(row["relation"] == relation for row in edges)
        assert demo[f"graph.edges.{relation}"]["computed"] == own
    assert demo["graph.all.edges"]["computed"] == len(pairs_of(edges))
    assert demo["graph.all.nodes"]["computed"] == len(people)


def test_fertile_children_are_counted_as_edges_without_merges(demo, edges) -> None:
    asexual = [row for row in edges if row["relation"] != "merge"]
    parents = {row["parent_id"] for row in asexual}
    for relation in ("finetune", "quantized", "adapter"):
        own = [row for row in asexual if row["relation"] == relation]
        scored = demo[f"graph.fertile_children.{relation}"]
        assert scored["computed"] == sum(row["child_id"] in parents for row in own)
        assert scored["n"] == len(own)


def test_components_and_families(engine, demo, people, edges) -> None:
    graph = nx.Graph()
    graph.add_nodes_from(row["model_id"] for row in people)
    graph.add_edges_from(pairs_of(edges))
    sizes = sorted((len(part) for part in nx.connected_components(graph)), reverse=True)
    assert demo["graph.weak_components"]["computed"] == len(sizes)
    scored = demo["graph.component_rank_2500.size"]
    assert scored["verdict"] == "not computable"
    assert len(sizes) < 2500
    depth = nx.dag_longest_path_length(nx.DiGraph(pairs_of(edges)))
    assert demo["paper.max_depth_approx"]["computed"] == depth


def test_named_models_have_their_families_and_children(engine, edges) -> None:
    """One root of the demo takes the name of a model that figures name."""
    tables = dict(tables_of(TABLES_OF_DEMO))
    name = "google/gemma-2b"
    asexual = nx.Graph(pairs_of(edges, {"finetune", "adapter", "quantized", "unspecified"}))
    tagged = [row for row in rows_of("genealogy.edges") if "tags" in row["pair_declared_by"]]
    parents = defaultdict(set)
    for row in tagged:
        parents[row["child_id"]].add(row["parent_id"])
    only = Counter(next(iter(own)) for own in parents.values() if len(own) == 1)
    several = Counter(p for own in parents.values() if len(own) > 1 for p in own)
    root = max(several, key=lambda model: (only[model], model))
    assert only[root]
    assert root in asexual
    for table in ("hub.models", "genealogy.edges", "genealogy.members"):
        columns = {"model_id", "parent_id", "child_id"} & set(tables[table].column_names)
        for column in columns:
            tables[table] = _renamed(tables[table], column, root, name)
    rows = score(engine, tables)
    assert rows[f"top_parents.{name}"]["computed"] == only[root]
    size = len(nx.node_connected_component(asexual, root))
    assert rows[f"family_size.nomerges.{name}"]["computed"] == size
    absent = rows["top_parents.google/gemma-7b"]
    assert absent["verdict"] == "not computable"


def _renamed(table: Any, column: str, old: str, new: str) -> Any:
    place = table.schema.get_field_index(column)
    values = [new if value == old else value for value in table[column].to_pylist()]
    return table.set_column(place, table.schema.field(column), [pa.array(values, pa.string())])


def test_small_shapes(demo, edges) -> None:
    pairs = pairs_of(edges, {"finetune"})
    children, parents = defaultdict(set), defaultdict(set)
    for parent, child in pairs:
        children[parent].add(child)
        parents[child].add(parent)
    degree = {node: len(own) for node, own in children.items()}
    expected = {
        "single_edges": len(pairs),
        "siblings_trio1": sum(k * (k - 1) // 2 for k in degree.values()),
        "grandparent_chains_trio2": sum(degree.get(child, 0) for _, child in pairs),
        "sibling_triples_quad0": sum(k * (k - 1) * (k - 2) // 6 for k in degree.values()),
        "quad1_edge_plus_two_children": sum(
            degree.get(child, 0) * (degree.get(child, 0) - 1) // 2 for _, child in pairs
        ),
        "quad3_chains_of_4": sum(
            len(parents[parent]) * degree.get(child, 0) for parent, child in pairs
        ),
    }
    for name, count in expected.items():
        assert demo[f"paper.table1.{name}"]["computed"] == count, name
    assert demo["paper.table1.quad3_chains_of_4"]["verdict"] == "definition differs"


def test_cards_of_models_and_of_pairs(demo, people, edges) -> None:
    cards = {row["model_id"]: row for row in rows_of("hub.cards")}
    length = {
        name: row["characters"]
        for name, row in cards.items()
        if row["characters"] is not None and row["characters"] > 3
    }
    unread = {name for name, row in cards.items() if row["outcome"] in {"too_large", "not_utf8"}}
    has = set(length) | unread
    auto = {name for name in length if cards[name]["is_auto_generated"]}
    assert demo["card.share_nodes"]["computed"] == pytest.approx(len(has) / len(people))
    assert demo["paper.card.chars.mean"]["computed"] == pytest.approx(mean(length.values()))
    assert demo["paper.card.chars.median"]["computed"] == median(length.values())
    assert demo["paper.card.chars.min"]["computed"] == min(length.values())
    assert demo["paper.card.chars.max"]["computed"] == max(length.values())
    pairs = pairs_of(edges)
    both = [(p, c) for p, c in pairs if p in has and c in has]
    assert demo["edge.both_have_card"]["computed"] == len(both)
    delta = mean(c in auto for _, c in pairs) - mean(p in auto for p, _ in pairs)
    assert demo["edge.delta_p_auto"]["computed"] == pytest.approx(delta)
    assert demo["similarity.cards.kept"]["computed"] == sum(
        size >= 512 and name not in auto for name, size in length.items()
    )
    read = [(p, c) for p, c in both if p in length and c in length]
    assert demo["edge.card_len.parent_mean"]["computed"] == pytest.approx(
        mean(length[p] for p, _ in read)
    )
    assert demo["edge.card_len.child_mean"]["computed"] == pytest.approx(
        mean(length[c] for _, c in read)
    )
    for relation in RELATIONS:
        own = pairs_of(edges, {relation})
        n = sum(p in length and c in length for p, c in own)
        assert demo[f"edge.card_len.n.{relation}"]["computed"] == n
        for end, place in (("parent", 0), ("child", 1)):
            key = f"edge.card_length_chars.{relation}.{end}"
            values = [length[pair[place]] for pair in own if set(pair) <= set(length)]
            assert demo[key]["computed"] == pytest.approx(mean(values))


def test_languages_along_edges_are_of_another_definition(demo, people, edges) -> None:
    n_languages = {row["model_id"]: len(row["languages"] or []) for row in people}
    pairs = pairs_of(edges)
    report = [(p, c) for p, c in pairs if n_languages[p] and n_languages[c]]
    expected = {
        "edge.languages.parent_mean": mean(n_languages[p] for p, _ in pairs),
        "edge.languages.child_mean": mean(n_languages[c] for _, c in pairs),
        "edge.languages.parent_mean_reporting": mean(n_languages[p] for p, _ in report),
        "edge.languages.child_mean_reporting": mean(n_languages[c] for _, c in report),
    }
    for key, value in expected.items():
        assert demo[key]["computed"] == pytest.approx(value), key
        assert demo[key]["verdict"] == "definition differs"
        assert "two letters" in demo[key]["reason"]


def _values(people: list[Row], trait: str) -> dict[str, set[str]]:
    column = {"task": "pipeline_tag", "library": "library_name"}[trait]
    return {row["model_id"]: {row[column]} - {None} for row in people}


@pytest.mark.parametrize("graph", ["finetune", "all"])
def test_mutation_and_net_transitions_of_tasks(demo, people, edges, graph: str) -> None:
    own = _values(people, "task")
    pairs = pairs_of(edges, {"finetune"} if graph == "finetune" else None)
    report = [(own[p], own[c]) for p, c in pairs if own[p] and own[c]]
    mutations = sum(1 - len(p & c) / len(p | c) for p, c in report)
    stem = f"mutation.{graph}.task"
    assert demo[f"{stem}.edges_reporting"]["computed"] == len(report)
    assert demo[f"{stem}.mutations"]["computed"] == pytest.approx(mutations)
    counts: Counter[tuple[str, str]] = Counter()
    for p, c in report:
        counts.update((old, new) for new in c - p for old in p)
        counts.update((old, new) for old in p - c for new in c)

    def net(values: set[str] | None) -> dict[str, int]:
        found = Counter(edges=0, total_n=0, total_traffic=0)
        for one, other in {tuple(sorted(pair)) for pair in counts}:
            forth, back = counts[one, other], counts[other, one]
            if forth != back and (values is None or {one, other} <= values):
                found.update(edges=1, total_n=forth + back, total_traffic=abs(forth - back))
        return dict(found)

    for what, value in net(None).items():
        assert demo[f"ordering.{graph}.task_alltraits.{what}"]["computed"] == value, what
    top_n = 10 if graph == "finetune" else 20
    order = [
        row["value"]
        for row in sorted(rows_of("drift.orderings"), key=lambda row: row["position"])
        if (row["graph"], row["trait"], row["top_n"], row["objective"])
        == (graph, "task", top_n, "traffic")
    ]
    stem = f"ordering.{graph}.task"
    for what, value in net(set(order)).items():
        assert demo[f"{stem}.{what}"]["computed"] == value, what
    assert json.loads(demo[f"{stem}.weighted"]["computed_text"]) == order
    place = {value: rank for rank, value in enumerate(order)}
    among = {pair: n for pair, n in counts.items() if pair[0] in place and pair[1] in place}
    along = sum(n for (one, other), n in among.items() if place[one] < place[other])
    share = along / sum(among.values())
    if demo[f"{stem}.mutations_explained"]["computed_from"] == "snapshot":
        assert demo[f"{stem}.mutations_explained"]["computed"] == pytest.approx(share)


def test_all_transitions_hold_even_pairs_and_net_ones_do_not(demo) -> None:
    for trait in ("license", "language"):
        stem = f"ordering.finetune.{trait}"
        total = demo[f"{stem}.mutations_total"]["computed"]
        assert total >= demo[f"{stem}.total_n"]["computed"]
        assert demo[f"{stem}.mutations_compatible"]["computed"] <= total
    names = json.loads(demo["ordering.finetune.language.weighted"]["computed_text"])
    assert {"English", "Chinese"} <= set(names)


# Figure, and its graph, text, measure and ablation.
_FIGURES = {
    "metadata_finetune_tfidf_aug4": ("finetune", "metadata", "tfidf", "all"),
    "metadata_finetune_bow_aug4": ("finetune", "metadata", "bow", "all"),
    "metadata_tfidf_similarity_allrelations": ("all", "metadata", "tfidf", "all"),
    "metadata_nomerges_levenshtein": ("asexual", "metadata", "levenshtein", "all"),
    "metadata_tfidf_similarity_removeparent": ("finetune", "metadata", "tfidf", "no_parent"),
}
# Mark of a figure, as its note words it, and topology and position.
_MARKS = {
    "rando:1": ("pair", "random"),
    "duo:1": ("edge", "u-v"),
    "trio_1:2": ("siblings", "v-w"),
    "trio_2:1": ("chain3", "u-w"),
    "quad_0:2": ("star3", "v-w"),
    "quad_1:4": ("fork", "w-x"),
    "quad_2:2": ("uncle", "w-x"),
    "quad_3:1": ("chain4", "t-w"),
    "quad_3:6": ("chain4", "t-u"),
}


@pytest.mark.parametrize("figure", list(_FIGURES))
def test_similarities_are_those_of_graph_text_measure_and_position(demo, figure: str) -> None:
    names = ("graph", "text", "measure", "ablation", "topology", "position", "weighting")
    means = {
        tuple(row[name] for name in names): row["mean"] for row in rows_of("similarity.summary")
    }
    for mark, at in _MARKS.items():
        row = demo[f"similarity.{figure}.{mark}"]
        expected = means.get((*_FIGURES[figure], *at, "pair"))
        if expected is None:
            assert row["verdict"] == "not computable"
        else:
            assert row["computed"] == expected
            is_other = mark.startswith("quad_3") or figure.endswith("removeparent")
            assert row["verdict"] == ("definition differs" if is_other else "drifted")
    assert demo[f"similarity.{figure}.duo:1"]["computed"] is not None


def _drawn_edges(draw: random.Random, names: list[str]) -> list[Row]:
    """Draw edges with every odd thing: excluded, doubled, and not declared by tags."""
    return [
        {
            "parent_id": parent,
            "child_id": child,
            "relation": relation,
            "pair_declared_by": draw.choice((["tags"], ["card"], ["base_models", "tags"])),
            "is_excluded": draw.random() < 0.2,
        }
        for child in names
        for parent in draw.sample(names, draw.randint(0, 3))
        for relation in draw.sample(RELATIONS, draw.choice((1, 1, 2)))
    ]


def _drawn_cards(draw: random.Random, names: list[str]) -> list[Row]:
    kinds = (None, 0, 3, 4, 600)
    rows = []
    for name in draw.sample(names, len(names) - 4):
        size = draw.choice(kinds)
        outcome = draw.choice(("missing", "too_large", "not_asked")) if size is None else "ok"
        is_auto = None if size is None else draw.random() < 0.5
        rows.append(
            {
                "model_id": name,
                "outcome": outcome,
                "characters": size,
                "is_auto_generated": is_auto,
            }
        )
    return rows


@pytest.mark.parametrize("seed", range(8))
def test_counts_on_drawn_edges_and_cards(engine, seed: int) -> None:
    draw = random.Random(seed)
    names = [f"o/{number}" for number in range(24)]
    edges, cards = _drawn_edges(draw, names), _drawn_cards(draw, names)
    given = {
        name: engine.memory_table(
            pa.Table.from_pylist(
                rows,
                schema=pa.schema([TABLES[name].arrow_schema().field(column) for column in rows[0]]),
            )
        )
        for name, rows in (("genealogy.edges", edges), ("hub.cards", cards))
    }
    parents = defaultdict(set)
    for row in edges:
        if "tags" in row["pair_declared_by"]:
            parents[row["child_id"]].add(row["parent_id"])
    only = Counter(next(iter(own)) for own in parents.values() if len(own) == 1)
    asked = names[:12]
    found = counts.count_only_parents(engine, given["genealogy.edges"], asked)
    assert found == {name: only[name] for name in asked if only[name]}

    known = {row["model_id"]: row for row in cards}

    def has_card(name: str) -> bool:
        card = known.get(name)
        return card is not None and (
            card["outcome"] == "too_large" or (card["characters"] or 0) > 3
        )

    def is_auto(name: str) -> bool:
        return (known.get(name, {}).get("characters") or 0) > 3 and known[name]["is_auto_generated"]

    kept = [row for row in edges if not row["is_excluded"]]
    pairs = pairs_of(kept)
    carded = counts.pairs_with_cards(engine, given["genealogy.edges"], given["hub.cards"])
    assert carded["n"] == len(pairs)
    assert carded["both_have_card"] == sum(has_card(p) and has_card(c) for p, c in pairs)
    assert carded["delta_p_auto"] == pytest.approx(
        mean(is_auto(c) for _, c in pairs) - mean(is_auto(p) for p, _ in pairs)
    )

    asexual = [row for row in kept if row["relation"] != "merge"]
    fertile = {row["parent_id"] for row in asexual}
    own = Counter(row["relation"] for row in asexual if row["child_id"] in fertile)
    assert counts.count_fertile_edges(engine, given["genealogy.edges"]) == dict(own)
