"""The paper's directions of drift as tested claims: rows of ``inference.findings``.

Source of the claims: "Anatomy of a Machine Learning Ecosystem" (arXiv 2508.06811),
section 4, which reads them off optimal orderings. Here each is estimated from the
edges themselves and tested by family. What they have in common stands in their
caveat: edges that are silent on an end are left out, and a net flow says where
mutations run, not why.

What does not belong here: the tests (``directions``), claims about a whole order
(``order_ends``), and significance of an order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from biome_pipeline.drift.directions import (
    FEW_FAMILIES,
    Direction,
    difference_of_net_shares,
    mean_change,
    net_share,
    verdict_by_both,
)
from biome_pipeline.drift.flows import EdgeFlows, busiest_pair, group_flows, reporting_edges
from biome_pipeline.inference.findings import Finding
from biome_pipeline.inference.resampling import Estimate, check_arrays
from biome_pipeline.provenance import derive_seed
from biome_pipeline.vocabulary.languages import MULTILINGUAL
from biome_pipeline.vocabulary.licenses import license_group
from biome_pipeline.vocabulary.tasks import STAGE_ORDER, task_stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import numpy.typing as npt

    from biome_pipeline.drift.traits import TraitValues

__all__ = [
    "SUBJECT",
    "Lineage",
    "directional_findings",
    "drift_to_language",
    "english_beyond_chinese",
    "languages_narrow",
    "libraries_move",
    "licenses_relax",
    "runs_between",
    "tasks_run_along_stages",
]

SUBJECT = "drift"
"""Subject of these findings in ``inference.findings``."""

_NET = (
    "Net share of the mutations between the two sides, each edge counted once in total: 0 if as "
    "many run back, 1 if none does. A net flow says where mutations run, not why: parents that "
    "have other values than children in general give one too."
)


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
        """Give number and seed of the draws of one claim."""
        seed = derive_seed(self.seed, f"drift.findings/{self.graph}/{finding}")
        return {"n_replicates": self.n_replicates, "seed": seed}


@dataclass(frozen=True)
class _Claim:
    """What is the same for every set of numbers: name, words, and the claimed sign."""

    finding: str
    statement: str
    sign: Literal[-1, 1]
    caveat: str


def directional_findings(traits: Mapping[str, TraitValues], lineage: Lineage) -> list[Finding]:
    """Test every claim about a direction.

    Parameters
    ----------
    traits : mapping of str to TraitValues
        ``license``, ``language``, ``task`` and ``library``.
    lineage : Lineage
        The edges.

    Returns
    -------
    list of Finding
        Nine, not yet adjusted for their number.

    Raises
    ------
    InferenceError
        If an edge leaves the nodes of a trait.
    """
    license_, language = traits["license"], traits["language"]
    task, library = traits["task"], traits["library"]
    return [
        licenses_relax(license_, lineage),
        runs_between(license_, lineage, "llama3", "apache-2.0"),
        languages_narrow(language, lineage),
        drift_to_language(language, lineage, "en", "English"),
        drift_to_language(language, lineage, "zh", "Chinese"),
        english_beyond_chinese(language, lineage),
        runs_between(task, lineage, "translation", "text-generation"),
        tasks_run_along_stages(task, lineage),
        libraries_move(library, lineage),
    ]


def licenses_relax(license_: TraitValues, lineage: Lineage) -> Finding:
    """Test whether licenses go from restrictive or commercial to permissive or copyleft.

    Parameters
    ----------
    license_ : TraitValues
        Licenses of all nodes.
    lineage : Lineage
        The edges.

    Returns
    -------
    Finding
        Net share of what crosses between the two sides that relaxes.

    Raises
    ------
    InferenceError
        If an edge leaves the nodes of the trait.
    """
    side = {"commercial": 0, "restrictive": 0, "permissive": 1, "copyleft": 1}
    claim = _Claim(
        "licenses_relax",
        "Licenses relax: from restrictive or commercial to permissive or copyleft.",
        1,
        f"{_NET} Licenses of other and unknown class are on neither side; what a card states "
        "need not be what its parent's license allows.",
    )
    return _between(claim, license_, lineage, lambda name: side.get(license_group(name) or "", -1))


def runs_between(trait: TraitValues, lineage: Lineage, upstream: str, downstream: str) -> Finding:
    """Test whether mutations run from one value to another.

    Parameters
    ----------
    trait : TraitValues
        Values of all nodes.
    lineage : Lineage
        The edges.
    upstream, downstream : str
        The two values.

    Returns
    -------
    Finding
        Net share of what crosses between the two that runs downstream.

    Raises
    ------
    InferenceError
        If an edge leaves the nodes of the trait.
    """
    place = {upstream: 0, downstream: 1}
    claim = _Claim(
        f"{trait.trait}:{upstream}->{downstream}",
        f"{upstream} is upstream of {downstream}.",
        1,
        f"{_NET} Detours over a third value are not seen.",
    )
    return _between(claim, trait, lineage, lambda name: place.get(name, -1))


def drift_to_language(
    language: TraitValues, lineage: Lineage, code: str, english_name: str
) -> Finding:
    """Test whether languages drift to one of them.

    Parameters
    ----------
    language : TraitValues
        Languages of all nodes.
    lineage : Lineage
        The edges.
    code : str
        The language.
    english_name : str
        Its name for the statement.

    Returns
    -------
    Finding
        Net share of what goes into or out of the language that goes into it.

    Raises
    ------
    InferenceError
        If an edge leaves the nodes of the trait.
    """
    claim = _Claim(
        f"language:*->{code}",
        f"Languages drift to {english_name}: more mutations run into it than out of it.",
        1,
        f"{_NET} A child that keeps the language and drops others counts as into it.",
    )
    return _between(claim, language, lineage, lambda name: int(name == code))


def english_beyond_chinese(language: TraitValues, lineage: Lineage) -> Finding:
    """Test whether languages drift to English more than to Chinese.

    Parameters
    ----------
    language : TraitValues
        Languages of all nodes.
    lineage : Lineage
        The edges.

    Returns
    -------
    Finding
        Net share into English less net share into Chinese.

    Raises
    ------
    InferenceError
        If an edge leaves the nodes of the trait.
    """
    claim = _Claim(
        "language:en-zh",
        "Languages drift to English, and not so to Chinese.",
        1,
        "Net share of the mutations into English, of those into or out of it, less the same of "
        "Chinese; -2 to 2. What runs from Chinese to English counts on both sides of the "
        "difference.",
    )
    place = {"en": 1, "zh": 2}
    found = _flows(language, lineage, lambda name: place.get(name, 0), n_groups=3)
    into, out_of = found.flows.sum(axis=1), found.flows.sum(axis=2)
    within = np.einsum("egg->eg", found.flows)
    pairs = [(into[:, g] - within[:, g], out_of[:, g] - within[:, g]) for g in (1, 2)]
    direction = difference_of_net_shares(
        pairs[0], pairs[1], lineage.family[found.edge], **lineage.draws(claim.finding)
    )
    return _finding(claim, lineage.graph, direction, found.n_reporting, found.n_edges)


def languages_narrow(language: TraitValues, lineage: Lineage) -> Finding:
    """Test whether children have fewer languages than their parents.

    Parameters
    ----------
    language : TraitValues
        Languages of all nodes.
    lineage : Lineage
        The edges.

    Returns
    -------
    Finding
        Mean number of languages of child less parent, over reporting edges; an end
        that says ``multilingual`` has no number, and its edge is left out.

    Raises
    ------
    InferenceError
        If an edge leaves the nodes of the trait.
    """
    reporting = reporting_edges(language.sets, lineage.parent, lineage.child)
    count = np.diff(language.sets.indptr).astype(np.float64)
    for column in _columns(language, (MULTILINGUAL,)):
        count[language.sets[:, [column]].tocoo().row] = np.nan
    parent, child = (count[end[reporting]] for end in (lineage.parent, lineage.child))
    known = ~np.isnan(parent - child)
    means = "no edge is left"
    if known.any():
        means = f"parents {parent[known].mean():.2f}, children {child[known].mean():.2f}"
    claim = _Claim(
        "languages_narrow",
        "Languages narrow: children have fewer than their parents.",
        -1,
        f"Mean change per reporting edge, large families weighing most ({means}); "
        f"{np.count_nonzero(~known)} edges with an end that says multilingual are left out. "
        "A card may list fewer languages than its model speaks.",
    )
    direction = mean_change(
        parent, child, lineage.family[reporting], **lineage.draws(claim.finding)
    )
    return _finding(claim, lineage.graph, direction, reporting.size, lineage.parent.size)


def tasks_run_along_stages(task: TraitValues, lineage: Lineage) -> Finding:
    """Test whether tasks run along the published stages.

    Parameters
    ----------
    task : TraitValues
        Tasks of all nodes.
    lineage : Lineage
        The edges.

    Returns
    -------
    Finding
        Net share of what crosses between stages that runs downstream.

    Raises
    ------
    InferenceError
        If an edge leaves the nodes of the trait.
    """
    place = {stage: k for k, stage in enumerate(STAGE_ORDER)}
    claim = _Claim(
        "tasks_run_along_stages",
        f"Tasks run along the stages: {', '.join(STAGE_ORDER)}.",
        1,
        f"{_NET} The paper words the stages without their members; text-generation and other "
        "generation is in none.",
    )
    found = _flows(task, lineage, lambda name: place.get(task_stage(name), -1), n_groups=len(place))
    upper = np.triu(np.ones((len(place), len(place)), dtype=np.bool_), k=1)
    forward = found.flows[:, upper].sum(axis=1)
    backward = found.flows[:, upper.T].sum(axis=1)
    return _net_finding(claim, lineage, found, forward, backward)


def libraries_move(library: TraitValues, lineage: Lineage) -> Finding:
    """Test the direction between the two libraries that exchange most.

    Parameters
    ----------
    library : TraitValues
        Libraries of all nodes.
    lineage : Lineage
        The edges.

    Returns
    -------
    Finding
        Net share that runs from the library with more models to the other. The
        pair is chosen by what goes both ways together, which favours no direction.

    Raises
    ------
    InferenceError
        If an edge leaves the nodes of the trait.
    """
    pair = busiest_pair(library.sets, lineage.parent, lineage.child)
    names = ("", "") if pair is None else (library.values[pair[0]], library.values[pair[1]])
    about = f"from {names[0]} to {names[1]}" if pair else "none changes"
    claim = _Claim(
        "libraries_move",
        f"Libraries move from the more to the less common of the two that exchange most: {about}.",
        1,
        f"{_NET} A copy in another format (gguf, mlx) states the library of the format.",
    )
    place = {names[0]: 0, names[1]: 1} if pair else {}
    return _between(claim, library, lineage, lambda name: place.get(name, -1))


def _between(
    claim: _Claim, trait: TraitValues, lineage: Lineage, group: Callable[[str], int]
) -> Finding:
    found = _flows(trait, lineage, group, n_groups=2)
    return _net_finding(claim, lineage, found, found.flows[:, 0, 1], found.flows[:, 1, 0])


def _net_finding(
    claim: _Claim,
    lineage: Lineage,
    found: EdgeFlows,
    forward: npt.NDArray[np.float64],
    backward: npt.NDArray[np.float64],
) -> Finding:
    direction = net_share(
        forward, backward, lineage.family[found.edge], **lineage.draws(claim.finding)
    )
    return _finding(claim, lineage.graph, direction, found.n_reporting, found.n_edges)


def _flows(
    trait: TraitValues, lineage: Lineage, group: Callable[[str], int], *, n_groups: int
) -> EdgeFlows:
    groups = np.array([group(name) for name in trait.values], dtype=np.int64)
    return group_flows(trait.sets, lineage.parent, lineage.child, groups, n_groups=n_groups)


def _columns(trait: TraitValues, names: Iterable[str]) -> list[int]:
    return [trait.values.index(name) for name in names if name in trait.values]


def _finding(
    claim: _Claim, graph: str, direction: Direction, n_reporting: int, n_edges: int
) -> Finding:
    estimate: Estimate = direction.estimate
    caveat = (
        f"{claim.caveat} {n_reporting} of {n_edges} edges report on both ends, and the silent ones "
        "may differ."
    )
    n_families = estimate.n_families or 0
    if n_families < FEW_FAMILIES:
        caveat += f" With {n_families} families the interval is too narrow: believe the p-value."
    return Finding(
        subject=SUBJECT,
        finding=claim.finding,
        graph=graph,
        statement=claim.statement,
        estimate=estimate.value,
        ci_low=estimate.ci_low,
        ci_high=estimate.ci_high,
        p_value=direction.p_value,
        n=estimate.n,
        verdict=verdict_by_both(direction, sign=claim.sign),
        caveat=caveat,
    )
