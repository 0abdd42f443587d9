"""Measures of searches and their intervals, against plain pandas, statsmodels and planted truth."""

import numpy as np
import pytest
import statsmodels.stats.api as sms
from scipy.stats import binom

from biome_pipeline.evolution.ablation import (
    MEASURES,
    TRAINED_MEASURES,
    ablation_rows,
    mean_interval,
    search_measures,
)
from biome_pipeline.evolution.depth import depth_sentence
from biome_pipeline.evolution.gates import Gates
from biome_pipeline.evolution.plan import Elites, ObjectivePlan
from biome_pipeline.evolution.sweep import run_search
from biome_pipeline_tests.evolution.searches import Pretended, arm, run, search, task


@pytest.mark.parametrize("seed", range(30))
def test_intervals_equal_statsmodels(seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=int(rng.integers(2, 12))).tolist()
    found = mean_interval(values)
    low, high = sms.DescrStatsW(values).tconfint_mean()
    assert found == pytest.approx((len(values), np.mean(values), low, high))


def test_intervals_of_few_values():
    assert mean_interval([]) == (0, None, None, None)
    assert mean_interval([3.0]) == (1, 3.0, None, None)
    assert mean_interval([2.0, 2.0]) == (2, 2.0, 2.0, 2.0)


def test_nominal_intervals_cover_the_truth():
    """In 4,000 worlds of 10 seeds; outside the band by chance in 1 of 1,000 runs."""
    rng = np.random.default_rng(7)
    worlds = rng.normal(5.0, 2.0, (4_000, 10)).tolist()
    covered = sum(one.low <= 5.0 <= one.high for one in map(mean_interval, worlds))
    low, high = binom.ppf([0.0005, 0.9995], 4_000, 0.95)
    assert low <= covered <= high


def test_measures_equal_a_plain_recomputation(tmp_path):
    result = run_search(task(tmp_path, gates={"min_layers": 10}, elites={"n": 2}, budget=150))
    tables = {name.partition(".")[2]: rows.to_pandas() for name, rows in result.rows.items()}
    candidates = tables["candidates"].set_index("candidate_id")
    alive = candidates[candidates["status"] == "alive"]
    values = tables["metrics"].pivot_table(index="candidate_id", columns="metric", values="value")
    found, sweep = result.measures, tables["sweeps"].iloc[0]
    for name in ("layers", "moe_blocks", "selector_blocks", "memory_blocks", "recurrences"):
        assert found[name] == pytest.approx(alive[name].mean())
    assert found["graph_entropy"] == pytest.approx(alive["graph_entropy"].mean())
    assert found["novelty"] == pytest.approx(alive["novelty"].mean())
    assert found["excess_layers"] == pytest.approx(alive["layers"].mean() - 10)
    assert found["share_at_floor"] == pytest.approx((alive["layers"] == 10).mean())
    assert found["elite_share"] == pytest.approx(alive["is_elite"].mean()) == 0.25
    for name in ("parameters", "flops_per_token", "memory_bytes"):
        wanted = np.exp(np.log(values.loc[alive.index, name]).mean())
        assert found[name] == pytest.approx(wanted)
    n_born = sweep["n_candidates"] - 2
    rejected = sweep["n_rejected"]
    assert found["rejection_rate"] == pytest.approx(rejected / (rejected + n_born))
    assert found["no_op_rate"] == pytest.approx(sweep["n_no_ops"] / (sweep["n_attempts"] - 2))
    front = tables["frontier"]
    assert found["front_share"] == pytest.approx((front["front"] == 0).mean())
    assert set(found) <= set(MEASURES)


@pytest.mark.parametrize("seed", range(5))
def test_measures_of_trained_searches_equal_a_plain_recomputation(seed):
    loss = (ObjectivePlan(metric="loss", direction="minimise"),)
    one = search(arm(objectives=loss), seed, evaluator=Pretended())
    run(one)
    people = [one.population.candidates[place] for place in one.population.alive]
    own = {c.candidate_id: c.metrics(1)["loss"] for c in people}
    best = sorted(own, key=own.__getitem__)[:2]
    anew = np.array(
        [
            [m.metrics["loss"] for m in one.population.candidates[place].measurements[-3:]]
            for place in best
        ]
    )
    found = search_measures(one)
    assert found["loss"] == pytest.approx(np.mean(list(own.values())))
    assert found["retrained_loss"] == pytest.approx(anew.mean())
    assert found["selection_bias"] == pytest.approx(anew.mean() - np.mean([own[p] for p in best]))
    assert found["seed_noise"] == pytest.approx(np.sqrt(anew.var(axis=1, ddof=1).mean()))
    # Pretended losses do not depend on the genome: the best were lucky, and it shows.
    assert found["selection_bias"] > 0.1
    assert "loss_at_equal_flops" not in found
    rows = ablation_rows({"a": {seed: found}}, lambda arm: arm)
    assert {row["measure"] for row in rows} == {*MEASURES, *TRAINED_MEASURES}


def test_without_a_floor_nothing_is_over_it():
    one = search(arm(), 0)
    run(one)
    assert not {"excess_layers", "share_at_floor"} & set(search_measures(one))


def test_differences_are_paired_by_seed():
    rng = np.random.default_rng(3)
    base = {seed: {"layers": float(rng.normal(10, 5))} for seed in range(10)}
    other = {seed: {"layers": row["layers"] + 2 + rng.normal()} for seed, row in base.items()}
    del other[4]
    other[5] = {}
    rows = ablation_rows({"a": base, "b": other}, lambda _arm: "a")
    found = {(row["arm"], row["measure"]): row for row in rows}
    assert len(rows) == 2 * len(MEASURES)
    own = found["b", "layers"]
    assert (own["n_seeds"], own["n_missing"], own["n_pairs"], own["baseline"]) == (8, 1, 8, "a")
    apart = [other[s]["layers"] - base[s]["layers"] for s in other if "layers" in other[s]]
    low, high = sms.DescrStatsW(apart).tconfint_mean()
    told = (own["difference"], own["difference_low"], own["difference_high"])
    assert told == pytest.approx((np.mean(apart), low, high))
    assert found["a", "layers"]["difference"] is None
    assert found["b", "novelty"]["mean"] is None
    assert found["b", "novelty"]["n_missing"] == 9


def row(mean, difference, half):
    return {
        "mean": mean,
        "ci_low": mean - 1,
        "ci_high": mean + 1,
        "n_seeds": 10,
        "difference": difference,
        "difference_low": difference - half,
        "difference_high": difference + half,
    }


FLOOR = Gates(min_layers=12)
DEEP = (ObjectivePlan(metric="layers", direction="maximise"),)


@pytest.mark.parametrize(
    ("rules", "difference", "words"),
    [
        (arm(founders="rich", gates=FLOOR), -2.0, "works against depth, and what depth there is"),
        (arm(founders="rich", gates=FLOOR), 0.5, "noise of seeds; the depth is imposed"),
        (arm(founders="rich", gates=FLOOR), 3.0, "it selects depth"),
        (arm(), -2.0, "it works against depth."),
        (arm(), 0.0, "no more than the noise of seeds."),
        (arm(objectives=DEEP), 3.0, "depth is what the objectives ask for"),
        (arm(selection="random"), 3.0, "Only chance selects here"),
    ],
)
def test_imposed_and_selected_depth_are_told_apart(rules, difference, words):
    told = depth_sentence(row(13.0, difference, 1.0), rules)
    assert words in told
    assert "13.0 layers [12.0, 14.0] (n = 10 seeds)" in told
    assert ("over a floor of 12" in told) == bool(rules.gates.min_layers)


@pytest.mark.parametrize(
    ("other", "is_alone"),
    [
        (arm(founders="rich", selection="random"), True),
        (arm(selection="random"), False),
        (arm(founders="rich", gates=FLOOR), False),
    ],
)
def test_other_founders_or_gates_are_not_called_selection(other, is_alone):
    """A pool of 12-layer founders is deeper than one of 2-layer founders, whoever selects."""
    found = {**row(6.0, 3.0, 1.0), "baseline": "chance"}
    told = depth_sentence(found, arm(founders="rich"), other)
    assert ("it selects depth" in told) == is_alone
    assert ("not selection alone" in told) == (not is_alone)
    assert "+3.0 [+2.0, +4.0] against" in told


def test_one_seed_tells_nothing():
    one = {**row(3.0, 1.0, 0.0), "difference_low": None, "difference_high": None}
    assert "one seed cannot tell" in depth_sentence(one, arm())
    assert depth_sentence({**one, "mean": None}, arm()) == "No search has ended."
    assert depth_sentence({**one, "difference": None}, arm()).endswith("no floor holds them up.")


@pytest.mark.slow
def test_planted_rules_are_told_apart():
    """Depth as the only objective grows, as the only cost falls to its floor, in 10 seeds."""
    cost = (ObjectivePlan(metric="layers", direction="minimise"),)
    shared = {"founders": "rich", "gates": Gates(min_layers=8), "budget": 200}
    arms = {
        "chance": arm(selection="random", protect_frontier=False, **shared),
        "deep": arm(objectives=DEEP, selection="single", **shared),
        "flat": arm(objectives=cost, selection="single", **shared),
        "kept": arm(objectives=cost, selection="single", elites=Elites(n=4), **shared),
    }
    measured = {name: {} for name in arms}
    for name, rules in arms.items():
        for seed in range(10):
            one = search(rules, seed)
            run(one)
            measured[name][seed] = search_measures(one)
    rows = {
        row["arm"]: row
        for row in ablation_rows(measured, lambda _arm: "chance")
        if row["measure"] == "layers"
    }
    assert rows["deep"]["difference_low"] > 3
    assert rows["flat"]["difference_high"] < -1
    assert rows["flat"]["mean"] < 8.5
    assert rows["kept"]["mean"] > rows["flat"]["mean"] + 1
    assert "the floor imposes" in depth_sentence(rows["flat"], arms["flat"])
    assert "ask for" in depth_sentence(rows["deep"], arms["deep"])
