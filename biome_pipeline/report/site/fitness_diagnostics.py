"""How far the regressions can be trusted: inflation, gaps, dropped terms, and a forest.

What does not belong here: what the regressions say (``fitness_regressions``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.marks import Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.site.fitness_words import (
    OUTCOMES,
    TRAITS,
    ends,
    interval,
    joined,
    no_rows,
    rows_of,
    shares,
)
from biome_pipeline.report.site.page import Finding, Picture, Section, Similarity, Table
from biome_pipeline.report.site.tested import INTERVAL
from biome_pipeline.report.site.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from biome_pipeline.report.site.contents import Contents
    from biome_pipeline.report.site.fitness_regressions import Terms

    Rows = Sequence[Mapping[str, Any]]

__all__ = ["diagnostic_findings", "trust"]

_TABLE = "fitness.diagnostics"
_FOREST = "forest_"
_WHOLE = "(all)"
_HIGH = 10.0  # variance inflation from which on a term is not read alone
_DRAWN = ("descendants", "downloads")
_REGRESSION_WORDS = {"poisson": "all traits", "poisson_reduced": "parameters the only size"}
_SHOWN = ("family", *TRAITS)  # role and age are no traits, and dwarf them
_KINDS = {"importance": Kind("loss when shuffled, 95 % interval")}


def trust(contents: Contents, terms: Terms) -> Section:
    """Make the section of diagnostics.

    Parameters
    ----------
    contents : Contents
        The tables.
    terms : mapping
        The regressions, as ``fitness_regressions.terms_of`` gives them.

    Returns
    -------
    Section
        Sentences, the figure of a forest, and tables.
    """
    rows = rows_of(contents, _TABLE)
    empty = no_rows(contents, _TABLE, "There was no regression to diagnose.")
    forest = [row for row in rows if row["model"].startswith(_FOREST)]
    return Section(
        "How far the regressions can be trusted",
        paragraphs=(
            "Variance inflation says how much wider the interval of a coefficient is for the "
            "other terms that tell the same: from 10 on it should not be read alone. A random "
            "forest sees any shape, so that what it finds important and a ratio does not is not "
            "linear. Its importance is of models of roots that it has not seen.",
        )
        if rows
        else (),
        findings=(*diagnostic_findings(rows), *_dropped(terms)),
        pictures=(_picture(forest, empty),),
        tables=(
            _inflation_table(rows, empty),
            _forest_table(forest, empty),
            _dropped_table(terms, no_rows(contents, "fitness.regressions", "No term was dropped.")),
        ),
    )


def diagnostic_findings(rows: Rows) -> Iterator[Finding]:
    """Say which terms not to read alone, and what a forest explains.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of ``fitness.diagnostics``.

    Yields
    ------
    Finding
        One for each of two regressions, and one for each of two forests.
    """
    for model, words in _REGRESSION_WORDS.items():
        own = [
            row for row in rows if row["model"] == model and row["variance_inflation"] is not None
        ]
        if not own:
            continue
        high = sorted(
            (row for row in own if row["variance_inflation"] >= _HIGH),
            key=lambda row: (-row["variance_inflation"], row["term"]),
        )
        n = max(row["n"] for row in own)
        if high:
            traits = [row for row in high if row["term"] in TRAITS]
            told = [f"{_words(row['term'])} ({row['variance_inflation']:,.0f})" for row in traits]
            listed = joined(told) if told else "no trait"
            n_others = len(high) - len(traits)
            if n_others:
                listed += f", and {n_others:,} control{'s' * (n_others > 1)} or indicator"
                listed += "s" * (n_others > 1)
            yield Finding(f"With {words}, do not read alone (variance inflation): {listed}.", n)
        else:
            most = max(own, key=lambda row: (row["variance_inflation"], row["term"]))
            yield Finding(
                f"With {words}, every coefficient can be read alone: variance inflation is "
                f"{most['variance_inflation']:.1f} at most ({_words(most['term'])}).",
                n,
            )
    for outcome in _DRAWN:
        yield from _forest_finding(
            [row for row in rows if row["model"] == f"{_FOREST}{outcome}"], OUTCOMES[outcome]
        )


def _forest_finding(rows: Rows, outcome: str) -> Iterator[Finding]:
    whole = next((row for row in rows if row["term"] == _WHOLE), None)
    if whole is None:
        return
    if whole["importance"] is None:
        reason = (whole["reason"] or "not known").rstrip(".")
        yield Finding(f"No forest of {outcome}: {reason}.", whole["n"])
        return
    size = interval(*ends(whole, "importance"), _share)
    told = (
        f"A forest explains {_share(whole['importance'])} of the variation of {outcome} among "
        f"{whole['n_heldout'] or 0:,} models of other roots{size}."
    )
    low, _ = ends(whole, "importance")
    if low is None or low <= 0:
        told += " That it explains any is not decided, and no trait's importance means much."
        yield Finding(told, whole["n"])
        return
    traits = sorted(
        (row for row in rows if row["term"] != _WHOLE and row["importance"] is not None),
        key=lambda row: (-row["importance"], row["term"]),
    )
    sure = [row for row in traits if (ends(row, "importance")[0] or 0.0) > 0]
    if sure:
        first = joined(
            [
                f"{_words(row['term'])} ({_share(row['importance'])}{_between(row)})"
                for row in sure[:3]
            ]
        )
        told += f" It leans most on {first}."
    else:
        told += " No single trait is shown to matter to it."
    yield Finding(told, whole["n"])


def _between(row: Mapping[str, Any]) -> str:
    low, high = ends(row, "importance")
    return "" if low is None or high is None else f", {_share(low)} to {_share(high)}"


def _share(value: float) -> str:
    # It may be below 0: worse than the mean.
    return percent(value) if value >= 0 else f"-{percent(-value)}"


def _words(term: str) -> str:
    if term.startswith("missing("):
        name = term.removeprefix("missing(").removesuffix(")")
        return f"{TRAITS.get(name, name)} not known"
    return TRAITS.get(term, term)


def _reasons(terms: Terms) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """Group terms without an estimate by name and reason."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in terms.values():
        if row["reason"]:
            found.setdefault((row["term"], row["reason"]), []).append(row)
    return found


def _dropped(terms: Terms) -> Iterator[Finding]:
    counts = [row for row in terms.values() if row["model"] != "published"]
    n_dropped = sum(bool(row["reason"]) for row in counts)
    if n_dropped:
        n_regressions = len({(row["outcome"], row["model"]) for row in counts})
        yield Finding(
            f"{n_dropped:,} of {len(counts):,} terms of {n_regressions:,} regressions have no "
            "estimate; the table below says why, term by term.",
            max(row["n"] for row in counts),
        )


def _picture(rows: Rows, empty: str) -> Picture:
    parts = []
    for outcome in _DRAWN:
        own = sorted(
            (
                row
                for row in rows
                if row["model"] == f"{_FOREST}{outcome}"
                and row["term"] in _SHOWN
                and row["importance"] is not None
            ),
            key=lambda row: (-row["importance"], row["term"]),
        )
        lines = tuple(
            Row(
                _words(row["term"]),
                (Mark("importance", row["importance"], *ends(row, "importance")),),
                "" if row["missing_share"] is None else percent(row["missing_share"]),
            )
            for row in own
        )
        if lines:
            words = OUTCOMES[outcome]
            parts.append(
                Part(
                    f"{words[:1].upper()}{words[1:]}",
                    lines,
                )
            )
    n = max((row["n"] for row in rows), default=0)
    n_heldout = max((row["n_heldout"] or 0 for row in rows), default=0)
    reasons = [row["reason"] for row in rows if row["reason"]]
    return Picture(
        "fitness-importance",
        partial(
            rows_of_marks,
            parts,
            _KINDS,
            Scale(
                "Share of variation lost",
                is_share=True,
                reference=0,
                beside="not known",
            ),
            "What traits a random forest leans on",
            counted=f"{n_heldout:,} held-out models, fitted on n = {n:,} models",
            note="Intervals are over held-out roots. At the right the share of models whose trait "
            "is not known. Traits that tell the same share their importance; role and age, which "
            "are no traits, stand in the table",
            empty=(reasons[0][:1].upper() + reasons[0][1:] if reasons else empty).rstrip("."),
        ),
    )


def _inflation_table(rows: Rows, empty: str) -> Table:
    return Table(
        "Variance inflation and missing shares",
        ("Regression and term", "Variance inflation", "Not known", "Models", "Why there is none"),
        [
            (
                f"{row['model'].replace('_', ' ')}; {_words(row['term'])}",
                row["variance_inflation"],
                *shares(row, "missing_share"),
                row["n"],
                row["reason"] or "",
            )
            for row in rows
            if not row["model"].startswith(_FOREST)
        ],
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )


def _forest_table(rows: Rows, empty: str) -> Table:
    return Table(
        "Forests: numbers",
        (
            "Outcome and trait",
            "Importance",
            *INTERVAL,
            "Not known",
            "Models",
            "Held out",
            "Why there is none",
        ),
        [
            (
                f"{_outcome(row['model'])}; "
                f"{'all traits, explained' if row['term'] == _WHOLE else _words(row['term'])}",
                *(
                    None if value is None else Similarity(value)
                    for value in (row["importance"], *ends(row, "importance"))
                ),
                *shares(row, "missing_share"),
                row["n"],
                row["n_heldout"],
                row["reason"] or "",
            )
            for row in rows
        ],
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )


def _outcome(model: str) -> str:
    name = model.removeprefix(_FOREST)
    return OUTCOMES.get(name, name)


def _dropped_table(terms: Terms, empty: str) -> Table:
    return Table(
        "Terms without an estimate",
        ("Term", "Reason", "Regressions", "Models"),
        [
            (_words(term), reason, len(rows), max(row["n"] for row in rows))
            for (term, reason), rows in _reasons(terms).items()
        ],
        empty=empty,
        is_folded=True,
        is_stacked=True,
    )
