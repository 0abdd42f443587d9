"""Cards in bulk from a local Hub: once for each commit, and never in place of a later one."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from biome_pipeline.errors import (
    BiomeError,
    HubAccessError,
    HubUnreachableError,
    SourceFormatError,
    SourceNotFoundError,
    SourceSchemaError,
)
from biome_pipeline.hub import bulk
from biome_pipeline.hub.contents import CARD, Wanted, pending
from biome_pipeline.hub.limits import Account
from biome_pipeline.hub.shelf import Content, Shelf
from biome_pipeline.settings import Settings, load_settings
from biome_pipeline_tests.hub.conftest import TOKEN
from biome_pipeline_tests.hubserver import LocalHub, answer, page, truncate

CARDS = "org/cards"
DAY = dt.datetime(2025, 6, 30, 12, 0, 1)
EARLIER, LATER = DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=1)
SCHEMA = pa.schema(
    {"modelId": pa.string(), "card": pa.string(), "last_modified": pa.timestamp("us", tz="UTC")}
)

Row = tuple[object, object, object]
Take = Callable[..., str | None]


def parquet(*rows: Row, schema: pa.Schema = SCHEMA) -> bytes:
    """Give rows of model, card and time as the bytes of a Parquet file."""
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    table = pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema)
    return written(table)


def written(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


@pytest.fixture
def settings(hub: LocalHub, tmp_path: Path) -> Settings:
    return load_settings(
        data=tmp_path, cards_repo=CARDS, hf_endpoint=hub.address, max_card_bytes=1_024
    )


@pytest.fixture
def take(settings: Settings, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Take:
    """Take the cards in bulk, with short waits."""
    patient = bulk.session

    def hasty(*place: object, **bounds: object) -> object:
        return patient(*place, **bounds | {"attempts": 3, "pause": 0.01, "timeout": 5.0})

    monkeypatch.setattr(bulk, "session", hasty)

    def _take(account: Account | None = None, **changes: object) -> str | None:
        chosen = settings.model_copy(update=changes)
        return bulk.take_bulk(chosen, shelf, account or Account(), tell=lambda _text: None)

    return _take


@pytest.fixture
def publish(hub: LocalHub) -> Callable[..., str]:
    """Publish files of the dataset, the names in order."""

    def _publish(*bodies: bytes) -> str:
        dataset = hub.datasets.get(CARDS) or hub.add_dataset(CARDS)
        files = {f"data/train-{i:05}.parquet": body for i, body in enumerate(bodies)}
        return dataset.publish(files | {"README.md": b"#"})

    return _publish


def cards(shelf: Shelf) -> dict[str, Content]:
    return {content.name: content for content in shelf.contents("card")}


def texts(shelf: Shelf) -> dict[str, bytes | None]:
    return {name: content.body for name, content in cards(shelf).items()}


# What is taken


def test_cards_stand_on_the_shelf_at_the_time_that_they_state(
    take: Take, publish: Callable[..., str], shelf: Shelf
) -> None:
    commit = publish(
        parquet(("org/a", "# Ä\r\n", DAY), ("bert", "", DAY)), parquet(("b/b", " ", EARLIER))
    )
    assert take() == commit
    assert cards(shelf) == {
        "org/a": Content(
            "org/a", None, "2025-06-30T12:00:01", "ok", 0, "# Ä\r\n".encode(), "bulk", None, 6
        ),
        "bert": Content("bert", None, "2025-06-30T12:00:01", "empty", 0, None, "bulk", None, 0),
        "b/b": Content("b/b", None, "2025-06-29T12:00:01", "empty", 0, None, "bulk", None, 1),
    }


def test_what_came_in_bulk_is_not_asked_for_again(
    take: Take, publish: Callable[..., str], shelf: Shelf
) -> None:
    publish(parquet(("org/a", "# A", DAY), ("org/b", "# B", DAY)))
    take()
    models = [
        Wanted("org/a", "a" * 40, "2025-06-30T12:00:01"),
        Wanted("org/b", "b" * 40, "2025-07-01T00:00:00"),
        Wanted("org/c", "c" * 40, "2025-06-30T12:00:01"),
    ]
    assert [model.model_id for model in pending(shelf, CARD, models)] == ["org/b", "org/c"]


@pytest.mark.parametrize(
    ("kind", "told", "expected"),
    [
        (pa.timestamp("s"), DAY, "2025-06-30T12:00:01"),
        (pa.timestamp("ms", tz="Asia/Tokyo"), DAY, "2025-06-30T12:00:01"),
        (pa.timestamp("ns", tz="UTC"), DAY.replace(microsecond=999_999), "2025-06-30T12:00:01"),
        (pa.timestamp("us"), dt.datetime(1969, 12, 31, 23, 59, 59), "1969-12-31T23:59:59"),
        (pa.timestamp("us"), dt.datetime(1, 1, 1), "0001-01-01T00:00:00"),
        (pa.timestamp("us"), 2**62, None),
        (pa.string(), "2025-06-30T14:00:01.987+02:00", "2025-06-30T12:00:01"),
        (pa.large_string(), "2025-06-30T12:00:01.000Z", "2025-06-30T12:00:01"),
        (pa.string(), "2025-06-30 12:00:01", "2025-06-30T12:00:01"),
        (pa.string(), "0001-01-01T00:00:00+14:00", None),
        (pa.string(), "yesterday", None),
        (pa.string(), "", None),
        (pa.string(), None, None),
        (pa.timestamp("us"), None, None),
    ],
)
def test_times_of_any_kind_are_those_of_the_shelf(
    take: Take,
    publish: Callable[..., str],
    shelf: Shelf,
    kind: pa.DataType,
    told: object,
    expected: str | None,
) -> None:
    schema = SCHEMA.set(2, pa.field("last_modified", kind))
    publish(parquet(("org/a", "# A", told), schema=schema))
    take()
    assert [content.modified for content in cards(shelf).values()] == [expected] * (
        expected is not None
    )


def test_odd_rows_are_left_out_and_no_other(
    take: Take, publish: Callable[..., str], shelf: Shelf
) -> None:
    odd = ["", None, "a/b/c", "org/a b", "org/é", "org/\n", "'; DROP TABLE contents; --"]
    rows = [(name, "# Text", DAY) for name in [*odd, "org/good"]]
    publish(parquet(*rows, ("org/none", None, DAY)))
    take()
    assert texts(shelf) == {"org/good": b"# Text"}


def test_bytes_that_are_no_text_are_the_fault_of_one_row(
    take: Take, publish: Callable[..., str], shelf: Shelf
) -> None:
    rows = pa.table(
        {
            "modelId": pa.array([b"org/a", b"org/\xff", b"org/c"], pa.binary()),
            "card": pa.array([b"# \xff", b"# B", b"# C"], pa.binary()),
            "last_modified": pa.array([DAY] * 3, pa.timestamp("us")),
        }
    )
    # Parquet takes a writer's word for it that they are text.
    fields = [pa.field(name, pa.string()) for name in ("modelId", "card")]
    columns = [
        pa.Array.from_buffers(pa.string(), 3, rows[name].chunk(0).buffers())
        for name in ("modelId", "card")
    ]
    schema = pa.schema([*fields, rows.schema.field("last_modified")])
    publish(written(pa.table([*columns, rows["last_modified"]], schema=schema)))
    take()
    assert {name: content.outcome for name, content in cards(shelf).items()} == {
        "org/a": "not_utf8",
        "org/c": "ok",
    }


def test_a_card_larger_than_allowed_is_not_kept(
    take: Take, publish: Callable[..., str], shelf: Shelf
) -> None:
    publish(parquet(("org/at", "é" * 512, DAY), ("org/over", "é" * 512 + "x", DAY)))
    take()
    found = cards(shelf)
    assert (found["org/at"].outcome, found["org/at"].n_bytes) == ("ok", 1_024)
    assert (found["org/over"].outcome, found["org/over"].n_bytes) == ("too_large", 1_025)
    assert found["org/over"].body is None


# Once, and the later one


def test_a_commit_is_taken_once(
    take: Take, publish: Callable[..., str], hub: LocalHub, shelf: Shelf, tmp_path: Path
) -> None:
    commit = publish(parquet(("org/a", "# A", DAY)), parquet(("org/b", "# B", DAY)))
    account = Account()
    assert take(account) == commit
    assert account.requests == len(hub.requests)
    files = [r.path for r in hub.asked("GET", "resolve")]
    assert len(files) == 2
    assert all(f"/resolve/{commit}/" in path for path in files)
    assert list(tmp_path.glob("cache/hub/**/*.parquet")) == []
    assert not any(path.is_file() for path in tmp_path.glob("cache/hub/**/blobs/*"))
    hub.requests.clear()
    assert take() == commit
    assert [r.path.partition("?")[0] for r in hub.requests] == [f"/api/datasets/{CARDS}"]
    assert texts(shelf) == {"org/a": b"# A", "org/b": b"# B"}


def test_another_commit_brings_what_is_newer_alone(
    take: Take, publish: Callable[..., str], shelf: Shelf
) -> None:
    publish(parquet(("org/a", "# A", DAY), ("org/b", "# B", DAY)))
    take()
    commit = publish(
        parquet(("org/a", "# other", DAY), ("org/b", "# B 2", LATER), ("org/c", "# C", EARLIER))
    )
    assert take() == commit
    assert texts(shelf) == {"org/a": b"# A", "org/b": b"# B 2", "org/c": b"# C"}


@pytest.mark.parametrize("is_reversed", [False, True])
def test_of_several_rows_of_a_model_the_newest_stays(
    take: Take, publish: Callable[..., str], shelf: Shelf, is_reversed: bool
) -> None:
    rows = [("org/a", f"# {i}", EARLIER + i * dt.timedelta(hours=1)) for i in range(3)]
    publish(parquet(*(reversed(rows) if is_reversed else rows)))
    take()
    assert texts(shelf) == {"org/a": b"# 2"}


@pytest.mark.parametrize(
    ("modified", "outcome", "is_replaced"),
    [
        ("2025-07-02T00:00:00", "ok", False),
        ("2025-06-30T12:00:01", "ok", False),
        ("2025-06-30T12:00:00", "ok", True),
        (None, "missing", True),
        # What failed says nothing about what there is.
        ("2025-07-02T00:00:00", "failed", True),
    ],
)
def test_a_later_card_of_its_own_stays(
    take: Take,
    publish: Callable[..., str],
    shelf: Shelf,
    modified: str | None,
    outcome: str,
    is_replaced: bool,
) -> None:
    shelf.put("card", [Content("org/a", "a" * 40, modified, outcome, 1, b"# own", "single")])
    publish(parquet(("org/a", "# bulk", DAY)))
    take()
    assert texts(shelf) == {"org/a": b"# bulk" if is_replaced else b"# own"}


def test_what_was_taken_before_an_outage_is_not_taken_again(
    take: Take, publish: Callable[..., str], hub: LocalHub, shelf: Shelf
) -> None:
    publish(*(parquet((f"org/m-{i}", "# Text", DAY)) for i in range(3)))
    hub.faults.append(answer(503, times=None, path="resolve/.*train-00002"))
    with pytest.raises(HubUnreachableError):
        take()
    assert set(texts(shelf)) == {"org/m-0", "org/m-1"}
    hub.faults.clear()
    hub.requests.clear()
    take()
    assert set(texts(shelf)) == {"org/m-0", "org/m-1", "org/m-2"}
    assert all("train-00002" in r.path for r in hub.asked(path="resolve"))


# What is no dataset of cards


def fails(take: Take, kind: type[BiomeError], *words: str) -> None:
    """Check the error, and that it says what to do."""
    with pytest.raises(kind) as caught:
        take()
    text = str(caught.value)
    assert CARDS in text
    assert caught.value.remedy
    for word in words:
        assert word in text


@pytest.mark.parametrize("missing", SCHEMA.names)
def test_a_missing_column_is_named(take: Take, publish: Callable[..., str], missing: str) -> None:
    commit = publish(written(pa.table({n: ["x"] for n in SCHEMA.names if n != missing})))
    fails(take, SourceSchemaError, missing, "train-00000.parquet", commit, "BIOME_CARDS_REPO")


@pytest.mark.parametrize(
    ("name", "kind", "value", "expected"),
    [
        ("modelId", pa.int64(), 1, "column modelId is int64, not string"),
        ("card", pa.list_(pa.string()), ["x"], "column card is list<"),
        ("last_modified", pa.int64(), 1, "column last_modified is int64, not timestamp or string"),
        ("card", pa.null(), None, "column card is null, not string"),
    ],
)
def test_a_column_of_another_type_is_named(
    take: Take,
    publish: Callable[..., str],
    shelf: Shelf,
    name: str,
    kind: pa.DataType,
    value: object,
    expected: str,
) -> None:
    row = {"modelId": "org/a", "card": "# A", "last_modified": DAY} | {name: value}
    schema = SCHEMA.set(SCHEMA.get_field_index(name), pa.field(name, kind))
    publish(written(pa.Table.from_pylist([row], schema=schema)))
    fails(take, SourceSchemaError, expected)
    assert texts(shelf) == {}


GOOD = parquet(*((f"org/m-{i}", f"# {i}", DAY) for i in range(50)))


@pytest.mark.parametrize(
    "body",
    [b"", b"<html></html>", GOOD[:-20], GOOD[:200] + bytes(200) + GOOD[400:]],
    ids=["empty", "page", "truncated", "damaged"],
)
def test_a_damaged_file_is_named_and_not_kept(
    take: Take, publish: Callable[..., str], shelf: Shelf, tmp_path: Path, body: bytes
) -> None:
    commit = publish(body)
    fails(take, SourceFormatError, "no readable Parquet file", "train-00000.parquet", commit)
    assert list(tmp_path.glob("cache/hub/**/*.parquet")) == []
    # The next run reads it anew: the damage may have been ours.
    fails(take, SourceFormatError)
    publish(GOOD)
    take()
    assert len(texts(shelf)) == 50


def test_a_dataset_without_files_is_none_of_cards(take: Take, publish: Callable[..., str]) -> None:
    publish()
    fails(take, SourceFormatError, "no Parquet file", "BIOME_CARDS_REPO")


def test_a_dataset_that_is_gone_is_named_with_its_setting(take: Take, hub: LocalHub) -> None:
    fails(take, SourceNotFoundError, "there is no such dataset", "BIOME_CARDS_REPO")


def test_a_refused_token_ends_at_once(
    take: Take, publish: Callable[..., str], hub: LocalHub
) -> None:
    publish(GOOD)
    hub.tokens.clear()
    settings = load_settings(hf_token=TOKEN)
    with pytest.raises(HubAccessError) as caught:
        take(hf_token=settings.hf_token)
    assert len(hub.requests) == 1
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("fault", [page(times=None), truncate(50, times=None, path="resolve")])
def test_what_is_not_the_hub_leaves_the_shelf_as_it_was(
    take: Take, publish: Callable[..., str], hub: LocalHub, shelf: Shelf, fault: object
) -> None:
    publish(GOOD)
    hub.uses_ranges = False
    hub.faults.append(fault)
    with pytest.raises((HubUnreachableError, SourceFormatError)):
        take()
    assert texts(shelf) == {}


def test_without_a_dataset_nothing_is_asked(take: Take, hub: LocalHub) -> None:
    assert take(cards_repo="") is None
    assert hub.requests == []
