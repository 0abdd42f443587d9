"""A lake below a temporary folder, and what takes sources into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from biome_pipeline.hub.intake import Intake, take_in
from biome_pipeline.settings import load_settings
from biome_pipeline.snapshot.accounting import count_rejects
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.lake import Lake
from biome_pipeline.warehouse.tables.hub import RAW_MODELS

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

KEY = "2025-06-30"


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
