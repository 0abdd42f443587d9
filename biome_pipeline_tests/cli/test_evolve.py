"""``biome evolve``: from a sweep file to tables, errors in one line, breaks without loss."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import duckdb
import pytest

from biome_pipeline.evolution import evaluators
from biome_pipeline.warehouse.published import database_path

SWEEP = """
sweep_id: mine
seeds: [0, 1]
baseline: chance
base: {founders: rich, budget: 40, population: 8, children: 8, gates: {min_layers: 10}}
arms:
  chance: {selection: random, protect_frontier: false}
  cost: {}
"""


def ask(data, query):
    with duckdb.connect(str(database_path(data)), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def sweep(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(SWEEP)
    return path


def test_a_sweep_becomes_tables_and_sentences(biome, tmp_path, sweep):
    data = tmp_path / "data"
    code, out, _ = biome("evolve", sweep, "--data", data, "--processes", "1")
    assert code == 0
    assert "Sweep mine: 2 arms, 2 seeds each" in out
    assert "cost: Pools hold" in out
    assert "Only chance selects" not in out.partition("cost: ")[2]
    counts = ask(
        data,
        "SELECT arm, seed, n_candidates, status FROM evolution.sweeps ORDER BY arm, seed",
    )
    assert counts == [
        ("chance", 0, 40, "ended"),
        ("chance", 1, 40, "ended"),
        ("cost", 0, 40, "ended"),
        ("cost", 1, 40, "ended"),
    ]
    assert ask(data, "SELECT count(*) FROM evolution.candidates") == [(160,)]
    ((fewest,),) = ask(data, "SELECT min(layers) FROM evolution.candidates")
    assert 10 <= fewest <= 12
    code, out, _ = biome("sql", "SELECT count(*) AS n FROM evolution.metrics", "--data", data)
    assert (code, "1,920" in out) == (0, True)
    # Neither replaced nor begun anew by mistake.
    code, _, err = biome("evolve", sweep, "--data", data)
    assert code == 1
    assert "mine: the sweep was begun already" in err


def test_options_give_the_sweep_a_name_of_its_own(biome, tmp_path, sweep):
    data = tmp_path / "data"
    options = (
        "--arm=cost",
        "--seed=7",
        "--budget=20",
        "--mutation-steps=2",
        "--mutation-weight=tune_rope=9",
        "--mutation-weight=dense_to_moe=0",
    )
    assert biome("evolve", sweep, "--data", data, *options)[0] == 0
    ((name,),) = ask(data, "SELECT DISTINCT sweep_id FROM evolution.sweeps")
    assert name.startswith("mine-")
    assert ask(data, "SELECT arm, seed, budget FROM evolution.sweeps ORDER BY arm") == [
        ("chance", 7, 20),
        ("cost", 7, 20),
    ]
    tried = dict(
        ask(data, "SELECT operator, sum(n_tried) FROM evolution.operator_rates GROUP BY 1")
    )
    assert "dense_to_moe" not in tried
    assert tried["tune_rope"] == max(tried.values())


def test_a_pause_and_a_resume_end_as_without_one(biome, tmp_path, sweep):
    once, twice = tmp_path / "once", tmp_path / "twice"
    assert biome("evolve", sweep, "--data", once)[0] == 0
    assert biome("evolve", sweep, "--data", twice, "--pause-after", "9")[0] == 0
    assert ask(twice, "SELECT DISTINCT status FROM evolution.sweeps") == [("paused",)]
    assert ask(twice, "SELECT count(*) FROM evolution.candidates") == [(36,)]
    assert biome("evolve", sweep, "--data", twice, "--resume")[0] == 0
    for table in ("sweeps", "candidates", "metrics", "lineage", "frontier", "ablation"):
        query = f"SELECT * FROM evolution.{table} ORDER BY ALL"
        assert ask(once, query) == ask(twice, query), table


def test_a_restart_forgets(biome, tmp_path, sweep):
    data = tmp_path / "data"
    assert biome("evolve", sweep, "--data", data, "--pause-after", "9")[0] == 0
    assert biome("evolve", sweep, "--data", data, "--restart")[0] == 0
    assert ask(data, "SELECT count(*) FROM evolution.candidates") == [(160,)]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nothere",), 1, "there is no such sweep file"),
        (("SWEEP", "--arm", "x"), 1, "the sweep has no such arm"),
        (("SWEEP", "--mutation-weight", "fly=1"), 1, "'fly' is none of"),
        (("SWEEP", "--mutation-weight", "fly"), 2, "is not NAME=WEIGHT"),
        (("SWEEP", "--mutation-weight", "tune_rope=x"), 2, "is not NAME=WEIGHT"),
        (("SWEEP", "--mutation-weight", "tune_rope=-1"), 1, "greater than or equal to 0"),
        (("SWEEP", "--budget", "0"), 2, "--budget"),
        (("SWEEP", "--resume", "--restart"), 2, "exclude each other"),
        (("SWEEP", "--snapshot", "today"), 1, "is not a snapshot key"),
        (("SWEEP", "--snapshot", "2025-01-01"), 1, "it has no operator priors"),
        (("hub",), 1, "no snapshot is there"),
    ],
)
def test_what_cannot_be_done_is_one_line(biome, tmp_path, sweep, arguments, code, words):
    given = [sweep if word == "SWEEP" else word for word in arguments]
    found, _, err = biome("evolve", *given, "--data", tmp_path / "data")
    assert found == code
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert words in errors[0]


def test_the_surrogate_says_what_to_install(biome, tmp_path, sweep, monkeypatch):
    monkeypatch.setattr(evaluators, "find_spec", lambda name: None)
    data = tmp_path / "data"
    code, _, err = biome("evolve", sweep, "--evaluator", "surrogate", "--data", data)
    assert code == 1
    assert err.splitlines() == [
        "error: evaluator: the evaluator 'surrogate' trains models, and PyTorch is not "
        "installed; install it with: pip install 'biome-pipeline[evolve]'"
    ]
    # Nothing was begun, so that nothing must be forgotten first.
    assert not (data / "sweeps").exists()


def test_founders_that_fail_the_gates_stop_the_sweep(biome, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(SWEEP.replace("min_layers: 10", "min_layers: 13"))
    code, _, err = biome("evolve", path, "--data", tmp_path / "data")
    assert code == 1
    assert "founder 0 does not pass it: 12 against 13" in err


@pytest.mark.slow
def test_a_kill_of_the_command_loses_nothing(biome, tmp_path):
    """Killed whole, with its helping processes, while two searches run."""
    path = tmp_path / "mine.yaml"
    path.write_text(SWEEP.replace("budget: 40", "budget: 3000"))
    once, twice = tmp_path / "once", tmp_path / "twice"
    assert biome("evolve", path, "--data", once)[0] == 0
    for n_lines in (300, 1500, 2500):
        program = [sys.executable, "-m", "biome_pipeline", "evolve", str(path), "--resume"]
        child = subprocess.Popen(
            [*program, "--data", str(twice)],
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 120
        while child.poll() is None and time.monotonic() < deadline:
            journals = twice.glob("sweeps/mine/*.jsonl")
            if any(file.read_bytes().count(b"\n") > n_lines for file in journals):
                break
            time.sleep(0.01)
        subprocess.run(["pkill", "-KILL", "-s", str(child.pid)], check=False)
        assert child.wait() == -signal.SIGKILL
    assert biome("evolve", path, "--data", twice, "--resume")[0] == 0
    for table in ("sweeps", "candidates", "mutations", "rejections", "ablation"):
        query = f"SELECT * FROM evolution.{table} ORDER BY ALL"
        assert ask(once, query) == ask(twice, query), table
