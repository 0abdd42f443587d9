"""Building the tree explorer when the package is made or installed.

The script and the style sheet of the report's explorer are made from ``explorer/`` with
Node.js. A wheel must have them; an installation for development goes on without, and
the page then says how to make them.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_OUTPUTS = ("explorer.js", "explorer.css")


class ExplorerBuildHook(BuildHookInterface[Any]):
    """Runs before anything is packed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the explorer unless it is newer than its source.

        Parameters
        ----------
        version : str
            ``standard`` for a wheel, ``editable`` for development.
        build_data : dict of str to Any
            What hatchling packs; left as it is.

        Raises
        ------
        RuntimeError
            If a wheel cannot have the explorer.
        """
        del build_data
        root = Path(self.root)
        source, target = root / "explorer", root / "biome_pipeline" / "report" / "explorer"
        if not source.is_dir() or _is_fresh(source, target):
            return
        fault = _build(source)
        if fault and version == "editable":
            self.app.display_warning(
                f"the explorer was not built ({fault}); 'make explorer' builds it"
            )
        elif fault:
            raise RuntimeError(
                f"the explorer cannot be built: {fault}; install Node.js 20 or newer"
            )


def _is_fresh(source: Path, target: Path) -> bool:
    outputs = [target / name for name in _OUTPUTS]
    if not all(path.is_file() for path in outputs):
        return False
    made = min(path.stat().st_mtime for path in outputs)
    inputs = [*source.glob("*.json"), *source.glob("*.mjs"), *source.glob("src/*")]
    return all(path.stat().st_mtime <= made for path in inputs)


def _build(source: Path) -> str:
    """Give what went wrong, or nothing."""
    npm = shutil.which("npm")
    if npm is None:
        return "there is no npm"
    for words in (("ci", "--omit=dev"), ("run", "build")):
        done = subprocess.run(  # noqa: S603 - its own source, by the lock file
            [npm, *words], cwd=source, capture_output=True, text=True, check=False
        )
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            return f"'npm {' '.join(words)}' failed: {''.join(last)}"
    return ""
