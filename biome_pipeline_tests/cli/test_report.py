"""``biome report``: the folder is replaced whole, or stays as it was."""

from __future__ import annotations

import shutil

import pytest

from biome_pipeline.report.site import build
from biome_pipeline.warehouse.lake import Lake
from biome_pipeline_tests.cli.processes import contents

KEY = "2025-06-30"


@pytest.fixture(autouse=True)
def _with_report(_alone, monkeypatch):
    monkeypatch.setenv("BIOME_REPORT", "true")


def bytes_of(folder):
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_a_run_makes_the_report_and_the_command_the_same_one(biome, data):
    folder = data / "reports" / KEY
    made = bytes_of(folder)
    assert {path.name for path in made} >= {"index.html", "style.css", "hub.models.csv"}
    (folder / "index.html").write_text("old")
    (folder / "stray.txt").write_text("old")
    code, out, err = biome("report", "--data", data)
    assert (code, err) == (0, "")
    assert out.strip() == str(folder / "index.html")
    assert bytes_of(folder) == made
    assert list((data / "incoming").iterdir()) == []


@pytest.mark.slow
def test_an_unchanged_run_brings_a_removed_report_back(biome, data):
    folder = data / "reports" / KEY
    made = bytes_of(folder)
    shutil.rmtree(folder)
    code, out, _ = biome("run", "--data", data)
    assert code == 0
    assert f"report    {folder / 'index.html'}" in out
    assert bytes_of(folder) == made


@pytest.mark.parametrize("can_exchange", [True, False])
@pytest.mark.slow
def test_a_report_is_replaced_with_and_without_an_exchange(biome, data, monkeypatch, can_exchange):
    folder = data / "reports" / KEY
    made = bytes_of(folder)
    (folder / "index.html").write_text("old")
    if not can_exchange:
        monkeypatch.setattr(build, "_exchange", lambda one, other: False)
    assert biome("report", "--data", data)[0] == 0
    assert bytes_of(folder) == made
    assert list((data / "incoming").iterdir()) == []


def test_a_report_that_fails_leaves_the_old_one(biome, data, monkeypatch):
    def fail(contents, folder, **options):
        (folder / "index.html").write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(build, "write_report", fail)
    before = contents(data)
    code, _, err = biome("report", "--data", data)
    assert code == 1
    assert err.startswith("error: ")
    assert contents(data) == before


@pytest.mark.parametrize(
    ("key", "word"), [("2020-01-01", f"choose one of {KEY}"), ("../x", "YYYY-MM-DD")]
)
def test_a_snapshot_that_is_not_there_is_named(biome, data, key, word):
    before = contents(data)
    code, _, err = biome("report", "--snapshot", key, "--data", data)
    assert code == 1
    assert word in err
    assert contents(data) == before


def test_nothing_taken_yet_is_said(biome, tmp_path):
    code, _, err = biome("report", "--data", tmp_path / "empty")
    assert code == 1
    assert "no snapshot yet" in err


def test_a_snapshot_whose_tables_changed_has_no_report(biome, data):
    next(Lake(data).folder(build_spec()).glob("*.parquet")).unlink()
    code, _, err = biome("report", "--data", data)
    assert code == 1
    assert "no run of it has ended well" in err


def build_spec():
    from biome_pipeline.warehouse.tables import TABLES

    return TABLES["genealogy.growth"]


@pytest.mark.slow
def test_a_run_may_leave_the_report_to_the_command(biome, data, monkeypatch):
    folder = data / "reports" / KEY
    shutil.rmtree(folder)
    monkeypatch.setenv("BIOME_REPORT", "false")
    for words in (("run", "--data", data), ("run", "--data", data, "--force")):
        code, out, err = biome(*words)
        assert code == 0, err
        assert not folder.exists()
        assert "report " not in out + err
    assert biome("report", "--data", data)[0] == 0
    assert (folder / "index.html").is_file()
