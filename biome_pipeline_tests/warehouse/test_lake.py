"""The lake: whole old or whole new partitions, checked provenance, locks."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from biome_pipeline.errors import (
    InvalidSnapshotKeyError,
    PartitionCorruptError,
    PartitionNotFoundError,
    SnapshotBusyError,
)
from biome_pipeline.warehouse import lake as lake_module
from biome_pipeline.warehouse.durable import replace_durably
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.lake import Lake
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline.warehouse.tables.hub import MODELS, RAW_MODELS, REJECTS, SNAPSHOTS
from biome_pipeline_tests.warehouse.partitions import arrow_rows, provenance, put, sample_rows

KEY = "2025-06-30"
ROOT = Path(__file__).parents[2]


def files(lake: Lake) -> dict[str, bytes]:
    return {
        str(path.relative_to(lake.data)): path.read_bytes()
        for path in sorted((lake.data / "lake").rglob("*"))
        if path.is_file()
    }


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a Python program in its own process group."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


class TestPlaces:
    """Where partitions stand."""

    def test_a_partition_has_one_place(self, lake):
        path = lake.path(MODELS, KEY)
        assert path.relative_to(lake.data).as_posix() == (
            "lake/hub/models/snapshot=2025-06-30.parquet"
        )
        assert not lake.data.exists()

    def test_two_tables_never_share_a_place(self, lake):
        places = {lake.path(spec, KEY) for spec in TABLES.values()}
        assert len(places) == len(TABLES)

    @pytest.mark.parametrize("key", ["../x", "2025-6-3", ""])
    def test_a_bad_key_reaches_no_path(self, lake, key):
        for ask in (lake.path, lake.has, lake.provenance, lake.n_rows):
            with pytest.raises(InvalidSnapshotKeyError):
                ask(MODELS, key)

    def test_keys_are_in_ascending_order_and_of_one_table(self, engine, lake):
        assert lake.keys(SNAPSHOTS) == []
        for key in ("2025-03-01", "2024-12-31", "2025-01-15"):
            put(engine, lake, SNAPSHOTS, key)
        put(engine, lake, REJECTS, "2020-01-01")
        assert lake.keys(SNAPSHOTS) == ["2024-12-31", "2025-01-15", "2025-03-01"]
        assert lake.has(SNAPSHOTS, "2025-01-15")
        assert not lake.has(SNAPSHOTS, "2025-01-16")


class TestWriting:
    """One rename, or nothing."""

    @pytest.mark.parametrize("spec", TABLES.values(), ids=TABLES)
    def test_rows_stand_in_the_order_of_the_key_or_of_their_source(self, engine, lake, spec):
        rows = sample_rows(spec, 12)[::-1]
        lake.write(engine, spec, KEY, arrow_rows(spec, rows), provenance(lake, spec, KEY))
        found = pq.read_table(lake.path(spec, KEY), columns=list(spec.key)).to_pylist()
        given = [tuple(row[name] for name in spec.grain) for row in rows]
        # In byte order, as texts of ASCII and one ä are in code points, too.
        wanted = sorted(given) if spec.is_sorted else given
        assert [tuple(row[name] for name in spec.grain) for row in found] == wanted

    def test_a_second_write_replaces_this_partition_only(self, engine, lake):
        put(engine, lake, SNAPSHOTS, KEY, revision="1")
        put(engine, lake, SNAPSHOTS, "2025-07-07", revision="1")
        before = files(lake)
        put(engine, lake, SNAPSHOTS, KEY, revision="2")
        changed = {name for name, found in files(lake).items() if found != before[name]}
        assert changed == {"lake/hub/snapshots/snapshot=2025-06-30.parquet"}

    @pytest.mark.parametrize("at", ["copy_to_parquet", "replace_durably", "fsync", "replace"])
    def test_an_error_at_any_step_leaves_the_old_bytes(self, engine, lake, monkeypatch, at):
        put(engine, lake, MODELS, KEY, revision="1")
        before = files(lake)

        def fail(*_args, **_kwargs):
            raise RuntimeError(at)

        owner = {
            "copy_to_parquet": type(engine),
            "replace_durably": lake_module,
            "fsync": os,
            "replace": Path,
        }[at]
        monkeypatch.setattr(owner, at, fail)
        with pytest.raises(RuntimeError, match=at):
            put(engine, lake, MODELS, KEY, revision="2")
        monkeypatch.undo()
        assert files(lake) == before
        assert list((lake.data / "incoming").iterdir()) == []

    def test_bytes_are_on_disk_before_the_name_points_to_them(self, tmp_path, monkeypatch):
        events = []
        fsync, rename = os.fsync, Path.replace

        def note_fsync(handle):
            events.append(("fsync", Path(f"/proc/self/fd/{handle}").resolve().name))
            fsync(handle)

        def note_rename(self, target):
            events.append(("rename", target.name))
            return rename(self, target)

        monkeypatch.setattr(os, "fsync", note_fsync)
        monkeypatch.setattr(Path, "replace", note_rename)
        incoming, folder = tmp_path / "in.part", tmp_path / "shelf"
        folder.mkdir()
        incoming.write_bytes(b"new")
        replace_durably(incoming, folder / "final")
        assert events == [("fsync", "in.part"), ("rename", "final"), ("fsync", "shelf")]
        assert (folder / "final").read_bytes() == b"new"

    def test_a_kill_in_the_middle_of_a_write_leaves_the_old_bytes(self, engine, lake):
        put(engine, lake, SNAPSHOTS, KEY, revision="1")
        before = files(lake)
        child = start(
            """
            import sys, time
            from pathlib import Path
            from biome_pipeline.settings import Settings
            from biome_pipeline.warehouse.engine import Engine, open_engine
            from biome_pipeline.warehouse.lake import Lake
            from biome_pipeline.warehouse.tables.hub import SNAPSHOTS
            from biome_pipeline_tests.warehouse.partitions import put

            def half(self, expression, path, **_more):
                path.write_bytes(b"PAR1 and then")
                print("half", flush=True)
                time.sleep(60)

            Engine.copy_to_parquet = half
            data = Path(sys.argv[1])
            with open_engine(Settings(data=data, threads=1)) as engine:
                put(engine, Lake(data), SNAPSHOTS, sys.argv[2], revision="2")
            """,
            lake.data,
            KEY,
        )
        with child:
            assert child.stdout.readline() == "half\n"
            assert lake.clear_incoming() == 0, "a living process keeps its files"
            os.killpg(child.pid, signal.SIGKILL)
        assert files(lake) == before
        assert len(list((lake.data / "incoming").iterdir())) == 1
        assert lake.clear_incoming() == 1
        assert list((lake.data / "incoming").iterdir()) == []

    def test_only_what_the_dead_left_is_cleared(self, lake):
        shelf = lake.incoming(lake.data / "lake").parent
        child = subprocess.Popen([sys.executable, "-c", ""])
        child.wait()
        mine, foreign = shelf / f"{os.getpid()}-a.part", shelf / "notes.txt"
        dead, dead_folder = shelf / f"{child.pid}-b.part", shelf / f"{child.pid}-spill"
        for path in (mine, foreign, dead):
            path.write_bytes(b"x")
        dead_folder.mkdir()
        (dead_folder / "block").write_bytes(b"x")
        assert lake.clear_incoming() == 2
        assert sorted(shelf.iterdir()) == sorted([mine, foreign])

    def test_what_spills_is_of_this_process_and_goes_with_it(self, lake, settings):
        with open_engine(settings, spill=lake.spill()) as opened:
            ask = opened.backend.con.execute
            ask("SET memory_limit = '60MB'")
            ask("CREATE TABLE t AS SELECT range AS n, hash(range) AS h FROM range(6000000)")
            spilled = list(lake.spill().iterdir())
            assert lake.clear_incoming() == 0
        assert spilled
        assert lake.spill().name.startswith(f"{os.getpid()}-")
        assert list((lake.data / "incoming").iterdir()) == []


class TestProvenance:
    """What a partition says of itself is checked before it is trusted."""

    def test_it_comes_back_as_it_was_written(self, engine, lake):
        put(engine, lake, RAW_MODELS, KEY)
        made = replace(
            provenance(lake, REJECTS, KEY),
            facts={"it's": 'a "quote", a {brace} and ünïcode \U0001f33f'},
            source="file:/data/it's/models.parquet",
        )
        lake.write(engine, REJECTS, KEY, arrow_rows(REJECTS, sample_rows(REJECTS)), made)
        assert lake.provenance(REJECTS, KEY) == made
        assert lake.n_rows(REJECTS, KEY) == 4

    def test_a_missing_partition_says_how_to_make_it(self, engine, lake):
        for ask in (lake.provenance, lake.n_rows):
            with pytest.raises(PartitionNotFoundError, match=r"biome run --snapshot 2025-06-30"):
                ask(MODELS, KEY)
        with pytest.raises(PartitionNotFoundError):
            lake.read(engine, MODELS, KEY)

    @pytest.mark.parametrize(
        "content", [b"", b"PAR1", b"<html></html>", b"PAR1" + bytes(100) + b"PAR1"]
    )
    def test_garbage_is_corrupt(self, engine, lake, content):
        put(engine, lake, MODELS, KEY)
        lake.path(MODELS, KEY).write_bytes(content)
        for ask in (lake.provenance, lake.n_rows):
            with pytest.raises(PartitionCorruptError, match=r"run the snapshot again"):
                ask(MODELS, KEY)
        with pytest.raises(PartitionCorruptError):
            lake.read(engine, MODELS, KEY)

    def test_a_truncated_partition_is_corrupt(self, engine, lake):
        put(engine, lake, MODELS, KEY, n_rows=100)
        path = lake.path(MODELS, KEY)
        whole = path.read_bytes()
        for size in range(0, len(whole), max(1, len(whole) // 25)):
            path.write_bytes(whole[:size])
            with pytest.raises(PartitionCorruptError):
                lake.provenance(MODELS, KEY)

    def test_a_foreign_file_is_not_trusted(self, engine, lake):
        path = lake.path(MODELS, KEY)
        path.parent.mkdir(parents=True)
        pq.write_table(pa.table({"model_id": ["a/b"]}), path)
        with pytest.raises(PartitionCorruptError, match="provenance is missing"):
            lake.read(engine, MODELS, KEY)

    def test_a_partition_of_another_table_is_not_trusted(self, engine, lake):
        put(engine, lake, SNAPSHOTS, KEY)
        path = lake.path(REJECTS, KEY)
        path.parent.mkdir(parents=True)
        path.write_bytes(lake.path(SNAPSHOTS, KEY).read_bytes())
        with pytest.raises(PartitionCorruptError, match=r"it is hub\.snapshots of 2025-06-30"):
            lake.read(engine, REJECTS, KEY)

    def test_a_partition_of_another_key_is_not_trusted(self, engine, lake):
        put(engine, lake, SNAPSHOTS, KEY)
        lake.path(SNAPSHOTS, KEY).rename(lake.path(SNAPSHOTS, "2025-07-01"))
        with pytest.raises(PartitionCorruptError, match=r"it is hub\.snapshots of 2025-06-30"):
            lake.read(engine, SNAPSHOTS, "2025-07-01")


HOLD = """
    import sys
    from pathlib import Path
    from biome_pipeline.errors import SnapshotBusyError
    from biome_pipeline.warehouse.lake import Lake
    lake = Lake(Path(sys.argv[1]))
    try:
        with getattr(lake, sys.argv[2])(sys.argv[3]):
            print("held", flush=True)
            sys.stdin.readline()
    except SnapshotBusyError:
        print("busy", flush=True)
"""


class TestLocks:
    """One process at a time, and a lock ends with its process."""

    def test_a_held_key_is_busy_and_another_is_not(self, lake):
        with lake.hold(KEY):
            for key, said in ((KEY, "busy\n"), ("2025-07-07", "held\n")):
                with start(HOLD, lake.data, "hold", key) as child:
                    assert child.stdout.readline() == said
                    child.stdin.close()
        with start(HOLD, lake.data, "hold", KEY) as child:
            assert child.stdout.readline() == "held\n"
            with pytest.raises(SnapshotBusyError, match=r"2025-06-30.*wait"), lake.hold(KEY):
                pass
            child.stdin.close()
        with lake.hold(KEY):
            assert (lake.data / "locks" / f"{KEY}.lock").is_file()

    def test_a_lock_ends_with_a_killed_process(self, lake):
        with start(HOLD, lake.data, "hold", KEY) as child:
            assert child.stdout.readline() == "held\n"
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            with lake.hold(KEY):
                assert child.returncode == -signal.SIGKILL

    def test_a_lock_ends_with_an_error(self, lake):
        with pytest.raises(ZeroDivisionError), lake.hold(KEY):
            _ = 1 / 0
        with start(HOLD, lake.data, "hold", KEY) as child:
            assert child.stdout.readline() == "held\n"
            child.stdin.close()

    def test_who_waits_comes_after_who_holds(self, lake):
        with lake.wait_for("database"):
            child = start(HOLD, lake.data, "wait_for", "database")
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(timeout=0.7)
            waits = not select.select([child.stdout], [], [], 0)[0]
        with child:
            assert child.stdout.readline() == "held\n"
            assert waits
            child.stdin.close()
