"""Groups, features, coverage and summary against plain recomputations with pandas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from biome_pipeline.fitness.arrays import FLAGS, OUTCOMES, TRAITS, UNKNOWN, FitnessModels
from biome_pipeline.fitness.bins import CONTEXT_BINS, SIZE_BINS, SPOTS, nearest_spot
from biome_pipeline.fitness.coverage import coverage_rows
from biome_pipeline.fitness.groups import earnings_of, grouped
from biome_pipeline.fitness.impact import FEATURES, impact_rows, matched_ratio, strata_of
from biome_pipeline_tests.worlds.chain import Chain
from biome_pipeline_tests.worlds.configured import CONFIGURED
from biome_pipeline_tests.worlds.fitted import configured_models, planted_world
from biome_pipeline_tests.worlds.fitted_tables import fitted_chain_of, frame

BILLION = 1e9
SIZE_EDGES = [0, 1, 3, 7, 13, 30, 70, 200, np.inf]
CONTEXT_EDGES = [0, 2048, 8192, 32768, 131072, np.inf]
PUBLISHED_FAMILIES = ["llama", "mistral", "qwen", "gpt", "bert", "deepseek"]


@pytest.fixture(params=CONFIGURED)
def chain(request: pytest.FixtureRequest) -> Chain:
    return fitted_chain_of(request.param)


def published(chain: Chain) -> pd.DataFrame:
    """Give the notebook's frame: known sizes, downloads, descendants by finetune."""
    models = frame(chain, "fitness.models")
    models = models[
        models.hidden_size.notna() & models.num_layers.notna() & (models.downloads > 0)
    ].copy()
    models["descendants"] = models.n_descendants_finetune
    models["billions"] = models.parameters / BILLION
    return models


def robust(chain: Chain) -> pd.DataFrame:
    models = frame(chain, "fitness.models")
    models = models[
        models.age_days.notna() & models.downloads.notna() & models.likes.notna()
    ].copy()
    models["descendants"] = models.n_descendants
    models["billions"] = models.parameters / BILLION
    return models


def same(found: float, wanted: float) -> bool:
    return bool(pd.isna(found) and pd.isna(wanted)) or found == pytest.approx(wanted)


def assert_groups(rows: pd.DataFrame, taken: pd.DataFrame, key: pd.Series) -> None:
    """Compare every group of a table with pandas' own groups."""
    groups = dict(tuple(taken.groupby(key, observed=True)))
    for row in rows.itertuples():
        name = row.bin if hasattr(row, "bin") else row.family
        own = groups.get(name, taken.iloc[:0])
        assert row.n == len(own)
        assert row.n_missing == key.isna().sum()
        assert row.n_roots == own.root_id.nunique()
        if not len(own):
            assert pd.isna(row.mean_descendants)
            assert pd.isna(row.median_likes)
            continue
        for column in ("descendants", "downloads", "likes"):
            values = own[column]
            # An unknown number is left out, and never 0.
            assert same(getattr(row, f"mean_{column}"), values.mean())
            assert same(getattr(row, f"median_{column}"), values.median())
        assert row.share_without_downloads == pytest.approx((own.downloads == 0).mean())
        assert same(row.mean_parameters, own.parameters.mean())
        years = own.age_days.sum() / 365.25
        if years > 0:
            dated = own[own.age_days.notna()]
            assert row.descendants_per_year == pytest.approx(dated.descendants.sum() / years)
            months = dated.age_days.clip(upper=30).sum() / 30
            assert row.downloads_per_month == pytest.approx(dated.downloads.sum() / months)
        if row.n_roots > 1:
            assert (
                row.mean_downloads_ci_low <= row.mean_downloads <= row.mean_downloads_ci_high
                or (
                    # Of a few unequal roots the mean may lie outside.
                    row.n_roots < 20
                )
            )
        else:
            assert pd.isna(row.mean_downloads_ci_low)


def split(chain: Chain, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = frame(chain, f"fitness.{name}")
    return rows[rows.rule == "published"], rows[rows.rule == "robust"]


def test_sizes_are_those_of_pandas(chain: Chain) -> None:
    for rows, taken in zip(split(chain, "by_size"), (published(chain), robust(chain)), strict=True):
        assert set(rows.bin) == set(SIZE_BINS.names)
        names = ["0-1B", "1-3B", "3-7B", "7-13B", "13-30B", "30-70B", "70-200B", "200B+"]
        assert_groups(rows, taken, pd.cut(taken.billions, SIZE_EDGES, labels=names))


def test_families_are_those_of_pandas(chain: Chain) -> None:
    first, second = split(chain, "by_family")
    taken = published(chain)
    assert set(first.family) == set(PUBLISHED_FAMILIES)
    assert_groups(first, taken, taken.family.where(taken.family.isin(PUBLISHED_FAMILIES)))
    taken = robust(chain)
    assert set(second.family) == set(frame(chain, "fitness.models").family.dropna())
    assert_groups(second, taken, taken.family)


def test_context_lengths_are_those_of_pandas(chain: Chain) -> None:
    names = list(CONTEXT_BINS.names)
    for rows, taken, is_published in zip(
        split(chain, "by_context"), (published(chain), robust(chain)), (True, False), strict=True
    ):
        wanted = set() if is_published else {"llama", "mistral", "qwen", "all"}
        for family in ("llama", "mistral", "qwen", "all"):
            own = taken if family == "all" else taken[taken.family == family]
            if is_published and family != "all" and len(own) > 10:
                wanted.add(family)
            found = rows[rows.family == family].drop(columns="family")
            if len(found):
                assert_groups(found, own, pd.cut(own.context_length, CONTEXT_EDGES, labels=names))
        assert set(rows.family) == wanted


def test_sweet_spots_are_those_of_pandas(chain: Chain) -> None:
    spots = np.array([1, 3, 7, 13, 30, 70])

    def nearest(billions: float, scale) -> str | None:
        if not 0.5 < billions < 200:
            return None
        return f"{spots[np.abs(scale(spots) - scale(billions)).argmin()]}B"

    for rows, taken, scale in zip(
        split(chain, "sweet_spots"),
        (published(chain), robust(chain)),
        (np.asarray, np.log),
        strict=True,
    ):
        key = taken.billions.map(lambda b, scale=scale: nearest(b, scale), na_action=None)
        assert_groups(rows, taken, key.astype("str"))


def test_the_best_group_is_the_best(chain: Chain) -> None:
    for name in ("by_size", "by_family", "sweet_spots"):
        for rows, measures in zip(
            split(chain, name),
            (
                ("mean_descendants", "mean_downloads"),
                ("descendants_per_year", "downloads_per_month"),
            ),
            strict=True,
        ):
            for outcome, measure in zip(("descendants", "downloads"), measures, strict=True):
                can = rows[rows.n > 10]
                best = can[can[f"is_best_{outcome}"] == True]  # noqa: E712 - NULL is neither
                if not (can[measure] > 0).any():
                    assert not len(best)
                    continue
                assert len(best)
                assert (best[measure] == can[measure].max()).all()
                assert rows[rows.n <= 10][f"is_best_{outcome}"].isna().all()
                shares = can[f"probability_best_{outcome}"]
                assert shares.sum() == pytest.approx(1)


def test_features_are_those_of_pandas(chain: Chain) -> None:
    rows = frame(chain, "fitness.feature_impact")
    taken = published(chain)
    for row in rows[rows.rule == "published"].itertuples():
        known = taken[taken[row.feature].notna()]
        has = known[row.feature].astype(bool)
        outcome = known[row.outcome]
        assert (row.n_with, row.n_without) == (has.sum(), (~has).sum())
        assert row.n_unknown == len(taken) - len(known)
        if min(row.n_with, row.n_without) <= 10:
            assert pd.isna(row.effect)
            assert "more than 10" in row.reason
            continue
        assert row.mean_with == pytest.approx(outcome[has].mean())
        assert row.mean_without == pytest.approx(outcome[~has].mean())
        if outcome[~has].mean() > 0:
            assert row.effect == pytest.approx(outcome[has].mean() / outcome[~has].mean())
        assert pd.isna(row.p_value)


def test_matched_ratios_are_those_of_the_definition(chain: Chain) -> None:
    rows = frame(chain, "fitness.feature_impact")
    models = frame(chain, "fitness.models")
    models = models[models.age_days.notna()].copy()
    models["size"] = pd.cut(models.parameters / BILLION, SIZE_EDGES).astype("str")
    keys = ["family", "size", "quarter"]
    for row in rows[rows.rule == "matched"].itertuples():
        known = models[models[row.feature].notna()]
        above = below = 0.0
        n_strata = n_with = 0
        for _, own in known.groupby(keys, dropna=False):
            has = own[row.feature].astype(bool)
            if has.all() or not has.any():
                continue
            n_strata += 1
            own = own[own[OUTCOMES[row.outcome]].notna()]
            has = own[row.feature].astype(bool)
            time = own.age_days.clip(upper=30) if row.outcome == "downloads" else own.age_days
            values = own[OUTCOMES[row.outcome]]
            n_with += has.sum()
            above += values[has].sum() * time[~has].sum() / time.sum()
            below += values[~has].sum() * time[has].sum() / time.sum()
        assert (row.n_strata, row.n_with) == (n_strata, n_with)
        if below > 0:
            assert row.effect == pytest.approx(above / below)
            assert pd.isna(row.p_value) == (row.n_permutable == 0)
        else:
            assert pd.isna(row.effect)
            assert row.reason


def test_coverage_is_that_of_pandas(chain: Chain) -> None:
    models = frame(chain, "fitness.models")
    models["has_relatives"] = (models.role != "unrelated").astype(float)
    has = models.has_config.astype(bool)
    for row in frame(chain, "fitness.coverage").itertuples():
        if row.attribute == "models":
            assert (row.n_with, row.n_without) == (has.sum(), (~has).sum())
            assert row.share_with == pytest.approx(has.mean())
            continue
        values = models[row.attribute].astype(float)
        one, two = values[has].dropna(), values[~has].dropna()
        assert (row.n_with, row.n_without) == (len(one), len(two))
        assert row.n_unknown_with == values[has].isna().sum()
        assert row.n_unknown_without == values[~has].isna().sum()
        if len(one):
            assert row.mean_with == pytest.approx(one.mean())
            assert row.median_with == pytest.approx(one.median())
        if len(two):
            assert row.mean_without == pytest.approx(two.mean())
        if row.attribute != "has_relatives":
            one, two = np.log1p(one), np.log1p(two)
        spread = np.sqrt((one.var(ddof=0) + two.var(ddof=0)) / 2)
        if spread > 0:
            wanted = (one.mean() - two.mean()) / spread
            assert row.standardised_difference == pytest.approx(wanted)
        else:
            assert pd.isna(row.standardised_difference)


def test_the_summary_repeats_the_tables(chain: Chain) -> None:
    summary = frame(chain, "fitness.summary").set_index(["rule", "item"])
    for rule, taken in (("published", published(chain)), ("robust", robust(chain))):
        own = summary.loc[rule]
        assert own.loc["models", "value"] == len(taken) == own.loc["models", "n"]
        assert own.loc["descendants", "value"] == taken.descendants.sum()
        assert own.loc["downloads", "value"] == taken.downloads.sum()
        for item, table, label in (
            ("size", "by_size", "bin"),
            ("spot", "sweet_spots", "bin"),
            ("family", "by_family", "family"),
        ):
            rows = frame(chain, f"fitness.{table}")
            best = rows[(rows.rule == rule) & (rows.is_best_downloads == True)]  # noqa: E712
            found = own.loc[f"best_{item}_downloads", "label"]
            assert (pd.isna(found) and not len(best)) or found == ", ".join(sorted(best[label]))


# Kernels


def test_bins_are_closed_above() -> None:
    billions = np.array([0.0, 1.0, 1.0001, 7.0, 7.6, 13.0, 200.0, 201.0, np.nan])
    names = [
        None if code == UNKNOWN else SIZE_BINS.names[code] for code in SIZE_BINS.codes(billions)
    ]
    assert names == [None, "0-1B", "1-3B", "3-7B", "7-13B", "7-13B", "70-200B", "200B+", None]
    assert SIZE_BINS.ends(0) == (0.0, 1.0)
    assert SIZE_BINS.ends(7) == (200.0, None)
    context = CONTEXT_BINS.codes(np.array([2048.0, 2049, 131_072, 131_073]))
    assert [CONTEXT_BINS.names[code] for code in context] == ["0-2k", "2-8k", "32-128k", "128k+"]


def test_spots_are_nearest_by_difference_or_by_ratio() -> None:
    parameters = np.array([0.5, 0.51, 2.0, 10.0, 20.0, 49.0, 51.0, 200.0, np.nan]) * BILLION
    linear = nearest_spot(parameters, is_logarithmic=False)
    ratio = nearest_spot(parameters, is_logarithmic=True)

    def named(codes: np.ndarray) -> list[int | None]:
        return [None if code == UNKNOWN else SPOTS[code] for code in codes]

    assert named(linear) == [None, 1, 1, 7, 13, 30, 70, None, None]
    assert named(ratio) == [None, 1, 3, 13, 30, 70, 70, None, None]


def test_the_ratio_of_mantel_and_haenszel_is_that_of_a_textbook() -> None:
    # Rothman, Greenland and Lash 2008: two strata of cases and person-years by hand.
    cases_with, time_with = np.array([5.0, 10.0]), np.array([100.0, 50.0])
    cases_without, time_without = np.array([4.0, 6.0]), np.array([200.0, 50.0])
    above = 5 * 200 / 300 + 10 * 50 / 100
    below = 4 * 100 / 300 + 6 * 50 / 100
    found = matched_ratio(cases_with, time_with, cases_without, time_without)
    assert found == pytest.approx(above / below)
    assert np.isnan(matched_ratio(cases_with, time_with, 0 * cases_without, time_without))


@pytest.mark.parametrize("seed", range(5))
def test_intervals_are_those_of_drawing_roots_again(seed: int) -> None:
    models = planted_world(seed, n=600).models
    models = replace(
        models, outcomes={**models.outcomes, "descendants": models.outcomes["downloads"]}
    )
    rng = np.random.default_rng(seed)
    group = rng.integers(-1, 3, size=models.n)
    earnings = earnings_of(models, "robust")
    rows = grouped(models, earnings, group, 3, n_replicates=999, seed=seed)
    frame = pd.DataFrame(
        {
            "root": models.root[earnings.rows],
            "group": group[earnings.rows],
            "value": earnings.sums["downloads"],
        }
    )
    frame = frame[frame.group >= 0]
    roots = frame.root.unique()
    parts = dict(tuple(frame.groupby("root")))
    drawn = []
    for _ in range(400):
        again = pd.concat([parts[root] for root in rng.choice(roots, roots.size)])
        drawn.append(again.groupby("group").value.mean().reindex(range(3)))
    naive = np.percentile(np.array(drawn), [2.5, 97.5], axis=0)
    best = (np.array(drawn) == np.nanmax(drawn, axis=1, keepdims=True)).mean(axis=0)
    for k, row in enumerate(rows):
        width = naive[1, k] - naive[0, k]
        assert row["mean_downloads_ci_low"] == pytest.approx(naive[0, k], abs=0.25 * width)
        assert row["mean_downloads_ci_high"] == pytest.approx(naive[1, k], abs=0.25 * width)
        assert row["probability_best_downloads"] == pytest.approx(best[k], abs=0.12)


def with_feature(seed: int, effect: float, n: int = 900) -> FitnessModels:
    """Give a feature by chance within families, and multiply outcomes by its effect."""
    world = planted_world(seed, {}, n=n).models
    rng = np.random.default_rng([seed, 3])
    has = (rng.random(world.n) < 0.4).astype(np.float64)
    factor = np.where(has == 1, effect, 1.0)
    luck = rng.gamma(0.5, 2.0, size=world.n)
    # Few strata and large roots: there are models to exchange.
    root = rng.integers(40, size=world.n)
    likes = rng.poisson(3 * luck * factor * np.exp(0.5 * rng.normal(size=40))[root])
    return replace(
        world,
        traits={**world.traits, "uses_gqa": has, "parameters": np.full(world.n, np.nan)},
        outcomes={**world.outcomes, "likes": likes.astype(np.float64)},
        age_days=np.full(world.n, 100.0),
        family=np.zeros(world.n, np.int64),
        families=("llama",),
        quarter=rng.integers(3, size=world.n),
        root=root,
    )


def likes_of(models: FitnessModels, seed: int) -> dict:
    rows = impact_rows(models, n_replicates=99, seed=seed)
    (row,) = [
        row
        for row in rows
        if (row["feature"], row["outcome"], row["rule"]) == ("uses_gqa", "likes", "matched")
    ]
    return row


def test_without_an_effect_few_p_values_are_small() -> None:
    # 60 worlds: of 5 % the binomial 99 % band ends at 8.
    found = [likes_of(with_feature(seed, 1.0), seed) for seed in range(60)]
    assert sum(row["p_value"] < 0.05 for row in found) <= 8
    inside = [row["ci_low"] <= 1 <= row["ci_high"] for row in found]
    assert sum(inside) >= 50


def test_an_effect_is_found() -> None:
    found = [likes_of(with_feature(seed, 1.6), seed) for seed in range(20)]
    assert sum(row["p_value"] < 0.05 for row in found) >= 18
    assert np.median([row["effect"] for row in found]) == pytest.approx(1.6, abs=0.15)


def test_strata_have_both_kinds() -> None:
    models = with_feature(1, 1.0)
    strata = strata_of(models, "uses_gqa", np.arange(models.n))
    for k in range(strata.n_strata):
        own = strata.has[strata.stratum == k]
        assert own.any()
        assert not own.all()
    assert set(strata.stratum) == set(range(strata.n_strata))


# Odd worlds


def nobody(models: FitnessModels) -> FitnessModels:
    unknown = {name: np.full(models.n, np.nan) for name in TRAITS}
    return replace(
        models,
        traits=unknown,
        family=np.full(models.n, UNKNOWN),
        has_config=np.zeros(models.n, bool),
    )


def empty() -> FitnessModels:
    models = configured_models(1, 600)
    none = slice(0, 0)
    return replace(
        models,
        traits={name: values[none] for name, values in models.traits.items()},
        outcomes={name: values[none] for name, values in models.outcomes.items()},
        **{
            name: getattr(models, name)[none]
            for name in (
                "descendants_finetune",
                "age_days",
                "is_backfilled",
                "has_config",
                "family",
                "role",
                "quarter",
                "author",
                "root",
            )
        },
    )


def test_odd_worlds_have_reasons_and_no_numbers() -> None:
    effort = {"n_replicates": 99, "seed": 1}
    for models in (nobody(configured_models(1, 600)), empty()):
        for rule in ("published", "robust"):
            group = np.full(models.n, UNKNOWN)
            for row in grouped(models, earnings_of(models, rule), group, 2, **effort):
                assert row["n"] == 0
                assert row["mean_descendants"] is None
                assert "is_best_descendants" not in row
        for row in impact_rows(models, **effort):
            assert row["reason"]
            assert row.get("effect") is None
    assert coverage_rows(empty(), **effort) == []
    rows = coverage_rows(nobody(configured_models(1, 600)), **effort)
    assert all(row["n_with"] == 0 and row.get("mean_with") is None for row in rows)
    assert all(row.get("standardised_difference") is None for row in rows)


def test_of_nothing_earned_no_group_is_best() -> None:
    models = configured_models(2, 600)
    group = np.zeros(models.n, np.int64)
    (row,) = grouped(models, earnings_of(models, "robust"), group, 1, n_replicates=99, seed=1)
    assert row["mean_downloads"] == 0
    assert "is_best_downloads" not in row
    impact = impact_rows(models, n_replicates=99, seed=1)
    assert all(row["reason"] for row in impact)


def test_one_root_has_means_and_no_interval() -> None:
    models = planted_world(3, n=600).models
    models = replace(models, root=np.zeros(models.n, np.int64))
    group = np.zeros(models.n, np.int64)
    (row,) = grouped(models, earnings_of(models, "robust"), group, 1, n_replicates=99, seed=1)
    assert row["mean_downloads"] > 0
    assert row["mean_downloads_ci_low"] is None
    assert row["is_best_downloads"]
    assert "probability_best_downloads" not in row


def test_features_are_flags_of_configs() -> None:
    assert set(FEATURES) < set(FLAGS)
