"""Which partitions belong together: against the definition, for all mixtures of changes."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from biome_pipeline.warehouse.consistency import (
    consistent_partitions,
    is_current,
    seal,
    sealed_partitions,
)
from biome_pipeline.warehouse.lake import Lake
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline.warehouse.tables.genealogy import EDGES, MEMBERS
from biome_pipeline.warehouse.tables.hub import MODELS, RAW_MODELS, REJECTS
from biome_pipeline_tests.warehouse.partitions import READS, fill, provenance, put

KEY = "2025-06-30"


class PaperLake(Lake):
    """A lake of provenances alone: what consistency looks at, without files."""

    def __init__(self, data):
        super().__init__(data)
        object.__setattr__(self, "made", {})

    def has(self, spec, key):
        return spec.name in self.made

    def provenance(self, spec, key):
        return self.made[spec.name]

    def make(self, name, revision):
        self.made[name] = provenance(self, TABLES[name], KEY, revision=revision)


def by_definition(made) -> set[str]:
    """Take a table away as long as an input of it is gone or has changed."""
    left = set(made)
    while True:
        bad = {
            name
            for name in left
            if any(
                given not in left or made[given].fingerprint != found
                for given, found in made[name].inputs.items()
            )
        }
        if not bad:
            return left
        left -= bad


ROOTS = {name for name, reads in READS.items() if not reads}

CHANGES = list(itertools.product(("kept", "changed", "gone"), repeat=5))


@pytest.mark.parametrize("then", ["kept", "changed"])
def test_all_mixtures_of_changed_inputs(tmp_path, then):
    """Whatever happened to five tables, in whatever order the rest was made again."""
    touched = [spec.name for spec in (RAW_MODELS, REJECTS, MODELS, EDGES, MEMBERS)]
    sizes = set()
    for changes in CHANGES:
        lake = PaperLake(tmp_path)
        for name in TABLES:
            lake.make(name, "1")
        for name, change in zip(touched, changes, strict=True):
            if change == "changed":
                lake.make(name, "2")
            elif change == "gone":
                del lake.made[name]
        if then == "changed":
            lake.make("genealogy.creations", "2")
        found = consistent_partitions(lake, KEY)
        assert set(found) == by_definition(lake.made)
        assert list(found) == [name for name in TABLES if name in found]
        assert all(found[name] == lake.made[name] for name in found)
        sizes.add(len(found))
    # What reads nothing stays whatever becomes of the models.
    assert {len(ROOTS) - 1, len(TABLES)} <= sizes
    assert len(sizes) > 4


def test_random_histories(tmp_path):
    rng = np.random.default_rng(20250630)
    names = list(TABLES)
    for _ in range(300):
        lake = PaperLake(tmp_path)
        for _ in range(int(rng.integers(1, 30))):
            name = names[rng.integers(len(names))]
            if rng.random() < 0.15:
                lake.made.pop(name, None)
            else:
                lake.make(name, str(rng.integers(3)))
        assert set(consistent_partitions(lake, KEY)) == by_definition(lake.made)


def test_the_same_content_again_changes_nothing(tmp_path):
    lake = PaperLake(tmp_path)
    for name in TABLES:
        lake.make(name, "1")
    raw = RAW_MODELS.name
    lake.made[raw] = replace(lake.made[raw], created_at="2030-01-01", facts={"bytes": "7"})
    assert set(consistent_partitions(lake, KEY)) == set(TABLES)


def test_a_partition_that_cannot_be_trusted_takes_its_descendants_along(engine, lake):
    fill(engine, lake, KEY)
    lake.path(REJECTS, KEY).write_bytes(b"PAR1")
    left = set(consistent_partitions(lake, KEY))
    assert left == ROOTS


@pytest.fixture
def sealed(engine, lake):
    fill(engine, lake, KEY)
    seal(lake, KEY)
    return lake


def test_a_snapshot_that_was_never_sealed_has_no_seal(engine, lake):
    fill(engine, lake, KEY)
    assert sealed_partitions(lake, KEY) is None


def test_a_seal_names_what_belongs_together(sealed):
    wanted = {name: sealed.provenance(spec, KEY).fingerprint for name, spec in TABLES.items()}
    assert sealed_partitions(sealed, KEY) == wanted
    assert list((sealed.data / "incoming").iterdir()) == []


def test_a_seal_leaves_out_what_is_stale(engine, sealed):
    put(engine, sealed, EDGES, KEY, revision="2")
    made = seal(sealed, KEY)
    stale = {name for name in TABLES if EDGES.name in _ancestors(name)}
    assert stale
    assert set(made) == set(TABLES) - stale


def _ancestors(name: str) -> set[str]:
    found = set(READS[name])
    for given in READS[name]:
        found |= _ancestors(given)
    return found


@pytest.mark.parametrize("name", TABLES)
def test_any_change_breaks_the_seal(engine, sealed, name):
    put(engine, sealed, TABLES[name], KEY, revision="2")
    assert sealed_partitions(sealed, KEY) is None


@pytest.mark.parametrize("name", TABLES)
def test_any_loss_breaks_the_seal(sealed, name):
    sealed.path(TABLES[name], KEY).unlink()
    assert sealed_partitions(sealed, KEY) is None


def test_writing_the_same_again_keeps_the_seal(engine, sealed):
    put(engine, sealed, TABLES["genealogy.creations"], KEY, revision="1")
    assert sealed_partitions(sealed, KEY) is not None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "\ufffd"])
def test_a_damaged_seal_is_none(sealed, text):
    (sealed.data / "lake" / "sealed" / f"{KEY}.json").write_text(text, encoding="utf-8")
    assert sealed_partitions(sealed, KEY) is None


def test_a_seal_of_another_table_than_is_known_is_none(sealed):
    path = sealed.data / "lake" / "sealed" / f"{KEY}.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "hub.gone": "0" * 64}))
    assert sealed_partitions(sealed, KEY) is None


def test_a_seal_that_is_not_text_is_none(sealed):
    (sealed.data / "lake" / "sealed" / f"{KEY}.json").write_bytes(b"\xff\xfe{}")
    assert sealed_partitions(sealed, KEY) is None


def test_sealing_the_same_again_writes_nothing(sealed):
    path = sealed.data / "lake" / "sealed" / f"{KEY}.json"
    before = path.stat()
    assert seal(sealed, KEY) == sealed_partitions(sealed, KEY)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_an_error_while_sealing_leaves_the_old_seal(engine, sealed, monkeypatch):
    path = sealed.data / "lake" / "sealed" / f"{KEY}.json"
    before = path.read_bytes()
    put(engine, sealed, EDGES, KEY, revision="2")
    monkeypatch.setattr(
        "biome_pipeline.warehouse.consistency.replace_durably",
        lambda *_: (_ for _ in ()).throw(OSError("no")),
    )
    with pytest.raises(OSError, match="no"):
        seal(sealed, KEY)
    assert path.read_bytes() == before
    assert list((sealed.data / "incoming").iterdir()) == []


class TestIsCurrent:
    """Whether a run would change nothing."""

    def test_a_sealed_snapshot_of_the_same_run_is_current(self, sealed):
        wanted = sealed.provenance(RAW_MODELS, KEY)
        assert is_current(sealed, KEY, TABLES, wanted)
        later = replace(wanted, created_at="2030-01-01T00:00:00", facts={"new": "fact"})
        assert is_current(sealed, KEY, TABLES, later)

    @pytest.mark.parametrize(
        "change",
        [
            {"source": "file:/x"},
            {"source_revision": "2"},
            {"code_version": "1"},
            {"settings_hash": "1" * 16},
            {"seed": 2},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_anything_that_decides_the_content_counts(self, sealed, change):
        wanted = replace(sealed.provenance(RAW_MODELS, KEY), **change)
        assert not is_current(sealed, KEY, TABLES, wanted)

    def test_without_a_seal_nothing_is_current(self, engine, lake):
        fill(engine, lake, KEY)
        assert not is_current(lake, KEY, TABLES, lake.provenance(RAW_MODELS, KEY))

    def test_a_table_that_is_missing_or_of_an_older_run_counts(self, engine, lake):
        for name in ("hub.raw_models", "hub.rejects", "hub.models"):
            put(engine, lake, TABLES[name], KEY)
        seal(lake, KEY)
        wanted = lake.provenance(RAW_MODELS, KEY)
        assert is_current(lake, KEY, ["hub.raw_models", "hub.models"], wanted)
        assert not is_current(lake, KEY, ["hub.raw_models", "hub.model_traits"], wanted)
