"""The models of a demo Hub, as those see them who write their cards and configs.

What does not belong here: drawing models (`population`, `anomalies`) and
writing anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from biome_pipeline.hub.demo.traits import Traits

if TYPE_CHECKING:
    from biome_pipeline.hub.demo.population import Population
    from biome_pipeline.hub.demo.rows import Row

__all__ = ["CARD_FILE", "CONFIG_FILE", "Member", "members_of_families", "members_without_relatives"]

CARD_FILE = "README.md"
"""The file that holds a model's card."""

CONFIG_FILE = "config.json"
"""The file that holds a model's config."""

_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")


@dataclass(frozen=True)
class Member:
    """One model.

    Attributes
    ----------
    id : str
        Its id.
    row : Row
        Its listing record.
    kind : str
        Its relation to its parents; ``root`` for roots of families and
        ``unrelated`` for models without relatives.
    parents : tuple of int
        Places of its parents in the list of members.
    family : int
        A number that it shares with the other descendants of its founder.
    card_characters : int
        Length that the text of its card is to have.
    model_type : str or None
        Type of its architecture, also if it has no config; None for diffusion.
    size : int
        Index into the sizes of its foundation.
    """

    id: str
    row: Row
    kind: str
    parents: tuple[int, ...]
    family: int
    card_characters: int
    model_type: str | None
    size: int


def members_of_families(population: Population) -> list[Member]:
    """List the models of the planted families.

    Parameters
    ----------
    population : Population
        The families.

    Returns
    -------
    list of Member
        In the order of the pedigree: parents come first.
    """
    pedigree = population.pedigree
    number_of: dict[int, int] = {}
    members = []
    for i, (row, traits) in enumerate(zip(population.rows, population.traits, strict=True)):
        members.append(
            Member(
                row.reference[1],
                row,
                pedigree.relations[i] or "root",
                pedigree.parents[i],
                number_of.setdefault(pedigree.founders[i], len(number_of)),
                traits.card_characters,
                traits.foundation.model_type or None,
                traits.size,
            )
        )
    return members


def members_without_relatives(
    rows: Iterable[Row], traits_of: Mapping[str, Traits], taken: set[str]
) -> list[Member]:
    """List models that stand for themselves, those with an id that can be one.

    Parameters
    ----------
    rows : iterable of Row
        The models; of rows with one id the first is taken.
    traits_of : mapping of str to Traits
        What they are like, by internal id; models that are not in it have the
        smallest size and no text in their card.
    taken : set of str
        Ids of members listed before; those listed here are added.

    Returns
    -------
    list of Member
        The family of each is 0: they share nothing by descent.
    """
    members = []
    for row in rows:
        if row.id is None or row.id in taken or not _ID.fullmatch(row.id):
            continue
        taken.add(row.id)
        traits = traits_of.get(row.hub_id or "")
        characters, size = (traits.card_characters, traits.size) if traits else (0, 0)
        # The foundations that moved have other types than the families.
        model_type = row.config.get("model_type") if row.config else None
        members.append(Member(row.id, row, "unrelated", (), 0, characters, model_type, size))
    return members
