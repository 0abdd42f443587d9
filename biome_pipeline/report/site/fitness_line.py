"""What the first page says of fitness, in a line.

What does not belong here: more than a line, which the page of fitness has (``fitness``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.report.site.fitness_groups import best_row
from biome_pipeline.report.site.fitness_regressions import terms_of
from biome_pipeline.report.site.fitness_words import (
    OUTCOMES,
    change,
    direction,
    interval,
    joined,
    ratio_text,
    ratios,
    rows_of,
)
from biome_pipeline.report.site.page import Finding
from biome_pipeline.report.site.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from biome_pipeline.report.site.contents import Contents

__all__ = ["fitness_line"]


def fitness_line(contents: Contents) -> Iterator[Finding]:
    """Say what goes with size, and which usual size has most descendants.

    Parameters
    ----------
    contents : Contents
        The tables.

    Yields
    ------
    Finding
        One, or none if there is neither a regression nor a usual size.
    """
    told, n, missing = [], 0, None
    terms = terms_of(contents)
    effects = []
    for outcome in ("descendants", "downloads"):
        row = terms.get((outcome, "poisson_reduced", "parameters"))
        ratio, low, high = (None, None, None) if row is None else ratios(row)
        if row is None or ratio is None:
            continue
        is_open = "" if direction(low, high) else ", not decided"
        size = interval(low, high, ratio_text, f"ratio {ratio_text(ratio)}")
        effects.append(f"{change(ratio)} {OUTCOMES[outcome]}{size}{is_open}")
        if row["n"] >= n:
            n, missing = row["n"], row["n_missing"] / (row["n"] + row["n_missing"])
    if effects:
        told.append(
            "among models alike in other traits, family and age, twice the parameters go with "
            f"{joined(effects)}"
        )
    best = best_row(rows_of(contents, "fitness.sweet_spots"), "robust", "descendants")
    if best is not None:
        probability = best["probability_best_descendants"]
        sure = (
            "with too few roots to say how sure that is"
            if probability is None
            else f"the best in {percent(probability)} of draws of roots"
        )
        told.append(
            f"of the usual sizes models near {best['bin']} have most descendants by year, {sure}"
        )
        n = n or best["n"]
    if told:
        yield Finding(f"Of fitness: {'; '.join(told)}.", n, missing)
