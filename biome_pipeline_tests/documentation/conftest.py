"""An engine for the tests of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from biome_pipeline.warehouse.engine import Engine, open_engine
from biome_pipeline_tests.worlds.chain import settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine(settings()) as opened:
        yield opened
