"""Sweeps: journals that survive what happens to them, and the identical result after a break."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from biome_pipeline.errors import SweepError
from biome_pipeline.evolution.sweep import HubLessons, run_search, run_sweep, tasks_of
from biome_pipeline.evolution.sweep_files import read_sweep, sweep_of
from biome_pipeline.warehouse.tables import SWEEP_TABLES
from biome_pipeline_tests.evolution.searches import task
from biome_pipeline_tests.worlds.genomes import random_genome


def same(one, other):
    assert one.rows.keys() == other.rows.keys()
    for name, rows in one.rows.items():
        assert rows.equals(other.rows[name]), name
    assert one.measures == other.measures


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A search that was never broken off, and its journal."""
    one = task(tmp_path_factory.mktemp("whole"))
    return run_search(one), one.journal.read_bytes()


def test_a_search_goes_on_from_every_line(whole, tmp_path):
    result, journal = whole
    lines = journal.splitlines(keepends=True)
    for cut in range(0, len(lines), 7):
        one = task(tmp_path / str(cut))
        one.journal.parent.mkdir()
        one.journal.write_bytes(b"".join(lines[:cut]))
        same(run_search(one), result)
        assert one.journal.read_bytes() == journal


def test_a_line_that_was_cut_off_is_written_again(whole, tmp_path):
    result, journal = whole
    ends = [place for place, byte in enumerate(journal) if byte == 10]
    rng = np.random.default_rng(1)
    for cut in sorted(int(n) for n in rng.choice(len(journal), 12, replace=False)):
        assert cut not in ends
        one = task(tmp_path / str(cut))
        one.journal.parent.mkdir()
        one.journal.write_bytes(journal[:cut])
        same(run_search(one), result)
        assert one.journal.read_bytes() == journal


def test_a_pause_changes_nothing(whole, tmp_path):
    result, journal = whole
    paused = None
    for births in (1, 2, 9, 33, 79):
        one = task(tmp_path)
        object.__setattr__(one, "pauses_after", births)
        paused = run_search(one)
        assert not paused.has_ended
        assert paused.rows["evolution.candidates"].num_rows == births
        assert paused.measures == {}
    same(run_search(task(tmp_path)), result)
    assert (tmp_path / "main.3.jsonl").read_bytes() == journal


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda lines: [b"{}\n", *lines[1:]], "it is of sweep_id None"),
        (lambda lines: [b"no JSON\n", *lines[1:]], "its first line is no header"),
        (lambda lines: [b"[]\n", *lines[1:]], "its first line is no header"),
        (lambda lines: [lines[0], b'{"kind":"other"}\n', *lines[2:]], "line 2 is no event"),
        (lambda lines: [*lines[:6], *lines[7:]], "follows on"),
        (lambda lines: [lines[0].replace(b'"3"', b'"4"'), *lines[1:]], "it is of seed '4'"),
    ],
)
def test_a_journal_that_is_damaged_or_of_another_search_is_refused(whole, tmp_path, damage, words):
    _, journal = whole
    one = task(tmp_path)
    one.journal.write_bytes(b"".join(damage(journal.splitlines(keepends=True))))
    with pytest.raises(SweepError) as caught:
        run_search(one)
    assert words in str(caught.value)
    assert "--restart" in str(caught.value)


def test_other_rules_do_not_go_on_in_a_journal(tmp_path):
    run_search(task(tmp_path))
    with pytest.raises(SweepError, match="config_hash"):
        run_search(task(tmp_path, mutation_steps=2))


_PROGRAM = """
import pickle, sys
from biome_pipeline.evolution.sweep import run_search
with open(sys.argv[1], "rb") as file:
    run_search(pickle.load(file))
"""


@pytest.mark.slow
def test_ten_kills_change_nothing(tmp_path):
    """Each kill comes at a birth drawn at random, in a process of its own."""
    fields = {"budget": 6_000, "population": 24, "children": 24}
    calm = task(tmp_path / "calm", **fields)
    result = run_search(calm)
    one = task(tmp_path / "killed", **fields)
    order = tmp_path / "task.pickle"
    order.write_bytes(pickle.dumps(one))
    births = sorted(int(n) for n in np.random.default_rng(4).choice(5_500, 10, replace=False))
    n_killed = 0
    for birth in births:
        child = subprocess.Popen([sys.executable, "-c", _PROGRAM, str(order)])
        deadline = time.monotonic() + 120
        while child.poll() is None and time.monotonic() < deadline:
            text = one.journal.read_bytes() if one.journal.exists() else b""
            if text.count(b'"outcome":"born"') >= birth:
                os.kill(child.pid, signal.SIGKILL)
                break
            time.sleep(0.005)
        n_killed += child.wait() == -signal.SIGKILL
    assert n_killed == 10
    same(run_search(one), result)
    assert one.journal.read_bytes() == calm.journal.read_bytes()


def small(**arms):
    content = {
        "sweep_id": "two",
        "seeds": [0, 1, 5],
        "base": {"budget": 40, "population": 6, "children": 6},
        "arms": arms or {"a": {}, "b": {"selection": "random"}},
    }
    return sweep_of(content, place="test")


def test_processes_change_nothing(tmp_path):
    plan = small()
    tables = [run_sweep(plan, tasks_of(plan, tmp_path / str(n)), n_processes=n) for n in (1, 2)]
    assert set(tables[0]) == set(SWEEP_TABLES)
    for name in SWEEP_TABLES:
        assert tables[0][name].equals(tables[1][name]), name


def test_the_counts_of_a_sweep_add_up(tmp_path):
    plan = small()
    made = run_sweep(plan, tasks_of(plan, tmp_path))
    tables = {name.partition(".")[2]: rows.to_pandas() for name, rows in made.items()}
    sweeps, candidates = tables["sweeps"], tables["candidates"]
    parts = sweeps[["n_candidates", "n_rejected", "n_duplicates", "n_no_ops"]].sum(axis=1)
    assert (sweeps["n_attempts"] == parts).all()
    counted = candidates.groupby(["arm", "seed"]).size()
    assert (sweeps.set_index(["arm", "seed"])["n_candidates"] == counted).all()
    rates = tables["operator_rates"]
    assert (rates["n_tried"] == rates["n_no_ops"] + rates["n_applied"]).all()
    applied = tables["mutations"].groupby(["arm", "seed", "operator"]).size()
    kept = rates.set_index(["arm", "seed", "operator"])["n_applied"]
    assert (applied <= kept.loc[applied.index]).all()
    key = ["arm", "seed", "candidate_id"]
    changed = tables["mutations"].drop_duplicates([*key, "operator"])
    changed = changed.merge(candidates[[*key, "status"]], on=key)
    for column, own in (("n_born", changed), ("n_survived", changed[changed.status == "alive"])):
        counted = own.groupby(["arm", "seed", "operator"]).size()
        found = rates.set_index(["arm", "seed", "operator"])[column]
        assert (found == counted.reindex(found.index, fill_value=0)).all()
        assert found.sum() > 20
    births = candidates.set_index(["arm", "seed", "candidate_id"])["birth"]
    for row in tables["lineage"].itertuples():
        child = births[row.arm, row.seed, row.child_id]
        assert births[row.arm, row.seed, row.parent_id] < child
    alive = candidates[candidates["status"] == "alive"]
    front = tables["frontier"]
    assert len(front) == len(alive) == 6 * len(sweeps)
    for row in candidates.itertuples():
        assert len(json.loads(row.genome)["blocks"]) == row.layers


LESSONS = HubLessons("2025-06-30", {"dense_to_moe": 0.9, "tune_vocabulary": 0.5}, ())


def test_weights_are_the_operators_own_then_the_mixes_then_the_arms(tmp_path):
    plan = small(
        a={"mix": "structural", "mutation_weights": {"tune_rope": 7.0}},
        b={"mix": "hub"},
    )
    first, *_, last = tasks_of(plan, tmp_path, lessons=LESSONS)
    assert first.weights["tune_rope"] == 7.0
    assert first.weights["dense_to_moe"] == 5.0
    assert first.weights["toggle_norm"] == 1.0
    assert first.prior_snapshot is None
    assert last.weights["dense_to_moe"] == 0.9
    # What a sweep holds fixed stays fixed, however often the Hub changes it.
    assert last.weights["tune_vocabulary"] == 0.0
    assert last.prior_snapshot == "2025-06-30"


def test_founders_of_ones_own_are_put_under_the_sweeps_conditions(tmp_path):
    own = json.loads(random_genome(np.random.default_rng(2)).to_json())
    plan = small(a={"genomes": [own], "founders": "hub", "vocabulary": 100, "sequence": 32})
    first = tasks_of(plan, tmp_path)[0]
    (text,) = first.founders
    founder = json.loads(text)
    assert (founder["vocabulary"], founder["sequence"]) == (100, 32)
    assert len(founder["blocks"]) == len(own["blocks"])
    assert run_search(first).has_ended


def test_what_the_hub_teaches_must_be_there(tmp_path):
    with pytest.raises(SweepError, match="no snapshot is there"):
        tasks_of(small(a={"mix": "hub"}), tmp_path)
    with pytest.raises(SweepError, match="no config of the snapshot"):
        tasks_of(small(a={"founders": "hub"}), tmp_path, lessons=LESSONS)


GOOD = {"sweep_id": "mine", "arms": {"a": {"budget": 5}}}


@pytest.mark.parametrize(
    ("content", "field", "words"),
    [
        ([], "", "no mapping"),
        ({**GOOD, "sweep_id": "2025-06-30"}, "", "is no name"),
        ({**GOOD, "sweep_id": "../up"}, "", "is no name"),
        ({**GOOD, "seed": 3}, "seed", "Extra"),
        ({**GOOD, "evaluator": "guess"}, "evaluator", "'analytic' or 'surrogate'"),
        ({**GOOD, "training": {"steps": 0}}, "training.steps", "greater than or equal to 1"),
        ({**GOOD, "training": {"inherits": True}}, "training.inherits", "Extra"),
        (
            {**GOOD, "evaluator": "surrogate", "base": {"vocabulary": 32}},
            "",
            "arms.a.vocabulary 32 is below the 48 tokens",
        ),
        (
            {**GOOD, "evaluator": "surrogate", "base": {"sequence": 4096}},
            "",
            "arms.a.sequence 4096 is not within the 32 to 2048 tokens",
        ),
        ({**GOOD, "seeds": [1, 1]}, "", "twice"),
        ({**GOOD, "seeds": []}, "seeds", "at least 1"),
        ({**GOOD, "arms": {}}, "arms", "at least 1"),
        ({**GOOD, "arms": {"a": 3}}, "arms.a", "no mapping"),
        ({**GOOD, "arms": {"a": {"budgets": 3}}}, "arms.a.budgets", "Extra"),
        ({**GOOD, "arms": {"a": {"budget": "3"}}}, "arms.a.budget", "integer"),
        ({**GOOD, "arms": {"a": {"selection": "best"}}}, "arms.a.selection", "pareto"),
        ({**GOOD, "arms": {"a": {"founders": "poor"}}}, "arms.a.founders", "none of"),
        ({**GOOD, "arms": {"a": {"mix": "wild"}}}, "arms.a.mix", "none of"),
        ({**GOOD, "arms": {"a": {"genomes": [{"dim": 3}]}}}, "arms.a.genomes.0", "required"),
        (
            {**GOOD, "arms": {"a": {"mutation_weights": {"fly": 1.0}}}},
            "arms.a.mutation_weights",
            "'fly' is none of",
        ),
        ({**GOOD, "arms": {"a": {"gates": {"min_layer": 3}}}}, "arms.a.gates.min_layer", "Extra"),
        ({**GOOD, "baseline": "b"}, "", "'b' is none of"),
        ({**GOOD, "controls": {"a": "b"}}, "", "'b' is none of"),
        ({**GOOD, "arms": {"a": {"crossover_rate": float("nan")}}}, "", "JSON compliant"),
    ],
)
def test_a_fault_in_a_sweep_file_names_its_field(content, field, words):
    with pytest.raises(SweepError) as caught:
        sweep_of(content, place="mine.yaml")
    told = str(caught.value)
    assert told.startswith("mine.yaml")
    assert field in told
    assert words in told
    assert "\n" not in told


@pytest.mark.parametrize("text", [b"a: [", b"\xff\xfe", b"3", b""])
def test_a_file_that_is_no_sweep_is_refused(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_bytes(text)
    with pytest.raises(SweepError, match=r"mine\.yaml"):
        read_sweep(path)
    with pytest.raises(SweepError, match="no such sweep file"):
        read_sweep(tmp_path / "other.yaml")
