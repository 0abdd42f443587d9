"""The built-in demo Hub: a synthetic snapshot, offline, with its truth beside it.

It has the schema of hub-stats' ``models.parquet``: plausible families with
planted drift, models without relatives, and everything that is known to go
wrong on the real Hub. Each layer draws from a stream of its own::

    families -> traits -> forms, names, popularity -> rows
    loners                                         -> rows   -> shuffled -> table
    anomalies                                      -> rows

What does not belong here: text of cards and full configs, and reading the
table (``snapshot``).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from biome_pipeline.errors import SettingsError
from biome_pipeline.hub.demo.anomalies import ANOMALIES, Anomaly, inject_anomalies
from biome_pipeline.hub.demo.families import draw_pedigree, unrelated
from biome_pipeline.hub.demo.names import Names
from biome_pipeline.hub.demo.planted import PLANTED
from biome_pipeline.hub.demo.population import NEWEST_MS, populate
from biome_pipeline.hub.demo.table import SCHEMA, to_table
from biome_pipeline.hub.demo.truth import DemoTruth, tell_truth

__all__ = [
    "ANOMALIES",
    "DEMO_SNAPSHOT",
    "SCHEMA",
    "Anomaly",
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
    odd_rows, cases = inject_anomalies(stream, names, n_models)
    # What the anomalies leave of their room goes to more models without
    # relatives: so one more anomaly changes nothing that was drawn before.
    rng = stream("more loners")
    n_more = n_models - n_drawn - len(odd_rows)
    more = populate(rng, unrelated(rng, n_more), names, n_models, are_loners=True)

    rows = [*families.rows, *loners.rows, *odd_rows, *more.rows]
    loners.rows[-1].modified_ms = NEWEST_MS
    order = stream("order").permutation(len(rows)).tolist()
    return DemoHub(to_table([rows[place] for place in order]), tell_truth(families, cases))


def _stream(seed: int, name: str) -> np.random.Generator:
    """Give the random stream of a name: what one layer draws moves no other."""
    sequence = np.random.SeedSequence(seed, spawn_key=(zlib.crc32(name.encode()),))
    return np.random.Generator(np.random.PCG64(sequence))


def _reserved(n_models: int) -> int:
    """Give the number of rows that the anomalies have room for."""
    return 140 + n_models // 40
