"""A pedigree becomes rows: traits, forms, names and popularity put together.

What does not belong here: what each of them is (their own modules), and rows
that are wrong on purpose (`anomalies`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from biome_pipeline.hub.demo.families import Pedigree
from biome_pipeline.hub.demo.forms import Form, draw_form
from biome_pipeline.hub.demo.names import Names, hub_ids, name_models
from biome_pipeline.hub.demo.popularity import draw_popularity
from biome_pipeline.hub.demo.rows import Row, declare_parents, state_languages, state_license
from biome_pipeline.hub.demo.traits import Traits, draw_traits
from biome_pipeline.hub.demo.words import DATASETS, METHOD_PAPERS, TOPICS

if TYPE_CHECKING:
    import numpy as np

__all__ = ["NEWEST_MS", "Population", "populate"]

NEWEST_MS = 1_751_305_500_000
"""2025-06-30T17:45:00 UTC: the newest change of the demo."""

_DEFAULT_CARD_PAPER = "1910.09700"
"""The default card names this paper (on measuring emissions), whatever the model."""

_MEAN_DAYS_TO_CHANGE = 12.0
_COINS = 14


@dataclass(frozen=True)
class Population:
    """The rows of a layer and what they were made from, one entry per model.

    Attributes
    ----------
    pedigree : Pedigree
        Who descends from whom.
    traits : list of Traits
        What each model is like, stated or not.
    rows : list of Row
        Their listing records.
    """

    pedigree: Pedigree
    traits: list[Traits]
    rows: list[Row]


def populate(
    rng: np.random.Generator, pedigree: Pedigree, names: Names, n_hub: int, *, are_loners: bool
) -> Population:
    """Make the rows of a pedigree.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream of this layer.
    pedigree : Pedigree
        Who descends from whom.
    names : Names
        The ids that are taken; those of the new rows are added.
    n_hub : int
        Models of the whole Hub, which sets the number of accounts.
    are_loners : bool
        Whether the models have no relatives.

    Returns
    -------
    Population
        One row per model, in the order of the pedigree.
    """
    traits = draw_traits(rng, pedigree, are_loners=are_loners)
    named = name_models(rng, names, pedigree, traits, n_hub)
    ids = hub_ids(rng, pedigree.created)
    popularity = draw_popularity(rng, pedigree)
    lags = rng.exponential(_MEAN_DAYS_TO_CHANGE * 86_400_000, size=len(pedigree)).tolist()
    coins = rng.random((len(pedigree), _COINS)).tolist()
    rows: list[Row] = []
    for i, (author, model_id) in enumerate(named):
        parents = [rows[parent].reference for parent in pedigree.parents[i]]
        relation = pedigree.relations[i]
        name = model_id.rpartition("/")[2]
        form = draw_form(coins[i][:4], traits[i], relation, name, parents[0][1] if parents else "")
        created_ms = pedigree.created[i] * 1000
        row = Row(
            hub_id=ids[i],
            id=model_id,
            author=author,
            created_ms=created_ms,
            modified_ms=_modified(created_ms, lags[i], coins[i][4]),
            likes=popularity.likes[i],
            downloads=popularity.downloads[i],
            downloads_all_time=popularity.downloads_all_time[i],
            trending=popularity.trending[i],
        )
        _write(row, form, traits[i], coins[i][5:])
        if parents:
            _derive(row, parents, relation, traits[i], coins[i][5:])
        rows.append(row)
    return Population(pedigree, traits, rows)


def _modified(created_ms: int, lag_ms: float, u: float) -> int:
    """Date the last change, in whole seconds and before the newest of all."""
    left = NEWEST_MS - 1000 - created_ms
    lag = lag_ms if lag_ms < left else u * left
    return created_ms + int(lag) // 1000 * 1000


def _write(row: Row, form: Form, traits: Traits, coins: list[float]) -> None:
    """Write what a model is like into tags, card, config and files."""
    row.library_name = form.library
    row.files = list(form.files)
    row.config, row.gguf, row.dtypes = form.config, form.gguf, form.dtypes
    row.pipeline_tag = traits.task if traits.states_task else None
    row.tags = list(dict.fromkeys(tag for tag in (form.library, *form.tags) if tag))
    if row.pipeline_tag:
        row.add_tags(row.pipeline_tag)
        if row.pipeline_tag == "text-generation" and row.config is not None and coins[0] < 0.6:
            row.add_tags("conversational")
    is_usable = form.config is not None or form.gguf is not None
    if traits.is_documented:
        _describe(row, traits, coins)
    if traits.card_characters:
        # The card is there even if its front matter is empty.
        row.write_card()
        if row.library_name == "transformers" and coins[1] < 0.25:
            row.add_tags(f"arxiv:{_DEFAULT_CARD_PAPER}")
    if not row.card:
        row.card = None
    if is_usable and coins[2] < 0.75:
        row.tags.append("endpoints_compatible")
    row.tags.append("region:us")


def _describe(row: Row, traits: Traits, coins: list[float]) -> None:
    """Write the front matter, and the tags that follow from it."""
    if traits.states_license:
        is_other = traits.license == "other"
        name = f"{traits.foundation.model_type or 'pipeline'}-community-terms" if is_other else ""
        state_license(row, traits.license, name)
    if traits.states_languages:
        state_languages(row, traits.languages, as_list=coins[3] < 0.6)
    if coins[4] < 0.2:
        dataset = DATASETS[int(coins[4] / 0.2 * len(DATASETS))]
        row.add_tags(f"dataset:{dataset}")
        row.write_card(datasets=[dataset])
    if coins[5] < 0.3:
        topic = TOPICS[int(coins[5] / 0.3 * len(TOPICS))]
        row.add_tags(topic)
        row.write_card(tags=[topic])
    if row.pipeline_tag and coins[6] < 0.6:
        row.write_card(pipeline_tag=row.pipeline_tag)
    if row.library_name and coins[7] < 0.6:
        row.write_card(library_name=row.library_name)


def _derive(
    row: Row,
    parents: list[tuple[str | None, str]],
    relation: str,
    traits: Traits,
    coins: list[float],
) -> None:
    """Write where a model comes from."""
    declare_parents(row, parents, relation, as_list=coins[8] < 0.4)
    if coins[8] > 0.8:
        row.write_card(base_model_relation=relation)
    if relation == "merge":
        row.add_tags("mergekit", "merge")
    if traits.card_characters and coins[0] > 0.93:
        row.add_tags(f"arxiv:{METHOD_PAPERS[relation]}")
