"""Columns of ``hub.papers`` and ``hub.outcomes``."""

from __future__ import annotations

from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

ALL = (
    Field("arxiv_id", "VARCHAR", "Id of a paper on arXiv, without its version.", source="tags"),
    Field("title", "VARCHAR", "Title of the paper; NULL unless the outcome is ok.", source="arXiv"),
    Field("abstract", "VARCHAR", "Its abstract; NULL unless the outcome is ok.", source="arXiv"),
    Field(
        "primary_category",
        "VARCHAR",
        "Its first subject in arXiv's scheme, as cs.CL; NULL unless the outcome is ok.",
        source="arXiv",
    ),
    Field("categories", "VARCHAR[]", "All its subjects, the first one first.", source="arXiv"),
    Field(
        "kind",
        "VARCHAR",
        "What was to be had of the model.",
        source="run",
        values=("card", "config"),
    ),
)
