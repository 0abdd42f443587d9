"""Every public model exactly once, whatever the list does while it is read."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from biome_pipeline.errors import HubAccessError, HubUnreachableError, SourceFormatError
from biome_pipeline.hub import listing
from biome_pipeline.hub.client import Client
from biome_pipeline.hub.crawl import Crawl, begin_crawl, open_crawl
from biome_pipeline.hub.listing import list_models
from biome_pipeline.hub.raw import raw_models
from biome_pipeline.hub.records import write_records
from biome_pipeline.settings import load_settings
from biome_pipeline.snapshot.rejects import rejects
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.lake import Lake
from biome_pipeline_tests.hub.conftest import TOKEN
from biome_pipeline_tests.hubserver import (
    Fault,
    LocalHub,
    answer,
    bad_rows,
    broken_json,
    double_rows,
    empty,
    empty_page,
    foreign_link,
    overlap,
    page,
    repeat_cursor,
    reset,
    short_page,
    stale_cursor,
    stall,
    truncate,
    truncated_json,
)
from biome_pipeline_tests.hubserver.faults import LIST
from biome_pipeline_tests.hubserver.world import fill

KEY = "2026-01-05"
PAGE = 10
N_MODELS = 95


class Lister:
    """What lists a local Hub into a lake, from where it was."""

    def __init__(self, hub: LocalHub, folder: Path) -> None:
        self.hub = hub
        self.folder = folder
        self.lake = Lake(folder / "data")
        self.told: list[str] = []

    def crawl(self) -> Crawl:
        """Go on with the open crawl, or begin one."""
        lake, address = self.lake, self.hub.address
        return open_crawl(lake, address, KEY) or begin_crawl(lake, address, KEY)

    def list(self, *, headers: dict[str, str] | None = None, page_size: int = PAGE) -> Crawl:
        """List to the end."""
        with Client(self.hub.address, 3, 0.001, 0.3, headers=headers) as client:
            return list_models(
                client, self.lake, self.crawl(), tell=self.told.append, page_size=page_size
            )

    def models(self, crawl: Crawl) -> list[str]:
        """Give the ids that become models, as a snapshot takes them."""
        path = self.folder / "records.parquet"
        write_records(crawl.bodies(), path)
        with open_engine(load_settings(threads=2, memory_limit="1GB")) as engine:
            raw = engine.to_arrow(raw_models(engine, path).select("row_number", "model_id"))
            bad = engine.to_arrow(rejects(raw_models(engine, path), "hub").select("row_number"))
        rejected = set(bad["row_number"].to_pylist())
        return sorted(
            name
            for number, name in zip(*(column.to_pylist() for column in raw.columns), strict=True)
            if number not in rejected
        )


@pytest.fixture
def filled(hub: LocalHub) -> LocalHub:
    fill(hub, N_MODELS, seed=3)
    return hub


@pytest.fixture
def lister(filled: LocalHub, tmp_path: Path) -> Lister:
    return Lister(filled, tmp_path)


def public(hub: LocalHub) -> list[str]:
    return sorted(model.id for model in hub.models.values() if not model.is_private)


def rows_of(crawl: Crawl) -> list[Any]:
    return [row for body in crawl.bodies() for row in json.loads(body)]


def n_pages(hub: LocalHub) -> int:
    return -(-len(public(hub)) // PAGE)


# A list that is still, and one that is odd


def test_every_public_model_is_listed_once_with_one_request_a_page(
    lister: Lister, filled: LocalHub
) -> None:
    crawl = lister.list()
    rows = rows_of(crawl)
    assert sorted(row["id"] for row in rows) == public(filled)
    assert [row["createdAt"] for row in rows] == sorted(row["createdAt"] for row in rows)
    assert len(filled.requests) == n_pages(filled) == len(crawl.pages())
    assert crawl.finished_at is not None
    assert f"{len(rows):,} models in {n_pages(filled)} pages" in lister.told[-1]
    assert set(listing._FIELDS) - {"gguf", "downloadsAllTime"} <= set().union(*rows)


def test_a_token_does_not_bring_private_models_into_a_snapshot(
    lister: Lister, filled: LocalHub
) -> None:
    filled.add_model("org/hidden", is_private=True)
    crawl = lister.list(headers={"Authorization": f"Bearer {TOKEN}"})
    assert "org/hidden" in [row["id"] for row in rows_of(crawl)]
    assert lister.models(crawl) == public(filled)


ODD_LISTS = {
    "overlap": [overlap(3)],
    "overlap by a page": [overlap(PAGE)],
    "double": [double_rows(4, times=None)],
    "short": [short_page(1, times=3, skip=2), short_page(7)],
    "empty": [empty_page(times=4, skip=1), empty_page(times=2, skip=3)],
    "all": [overlap(2, times=2), double_rows(9), empty_page(times=2), short_page(3, times=4)],
}


@pytest.mark.parametrize("faults", ODD_LISTS.values(), ids=ODD_LISTS)
def test_each_model_is_taken_once_from_odd_pages(
    hub: LocalHub, tmp_path: Path, faults: list[Fault]
) -> None:
    fill(hub, N_MODELS, seed=3)
    hub.faults += [Fault(**vars(fault)) for fault in faults]
    lister = Lister(hub, tmp_path)
    crawl = lister.list()
    assert hub.faults[0].happened > 0
    assert lister.models(crawl) == public(hub)
    assert len(hub.requests) == len(crawl.pages())


def test_a_hub_without_models_is_one_page(hub: LocalHub, tmp_path: Path) -> None:
    lister = Lister(hub, tmp_path)
    assert rows_of(lister.list()) == []
    assert len(hub.requests) == 1


@pytest.mark.parametrize("seed", range(6))
def test_a_list_that_changes_while_it_is_read_loses_and_doubles_nobody(
    lister: Lister, filled: LocalHub, seed: int
) -> None:
    random = Random(seed)
    newest = max(model.created_at for model in filled.models.values())
    deleted: set[str] = set()
    names: dict[str, set[str]] = {}

    def note() -> None:
        for model in filled.models.values():
            names.setdefault(model._id, set()).add(model.id)

    def change(number: int) -> None:
        nonlocal newest
        for i in range(3):
            # Within the same second, too: then only the rest of the id tells them apart.
            newest += dt.timedelta(seconds=random.randrange(2))
            if number < 8:
                filled.add_model(f"new/m-{number}-{i}", created_at=newest)
            kept = sorted(filled.models)
            gone = filled.models.pop(random.choice(kept))
            deleted.add(gone._id)
            renamed = random.choice(sorted(filled.models))
            filled.rename_model(renamed, f"renamed/{number}-{i}-{renamed.replace('/', '-')}"[:90])
            edited = filled.models[random.choice(sorted(filled.models))]
            edited.downloads += random.randrange(10**6)
            edited.likes = 0
            edited.last_modified = newest
        note()

    note()
    filled.before_page = change
    rows = rows_of(lister.list())
    counts = Counter(row["_id"] for row in rows)
    assert set(counts.values()) == {1}
    there = {model._id for model in filled.models.values() if not model.is_private}
    assert there <= set(counts) <= there | deleted
    assert all(row["id"] in names[row["_id"]] for row in rows)
    assert any(row["id"].startswith("new/") for row in rows)


# Failures on the way

PASSING = [
    *(answer(status, times=2) for status in (429, 500, 502, 503)),
    reset(times=2),
    reset(at=900),
    truncate(900, times=2),
    stall(at=900),
    page(times=2),
    empty(),
    broken_json(),
    truncated_json(900, times=2),
    answer(200, body=b'{"error": "no list"}'),
    answer(200, body=b"[" * 200_000),
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda f: f"{f.kind}-{f.status}-{len(f.body)}")
@pytest.mark.parametrize("skip", [0, 4])
def test_requests_are_pages_and_retries_whatever_fails_on_the_way(
    lister: Lister, filled: LocalHub, fault: Fault, skip: int
) -> None:
    ordered = Fault(**vars(fault) | {"path": LIST, "skip": skip})
    n_faults = ordered.times or 0
    filled.faults.append(ordered)
    crawl = lister.list()
    assert sorted(row["id"] for row in rows_of(crawl)) == public(filled)
    assert ordered.times == 0
    assert len(filled.requests) == n_pages(filled) + n_faults


@pytest.mark.parametrize(
    "fault",
    [answer(503, times=None), page(times=None), broken_json(times=None), stall(times=None)],
    ids=lambda fault: f"{fault.kind}-{fault.status}-{len(fault.body)}",
)
def test_an_outage_ends_soon_keeps_what_came_and_goes_on_from_there(
    lister: Lister, filled: LocalHub, fault: Fault
) -> None:
    filled.faults.append(Fault(**vars(fault) | {"path": LIST, "skip": 4}))
    with pytest.raises(HubUnreachableError, match="after 3 tries"):
        lister.list()
    assert len(filled.requests) == 4 + 3
    assert [found.number for found in lister.crawl().pages()] == [1, 2, 3, 4]
    filled.faults.clear()
    crawl = lister.list()
    assert sorted(row["id"] for row in rows_of(crawl)) == public(filled)
    assert len(filled.requests) == n_pages(filled) + 3


@pytest.mark.parametrize(
    ("status", "kind", "n_requests"),
    [(401, HubAccessError, 1), (403, HubAccessError, 1), (418, HubUnreachableError, 1)],
)
def test_a_refusal_ends_at_once(
    lister: Lister, filled: LocalHub, status: int, kind: type[Exception], n_requests: int
) -> None:
    filled.faults.append(answer(status, times=None))
    with pytest.raises(kind, match=f"status {status}"):
        lister.list()
    assert len(filled.requests) == n_requests


def test_a_page_beyond_all_measure_is_none(
    lister: Lister, filled: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_MOST_PAGE_BYTES", 1_000)
    with pytest.raises(HubUnreachableError, match="a page beyond all measure"):
        lister.list()


# Cursors


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_stale_cursor_heals_itself(lister: Lister, filled: LocalHub, status: int) -> None:
    filled.faults.append(stale_cursor(status=status, times=1, skip=4))
    crawl = lister.list()
    assert sorted(row["id"] for row in rows_of(crawl)) == public(filled)
    # The refusal, and the page before it again.
    assert len(filled.requests) == n_pages(filled) + 2


def test_a_cursor_that_went_stale_while_nothing_ran_heals_itself(
    lister: Lister, filled: LocalHub
) -> None:
    filled.faults.append(answer(503, times=None, path=LIST, skip=6))
    with pytest.raises(HubUnreachableError):
        lister.list()
    n_before = len(filled.requests)

    # All cursors of the days before are stale, until the list is begun anew.
    def renew(_number: int) -> None:
        if "cursor=" not in filled.requests[-1].path:
            filled.faults.clear()

    filled.faults[:] = [answer(400, times=None, path="cursor=")]
    filled.before_page = renew
    crawl = lister.list()
    assert sorted(row["id"] for row in rows_of(crawl)) == public(filled)
    # Back by 1, 2 and 4 pages: three refusals, and then each page once.
    assert len(filled.requests) == n_before + 3 + n_pages(filled)


@pytest.mark.parametrize("n_known", [0, 5])
def test_a_hub_that_refuses_all_its_cursors_is_not_asked_for_ever(
    lister: Lister, filled: LocalHub, n_known: int
) -> None:
    filled.faults.append(answer(400, times=None, path="cursor=", skip=n_known))
    with pytest.raises(HubUnreachableError, match="answers the listing with status 400"):
        lister.list()
    assert len(filled.requests) <= n_known + 2 * listing._MOST_HEALS + 2


def test_one_cursor_that_stays_stale_ends_with_a_clear_error(
    lister: Lister, filled: LocalHub
) -> None:
    filled.faults.append(stale_cursor(skip=4))
    with pytest.raises(HubUnreachableError, match="answers the listing with status 400"):
        lister.list()
    assert len(filled.requests) <= (listing._MOST_HEALS + 1) * (n_pages(filled) + 1)


@pytest.mark.parametrize(("to", "message"), [("same", "in a circle"), ("first", "has no cursor")])
def test_a_repeated_cursor_ends_with_a_clear_error(
    lister: Lister, filled: LocalHub, to: Any, message: str
) -> None:
    filled.faults.append(repeat_cursor(to, skip=3))
    with pytest.raises(SourceFormatError, match=message):
        lister.list()
    assert len(filled.requests) == 4
    assert len(lister.crawl().pages()) == 3
    # Once the Hub is itself again, the crawl goes on.
    filled.faults.clear()
    assert sorted(row["id"] for row in rows_of(lister.list())) == public(filled)


def test_a_longer_circle_ends_as_well(lister: Lister, filled: LocalHub) -> None:
    back = answer(200, body=b"[{}]", path=LIST, skip=4)
    filled.faults.append(back)

    def lead_back(number: int) -> None:
        if number == 3:
            target = f"{filled.address}{filled.requests[2].path}"
            back.headers["Link"] = f'<{target}>; rel="next"'

    filled.before_page = lead_back
    with pytest.raises(SourceFormatError, match="in a circle at page 5"):
        lister.list()
    assert len(filled.requests) == 5


def test_a_listing_that_stays_empty_ends(lister: Lister, filled: LocalHub) -> None:
    filled.faults.append(empty_page(times=None, skip=2))
    with pytest.raises(SourceFormatError, match="stays empty"):
        lister.list()
    assert len(filled.requests) == 2 + listing._MOST_EMPTY_PAGES


# Links


def test_a_link_to_another_host_is_not_followed(lister: Lister, filled: LocalHub) -> None:
    with LocalHub() as other:
        other.models = filled.models
        filled.faults.append(foreign_link(other.address, skip=2))
        with pytest.raises(SourceFormatError, match="next page of the listing is at another"):
            lister.list(headers={"Authorization": f"Bearer {TOKEN}"})
        assert other.requests == []
    assert len(filled.requests) == 3


def linked(hub: LocalHub, link: str) -> None:
    headers = {"Link": link, "Content-Type": "application/json"}
    hub.faults.append(answer(200, headers=headers, body=b"[]", path=LIST))


@pytest.mark.parametrize(
    "link",
    [
        "<http://127.0.0.1:1/api/models?cursor=a>",
        "<//127.0.0.1:1/api/models?cursor=a>",
        "<https://127.0.0.1/api/models?cursor=a>",
        "<{hub}/api/datasets?cursor=a>",
        "<{hub}/api/models/org/model?cursor=a>",
        "<{hub}/api/models/../secrets?cursor=a>",
        "<ftp://[bad/api/models?cursor=a>",
        "<http://[bad/api/models?cursor=a>",
        "<javascript:alert(1)>",
    ],
)
def test_a_link_that_leads_elsewhere_ends_the_run(
    lister: Lister, filled: LocalHub, link: str
) -> None:
    linked(filled, link.replace("{hub}", filled.address) + '; rel="next"')
    with pytest.raises(SourceFormatError, match="next page of the listing is at another"):
        lister.list()
    assert len(filled.requests) == 1


@pytest.mark.parametrize(
    "link",
    [
        '<{hub}/api/models?cursor=a%2Bb%3D>; rel="next"',
        "</api/models?cursor=a%2Bb%3D>;rel=next",
        '<http://other.example/x>; rel="prev", <{hub}/api/models?x=1&cursor=a%2Bb%3D>; rel="next"',
        '<?cursor=a%2Bb%3D>; title="next page"; REL="Next"',
        '<http://me:secret@{host}/api/models?cursor=a%2Bb%3D>; rel="next"',
    ],
)
def test_of_a_link_only_the_cursor_is_followed(lister: Lister, filled: LocalHub, link: str) -> None:
    host = filled.address.removeprefix("http://")
    linked(filled, link.replace("{hub}", filled.address).replace("{host}", host))
    filled.faults.append(answer(200, body=b"[]", path=LIST))
    lister.list()
    first, second = (request.path for request in filled.requests)
    assert second == f"{first}&cursor=a%2Bb%3D"
    assert [request.headers.get("authorization") for request in filled.requests] == [None, None]


# Rows


def test_bad_rows_cost_no_other_and_the_page_stays_as_it_came(
    lister: Lister, filled: LocalHub
) -> None:
    texts = [
        b"null",
        b"17",
        b"{}",
        b'{"id": 5}',
        b'{"id": "org/odd-1", "safetensors": {"total": 5}}',
        b'{"id": "org/odd-2", "trendingScore": NaN, "likes": Infinity}',
        b'{"id": "org/odd-3", "likes": "3", "downloads": 18446744073709551617, "private": 1}',
        b'{"id": "org/odd-4", "likes": 1, "likes": 2, "tags": ["\\ud800"]}',
        b'{"id": "org/odd-5", "createdAt": "0001-01-01T00:00:00.000Z", "lastModified": "soon"}',
        b'{"id": "org/odd-6", "config": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"id": "org/odd-7", "likes": ' + b"9" * 5_000 + b"}",
        b'{"id": "org/odd-8", "author": "\xff\xfe"}',
    ]
    filled.faults.append(bad_rows(*texts, at=4, skip=2))
    crawl = lister.list()
    odd = [f"org/odd-{i}" for i in range(1, 9)]
    assert lister.models(crawl) == sorted([*public(filled), *odd])
    third = list(crawl.bodies())[2]
    assert all(text in third for text in texts)
    assert [found.n_records for found in crawl.pages()][2] == PAGE + len(texts)
    assert len(filled.requests) == n_pages(filled)
