"""A local Hub on 127.0.0.1 that speaks the real protocol, with faults on order.

One subject of the protocol, one module with its routes (`datasets`, `listing`
and `modelfiles` for models, `arxiv`); what is common to all is in `server`,
what can go wrong on the way in `faults`, how requests are counted in `limits`.
Nothing here knows the code under test.

>>> with LocalHub() as hub:
...     sha = hub.add_dataset("org/stats").publish({"models.parquet": b"PAR1"})
...     model = hub.add_model("org/model", files={"README.md": b"# A model"})
...     hub.faults.append(answer(503, times=2))
"""

from __future__ import annotations

from biome_pipeline_tests.hubserver.arxiv import Paper
from biome_pipeline_tests.hubserver.datasets import Dataset
from biome_pipeline_tests.hubserver.faults import (
    Fault,
    answer,
    bad_rows,
    broken_json,
    compress,
    double_rows,
    drip,
    empty,
    empty_page,
    foreign_link,
    overlap,
    page,
    repeat_cursor,
    reset,
    short_page,
    stale_cursor,
    stall,
    truncate,
    truncated_json,
)
from biome_pipeline_tests.hubserver.limits import Limit, LoggedRequest
from biome_pipeline_tests.hubserver.listing import cursor_after
from biome_pipeline_tests.hubserver.models import ModelRepo
from biome_pipeline_tests.hubserver.server import LocalHub, Reply

__all__ = [
    "Dataset",
    "Fault",
    "Limit",
    "LocalHub",
    "LoggedRequest",
    "ModelRepo",
    "Paper",
    "Reply",
    "answer",
    "bad_rows",
    "broken_json",
    "compress",
    "cursor_after",
    "double_rows",
    "drip",
    "empty",
    "empty_page",
    "foreign_link",
    "overlap",
    "page",
    "repeat_cursor",
    "reset",
    "short_page",
    "stale_cursor",
    "stall",
    "truncate",
    "truncated_json",
]
