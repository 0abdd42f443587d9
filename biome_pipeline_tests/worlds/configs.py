"""Configs of real models where they are at hand, and the figures kept of them.

The files are read in place and need not be there; the figures are in ``golden``.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["golden", "real_configs"]

_GOLDEN = Path(__file__).resolve().parents[1] / "golden"
_REAL = Path(__file__).resolve().parents[2] / "../shared/data/real/configs.jsonl"


def golden(name: str) -> list[dict[str, Any]]:
    """Give the lines of a golden file."""
    text = (_GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@cache
def real_configs() -> dict[str, str]:
    """Give real configs as texts by id, or by their hash where the source has no id."""
    if not _REAL.exists():
        return {}
    found = {}
    for line in _REAL.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        digest = hashlib.sha256(json.dumps(row["config"], sort_keys=True).encode())
        found[row["id"] or f"sha256:{digest.hexdigest()[:16]}"] = json.dumps(row["config"])
    return found
