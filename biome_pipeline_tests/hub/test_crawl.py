"""A crawl on disk: pages in order, a checkpoint after each, and damage that is found."""

from __future__ import annotations

import datetime as dt
import errno
import gzip
import json
from pathlib import Path

import pytest

from biome_pipeline.errors import DiskFullError, InvalidSnapshotKeyError, SourceFormatError
from biome_pipeline.hub import crawl as crawls
from biome_pipeline.hub.crawl import Crawl, Page, begin_crawl, finished_crawl, open_crawl
from biome_pipeline.warehouse.lake import Lake

KEY = "2026-01-05"
HUB = "https://hub.example"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "data")


def page(number: int, *, is_last: bool = False) -> Page:
    before = f"c{number - 1}" if number > 1 else None
    return Page(number, before, None if is_last else f"c{number}", number)


def body(number: int) -> bytes:
    return f'[{{"id": "org/{number}"}}]\n"\n'.encode()


def keep(lake: Lake, crawl: Crawl, n_pages: int, *, is_whole: bool = True) -> None:
    for number in range(1, n_pages + 1):
        crawl.keep(lake, page(number, is_last=is_whole and number == n_pages), body(number))


def leftovers(lake: Lake) -> list[Path]:
    return list((lake.data / "incoming").iterdir())


def test_pages_come_back_as_they_came_and_in_order(lake: Lake) -> None:
    crawl = begin_crawl(lake, HUB, KEY)
    keep(lake, crawl, 12)
    assert crawl.pages() == [page(number, is_last=number == 12) for number in range(1, 13)]
    assert list(crawl.bodies()) == [body(number) for number in range(1, 13)]
    assert leftovers(lake) == []


def test_a_page_can_be_taken_again(lake: Lake) -> None:
    crawl = begin_crawl(lake, HUB, KEY)
    keep(lake, crawl, 2)
    crawl.keep(lake, page(2, is_last=True), b"[]")
    assert list(crawl.bodies()) == [body(1), b"[]"]


def test_pages_behind_one_can_be_forgotten(lake: Lake) -> None:
    crawl = begin_crawl(lake, HUB, KEY)
    keep(lake, crawl, 5)
    crawl.drop_after(2)
    assert [found.number for found in crawl.pages()] == [1, 2]
    crawl.drop_after(0)
    assert crawl.pages() == []


DAMAGES = {
    "gone": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:15]),
    "flipped": lambda path: path.write_bytes(gzip.compress(b"")[:10] + b"\xff" * 20),
    "html": lambda path: path.write_bytes(b"<html>"),
    "no page": lambda path: path.write_bytes(gzip.compress(b"[1]\n[]")),
    "another": lambda path: path.write_bytes(gzip.compress(b'{"number": 1}\n[]')),
    "misplaced": lambda path: path.write_bytes(
        gzip.compress(b'{"number": 9, "cursor": null, "next_cursor": null, "n_records": 0}\n[]')
    ),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_page_ends_the_list_and_is_never_the_end_of_a_listing(
    lake: Lake, damage: object
) -> None:
    crawl = begin_crawl(lake, HUB, KEY)
    keep(lake, crawl, 5)
    damage(sorted(crawl.folder.glob("page-*"))[2])  # type: ignore[operator]
    assert [found.number for found in crawl.pages()] == [1, 2]
    with pytest.raises(SourceFormatError, match=r"page 3 of the crawl is damaged or gone") as found:
        list(crawl.bodies())
    assert str(crawl.folder) in str(found.value)


def test_damage_behind_the_first_line_is_found_before_a_body_is_given(lake: Lake) -> None:
    crawl = begin_crawl(lake, HUB, KEY)
    keep(lake, crawl, 1, is_whole=False)
    crawl.keep(lake, page(2, is_last=True), json.dumps([{"id": i} for i in range(20_000)]).encode())
    path = sorted(crawl.folder.glob("page-*"))[1]
    whole = path.read_bytes()
    for broken in (whole[:-9], whole[:-200] + bytes(200), whole[:-8] + bytes(8)):
        path.write_bytes(broken)
        bodies = crawl.bodies()
        assert next(bodies) == body(1)
        with pytest.raises(SourceFormatError, match="page 2 of the crawl"):
            next(bodies)


def test_a_crawl_without_pages_is_no_listing(lake: Lake) -> None:
    with pytest.raises(SourceFormatError, match="page 1 of the crawl"):
        list(begin_crawl(lake, HUB, KEY).bodies())


def test_a_full_disk_is_said_and_leaves_the_pages_before(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawl = begin_crawl(lake, HUB, KEY)
    keep(lake, crawl, 2, is_whole=False)

    def full(_incoming: Path, _final: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(crawls, "replace_durably", full)
        with pytest.raises(DiskFullError):
            crawl.keep(lake, page(3), body(3))
        with pytest.raises(DiskFullError):
            crawl.finish(lake)
    assert leftovers(lake) == []
    assert [found.number for found in crawl.pages()] == [1, 2]
    assert open_crawl(lake, HUB, KEY) == crawl


# Which crawl is gone on with, and which is taken in


def test_the_key_is_the_day_unless_the_user_chose_another(lake: Lake) -> None:
    crawl = begin_crawl(lake, HUB, None)
    assert crawl.key == crawl.started_at[:10]
    assert abs(dt.datetime.now() - dt.datetime.fromisoformat(crawl.started_at)).days <= 1
    assert begin_crawl(lake, HUB, KEY).folder.name == KEY
    with pytest.raises(InvalidSnapshotKeyError):
        begin_crawl(lake, HUB, "../elsewhere")


def test_an_open_crawl_is_found_until_it_is_finished(lake: Lake) -> None:
    assert (open_crawl(lake, HUB, None), finished_crawl(lake, None)) == (None, None)
    crawl = begin_crawl(lake, HUB, KEY)
    for key in (KEY, None):
        assert open_crawl(lake, HUB, key) == crawl
        assert finished_crawl(lake, key) is None
    done = crawl.finish(lake)
    assert done.finished_at is not None
    assert done.finished_at >= done.started_at
    for key in (KEY, None):
        assert open_crawl(lake, HUB, key) is None
        assert finished_crawl(lake, key) == done


def test_another_hub_or_another_key_is_another_crawl(lake: Lake) -> None:
    first = begin_crawl(lake, HUB, KEY)
    second = begin_crawl(lake, HUB, "2026-01-12")
    assert open_crawl(lake, "https://other.example", KEY) is None
    assert open_crawl(lake, HUB, "2026-01-19") is None
    assert open_crawl(lake, HUB, KEY) == first
    # Of any key, the one that was begun last.
    assert open_crawl(lake, HUB, None) == second
    done = [first.finish(lake), second.finish(lake)]
    assert finished_crawl(lake, None) == done[1]
    assert finished_crawl(lake, KEY) == done[0]


@pytest.mark.parametrize(("days", "is_found"), [(6, True), (8, False)])
def test_an_open_crawl_is_not_gone_on_with_after_a_week(
    lake: Lake, days: int, is_found: bool
) -> None:
    begin_crawl(lake, HUB, KEY)
    path = lake.data / "lake" / "crawls" / KEY / "crawl.json"
    facts = json.loads(path.read_text())
    then = dt.datetime.fromisoformat(facts["started_at"]) - dt.timedelta(days=days)
    path.write_text(json.dumps(facts | {"started_at": then.isoformat(timespec="microseconds")}))
    assert (open_crawl(lake, HUB, KEY) is not None) == is_found


def test_a_crawl_begun_anew_has_nothing_of_the_one_before(lake: Lake) -> None:
    old = begin_crawl(lake, HUB, KEY)
    keep(lake, old, 3)
    old.finish(lake)
    new = begin_crawl(lake, HUB, KEY)
    assert new.pages() == []
    assert finished_crawl(lake, KEY) is None
    assert open_crawl(lake, HUB, KEY) == new


def test_a_kill_while_the_old_crawl_is_removed_leaves_none_that_is_called_finished(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(lake, begin_crawl(lake, HUB, KEY), 3)
    begun = open_crawl(lake, HUB, KEY)
    assert begun is not None
    begun.finish(lake)

    def killed(_folder: Path, **_how: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(crawls.shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            begin_crawl(lake, HUB, KEY)
    assert finished_crawl(lake, KEY) is None
    assert begin_crawl(lake, HUB, KEY).pages() == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": 1}', '{"key": "a", "odd": 2}'])
def test_facts_that_cannot_be_read_are_no_crawl(lake: Lake, text: str) -> None:
    crawl = begin_crawl(lake, HUB, KEY)
    (crawl.folder / "crawl.json").write_text(text)
    assert open_crawl(lake, HUB, None) is None
    assert finished_crawl(lake, None) is None
