"""Provenance: a fingerprint of what decides the content, and of nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biome_pipeline import provenance as provenance_module
from biome_pipeline.errors import PartitionCorruptError
from biome_pipeline.provenance import Provenance, code_version, derive_seed

ROOT = Path(__file__).parents[1]
MADE = Provenance(
    table="hub.models",
    snapshot="2025-06-30",
    source="demo",
    source_revision="200-abc",
    code_version="0.1.0+00000000",
    settings_hash="0" * 16,
    seed=7,
    created_at="2025-06-30T00:00:00.000000",
    inputs={"hub.raw_models": "f" * 64},
    facts={"kind": "demo"},
)
TEXTS = st.text(max_size=20)
MAPS = st.dictionaries(TEXTS, TEXTS, max_size=3)
DRAWN = st.builds(
    Provenance,
    **{
        field.name: MAPS
        if field.name in ("inputs", "facts")
        else st.integers(0, 2**63 - 1)
        if field.name == "seed"
        else TEXTS
        for field in fields(Provenance)
    },
)


@given(DRAWN)
def test_it_comes_back_from_json(made):
    back = Provenance.from_json(made.to_json(), place="here")
    assert back == made
    assert back.fingerprint == made.fingerprint


@given(DRAWN, DRAWN)
def test_equal_fingerprints_mean_equal_content(one, other):
    def content(made):
        return replace(made, created_at="", facts={})

    assert (one.fingerprint == other.fingerprint) == (content(one) == content(other))


@pytest.mark.parametrize("name", [field.name for field in fields(Provenance)])
def test_what_decides_the_content_changes_the_fingerprint(name):
    value = getattr(MADE, name)
    other = {str: "other", int: 8, dict: {"other": "x"}}[type(value)]
    is_same = replace(MADE, **{name: other}).fingerprint == MADE.fingerprint
    assert is_same == (name in ("created_at", "facts"))


def test_the_order_of_inputs_decides_nothing():
    pairs = [("b", "1"), ("a", "2")]
    one, other = (replace(MADE, inputs=dict(given)) for given in (pairs, pairs[::-1]))
    assert one.fingerprint == other.fingerprint
    assert one.to_json() == other.to_json()


def changed(**more: object) -> str:
    return json.dumps({**json.loads(MADE.to_json()), **more})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        '"text"',
        "{}",
        "[" * 100_000,
        changed(odd=1),
        changed(seed="7"),
        changed(seed=None),
        changed(seed=True),
        changed(table=None),
        changed(inputs=[]),
        changed(inputs={"a": 1}),
        changed(facts=None),
        json.dumps({k: v for k, v in json.loads(MADE.to_json()).items() if k != "seed"}),
    ],
    ids=lambda text: text[:12] or "empty",
)
def test_what_is_no_provenance_is_refused_with_its_place(text):
    with pytest.raises(PartitionCorruptError, match=r"^/lake/x: .*biome run --force") as caught:
        Provenance.from_json(text, place="/lake/x")
    assert caught.value.place == "/lake/x"


def test_the_code_version_changes_with_any_source_and_nothing_else(tmp_path, monkeypatch):
    def version() -> str:
        code_version.cache_clear()
        return code_version()

    package = tmp_path / "package"
    (package / "room").mkdir(parents=True)
    (package / "a.py").write_text("A = 1")
    (package / "room" / "b.py").write_text("B = 1")
    try:
        monkeypatch.setattr(provenance_module, "__file__", str(package / "provenance.py"))
        first = version()
        (package / "notes.txt").write_text("no source")
        assert version() == first
        (package / "room" / "b.py").write_text("B = 2")
        second = version()
        (package / "room" / "b.py").rename(package / "room" / "c.py")
        third = version()
        assert len({first, second, third}) == 3
    finally:
        code_version.cache_clear()


def test_seeds_are_the_same_in_every_process():
    code = (
        "from biome_pipeline.provenance import derive_seed; "
        "print([derive_seed(1, name) for name in ('a', 'b', 'genealogy.fertility')])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert said == {str([derive_seed(1, name) for name in ("a", "b", "genealogy.fertility")])}


@given(st.integers(0, 2**63 - 1), TEXTS, TEXTS)
def test_a_seed_fits_64_bits_and_differs_by_name(seed, one, other):
    assert 0 <= derive_seed(seed, one) < 2**63
    assert (derive_seed(seed, one) == derive_seed(seed, other)) == (one == other)
