"""``biome snapshots``: what is there."""

from __future__ import annotations

import duckdb
import pytest


def test_it_lists_key_source_and_sizes(biome, pristine):
    code, out, err = biome("snapshots", "--data", pristine)
    assert (code, err) == (0, "")
    head, row = out.splitlines()
    assert head.split() == [
        "snapshot", "source", "revision", "models", "rejected", "edges", "finished_utc",
    ]  # fmt: skip
    with duckdb.connect(str(pristine / "biome.duckdb"), read_only=True) as connection:
        n_models, n_rejected = connection.execute(
            "SELECT n_models, n_rejected FROM hub.snapshots"
        ).fetchone()
        (n_edges,) = connection.execute(
            "SELECT count(*) FROM genealogy.edges WHERE NOT is_excluded"
        ).fetchone()
    cells = row.split()
    assert cells[:2] == ["2025-06-30", "demo"]
    assert cells[3:6] == [str(n_models), str(n_rejected), str(n_edges)]


@pytest.mark.parametrize("below", ["none", "file"])
def test_an_empty_folder_says_what_to_do(biome, tmp_path, below):
    (tmp_path / "file").write_bytes(b"")
    code, out, err = biome("snapshots", "--data", tmp_path / below)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "biome run" in err


def test_a_damaged_database_is_one_line_with_the_remedy(biome, data):
    (data / "biome.duckdb").write_bytes(b"no database at all" * 1000)
    code, _, err = biome("snapshots", "--data", data)
    assert code == 1
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert "--rebuild-database" in err
