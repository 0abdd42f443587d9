"""Which traits are known of how many models, and what models earn.

What does not belong here: what goes with what (``fitness_regressions``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.marks import Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.site.fitness_words import FLAGS, OUTCOMES, TRAITS, n_configs
from biome_pipeline.report.site.page import Finding, Parameters, Picture, Section, Share, Table
from biome_pipeline.report.site.tested import why
from biome_pipeline.report.site.wording import percent, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from biome_pipeline.report.site.contents import Contents

__all__ = ["known_traits", "outcomes"]

_MODELS = "fitness.models"
_OUTCOME_COLUMNS = {
    "descendants": "n_descendants",
    "downloads": "downloads",
    "likes": "likes",
    "children": "n_children",
    "descendants_unquantized": "n_descendants_unquantized",
    "downloads_all_time": "downloads_all_time",
}


def known_traits(contents: Contents) -> Section:
    """Answer the first question: which traits are known, and of how many models.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    Section
        Sentences, bars of known traits, and a table.
    """
    counts = _counts(contents)
    n = counts["n"]
    empty = why(contents, _MODELS, "The snapshot has no models.")
    names = {"family": "family", **TRAITS}
    order = sorted(names, key=lambda name: -counts[name])
    findings = []
    if n and not any(counts[name] for name in names):
        findings.append(Finding("No trait of any model is known.", n))
    elif n:
        configs = n_configs(contents)
        only = " No config was read, so that only the weights tell." if configs == 0 else ""
        least = order[-1]
        findings.append(
            Finding(
                f"Of {n:,} models, the number of parameters is known of "
                f"{percent(counts['parameters'] / n)}, the family of "
                f"{percent(counts['family'] / n)}; the best known trait is {names[order[0]]} "
                f"({percent(counts[order[0]] / n)}), the least known {names[least]} "
                f"({percent(counts[least] / n)}).{only}",
                n,
            )
        )
    return Section(
        "1. Which traits are known?",
        paragraphs=(
            "Traits are read from config.json; the number of parameters comes from the weights "
            "first, and is computed from the config where they do not tell. Grouped queries "
            "(gqa) are fewer heads for keys and values than for queries, rotary positions (rope) "
            "a way to tell places, experts (moe) parts of which each token sees a few. What is "
            "not known is not taken for 0 or for no.",
        ),
        findings=tuple(findings),
        pictures=(
            Picture(
                "fitness-traits",
                partial(
                    rows_of_marks,
                    [
                        Part(
                            "",
                            tuple(
                                Row(
                                    names[name],
                                    (Mark("share", counts[name] / n),),
                                    f"{counts[name]:,}",
                                )
                                for name in order
                                if counts[name]
                            ),
                        )
                    ],
                    {"share": Kind("share of all models", line=0)},
                    Scale("Share known", low=0, high=1, is_share=True, beside="n known"),
                    "Models of which a trait is known",
                    counted=f"n = {n:,} models",
                    note="Best known on top; a count of all models, so that there is no interval",
                    empty="No trait of any model is known" if n else empty.rstrip("."),
                    row=0.26,
                ),
            ),
        ),
        tables=(
            Table(
                "Traits: numbers",
                ("Trait", "Known of", "Of all", "Not known of", "Median", "Holds of those"),
                [
                    (
                        names[name],
                        counts[name],
                        Share(counts[name] / n),
                        n - counts[name],
                        _median(name, counts),
                        None
                        if name not in FLAGS or not counts[name]
                        else Share(counts[f"{name}_true"] / counts[name]),
                    )
                    for name in names
                    if n
                ],
                empty=empty,
                is_folded=True,
                is_stacked=True,
            ),
        ),
    )


def _median(name: str, counts: Mapping[str, Any]) -> float | None:
    value = counts.get(f"{name}_median")
    return None if value is None else Parameters(value) if name == "parameters" else float(value)


def _counts(contents: Contents) -> dict[str, Any]:
    """Count who knows what, in one pass."""
    table = contents.table(_MODELS)
    made: dict[str, Any] = {"n": table.count(), "family": table.family.count()}
    for name in TRAITS:
        made[name] = table[name].count()
        if name in FLAGS:
            made[f"{name}_true"] = table[name].cast("int64").sum()
        else:
            made[f"{name}_median"] = table[name].median()
    for name, column in _OUTCOME_COLUMNS.items():
        made[f"{name}_known"] = table[column].count()
        made[f"{name}_any"] = (table[column] > 0).cast("int64").sum()
        made[f"{name}_middle"] = table[column].median()
        made[f"{name}_sum"] = table[column].sum()
        made[f"{name}_most"] = table[column].max()
    row: dict[str, Any] = contents.rows(table.aggregate(**made)).to_pylist()[0]
    return {
        name: 0 if value is None and name.endswith(("_true", "_any", "_sum")) else value
        for name, value in row.items()
    }


def outcomes(contents: Contents) -> Section:
    """Answer the second question: what models earn.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    Section
        Sentences and a table of outcomes.
    """
    counts = _counts(contents)
    n = counts["n"]
    known = [name for name in OUTCOMES if counts[f"{name}_known"]]
    findings = [
        Finding(
            f"{percent(counts[f'{name}_any'] / counts[f'{name}_known'])} of models have "
            f"{OUTCOMES[name]}; the median is {shown(counts[f'{name}_middle'])}, the most "
            f"{shown(counts[f'{name}_most'])}, {shown(counts[f'{name}_sum'])} in all.",
            counts[f"{name}_known"],
            1 - counts[f"{name}_known"] / n,
        )
        for name in known
        if name in ("children", "descendants", "downloads", "likes")
    ]
    findings += [
        Finding(f"Nobody's {OUTCOMES[name]} are known.", n)
        for name in ("downloads", "likes")
        if n and name not in known
    ]
    return Section(
        "2. What do models earn: children, downloads, likes?",
        paragraphs=(
            "Most models have no descendants, and many no downloads. Zeros are kept: a rule that "
            "looks at downloaded models alone, as the published one does, asks how much, but "
            "never whether. Older models had more time, so that rates are by time.",
        ),
        findings=tuple(findings),
        tables=(
            Table(
                "Outcomes: numbers",
                ("Outcome", "With any", "Median", "Most", "Sum", "Models", "Not known"),
                [
                    (
                        OUTCOMES[name],
                        Share(counts[f"{name}_any"] / counts[f"{name}_known"]),
                        counts[f"{name}_middle"],
                        counts[f"{name}_most"],
                        counts[f"{name}_sum"],
                        counts[f"{name}_known"],
                        n - counts[f"{name}_known"],
                    )
                    for name in known
                ],
                empty=why(contents, _MODELS, "The snapshot has no models."),
                is_folded=True,
                is_stacked=True,
            ),
        ),
    )
