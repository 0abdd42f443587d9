"""The papers that the demo's tags name.

What does not belong here: which model names which paper (`population`), and
asking arXiv (``hub``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

__all__ = ["PAPERS", "PAPERS_SCHEMA", "Paper", "papers_table"]


@dataclass(frozen=True)
class Paper:
    """A paper.

    Attributes
    ----------
    title : str
        Its title.
    categories : tuple of str
        Its arXiv categories, the primary one first.
    """

    title: str
    categories: tuple[str, ...]


PAPERS: dict[str, Paper] = {
    "1910.09700": Paper("Quantifying the Carbon Emissions of Machine Learning", ("cs.CY", "cs.LG")),
    "2106.09685": Paper(
        "LoRA: Low-Rank Adaptation of Large Language Models", ("cs.CL", "cs.AI", "cs.LG")
    ),
    "2305.18290": Paper(
        "Direct Preference Optimization: Your Language Model is Secretly a Reward Model",
        ("cs.LG", "cs.AI", "cs.CL"),
    ),
    "2306.00978": Paper(
        "AWQ: Activation-aware Weight Quantization for LLM Compression and Acceleration",
        ("cs.CL",),
    ),
    "2306.01708": Paper(
        "TIES-Merging: Resolving Interference When Merging Models", ("cs.LG", "cs.AI", "cs.CL")
    ),
}
"""The real papers by their arXiv id: title and categories, as facts."""

_ABSTRACT = "A stand-in: the demo does not carry the abstract of this paper, only its title."
_MADE_UP = "Synthetic: there is no such paper. The demo made it up with the id {arxiv_id}."

PAPERS_SCHEMA = pa.schema(
    [
        ("arxiv_id", pa.string()),
        ("title", pa.string()),
        ("abstract", pa.string()),
        ("primary_category", pa.string()),
        ("categories", pa.list_(pa.string())),
    ]
)
"""Columns of the papers."""


def papers_table(arxiv_ids: Iterable[str]) -> pa.Table:
    """List papers.

    Parameters
    ----------
    arxiv_ids : iterable of str
        Ids without version; an unknown one is taken for made up.

    Returns
    -------
    pyarrow.Table
        One row per different id, in their order, in `PAPERS_SCHEMA`.
    """
    ids = sorted(set(arxiv_ids))
    made_up = Paper("Synthetic paper", ("cs.LG",))
    papers = [PAPERS.get(arxiv_id, made_up) for arxiv_id in ids]
    columns = [
        ids,
        [paper.title for paper in papers],
        [_ABSTRACT if i in PAPERS else _MADE_UP.format(arxiv_id=i) for i in ids],
        [paper.categories[0] for paper in papers],
        [list(paper.categories) for paper in papers],
    ]
    arrays = [pa.array(c, field.type) for c, field in zip(columns, PAPERS_SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=PAPERS_SCHEMA)
