"""How the values of a trait are named and coloured in figures.

What does not belong here: which class a value is of (``biome_pipeline.vocabulary``).
"""

from __future__ import annotations

from biome_pipeline.vocabulary.languages import language_name
from biome_pipeline.vocabulary.licenses import license_group
from biome_pipeline.vocabulary.tasks import task_stage

__all__ = ["CLASSES", "TRAIT_WORDS", "class_of", "value_name"]

TRAIT_WORDS: dict[str, str] = {
    "license": "licenses",
    "language": "languages",
    "task": "tasks",
    "library": "libraries",
}
"""Traits in the order of pages, with their plural."""

CLASSES: dict[str, dict[str, str]] = {
    "license": {
        "commercial": "4",
        "restrictive": "1",
        "permissive": "0",
        "copyleft": "2",
        "other or unknown class": "muted",
    },
    "language": {"English": "0", "Chinese": "4", "other languages": "muted"},
    "task": {
        "representation": "0",
        "modality translation": "2",
        "classification": "1",
        "reinforcement learning": "4",
        "generation": "3",
        "other": "muted",
    },
    "library": {"library": "main"},
}
"""Classes of the values of each trait with their colours, in the order of a legend."""


def class_of(trait: str, value: str) -> str:
    """Give the class of a value, by which it is coloured.

    Parameters
    ----------
    trait, value : str
        The trait and one of its values.

    Returns
    -------
    str
        A key of `CLASSES` of the trait.
    """
    match trait:
        case "license":
            return license_group(value) or "other or unknown class"
        case "task":
            return task_stage(value)
        case "language":
            return {"en": "English", "zh": "Chinese"}.get(value, "other languages")
        case _:
            return "library"


def value_name(trait: str, value: str) -> str:
    """Give the name of a value as a reader knows it.

    Parameters
    ----------
    trait, value : str
        The trait and one of its values.

    Returns
    -------
    str
        A language by its English name, all else as it is.
    """
    return (language_name(value) or value) if trait == "language" else value
