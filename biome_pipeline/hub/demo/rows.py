"""One row of the listing: a model as the Hub shows it, with everything consistent.

A declared parent stands in the tags, in the card's front matter and in the
structure ``baseModels``; the license in a tag and in the card. The functions
here write all places at once, or on demand only some of them.

What does not belong here: drawing anything (`population`), spoiling anything
(`anomalies`), and Arrow (`table`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Parent", "Row", "declare_parents", "state_languages", "state_license"]

Parent = tuple[str | None, str]
"""Internal id (None if the Hub has no such model) and id of a parent."""

_TAIL = ("endpoints_compatible", "region:us")


@dataclass
class Row:
    """A model's listing record, in the fields of hub-stats.

    Attributes
    ----------
    hub_id : str or None
        ``_id``, 24 hexadecimal digits.
    id, author : str or None
        Its id and its account.
    created_ms, modified_ms : int
        Milliseconds since 1970 UTC.
    pipeline_tag, library_name : str or None
        Its task and its library.
    likes, downloads, downloads_all_time : int
        Counts; `downloads` of about 30 days.
    trending : float
        The trending score.
    tags, files : list of str
        ``tags`` and ``siblings``.
    card : dict, str or None
        Front matter; text is written as it stands, valid or not.
    config, gguf : dict or None
        The reduced config, and what is read from a GGUF file.
    dtypes : dict of str to int, or None
        Parameters by data type.
    parents : list of Parent, or None
        ``baseModels.models``.
    relation : str or None
        ``baseModels.relation``.
    """

    hub_id: str | None
    id: str | None
    author: str | None
    created_ms: int
    modified_ms: int
    pipeline_tag: str | None = None
    library_name: str | None = None
    likes: int = 0
    downloads: int = 0
    downloads_all_time: int = 0
    trending: float = 0.0
    tags: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    card: dict[str, Any] | str | None = None
    config: dict[str, Any] | None = None
    gguf: dict[str, Any] | None = None
    dtypes: dict[str, int] | None = None
    parents: list[Parent] | None = None
    relation: str | None = None

    @property
    def reference(self) -> Parent:
        """The row as the parent of another.

        Returns
        -------
        Parent
            Its internal id and its id.
        """
        assert self.id is not None, "a row without an id cannot be a parent"
        return self.hub_id, self.id

    def add_tags(self, *tags: str) -> None:
        """Add tags before the Hub's own at the end, each once.

        Parameters
        ----------
        *tags : str
            The new tags.
        """
        place = len(self.tags)
        while place and self.tags[place - 1] in _TAIL:
            place -= 1
        self.tags[place:place] = [tag for tag in dict.fromkeys(tags) if tag not in self.tags]

    def write_card(self, **fields: Any) -> None:  # noqa: ANN401 - front matter holds anything
        """Add fields to the front matter; the repository then has a README.md.

        Parameters
        ----------
        **fields : Any
            Keys and values of the front matter.
        """
        assert not isinstance(self.card, str), "a spoilt card takes no more fields"
        self.card = {**(self.card or {}), **fields}
        if "README.md" not in self.files:
            self.files.insert(min(1, len(self.files)), "README.md")

    def card_text(self) -> str | None:
        """Give the front matter as the Hub delivers it.

        Returns
        -------
        str or None
            JSON, or whatever text stands in its place.
        """
        if self.card is None or isinstance(self.card, str):
            return self.card
        return json.dumps(self.card, ensure_ascii=False)


def declare_parents(
    row: Row,
    parents: Sequence[Parent],
    relation: str | None,
    *,
    bare_tag: bool = True,
    typed_tag: bool = True,
    card: bool = True,
    structure: bool = True,
    as_list: bool = False,
) -> None:
    """Declare the parents of a model, in all places or only in some.

    Parameters
    ----------
    row : Row
        The child, changed in place.
    parents : sequence of Parent
        Its parents.
    relation : str or None
        How it was made from them; None leaves the typed tags out.
    bare_tag, typed_tag : bool, default True
        Whether tags say ``base_model:<id>`` and ``base_model:<relation>:<id>``.
    card : bool, default True
        Whether the front matter says ``base_model``.
    structure : bool, default True
        Whether ``baseModels`` says so.
    as_list : bool, default False
        Whether the card lists a single parent instead of naming it.
    """
    for _, parent in parents:
        if bare_tag:
            row.add_tags(f"base_model:{parent}")
        if typed_tag and relation is not None:
            row.add_tags(f"base_model:{relation}:{parent}")
    if card:
        ids = [parent for _, parent in parents]
        row.write_card(base_model=ids if as_list or len(ids) > 1 else ids[0])
    if structure:
        row.parents = [*(row.parents or ()), *parents]
        row.relation = relation


def state_license(row: Row, license_id: str, license_name: str = "") -> None:
    """State a license in a tag and in the card.

    Parameters
    ----------
    row : Row
        The model, changed in place.
    license_id : str
        The license as the Hub writes it; ``other`` goes with a name.
    license_name : str, default ""
        Name of the other license.
    """
    row.add_tags(f"license:{license_id}")
    row.write_card(license=license_id)
    if license_name:
        row.write_card(license_name=license_name, license_link="LICENSE")


def state_languages(row: Row, languages: Sequence[str], *, as_list: bool) -> None:
    """State languages in tags and in the card.

    Parameters
    ----------
    row : Row
        The model, changed in place.
    languages : sequence of str
        Codes.
    as_list : bool
        Whether the card lists a single language instead of naming it.
    """
    row.add_tags(*languages)
    row.write_card(language=list(languages) if as_list or len(languages) > 1 else languages[0])
