"""``biome tree``: the family around a model, in every form."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import duckdb
import pytest


@pytest.fixture(scope="session")
def family(pristine) -> tuple[str, list[str]]:
    """Root and members of the largest family, of the largest graph."""
    with duckdb.connect(str(pristine / "biome.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "SELECT root_id, model_id FROM genealogy.members WHERE graph = 'all' AND family_id = 1"
        ).fetchall()
    return rows[0][0], sorted(row[1] for row in rows)


def test_the_text_shows_root_and_children(biome, pristine, family):
    root, members = family
    with duckdb.connect(str(pristine / "biome.duckdb"), read_only=True) as connection:
        children = connection.execute(
            "SELECT child_id FROM genealogy.edges WHERE parent_id = ? AND NOT is_excluded", [root]
        ).fetchall()
    assert {child for (child,) in children} <= set(members)
    code, out, err = biome("tree", root, "--max-children", 1000, "--data", pristine)
    assert (code, err) == (0, "")
    assert root in out
    assert all(child in out for (child,) in children)


def test_json_and_graphml_hold_the_family(biome, pristine, family):
    root, members = family
    code, out, _ = biome("tree", members[-1], "--format", "json", "--data", pristine)
    assert code == 0
    assert root in out
    assert set(members) <= set(_texts(json.loads(out)))
    code, out, _ = biome("tree", root, "--format", "graphml", "--data", pristine)
    assert code == 0
    nodes = ET.fromstring(out).iter("{http://graphml.graphdrawing.org/xmlns}node")
    assert len(list(nodes)) == len(members)


def _texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def test_newick_and_svg_are_whole(biome, pristine, family):
    root, _ = family
    code, out, _ = biome("tree", root, "--format", "newick", "--data", pristine)
    assert code == 0
    assert any(line.rstrip().endswith(";") for line in out.splitlines())
    code, out, _ = biome("tree", root, "--format", "svg", "--data", pristine)
    assert code == 0
    assert ET.fromstring(out).tag.endswith("svg")


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (["nobody/nothing"], "nobody/nothing"),
        ([""], ""),
        (["\x1b[2J"], ""),
        (["a/b", "--snapshot", "2020-01-01"], "2025-06-30"),
        (["a/b", "--snapshot", "../x"], "2025-06-30"),
    ],
    ids=repr,
)
def test_what_is_not_there_is_one_line(biome, pristine, words, word):
    code, out, err = biome("tree", *words, "--data", pristine)
    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert "\x1b" not in err
    assert word in err


def test_an_empty_folder_says_what_to_do(biome, tmp_path):
    code, _, err = biome("tree", "a/b", "--data", tmp_path)
    assert code == 1
    assert "biome run" in err
