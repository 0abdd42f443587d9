"""A family comes back from every format with the edges that it went in with."""

from __future__ import annotations

import json
import re
from datetime import datetime
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest

from biome_pipeline.errors import GenealogyError, ModelNotFoundError
from biome_pipeline.genealogy.lineage import (
    FamilyTree,
    family_tree,
    printable,
    to_graphml,
    to_json,
)
from biome_pipeline.genealogy.newick import to_newick
from biome_pipeline.genealogy.outline import to_text
from biome_pipeline_tests.worlds.families import (
    HOSTILE,
    draw_family,
    edge_rows,
    make_family,
    member_rows,
)

SEEDS = range(100)

# Two founders; e is a merge of b and c, and b is both a finetune and an adapter of a.
WOVEN = make_family(
    ["a", "b", "c", "d", "e", "f"],
    [
        (0, 1, "finetune"),
        (0, 1, "adapter"),
        (0, 2, "quantized"),
        (1, 4, "merge"),
        (2, 4, "merge"),
        (3, 4, "merge"),
        (4, 5, "unspecified"),
    ],
)


def relations_of(tree: FamilyTree) -> list[tuple[str, str, str]]:
    ends = zip(tree.parent.tolist(), tree.child.tolist(), tree.relation, strict=True)
    return sorted((tree.ids[parent], tree.ids[child], relation) for parent, child, relation in ends)


def pairs_of(tree: FamilyTree) -> set[tuple[str, str]]:
    return {row[:2] for row in relations_of(tree)}


def chain(n_models: int) -> FamilyTree:
    ids = [f"m{node:05}" for node in range(n_models)]
    return make_family(ids, [(v - 1, v, "finetune") for v in range(1, n_models)])


TOKEN = re.compile(r"[(),;]|'((?:[^']|'')*)'(?:#H(\d+))?")


def parse_newick(text: str) -> tuple[set[tuple[str, str]], set[str], dict[str, str]]:
    """Read pairs, all labels, and the hybrid number of each merged label."""
    pairs: set[tuple[str, str]] = set()
    labels: set[str] = set()
    hybrids: dict[str, str] = {}
    open_groups: list[list[str]] = [[]]
    closed: list[str] | None = None
    position = 0
    while position < len(text):
        token = TOKEN.match(text, position)
        assert token, text[position : position + 40]
        position = token.end()
        if token[0] == "(":
            open_groups.append([])
        elif token[0] == ")":
            closed = open_groups.pop()
        elif token[0] == ";":
            assert position == len(text)
        elif token[0] != ",":
            label = token[1].replace("''", "'")
            if token[2]:
                assert hybrids.setdefault(token[2], label) == label
            labels.add(label)
            pairs |= {(label, child) for child in closed or []}
            open_groups[-1].append(label)
            closed = None
    assert len(open_groups) == 1
    return pairs, labels, hybrids


def test_rows_become_a_family_whatever_their_order() -> None:
    assert WOVEN.ids == ("a", "b", "c", "d", "e", "f")
    assert WOVEN.generation.tolist() == [0, 1, 1, 0, 2, 3]
    assert (WOVEN.n_models, WOVEN.depth, WOVEN.founders) == (6, 3, (0, 3))
    assert WOVEN.n_descendants.tolist() == [4, 2, 2, 2, 1, 0]
    assert WOVEN.parent.dtype == WOVEN.child.dtype == WOVEN.generation.dtype == np.int32
    rng = np.random.default_rng(7)
    ids = ["r", "z", "b", "k", "c"]
    rows = [
        (0, 1, "merge"),
        (0, 2, "finetune"),
        (2, 3, "adapter"),
        (2, 1, "merge"),
        (3, 4, "merge"),
    ]
    members, edges = member_rows(ids, [row[:2] for row in rows]), edge_rows(ids, rows)
    expected = to_json(family_tree(members, edges, snapshot="s"))
    for _ in range(10):
        shuffled = [table.take(rng.permutation(len(table))) for table in (members, edges)]
        assert to_json(family_tree(*shuffled, snapshot="s")) == expected


def test_rows_that_are_not_one_family_are_refused() -> None:
    ids, rows = ["a", "b"], [(0, 1, "finetune")]
    members, edges = member_rows(ids, [(0, 1)]), edge_rows(ids, rows)
    other = members.set_column(1, "family_id", pa.array([1, 2]))
    backwards = edge_rows(ids, [(1, 0, "finetune")])
    stranger = edge_rows(["a", "x"], rows)
    for bad_members, bad_edges, fact in (
        (members.slice(0, 0), edges, "0 families"),
        (other, edges, "2 families"),
        (pa.concat_tables([members, members]), edges, "name a model again"),
        (members, stranger, "no members"),
        (members, backwards, "does not grow"),
    ):
        with pytest.raises(GenealogyError, match=fact):
            family_tree(bad_members, bad_edges, snapshot="s")


@pytest.mark.parametrize("start", [0, 25, 50, 75])
def test_every_format_gives_the_edges_back(start: int) -> None:
    for seed in SEEDS[start : start + 25]:
        tree = draw_family(seed, n_models=2 + seed % 40)
        rows = list(zip(tree.parent.tolist(), tree.child.tolist(), tree.relation, strict=True))
        assert rows == sorted(rows), f"seed {seed}"
        pairs, labels, hybrids = parse_newick(to_newick(tree))
        merged = {tree.ids[node] for node in np.flatnonzero(tree.pairs.n_parents > 1)}
        assert pairs == pairs_of(tree), f"seed {seed}"
        assert labels == set(tree.ids), f"seed {seed}"
        assert set(hybrids.values()) == merged, f"seed {seed}"

        graph = nx.parse_graphml(to_graphml(tree), force_multigraph=True)
        found = sorted((u, v, data["relation"]) for u, v, data in graph.edges(data=True))
        assert graph.is_directed()
        assert found == relations_of(tree), f"seed {seed}"
        generation = dict(zip(tree.ids, tree.generation.tolist(), strict=True))
        assert dict(graph.nodes(data="generation")) == generation, f"seed {seed}"

        document = json.loads(to_json(tree))
        graph = nx.node_link_graph(document, edges="edges")
        found = sorted((u, v, data["relation"]) for u, v, data in graph.edges(data=True))
        assert found == relations_of(tree), f"seed {seed}"
        assert dict(graph.nodes(data="generation")) == generation, f"seed {seed}"

        lines = list(to_text(tree, max_children=10**6, max_lines=10**6))
        first = [line for line in lines if not line.endswith("(see above)")]
        told = [re.search(r"owner/model-\d+", line)[0] for line in first]
        assert sorted(told) == list(tree.ids), f"seed {seed}"
        # A line for each pair, and one for each founder.
        assert len(lines) == len(pairs) + len(tree.founders), f"seed {seed}"


def test_newick_of_known_families() -> None:
    assert to_newick(make_family(["a", "b"], [(0, 1, "merge")])) == "('b')'a';"
    assert to_newick(WOVEN) == "(((('f')'e'#H1)'b',('e'#H1)'c')'a',('e'#H1)'d');"


def test_text_of_a_known_family() -> None:
    assert list(to_text(WOVEN)) == [
        "a 4 descendants",
        "├── b [adapter, finetune] 2 descendants",
        "│   └── e [merge] 1 descendant, 3 parents",
        "│       └── f [unspecified] 0 descendants",
        "└── c [quantized] 2 descendants",
        "    └── e [merge] 1 descendant, 3 parents (see above)",
        "d 2 descendants",
        "└── e [merge] 1 descendant, 3 parents (see above)",
    ]
    assert list(to_text(WOVEN, focus="c")) == [
        "a 4 descendants",
        "└── c [quantized] 2 descendants (focus)",
        "    └── e [merge] 1 descendant, 3 parents",
        "        └── f [unspecified] 0 descendants",
    ]


def test_focus_tells_ancestors_and_descendants_and_nobody_else() -> None:
    for seed in SEEDS:
        tree = draw_family(seed)
        expected = nx.DiGraph(pairs_of(tree))
        focus = tree.ids[seed % tree.n_models]
        kin = {focus} | nx.ancestors(expected, focus) | nx.descendants(expected, focus)
        lines = list(to_text(tree, focus=focus, max_children=10**6, max_lines=10**6))
        assert {re.search(r"owner/model-\d+", line)[0] for line in lines} == kin, f"seed {seed}"
        # However few siblings are told, the focus is.
        short = list(to_text(tree, focus=focus, max_children=1))
        assert any(line.endswith("(focus)") and f"{focus} " in line for line in short)


def test_limits_are_kept_and_said() -> None:
    star = make_family(
        [f"m{node:03}" for node in range(301)], [(0, node, "adapter") for node in range(1, 301)]
    )
    lines = list(to_text(star))
    assert len(lines) == 12
    assert lines[-1] == "└── ... and 290 more"
    lines = list(to_text(star, max_children=1_000))
    assert len(lines) == 200
    assert lines[-1] == "... cut at 200 lines"
    assert len(list(to_text(star, max_children=300, max_lines=301))) == 301
    for limits in ({"max_children": 0}, {"max_lines": 0}):
        with pytest.raises(GenealogyError, match="leaves nothing to tell"):
            to_text(star, **limits)
    with pytest.raises(ModelNotFoundError, match="no such model"):
        to_text(star, focus="\x1bnobody")


def test_a_deep_chain_ends_in_every_format() -> None:
    tree = chain(20_000)
    lines = list(to_text(tree, max_lines=10**6))
    assert len(lines) == 20_000
    assert "m19999 [finetune] 0 descendants" in lines[-1]
    assert max(map(len, lines)) < 250
    assert len(list(to_text(tree, focus="m19999"))) == 200
    pairs, _, _ = parse_newick(to_newick(tree))
    assert pairs == pairs_of(tree)
    assert len(json.loads(to_json(tree))["edges"]) == 19_999
    assert len(nx.parse_graphml(to_graphml(tree))) == 20_000


def test_hostile_ids_pass_through_no_format_unescaped() -> None:
    rows = [(0, node, "merge") for node in range(1, len(HOSTILE))]
    tree = make_family(HOSTILE, rows)
    shown = [printable(model_id) for model_id in HOSTILE]
    assert len(set(shown)) == len(HOSTILE)
    assert all(text.isprintable() for text in shown)
    lines = list(to_text(tree))
    assert all(line.isprintable() for line in lines)
    assert all(any(text in line for line in lines) for text in shown)
    assert to_newick(tree).isprintable()
    pairs, labels, _ = parse_newick(to_newick(tree))
    assert labels == set(shown)
    assert pairs == {(shown[0], text) for text in shown[1:]}
    assert set(nx.parse_graphml(to_graphml(tree))) == set(shown)
    assert to_json(tree).isascii()
    assert {node["id"] for node in json.loads(to_json(tree))["nodes"]} == set(HOSTILE)


def test_printing_never_makes_two_ids_alike() -> None:
    assert printable("a/b-1.0") == "a/b-1.0"
    assert printable("x\u202ey\n") == "x\\u202ey\\n"
    assert printable("x\\u202ey") == "x\\\\u202ey"


def test_creation_dates_are_told_where_they_are_known() -> None:
    members = member_rows(["a", "b"], [(0, 1)]).append_column(
        "created_at", pa.array([datetime(2024, 5, 1, 12), None], pa.timestamp("us"))
    )
    tree = family_tree(members, edge_rows(["a", "b"], [(0, 1, "merge")]), snapshot="s")
    assert [node.get("created_at") for node in json.loads(to_json(tree))["nodes"]] == [
        "2024-05-01T12:00:00",
        None,
    ]
    graph = nx.parse_graphml(to_graphml(tree))
    assert dict(graph.nodes(data="created_at")) == {"a": "2024-05-01T12:00:00", "b": None}


def test_graphml_has_unique_edge_ids_and_says_what_it_is() -> None:
    root = ElementTree.fromstring(to_graphml(WOVEN))
    ids = [edge.get("id") for edge in root.iter("{http://graphml.graphdrawing.org/xmlns}edge")]
    assert len(ids) == len(set(ids)) == 7
    graph = nx.parse_graphml(to_graphml(WOVEN)).graph
    assert {name: graph[name] for name in ("snapshot", "graph", "family_id", "root_id")} == {
        "snapshot": "2025-06-30",
        "graph": "all",
        "family_id": 1,
        "root_id": "a",
    }
