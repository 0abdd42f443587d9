"""An ML-BOM is valid CycloneDX and holds exactly what a model descends from."""

from __future__ import annotations

import json
import random
import uuid
from typing import TYPE_CHECKING, Any

import networkx as nx
import pyarrow as pa
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from biome_pipeline.errors import ModelNotFoundError
from biome_pipeline.genealogy.bom import model_purl, to_cyclonedx
from biome_pipeline.genealogy.pedigree import pedigree_of
from biome_pipeline.settings import Settings
from biome_pipeline.vocabulary.relations import GRAPH_RELATIONS
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.worlds.families import HOSTILE, draw_family

if TYPE_CHECKING:
    from collections.abc import Iterator

    from biome_pipeline.warehouse.engine import Engine

KEY = "2026-01-01"
VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> Iterator[Engine]:
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as opened:
        yield opened


def draw_rows(seed: int, n_models: int = 30) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Draw models and edges: a family, absent parents, and an edge of a cycle."""
    rng = random.Random(seed)
    names = [f"owner-{node % 4}/model-{node}" for node in range(n_models - len(HOSTILE))]
    names += HOSTILE
    rng.shuffle(names)
    tree = draw_family(seed, n_models, names.__getitem__)
    models = [
        {
            "model_id": model_id,
            "pipeline_tag": rng.choice([None, "text-generation", "<b>"]),
            "licenses": rng.choice([[], ["mit"], ["llama3", "Apache-2.0"], ["</script>"]]),
            "datasets": rng.choice([[], ["squad", "a/b"], ["squad", "squad"]]),
        }
        for model_id in tree.ids
    ]
    edges = [
        {"parent_id": tree.ids[parent], "child_id": tree.ids[child], "relation": relation}
        for parent, child, relation in zip(tree.parent, tree.child, tree.relation, strict=True)
    ]
    edges = [{**row, "is_excluded": False, "excluded_reason": None} for row in edges]
    for node in range(0, n_models, 3):
        for reason, parent in (("absent", f"gone/{node % 5}"), ("malformed", "///")):
            edges.append(
                {
                    "parent_id": parent,
                    "child_id": tree.ids[node],
                    "relation": rng.choice(["merge", "finetune"]),
                    "is_excluded": True,
                    "excluded_reason": reason,
                }
            )
    root = int(tree.place[tree.root_id])
    edges.append(
        {
            "parent_id": tree.ids[root - 1],
            "child_id": tree.ids[root],
            "relation": "adapter",
            "is_excluded": True,
            "excluded_reason": "cycle",
        }
    )
    rng.shuffle(edges)
    return models, edges


def bom_of(engine, models, edges, model_id, graph="all") -> tuple[str, dict[str, Any]]:
    tables = (
        engine.memory_table(pa.Table.from_pylist(rows, schema=TABLES[name].arrow_schema()))
        for name, rows in (("hub.models", models), ("genealogy.edges", edges))
    )
    text = to_cyclonedx(pedigree_of(engine, *tables, model_id=model_id, graph=graph, snapshot=KEY))
    return text, json.loads(text)


def parsed(purl: str) -> str:
    """Read the model's id out of its package URL, as the standard does."""
    found = PackageURL.from_string(purl)
    assert (found.type, found.version) == ("huggingface", None)
    return "/".join(part for part in (found.namespace, found.name) if part)


@pytest.mark.parametrize("graph", ["all", "asexual", "finetune"])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_lineage_is_valid_and_whole(engine, seed, graph):
    models, edges = draw_rows(seed)
    facts = {row["model_id"]: row for row in models}
    kept = [row for row in edges if row["relation"] in GRAPH_RELATIONS[graph]]
    inside = nx.MultiDiGraph()
    inside.add_nodes_from(facts)
    for row in kept:
        if not row["is_excluded"]:
            inside.add_edge(row["parent_id"], row["child_id"], relation=row["relation"])
    for model_id in sorted(facts)[:: 4 if graph == "all" else 9]:
        text, bom = bom_of(engine, models, edges, model_id, graph)
        assert VALIDATOR.validate_str(text) is None
        assert text.isascii()
        subject = bom["metadata"]["component"]
        wanted = {model_id, *nx.ancestors(inside, model_id)}
        found = {parsed(c["purl"]): c for c in (subject, *bom["components"])}
        assert parsed(subject["purl"]) == model_id
        assert found.keys() == wanted
        assert len(bom["components"]) == len(wanted) - 1
        depends = {entry["ref"]: entry["dependsOn"] for entry in bom["dependencies"]}
        missing = {
            name: {
                row["parent_id"]
                for row in kept
                if row["child_id"] == name and row["excluded_reason"] == "absent"
            }
            for name in wanted
        }
        for name, component in found.items():
            assert component["bom-ref"] == component["purl"]
            assert "/".join(component[part] for part in ("group", "name")) == name
            parents = set(inside.predecessors(name))
            assert {parsed(purl) for purl in depends[component["bom-ref"]]} == parents
            declared = component.get("pedigree", {"ancestors": []})["ancestors"]
            assert {parsed(a["purl"]) for a in declared} == parents | missing[name]
            assert [parsed(a["purl"]) for a in declared] == [
                *sorted(parents),
                *sorted(missing[name]),
            ]
            told = [(p["name"], p["value"]) for p in component.get("properties", [])]
            assert set(told) == {
                (f"biome_pipeline:relation:{word}", parent)
                for parent, _, word in inside.in_edges(name, data="relation")
            } | {("biome_pipeline:absent_parent", parent) for parent in missing[name]}
            licenses = [entry["license"] for entry in component.get("licenses", [])]
            spdx = {"mit": "MIT", "Apache-2.0": "Apache-2.0"}
            assert licenses == [
                {"id": spdx[name], "acknowledgement": "declared"}
                if name in spdx
                else {"name": name, "acknowledgement": "declared"}
                for name in facts[name]["licenses"]
            ]
            card = component.get("modelCard", {"modelParameters": {}})["modelParameters"]
            assert card.get("task") == facts[name]["pipeline_tag"]
            assert [d["name"] for d in card.get("datasets", [])] == sorted(
                set(facts[name]["datasets"])
            )
        told = {
            aggregate: {
                parsed(ref)
                for entry in bom["compositions"]
                if entry["aggregate"] == aggregate
                for ref in entry["dependencies"]
            }
            for aggregate in ("incomplete", "unknown")
        }
        assert told["incomplete"] == {name for name in wanted if missing[name]}
        assert told["unknown"] == wanted - told["incomplete"]


def test_the_number_is_that_of_the_content(engine):
    models, edges = draw_rows(5)
    model_id = max(row["child_id"] for row in edges if not row["is_excluded"])
    text, bom = bom_of(engine, models, edges, model_id)
    again, _ = bom_of(engine, models[::-1], edges[::-1], model_id)
    assert text == again
    assert uuid.UUID(bom["serialNumber"].removeprefix("urn:uuid:")).version == 5
    models[0]["licenses"] = ["gemma"]
    others = {
        bom_of(engine, models, edges, name)[1]["serialNumber"]
        for name in sorted(row["model_id"] for row in models)[:5]
    }
    assert len(others) == 5


def test_a_model_without_parents_stands_alone(engine):
    models, _ = draw_rows(7)
    text, bom = bom_of(engine, models, [], "owner-0/model-0")
    assert VALIDATOR.validate_str(text) is None
    assert bom["components"] == []
    assert bom["dependencies"] == [{"ref": "pkg:huggingface/owner-0/model-0", "dependsOn": []}]
    assert bom["compositions"][0]["aggregate"] == "unknown"


def test_a_model_that_is_not_there_is_named(engine):
    models, edges = draw_rows(9)
    with pytest.raises(ModelNotFoundError, match="OWNER-0/model-0"):
        bom_of(engine, models, edges, "OWNER-0/model-0")


@pytest.mark.parametrize("model_id", [*HOSTILE, "gpt2", "a/b@c?d=e#f", "a/100%", "a/é"])
def test_a_package_url_leads_back_to_the_model(model_id):
    purl = model_purl(model_id)
    assert purl.isascii()
    assert parsed(purl) == model_id
    assert PackageURL.from_string(purl).subpath is None
