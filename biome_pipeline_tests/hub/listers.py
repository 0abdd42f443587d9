"""What lists a local Hub into a lake, and what it should find there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from biome_pipeline.hub.client import Client
from biome_pipeline.hub.crawl import Crawl, begin_crawl, open_crawl
from biome_pipeline.hub.listing import list_models
from biome_pipeline.hub.raw import raw_models
from biome_pipeline.hub.records import write_records
from biome_pipeline.settings import load_settings
from biome_pipeline.snapshot.rejects import rejects
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.lake import Lake
from biome_pipeline_tests.hubserver import LocalHub

__all__ = ["N_LISTED", "PAGE", "Lister", "n_pages", "public", "rows_of"]

KEY = "2026-01-05"
PAGE = 10
N_LISTED = 95


class Lister:
    """What lists a local Hub into a lake, from where it was."""

    def __init__(self, hub: LocalHub, folder: Path) -> None:
        self.hub = hub
        self.folder = folder
        self.lake = Lake(folder / "data")
        self.told: list[str] = []

    def crawl(self) -> Crawl:
        """Go on with the open crawl, or begin one."""
        lake, address = self.lake, self.hub.address
        return open_crawl(lake, address, KEY) or begin_crawl(lake, address, KEY)

    def list(self, *, headers: dict[str, str] | None = None, page_size: int = PAGE) -> Crawl:
        """List to the end."""
        with Client(self.hub.address, 3, 0.001, 0.3, headers=headers) as client:
            return list_models(
                client, self.lake, self.crawl(), tell=self.told.append, page_size=page_size
            )

    def models(self, crawl: Crawl) -> list[str]:
        """Give the ids that become models, as a snapshot takes them."""
        path = self.folder / "records.parquet"
        write_records(crawl.bodies(), path)
        with open_engine(load_settings(threads=2, memory_limit="1GB")) as engine:
            raw = engine.to_arrow(raw_models(engine, path).select("row_number", "model_id"))
            bad = engine.to_arrow(
                rejects(engine, raw_models(engine, path), "hub").select("row_number")
            )
        rejected = set(bad["row_number"].to_pylist())
        return sorted(
            name
            for number, name in zip(*(column.to_pylist() for column in raw.columns), strict=True)
            if number not in rejected
        )


def public(hub: LocalHub) -> list[str]:
    return sorted(model.id for model in hub.models.values() if not model.is_private)


def rows_of(crawl: Crawl) -> list[Any]:
    return [row for body in crawl.bodies() for row in json.loads(body)]


def n_pages(hub: LocalHub) -> int:
    return -(-len(public(hub)) // PAGE)
