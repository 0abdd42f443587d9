"""How a candidate is measured: what every evaluator offers, the analytic one, and the choice.

What does not belong here: the formulas (``analytic``), training (``surrogate``).
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, Protocol

from biome_pipeline.errors import SweepError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from biome_pipeline.evolution.effort import TrainingPlan
    from biome_pipeline.evolution.genome import Genome

__all__ = ["ANALYTIC", "Analytic", "Evaluator", "EvaluatorName", "evaluator_of"]

EvaluatorName = Literal["analytic", "surrogate"]


class Evaluator(Protocol):
    """Measures candidates, the same way whenever it is asked."""

    @property
    def name(self) -> str:
        """Name in sweeps.

        Returns
        -------
        str
            As ``analytic``.
        """
        ...

    @property
    def metrics(self) -> tuple[str, ...]:
        """What is measured beside the analytic metrics.

        Returns
        -------
        tuple of str
            Names.
        """
        ...

    @property
    def rungs(self) -> tuple[float, ...]:
        """Shares of the full effort; a candidate is promoted from one to the next.

        Returns
        -------
        tuple of float
            Ascending to 1.
        """
        ...

    @property
    def n_finalists(self) -> int:
        """How many of those alive at the end are measured anew.

        Returns
        -------
        int
            0: none.
        """
        ...

    @property
    def n_retrainings(self) -> int:
        """How often each of them is.

        Returns
        -------
        int
            At least 1.
        """
        ...

    def evaluate(self, genome: Genome, *, rung: int, train_seed: int) -> Mapping[str, float]:
        """Measure a candidate.

        Parameters
        ----------
        genome : Genome
            What.
        rung : int
            Place in `rungs`.
        train_seed : int
            Seeds whatever is random about it.

        Returns
        -------
        mapping of str to float
            By the names in `metrics`; what cannot be measured is not there.
        """
        ...

    def retrain(self, genome: Genome, *, train_seed: int) -> Mapping[str, float]:
        """Measure a finalist anew, with a seed that nobody was selected on.

        Parameters
        ----------
        genome : Genome
            What.
        train_seed : int
            Seeds whatever is random about it.

        Returns
        -------
        mapping of str to float
            As `evaluate` gives, and what is measured of finalists alone.
        """
        ...


class Analytic:
    """Nothing beyond the formulas, at one rung."""

    name = "analytic"
    metrics: tuple[str, ...] = ()
    rungs: tuple[float, ...] = (1.0,)
    n_finalists = 0
    n_retrainings = 1

    def evaluate(self, genome: Genome, *, rung: int, train_seed: int) -> Mapping[str, float]:
        """Measure nothing: all that is known is computed from the genome.

        Parameters
        ----------
        genome : Genome
            Not looked at.
        rung, train_seed : int
            Not looked at.

        Returns
        -------
        mapping of str to float
            Empty.
        """
        return {}

    def retrain(self, genome: Genome, *, train_seed: int) -> Mapping[str, float]:
        """Measure nothing anew: formulas do not vary.

        Parameters
        ----------
        genome : Genome
            Not looked at.
        train_seed : int
            Not looked at.

        Returns
        -------
        mapping of str to float
            Empty.
        """
        return {}


ANALYTIC = Analytic()


def evaluator_of(name: EvaluatorName, plan: TrainingPlan) -> Evaluator:
    """Choose an evaluator.

    Parameters
    ----------
    name : str
        ``analytic`` or ``surrogate``.
    plan : TrainingPlan
        The effort of the latter.

    Returns
    -------
    Evaluator
        Ready to measure.

    Raises
    ------
    SweepError
        If what it needs is not installed.
    """
    if name == "analytic":
        return ANALYTIC
    if find_spec("torch") is None:
        raise SweepError(
            "the evaluator 'surrogate' trains models, and PyTorch is not installed",
            place="evaluator",
            remedy="install it with: pip install 'biome-pipeline[evolve]'",
        )
    from biome_pipeline.evolution.surrogate.evaluator import Surrogate

    return Surrogate(plan)
