"""From the shelf to the raw table: the present revision alone, and no text of gated models."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest

from biome_pipeline.hub import raw_contents
from biome_pipeline.hub.contents import CARD, CONFIG, Wanted
from biome_pipeline.hub.raw_contents import ContentsWriter, write_contents
from biome_pipeline.hub.shelf import Content, Shelf

SHA, OTHER = "a" * 40, "b" * 40
DAY, LATER = "2025-06-30T00:00:00", "2025-07-01T00:00:00"


def rows(path: Path) -> dict[str, dict[str, object]]:
    found = {row["model_id"]: row for row in pq.read_table(path).to_pylist()}
    assert len(found) == pq.read_metadata(path).num_rows
    return found


def test_a_row_says_what_came_and_how(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put(
        "card",
        [
            Content("org/a", SHA, DAY, "ok", 2, "# Ä".encode(), "single", None, None),
            Content("org/b", None, DAY, "too_large", 0, None, "bulk", None, 3_000_000),
            Content("org/c", SHA, DAY, "not_utf8", 1, b"\xff", "single", "byte 0 is none"),
            Content("org/d", SHA, DAY, "failed", 5, None, "single", "status 418"),
            Content("org/not-wanted", SHA, DAY, "ok", 1, b"# X", "single"),
        ],
    )
    shelf.put("config", [Content("org/a", SHA, DAY, "ok", 1, b"{}", "single")])
    path = tmp_path / "cards.parquet"
    write_contents(shelf, CARD, [Wanted(f"org/{n}", SHA, DAY) for n in "abcde"], path)
    names = ("revision", "outcome", "attempts", "bytes", "detail", "origin", "text")
    assert {name: tuple(row[n] for n in names) for name, row in rows(path).items()} == {
        "org/a": (SHA, "ok", 2, 4, None, "single", "# Ä"),
        "org/b": (DAY, "too_large", 0, 3_000_000, None, "bulk", None),
        "org/c": (SHA, "not_utf8", 1, 1, "byte 0 is none", "single", None),
        "org/d": (SHA, "failed", 5, None, "status 418", "single", None),
    }


@pytest.mark.parametrize(
    ("of_shelf", "listed", "is_current"),
    [
        ((SHA, DAY), (SHA, DAY), True),
        ((SHA, DAY), (SHA, LATER), True),
        ((SHA, DAY), (OTHER, DAY), False),
        ((None, DAY), (SHA, DAY), True),
        ((None, DAY), (SHA, LATER), False),
        ((SHA, DAY), (None, DAY), True),
        ((SHA, LATER), (None, DAY), False),
        ((None, DAY), (None, DAY), True),
    ],
)
def test_a_text_is_that_of_the_listed_revision(
    shelf: Shelf,
    tmp_path: Path,
    of_shelf: tuple[str | None, str],
    listed: tuple[str | None, str],
    is_current: bool,
) -> None:
    shelf.put("config", [Content("org/a", *of_shelf, "ok", 1, b"{}", "single")])
    path = tmp_path / "configs.parquet"
    write_contents(shelf, CONFIG, [Wanted("org/a", *listed)], path)
    assert set(rows(path)) == ({"org/a"} if is_current else set())


@pytest.mark.parametrize("origin", ["bulk", "single"])
def test_the_text_of_a_gated_model_is_nowhere(shelf: Shelf, tmp_path: Path, origin: str) -> None:
    """Wherever it came from, and whenever it became gated."""
    text = b"A secret of the few."
    shelf.put("card", [Content("org/a", None, DAY, "ok", 0, text, origin)])
    path = tmp_path / "cards.parquet"
    gated = [Wanted(f"org/{name}", SHA, DAY, is_gated=True) for name in "ba"]
    write_contents(shelf, CARD, gated, path)
    found = rows(path)
    assert set(found) == {"org/a", "org/b"}
    assert {(r["outcome"], r["attempts"], r["text"], r["bytes"]) for r in found.values()} == {
        ("gated", 0, None, None)
    }
    assert text not in path.read_bytes()


def test_without_rows_the_columns_are_there(shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "cards.parquet"
    write_contents(shelf, CARD, [Wanted("org/a", SHA, DAY)], path)
    table = pq.read_table(path)
    assert table.num_rows == 0
    assert table.schema.names[:3] == ["model_id", "revision", "outcome"]


def test_the_digest_changes_with_each_thing_that_changes(shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "cards.parquet"
    models = [Wanted("org/a", None, DAY), Wanted("org/b", None, DAY)]

    def digest(*contents: Content) -> str:
        shelf.put("card", contents)
        return write_contents(shelf, CARD, models, path)

    first = Content("org/a", None, DAY, "ok", 1, b"# A", "single")
    found = [
        digest(),
        digest(first),
        digest(Content("org/a", None, DAY, "ok", 1, b"# B", "single")),
        digest(Content("org/a", SHA, DAY, "ok", 1, b"# B", "single")),
        digest(Content("org/a", SHA, DAY, "missing", 1, None, "single")),
        digest(Content("org/b", SHA, DAY, "missing", 1, None, "single")),
    ]
    assert len(set(found)) == len(found)
    shelf.put("card", [Content("org/b", None, LATER, "ok", 1, b"", "single")])
    # How often it was asked for, and by what way it came, is not what it says.
    assert digest(first) == found[1] == digest(Content(*first_again(first)))


def first_again(content: Content) -> tuple[object, ...]:
    return (content.name, content.sha, content.modified, content.outcome, 3, content.body, "bulk")


@pytest.mark.parametrize(("most_rows", "most_bytes"), [(7, 2**20), (1_000, 500)])
def test_rows_are_written_in_groups_of_bounded_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_rows: int, most_bytes: int
) -> None:
    monkeypatch.setattr(raw_contents, "_ROWS_PER_GROUP", most_rows)
    monkeypatch.setattr(raw_contents, "_BYTES_PER_GROUP", most_bytes)
    random = Random(37)
    bodies = {f"org/m-{i:03}": b"x" * random.randrange(100) for i in range(100)}
    path = tmp_path / "cards.parquet"
    with ContentsWriter(path) as writer:
        for name, body in bodies.items():
            writer.add(Content(name, SHA, DAY, "ok", 1, body, "single"))
    groups = [
        pq.ParquetFile(path).read_row_group(i) for i in range(pq.read_metadata(path).num_row_groups)
    ]
    assert len(groups) > 5
    for group in groups:
        assert group.num_rows <= most_rows
        # The last row of a group may lead over its limit.
        assert sum(len(text) for text in group["text"].to_pylist()[:-1]) < most_bytes
    assert {name: row["text"].encode() for name, row in rows(path).items()} == bodies
