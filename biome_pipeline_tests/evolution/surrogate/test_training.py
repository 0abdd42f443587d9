"""Training: targets, repetition, what the effort teaches, what is measured."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra 'evolve' is not installed")

from biome_pipeline.evolution.analytic import analytic_metrics  # noqa: E402
from biome_pipeline.evolution.effort import TrainingPlan  # noqa: E402
from biome_pipeline.evolution.founders import FOUNDERS  # noqa: E402
from biome_pipeline.evolution.genome import Recurrence  # noqa: E402
from biome_pipeline.evolution.surrogate.corpora import (  # noqa: E402
    CHANCE,
    STRATA,
    VOCABULARY,
    Batch,
    unigram_entropy,
)
from biome_pipeline.evolution.surrogate.evaluator import Surrogate  # noqa: E402
from biome_pipeline.evolution.surrogate.model import Decoder, Output  # noqa: E402
from biome_pipeline.evolution.surrogate.training import (  # noqa: E402
    held_out,
    measured,
    next_token_losses,
    one_thread,
    train,
)

LENGTH = 64
PLAN = TrainingPlan(steps=24)
PLAIN = FOUNDERS["minimal"](VOCABULARY, LENGTH)[0]
RICH = FOUNDERS["rich"](VOCABULARY, LENGTH)[1]


def batch_of_tokens(tokens, counted=None):
    tokens = np.asarray(tokens, np.int64)
    flags = np.ones((len(tokens), tokens.shape[1] - 1), bool) if counted is None else counted
    return Batch(tokens, flags)


def logits_that_say(answers, vocabulary):
    """Logits that are sure of one token at each position."""
    said = torch.full((*answers.shape, vocabulary), -50.0)
    said.scatter_(-1, torch.as_tensor(answers)[..., None], 50.0)
    return Output(said, torch.zeros(()), ())


def test_targets_are_the_tokens_after():
    """Who says the next token has no loss; who says the present one, or the one after, does."""
    tokens = np.random.default_rng(0).integers(20, size=(3, 12))
    tokens[:, 1:] += (tokens[:, 1:] == tokens[:, :-1]) * 20
    batch = batch_of_tokens(tokens)
    right = next_token_losses(logits_that_say(tokens[:, 1:], 64), batch)
    assert list(right) == list(STRATA)
    assert all(float(loss) < 1e-6 for loss in right.values())
    present = next_token_losses(logits_that_say(tokens[:, :-1], 64), batch)
    assert all(float(loss) > 50 for loss in present.values())


def test_a_model_is_given_nothing_that_it_is_asked_for():
    """Of random tokens nothing can be learned: the loss stays that of an even guess."""
    rng = np.random.default_rng(1)
    torch.manual_seed(0)
    model = Decoder(PLAIN)
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.005)
    with one_thread():
        for _ in range(60):
            batch = batch_of_tokens(rng.integers(8, size=(12, LENGTH + 1)))
            output = model(torch.from_numpy(batch.tokens[:, :-1]))
            loss = torch.stack(list(next_token_losses(output, batch).values())).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        fresh = batch_of_tokens(rng.integers(8, size=(96, LENGTH + 1)))
        losses, _ = measured(model, fresh)
    assert min(losses.values()) > np.log(8) - 0.03


def test_only_what_is_counted_counts():
    tokens = np.array([[0, 1, 2], [0, 1, 2], [0, 1, 2]])
    counted = np.array([[True, False], [True, False], [False, True]])
    said = logits_that_say(np.array([[1, 9], [1, 9], [9, 2]]), 16)
    losses = next_token_losses(said, batch_of_tokens(tokens, counted))
    assert all(float(loss) < 1e-6 for loss in losses.values())


@pytest.mark.parametrize("seed", range(3))
def test_the_planned_effort_teaches_each_corpus(seed):
    with one_thread():
        trained = train(PLAIN, PLAN, n_steps=PLAN.steps, train_seed=seed)
        batch = held_out(PLAN, PLAIN)
        losses, _ = measured(trained.model, batch)
    parts = zip(np.split(batch.tokens, 3), np.split(batch.counted, 3), strict=True)
    for stratum, (tokens, counted) in zip(STRATA, parts, strict=True):
        assert losses[stratum] < unigram_entropy(tokens, counted)
    assert losses["recall"] < 0.75 * CHANCE


def test_who_cannot_look_back_cannot_recall():
    """Without attention the answers stay at chance, with three times the effort."""
    blind = PLAIN.changed(blocks=tuple(block.changed(attention=None) for block in PLAIN.blocks))
    with one_thread():
        trained = train(blind, PLAN, n_steps=3 * PLAN.steps, train_seed=0)
        losses, _ = measured(trained.model, held_out(PLAN, blind))
    assert losses["recall"] > 0.95 * CHANCE


def test_a_run_repeats_to_the_bit_and_seeds_differ():
    surrogate = Surrogate(PLAN.changed(steps=6))
    first = surrogate.evaluate(RICH, rung=1, train_seed=5)
    torch.manual_seed(99)
    torch.rand(7)
    assert surrogate.evaluate(RICH, rung=1, train_seed=5) == first
    assert surrogate.evaluate(RICH, rung=1, train_seed=6)["loss"] != first["loss"]


def test_training_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    Surrogate(PLAN.changed(steps=1)).evaluate(PLAIN, rung=1, train_seed=0)
    assert torch.equal(torch.rand(4), expected)
    assert not torch.are_deterministic_algorithms_enabled()


def test_fewer_steps_are_the_beginning_of_more():
    with one_thread():
        short = train(PLAIN, PLAN, n_steps=4, train_seed=0).model
        weights = {name: tensor.clone() for name, tensor in short.state_dict().items()}
        again = train(PLAIN, PLAN.changed(steps=99), n_steps=4, train_seed=0).model
    assert all(torch.equal(tensor, weights[name]) for name, tensor in again.state_dict().items())


def test_metrics_are_what_their_names_say():
    surrogate = Surrogate(PLAN.changed(steps=10))
    found = surrogate.evaluate(RICH, rung=1, train_seed=0)
    assert set(found) == set(surrogate.metrics)
    strata = [found[f"loss_{stratum}"] for stratum in STRATA]
    assert found["loss"] == pytest.approx(np.mean(strata))
    metrics = analytic_metrics(RICH)
    tokens = 10 * 3 * PLAN.per_stratum * LENGTH
    assert found["training_flops"] == pytest.approx(3 * tokens * metrics["flops_per_token"])
    per_parameter = found["gain_per_parameter"] * metrics["active_parameters"] / 1e6
    assert found["gain_per_flop"] * found["training_flops"] / 1e12 == pytest.approx(per_parameter)
    assert 0 < found["router_balance"] <= 1
    with one_thread():
        trained = train(RICH, PLAN, n_steps=10, train_seed=0)
    assert found["training_steps"] == len(trained.losses) == 10
    assert found["training_loss"] == np.mean(trained.losses[-2:])
    assert found["gradient_norm"] == np.mean(trained.gradient_norms[-2:]) > 0
    # It learns: the last steps are better than the first.
    assert found["training_loss"] < trained.losses[0] - 0.5
    plain = surrogate.evaluate(PLAIN, rung=1, train_seed=0)
    assert set(surrogate.metrics) - set(plain) == {"recurrence_gain", "router_balance"}


def test_recurrence_gain_compares_most_with_fewest_loops():
    genome = PLAIN.changed(recurrences=(Recurrence(start=0, stop=2, max_loops=3),))
    plan = PLAN.changed(steps=8)
    with one_thread():
        model = train(genome, plan, n_steps=8, train_seed=1).model
        batch = held_out(plan, genome)
        most = np.mean(list(measured(model, batch)[0].values()))
        fewest = np.mean(list(measured(model, batch, most_loops=False)[0].values()))
    found = Surrogate(plan).evaluate(genome, rung=1, train_seed=1)
    assert found["recurrence_gain"] == pytest.approx(fewest - most, abs=1e-6)
    assert most != fewest


def test_what_diverges_has_no_metrics():
    plan = PLAN.changed(learning_rate=1.0, steps=200)
    with one_thread():
        trained = train(RICH, plan, n_steps=200, train_seed=0)
    assert trained.has_diverged
    assert trained.n_steps == len(trained.losses) < 200
    assert Surrogate(plan).evaluate(RICH, rung=1, train_seed=0) == {}


def test_equal_operations_give_the_cheaper_model_more_steps():
    plan = PLAN.changed(steps=4, equal_flops=8e9)
    surrogate = Surrogate(plan)
    plain = surrogate.retrain(PLAIN, train_seed=0)
    n_steps = int(8e9 // (plain["training_flops"] / 4))
    with one_thread():
        model = train(PLAIN, plan, n_steps=n_steps, train_seed=0).model
        losses, _ = measured(model, held_out(plan, PLAIN))
    assert n_steps > 4
    assert plain["loss_at_equal_flops"] == pytest.approx(np.mean(list(losses.values())))
    tiny = Surrogate(plan.changed(equal_flops=1.0)).retrain(PLAIN, train_seed=0)
    assert "loss_at_equal_flops" not in tiny
    assert "loss" in tiny
