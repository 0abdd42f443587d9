"""Imports all that a run needs, once, so that every forked run starts at once.

What does not belong here: anything that starts a thread or opens a file.
"""

from __future__ import annotations

import dagster._core.storage.event_log.sqlite
import dagster._core.storage.runs.sqlite
import ibis.backends.duckdb
import matplotlib.backends.backend_agg
import matplotlib.figure
import pandas as pd
import pyarrow.parquet as pq
import pycountry
import scipy.sparse.csgraph
import scipy.stats

import biome_pipeline.cli.execution
import biome_pipeline.cli.run
import biome_pipeline.definitions.build
from biome_pipeline.provenance import code_version

__all__ = ["CODE", "LOADED"]

LOADED = (
    biome_pipeline.cli.run,
    biome_pipeline.cli.execution,
    biome_pipeline.definitions.build,
    dagster._core.storage.event_log.sqlite,
    dagster._core.storage.runs.sqlite,
    ibis.backends.duckdb,
    matplotlib.backends.backend_agg,
    matplotlib.figure,
    pd,
    pq,
    pycountry,
    scipy.sparse.csgraph,
    scipy.stats,
)

# All runs of one session are of the same code, even while someone edits it.
CODE = code_version()
