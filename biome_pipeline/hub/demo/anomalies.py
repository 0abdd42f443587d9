"""Everything that is wrong with the demo Hub on purpose, and how much of it.

Each anomaly draws from a stream of its own and on models of its own: one more
of them changes neither the families nor the other anomalies.

What does not belong here: how an anomaly is made (`parent_anomalies`,
`descent_anomalies`, `declaration_anomalies`, `value_anomalies`), and what is
wrong with cards and configs (`content_anomalies`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from biome_pipeline.hub.demo import declaration_anomalies as declarations
from biome_pipeline.hub.demo import descent_anomalies as descent
from biome_pipeline.hub.demo import parent_anomalies as parents
from biome_pipeline.hub.demo import value_anomalies as values
from biome_pipeline.hub.demo.injector import Case, Injector

if TYPE_CHECKING:
    import numpy as np

    from biome_pipeline.hub.demo.names import Names
    from biome_pipeline.hub.demo.rows import Row
    from biome_pipeline.hub.demo.traits import Traits

__all__ = ["ANOMALIES", "Anomaly", "Case", "Oddities", "cases_wished", "inject_anomalies"]

_MODELS_PER_CASE = 4000
_MOST_CASES = 5


@dataclass(frozen=True)
class Anomaly:
    """One kind of thing that is wrong on the real Hub.

    Attributes
    ----------
    name : str
        Its name in the truth.
    description : str
        What it is, and what has to become of it.
    inject : callable
        Adds the rows and returns the cases.
    """

    name: str
    description: str
    inject: Callable[[Injector], tuple[Case, ...]]


@dataclass(frozen=True)
class Oddities:
    """What the anomalies have added to a Hub.

    Attributes
    ----------
    rows : list of Row
        The rows.
    traits_of : dict of str to Traits
        What their models are like, by internal id.
    cases : dict of str to tuple of Case
        The cases of each anomaly.
    """

    rows: list[Row]
    traits_of: dict[str, Traits]
    cases: dict[str, tuple[Case, ...]]


ANOMALIES: tuple[Anomaly, ...] = (
    Anomaly("self_loop", "A model is its own parent: excluded.", descent.self_loop),
    Anomaly(
        "malformed_local_path",
        "The parent is a folder of somebody's disk: excluded.",
        parents.malformed_local_path,
    ),
    Anomaly(
        "malformed_url", "The parent is an address and not an id: excluded.", parents.malformed_url
    ),
    Anomaly("malformed_empty", "The parent is an empty text: excluded.", parents.malformed_empty),
    Anomaly(
        "malformed_many_slashes",
        "The parent has more than one slash: excluded.",
        parents.malformed_many_slashes,
    ),
    Anomaly("absent_parent", "The parent is not in the snapshot: excluded.", parents.absent_parent),
    Anomaly(
        "legacy_parent_renamed",
        "The parent has no slash and moved to an organisation: kept, with its id of today.",
        parents.legacy_parent_renamed,
    ),
    Anomaly(
        "legacy_parent_kept",
        "The parent has no slash and is in the snapshot: kept as it is.",
        parents.legacy_parent_kept,
    ),
    Anomaly(
        "legacy_parent_absent",
        "The parent has no slash and is nowhere: excluded as absent.",
        parents.legacy_parent_absent,
    ),
    Anomaly(
        "case_mismatch_parent",
        "The parent is there in another case only: excluded as absent, and flagged.",
        parents.case_mismatch_parent,
    ),
    Anomaly(
        "ids_differ_in_case",
        "Two models whose ids differ only in case: two models.",
        parents.ids_differ_in_case,
    ),
    Anomaly("cycle_two", "Two models are each other's parent: excluded.", descent.cycle_two),
    Anomaly("cycle_three", "Three models in a ring of parents: excluded.", descent.cycle_three),
    Anomaly("many_parents", "A merge of forty parents: kept.", descent.many_parents),
    Anomaly(
        "child_older_than_parent",
        "A child was created before its parent: kept, and flagged.",
        descent.child_older_than_parent,
    ),
    Anomaly(
        "backfilled_dates",
        "A child has the backfilled date: kept, and never called older.",
        descent.backfilled_dates,
    ),
    Anomaly(
        "pair_two_relations",
        "A pair is declared as finetune and as quantized: two edges, one pair.",
        declarations.pair_two_relations,
    ),
    Anomaly(
        "bare_declaration",
        "A parent without a relation: kept as unspecified.",
        declarations.bare_declaration,
    ),
    Anomaly("tag_only", "Declared by tags alone: kept.", declarations.tag_only),
    Anomaly("card_only", "Declared by the card alone: kept.", declarations.card_only),
    Anomaly(
        "structure_only", "Declared by the structure alone: kept.", declarations.structure_only
    ),
    Anomaly(
        "tag_without_bare",
        "A typed tag without the bare one beside it: kept.",
        declarations.tag_without_bare,
    ),
    Anomaly(
        "unknown_relation",
        "A relation that the Hub does not have: kept, and flagged.",
        declarations.unknown_relation,
    ),
    Anomaly(
        "relation_contradicted",
        "A finetune that has an adapter's files only: kept, and flagged.",
        declarations.relation_contradicted,
    ),
    Anomaly(
        "card_several_parents_joined",
        "Two parents in one text with a comma: two edges.",
        declarations.card_several_parents_joined,
    ),
    Anomaly(
        "card_data_invalid_json",
        "Front matter that is not JSON: unknown, with a reason.",
        values.card_data_invalid_json,
    ),
    Anomaly(
        "card_data_odd_values",
        "Front matter with values of wrong types: unknown one by one.",
        values.card_data_odd_values,
    ),
    Anomaly("date_of_year_one", "Created in the year 1: unknown.", values.date_of_year_one),
    Anomaly("trending_nan", "A trending score of NaN: unknown.", values.trending_nan),
    Anomaly("negative_downloads", "Downloads below zero: unknown.", values.negative_downloads),
    Anomaly(
        "control_characters_in_tag",
        "Tags with control characters: kept, never shown raw.",
        values.control_characters_in_tag,
    ),
    Anomaly("duplicate_id", "An id listed twice: one model.", values.duplicate_id),
    Anomaly("null_id", "A row without an id: rejected.", values.null_id),
    Anomaly("malformed_id", "An id that cannot be one: rejected.", values.malformed_id),
    Anomaly(
        "language_lookalike",
        "Topic tags that read like languages: no languages.",
        values.language_lookalike,
    ),
)
"""All anomalies, in the order in which their rows are made."""


def cases_wished(n_hub: int) -> int:
    """Say how many cases of each anomaly a Hub has.

    Parameters
    ----------
    n_hub : int
        Models of the whole Hub.

    Returns
    -------
    int
        One at least; an anomaly with variants may have more.
    """
    return min(_MOST_CASES, 1 + n_hub // _MODELS_PER_CASE)


def inject_anomalies(
    streams: Callable[[str], np.random.Generator], names: Names, n_hub: int
) -> Oddities:
    """Make the rows of all anomalies.

    Parameters
    ----------
    streams : callable
        Gives the random stream of a name.
    names : Names
        The ids that are taken; those of the new rows are added.
    n_hub : int
        Models of the whole Hub, which sets the number of cases.

    Returns
    -------
    Oddities
        The rows and the cases.
    """
    n_cases = cases_wished(n_hub)
    rows: list[Row] = []
    traits_of: dict[str, Traits] = {}
    cases: dict[str, tuple[Case, ...]] = {}
    for anomaly in ANOMALIES:
        injector = Injector(streams(f"anomaly {anomaly.name}"), names, n_hub, n_cases)
        cases[anomaly.name] = anomaly.inject(injector)
        rows.extend(injector.rows)
        traits_of.update(injector.traits_of)
    return Oddities(rows, traits_of, cases)
