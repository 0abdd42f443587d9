"""Every public model exactly once, whatever the list does while it is read."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from biome_pipeline.errors import HubAccessError, HubUnreachableError
from biome_pipeline.hub import listing
from biome_pipeline_tests.hub.conftest import TOKEN
from biome_pipeline_tests.hub.listers import N_LISTED, PAGE, Lister, n_pages, public, rows_of
from biome_pipeline_tests.hubserver import (
    Fault,
    LocalHub,
    answer,
    broken_json,
    double_rows,
    empty,
    empty_page,
    overlap,
    page,
    reset,
    short_page,
    stall,
    truncate,
    truncated_json,
)
from biome_pipeline_tests.hubserver.faults import LIST
from biome_pipeline_tests.hubserver.world import fill

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
    fill(hub, N_LISTED, seed=3)
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


def test_pages_behind_a_damaged_one_are_no_part_of_the_listing(
    lister: Lister, filled: LocalHub
) -> None:
    filled.faults.append(answer(503, times=None, path=LIST, skip=7))
    with pytest.raises(HubUnreachableError):
        lister.list()
    filled.faults.clear()
    (lister.crawl().folder / "page-000003.json.gz").write_bytes(b"")
    # What is asked for anew is shorter than what was there.
    in_order = sorted(filled.models.values(), key=lambda model: (model.created_at, model._id))
    for model in [model for model in in_order if not model.is_private][25:]:
        del filled.models[model.id]
    crawl = lister.list()
    assert [found.number for found in crawl.pages()] == [1, 2, 3]
    assert sorted(row["id"] for row in rows_of(crawl)) == public(filled)


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
