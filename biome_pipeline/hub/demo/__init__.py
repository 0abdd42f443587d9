"""The built-in demo Hub: a synthetic snapshot, offline, with its truth beside it.

It has the schema of hub-stats' ``models.parquet``: plausible families with
planted drift, models without relatives, and everything that is known to go
wrong on the real Hub. Each layer draws from a stream of its own::

    families -> traits -> forms, names, popularity -> rows
    loners                                         -> rows   -> shuffled -> table
    anomalies                                      -> rows
    all of them, when asked -> cards, configs, papers

What does not belong here: reading the table, the cards and the configs
(``snapshot``).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from biome_pipeline.errors import SettingsError
from biome_pipeline.hub.demo.anomalies import ANOMALIES, Anomaly, cases_wished, inject_anomalies
from biome_pipeline.hub.demo.content_anomalies import CONTENT_ANOMALIES, ContentAnomaly
from biome_pipeline.hub.demo.contents import Contents
from biome_pipeline.hub.demo.families import draw_pedigree, unrelated
from biome_pipeline.hub.demo.names import Names
from biome_pipeline.hub.demo.planted import PLANTED
from biome_pipeline.hub.demo.population import NEWEST_MS, populate
from biome_pipeline.hub.demo.table import SCHEMA, to_table
from biome_pipeline.hub.demo.truth import DemoTruth, tell_truth

__all__ = [
    "ANOMALIES",
    "CONTENT_ANOMALIES",
    "DEMO_SNAPSHOT",
    "SCHEMA",
    "Anomaly",
    "ContentAnomaly",
    "DemoHub",
    "DemoTruth",
    "build_demo_hub",
]

DEMO_SNAPSHOT = "2025-06-30"
"""Key of the demo's snapshot: the day of its newest change."""

_FEWEST_MODELS = 200


@dataclass(frozen=True)
class DemoHub:
    """A synthetic Hub.

    Attributes
    ----------
    table : pyarrow.Table
        Its rows, in the schema of hub-stats; the metadata of the schema says
        that it is synthetic, under ``biome.synthetic``.
    truth : DemoTruth
        What an analysis of it should find.
    """

    table: pa.Table
    truth: DemoTruth

    @property
    def cards(self) -> pa.Table:
        """Give the model cards; they are written when they are first asked for.

        Returns
        -------
        pyarrow.Table
            For each model with a README.md: ``model_id``, ``outcome`` of asking
            for it (``ok``, or why there is none), ``body``, the bytes of the
            file (null unless ``ok``). In the order of the ids. The same bytes
            may still be a card that cannot be read: `DemoTruth.anomalies`.
        """
        return self.truth.contents.cards

    @property
    def configs(self) -> pa.Table:
        """Give the configs; they are written when they are first asked for.

        Returns
        -------
        pyarrow.Table
            For each model with a config.json, the columns of `cards`.
        """
        return self.truth.contents.configs

    @property
    def papers(self) -> pa.Table:
        """Give the papers that the tags of the table name.

        Returns
        -------
        pyarrow.Table
            ``arxiv_id``, ``title``, ``abstract``, ``primary_category``,
            ``categories``. Titles and categories of real papers are theirs;
            abstracts are stand-ins and say so.
        """
        return self.truth.contents.papers


def build_demo_hub(n_models: int = 20_000, seed: int = 20_250_630) -> DemoHub:
    """Make the demo Hub.

    Parameters
    ----------
    n_models : int, default 20_000
        Number of rows, anomalies included; 200 at least.
    seed : int, default 20_250_630
        Seed of all random streams, not negative: same numbers, same Hub.

    Returns
    -------
    DemoHub
        The table and its truth.

    Raises
    ------
    SettingsError
        There are too few models to hold one case of each anomaly, or the seed
        is negative.
    """
    if n_models < _FEWEST_MODELS:
        raise SettingsError(
            f"a demo Hub of {n_models} models is too small to hold every anomaly",
            place="BIOME_DEMO_MODELS",
            remedy=f"ask for {_FEWEST_MODELS} models or more",
        )
    if seed < 0:
        raise SettingsError(
            f"the seed {seed} is negative", place="seed", remedy="give a seed of 0 or more"
        )

    stream = partial(_stream, seed)
    names = Names()
    n_drawn = n_models - _reserved(n_models)
    n_loners = round(PLANTED["share_unrelated"] * n_drawn)

    rng = stream("families")
    pedigree = draw_pedigree(rng, n_drawn - n_loners)
    families = populate(rng, pedigree, names, n_models, are_loners=False)
    rng = stream("loners")
    loners = populate(rng, unrelated(rng, n_loners), names, n_models, are_loners=True)
    odd = inject_anomalies(stream, names, n_models)
    # What the anomalies leave of their room goes to more models without
    # relatives: so one more anomaly changes nothing that was drawn before.
    rng = stream("more loners")
    n_more = n_models - n_drawn - len(odd.rows)
    more = populate(rng, unrelated(rng, n_more), names, n_models, are_loners=True)

    rows = [*families.rows, *loners.rows, *odd.rows, *more.rows]
    loners.rows[-1].modified_ms = NEWEST_MS
    order = stream("order").permutation(len(rows)).tolist()
    contents = Contents(stream, families, loners, odd, more, n_cases=cases_wished(n_models))
    table = to_table([rows[place] for place in order])
    return DemoHub(table, tell_truth(families, odd.cases, contents))


def _stream(seed: int, name: str) -> np.random.Generator:
    """Give the random stream of a name: what one layer draws moves no other."""
    sequence = np.random.SeedSequence(seed, spawn_key=(zlib.crc32(name.encode()),))
    return np.random.Generator(np.random.PCG64(sequence))


def _reserved(n_models: int) -> int:
    """Give the number of rows that the anomalies have room for."""
    return 140 + n_models // 40
