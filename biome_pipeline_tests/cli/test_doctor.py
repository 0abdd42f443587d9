"""``biome doctor``: what it prints, and the exit code that says whether all is well."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from huggingface_hub import constants

from biome_pipeline.hub import clients
from biome_pipeline_tests.hubserver import LocalHub, answer
from biome_pipeline_tests.hubserver.stats import stats_bytes

TOKEN = "hf_aSecretOfTheTests"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(clients, "_PAUSE", 0.01)
    monkeypatch.setattr(clients, "_ARXIV_SECONDS", 0.01)
    with LocalHub(tokens={TOKEN}) as hub:
        now = dt.datetime.now(dt.UTC)
        hub.add_dataset("org/stats").publish({"models.parquet": stats_bytes()}, now)
        hub.add_dataset("org/cards").publish({"a.parquet": b"PAR1"}, now)
        hub.add_paper("2508.06811")
        for name, value in {
            "HF_ENDPOINT": hub.address,
            "BIOME_ARXIV_URL": hub.address,
            "BIOME_HUB_STATS_REPO": "org/stats",
            "BIOME_CARDS_REPO": "org/cards",
            "HF_TOKEN": TOKEN,
        }.items():
            monkeypatch.setenv(name, value)
        yield hub


def marks(out: str) -> dict[str, str]:
    """Give the mark of each finding."""
    return {line[9:27].strip(): line[:8].strip() for line in out.splitlines()}


def test_all_is_well(biome, hub: LocalHub, tmp_path: Path) -> None:
    code, out, err = biome("doctor", "--data", tmp_path / "data")
    assert code == 0, out + err
    found = marks(out + err)
    assert {found[name] for name in ("Hub", "token", "hub-stats", "cards in bulk", "arXiv")} == {
        "ok"
    }
    assert TOKEN not in out + err
    assert not (tmp_path / "data").exists()


def test_what_is_broken_is_the_exit_code(biome, hub: LocalHub, tmp_path: Path) -> None:
    hub.faults.append(answer(404, times=None, path="/api/query"))
    code, out, err = biome("doctor", "--data", tmp_path / "data")
    assert code == 1
    found = marks(out + err)
    assert [name for name, mark in found.items() if mark == "BROKEN"] == ["arXiv"]
    assert "Traceback" not in out + err


def test_a_refused_token_is_not_shown(biome, hub: LocalHub, tmp_path: Path) -> None:
    hub.tokens.clear()
    code, out, err = biome("doctor", "--data", tmp_path / "data")
    assert code == 1
    assert marks(out + err)["token"] == "BROKEN"
    assert TOKEN not in out + err


def test_offline_it_looks_at_the_rest(
    biome, hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    code, out, err = biome("doctor", "--data", tmp_path / "data")
    assert code == 0, out + err
    assert marks(out + err)["network"] == "-"
    assert hub.requests == []
    assert "2,900,000 models, at least" in out + err


@pytest.mark.parametrize(
    ("source", "n_models"), [("org/stats@0123", "1,234,567"), ("demo, 200 models", "2,900,000")]
)
def test_estimates_are_for_the_newest_snapshot_of_the_hub(
    biome,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    n_models: str,
) -> None:
    @contextmanager
    def opened(_data: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect() as connection:
            connection.execute("CREATE SCHEMA hub")
            connection.execute(
                "CREATE TABLE hub.snapshots (snapshot DATE, source TEXT, n_models INT)"
            )
            connection.execute(
                "INSERT INTO hub.snapshots VALUES ('2025-06-30', ?, 1234567)", [source]
            )
            connection.execute("INSERT INTO hub.snapshots VALUES ('2025-07-30', 'demo', 200)")
            yield connection

    monkeypatch.setattr("biome_pipeline.warehouse.published.open_database", opened)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    code, out, err = biome("doctor", "--data", tmp_path / "data")
    assert code == 0, out + err
    assert f"{n_models} models, at least" in out + err
