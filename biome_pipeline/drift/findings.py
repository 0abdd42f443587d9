"""The paper's directions of drift as tested claims: rows of ``inference.findings``.

Source of the claims: "Anatomy of a Machine Learning Ecosystem" (arXiv 2508.06811),
section 4, which reads them off optimal orderings. Here each is estimated from the
edges themselves and tested by family. What they have in common stands in their
caveat: edges that are silent on an end are left out, and a net flow says where
mutations run, not why.

What does not belong here: the tests (``net_shares``), claims about languages
(``language_findings``) or about a whole order (``order_ends``), and the
significance of an order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.drift.claims import (
    NET_CAVEAT,
    Claim,
    finding_between,
    finding_of_flows,
    trait_flows,
)
from biome_pipeline.drift.group_flows import busiest_pair
from biome_pipeline.drift.language_findings import (
    drift_to_language,
    english_beyond_chinese,
    languages_narrow,
)
from biome_pipeline.vocabulary.licenses import license_group
from biome_pipeline.vocabulary.tasks import STAGE_ORDER, task_stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from biome_pipeline.drift.claims import Lineage
    from biome_pipeline.drift.traits import TraitValues
    from biome_pipeline.inference.findings import Finding

__all__ = [
    "directional_findings",
    "libraries_move",
    "licenses_relax",
    "runs_between",
    "tasks_run_along_stages",
]


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
    claim = Claim(
        "licenses_relax",
        "Licenses relax: from restrictive or commercial to permissive or copyleft.",
        1,
        f"{NET_CAVEAT} Licenses of other and unknown class are on neither side; what a card states "
        "need not be what its parent's license allows.",
    )
    return finding_between(
        claim, license_, lineage, lambda name: side.get(license_group(name) or "", -1)
    )


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
    claim = Claim(
        f"{trait.trait}:{upstream}->{downstream}",
        f"{upstream} is upstream of {downstream}.",
        1,
        f"{NET_CAVEAT} Detours over a third value are not seen.",
    )
    return finding_between(claim, trait, lineage, lambda name: place.get(name, -1))


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
    claim = Claim(
        "tasks_run_along_stages",
        f"Tasks run along the stages: {', '.join(STAGE_ORDER)}.",
        1,
        f"{NET_CAVEAT} The paper words the stages without their members; text-generation and other "
        "generation is in none.",
    )
    found = trait_flows(
        task, lineage, lambda name: place.get(task_stage(name), -1), n_groups=len(place)
    )
    upper = np.triu(np.ones((len(place), len(place)), dtype=np.bool_), k=1)
    forward = found.flows[:, upper].sum(axis=1)
    backward = found.flows[:, upper.T].sum(axis=1)
    return finding_of_flows(claim, lineage, found, forward, backward)


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
    claim = Claim(
        "libraries_move",
        f"Libraries move from the more to the less common of the two that exchange most: {about}.",
        1,
        f"{NET_CAVEAT} A copy in another format (gguf, mlx) states the library of the format.",
    )
    place = {names[0]: 0, names[1]: 1} if pair else {}
    return finding_between(claim, library, lineage, lambda name: place.get(name, -1))
