"""Texts, terms and likeness by definition: slow, and as they are written.

Plain Python, one definition per function; nothing here shares code with the
package.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from biome_pipeline_tests.reference.hub import as_json, listing_record

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "card_text",
    "cosine",
    "edit_distance",
    "metadata_text",
    "terms_of",
    "tokens_of",
    "vocabulary",
]

Row = dict[str, Any]


def metadata_text(row: Row, model: Row, ablation: str) -> str:
    """Write a row of hub-stats and the clean model of it as one step of the ladder has it."""
    if ablation == "all":
        return listing_record(row)
    if ablation == "traits":
        return as_json(
            {
                "datasets": model["datasets"],
                "languages": model["languages"],
                "library": model["library_name"],
                "license": model["license"],
                "task": model["pipeline_tag"],
            }
        )
    orphan = dict(row, tags=_without(row["tags"], "base_model:"))
    if ablation == "no_parent":
        return listing_record(orphan)
    return as_json(
        {
            "library_name": row["library_name"],
            "pipeline_tag": row["pipeline_tag"],
            "tags": _without(orphan["tags"], "region:"),
        }
    )


def _without(tags: Sequence[str | None] | None, prefix: str) -> list[str | None] | None:
    if tags is None:
        return None
    return [tag for tag in tags if tag is None or tag[: len(prefix)] != prefix]


def card_text(text: str | None, body: str, rule: str) -> str | None:
    """Give what is compared of a card, None if it is not let in; body as it was made."""
    if text is None or len(text) <= 3:
        return None
    if rule == "whole":
        return body if body.split() else None
    is_made = "automatically generated" in text.lower() or "generated automatically" in text.lower()
    return text[:512] if len(text) >= 512 and not is_made else None


def tokens_of(text: str) -> list[str]:
    """Cut a text as scikit-learn does."""
    return re.findall(r"(?u)\b\w\w+\b", text.lower())


def terms_of(text: str) -> list[str]:
    """Give tokens, and pairs of neighbouring tokens."""
    tokens = tokens_of(text)
    return [*tokens, *(f"{one} {next_one}" for one, next_one in pairwise(tokens))]


def vocabulary(texts: Sequence[str], size: int) -> list[tuple[str, int, int]]:
    """Give the most frequent terms with count and document frequency, ties by term."""
    counts: Counter[str] = Counter()
    documents: Counter[str] = Counter()
    for text in texts:
        terms = terms_of(text)
        counts.update(terms)
        documents.update(set(terms))
    ranked = sorted(counts, key=lambda term: (-counts[term], term))[:size]
    return [(term, counts[term], documents[term]) for term in ranked]


def cosine(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Give the cosine of two vectors; None if one of them is empty."""
    lengths = sum(x * x for x in one) * sum(y * y for y in other)
    return sum(x * y for x, y in zip(one, other, strict=True)) / lengths**0.5 if lengths else None


def edit_distance(one: str, other: str) -> int:
    """Count insertions, deletions and substitutions, by the table of all prefixes."""
    row = list(range(len(other) + 1))
    for i, mine in enumerate(one, start=1):
        above, row = row, [i]
        for j, yours in enumerate(other, start=1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (mine != yours)))
    return row[-1]
