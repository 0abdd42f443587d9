"""A lake below a temporary folder, a Hub that serves hub-stats, and what takes from it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from biome_pipeline.hub.client import Client
from biome_pipeline.hub.contents import CARD, Kind, Wanted, collect, pending
from biome_pipeline.hub.fetch import fetch
from biome_pipeline.hub.intake import Intake, take_in
from biome_pipeline.hub.limits import Account
from biome_pipeline.hub.shelf import Content, Shelf, open_shelf
from biome_pipeline.hub.source import Source
from biome_pipeline.settings import load_settings
from biome_pipeline.snapshot.accounting import count_rejects
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.lake import Lake
from biome_pipeline.warehouse.tables.hub import RAW_MODELS
from biome_pipeline_tests.hub.listers import N_LISTED, Lister
from biome_pipeline_tests.hubserver import LocalHub, ModelRepo
from biome_pipeline_tests.hubserver.stats import stats_bytes
from biome_pipeline_tests.hubserver.world import fill

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

KEY = "2025-06-30"
REPO = "org/hub-stats"
TOKEN = "hf_aSecretOfTheTests"
CONTENT = stats_bytes(2_000)
AT = dt.datetime(2025, 7, 1, 3, 4, 5, tzinfo=dt.UTC)
FILE = "resolve/.*models.parquet"

MOST_BYTES = 1_000

Fetch = Callable[..., Source]
Collect = Callable[..., Counter[str]]


class Shore:
    """A lake, and files beside it that can be taken in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lake = Lake(folder / "data")
        self.settings = load_settings(
            data=folder / "data", demo_models=200, threads=2, memory_limit="1GB"
        )

    def file(self, name: str, table: pa.Table, **options: object) -> Path:
        """Write a table as a file."""
        path = self.folder / name
        pq.write_table(table, path, **options)
        return path

    def take(self, name: object = "", key: str = KEY, **known: object) -> int:
        """Take a source in, and give the number of rows."""
        intake = Intake(name=str(name), **known)
        with open_engine(self.settings) as engine:
            n_rows, _ = take_in(
                engine, self.lake, self.settings, key, intake, count_rejects=count_rejects
            )
        return n_rows

    def partition(self, key: str = KEY) -> bytes:
        """Give the bytes of a partition."""
        return self.lake.path(RAW_MODELS, key).read_bytes()

    def leftovers(self) -> list[Path]:
        """List what stands where unfinished files are written."""
        return list((self.lake.data / "incoming").glob("*"))


@pytest.fixture
def shore(tmp_path: Path) -> Shore:
    return Shore(tmp_path)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    # It waits a second before it resumes a body, whatever it is told.
    clock = SimpleNamespace(sleep=lambda _seconds: None)
    monkeypatch.setattr("huggingface_hub.file_download.time", clock)
    with LocalHub(tokens={TOKEN}) as hub:
        yield hub


@pytest.fixture
def commit(hub: LocalHub) -> str:
    return hub.add_dataset(REPO).publish({"models.parquet": CONTENT, "README.md": b"#"}, AT)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def take(hub: LocalHub, cache: Path) -> Fetch:
    """Fetch from the local Hub, with short waits."""

    def _take(revision: str | None = None, **other: Any) -> Source:
        settings: dict[str, Any] = {
            "endpoint": hub.address,
            "token": None,
            "cache_dir": cache,
            "attempts": 3,
            "pause": 0.01,
            "timeout": 5.0,
        }
        return fetch(REPO, revision, **settings | other)

    return _take


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with open_shelf(tmp_path) as shelf:
        yield shelf


@pytest.fixture
def collected(hub: LocalHub, shelf: Shelf) -> Collect:
    """Ask the local Hub for what is not on the shelf, with short waits."""

    def _collected(
        wanted: list[Wanted],
        kind: Kind = CARD,
        *,
        token: str = "",
        workers: int = 4,
        attempts: int = 3,
        account: Account | None = None,
    ) -> Counter[str]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        left = pending(shelf, kind, wanted)
        with Client(hub.address, attempts, 0.01, 0.3, headers=headers, account=account) as client:
            return collect(
                client,
                shelf,
                kind,
                left,
                most_bytes=MOST_BYTES,
                workers=workers,
                tell=lambda _text: None,
            )

    return _collected


def wanted(repo: ModelRepo, *, has_sha: bool = True, is_gated: bool = False) -> Wanted:
    """Give a model as a listing of the Hub would."""
    modified = repo.last_modified.replace(tzinfo=None).isoformat(timespec="seconds")
    return Wanted(repo.id, repo.sha if has_sha else None, modified, is_gated)


def kept(shelf: Shelf, kind: Kind = CARD) -> dict[str, Content]:
    return {content.name: content for content in shelf.contents(kind.name)}


def only(shelf: Shelf, kind: Kind = CARD) -> Content:
    (content,) = kept(shelf, kind).values()
    return content


@pytest.fixture
def filled(hub: LocalHub) -> LocalHub:
    fill(hub, N_LISTED, seed=3)
    return hub


@pytest.fixture
def lister(filled: LocalHub, tmp_path: Path) -> Lister:
    return Lister(filled, tmp_path)
