"""``biome sql``: rows in every format, and nothing else."""

from __future__ import annotations

import csv
import io
import json

import pyarrow.parquet as pq
import pytest

from biome_pipeline_tests.cli.processes import contents

ASK = "SELECT model_id, likes, tags FROM hub.models ORDER BY model_id LIMIT 7"


def test_every_format_holds_the_same_rows(biome, pristine):
    _, lines, _ = biome("sql", ASK, "--format", "json", "--data", pristine)
    rows = [json.loads(line) for line in lines.splitlines()]
    assert len(rows) == 7
    code, text, err = biome("sql", ASK, "--format", "csv", "--data", pristine)
    assert (code, err) == (0, "")
    found = list(csv.DictReader(io.StringIO(text)))
    assert [row["model_id"] for row in found] == [row["model_id"] for row in rows]
    assert [json.loads(row["tags"]) for row in found] == [row["tags"] for row in rows]
    code, table, _ = biome("sql", ASK, "--data", pristine)
    assert code == 0
    for row in rows:
        assert row["model_id"] in table


def test_parquet_goes_to_standard_output(pristine, capfdbinary):
    from biome_pipeline.cli.main import run_command_line

    code = run_command_line(["sql", ASK, "--format", "parquet", "--data", str(pristine)])
    found = pq.read_table(io.BytesIO(capfdbinary.readouterr().out))
    assert code == 0
    assert found.num_rows == 7
    assert found.column_names == ["model_id", "likes", "tags"]


def test_the_lake_has_columns_that_the_database_has_not(biome, pristine):
    ask = "SELECT node FROM hub.models LIMIT 1"
    assert biome("sql", ask, "--lake", "--data", pristine)[0] == 0
    code, _, err = biome("sql", ask, "--data", pristine)
    assert code == 1
    assert err.startswith("error: ")
    assert "biome dictionary" in err


@pytest.mark.parametrize("where", [(), ("--lake",)], ids=["database", "lake"])
@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY (SELECT 1) TO 'out.csv'",
        "DROP TABLE hub.models",
        "SELEC",
        "",
    ],
)
def test_what_is_not_allowed_is_one_line(biome, data, tmp_path, where, query):
    before = contents(data)
    code, out, err = biome("sql", query, *where, "--data", data)
    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert contents(data) == before
    assert not (tmp_path / "out.csv").exists()


def test_long_results_say_how_much_is_shown(biome, pristine):
    code, out, err = biome("sql", "SELECT * FROM range(1001)", "--data", pristine)
    assert code == 0
    assert len(out.splitlines()) == 1001
    assert "1,001 rows, the first 1,000 shown" in err


def test_an_empty_folder_says_what_to_do(biome, tmp_path):
    for where in ((), ("--lake",)):
        code, _, err = biome("sql", "SELECT 1", *where, "--data", tmp_path / "none")
        assert code == 1
        assert "biome run" in err
        assert not (tmp_path / "none").exists()


def test_names_of_models_cannot_steer_the_terminal(biome, pristine):
    code, out, _ = biome("sql", "SELECT chr(27) || '[2J' AS x", "--data", pristine)
    assert code == 0
    assert "\x1b" not in out
    assert "\\u001b[2J" in out
