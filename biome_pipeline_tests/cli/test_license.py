"""``biome license``: what a model owes, in words and as data."""

from __future__ import annotations

import json

import duckdb
import pytest


@pytest.fixture(scope="session")
def conflict(pristine) -> dict:
    """The gravest conflict with the longest path."""
    with duckdb.connect(str(pristine / "biome.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "SELECT model_id, ancestor_id, obligation, path, lost_between, ancestor_license "
            "FROM policy.license_conflicts WHERE verdict = 'conflict' AND severity = 'high' "
            "ORDER BY len(path) DESC, model_id, ancestor_id LIMIT 1"
        ).fetchone()
    names = ("model", "ancestor", "obligation", "path", "lost", "license")
    return dict(zip(names, rows, strict=True))


def test_a_conflict_is_shown_with_its_evidence(biome, pristine, conflict):
    code, out, err = biome("license", conflict["model"], "--data", pristine)
    assert (code, err) == (0, "")
    assert f"{conflict['obligation']} dropped (high severity" in out
    assert " > ".join(conflict["path"]) in out
    parent, child = conflict["lost"]
    assert f"vanished from {parent} to {child}" in out
    assert f"of {conflict['ancestor']}" in out
    assert out.rstrip().endswith("no legal advice.")


def test_json_holds_the_rows_of_the_tables(biome, pristine, conflict):
    code, out, _ = biome("license", conflict["model"], "--format", "json", "--data", pristine)
    assert code == 0
    found = json.loads(out)
    with duckdb.connect(str(pristine / "biome.duckdb"), read_only=True) as connection:
        (n,) = connection.execute(
            "SELECT count(*) FROM policy.license_conflicts WHERE model_id = ?", [conflict["model"]]
        ).fetchone()
    assert len(found["lost"]) == n
    assert {row["ancestor_license"] for row in found["inherited"]} >= {conflict["license"]}
    assert all(row["clause"] for row in found["lost"])
    order = ["high", "medium", "low"]
    severities = [order.index(row["severity"]) for row in found["lost"]]
    assert severities == sorted(severities)


def test_a_model_without_ancestors_owes_nothing(biome, pristine):
    with duckdb.connect(str(pristine / "biome.duckdb"), read_only=True) as connection:
        (model,) = connection.execute(
            "SELECT model_id FROM hub.models WHERE model_id NOT IN "
            "(SELECT model_id FROM genealogy.members) ORDER BY model_id LIMIT 1"
        ).fetchone()
    code, out, _ = biome("license", model, "--data", pristine)
    assert code == 0
    assert "No ancestor in the snapshot" in out


def test_a_model_that_is_not_there_is_said_to_be_missing(biome, pristine):
    code, out, err = biome("license", "nobody/knows-it", "--data", pristine)
    assert code == 1
    assert out == ""
    assert "there is no such model" in err
    assert err.count("\n") == 1
