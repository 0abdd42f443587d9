"""Subjects of the papers that models name, by arXiv's categories.

What does not belong here: the papers themselves (``tops``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.snapshot.statistics.row import Statistic, counted, share_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["subjects"]


def subjects(engine: Engine, traits: ir.Table, papers: ir.Table, n_models: int) -> list[Statistic]:
    """Count models and papers by the subjects of the papers.

    A paper with several subjects counts for each of them, as in the published
    figure. One paper, 1910.09700, stands in the default card template: it makes
    its subjects large among models, but not among papers.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    traits : ibis.expr.types.Table
        ``hub.model_traits``.
    papers : ibis.expr.types.Table
        ``hub.papers``.
    n_models : int
        All models.

    Returns
    -------
    list of Statistic
        Statistics ``arxiv_category`` (models that name a paper of the subject; n
        is the models that name any paper with a known subject) and
        ``arxiv_category_papers`` (papers; n is the papers with a known subject).
    """
    of_papers = papers.select("arxiv_id", category=papers.categories.unnest())
    of_papers = engine.materialize(of_papers.distinct())
    named = traits.filter(traits.trait == "arxiv").select("model_id", arxiv_id="value")
    of_models = engine.materialize(
        named.join(of_papers, "arxiv_id").select("model_id", "category").distinct()
    )
    n_naming = _count(engine, of_models.model_id.nunique())
    n_papers = _count(engine, of_papers.arxiv_id.nunique())
    return [
        *(
            counted("arxiv_category", category, count, n_naming, n_models)
            for category, count in _by_category(engine, of_models)
        ),
        *(
            Statistic(
                "arxiv_category_papers",
                category,
                float(count),
                n_papers,
                share_of_reporting=share_of(count, n_papers),
            )
            for category, count in _by_category(engine, of_papers)
        ),
    ]


def _by_category(engine: Engine, rows: ir.Table) -> list[tuple[str, int]]:
    counts = rows.group_by("category").agg(count=rows.count()).order_by("category")
    found = engine.to_arrow(counts)
    return list(zip(found["category"].to_pylist(), found["count"].to_pylist(), strict=True))


def _count(engine: Engine, expression: ir.IntegerScalar) -> int:
    return int(engine.to_arrow(expression.name("n").as_table())["n"][0].as_py())
