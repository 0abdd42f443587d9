"""Sizes: classes, sweet spots, curves, and whether 7B models are fitter than others.

What does not belong here: families and context lengths (``fitness_families``).
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.fitness_curves import rate_curves
from biome_pipeline.report.figures.fitness_lines import Line, LinePanel, class_lines
from biome_pipeline.report.figures.marks import Mark, Scale
from biome_pipeline.report.site.fitness_groups import (
    RULES,
    best_findings,
    group_table,
    mean_bars,
    of_rule,
)
from biome_pipeline.report.site.fitness_regressions import nonlinear_words
from biome_pipeline.report.site.fitness_words import (
    OUTCOMES,
    change,
    direction,
    ends,
    interval,
    no_rows,
    ratio_text,
    rows_of,
)
from biome_pipeline.report.site.page import Finding, Parameters, Picture, Section, Table
from biome_pipeline.report.site.tested import INTERVAL
from biome_pipeline.report.site.wording import parameters, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from biome_pipeline.report.site.contents import Contents
    from biome_pipeline.report.site.fitness_regressions import Terms

    Rows = Sequence[Mapping[str, Any]]

__all__ = ["curves_picture", "size_picture", "sizes", "spots_compared"]

_SIZE = "fitness.by_size"
_SPOTS = "fitness.sweet_spots"
_CURVES = "fitness.curves"
_FINDINGS = "inference.findings"
_NO_SIZE = "The number of parameters of no model is known."
_DRAWN = {"descendants": "Descendants", "downloads": "Downloads in 30 days"}
_TRAITS = {
    "parameters": ("Fitness over size", "Parameters"),
    "context_length": ("Fitness over context length, a curve", "Context length in tokens"),
}


def sizes(contents: Contents, terms: Terms) -> Section:
    """Answer the fifth question: non-linear effects and sweet spots.

    Parameters
    ----------
    contents : Contents
        The tables.
    terms : mapping
        The regressions, as ``fitness_regressions.terms_of`` gives them.

    Returns
    -------
    Section
        Sentences, figures and tables.
    """
    classes = sorted(rows_of(contents, _SIZE), key=lambda row: (row["rule"], row["bin_low"] or 0.0))
    spots = sorted(rows_of(contents, _SPOTS), key=lambda row: (row["rule"], _number(row["bin"])))
    curves = rows_of(contents, _CURVES)
    nothing = no_rows(contents, _SIZE, _NO_SIZE)
    return Section(
        "5. Non-linear effects and sweet spots: are 7B models fitter than 13B or 70B?",
        paragraphs=(
            "Means of the published rule are of downloaded models, whatever their age. The robust "
            "rule counts all models of known size, and judges by rates: descendants by year, "
            "downloads by 30 days of life. Which size is best is drawn from roots again and "
            "again: a best of many is a matter of luck where none is best in nearly all draws.",
        )
        if classes or spots or curves
        else (),
        findings=(
            *spots_compared(contents),
            *best_findings(spots, "bin", "usual sizes", lambda name: f"models near {name}"),
            *best_findings(classes, "bin", "size classes", lambda name: f"models of {name}"),
            *_curve_findings(curves, terms),
        ),
        pictures=(
            size_picture(classes, nothing),
            _spots_picture(spots, no_rows(contents, _SPOTS, _NO_SIZE)),
            *(
                curves_picture(curves, trait, _no_curve(contents, terms, trait))
                for trait in _TRAITS
            ),
        ),
        tables=(
            group_table(classes, "Size classes: numbers", lambda row: row["bin"], nothing),
            group_table(
                spots,
                "Sweet spots: numbers",
                lambda row: f"near {row['bin']}",
                no_rows(contents, _SPOTS, _NO_SIZE),
            ),
            _curve_table(curves, no_rows(contents, _CURVES, "No curve could be fitted.")),
        ),
    )


def spots_compared(contents: Contents) -> Iterator[Finding]:
    """Answer in so many words whether 7B models are fitter than 13B and 70B ones.

    Parameters
    ----------
    contents : Contents
        The tables.

    Yields
    ------
    Finding
        One for each comparison and outcome.
    """
    table = contents.table(_FINDINGS)
    rows = contents.rows(table.filter(table.subject == "fitness").order_by("finding")).to_pylist()
    for row in rows:
        named = re.fullmatch(r"spot/(\w+)/(\w+)/(\w+)", row["finding"])
        if named is None:
            continue
        outcome, first, second = named.groups()
        noun = OUTCOMES[outcome]
        if row["estimate"] is None:
            yield Finding(
                f"Whether models near {first} have more {noun} than those near {second} cannot be "
                f"said. {row['caveat']}",
                row["n"],
            )
            continue
        answer = {
            1: f"Yes, models near {first} are fitter than those near {second} by {noun}",
            -1: f"No, models near {first} are less fit than those near {second} by {noun}",
            0: f"Whether models near {first} are fitter than those near {second} by {noun} is not "
            "decided",
        }[direction(row["ci_low"], row["ci_high"])]
        size = interval(
            row["ci_low"],
            row["ci_high"],
            ratio_text,
            f"ratio of rates {ratio_text(row['estimate'])}",
        )
        adjusted = (
            ""
            if row["p_adjusted"] is None
            else f", p {shown(row['p_value'])}, adjusted {shown(row['p_adjusted'])}"
        )
        yield Finding(
            f"{answer}: {change(row['estimate'])}{size[:-1]}{adjusted}).",
            row["n"],
        )


def _number(name: str) -> float:
    found = re.search(r"\d+(\.\d+)?", name)
    return float(found[0]) if found else 0.0


def size_picture(rows: Rows, empty: str) -> Picture:
    """Make the figure of size classes.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of ``fitness.by_size``, smallest class first.
    empty : str
        Why there is nothing to draw, if there is nothing.

    Returns
    -------
    Picture
        Bars of both rules.
    """
    return mean_bars(
        rows,
        "bin",
        list(dict.fromkeys(row["bin"] for row in rows)),
        "fitness-sizes",
        "Fitness by size class",
        empty=empty,
        note="Classes of parameters, in billions; the upper end belongs to a class",
    )


def _spots_picture(rows: Rows, empty: str) -> Picture:
    names = list(dict.fromkeys(row["bin"] for row in rows))
    found = {(row["rule"], row["bin"]): row for row in rows}

    def marks(rule: str, column: str, *, has_ends: bool) -> tuple[Mark, ...]:
        made = []
        for name in names:
            row = found.get((rule, name))
            if row is None:
                made.append(Mark(rule, None))
            else:
                made.append(
                    Mark(rule, row[column], *(ends(row, column) if has_ends else (None, None)))
                )
        return tuple(made)

    panels = [
        LinePanel(
            heading,
            scale,
            tuple(Line(rule, marks(rule, column, has_ends=not scale.is_share)) for rule in RULES),
        )
        for column, heading, scale in (
            ("mean_descendants", "Mean descendants", Scale("Per model")),
            (
                "mean_downloads",
                "Mean downloads",
                Scale("In 30 days (log)", is_log=True),
            ),
            (
                "probability_best_descendants",
                "Probability to be best by descendants",
                Scale("Share of draws", high=1.02, is_share=True),
            ),
            (
                "probability_best_downloads",
                "Probability to be best by downloads",
                Scale("Share of draws", high=1.02, is_share=True),
            ),
        )
    ]
    n = sum(row["n"] for row in of_rule(rows, "robust"))
    return Picture(
        "fitness-sweet-spots",
        partial(
            class_lines,
            names,
            panels,
            RULES,
            {
                rule: (
                    rule,
                    [0 if (rule, name) not in found else found[rule, name]["n"] for name in names],
                )
                for rule in RULES
            },
            "Sweet spots",
            axis="Nearest usual size, in parameters",
            counted=f"n = {n:,} models",
            note="Models of 0.5 to 200 billion parameters; nearest by the difference as published, "
            "by the ratio in the robust rule. Lines up and down are 95 % intervals over roots. "
            "Best is the highest mean by the published rule, the highest rate by time by the "
            "robust one",
            empty=empty.rstrip("."),
        ),
    )


def curves_picture(rows: Rows, trait: str, empty: str) -> Picture:
    """Make the figure of curves over one trait.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of ``fitness.curves``.
    trait : str
        The trait.
    empty : str
        Why there is nothing to draw, if there is nothing.

    Returns
    -------
    Picture
        A panel for each of two outcomes.
    """
    import pyarrow as pa

    from biome_pipeline.warehouse.tables import TABLES

    own = [row for row in rows if row["trait"] == trait and row["outcome"] in _DRAWN]
    what, axis = _TRAITS[trait]
    n = max((row["n"] for row in own), default=0)
    schema = TABLES[_CURVES].arrow_schema()
    return Picture(
        f"fitness-curve-{trait.replace('_', '-')}",
        partial(
            rate_curves,
            pa.Table.from_pylist(own, schema=schema),
            _DRAWN,
            what,
            axis=axis,
            counted=f"n = {n:,} models",
            note="Natural cubic splines; the other traits, family, age and role alike. Strokes "
            "below count the models near each point: where they are few, the curve is a guess",
            empty=empty.rstrip("."),
        ),
    )


def _no_curve(contents: Contents, terms: Terms, trait: str) -> str:
    reason = next(
        (
            row["reason"]
            for (_, model, term), row in terms.items()
            if model == "poisson_spline" and row["reason"] and trait in term
        ),
        "No curve could be fitted.",
    )
    return no_rows(contents, _CURVES, reason[:1].upper() + reason[1:])


def _curve_findings(rows: Rows, terms: Terms) -> Iterator[Finding]:
    for outcome, words in _DRAWN.items():
        points = [row for row in rows if row["trait"] == "parameters" and row["outcome"] == outcome]
        if not points:
            continue
        top = max(points, key=lambda row: row["estimate"])
        around = (
            ""
            if top["band_low"] is None or top["band_high"] is None
            else f" (95\N{NO-BREAK SPACE}% band {ratio_text(top['band_low'])} to "
            f"{ratio_text(top['band_high'])})"
        )
        edge = (
            "; this is the end of the curve, so that it shows no top"
            if top["value"] in (points[0]["value"], points[-1]["value"])
            else ""
        )
        if top["band_low"] is not None and top["band_low"] <= 1:
            edge += "; the band holds the mean, so that no size is shown to stand out"
        tested = nonlinear_words(terms, outcome, "parameters")
        yield Finding(
            f"{words} by the curve over size: highest at {parameters(top['value'])} parameters, "
            f"where the rate is {ratio_text(top['estimate'])} times the mean{around}{edge}. "
            f"{tested}".rstrip(),
            top["n"],
        )


def _curve_table(rows: Rows, empty: str) -> Table:
    return Table(
        "Curves: numbers",
        (
            "Outcome and trait",
            "At",
            "Relative rate",
            *INTERVAL,
            "Band from",
            "to",
            "Models near",
            "Models",
        ),
        [
            (
                f"{OUTCOMES[row['outcome']]} over {row['trait'].replace('_', ' ')}",
                Parameters(row["value"]) if row["trait"] == "parameters" else row["value"],
                *(row[name] for name in ("estimate", "ci_low", "ci_high", "band_low", "band_high")),
                row["n_near"],
                row["n"],
            )
            for row in rows
        ],
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )
