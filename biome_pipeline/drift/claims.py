"""What claims about drift have in common: edges, words, and how a row is made of them.

What does not belong here: the claims themselves (``findings``, ``language_findings``,
``order_ends``), and the tests (``net_shares``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from biome_pipeline.drift.group_flows import EdgeFlows, group_flows
from biome_pipeline.drift.net_shares import (
    FEW_FAMILIES,
    Direction,
    net_share,
    verdict_by_both,
)
from biome_pipeline.inference.findings import Finding
from biome_pipeline.inference.resampling import check_arrays
from biome_pipeline.provenance import derive_seed

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from biome_pipeline.drift.traits import TraitValues

__all__ = [
    "NET_CAVEAT",
    "SUBJECT",
    "Claim",
    "Lineage",
    "finding_between",
    "finding_of_direction",
    "finding_of_flows",
    "trait_flows",
]

SUBJECT = "drift"
"""Subject of these findings in ``inference.findings``."""

NET_CAVEAT = (
    "Net share of the mutations between the two sides, each edge counted once in total: 0 if as "
    "many run back, 1 if none does. A net flow says where mutations run, not why: parents that "
    "have other values than children in general give one too."
)
"""What a net share is, and what it does not say."""


@dataclass(frozen=True, eq=False)
class Lineage:
    """The edges of one graph, and how claims about them are to be tested.

    Attributes
    ----------
    graph : str
        Its name.
    parent, child : ndarray of integers, shape (n_edges,)
        Nodes of the two ends of each edge; each pair once.
    family : ndarray of integers, shape (n_edges,)
        Family of each edge.
    n_replicates : int
        Replicates (B), of bootstraps and of sign flips.
    seed : int
        Seed from which each claim derives its own.
    """

    graph: str
    parent: npt.NDArray[np.integer[Any]]
    child: npt.NDArray[np.integer[Any]]
    family: npt.NDArray[np.integer[Any]]
    n_replicates: int
    seed: int

    def __post_init__(self) -> None:
        check_arrays(self.n_replicates, parent=self.parent, child=self.child, family=self.family)

    def draws(self, finding: str) -> dict[str, int]:
        """Give number and seed of the draws of one claim.

        Parameters
        ----------
        finding : str
            Name of the claim.

        Returns
        -------
        dict of str to int
            Arguments ``n_replicates`` and ``seed``.
        """
        seed = derive_seed(self.seed, f"drift.findings/{self.graph}/{finding}")
        return {"n_replicates": self.n_replicates, "seed": seed}


@dataclass(frozen=True)
class Claim:
    """What is the same for every set of numbers.

    Attributes
    ----------
    finding, statement : str
        Its short name, and the claim as a sentence.
    sign : {-1, 1}
        The sign that is claimed of the effect.
    caveat : str
        What the numbers do not say.
    """

    finding: str
    statement: str
    sign: Literal[-1, 1]
    caveat: str


def finding_between(
    claim: Claim, trait: TraitValues, lineage: Lineage, group: Callable[[str], int]
) -> Finding:
    """Judge a claim about the flow from one group of values to another.

    Parameters
    ----------
    claim : Claim
        The claim.
    trait : TraitValues
        Values of all nodes.
    lineage : Lineage
        The edges.
    group : callable
        Gives 0 for a value upstream, 1 for one downstream, -1 for any other.

    Returns
    -------
    Finding
        With the net share from 0 to 1.

    Raises
    ------
    InferenceError
        If an edge leaves the nodes of the trait.
    """
    found = trait_flows(trait, lineage, group, n_groups=2)
    return finding_of_flows(claim, lineage, found, found.flows[:, 0, 1], found.flows[:, 1, 0])


def finding_of_flows(
    claim: Claim,
    lineage: Lineage,
    found: EdgeFlows,
    forward: npt.NDArray[np.float64],
    backward: npt.NDArray[np.float64],
) -> Finding:
    """Judge a claim by the net share of two flows.

    Parameters
    ----------
    claim : Claim
        The claim.
    lineage : Lineage
        The edges.
    found : EdgeFlows
        The mutated edges.
    forward, backward : ndarray of float64, shape (n_mutated,)
        Flow of each of them in the two directions.

    Returns
    -------
    Finding
        With the net share; `n` counts edges with any of the two.
    """
    direction = net_share(
        forward, backward, lineage.family[found.edge], **lineage.draws(claim.finding)
    )
    return finding_of_direction(claim, lineage, direction, n_reporting=found.n_reporting)


def trait_flows(
    trait: TraitValues, lineage: Lineage, group: Callable[[str], int], *, n_groups: int
) -> EdgeFlows:
    """Measure the flows between groups of a trait's values.

    Parameters
    ----------
    trait : TraitValues
        Values of all nodes.
    lineage : Lineage
        The edges.
    group : callable
        Gives the group of a value, -1 for none.
    n_groups : int
        Number of groups.

    Returns
    -------
    EdgeFlows
        As of ``group_flows.group_flows``.

    Raises
    ------
    InferenceError
        If an edge leaves the nodes of the trait.
    """
    groups = np.array([group(name) for name in trait.values], dtype=np.int64)
    return group_flows(trait.sets, lineage.parent, lineage.child, groups, n_groups=n_groups)


def finding_of_direction(
    claim: Claim, lineage: Lineage, direction: Direction, *, n_reporting: int
) -> Finding:
    """Make a row of a claim and its numbers.

    Parameters
    ----------
    claim : Claim
        The claim.
    lineage : Lineage
        The edges.
    direction : Direction
        The effect.
    n_reporting : int
        Edges that report on both ends.

    Returns
    -------
    Finding
        Not yet adjusted; the caveat names the silent edges and few families.
    """
    estimate = direction.estimate
    caveat = (
        f"{claim.caveat} {n_reporting} of {lineage.parent.size} edges report on both ends, and "
        "the silent ones may differ."
    )
    n_families = estimate.n_families or 0
    if n_families < FEW_FAMILIES:
        caveat += f" With {n_families} families the interval is too narrow: believe the p-value."
    return Finding(
        subject=SUBJECT,
        finding=claim.finding,
        graph=lineage.graph,
        statement=claim.statement,
        estimate=estimate.value,
        ci_low=estimate.ci_low,
        ci_high=estimate.ci_high,
        p_value=direction.p_value,
        n=estimate.n,
        verdict=verdict_by_both(direction, sign=claim.sign),
        caveat=caveat,
    )
