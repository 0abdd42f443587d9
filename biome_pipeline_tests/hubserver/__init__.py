"""A local Hub on 127.0.0.1 that speaks the real protocol, with faults on order.

One subject of the protocol, one module with its routes (`datasets`); what is
common to all is in `server`, what can go wrong on the way in `faults`. Nothing
here knows the code under test.

>>> with LocalHub() as hub:
...     sha = hub.add_dataset("org/stats").publish({"models.parquet": b"PAR1"})
...     hub.faults.append(answer(503, times=2))
"""

from __future__ import annotations

from biome_pipeline_tests.hubserver.datasets import Dataset
from biome_pipeline_tests.hubserver.faults import Fault, answer, page, reset, stall, truncate
from biome_pipeline_tests.hubserver.server import LocalHub, LoggedRequest, Reply

__all__ = [
    "Dataset",
    "Fault",
    "LocalHub",
    "LoggedRequest",
    "Reply",
    "answer",
    "page",
    "reset",
    "stall",
    "truncate",
]
