"""The tables of documentation by definition: loops over models, cards and pairs of words.

What does not belong here: the package (``biome_pipeline.documentation``).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import mean, median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["RELATIONS", "SECTIONS", "coverage", "groups", "section_shares", "standing"]

Row = dict[str, Any]

RELATIONS = ("finetune", "adapter", "quantized", "merge", "unspecified")
SECTIONS = (
    "intended_use",
    "limits",
    "training_data",
    "evaluation",
    "license",
    "citation",
    "environmental_impact",
)


def standing(card: Row | None) -> tuple[bool | None, bool]:
    """Say whether there is a card, or that nobody knows; and whether it was read."""
    if card is None:
        return None, False
    if card["characters"] is not None:
        has = card["characters"] > 3
        return has, has
    known = {"missing": False, "empty": False, "too_large": True, "not_utf8": True}
    return known.get(card["outcome"]), False


def groups(ids: Sequence[str], descents: Sequence[Row]) -> dict[str, list[str]]:
    """Give the models of each group, by the edges that are not excluded."""
    kept = [edge for edge in descents if not edge["is_excluded"]]
    parents = {edge["parent_id"] for edge in kept}
    children = {edge["child_id"] for edge in kept}
    found = {
        "all": set(ids),
        "with_relatives": parents | children,
        "without_relatives": set(ids) - parents - children,
        "roots": parents - children,
        "parents": parents,
        "children": children,
    }
    for relation in RELATIONS:
        own = [edge for edge in kept if edge["relation"] == relation]
        found[f"parents_{relation}"] = {edge["parent_id"] for edge in own}
        found[f"children_{relation}"] = {edge["child_id"] for edge in own}
    return {name: sorted(members) for name, members in found.items()}


def coverage(group: Sequence[str], cards: dict[str, Row]) -> Row:
    """Describe the cards of some models."""
    states = [(standing(cards.get(name)), cards.get(name)) for name in group]
    known = [has for (has, _), _ in states if has is not None]
    read = [card for (_, is_read), card in states if is_read and card is not None]
    auto = [card["is_auto_generated"] for card in read]
    outcomes = Counter("not_asked" if card is None else card["outcome"] for _, card in states)
    row: Row = {
        "n": len(group),
        "n_missing": len(group) - len(known),
        "n_with_card": sum(known),
        "share_with_card": sum(known) / len(known) if known else None,
        "n_read": len(read),
        "n_auto_generated": sum(auto),
        "share_auto_generated": sum(auto) / len(auto) if auto else None,
        "card_outcomes": sorted(outcomes.items()),
    }
    for name in ("characters", "words"):
        values = [card[name] for card in read]
        row |= {
            f"mean_{name}": mean(map(float, values)) if values else None,
            f"median_{name}": float(median(values)) if values else None,
            f"min_{name}": min(values, default=None),
            f"max_{name}": max(values, default=None),
        }
    return row


def section_shares(group: Sequence[str], cards: dict[str, Row]) -> dict[str, Row]:
    """Count the sections of the cards of some models."""
    read = [cards[name] for name in group if standing(cards.get(name))[1]]
    found: dict[str, Row] = defaultdict(dict)
    for section in SECTIONS:
        has = sum(card[f"has_{section}"] for card in read)
        found[section] = {
            "n": len(read),
            "n_missing": len(group) - len(read),
            "n_with_section": has,
            "share": has / len(read) if read else None,
        }
    return found
