"""Cards, configs and papers of a snapshot, from each kind of source."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import constants

from biome_pipeline.errors import HubUnreachableError
from biome_pipeline.hub import bulk, clients
from biome_pipeline.hub.deliveries import Delivery, take_cards, take_configs, take_papers
from biome_pipeline.hub.sources import DEMO, HUB, HUB_STATS, demo_hub
from biome_pipeline.settings import Settings, load_settings
from biome_pipeline_tests.hub.conftest import TOKEN
from biome_pipeline_tests.hub.test_bulk import CARDS, parquet
from biome_pipeline_tests.hubserver import LocalHub, ModelRepo, answer
from biome_pipeline_tests.hubserver.world import fill

FILE = "file"
N_MODELS = 60

Take = Callable[..., tuple[dict[str, dict[str, object]], dict[str, str]]]


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait shortly, also for arXiv."""
    monkeypatch.setattr(clients, "_PAUSE", 0.01)
    monkeypatch.setattr(clients, "_ARXIV_SECONDS", 0.01)
    patient = bulk.session
    monkeypatch.setattr(
        bulk, "session", lambda *place, **bounds: patient(*place, **bounds | {"pause": 0.01})
    )


@pytest.fixture
def settings(hub: LocalHub, tmp_path: Path) -> Settings:
    fill(hub, N_MODELS, seed=41)
    return load_settings(
        data=tmp_path / "data",
        cards_repo="",
        hf_endpoint=hub.address,
        arxiv_url=hub.address,
        demo_models=200,
    )


def models_of(repos: list[ModelRepo], *, knows_gates: bool = True) -> pa.Table:
    """Give the table of models that `by_importance` would make of a listing."""
    return pa.table(
        {
            "model_id": [repo.id for repo in repos],
            "sha": [repo.sha for repo in repos],
            "modified": [
                repo.last_modified.replace(tzinfo=None).isoformat(timespec="seconds")
                for repo in repos
            ],
            "is_gated": [knows_gates and bool(repo.gated) for repo in repos],
        }
    )


@pytest.fixture
def take(hub: LocalHub, settings: Settings, tmp_path: Path) -> Take:
    """Deliver, and give the rows by model, and the facts."""

    def _take(
        take_kind: Callable[[Delivery], dict[str, str]] = take_cards,
        *,
        kind: str = HUB,
        models: pa.Table | None = None,
        tell: Callable[[str], None] = lambda _text: None,
        **changes: object,
    ) -> tuple[dict[str, dict[str, object]], dict[str, str]]:
        path = tmp_path / "delivered.parquet"
        public = [repo for repo in hub.models.values() if not repo.is_private]
        models = models_of(public) if models is None else models
        chosen = settings.model_copy(update=changes)
        facts = take_kind(Delivery(chosen, kind, models, path, tell))
        rows = pq.read_table(path).to_pylist()
        assert len({row["model_id"] for row in rows}) == len(rows)
        return {row["model_id"]: row for row in rows}, facts

    return _take


def outcomes(rows: dict[str, dict[str, object]]) -> dict[str, object]:
    return {name: row["outcome"] for name, row in rows.items()}


# The Hub, one by one


@pytest.mark.parametrize("kind", [HUB, HUB_STATS])
@pytest.mark.parametrize(
    ("take_kind", "file"), [(take_cards, "README.md"), (take_configs, "config.json")]
)
def test_every_model_has_its_file_and_a_second_run_asks_nothing(
    take: Take, hub: LocalHub, kind: str, take_kind: Callable[..., dict[str, str]], file: str
) -> None:
    rows, facts = take(take_kind, kind=kind)
    public = {repo.id: repo for repo in hub.models.values() if not repo.is_private}
    assert set(rows) == set(public)
    for name, repo in public.items():
        is_there = file in repo.files and not repo.gated and not repo.is_disabled
        assert rows[name]["text"] == (repo.files[file].decode() if is_there else None)
        assert (rows[name]["outcome"] == "ok") == is_there
    asked = json.loads(facts["asked"])
    assert asked["requests"] == len(hub.requests) == sum(not r.gated for r in public.values())
    assert asked["retries"] == 0
    assert asked["bytes"] > 1_000
    hub.requests.clear()
    again, later = take(take_kind, kind=kind)
    assert hub.requests == []
    assert again == rows
    assert later["content"] == facts["content"]
    assert json.loads(later["asked"]) == {"requests": 0, "retries": 0, "bytes": 0}


def test_the_numbers_are_what_the_server_saw(take: Take, hub: LocalHub) -> None:
    hub.faults += [answer(503, times=2, skip=10), answer(500, times=1, skip=30)]
    _, facts = take(workers=4)
    asked = json.loads(facts["asked"])
    assert asked["requests"] == len(hub.requests)
    assert asked["retries"] == 3


def test_gated_text_goes_nowhere(take: Take, hub: LocalHub, tmp_path: Path) -> None:
    text = "A secret of the few."
    hub.add_dataset(CARDS).publish(
        {"a.parquet": parquet(("org/m", text, dt.datetime(2025, 6, 30)))}
    )
    at = dt.datetime(2025, 6, 30, tzinfo=dt.UTC)
    files = {"README.md": text.encode(), "config.json": b"{}"}
    hub.add_model("org/m", gated="auto", is_granted=True, files=files, last_modified=at)
    token = load_settings(hf_token=TOKEN).hf_token
    for take_kind in (take_cards, take_configs):
        rows, _ = take(take_kind, cards_repo=CARDS, hf_token=token)
        assert (rows["org/m"]["outcome"], rows["org/m"]["text"]) == ("gated", None)
    assert hub.asked(path="/org/m/") == []
    assert text.encode() not in (tmp_path / "delivered.parquet").read_bytes()


def test_cards_come_in_bulk_first(take: Take, hub: LocalHub) -> None:
    repos = [repo for repo in hub.models.values() if not repo.is_private and not repo.gated]
    known, changed = repos[:20], repos[20:25]
    commit = hub.add_dataset(CARDS).publish(
        {
            "a.parquet": parquet(
                *((r.id, f"# In bulk: {r.id}", r.last_modified) for r in known),
                *((r.id, "# Old", r.last_modified - dt.timedelta(days=1)) for r in changed),
            )
        }
    )
    rows, facts = take(cards_repo=CARDS)
    assert facts["bulk_revision"] == commit
    assert {name for name, row in rows.items() if row["origin"] == "bulk"} == {r.id for r in known}
    assert all(rows[r.id]["text"] == f"# In bulk: {r.id}" for r in known)
    assert all(rows[r.id]["text"] != "# Old" for r in changed)
    singly = {r.path.partition("/resolve/")[0][1:] for r in hub.asked(path="README.md")}
    assert not singly & {r.id for r in known}
    assert {r.id for r in changed} <= singly
    # Configs have no dataset of theirs.
    hub.requests.clear()
    _, facts = take(take_configs, cards_repo=CARDS)
    assert hub.asked(path=CARDS) == []
    assert "bulk_revision" not in facts


def test_limits_cut_off_what_matters_least(take: Take, hub: LocalHub) -> None:
    repos = [repo for repo in hub.models.values() if not repo.is_private and not repo.gated]
    models = models_of(repos)
    first = [repo.id for repo in repos]
    told: list[str] = []
    rows, _ = take(models=models, max_cards=7, tell=told.append)
    assert set(rows) == set(first[:7])
    assert told == [f"cards: 7 of {len(repos)} to be asked for one by one: at least 1 seconds"]
    # For cards the limit is of one run: the next one goes on.
    assert set(take(models=models, max_cards=7)[0]) == set(first[:14])
    # For configs it is of the snapshot: each counts as a download.
    told.clear()
    for _ in range(2):
        assert set(take(take_configs, models=models, max_configs=5, tell=told.append)[0]) == set(
            first[:5]
        )
    assert len(told) == 1
    assert ", each counts as a download of its model: at least" in told[0]
    assert sum(repo.counted_downloads for repo in repos) <= 5
    hub.requests.clear()
    take(models=models, max_cards=0)
    take(take_configs, models=models, max_configs=0)
    assert hub.requests == []


@pytest.mark.parametrize(
    ("take_kind", "limit", "file"),
    [
        (take_cards, "max_card_bytes", "README.md"),
        (take_configs, "max_config_bytes", "config.json"),
    ],
)
def test_each_kind_has_its_size(
    take: Take, hub: LocalHub, take_kind: Callable[..., dict[str, str]], limit: str, file: str
) -> None:
    at, over = (hub.add_model(f"org/{n}", files={file: b"x" * n}) for n in (2_000, 2_001))
    rows, _ = take(take_kind, models=models_of([at, over]), **{limit: 2_000})
    assert outcomes(rows) == {at.id: "ok", over.id: "too_large"}


def test_an_outage_keeps_what_came(take: Take, hub: LocalHub) -> None:
    hub.faults.append(answer(503, times=None, skip=25))
    with pytest.raises(HubUnreachableError, match="requests in a row failed"):
        take(workers=2)
    n_asked = len(hub.requests)
    assert n_asked <= 25 + 5 * 22
    hub.faults.clear()
    rows, facts = take()
    n_open = sum(not r.gated and not r.is_private for r in hub.models.values())
    assert json.loads(facts["asked"])["requests"] == n_open - 25
    assert "failed" not in outcomes(rows).values()


# Offline, a file, the demo


def test_offline_what_is_on_the_shelf_is_taken(
    take: Take, hub: LocalHub, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add_dataset(CARDS).publish({"a.parquet": parquet()})
    hub.add_paper("1706.03762")
    ids = ["1706.03762", "1706.99999"]
    cards, _ = take(cards_repo=CARDS)
    configs, _ = take(take_configs)
    papers, _ = take_papers(settings, HUB, ids, tell=lambda _text: None)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    hub.requests.clear()
    assert take(cards_repo=CARDS)[0] == cards
    assert take(take_configs)[0] == configs
    more = [*ids, "2106.09685"]
    assert take_papers(settings, HUB, more, tell=lambda _text: None)[0] == papers
    assert hub.requests == []


def test_a_file_has_none_and_nothing_is_asked(
    take: Take, hub: LocalHub, settings: Settings
) -> None:
    for take_kind in (take_cards, take_configs):
        rows, facts = take(take_kind, kind=FILE)
        assert rows == {}
        assert facts == {"asked": "nothing: the source is a file"}
    papers, facts = take_papers(settings, FILE, ["1706.03762"], tell=lambda _text: None)
    assert papers.num_rows == 0
    assert facts == {"asked": "nothing: the source is a file"}
    assert hub.requests == []


def test_the_demo_brings_its_own(take: Take, hub: LocalHub, settings: Settings) -> None:
    demo = demo_hub(200)
    names = demo.table["id"].to_pylist()
    n = len(names)
    models = pa.table(
        {
            "model_id": names,
            "sha": pa.nulls(n, pa.string()),
            "modified": ["2025-06-30T00:00:00"] * n,
            "is_gated": [False] * n,
        }
    )
    for take_kind, own in ((take_cards, demo.cards), (take_configs, demo.configs)):
        rows, _ = take(take_kind, kind=DEMO, models=models)
        told = {row["model_id"]: row for row in own.to_pylist()}
        assert set(rows) == set(told) & set(names)
        assert {row["origin"] for row in rows.values()} == {"demo"}
        for name, row in rows.items():
            if row["outcome"] == "ok":
                assert row["text"].encode() == told[name]["body"]  # type: ignore[union-attr]  # a text
            else:
                assert row["text"] is None
        assert "ok" in outcomes(rows).values()
    ids = [row["arxiv_id"] for row in demo.papers.to_pylist()]
    papers, _ = take_papers(settings, DEMO, [*ids, "0000.00000"], tell=lambda _text: None)
    assert papers["arxiv_id"].to_pylist() == sorted(set(ids))
    assert hub.requests == []


# Papers


def test_papers_are_rows_of_the_table(hub: LocalHub, settings: Settings) -> None:
    hub.add_paper("1706.03762", title="Attention", summary="We.", categories=("cs.CL", "cs.LG"))
    ids = ["1706.99999", "1706.03762", "nonsense", "1706.03762"]
    papers, facts = take_papers(settings, HUB, ids, tell=lambda _text: None)
    assert papers.to_pylist() == [
        {
            "arxiv_id": "1706.03762",
            "outcome": "ok",
            "title": "Attention",
            "abstract": "We.",
            "primary_category": "cs.CL",
            "categories": ["cs.CL", "cs.LG"],
        },
        *(
            {
                "arxiv_id": name,
                "outcome": outcome,
                "title": None,
                "abstract": None,
                "primary_category": None,
                "categories": [],
            }
            for name, outcome in (("1706.99999", "missing"), ("nonsense", "invalid_id"))
        ),
    ]
    assert json.loads(facts["asked"])["requests"] == len(hub.requests) == 1
    # Only the papers of this snapshot, though the shelf has more.
    fewer, later = take_papers(settings, HUB, ["1706.03762"], tell=lambda _text: None)
    assert fewer["arxiv_id"].to_pylist() == ["1706.03762"]
    assert later["content"] != facts["content"]
    assert len(hub.requests) == 1
