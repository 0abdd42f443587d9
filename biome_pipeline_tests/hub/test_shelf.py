"""The shelf: what is on it stays, whatever happens to whoever writes or to the file."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest

from biome_pipeline.errors import DataDirectoryError, WarehouseError
from biome_pipeline.hub.contents import CARD, Wanted, pending
from biome_pipeline.hub.shelf import Content, Shelf, open_shelf

ROOT = Path(__file__).parents[2]


def content(name: str, body: bytes | None = b"# Text", outcome: str = "ok") -> Content:
    size = None if body is None else len(body)
    return Content(name, "a" * 40, "2025-06-30T00:00:00", outcome, 1, body, "single", None, size)


def names(shelf: Shelf, kind: str = "card") -> list[str]:
    return [name for name, *_ in shelf.states(kind)]


def file_of(data: Path) -> Path:
    return data / "cache" / "contents.sqlite"


def run(program: str, *words: object, file_limit: int = 0) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own, which may kill itself."""

    def limited() -> None:
        if file_limit:
            # Python ignores the signal; writing fails, as on a full disk.
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *(str(word) for word in words)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=limited,
    )


# What goes on it comes back


def test_everything_comes_back_as_it_was(shelf: Shelf) -> None:
    random = Random(31)
    put = [
        Content("org/a", "a" * 40, "2025-06-30T00:00:00", "ok", 3, b"", "single", "x", 0),
        Content("org/b", None, None, "missing", 1, None, "bulk"),
        Content("org/c", None, None, "too_large", 0, None, "bulk", None, 5_000_000),
        Content("org/é\u202e", None, "", "not_utf8", 1, random.randbytes(9), "demo", "d", 9),
        content("org/d", random.randbytes(100_000)),
        content("org/e", b"x" * 1_000_000),
    ]
    assert shelf.put("card", put) == len(put)
    by_name = sorted(put, key=lambda content: content.name)
    assert list(shelf.contents("card")) == by_name
    assert sorted(shelf.states("card")) == [(c.name, c.sha, c.modified, c.outcome) for c in by_name]
    assert list(shelf.contents("config")) == []


def test_what_comes_later_takes_the_place_of_what_was_there(shelf: Shelf) -> None:
    shelf.put("card", [content("org/a", b"first"), content("org/b")])
    shelf.put("card", [content("org/a", None, "missing")])
    shelf.put("config", [content("org/a", b"{}")])
    found = {c.name: (c.outcome, c.body) for c in shelf.contents("card")}
    assert found == {"org/a": ("missing", None), "org/b": ("ok", b"# Text")}
    assert [c.body for c in shelf.contents("config")] == [b"{}"]


def test_what_is_put_together_is_there_together_or_not_at_all(shelf: Shelf) -> None:
    def breaking() -> Iterable[Content]:
        yield content("org/b")
        raise KeyError

    shelf.put("card", [content("org/a")])
    with pytest.raises(KeyError):
        shelf.put("card", breaking())
    with pytest.raises(sqlite3.IntegrityError):
        shelf.put("card", [content("org/c"), content("org/d", outcome=None)])  # type: ignore[arg-type]  # cannot be kept
    assert names(shelf) == ["org/a"]


def test_it_is_opened_again_with_what_it_held(tmp_path: Path) -> None:
    with open_shelf(tmp_path) as shelf:
        shelf.put("card", [content("org/a")])
    with open_shelf(tmp_path) as shelf:
        assert names(shelf) == ["org/a"]


def test_bodies_are_compressed(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put("card", [content(f"org/m-{i}", b"text " * 20_000) for i in range(50)])
    size = sum(path.stat().st_size for path in (tmp_path / "cache").iterdir())
    assert size < 1_000_000


# Several at once


def test_threads_may_put_and_read_at_once(shelf: Shelf) -> None:
    n_threads, n_puts = 8, 60
    seen: list[int] = []

    def put(number: int) -> None:
        for i in range(n_puts):
            shelf.put("card", [content(f"org-{number}/m-{i}", str(i).encode())])

    def read() -> None:
        for _ in range(20):
            seen.append(sum(c.body is not None for c in shelf.contents("card")))

    threads = [threading.Thread(target=put, args=(i,)) for i in range(n_threads)]
    threads += [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 40
    found = {c.name: c.body for c in shelf.contents("card")}
    assert found == {
        f"org-{n}/m-{i}": str(i).encode() for n in range(n_threads) for i in range(n_puts)
    }


def test_one_may_write_while_another_reads_in_the_middle(shelf: Shelf) -> None:
    shelf.put("card", [content(f"org/m-{i:05}") for i in range(3_000)])
    reader = shelf.states("card")
    next(reader)
    shelf.put("card", [content("org/new")])
    assert len(list(reader)) >= 2_999
    assert "org/new" in names(shelf)


def test_two_processes_may_hold_it(tmp_path: Path) -> None:
    program = """
        import sys
        from pathlib import Path
        from biome_pipeline.hub.shelf import Content, open_shelf
        with open_shelf(Path(sys.argv[1])) as shelf:
            for i in range(100):
                shelf.put("card", [Content(f"other/m-{i}", None, None, "ok", 1, b"x", "single")])
        """
    with open_shelf(tmp_path) as shelf:
        shelf.put("card", [content("org/a")])
        done = run(program, tmp_path)
        assert done.returncode == 0, done.stderr
        shelf.put("card", [content("org/b")])
        assert len(names(shelf)) == 102


# What may happen to it


def test_a_killed_writer_loses_nothing_that_was_put(tmp_path: Path) -> None:
    program = """
        import os, signal, sys
        from pathlib import Path
        from biome_pipeline.hub.shelf import Content, open_shelf
        with open_shelf(Path(sys.argv[1])) as shelf:
            for i in range(500):
                shelf.put("card", [Content(f"org/m-{i:03}", None, None, "ok", 1, b"x", "single")])
                sys.stdout.write(f"{i}\\n")
                sys.stdout.flush()
                if i == int(sys.argv[2]):
                    os.kill(os.getpid(), signal.SIGKILL)
        """
    for n_put in (1, 57, 311):
        done = run(program, tmp_path, n_put - 1)
        assert done.returncode == -9, done.stderr
        with open_shelf(tmp_path) as shelf:
            assert names(shelf) == [f"org/m-{i:03}" for i in range(n_put)]


def test_a_full_disk_is_said_and_leaves_what_was_there(tmp_path: Path) -> None:
    program = """
        import random, sys
        from pathlib import Path
        from biome_pipeline.errors import BiomeError
        from biome_pipeline.hub.shelf import Content, open_shelf
        body = random.Random(1).randbytes(100_000)
        try:
            with open_shelf(Path(sys.argv[1])) as shelf:
                for i in range(100):
                    shelf.put("card", [Content(f"o/m-{i:02}", None, None, "ok", 1, body, "single")])
                    print(i)
        except BiomeError as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            sys.exit(3)
        """
    done = run(program, tmp_path, file_limit=1_000_000)
    assert done.returncode == 3, done.stderr
    assert done.stderr.startswith("DiskFullError: ")
    assert "contents.sqlite: there is no room left to write; free some" in done.stderr
    n_put = len(done.stdout.split())
    assert 2 < n_put < 20
    with open_shelf(tmp_path) as shelf:
        assert names(shelf) == [f"o/m-{i:02}" for i in range(n_put)]
    # With room again, the same program goes on.
    assert run(program, tmp_path).returncode == 0
    with open_shelf(tmp_path) as shelf:
        assert len(names(shelf)) == 100
        assert {len(c.body or b"") for c in shelf.contents("card")} == {100_000}


def test_what_is_no_database_is_said_with_the_remedy(tmp_path: Path) -> None:
    path = file_of(tmp_path)
    path.parent.mkdir()
    path.write_bytes(b"<html>no database at all</html>" * 100)
    with (
        pytest.raises(WarehouseError, match=r"contents\.sqlite: it is damaged .*; remove it"),
        open_shelf(tmp_path),
    ):
        pass
    path.unlink()
    with open_shelf(tmp_path) as shelf:
        assert shelf.put("card", [content("org/a")]) == 1


def test_a_damaged_page_is_said_with_the_remedy(tmp_path: Path) -> None:
    with open_shelf(tmp_path) as shelf:
        shelf.put("card", [content(f"org/m-{i:04}") for i in range(2_000)])
    path = file_of(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:8_192] + b"\xff" * (len(whole) - 8_192))
    with (
        pytest.raises(WarehouseError, match=r"contents\.sqlite: it is damaged .*; remove it"),
        open_shelf(tmp_path) as shelf,
    ):
        list(shelf.contents("card"))


@pytest.mark.parametrize("error", [KeyError("x"), sqlite3.IntegrityError("x"), ValueError("x")])
def test_the_mistake_of_a_caller_is_no_damage(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error)), open_shelf(tmp_path):
        raise error


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"")
    with pytest.raises(DataDirectoryError, match=r"contents\.sqlite"), open_shelf(tmp_path):
        pass


@pytest.mark.parametrize("harm", [b"", b"no zlib", b"x\x9c\x00"])
def test_a_damaged_body_failed_and_is_asked_for_again(tmp_path: Path, harm: bytes) -> None:
    with open_shelf(tmp_path) as shelf:
        shelf.put("card", [content("org/a"), content("org/b"), content("org/c")])
    with sqlite3.connect(file_of(tmp_path)) as connection:
        connection.execute("UPDATE contents SET body = ? WHERE name = 'org/b'", (harm,))
    connection.close()
    models = [Wanted(f"org/{name}", "a" * 40, None) for name in "abc"]
    with open_shelf(tmp_path) as shelf:
        found = {c.name: (c.outcome, c.body, c.detail) for c in shelf.contents("card")}
        assert found["org/b"] == ("failed", None, "the kept copy is damaged")
        assert found["org/a"] == found["org/c"] == ("ok", b"# Text", None)
        assert [model.model_id for model in pending(shelf, CARD, models)] == ["org/b"]
