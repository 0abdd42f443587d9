"""Training of one small model from scratch, the same way whenever it is asked.

What does not belong here: which models are trained (``evaluator``).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from biome_pipeline.evolution.surrogate.corpora import STRATA, Batch, batch_of
from biome_pipeline.evolution.surrogate.model import Decoder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from biome_pipeline.evolution.effort import TrainingPlan
    from biome_pipeline.evolution.genome import Genome
    from biome_pipeline.evolution.surrogate.model import Output

__all__ = ["Trained", "held_out", "measured", "next_token_losses", "one_thread", "train"]

_TRAINING, _HELD_OUT = 1, 2
"""Streams of batches; that of the held-out ones takes no seed, so that it is one for all."""

_HOPELESS = 2.0
"""Training stops early at this multiple of the loss of one who guesses evenly."""


class Trained(NamedTuple):
    """A model after its training.

    Attributes
    ----------
    model : Decoder
    n_steps : int
        Steps that were taken; fewer than planned if it stopped early.
    has_diverged : bool
        Whether the loss rose beyond hope, or was not finite.
    losses, gradient_norms : tuple of float
        Of each step: mean loss of the strata, and length of the gradient before it was
        clipped.
    """

    model: Decoder
    n_steps: int
    has_diverged: bool
    losses: tuple[float, ...]
    gradient_norms: tuple[float, ...]


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch use one thread and deterministic kernels alone, for as long as it lasts.

    Sums of several threads round differently from run to run.

    Yields
    ------
    None
    """
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(1)
    fills = torch.utils.deterministic.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True)
    # Nothing here reads memory before it is written; filling it takes a tenth of the time.
    torch.utils.deterministic.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(strict)
        torch.utils.deterministic.fill_uninitialized_memory = fills


def train(genome: Genome, plan: TrainingPlan, *, n_steps: int, train_seed: int) -> Trained:
    """Train a genome's model from fresh weights; nothing is inherited from a parent.

    Parameters
    ----------
    genome : Genome
        What.
    plan : TrainingPlan
        Batch and rate of learning.
    n_steps : int
        Batches that are seen.
    train_seed : int
        Of weights, batches, and which loops recurrences run.

    Returns
    -------
    Trained
        After AdamW (Loshchilov and Hutter 2019) with a short linear warm-up, then a
        constant rate, so that fewer steps are the beginning of more.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(train_seed)
        model = Decoder(genome)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=plan.learning_rate, betas=(0.9, 0.95), weight_decay=0.0
    )
    past_losses: list[float] = []
    norms: list[float] = []
    worst = _HOPELESS * float(np.log(genome.vocabulary))
    for step in range(n_steps):
        rng = np.random.default_rng([_TRAINING, train_seed, step])
        batch = batch_of(rng, per_stratum=plan.per_stratum, length=genome.sequence)
        for group in optimiser.param_groups:
            group["lr"] = plan.learning_rate * min(1.0, (step + 1) / plan.warmup)
        # Models must be of use at both counts of loops: half of the steps each.
        output = model(_inputs(batch), most_loops=not genome.recurrences or step % 2 == 0)
        losses = next_token_losses(output, batch)
        loss = torch.stack(list(losses.values())).mean()
        if not loss.item() <= worst:
            return Trained(model, step, True, tuple(past_losses), tuple(norms))
        optimiser.zero_grad(set_to_none=True)
        (loss + output.extra_loss).backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        past_losses.append(loss.item())
        norms.append(norm.item())
    return Trained(model, n_steps, False, tuple(past_losses), tuple(norms))


def next_token_losses(output: Output, batch: Batch) -> dict[str, Tensor]:
    """Give the mean loss of each stratum.

    Parameters
    ----------
    output : Output
        Of the model for all tokens of the batch but each sequence's last.
    batch : Batch
        What was to be predicted: position i of the output is held against token i + 1.

    Returns
    -------
    dict of str to Tensor, shape ()
        Cross entropy by stratum, in nats, mean over what is counted.
    """
    targets = torch.from_numpy(batch.tokens[:, 1:])
    counted = torch.from_numpy(batch.counted)
    each = functional.cross_entropy(output.logits.transpose(1, 2), targets, reduction="none")
    parts = zip(each.chunk(len(STRATA)), counted.chunk(len(STRATA)), strict=True)
    return {
        stratum: losses[flags].mean()
        for stratum, (losses, flags) in zip(STRATA, parts, strict=True)
    }


def held_out(plan: TrainingPlan, genome: Genome) -> Batch:
    """Draw the batch that models are measured on.

    Parameters
    ----------
    plan : TrainingPlan
        Its size.
    genome : Genome
        Its longest sequence.

    Returns
    -------
    Batch
        The same for all candidates, and in no training.
    """
    rng = np.random.default_rng([_HELD_OUT])
    return batch_of(rng, per_stratum=plan.held_out, length=genome.sequence)


@torch.no_grad()
def measured(
    model: Decoder, batch: Batch, *, most_loops: bool = True
) -> tuple[dict[str, float], Output]:
    """Measure a model.

    Parameters
    ----------
    model : Decoder
        Trained.
    batch : Batch
        Held-out.
    most_loops : bool
        As in `Decoder.forward`.

    Returns
    -------
    losses : dict of str to float
        By stratum.
    output : Output
        What it made of the batch.
    """
    output = model(_inputs(batch), most_loops=most_loops)
    losses = next_token_losses(output, batch)
    return {stratum: float(loss) for stratum, loss in losses.items()}, output


def _inputs(batch: Batch) -> Tensor:
    return torch.from_numpy(batch.tokens[:, :-1])
