"""The build of the explorer: fresh outputs stay, and what fails says so."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

_ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def hooks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", _ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with sources that are newer than what was built from them."""
    for name in ("explorer/package.json", "explorer/build.mjs", "explorer/src/main.ts"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("new", encoding="utf-8")
    target = tmp_path / "biome_pipeline" / "report" / "explorer"
    target.mkdir(parents=True)
    for name in ("explorer.js", "explorer.css"):
        (target / name).write_text("old", encoding="utf-8")
        os.utime(target / name, (1, 1))
    return tmp_path


class _App:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def display_warning(self, text: str) -> None:
        self.warnings.append(text)


def _hook(hooks: ModuleType, root: Path) -> tuple[Any, _App]:
    app = _App()
    hook = hooks.ExplorerBuildHook(str(root), {}, None, None, "", "wheel", app)
    return hook, app


def _fake_npm(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "npm"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/bin{os.pathsep}/usr/bin")


def test_without_npm_a_wheel_fails_and_a_checkout_goes_on(hooks, project, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")
    hook, app = _hook(hooks, project)
    hook.initialize("editable", {})
    assert app.warnings == [
        "the explorer was not built (there is no npm); 'make explorer' builds it"
    ]
    with pytest.raises(RuntimeError, match=r"there is no npm; install Node\.js 20"):
        hook.initialize("standard", {})


def test_what_npm_says_last_is_told(hooks, project, monkeypatch, tmp_path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    _fake_npm(folder, "echo first >&2; echo 'no such package' >&2; exit 3", monkeypatch)
    hook, _ = _hook(hooks, project)
    with pytest.raises(RuntimeError, match="'npm ci --omit=dev' failed: no such package"):
        hook.initialize("standard", {})


def test_it_is_built_by_the_lock_and_not_again_while_it_is_fresh(
    hooks, project, monkeypatch, tmp_path
) -> None:
    folder, heard = tmp_path / "bin", tmp_path / "heard"
    folder.mkdir()
    _fake_npm(folder, f'echo "$*" >> {heard}', monkeypatch)
    hook, app = _hook(hooks, project)
    hook.initialize("standard", {})
    assert heard.read_text(encoding="utf-8").splitlines() == ["ci --omit=dev", "run build"]
    for name in ("explorer.js", "explorer.css"):
        os.utime(project / "biome_pipeline" / "report" / "explorer" / name)
    hook.initialize("standard", {})
    assert len(heard.read_text(encoding="utf-8").splitlines()) == 2
    assert app.warnings == []
    (project / "biome_pipeline" / "report" / "explorer" / "explorer.css").unlink()
    hook.initialize("standard", {})
    assert len(heard.read_text(encoding="utf-8").splitlines()) == 4


def test_the_hook_is_one_of_hatchling(hooks) -> None:
    assert "hatchling" in sys.modules
    assert hooks.ExplorerBuildHook.__mro__[1].__name__ == "BuildHookInterface"
