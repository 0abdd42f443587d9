"""Claims about the drift of languages: they narrow, to English and not to Chinese.

What does not belong here: claims about other traits (``findings``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.drift.claims import (
    NET_CAVEAT,
    Claim,
    finding_between,
    finding_of_direction,
    trait_flows,
)
from biome_pipeline.drift.group_flows import reporting_edges
from biome_pipeline.drift.net_shares import difference_of_net_shares, mean_change
from biome_pipeline.vocabulary.languages import MULTILINGUAL

if TYPE_CHECKING:
    from biome_pipeline.drift.claims import Lineage
    from biome_pipeline.drift.traits import TraitValues
    from biome_pipeline.inference.findings import Finding

__all__ = ["drift_to_language", "english_beyond_chinese", "languages_narrow"]


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
    claim = Claim(
        f"language:*->{code}",
        f"Languages drift to {english_name}: more mutations run into it than out of it.",
        1,
        f"{NET_CAVEAT} A child that keeps the language and drops others counts as into it.",
    )
    return finding_between(claim, language, lineage, lambda name: int(name == code))


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
    claim = Claim(
        "language:en-zh",
        "Languages drift to English, and not so to Chinese.",
        1,
        "Net share of the mutations into English, of those into or out of it, less the same of "
        "Chinese; -2 to 2. What runs from Chinese to English counts on both sides of the "
        "difference.",
    )
    place = {"en": 1, "zh": 2}
    found = trait_flows(language, lineage, lambda name: place.get(name, 0), n_groups=3)
    into, out_of = found.flows.sum(axis=1), found.flows.sum(axis=2)
    within = np.einsum("egg->eg", found.flows)
    pairs = [(into[:, g] - within[:, g], out_of[:, g] - within[:, g]) for g in (1, 2)]
    direction = difference_of_net_shares(
        pairs[0], pairs[1], lineage.family[found.edge], **lineage.draws(claim.finding)
    )
    return finding_of_direction(claim, lineage, direction, n_reporting=found.n_reporting)


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
    if MULTILINGUAL in language.values:
        column = language.values.index(MULTILINGUAL)
        count[language.sets[:, [column]].tocoo().row] = np.nan
    parent, child = (count[end[reporting]] for end in (lineage.parent, lineage.child))
    known = ~np.isnan(parent - child)
    means = "no edge is left"
    if known.any():
        means = f"parents {parent[known].mean():.2f}, children {child[known].mean():.2f}"
    claim = Claim(
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
    return finding_of_direction(claim, lineage, direction, n_reporting=reporting.size)
