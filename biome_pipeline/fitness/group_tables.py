"""Tables of groups and features out of ``fitness.models``.

What does not belong here: how a group is measured (``groups``, ``impact``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.fitness.arrays import UNKNOWN, FitnessModels, read_models
from biome_pipeline.fitness.bins import (
    BILLION,
    CONTEXT_BINS,
    SIZE_BINS,
    SPOT_NAMES,
    nearest_spot,
)
from biome_pipeline.fitness.coverage import coverage_rows
from biome_pipeline.fitness.groups import FEWEST, RULES, earnings_of, grouped
from biome_pipeline.fitness.impact import impact_rows
from biome_pipeline.fitness.summary import summary_rows
from biome_pipeline.provenance import derive_seed
from biome_pipeline.warehouse.tables import fitness as tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.fitness.groups import Rule
    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.engine import Engine
    from biome_pipeline.warehouse.spec import TableSpec

    Codes = npt.NDArray[np.int64]

__all__ = [
    "CONTEXT_FAMILIES",
    "PUBLISHED_FAMILIES",
    "by_context",
    "by_family",
    "by_size",
    "coverage",
    "feature_impact",
    "summary",
    "sweet_spots",
]

PUBLISHED_FAMILIES: tuple[str, ...] = ("llama", "mistral", "qwen", "gpt", "bert", "deepseek")
"""Families that the published analysis compares."""

CONTEXT_FAMILIES: tuple[str, ...] = ("llama", "mistral", "qwen")
"""Families of which it compares context lengths."""

ALL_FAMILIES = "all"
"""What every model together is called among the families of ``fitness.by_context``."""


def coverage(engine: Engine, *, models: ir.Table, settings: Settings) -> pa.Table:
    """Make ``fitness.coverage``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``fitness.models``.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``fitness.coverage`` but ``snapshot``.
    """
    rows = coverage_rows(read_models(engine, models), **_effort(settings, tables.COVERAGE))
    return tables.COVERAGE.from_rows(rows)


def by_size(engine: Engine, *, models: ir.Table, settings: Settings) -> pa.Table:
    """Make ``fitness.by_size``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``fitness.models``.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``fitness.by_size`` but ``snapshot``; all bins by both rules.
    """
    read = read_models(engine, models)
    bins = SIZE_BINS.codes(read.traits["parameters"] / BILLION)
    places = [_bin(SIZE_BINS.names, SIZE_BINS.ends(k), k) for k in range(len(SIZE_BINS.names))]
    effort = _effort(settings, tables.BY_SIZE)
    rows = [row for rule in RULES for row in _rows(read, rule, bins, places, effort=effort)]
    return tables.BY_SIZE.from_rows(rows)


def by_family(engine: Engine, *, models: ir.Table, settings: Settings) -> pa.Table:
    """Make ``fitness.by_family``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``fitness.models``.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``fitness.by_family`` but ``snapshot``: `PUBLISHED_FAMILIES` by the
        published rule, and by the robust one every family that occurs.
    """
    read = read_models(engine, models)
    effort = _effort(settings, tables.BY_FAMILY)
    rows = []
    for rule in RULES:
        names = PUBLISHED_FAMILIES if rule == "published" else read.families
        place = {name: k for k, name in enumerate(names)}
        codes = np.array([place.get(name, UNKNOWN) for name in read.families] + [UNKNOWN])
        places = [{"family": name} for name in names]
        rows += _rows(read, rule, codes[read.family], places, effort=effort)
    return tables.BY_FAMILY.from_rows(rows)


def by_context(engine: Engine, *, models: ir.Table, settings: Settings) -> pa.Table:
    """Make ``fitness.by_context``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``fitness.models``.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``fitness.by_context`` but ``snapshot``: bins of `CONTEXT_FAMILIES`,
        by the published rule of those with more than 10 models, and by the robust one
        of all models together, too. The best is that of its family.
    """
    read = read_models(engine, models)
    bins = CONTEXT_BINS.codes(read.traits["context_length"])
    effort = _effort(settings, tables.BY_CONTEXT)
    rows = []
    for rule in RULES:
        names = CONTEXT_FAMILIES if rule == "published" else (*CONTEXT_FAMILIES, ALL_FAMILIES)
        for name in names:
            own = np.ones(read.n, np.bool_)
            if name != ALL_FAMILIES:
                place = read.families.index(name) if name in read.families else len(read.families)
                own = read.family == place
            if rule == "published" and np.count_nonzero(own & read.is_published) <= FEWEST:
                continue
            places = [
                {"family": name, **_bin(CONTEXT_BINS.names, CONTEXT_BINS.ends(k), k)}
                for k in range(len(CONTEXT_BINS.names))
            ]
            within = np.flatnonzero(own)
            rows += _rows(read, rule, bins, places, effort=effort, within=within)
    return tables.BY_CONTEXT.from_rows(rows)


def sweet_spots(engine: Engine, *, models: ir.Table, settings: Settings) -> pa.Table:
    """Make ``fitness.sweet_spots``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``fitness.models``.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``fitness.sweet_spots`` but ``snapshot``.
    """
    read = read_models(engine, models)
    places = [{"bin": name} for name in SPOT_NAMES]
    effort = _effort(settings, tables.SWEET_SPOTS)
    rows = []
    for rule in RULES:
        spots = nearest_spot(read.traits["parameters"], is_logarithmic=rule == "robust")
        rows += _rows(read, rule, spots, places, effort=effort)
    return tables.SWEET_SPOTS.from_rows(rows)


def feature_impact(engine: Engine, *, models: ir.Table, settings: Settings) -> pa.Table:
    """Make ``fitness.feature_impact``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``fitness.models``.
    settings : Settings
        Replicates, and the seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``fitness.feature_impact`` but ``snapshot``.
    """
    rows = impact_rows(read_models(engine, models), **_effort(settings, tables.FEATURE_IMPACT))
    return tables.FEATURE_IMPACT.from_rows(rows)


def summary(
    engine: Engine,
    *,
    models: ir.Table,
    by_size: ir.Table,
    by_family: ir.Table,
    sweet_spots: ir.Table,
    feature_impact: ir.Table,
) -> pa.Table:
    """Make ``fitness.summary``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``fitness.models``.
    by_size, by_family, sweet_spots, feature_impact : ibis.expr.types.Table
        The tables that are summed up.

    Returns
    -------
    pyarrow.Table
        Columns of ``fitness.summary`` but ``snapshot``.
    """
    groups = {
        "size": engine.to_arrow(by_size).to_pylist(),
        "spot": engine.to_arrow(sweet_spots).to_pylist(),
        "family": engine.to_arrow(by_family).to_pylist(),
    }
    impact = engine.to_arrow(feature_impact).to_pylist()
    return tables.SUMMARY.from_rows(summary_rows(read_models(engine, models), groups, impact))


def _effort(settings: Settings, spec: TableSpec) -> dict[str, int]:
    return {
        "n_replicates": settings.bootstrap_replicates,
        "seed": derive_seed(settings.seed, spec.name),
    }


def _bin(names: Sequence[str], ends: tuple[float, float | None], place: int) -> dict[str, Any]:
    return {"bin": names[place], "bin_low": ends[0], "bin_high": ends[1]}


def _rows(
    models: FitnessModels,
    rule: Rule,
    group: Codes,
    places: list[dict[str, Any]],
    *,
    effort: dict[str, int],
    within: npt.NDArray[np.intp] | None = None,
) -> list[dict[str, Any]]:
    earnings = earnings_of(models, rule)
    if within is not None:
        earnings = earnings.among(within)
    found = grouped(models, earnings, group, len(places), **effort)
    return [{"rule": rule, **place, **row} for place, row in zip(places, found, strict=True)]
