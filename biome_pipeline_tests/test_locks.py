"""The locks belong together: what a run needs is what the tests run with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "requirements"


def pins(name: str) -> dict[str, set[str]]:
    """Read the pinned versions of a lock, and the hashes of their files."""
    found: dict[str, set[str]] = {}
    pin = ""
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([a-z0-9][a-z0-9._\[\],-]*==\S+)", line):
            # An extra adds other packages, which have pins of their own.
            pin = re.sub(r"\[[^]]*\]", "", match[1])
            found[pin] = set()
        elif match := re.match(r"    --hash=(sha256:[0-9a-f]{64})", line):
            found[pin].add(match[1])
    return found


def test_a_run_has_the_versions_that_the_tests_have() -> None:
    run, dev = pins("run.lock"), pins("dev.lock")
    assert len(run) > 50
    assert {pin: dev.get(pin) for pin in run} == run
    assert not {pin.split("==")[0] for pin in run} & {"mypy", "pytest", "ruff", "transformers"}


@pytest.mark.parametrize("name", ["run.lock", "dev.lock"])
def test_every_version_is_told_by_hashes_and_no_index_is_named(name: str) -> None:
    assert all(pins(name).values())
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
