"""``biome run --source hub`` against a local Hub and arXiv, from the list to the database."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import constants

from biome_pipeline_tests.hubserver import LocalHub
from biome_pipeline_tests.hubserver.stats import SCHEMA
from biome_pipeline_tests.hubserver.world import fill

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "hf_aSecretOfTheTests"
N_MODELS = 300
KEY = "2026-01-05"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """A Hub with a drawn world, an arXiv beside it, and an environment that names both."""
    from biome_pipeline.hub import clients

    # arXiv's three seconds are tested where they are kept.
    monkeypatch.setattr(clients, "_ARXIV_SECONDS", 0.001)
    clients._arxiv_limits.cache_clear()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with LocalHub(tokens={TOKEN}) as arxiv, LocalHub(tokens={TOKEN}) as hub:
        fill(hub, N_MODELS, 7)
        for paper in {paper for repo in hub.models.values() for paper in papers_of(repo)}:
            arxiv.add_paper(paper, title=f"On {paper}", categories=["cs.CL", "cs.LG"])
        hub.arxiv = arxiv
        settings = {
            "HF_ENDPOINT": hub.address,
            "BIOME_ARXIV_URL": arxiv.address,
            "BIOME_CARDS_REPO": "",
            "BIOME_API_RATE": "100000",
            "BIOME_FILE_RATE": "100000",
            "BIOME_MAX_CONFIGS": "40",
            "HF_TOKEN": TOKEN,
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield hub


def papers_of(repo) -> list[str]:
    return [tag.removeprefix("arxiv:") for tag in repo.tags if tag.startswith("arxiv:")]


def public(hub: LocalHub) -> dict:
    return {name: repo for name, repo in hub.models.items() if not repo.is_private}


def ask(data: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(data / "biome.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def files_asked(hub: LocalHub, name: str) -> list[str]:
    return [request.path for request in hub.requests if request.path.endswith(name)]


def take(biome, data: Path, *more: str) -> str:
    code, out, err = biome("run", "--source", "hub", "--data", data, *more)
    assert code == 0, err
    assert TOKEN not in out + err
    return out + err


def test_the_hub_is_taken_whole_and_accounted_for(biome, hub: LocalHub, tmp_path: Path) -> None:
    data = tmp_path / "hub"
    said = take(biome, data, "--snapshot", KEY)
    assert "each counts as a download of its model" in said
    models = public(hub)
    found = {name for (name,) in ask(data, "SELECT model_id FROM hub.models")}
    assert found == set(models)
    # One outcome for each model and kind, and the sums are in the manifest.
    outcomes = Counter(ask(data, "SELECT kind, outcome FROM hub.outcomes"))
    assert {kind for kind, _ in outcomes} == {"card", "config"}
    for kind in ("card", "config"):
        assert sum(n for (of, _), n in outcomes.items() if of == kind) == len(models)
    ((text,),) = ask(data, "SELECT manifest FROM hub.snapshots")
    manifest = json.loads(text)
    counted = {
        (kind, word): n for kind, by in manifest["outcomes"].items() for word, n in by.items()
    }
    assert counted == dict(outcomes)
    has_card = {
        name
        for name, repo in models.items()
        if "README.md" in repo.files and not (repo.gated or repo.is_disabled)
    }
    cards = ask(data, "SELECT model_id FROM hub.outcomes WHERE kind = 'card' AND outcome = 'ok'")
    assert {name for (name,) in cards} == has_card
    # What the manifest says was asked is what the servers saw.
    asked = {name: json.loads(facts["asked"]) for name, facts in manifest["deliveries"].items()} | {
        "listing": json.loads(manifest["source"]["asked"])
    }
    assert asked["listing"]["requests"] == len(hub.asked(path="/api/models"))
    assert asked["raw_cards"]["requests"] == len(files_asked(hub, "README.md"))
    assert asked["raw_configs"]["requests"] == len(files_asked(hub, "config.json")) <= 40
    assert asked["papers"]["requests"] == len(hub.arxiv.requests) == 1
    assert sum(facts["requests"] for facts in asked.values()) == len(hub.requests) + 1
    # A config is asked for once, and never with HEAD.
    assert not hub.asked(method="HEAD")
    assert max(repo.counted_downloads for repo in hub.models.values()) == 1
    papers = {name for repo in models.values() for name in papers_of(repo)}
    assert {name for (name,) in ask(data, "SELECT arxiv_id FROM hub.papers")} == papers


@pytest.mark.slow
def test_the_token_and_what_is_not_public_are_nowhere(biome, hub: LocalHub, tmp_path: Path) -> None:
    private = hub.add_model("secret-org/secret-model", is_private=True, files={"README.md": b"# S"})
    gated = hub.add_model(
        "some/gated", gated="auto", is_granted=True, files={"README.md": b"# words behind a gate"}
    )
    data = tmp_path / "hub"
    take(biome, data, "--snapshot", KEY)
    assert not hub.arxiv.requests or not any(
        "authorization" in request.headers for request in hub.arxiv.requests
    )
    # The listing as it came is the one place where the name of a private model stands.
    for path in data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert TOKEN.encode() not in content, path
            assert b"words behind a gate" not in content, path
    for query in (
        "SELECT model_id FROM hub.models",
        "SELECT model_id FROM hub.outcomes",
        "SELECT model_id FROM hub.rejects",
    ):
        assert (private.id,) not in ask(data, query)
    assert ask(
        data, f"SELECT outcome FROM hub.outcomes WHERE kind = 'card' AND model_id = '{gated.id}'"
    ) == [("gated",)]


@pytest.mark.slow
def test_a_second_run_asks_for_what_changed_alone(biome, hub: LocalHub, tmp_path: Path) -> None:
    data = tmp_path / "hub"
    take(biome, data, "--snapshot", KEY)
    before = ask(data, "SELECT * EXCLUDE snapshot FROM hub.cards ORDER BY model_id")
    hub.requests.clear()
    hub.arxiv.requests.clear()
    take(biome, data, "--snapshot", "2026-01-12")
    assert {request.path.split("?")[0] for request in hub.requests} == {"/api/models"}
    assert hub.arxiv.requests == []
    after = (
        "SELECT * EXCLUDE snapshot FROM hub.cards WHERE snapshot = '2026-01-12' ORDER BY model_id"
    )
    assert ask(data, after) == before
    # The most important model changes: one card and one config are asked for.
    first = ask(
        data,
        "SELECT o.model_id FROM hub.outcomes AS o JOIN hub.outcomes AS c "
        "USING (snapshot, model_id) WHERE o.kind = 'config' AND c.kind = 'card' "
        "AND o.outcome = 'ok' AND c.outcome = 'ok' "
        "ORDER BY 1 LIMIT 1",
    )[0][0]
    hub.models[first].write({"README.md": b"---\nlicense: mit\n---\n# Another card\n"})
    hub.requests.clear()
    take(biome, data, "--snapshot", "2026-01-19")
    assert len(files_asked(hub, "README.md")) == len(files_asked(hub, "config.json")) == 1
    assert all(first in path for path in files_asked(hub, "README.md"))


@pytest.mark.slow
def test_offline_everything_is_made_without_a_request(
    biome, hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "hub"
    take(biome, data, "--snapshot", KEY)
    query = "SELECT * FROM {} ORDER BY ALL"
    tables = ("hub.models", "hub.cards", "hub.configs", "hub.outcomes", "hub.papers")
    before = [ask(data, query.format(table)) for table in tables]
    hub.requests.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    take(biome, data, "--snapshot", KEY, "--force")
    assert hub.requests == []
    assert [ask(data, query.format(table)) for table in tables] == before
    code, _, err = biome("run", "--source", "hub", "--data", tmp_path / "elsewhere")
    assert code == 1
    assert "HF_HUB_OFFLINE" in err


@pytest.mark.slow
def test_an_outage_leaves_what_was_published(
    biome, hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from biome_pipeline.hub import clients

    data = tmp_path / "hub"
    take(biome, data, "--snapshot", KEY)
    database = (data / "biome.duckdb").read_bytes()
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(clients, "_PAUSE", 0.001)
    code, _, err = biome("run", "--source", "hub", "--data", data, "--snapshot", "2026-01-12")
    assert code == 1
    assert "run again later" in err
    assert (data / "biome.duckdb").read_bytes() == database


@pytest.mark.slow
def test_the_list_and_the_file_of_one_world_give_the_same_models(
    biome, hub: LocalHub, tmp_path: Path
) -> None:
    rows = [as_file_row(repo) for repo in public(hub).values()]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), tmp_path / "models.parquet")
    take(biome, tmp_path / "hub", "--snapshot", KEY)
    code, _, err = biome(
        "run", "--source", "models.parquet", "--snapshot", KEY, "--data", tmp_path / "file"
    )
    assert code == 0, err
    # Only the list tells who is gated.
    query = "SELECT * EXCLUDE (gated) FROM hub.models ORDER BY model_id"
    assert ask(tmp_path / "hub", query) == ask(tmp_path / "file", query)


def as_file_row(repo) -> dict:
    """Write a repository as hub-stats would."""
    naive = {
        name: getattr(repo, name).replace(tzinfo=None) for name in ("created_at", "last_modified")
    }
    return {
        "_id": repo._id,
        "id": repo.id,
        "author": repo.author,
        "pipeline_tag": repo.pipeline_tag,
        "library_name": repo.library_name,
        "createdAt": naive["created_at"],
        "lastModified": naive["last_modified"],
        "likes": repo.likes,
        "downloads": repo.downloads,
        "downloadsAllTime": repo.downloads_all_time,
        "trendingScore": repo.trending_score,
        "tags": repo.tags,
        "siblings": [{"rfilename": name} for name in (repo.names or sorted(repo.files))],
        "cardData": None if repo.card_data is None else json.dumps(repo.card_data),
        "config": None if repo.config is None else json.dumps(repo.config),
        "gguf": None if repo.gguf is None else json.dumps(repo.gguf),
        "safetensors": repo.safetensors,
        "baseModels": None,
    }


@pytest.mark.slow
def test_a_stale_dataset_gives_way_to_the_hub_itself(biome, hub: LocalHub, tmp_path: Path) -> None:
    old = dt.datetime.now(dt.UTC) - dt.timedelta(days=40)
    content = (tmp_path / "x.parquet").open("wb")
    pq.write_table(pa.Table.from_pylist([], schema=SCHEMA), content)
    content.close()
    dataset = hub.add_dataset("cfahlgren1/hub-stats")
    dataset.publish({"models.parquet": (tmp_path / "x.parquet").read_bytes()}, old)
    code, out, err = biome(
        "run", "--source", "hub-stats", "--data", tmp_path / "hub", "--max-cards", "0",
        "--max-configs", "0",
    )  # fmt: skip
    assert code == 0, err
    assert "hub-stats is gone or stale" in out
    assert not hub.asked(path="resolve/.*models.parquet")
    ((source, n_models),) = ask(tmp_path / "hub", "SELECT source, n_models FROM hub.snapshots")
    assert (source, n_models) == (f"hub:{hub.address}", len(public(hub)))
    # Nobody was asked about, and that is accounted for, too.
    kinds = Counter(ask(tmp_path / "hub", "SELECT kind, outcome FROM hub.outcomes"))
    n_gated = sum(bool(repo.gated) for repo in public(hub).values())
    assert kinds == {
        (kind, outcome): n
        for kind in ("card", "config")
        for outcome, n in (("not_asked", n_models - n_gated), ("gated", n_gated))
    }
