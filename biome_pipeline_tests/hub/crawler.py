"""A crawl in a process of its own, for tests that kill it: listing, cards, configs.

``python -m biome_pipeline_tests.hub.crawler ENDPOINT DATA WORKERS`` goes on where
the last one was. What does not belong here: who kills it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from biome_pipeline.hub.client import Client
from biome_pipeline.hub.contents import CARD, CONFIG, Wanted, collect, pending
from biome_pipeline.hub.crawl import Crawl, begin_crawl, finished_crawl, open_crawl
from biome_pipeline.hub.listing import list_models
from biome_pipeline.hub.shelf import open_shelf
from biome_pipeline.warehouse.lake import Lake

__all__ = ["KEY", "PAGE_SIZE", "listed"]

KEY = "2025-06-30"
PAGE_SIZE = 100


def listed(crawl: Crawl) -> list[Wanted]:
    """Give the models of a finished crawl, each once, read without the code under test."""
    rows = {row["id"]: row for body in crawl.bodies() for row in json.loads(body)}
    return [
        Wanted(row["id"], row["sha"], row["lastModified"][:19], row["gated"] not in {False, None})
        for row in rows.values()
    ]


def _main(endpoint: str, data: Path, workers: int) -> None:
    lake = Lake(data)
    with Client(endpoint, 5, 0.01, 10.0) as client, open_shelf(data) as shelf:
        crawl = finished_crawl(lake, KEY)
        if crawl is None:
            crawl = open_crawl(lake, endpoint, KEY) or begin_crawl(lake, endpoint, KEY)
            crawl = list_models(client, lake, crawl, tell=lambda _text: None, page_size=PAGE_SIZE)
        models = listed(crawl)
        for kind in (CARD, CONFIG):
            collect(
                client,
                shelf,
                kind,
                pending(shelf, kind, models),
                most_bytes=100_000,
                workers=workers,
                tell=lambda _text: None,
            )


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
