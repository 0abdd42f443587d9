"""A published snapshot to ask and to harm, and a command line without surroundings."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from biome_pipeline.cli.main import run_command_line
from biome_pipeline_tests.cli.processes import SMALL, Run


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the demo's snapshot and its report; never written to."""
    folder = tmp_path_factory.mktemp("pristine")
    run = Run("run", "--data", folder / "data", cwd=folder, BIOME_REPORT="true")
    assert run.wait() == 0, run.errors
    return folder / "data"


@pytest.fixture
def data(pristine: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may harm."""
    return Path(shutil.copytree(pristine, tmp_path / "data"))


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, with the environment of the smallest run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BIOME_DATA", raising=False)
    for name, value in SMALL.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def biome(capfd: pytest.CaptureFixture[str]):
    """Call the command line in this process: exit code, output, errors."""

    def _biome(*words: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = run_command_line([str(word) for word in words])
        out, err = capfd.readouterr()
        return code, out, err

    return _biome
