"""An open engine, an empty lake, and settings that ask for little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from biome_pipeline.settings import Settings
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.lake import Lake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from biome_pipeline.warehouse.engine import Engine


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", threads=1, memory_limit="500MB")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    data = tmp_path_factory.mktemp("engine")
    with open_engine(Settings(data=data, threads=1), spill=data) as opened:
        yield opened


@pytest.fixture
def lake(settings: Settings) -> Lake:
    return Lake(settings.data)
