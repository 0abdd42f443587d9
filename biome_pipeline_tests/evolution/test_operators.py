"""Operators on random genomes: what comes out is valid, says what it did, and can be undone."""

import json
from collections import Counter

import numpy as np
import pytest

from biome_pipeline.evolution.genome import Genome
from biome_pipeline.evolution.operators import (
    CROSSOVER,
    KNOBS,
    OPERATORS,
    Change,
    NoOp,
    apply_operator,
    splice,
)
from biome_pipeline.evolution.structure import structure_of
from biome_pipeline_tests.worlds.genomes import random_genome

NAMES = tuple(OPERATORS)

MANY = [pytest.param(10_000, marks=pytest.mark.slow), 60]


def drawn(seed):
    rng = np.random.default_rng([77, seed])
    return random_genome(rng), rng


def flat(part, path=""):
    """Write all values of a dump by dotted path, places of lists left out."""
    if isinstance(part, dict):
        return [pair for key, value in part.items() for pair in flat(value, f"{path}.{key}")]
    if isinstance(part, list | tuple):
        return [pair for value in part for pair in flat(value, path)]
    return [(path.removeprefix("."), part)]


def moved_knobs(parent, child):
    """Name the knobs that differ; of stacks of one length block by block."""
    before, after = (genome.model_dump() for genome in (parent, child))
    found = set()
    for name in before:
        if name in ("blocks", "recurrences") and len(before[name]) == len(after[name]):
            pairs = list(zip(before[name], after[name], strict=True))
        else:
            pairs = [(before[name], after[name])]
        for one, other in pairs:
            first, second = flat(one, name), flat(other, name)
            missing = {key for key, value in first if value is None}
            missing |= {key for key, value in second if value is None}
            changed = Counter(first) - Counter(second) | Counter(second) - Counter(first)
            # A part that appears or vanishes is moved by its values, not as a whole.
            found |= {key for key, value in changed if value is not None or key not in missing}
            found |= {key for key, _ in changed if key in KNOBS}
    return found


@pytest.mark.parametrize("n", MANY)
@pytest.mark.parametrize("name", NAMES)
def test_every_operator_yields_a_valid_genome_or_a_no_op(name, n):
    operator, n_changed = OPERATORS[name], 0
    for seed in range(n):
        genome, rng = drawn(seed)
        sites = operator.sites(genome)
        result = apply_operator(operator, genome, rng)
        if isinstance(result, NoOp):
            assert result.reason == ("no choice" if sites else "no site")
            continue
        n_changed += 1
        assert result.genome != genome
        assert result.genome.digest() != genome.digest()
        # Read anew, so that no rule was evaded on the way.
        assert Genome.from_json(result.genome.to_json(), place=name) == result.genome
        assert result.target
        for text in (result.before, result.after):
            assert text is None or json.loads(text) is not None
    assert n_changed > n / 20


@pytest.mark.parametrize("name", NAMES)
def test_what_an_operator_moves_is_what_it_declares(name):
    operator, found = OPERATORS[name], set()
    for seed in range(300):
        genome, rng = drawn(seed)
        result = apply_operator(operator, genome, rng)
        if isinstance(result, Change):
            found |= moved_knobs(genome, result.genome)
    declared = tuple(f"{prefix}." for prefix in operator.moves)
    assert {knob for knob in found if not f"{knob}.".startswith(declared)} == set()
    for prefix in declared:
        assert any(f"{knob}.".startswith(prefix) for knob in found), f"{prefix} is never moved"


def test_every_knob_is_moved_by_an_operator():
    movers = {knob: set() for knob in KNOBS}
    for name, operator in OPERATORS.items():
        if name in ("shuffle_block_span", "graph_jitter", "template_mutation"):
            continue  # these move blocks whole, which is no way of setting a knob
        if name in ("duplicate_block_span", "remove_block_span", "shift_moe"):
            continue
        for seed in range(400):
            genome, rng = drawn(seed)
            result = apply_operator(operator, genome, rng)
            if isinstance(result, Change):
                for knob in moved_knobs(genome, result.genome) & movers.keys():
                    movers[knob].add(name)
    assert [knob for knob, names in movers.items() if not names] == []


@pytest.mark.parametrize("name", [name for name in NAMES if OPERATORS[name].inverse])
def test_an_inverse_restores_the_structural_counts(name):
    operator = OPERATORS[name]
    inverse, n_undone = OPERATORS[operator.inverse], 0
    for seed in range(400):
        genome, rng = drawn(seed)
        result = apply_operator(operator, genome, rng)
        if isinstance(result, NoOp):
            continue
        back = apply_operator(inverse, result.genome, rng, site=result.undo)
        assert isinstance(back, Change)
        assert structure_of(back.genome) == structure_of(genome)
        n_undone += 1
    assert n_undone > 20


@pytest.mark.parametrize("name", NAMES)
def test_only_operators_with_an_inverse_add_structure(name):
    operator = OPERATORS[name]
    for seed in range(400):
        genome, rng = drawn(seed)
        result = apply_operator(operator, genome, rng)
        if isinstance(result, Change) and operator.inverse is None:
            pairs = zip(structure_of(genome), structure_of(result.genome), strict=True)
            assert all(after <= before for before, after in pairs)


def test_the_same_random_numbers_give_the_same_change():
    for name, operator in OPERATORS.items():
        for seed in range(5):
            results = []
            for _ in range(2):
                genome, rng = drawn(seed)
                results.append(apply_operator(operator, genome, rng))
            assert results[0] == results[1], name


def test_no_operator_changes_its_parent():
    for operator in OPERATORS.values():
        genome, rng = drawn(3)
        before = genome.to_json()
        apply_operator(operator, genome, rng)
        assert genome.to_json() == before


def test_a_site_that_is_none_is_refused():
    genome, rng = drawn(1)
    with pytest.raises(ValueError, match="duplicate_block_span cannot work at"):
        apply_operator(OPERATORS["duplicate_block_span"], genome, rng, site=(99, 1))


def test_a_splice_is_a_prefix_of_one_and_a_suffix_of_the_other():
    n_spliced = 0
    for seed in range(500):
        parent, rng = drawn(seed)
        mate = random_genome(rng).changed(vocabulary=parent.vocabulary, sequence=64, kv_policy=None)
        parent = parent.changed(sequence=64)
        result = splice(parent, mate, rng)
        if isinstance(result, NoOp):
            assert result.reason == "no choice"
            continue
        n_spliced += 1
        child = result.genome
        n = len(child.blocks)
        assert any(
            child.blocks == parent.blocks[:first] + mate.blocks[len(mate.blocks) - n + first :]
            for first in range(1, min(n, len(parent.blocks) + 1))
        )
        assert child.dim == parent.dim
        assert Genome.from_json(child.to_json(), place=CROSSOVER) == child
    assert n_spliced > 400


def test_genomes_of_other_regimes_are_not_spliced():
    genome, rng = drawn(2)
    with pytest.raises(ValueError, match="one vocabulary"):
        splice(genome, genome.changed(vocabulary=genome.vocabulary + 1), rng)
