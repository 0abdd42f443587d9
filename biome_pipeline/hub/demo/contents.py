"""Cards, configs and papers of a demo Hub, each made when it is first asked for.

What does not belong here: what a card or a config says (`cards`, `configs`),
and what is wrong with some (`content_anomalies`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from biome_pipeline.hub.demo.cards import COINS_OF_CARD, Card, write_card
from biome_pipeline.hub.demo.config_files import FACTS
from biome_pipeline.hub.demo.configs import (
    COINS_OF_CONFIG,
    Config,
    config_mutations,
    draw_lineages,
    write_config,
)
from biome_pipeline.hub.demo.content_anomalies import choose_hosts
from biome_pipeline.hub.demo.members import (
    CARD_FILE,
    CONFIG_FILE,
    Member,
    members_of_families,
    members_without_relatives,
)
from biome_pipeline.hub.demo.papers import papers_table
from biome_pipeline.hub.demo.themes import Themes

if TYPE_CHECKING:
    from biome_pipeline.hub.demo.anomalies import Oddities
    from biome_pipeline.hub.demo.population import Population
    from biome_pipeline.hub.demo.traits import Traits

__all__ = ["CONTENTS_SCHEMA", "Contents"]

CONTENTS_SCHEMA = pa.schema(
    [("model_id", pa.string()), ("outcome", pa.string()), ("body", pa.binary())]
)
"""Columns of cards and of configs."""

_CARD_TRUTH = pa.schema(
    [
        ("model_id", pa.string()),
        ("characters", pa.int64()),
        ("body_characters", pa.int64()),
        ("is_auto_generated", pa.bool_()),
        ("sections", pa.list_(pa.string())),
        ("n_placeholders", pa.int64()),
        ("mentions_parent", pa.bool_()),
        ("bulk_template", pa.string()),
        ("theme", pa.int64()),
    ]
)
_STATED: dict[str, pa.DataType] = {
    **dict.fromkeys(FACTS, pa.int64()),
    "dtype": pa.string(),
    "has_tied_embeddings": pa.bool_(),
    "uses_moe": pa.bool_(),
    "uses_gqa": pa.bool_(),
    "uses_rope": pa.bool_(),
    "uses_quantization": pa.bool_(),
}
_CONFIG_TRUTH = pa.schema(
    [
        ("model_id", pa.string()),
        *_STATED.items(),
        ("parameters", pa.int64()),
        ("counted_parameters", pa.int64()),
        ("parameters_off", pa.float64()),
    ]
)
_MUTATIONS = pa.schema(
    [
        (name, pa.string())
        for name in (
            "child_id", "parent_id", "relation", "attribute", "parent_value", "child_value",
        )
    ]
)  # fmt: skip
_ARXIV = "arxiv:"
_THEMES_OF_OTHERS = 256


@dataclass(frozen=True)
class _Layer:
    """Members that were drawn together: what they draw moves no other layer."""

    name: str
    members: list[Member]


class Contents:
    """The files of a demo Hub.

    Parameters
    ----------
    stream : callable
        Gives the random stream of a name.
    families, loners, more : Population
        The planted families, and the models without relatives.
    odd : Oddities
        What the anomalies of rows have added.
    n_cases : int
        How many cases to plant of each anomaly of cards and configs.

    Attributes
    ----------
    cases : dict of str to tuple of Case
        The cases of the anomalies of cards and configs.
    """

    def __init__(
        self,
        stream: Callable[[str], np.random.Generator],
        families: Population,
        loners: Population,
        odd: Oddities,
        more: Population,
        *,
        n_cases: int,
    ) -> None:
        self._stream = stream
        related = members_of_families(families)
        taken = {member.id for member in related}
        singles = [
            _Layer(name, members_without_relatives(rows, traits_of, taken))
            for name, rows, traits_of in (
                ("loners", loners.rows, _traits_of(loners)),
                ("anomalies", odd.rows, odd.traits_of),
                ("more loners", more.rows, _traits_of(more)),
            )
        ]
        self._layers = [_Layer("families", related), *singles]
        self._members = [member for layer in self._layers for member in layer.members]
        chosen, spoilt, rest = (layer.members for layer in singles)
        self._spoilings, self.cases = choose_hosts(
            stream("content anomalies"), chosen, [*rest, *spoilt], n_cases
        )

    @cached_property
    def cards(self) -> pa.Table:
        """The cards.

        Returns
        -------
        pyarrow.Table
            In `CONTENTS_SCHEMA`, by id.
        """
        return self._files(CARD_FILE, [None if card is None else card.text for card in self._cards])

    @cached_property
    def configs(self) -> pa.Table:
        """The configs.

        Returns
        -------
        pyarrow.Table
            In `CONTENTS_SCHEMA`, by id.
        """
        texts = [None if config is None else config.text for config in self._configs]
        return self._files(CONFIG_FILE, texts)

    @cached_property
    def papers(self) -> pa.Table:
        """The papers that the tags name.

        Returns
        -------
        pyarrow.Table
            One row per paper.
        """
        return papers_table(
            tag.removeprefix(_ARXIV)
            for member in self._members
            for tag in member.row.tags
            if tag.startswith(_ARXIV)
        )

    @cached_property
    def card_truth(self) -> pa.Table:
        """What is true of the cards that no anomaly spoils.

        Returns
        -------
        pyarrow.Table
            One row per card, by id.
        """
        rows = [
            (
                member.id, len(card.text), card.body_characters, card.is_auto_generated,
                card.sections, card.n_placeholders, card.mentions_parent, card.bulk_template,
                theme,
            )
            for member, card, theme in zip(
                self._members, self._cards, self._theme_numbers, strict=True
            )
            if card is not None and (member.id, CARD_FILE) not in self._spoilings
        ]  # fmt: skip
        return _table(sorted(rows, key=_first), _CARD_TRUTH)

    @cached_property
    def config_truth(self) -> pa.Table:
        """What the configs state that no anomaly spoils.

        Returns
        -------
        pyarrow.Table
            One row per config, by id.
        """
        rows = [
            (
                member.id, *(config.facts.get(name) for name in _STATED), config.parameters,
                config.counted_parameters, _off(config),
            )
            for member, config in zip(self._members, self._configs, strict=True)
            if config is not None and (member.id, CONFIG_FILE) not in self._spoilings
        ]  # fmt: skip
        return _table(sorted(rows, key=_first), _CONFIG_TRUTH)

    @cached_property
    def config_mutations(self) -> pa.Table:
        """Where configs differ along the edges of the families.

        Returns
        -------
        pyarrow.Table
            One row per edge and attribute.
        """
        # None of them is spoilt: that befalls models without relatives only.
        return _table(list(config_mutations(self._members, self._configs)), _MUTATIONS)

    def _coins(self, name: str, n_coins: int) -> list[list[float]]:
        coins: list[list[float]] = []
        for layer in self._layers:
            rng = self._stream(f"{name} of {layer.name}")
            coins += rng.random((len(layer.members), n_coins)).tolist()
        return coins

    @cached_property
    def _theme_numbers(self) -> list[int]:
        """Give every family a theme, and models without relatives one of some others."""
        families = self._layers[0].members
        n_families = 1 + max(member.family for member in families)
        numbers = [member.family for member in families]
        for layer in self._layers[1:]:
            rng = self._stream(f"themes of {layer.name}")
            drawn = rng.integers(_THEMES_OF_OTHERS, size=len(layer.members))
            numbers += (n_families + drawn).tolist()
        return numbers

    @cached_property
    def _cards(self) -> list[Card | None]:
        themes = Themes(self._stream("themes"), 1 + max(self._theme_numbers))
        coins = self._coins("cards", COINS_OF_CARD)
        cards: list[Card | None] = []
        for member, number, of_member in zip(
            self._members, self._theme_numbers, coins, strict=True
        ):
            if CARD_FILE in member.row.files:
                parent = self._members[member.parents[0]].id if member.parents else None
                cards.append(write_card(member, parent, themes[number], of_member))
            else:
                cards.append(None)
        return cards

    @cached_property
    def _configs(self) -> list[Config | None]:
        coins = self._coins("configs", COINS_OF_CONFIG)
        lineages = draw_lineages(self._members, coins)
        return [
            write_config(member, lineage, of_member) if CONFIG_FILE in member.row.files else None
            for member, lineage, of_member in zip(self._members, lineages, coins, strict=True)
        ]

    def _files(self, file: str, texts: Sequence[str | None]) -> pa.Table:
        rows: list[tuple[str, str, bytes | None]] = []
        for member, text in zip(self._members, texts, strict=True):
            if text is None:
                continue
            spoiling = self._spoilings.get((member.id, file))
            if spoiling is None:
                rows.append((member.id, "ok", text.encode()))
            else:
                spoil = spoiling.spoil
                body = None if spoil is None else spoil(text.encode())
                rows.append((member.id, spoiling.outcome, body))
        return _table(sorted(rows, key=_first), CONTENTS_SCHEMA)


def _traits_of(population: Population) -> dict[str, Traits]:
    return {
        row.hub_id: traits
        for row, traits in zip(population.rows, population.traits, strict=True)
        if row.hub_id is not None
    }


def _first(row: Sequence[Any]) -> str:
    return str(row[0])


def _off(config: Config) -> float | None:
    if config.parameters is None or config.counted_parameters is None:
        return None
    return config.parameters / config.counted_parameters - 1


def _table(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
