"""Coefficients of the regressions as ratios of rates: their figure and their tables.

What does not belong here: the same in words (``fitness_regressions``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.marks import Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.site.fitness_words import (
    FLAGS,
    OUTCOMES,
    TERMS,
    TRAITS,
    direction,
    ratios,
)
from biome_pipeline.report.site.page import Picture, Share, Similarity, Table
from biome_pipeline.report.site.tested import INTERVAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from biome_pipeline.report.site.fitness_regressions import Terms

__all__ = ["MAIN", "MODELS", "coefficients_picture", "count_table", "published_table"]

MAIN = "poisson_reduced"
"""The regression that sentences are made of: parameters are its only size."""

MODELS = {
    "poisson_reduced": Kind("Poisson, parameters the only size", aside=-0.27),
    "poisson": Kind("Poisson, all traits", "4", "s", 5.2),
    "negative_binomial": Kind("negative binomial, all traits", "2", "^", 5.8, aside=0.27),
}
"""Regressions of counts, as they are drawn."""

_NAMES = {
    "published": "published",
    "poisson": "Poisson",
    "negative_binomial": "negative binomial",
    "poisson_reduced": "Poisson, parameters the only size",
    "poisson_spline": "Poisson, with a curve",
}
_REACH = 8.0  # how far a scale goes beyond the estimates, as a factor


def coefficients_picture(terms: Terms, outcome: str, empty: str) -> Picture:
    """Make the figure of the coefficients of one outcome.

    Parameters
    ----------
    terms : mapping
        As ``fitness_regressions.terms_of`` gives them.
    outcome : str
        The outcome.
    empty : str
        Why there is nothing to draw, if there is nothing.

    Returns
    -------
    Picture
        Ratios of rates of three regressions beside each other.
    """
    own = {
        (model, term): row
        for (o, model, term), row in terms.items()
        if o == outcome and row["estimate"] is not None
    }
    reasons = [row["reason"] for (o, _, _), row in terms.items() if o == outcome and row["reason"]]
    estimates = [
        ratio
        for (model, term), row in own.items()
        if model in MODELS and term in TRAITS and (ratio := ratios(row)[0]) is not None
    ]
    low = min(estimates, default=1.0) / _REACH
    high = max(estimates, default=1.0) * _REACH
    parts, n_cut = [], 0
    for heading, names in (
        ("Numbers, for twice as many", [name for name in TRAITS if name not in FLAGS]),
        ("Features, with or without", list(FLAGS)),
    ):
        lines = []
        for name in names:
            marks = []
            for model in MODELS:
                if (model, name) not in own:
                    continue
                ratio, *around = ratios(own[model, name])
                cut = [None if end is None else min(max(end, low), high) for end in around]
                n_cut += cut != around
                marks.append(Mark(model, ratio, *cut))
            if marks:
                lines.append(Row(TRAITS[name], tuple(marks), _verdict(own.get((MAIN, name)))))
        if lines:
            parts.append(Part(heading, tuple(lines)))
    n = max((row["n"] for (model, _), row in own.items() if model in MODELS), default=0)
    note = (
        "Right of the line is more, for twice the number or with the feature. Of models of the "
        "same age, family and way they were made; the verdict is that of the round sign"
    )
    if n_cut:
        note += ". Very wide intervals are cut; the table has them whole"
    return Picture(
        f"fitness-coefficients-{outcome}",
        partial(
            rows_of_marks,
            parts,
            MODELS,
            Scale(
                "Ratio of rates (log scale), 95 % intervals",
                is_log=True,
                reference=1,
                beside="verdict",
            ),
            f"What goes with {OUTCOMES[outcome]}",
            counted=f"n = {n:,} models",
            note=note,
            empty=reasons[0].rstrip(".").capitalize() if reasons else empty.rstrip("."),
            row=0.44,
        ),
    )


def _verdict(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return ""
    return {1: "more", -1: "fewer", 0: "open"}[direction(*ratios(row)[1:])]


def count_table(terms: Terms, empty: str) -> Table:
    """Make the table of ratios of rates.

    Parameters
    ----------
    terms : mapping
        As ``fitness_regressions.terms_of`` gives them.
    empty : str
        What to say if there are no rows.

    Returns
    -------
    Table
        A row for each term.
    """
    kept = [
        row
        for outcome in OUTCOMES
        for model in MODELS
        for (o, m, _), row in terms.items()
        if (o, m) == (outcome, model) and row["term_kind"] in ("trait", "missing")
    ]
    return Table(
        "Ratios of rates of every regression",
        (
            "Outcome, regression and term",
            "Ratio",
            *INTERVAL,
            "p",
            "p adjusted",
            "Explained",
            "Models",
            "Left out",
            "With none",
            "Authors",
            "Roots",
            "Why there is none",
        ),
        [
            (
                f"{OUTCOMES[row['outcome']]}; {_NAMES[row['model']]}; {_term(row['term'])}",
                *(None if value is None else Similarity(value) for value in ratios(row)),
                row["p_value"],
                row["p_adjusted"],
                None if row["goodness"] is None else Share(row["goodness"]),
                row["n"],
                row["n_missing"],
                row["n_zero"],
                row["n_authors"],
                row["n_roots"],
                row["reason"] or "",
            )
            for row in kept
        ],
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )


def _term(term: str) -> str:
    if term.startswith("missing("):
        name = term.removeprefix("missing(").removesuffix(")")
        return f"{TRAITS.get(name, name)} not known"
    return TERMS.get(term, term)


def published_table(terms: Terms, empty: str) -> Table:
    """Make the table of coefficients by the published rule.

    Parameters
    ----------
    terms : mapping
        As ``fitness_regressions.terms_of`` gives them.
    empty : str
        What to say if there are no rows.

    Returns
    -------
    Table
        A row for each term.
    """
    return Table(
        "Published rule: coefficients",
        (
            "Outcome and term",
            "Coefficient",
            *INTERVAL,
            "p",
            "Error, plain",
            "Error by author",
            "Error by root",
            "R²",
            "Models",
            "Why there is none",
        ),
        [
            (
                f"ln(1 + {OUTCOMES[outcome]}); {TRAITS.get(term, term)}",
                *(
                    None if row[name] is None else Similarity(row[name])
                    for name in ("estimate", "ci_low", "ci_high")
                ),
                row["p_value"],
                row["std_error_plain"],
                row["std_error_author"],
                row["std_error_root"],
                None if row["goodness"] is None else Similarity(row["goodness"]),
                row["n"],
                row["reason"] or "",
            )
            for (outcome, model, term), row in terms.items()
            if model == "published"
        ],
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )
