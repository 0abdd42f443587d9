"""How a candidate is measured: what every evaluator offers, and the analytic one.

What does not belong here: the formulas (``analytic``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from biome_pipeline.evolution.genome import Genome

    Kind = Literal["analytic", "measured"]

__all__ = ["ANALYTIC", "Analytic", "Evaluator"]


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


class Analytic:
    """Nothing beyond the formulas, at one rung."""

    name = "analytic"
    metrics: tuple[str, ...] = ()
    rungs = (1.0,)

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


ANALYTIC = Analytic()
