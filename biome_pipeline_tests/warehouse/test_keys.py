"""Partition keys: only calendar dates reach a path."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biome_pipeline.errors import InvalidSnapshotKeyError
from biome_pipeline.warehouse.keys import check_snapshot_key


@given(st.dates())
def test_every_calendar_date_is_a_key(day: date):
    assert check_snapshot_key(day.isoformat()) == day.isoformat()


@given(st.text(max_size=12))
def test_what_is_accepted_is_a_date_and_harmless(text: str):
    try:
        is_date = date.fromisoformat(text).isoformat() == text
    except ValueError:
        is_date = False
    if is_date:
        assert check_snapshot_key(text) == text
    else:
        with pytest.raises(InvalidSnapshotKeyError) as caught:
            check_snapshot_key(text)
        assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "key",
    [
        "",
        " ",
        "../etc",
        "../../2026-08-19",
        "2026-02-30",
        "2026-13-01",
        "2026-8-1",
        "20260819",
        "2026-W34-3",
        "0000-01-01",
        "2026-08-19\n",
        " 2026-08-19",
        "2026-08-19/..",
        "2026-08-19' OR 1",
        "٢٠٢٦-٠٨-١٩",
        "２０２６-08-19",  # noqa: RUF001 - as above
        "2026−08−19",  # noqa: RUF001 - minus signs
        "2026-08-19\x00",
    ],
)
def test_what_is_no_date_is_refused_with_the_remedy(key: str):
    with pytest.raises(InvalidSnapshotKeyError, match="YYYY-MM-DD"):
        check_snapshot_key(key)


def test_a_long_key_is_not_repeated_whole():
    with pytest.raises(InvalidSnapshotKeyError) as caught:
        check_snapshot_key("x" * 10_000)
    assert len(str(caught.value)) < 300


def test_keys_sort_as_their_dates():
    days = [date(1999, 12, 31) + timedelta(days=97 * i) for i in range(300)]
    keys = [check_snapshot_key(day.isoformat()) for day in days]
    assert sorted(keys) == keys
