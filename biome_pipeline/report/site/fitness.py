"""The page of fitness: which architectures spread, in answer to five questions.

What does not belong here: its sections (the other modules ``fitness_*``), and how
anything is drawn (``report.figures``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.report.site.fitness_contradictions import contradictions
from biome_pipeline.report.site.fitness_coverage import who_has_a_config
from biome_pipeline.report.site.fitness_diagnostics import trust
from biome_pipeline.report.site.fitness_families import by_context, families
from biome_pipeline.report.site.fitness_features import features
from biome_pipeline.report.site.fitness_known import known_traits, outcomes
from biome_pipeline.report.site.fitness_mutations import mutations
from biome_pipeline.report.site.fitness_regressions import regressions, terms_of
from biome_pipeline.report.site.fitness_spots import sizes
from biome_pipeline.report.site.fitness_words import n_configs, no_rows, rows_of
from biome_pipeline.report.site.page import Page, Section, Table
from biome_pipeline.report.site.tested import findings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from biome_pipeline.report.site.contents import Contents

__all__ = ["FITNESS"]

_SUMMARY = "fitness.summary"
_ITEMS = {
    "models": "models",
    "descendants": "descendants in all",
    "downloads": "downloads in all, 30 days",
    "best_size_descendants": "best size class by descendants",
    "best_size_downloads": "best size class by downloads",
    "best_spot_descendants": "best usual size by descendants",
    "best_spot_downloads": "best usual size by downloads",
    "best_family_descendants": "best family by descendants",
    "best_family_downloads": "best family by downloads",
    "gqa_descendants_with": "mean descendants with grouped queries",
    "gqa_descendants_without": "mean descendants without grouped queries",
    "moe_descendants_with": "mean descendants with mixture of experts",
    "moe_descendants_without": "mean descendants without mixture of experts",
    "gqa_downloads_with": "mean downloads with grouped queries",
    "gqa_downloads_without": "mean downloads without grouped queries",
    "moe_downloads_with": "mean downloads with mixture of experts",
    "moe_downloads_without": "mean downloads without mixture of experts",
}


def _sections(contents: Contents) -> list[Section]:
    terms = terms_of(contents)
    return [
        *_warning(contents),
        who_has_a_config(contents),
        known_traits(contents),
        outcomes(contents),
        regressions(contents, terms),
        families(contents),
        by_context(contents),
        sizes(contents, terms),
        features(contents),
        trust(contents, terms),
        mutations(contents),
        contradictions(contents),
        findings(
            contents,
            subject="fitness",
            graph="all",
            heading="Statements that were tested",
            introduction="What the questions ask, as statements. Estimates are ratios of rates: 1 "
            "is no difference. P-values are adjusted for the number of statements.",
        ),
        _summary(contents),
        _method(),
    ]


def _warning(contents: Contents) -> Iterator[Section]:
    if n_configs(contents) == 0:
        yield Section(
            "No configs",
            paragraphs=(
                "No config of any model was read for this snapshot. Sizes that the weights tell "
                "are known; families, context lengths and all other traits are not, and whatever "
                "needs them is left out and says so.",
            ),
            is_warning=True,
        )


def _summary(contents: Contents) -> Section:
    rows: dict[tuple[str, str], dict[str, Any]] = {
        (row["item"], row["rule"]): row for row in rows_of(contents, _SUMMARY)
    }
    return Section(
        "The summary of the published analysis, by both rules",
        tables=(
            Table(
                "In all",
                ("What", "Best", "Value", "Models"),
                [
                    (f"{words}, {rule}", row["label"] or "", row["value"], row["n"])
                    for item, words in _ITEMS.items()
                    for rule in ("published", "robust")
                    if (row := rows.get((item, rule))) is not None
                ],
                empty=no_rows(contents, _SUMMARY, "There is nothing to sum up."),
                is_folded=True,
                is_stacked=True,
            ),
        ),
    )


def _method() -> Section:
    return Section(
        "How it was computed, and what it cannot say",
        paragraphs=(
            "Published rule: the notebook of the published analysis, step by step, on downloaded "
            "models of known hidden size and layers, with descendants counted by finetune alone. "
            "It was never run to its end, so that no figure of it was published, and there is "
            "nothing to compare with but the rule.",
            "Robust rule: counts by Poisson and negative-binomial regression, with the time that "
            "a model had as exposure, zeros kept, an indicator for every trait that is not known, "
            "and standard errors by author and by root, whichever are larger. Features are "
            "matched on family, size class and quarter. Best groups, ratios and intervals come "
            "from roots drawn anew, as relatives are no separate evidence. P-values are adjusted "
            "within each family of tests (Benjamini and Hochberg 1995).",
            "What it cannot say: why. A trait that goes with more descendants may be what makers "
            "with many followers happen to choose. Configs are read of models that matter, so "
            "that models which nobody noticed are missing. Descendants are those that somebody "
            "declared. Downloads count machines as well as people, and those of a checkpoint may "
            "be downloads of its family's tools. Dates before March 2022 are not known, and "
            "these models' rates are too high.",
            "A band that is wide, and a verdict that is not decided, say that this snapshot does "
            "not tell; they do not say that there is no effect.",
        ),
    )


FITNESS = Page(
    file="fitness.html",
    title="Fitness",
    lead="Which architectures spread: what config patterns go with descendants, use and likes.",
    sections=_sections,
)
