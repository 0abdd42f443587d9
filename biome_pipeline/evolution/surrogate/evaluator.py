"""The evaluator that trains each candidate for real, from fresh weights.

What does not belong here: how one model is trained (``training``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.evolution.analytic import analytic_metrics
from biome_pipeline.evolution.surrogate.corpora import STRATA, unigram_entropy
from biome_pipeline.evolution.surrogate.training import held_out, measured, one_thread, train

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from biome_pipeline.evolution.effort import TrainingPlan
    from biome_pipeline.evolution.genome import Genome
    from biome_pipeline.evolution.surrogate.corpora import Batch
    from biome_pipeline.evolution.surrogate.feeding import Routing
    from biome_pipeline.evolution.surrogate.training import Trained

__all__ = ["Surrogate"]

_BACKWARD = 3
"""A step costs a pass forward, and twice that backward (Kaplan et al. 2020, section 2.1)."""

_MOST_STEPS = 50
"""Equal operations are not waited for beyond so many times the planned steps."""


class Surrogate:
    """Trains candidates on generated corpora, and measures them on held-out sequences.

    Parameters
    ----------
    plan : TrainingPlan
        The effort.
    """

    name = "surrogate"
    metrics: tuple[str, ...] = (
        "loss",
        *(f"loss_{stratum}" for stratum in STRATA),
        "gain_per_parameter",
        "gain_per_flop",
        "recurrence_gain",
        "router_balance",
        "training_flops",
        "training_steps",
        "training_loss",
        "gradient_norm",
    )
    rungs: tuple[float, ...] = (0.2, 1.0)

    def __init__(self, plan: TrainingPlan) -> None:
        self._plan = plan
        self.n_finalists, self.n_retrainings = plan.finalists, plan.finalist_seeds

    def evaluate(self, genome: Genome, *, rung: int, train_seed: int) -> Mapping[str, float]:
        """Train a candidate for its rung's share of the steps, and measure it.

        Parameters
        ----------
        genome : Genome
            What.
        rung : int
            Place in `rungs`.
        train_seed : int
            Of weights and batches.

        Returns
        -------
        dict of str to float
            Nothing if training diverged; else

            - ``loss``: mean of the strata's, nats per token; ``loss_code``,
              ``loss_math``, ``loss_recall``;
            - ``gain_per_parameter``, ``gain_per_flop``: by how much the loss is below
              the strata's unigram entropy, for each million active parameters, and
              for each 10^12 operations of training. A loss divided by parameters
              itself would praise whatever is large;
            - ``recurrence_gain``: loss at the fewest loops less loss at the most; only
              with recurrences;
            - ``router_balance``: entropy of the experts' loads over its maximum, mean
              over mixtures; only with mixtures of two experts or more;
            - ``training_flops``, ``training_steps``: operations and steps of training;
            - ``training_loss``, ``gradient_norm``: mean over the last fifth of the
              steps, the latter before clipping.
        """
        with one_thread():
            n_steps = max(1, round(self.rungs[rung] * self._plan.steps))
            trained = train(genome, self._plan, n_steps=n_steps, train_seed=train_seed)
            return self._measures(genome, trained)

    def retrain(self, genome: Genome, *, train_seed: int) -> Mapping[str, float]:
        """Train a finalist anew, with the full steps and with equal operations.

        Parameters
        ----------
        genome : Genome
            What.
        train_seed : int
            One that the search has not selected on.

        Returns
        -------
        dict of str to float
            As `evaluate` gives at the last rung, and ``loss_at_equal_flops``: the loss
            when training spends the plan's operations; not there if these make no step,
            or very many.
        """
        found = dict(self.evaluate(genome, rung=len(self.rungs) - 1, train_seed=train_seed))
        n_steps = int(self._plan.equal_flops // self._step_flops(genome))
        if 1 <= n_steps <= _MOST_STEPS * self._plan.steps:
            with one_thread():
                trained = train(genome, self._plan, n_steps=n_steps, train_seed=train_seed)
                if not trained.has_diverged:
                    losses, _ = measured(trained.model, held_out(self._plan, genome))
                    found["loss_at_equal_flops"] = _mean(losses)
        return found

    def _step_flops(self, genome: Genome) -> float:
        tokens = len(STRATA) * self._plan.per_stratum * genome.sequence
        return _BACKWARD * tokens * analytic_metrics(genome)["flops_per_token"]

    def _measures(self, genome: Genome, trained: Trained) -> dict[str, float]:
        if trained.has_diverged:
            return {}
        batch = held_out(self._plan, genome)
        losses, output = measured(trained.model, batch)
        loss = _mean(losses)
        gain = _mean(_entropies(batch)) - loss
        flops = self._step_flops(genome) * trained.n_steps
        found = {
            "loss": loss,
            **{f"loss_{stratum}": value for stratum, value in losses.items()},
            "gain_per_parameter": gain / (analytic_metrics(genome)["active_parameters"] / 1e6),
            "gain_per_flop": gain / (flops / 1e12),
            "training_flops": flops,
            "training_steps": float(trained.n_steps),
            "training_loss": _late(trained.losses),
            "gradient_norm": _late(trained.gradient_norms),
        }
        if genome.recurrences:
            seldom, _ = measured(trained.model, batch, most_loops=False)
            found["recurrence_gain"] = _mean(seldom) - loss
        balances = [_balance(one) for one in output.routings if len(one.load) > 1]
        if balances:
            found["router_balance"] = float(np.mean(balances))
        return found


def _mean(losses: Mapping[str, float]) -> float:
    return sum(losses.values()) / len(losses)


def _late(values: Sequence[float]) -> float:
    """Give the mean over the last fifth of the steps, at least one."""
    return float(np.mean(values[-max(1, len(values) // 5) :]))


def _entropies(batch: Batch) -> dict[str, float]:
    def split(rows: np.ndarray) -> Sequence[np.ndarray]:
        return np.split(rows, len(STRATA))

    pairs = zip(split(batch.tokens), split(batch.counted), strict=True)
    return {
        stratum: unigram_entropy(tokens, counted)
        for stratum, (tokens, counted) in zip(STRATA, pairs, strict=True)
    }


def _balance(routing: Routing) -> float:
    load = routing.load.double().numpy()
    known = load[load > 0]
    return float(-(known * np.log(known)).sum() / np.log(len(load)))
