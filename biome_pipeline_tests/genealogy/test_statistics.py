"""Every statistic of a snapshot is that of the plain recomputation."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from biome_pipeline.snapshot.statistics.doi import matched_ratio
from biome_pipeline_tests.reference import statistics as naive
from biome_pipeline_tests.reference.rows import assert_same_rows
from biome_pipeline_tests.worlds.chain import HUBS, KEY, chain_of, run_chain
from biome_pipeline_tests.worlds.hub import BATCHES, SCHEMA, draw_hub

INTERVAL = {("downloads_by_doi", "ci_low"), ("downloads_by_doi", "ci_high")}
DRAWN = next(name for name in HUBS if name.startswith(f"seeds {BATCHES[-1][0]}"))
NAMES = {
    "license", "task", "language", "library", "dataset", "region", "arxiv_paper", "parent",
    "most_downloaded", "most_downloaded_all_time", "coverage", "share", "downloads",
    "downloads_all_time", "downloads_by_doi", "downloads_ratio", "trending", "declining",
    "relation", "base_models", "parameters", "parameters_class", "dtype", "dtype_parameters",
    "dtype_bits", "largest_of_class", "arxiv_category", "arxiv_category_papers",
}  # fmt: skip


def split(chain) -> tuple[list[dict], list[dict]]:
    """Part the rows that are counted from those that are drawn."""
    rows = chain.rows("hub.statistics")
    drawn = [row for row in rows if (row["statistic"], row["item"]) in INTERVAL]
    return [row for row in rows if row not in drawn], drawn


def check(chain, name: str) -> None:
    expected = naive.statistics(chain.people, chain.descents, chain.rows("hub.papers"), KEY)
    assert_same_rows(split(chain)[0], expected, ["statistic", "item"], name)


@pytest.mark.parametrize("name", HUBS)
def test_statistics_are_those_of_the_definition(name: str) -> None:
    check(chain_of(name), name)


def test_every_statistic_is_there() -> None:
    rows = chain_of(DRAWN).rows("hub.statistics")
    assert {row["statistic"] for row in rows} == NAMES
    of_demo = {row["statistic"] for row in chain_of("demo").rows("hub.statistics")}
    # No model of the demo has a DOI.
    assert NAMES - of_demo == {"downloads_by_doi"}


def with_column(column: str, values: object) -> pa.Table:
    """Draw a Hub and put one value, or nothing, into a whole column."""
    rows = pa.Table.from_pylist(draw_hub(5).to_pylist(), schema=SCHEMA)
    place = SCHEMA.get_field_index(column)
    field = SCHEMA.field(column)
    return rows.set_column(place, field, pa.array([values] * len(rows), field.type))


@pytest.mark.parametrize(
    ("column", "gone"),
    [
        ("downloads", {"downloads", "most_downloaded", "trending", "downloads_by_doi"}),
        ("downloadsAllTime", {"downloads_all_time", "downloads_ratio", "declining"}),
        ("tags", {"region", "dataset", "arxiv_paper", "arxiv_category"}),
        ("pipeline_tag", {"task"}),
        ("library_name", {"library"}),
        ("safetensors", {"parameters", "parameters_class", "dtype", "largest_of_class"}),
    ],
)
def test_an_empty_field_has_no_statistic_and_full_missing(column: str, gone: set[str]) -> None:
    chain = run_chain(with_column(column, None))
    check(chain, column)
    assert not gone & {row["statistic"] for row in chain.rows("hub.statistics")}


def test_without_any_downloads_nothing_is_divided_by_zero() -> None:
    chain = run_chain(with_column("downloads", 0))
    check(chain, "downloads = 0")
    rows = {(row["statistic"], row["item"]): row for row in chain.rows("hub.statistics")}
    assert rows["downloads", "mean"]["value"] == 0
    assert ("downloads_by_doi", "ratio") not in rows
    shares = [
        row["share_of_models"] for row in rows.values() if row["statistic"] == "most_downloaded"
    ]
    assert shares
    assert set(shares) == {None}


def twins(n: int) -> pa.Table:
    """Make strata in which a DOI is worth exactly three times the downloads."""
    generator = np.random.Generator(np.random.PCG64(11))
    rows = []
    for stratum in range(n):
        base = int(generator.integers(1, 50))
        born = dt.datetime(2023, 1 + 3 * (stratum % 4), 5)
        for copy in range(4):
            has_doi = copy < 1 + stratum % 3
            rows.append(
                {
                    "id": f"owner/model-{stratum}-{copy}",
                    "library_name": f"library-{stratum // 4}",
                    "pipeline_tag": None,
                    "createdAt": born,
                    "downloads": base * (3 if has_doi else 1),
                    "tags": [f"doi:10.1/{stratum}.{copy}"] if has_doi else [],
                }
            )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def test_among_equals_the_planted_effect_of_a_doi_is_found() -> None:
    chain = run_chain(twins(24))
    check(chain, "twins")
    rows = {
        row["item"]: row["value"]
        for row in chain.rows("hub.statistics")
        if row["statistic"] == "downloads_by_doi"
    }
    assert rows["matched_ratio"] == pytest.approx(3, rel=1e-12)
    assert rows["ratio"] != pytest.approx(3, rel=1e-3)
    assert rows["ci_low"] == pytest.approx(3, rel=1e-12)
    assert rows["ci_high"] == pytest.approx(3, rel=1e-12)


def test_the_interval_holds_the_ratio() -> None:
    counted, drawn = split(chain_of(DRAWN))
    assert {row["item"] for row in drawn} == {"ci_low", "ci_high"}
    low, high = (row["value"] for row in sorted(drawn, key=lambda row: row["value"]))
    (ratio,) = (row["value"] for row in counted if row["item"] == "matched_ratio")
    assert low < ratio < high


def test_the_interval_is_the_bootstrap_over_strata() -> None:
    generator = np.random.Generator(np.random.PCG64(3))
    treated, expected = generator.lognormal(2, 1, (2, 30))
    found = matched_ratio(treated, expected, n_replicates=20_000, seed=5)
    drawn = np.random.Generator(np.random.PCG64(1_000)).integers(30, size=(20_000, 30))
    ratios = treated[drawn].sum(axis=1) / expected[drawn].sum(axis=1)
    assert found[0] == pytest.approx(treated.sum() / expected.sum())
    for end, share in zip(found[1:], (0.025, 0.975), strict=True):
        # 0.55 % is five standard errors of a share of 2.5 % at this B.
        low, high = np.quantile(ratios, [share - 0.0078, share + 0.0078])
        assert low <= end <= high
    assert matched_ratio(treated, expected, n_replicates=99, seed=5) == matched_ratio(
        treated, expected, n_replicates=99, seed=5
    )


@pytest.mark.parametrize(
    ("treated", "expected", "found"),
    [
        ([], [], (None, None, None)),
        ([4.0], [0.0], (None, None, None)),
        ([4.0], [2.0], (2.0, None, None)),
    ],
)
def test_too_few_strata_have_no_interval(treated, expected, found) -> None:
    given = np.array(treated), np.array(expected)
    assert matched_ratio(*given, n_replicates=9, seed=1) == found


def test_of_very_many_items_the_most_frequent_stay() -> None:
    rows = [
        {"id": f"owner/model-{i:04d}", "library_name": f"library-{min(i, 2300 - i):04d}"}
        for i in range(2_300)
    ]
    chain = run_chain(pa.Table.from_pylist(rows, schema=SCHEMA))
    found = [row for row in chain.rows("hub.statistics") if row["statistic"] == "library"]
    assert len(found) == 1_000
    check(chain, "libraries")
    assert pd.Series([row["value"] for row in found]).eq(2).all()
