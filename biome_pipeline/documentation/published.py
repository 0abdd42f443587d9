"""What is published about model cards, to stand beside ours.

Source: "Anatomy of a Machine Learning Ecosystem" (arXiv 2508.06811), the text of
the section on documentation, on 1,860,411 models of which 1,247,149 have a card.
The snapshot is not public, so that a difference may be that of two snapshots.

What does not belong here: figures along edges, as of parents and their children
(``drift``).
"""

from __future__ import annotations

__all__ = ["PUBLISHED", "PUBLISHED_COLUMNS"]

PUBLISHED: dict[str, dict[str, float]] = {
    "all": {
        "share_with_card": 0.6704,
        "mean_characters": 3575.60,
        "median_characters": 2073.0,
        "min_characters": 11.0,
        "max_characters": 18_289_454.0,
        "mean_words": 436.06,
        "median_words": 238.0,
        "max_words": 2_813_762.0,
    },
    # In the text: about 30 % of derivative models.
    "children": {"share_auto_generated": 0.3},
}
"""Published value of a column of ``documentation.coverage``, by group."""

PUBLISHED_COLUMNS: tuple[str, ...] = (*PUBLISHED["all"], "share_auto_generated")
"""Columns that have a published value in some group."""
