"""A search keeps its rules: gates, eligibility, budgets, elites, rungs, and its seed."""

import subprocess
import sys

import pytest

from biome_pipeline.errors import SweepError
from biome_pipeline.evolution.events import Attempt, Measured, Turn
from biome_pipeline.evolution.gates import Gates, broken_gates
from biome_pipeline.evolution.plan import Elites, ObjectivePlan
from biome_pipeline.evolution.selection import SCHEMES
from biome_pipeline_tests.evolution.searches import WEIGHTS, Pretended, arm, run, search

FLOORS = Gates(min_layers=11, min_moe_blocks=4, min_selector_blocks=4, min_memory_blocks=2)
LOSS = (
    ObjectivePlan(metric="loss", direction="minimise"),
    ObjectivePlan(metric="throughput", direction="maximise"),
)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("seed", range(4))
def test_the_same_seed_gives_the_same_events(scheme, seed):
    rules = arm(selection=scheme, founders="rich", gates=FLOORS, mutation_steps=1 + seed % 3)
    first, second = run(search(rules, seed)), run(search(rules, seed))
    assert [event.model_dump_json() for event in first] == [
        event.model_dump_json() for event in second
    ]
    other = run(search(rules, seed + 100))
    assert [event.model_dump_json() for event in other] != [
        event.model_dump_json() for event in first
    ]


def test_another_process_gives_the_same_events():
    program = (
        "import hashlib\n"
        "from biome_pipeline_tests.evolution.searches import arm, run, search\n"
        "events = run(search(arm(founders='rich', crossover_rate=0.5), 5))\n"
        "text = ''.join(event.model_dump_json() for event in events)\n"
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert len(told.pop().strip()) == 64


@pytest.mark.parametrize("scheme", SCHEMES)
def test_only_the_living_are_parents_and_only_what_passed_the_gates_is_born(scheme):
    rules = arm(selection=scheme, founders="rich", gates=FLOORS, budget=150, crossover_rate=0.4)
    one = search(rules, 1)
    alive, n_rejected = set(), 0
    while (event := one.next_event()) is not None:
        if isinstance(event, Attempt):
            assert set(event.parents) <= alive
            assert (event.outcome == "rejected") == bool(event.gates)
            n_rejected += event.outcome == "rejected"
        one.apply(event)
        alive = set(one.population.alive)
    people = one.population.candidates
    assert n_rejected > 3
    assert len(people) == 150
    assert len({candidate.digest for candidate in people}) == 150
    assert all(not broken_gates(FLOORS, candidate.analytic) for candidate in people)
    rejected = [
        attempt.genome for attempt in one.population.attempts if attempt.outcome == "rejected"
    ]
    assert not set(rejected) & {candidate.genome.to_json() for candidate in people}


@pytest.mark.parametrize("seed", range(5))
def test_generations_have_their_size(seed):
    rules = arm(population=5, children=7, budget=64)
    one = search(rules, seed)
    for event in run(one):
        if isinstance(event, Turn):
            assert 0 < len(event.alive) <= 5
            assert set(event.elites) <= set(event.alive)
    by_generation = {}
    for candidate in one.population.candidates:
        by_generation.setdefault(candidate.generation, []).append(candidate)
    sizes = [len(by_generation[generation]) for generation in sorted(by_generation)]
    assert sizes[0] == 2
    assert set(sizes[1:-1]) == {7}
    assert sum(sizes) == 64


def test_every_attempt_has_parents_of_its_own():
    one = search(arm(selection="random", protect_frontier=False, population=20, children=20), 4)
    run(one)
    people = one.population.candidates
    parents = [c.parents[0] for c in people if c.generation == 2]
    # Of 20 draws among 20, fewer than 8 different ones come in 1 of a million.
    assert len(parents) == 20
    assert len(set(parents)) >= 8


@pytest.mark.parametrize("seed", range(6))
def test_a_candidate_without_a_metric_is_never_alive_nor_a_parent(seed):
    rules = arm(objectives=LOSS, budget=120, population=10, children=12)
    one = search(rules, seed, evaluator=Pretended())
    events = run(one)
    people = one.population.candidates
    losses = {candidate.candidate_id: candidate.metrics(1).get("loss") for candidate in people}
    unknown = {place for place, loss in losses.items() if loss is None or loss != loss}
    assert len(unknown) > 10
    for event in events:
        if isinstance(event, Turn):
            assert not set(event.alive) & unknown
        if isinstance(event, Attempt):
            assert not set(event.parents) & unknown
    for candidate in people:
        if candidate.status == "ineligible":
            assert candidate.candidate_id in unknown


@pytest.mark.parametrize("seed", range(6))
def test_the_better_half_is_promoted(seed):
    rules = arm(objectives=LOSS[:1], budget=100, population=10, children=12)
    one = search(rules, seed, evaluator=Pretended())
    rungs = {}
    for event in run(one):
        if isinstance(event, Measured):
            rungs.setdefault(event.rung, set()).add(event.candidate)
    people = one.population.candidates
    assert rungs[0] == {candidate.candidate_id for candidate in people}
    for generation in range(1, one.population.generation):
        young = [c.candidate_id for c in people if c.generation == generation]
        known = {place: people[place].metrics(0).get("loss", float("nan")) for place in young}
        ranked = sorted((loss, place) for place, loss in known.items() if loss == loss)
        wanted = {place for _, place in ranked[: -(-len(young) // 2)]}
        assert rungs[1] & set(young) == wanted
        for place in set(young) - wanted:
            assert people[place].status == "stopped"


@pytest.mark.parametrize("seed", range(6))
def test_finalists_are_the_best_and_are_measured_anew(seed):
    rules = arm(objectives=LOSS[:1], budget=60, population=10, children=12)
    one = search(rules, seed, evaluator=Pretended())
    events = run(one)
    last_turn = max(place for place, event in enumerate(events) if isinstance(event, Turn))
    anew = events[last_turn + 1 :]
    losses = {c: one.population.candidates[c].metrics(1)["loss"] for c in one.population.alive}
    best = sorted(losses, key=losses.__getitem__)[:2]
    assert [event.candidate for event in anew] == [best[0]] * 3 + [best[1]] * 3
    assert {event.rung for event in anew} == {2}
    # Both with the same three seeds, none of which anybody was selected on.
    seeds = [event.train_seed for event in anew]
    assert seeds[:3] == seeds[3:]
    assert len(set(seeds)) == 3
    before = {event.train_seed for event in events[:last_turn] if isinstance(event, Measured)}
    assert not before & set(seeds)


def test_elites_live_whatever_they_score():
    cost = (ObjectivePlan(metric="memory_bytes", direction="minimise"),)
    rules = arm(
        founders="rich",
        objectives=cost,
        selection="single",
        protect_frontier=False,
        elites=Elites(n=2),
        budget=100,
    )
    with_elites, without = search(rules, 2), search(rules.changed(elites=Elites()), 2)
    run(with_elites), run(without)
    deepest = [
        max(one.population.candidates[place].analytic["layers"] for place in one.population.alive)
        for one in (with_elites, without)
    ]
    assert deepest[0] >= 12 > deepest[1]
    assert sum(candidate.is_elite for candidate in with_elites.population.candidates) == 2


def test_a_search_that_gates_stifle_comes_to_an_end():
    rules = arm(founders="rich", budget=20, gates=Gates(min_layers=12), crossover_rate=0.0)
    only_shrinking = {"remove_block_span": 1.0}
    one = search(rules, 0, weights=only_shrinking)
    run(one)
    assert len(one.population.candidates) == 2
    assert len(one.population.attempts) == 20 * 50
    assert {attempt.outcome for attempt in one.population.attempts[2:]} <= {
        "rejected",
        "duplicate",
    }


def test_operators_without_weight_are_never_tried():
    chosen = {"tune_rope": 1.0, "dense_to_moe": 3.0, "tune_vocabulary": 0.0}
    one = search(arm(budget=200, crossover_rate=0.0), 1, weights=chosen)
    run(one)
    tried = [
        name
        for attempt in one.population.attempts
        for name in (*attempt.no_ops, *(step.operator for step in attempt.steps))
    ]
    assert set(tried) == {"tune_rope", "dense_to_moe"}
    assert 0.65 < tried.count("dense_to_moe") / len(tried) < 0.85


def test_what_all_genomes_share_is_kept():
    one = search(arm(budget=150), 3)
    run(one)
    shared = {(c.genome.vocabulary, c.genome.sequence) for c in one.population.candidates}
    assert shared == {(256, 128)}


@pytest.mark.parametrize(
    ("rules", "weights", "words"),
    [
        (arm(gates=Gates(min_layers=3)), WEIGHTS, "founder 0 does not pass it: 2 against 3"),
        (arm(gates=Gates(max_parameters=10.0)), WEIGHTS, "gates.max_parameters"),
        (arm(objectives=LOSS), WEIGHTS, "nobody measures 'loss'"),
        (arm(), {}, "every operator has weight 0"),
    ],
)
def test_what_cannot_be_searched_is_refused(rules, weights, words):
    with pytest.raises(SweepError) as caught:
        search(rules, weights=weights)
    assert words in str(caught.value)


def test_events_out_of_order_are_refused():
    events = run(search(arm(), 0))
    one = search(arm(), 0)
    with pytest.raises(SweepError, match="attempt 1 follows on 0 attempts"):
        one.apply(events[1])
    with pytest.raises(SweepError, match="no candidate 7"):
        one.apply(Measured(kind="measured", candidate=7, rung=0, train_seed=0, metrics={}))
    with pytest.raises(SweepError, match="generation 4 ended in generation 0"):
        one.apply(Turn(kind="turn", generation=4, novelty={}, alive=()))
