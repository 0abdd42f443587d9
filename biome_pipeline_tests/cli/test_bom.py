"""``biome bom``: the lineage of a model of the demo, as other tools read it."""

from __future__ import annotations

import json

import duckdb
import networkx as nx
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


@pytest.fixture(scope="session")
def lineage(pristine) -> nx.DiGraph:
    """All pairs that are in some graph."""
    with duckdb.connect(str(pristine / "biome.duckdb"), read_only=True) as connection:
        return nx.DiGraph(
            connection.execute(
                "SELECT parent_id, child_id FROM genealogy.edges WHERE NOT is_excluded"
            ).fetchall()
        )


def test_the_deepest_model_has_all_its_ancestors(biome, pristine, lineage):
    deepest = max(lineage, key=lambda name: (len(nx.ancestors(lineage, name)), name))
    ancestors = nx.ancestors(lineage, deepest)
    assert len(ancestors) > 2
    code, out, err = biome("bom", deepest, "--data", pristine)
    assert (code, err) == (0, "")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(out) is None
    bom = json.loads(out)
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    assert {f"{c['group']}/{c['name']}" for c in bom["components"]} == ancestors
    assert biome("bom", deepest, "--data", pristine)[1] == out


def test_the_graph_can_be_chosen(biome, pristine, lineage):
    deepest = max(lineage, key=lambda name: (len(nx.ancestors(lineage, name)), name))
    _, out, _ = biome("bom", deepest, "--graph", "finetune", "--data", pristine)
    kinds = {
        p["name"]
        for c in (json.loads(out)["metadata"]["component"], *json.loads(out)["components"])
        for p in c.get("properties", [])
    }
    assert kinds <= {"biome_pipeline:relation:finetune", "biome_pipeline:absent_parent"}


def test_what_is_not_there_is_one_line(biome, pristine):
    code, out, err = biome("bom", "nobody/\x1b[2Jnothing", "--data", pristine)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "\x1b" not in err
