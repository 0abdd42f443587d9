"""Which traits go with more descendants, downloads and likes: the regressions.

What does not belong here: figures and tables of the same numbers
(``fitness_coefficients``), how far they can be trusted (``fitness_diagnostics``),
and curves (``fitness_spots``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.report.site.fitness_coefficients import (
    MAIN,
    coefficients_picture,
    count_table,
    published_table,
)
from biome_pipeline.report.site.fitness_words import (
    OUTCOMES,
    TERMS,
    TRAITS,
    change,
    direction,
    interval,
    joined,
    no_rows,
    ratio_text,
    ratios,
    rows_of,
)
from biome_pipeline.report.site.page import Finding, Section
from biome_pipeline.report.site.wording import percent, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from biome_pipeline.report.site.contents import Contents

    Terms = Mapping[tuple[str, str, str], Mapping[str, Any]]

__all__ = ["nonlinear_words", "outcome_findings", "regressions", "terms_of"]

_TABLE = "fitness.regressions"
_TOLD = ("descendants", "downloads", "likes")
_DRAWN = ("descendants", "downloads")
_LEVEL = 0.05
_FEWEST_PUBLISHED = 100


def terms_of(contents: Contents) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Read the regressions.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    dict of tuple of (str, str, str) to dict
        Rows by outcome, model and term.
    """
    rows = rows_of(contents, _TABLE)
    return {(row["outcome"], row["model"], row["term"]): row for row in rows}


def regressions(contents: Contents, terms: Terms) -> Section:
    """Answer the third question: what goes with more.

    Parameters
    ----------
    contents : Contents
        The tables.
    terms : mapping
        As `terms_of` gives them.

    Returns
    -------
    Section
        Sentences, a figure of coefficients for each outcome, and tables.
    """
    empty = no_rows(contents, _TABLE, "No regression was made.")
    findings = [f for outcome in _TOLD for f in outcome_findings(terms, outcome)]
    findings += [f for outcome in ("downloads", "descendants") for f in _published(terms, outcome)]
    return Section(
        "3. Which traits go with more descendants, downloads and likes?",
        paragraphs=(
            "A ratio compares models that are alike in the other traits, in family, age and how "
            "they were made: 1.30 is 30 % more in the same time, for twice the number or with "
            "the feature. It says what goes together, not what would come of a change: fashion, "
            "money and fame of the maker are not in the configs. Intervals are over authors and "
            "roots, whichever is the wider. Sizes grow together, so that with all of them in one "
            "regression no one can be read alone; sentences are of the regression with parameters "
            "as the only size.",
        )
        if terms
        else (),
        findings=tuple(findings),
        pictures=tuple(coefficients_picture(terms, outcome, empty) for outcome in _DRAWN),
        tables=(count_table(terms, empty), published_table(terms, empty)),
    )


def outcome_findings(terms: Terms, outcome: str) -> Iterator[Finding]:
    """Say what goes with more of one outcome.

    Parameters
    ----------
    terms : mapping
        As `terms_of` gives them.
    outcome : str
        The outcome.

    Yields
    ------
    Finding
        A sentence for what is decided, one for what is not, or one that says why
        there is none.
    """
    rows = [terms[outcome, MAIN, name] for name in TRAITS if (outcome, MAIN, name) in terms]
    words = OUTCOMES[outcome]
    made = [row for row in rows if row["estimate"] is not None]
    reasons = list(dict.fromkeys(row["reason"] for row in rows if row["estimate"] is None))
    n = max((row["n"] for row in rows), default=0)
    missing = _missing(rows)
    if not made:
        if rows:
            why = "; ".join(filter(None, reasons)) or "not known"
            yield Finding(f"{_capital(words)}: there is no estimate. Reason: {why}.", n, missing)
        return
    decided = [row for row in made if direction(*ratios(row)[1:])]
    if decided:
        told = [_effect(row, terms) for row in decided]
        yield Finding(f"{_capital(words)}: {'; '.join(told)}.", n, missing)
    undecided = [row for row in made if not direction(*ratios(row)[1:])]
    if undecided:
        listed = joined([f"{TRAITS[row['term']]}{_interval(row)}" for row in undecided])
        yield Finding(f"{_capital(words)}, not decided: {listed}.", n, missing)


def _effect(row: Mapping[str, Any], terms: Terms) -> str:
    ratio = ratios(row)[0]
    if ratio is None:
        return ""
    told = f"{TERMS[row['term']]}, {change(ratio)}{_interval(row)}"
    if row["p_adjusted"] is not None and row["p_adjusted"] > _LEVEL:
        told += ", not significant once adjusted for the number of terms"
    other = terms.get((row["outcome"], "negative_binomial", row["term"]))
    theirs = ratios(other)[0] if other is not None else None
    if theirs is not None and (theirs - 1) * (ratio - 1) < 0:
        told += f", but {change(theirs)} by the negative binomial with all traits"
    return told


def _interval(row: Mapping[str, Any]) -> str:
    ratio, low, high = ratios(row)
    return "" if ratio is None else interval(low, high, ratio_text, f"ratio {ratio_text(ratio)}")


def _missing(rows: Sequence[Mapping[str, Any]]) -> float | None:
    n_all = max((row["n"] + row["n_missing"] for row in rows), default=0)
    return max(row["n_missing"] for row in rows) / n_all if n_all else None


def _published(terms: Terms, outcome: str) -> Iterator[Finding]:
    rows = [row for (o, model, _), row in terms.items() if (o, model) == (outcome, "published")]
    traits = [row for row in rows if row["term_kind"] == "trait"]
    made = [row for row in traits if row["estimate"] is not None]
    if not rows:
        return
    n, missing = rows[0]["n"], _missing(rows)
    if not made:
        why = next((row["reason"] for row in rows if row["reason"]), "not known")
        if n <= _FEWEST_PUBLISHED:
            why = f"it asks for more than {_FEWEST_PUBLISHED} models, and has {n:,}"
        yield Finding(
            f"The published rule gives no regression of {OUTCOMES[outcome]}: {why}.", n, missing
        )
        return
    listed = joined(
        [
            f"{TRAITS[row['term']]} {row['estimate']:+.3f}"
            f"{interval(row['ci_low'], row['ci_high'], '{:+.3f}'.format)}"
            for row in made
        ]
    )
    goodness = made[0]["goodness"]
    share = "" if goodness is None else f" explains {percent(goodness)} of the variance (R²)"
    yield Finding(
        f"The published rule, least squares of ln(1 + {OUTCOMES[outcome]}) on four sizes of models "
        f"that are downloaded, with missing sizes taken for 0,{share or ' was fitted'}. "
        f"By standard deviation of ln(1 + trait): {listed}. Its intervals take models for "
        "independent, which is why they are narrow.",
        n,
        missing,
    )


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def nonlinear_words(terms: Terms, outcome: str, trait: str) -> str:
    """Say whether a curve bends, by its test.

    Parameters
    ----------
    terms : mapping
        As `terms_of` gives them.
    outcome, trait : str
        Of what, along what.

    Returns
    -------
    str
        A sentence; empty if there was no test.
    """
    row = next(
        (
            found
            for (o, _, term), found in terms.items()
            if o == outcome and term == f"nonlinear({trait})"
        ),
        None,
    )
    if row is None:
        return ""
    if row["p_value"] is None:
        why = f": {row['reason']}" if row["reason"] else ""
        return f"Whether it bends cannot be tested{why}."
    basis = f"(F {shown(row['statistic'])}, p {shown(row['p_value'])})"
    if row["p_value"] <= _LEVEL:
        return f"The curve bends {basis}: no one ratio per doubling tells it."
    return f"That it bends is not shown {basis}."
