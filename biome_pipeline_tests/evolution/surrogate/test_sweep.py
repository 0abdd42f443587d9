"""Sweeps that train: the same result in another process, and after a break at any event."""

import pytest

torch = pytest.importorskip("torch", reason="the extra 'evolve' is not installed")

from biome_pipeline.evolution.sweep import run_search, run_sweep, tasks_of  # noqa: E402
from biome_pipeline.evolution.sweep_files import sweep_of  # noqa: E402

CONTENT = {
    "sweep_id": "small",
    "evaluator": "surrogate",
    "training": {"steps": 5, "per_stratum": 2, "held_out": 2, "finalists": 2, "equal_flops": 2e9},
    "seeds": [0, 1],
    "arms": {
        "main": {
            "vocabulary": 48,
            "sequence": 32,
            "population": 4,
            "children": 4,
            "budget": 10,
            "gates": {"max_flops_per_token": 1_000_000},
            "objectives": [{"metric": "loss", "direction": "minimise"}],
        }
    },
}


@pytest.fixture(scope="module")
def plan():
    return sweep_of(CONTENT, place="test")


def test_a_search_goes_on_from_every_event_to_the_same_bytes(plan, tmp_path):
    task = tasks_of(plan, tmp_path / "whole")[0]
    result = run_search(task)
    lines = task.journal.read_bytes().splitlines(keepends=True)
    for cut in range(0, len(lines), 3):
        broken = tasks_of(plan, tmp_path / str(cut))[0]
        broken.journal.parent.mkdir()
        broken.journal.write_bytes(b"".join(lines[:cut]))
        again = run_search(broken)
        assert broken.journal.read_bytes() == b"".join(lines)
        assert again.measures == result.measures


def test_processes_change_nothing_and_the_tables_tell_it_all(plan, tmp_path):
    alone = run_sweep(plan, tasks_of(plan, tmp_path / "alone"))
    beside = run_sweep(plan, tasks_of(plan, tmp_path / "beside"), n_processes=2)
    for name, rows in alone.items():
        assert rows.equals(beside[name]), name
    metrics = alone["evolution.metrics"].to_pandas()
    trained = metrics[metrics["kind"] == "measured"]
    assert set(trained["rung"]) == {0, 1, 2}
    key = ["arm", "seed", "candidate_id", "train_seed"]
    anew = trained[(trained["rung"] == 2) & (trained["metric"] == "loss")]
    assert len(anew[key].drop_duplicates()) == 2 * 2 * 3
    seeds = {rung: set(part["train_seed"]) for rung, part in trained.groupby("rung")}
    assert not seeds[2] & (seeds[0] | seeds[1])
    ablation = alone["evolution.ablation"].to_pandas().set_index("measure")
    assert ablation.loc["retrained_loss", "mean"] == pytest.approx(anew["value"].mean())
    assert ablation.loc["seed_noise", "mean"] > 0
