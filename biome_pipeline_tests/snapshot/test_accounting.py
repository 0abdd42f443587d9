"""The account of a snapshot says what came, what was taken, and what was not."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter

import pytest

from biome_pipeline_tests.reference import hub as naive
from biome_pipeline_tests.worlds.chain import FINISHED, HUBS, RAW, SOURCE, chain_of


@pytest.mark.parametrize("name", HUBS)
def test_rejects_are_counted_before_and_after(name: str) -> None:
    chain = chain_of(name)
    expected = Counter(row["reason"] for row in naive.rejects(chain.source, SOURCE))
    assert list(chain.reject_counts.items()) == sorted(expected.items()), name
    (row,) = chain.rows("hub.snapshots")
    assert json.loads(row["manifest"])["rejects"] == dict(expected), name
    assert row["n_rejected"] == expected.total(), name


@pytest.mark.parametrize("name", HUBS)
def test_the_account_adds_up(name: str) -> None:
    chain = chain_of(name)
    (row,) = chain.rows("hub.snapshots")
    manifest = json.loads(row["manifest"])
    assert row["n_models"] == manifest["models"] == len(chain.people), name
    assert manifest["rows"] == len(chain.source) == row["n_models"] + row["n_rejected"], name
    odd = Counter(word for model in chain.people for word in model["anomalies"])
    assert manifest["anomalies"] == dict(odd), name


def test_the_account_names_the_source() -> None:
    (row,) = chain_of("demo").rows("hub.snapshots")
    assert (row["source"], row["source_revision"]) == (RAW.source, RAW.source_revision)
    assert row["upstream_at"] == dt.datetime(2025, 6, 30, 11)
    assert row["started_at"] == dt.datetime(2025, 6, 30, 12, 0, 0, 1)
    assert row["finished_at"] == FINISHED.replace(tzinfo=None)
    manifest = json.loads(row["manifest"])
    assert manifest["source"] == RAW.facts
    assert (manifest["seed"], manifest["code_version"]) == (RAW.seed, RAW.code_version)
