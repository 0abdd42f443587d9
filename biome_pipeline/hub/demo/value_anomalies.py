"""Anomalies of single values: broken JSON, impossible numbers and dates, doubtful ids and tags.

What does not belong here: everything about parents (`parent_anomalies`,
`descent_anomalies`, `declaration_anomalies`).
"""

from __future__ import annotations

import copy
import math

from biome_pipeline.hub.demo.injector import Case, Injector
from biome_pipeline.hub.demo.rows import state_languages
from biome_pipeline.hub.demo.words import LANGUAGE_LOOKALIKES, LANGUAGES

__all__ = [
    "card_data_invalid_json",
    "card_data_odd_values",
    "control_characters_in_tag",
    "date_of_year_one",
    "duplicate_id",
    "language_lookalike",
    "malformed_id",
    "negative_downloads",
    "null_id",
    "trending_nan",
]

_YEAR_ONE_MS = -62_135_596_800_000
"""0001-01-01T00:00:00 UTC."""

_INVALID_CARDS = ('{"license": "mit", "language": ["en"', "license: mit", "[1, 2", "{'license': 1}")
_ODD_CARDS = (
    ("nan", '{"license": "mit", "loss": NaN}'),
    ("infinity", '{"license": "mit", "perplexity": Infinity, "gain": -Infinity}'),
    ("number_as_string", '{"license": "mit", "epochs": "12"}'),
    ("beyond_64_bits", '{"license": "mit", "tokens": 18446744073709551617}'),
    ("duplicate_keys", '{"license": "mit", "license": "apache-2.0"}'),
    ("language_is_true", '{"license": "mit", "language": true}'),
    ("license_is_list", '{"license": ["mit", "apache-2.0"]}'),
)
_DOUBTFUL_TAGS = ("invoice\u202efdp.exe", "bell\x07tag", "line\nbreak", "\x1b[31mred")
_MALFORMED_IDS = ("../etc/passwd", "heron/serval/lark", "has space/plover")
_DAY_MS = 86_400_000


def card_data_invalid_json(injector: Injector) -> tuple[Case, ...]:
    """Put text that is not JSON in the place of the front matter.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per model; ``text`` is what stands there.
    """
    cases = []
    for place, row in enumerate(injector.models(injector.n_cases)):
        row.card = _INVALID_CARDS[place % len(_INVALID_CARDS)]
        cases.append({"id": row.id, "text": row.card, "expected": "invalid_json"})
    return tuple(cases)


def card_data_odd_values(injector: Injector) -> tuple[Case, ...]:
    """Put values into front matter that programs write and others cannot read.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per odd value; ``expected`` names it and ``text`` is the card.
    """
    cases = []
    for (oddity, text), row in zip(_ODD_CARDS, injector.models(len(_ODD_CARDS)), strict=True):
        row.card = text
        cases.append({"id": row.id, "text": text, "expected": oddity})
    return tuple(cases)


def date_of_year_one(injector: Injector) -> tuple[Case, ...]:
    """Date models to the first day of the year 1.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per model.
    """
    rows = injector.models(injector.n_cases)
    for row in rows:
        row.created_ms = _YEAR_ONE_MS
    return tuple({"id": row.id, "expected": "created_at_unknown"} for row in rows)


def trending_nan(injector: Injector) -> tuple[Case, ...]:
    """Give models a trending score that is not a number.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per model.
    """
    rows = injector.models(injector.n_cases)
    for row in rows:
        row.trending = math.nan
    return tuple({"id": row.id, "expected": "trending_score_unknown"} for row in rows)


def negative_downloads(injector: Injector) -> tuple[Case, ...]:
    """Give models fewer than no downloads.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per model.
    """
    rows = injector.models(injector.n_cases)
    for row in rows:
        row.downloads = -1
    return tuple({"id": row.id, "expected": "downloads_unknown"} for row in rows)


def control_characters_in_tag(injector: Injector) -> tuple[Case, ...]:
    """Give models tags that would act on a terminal, one of them U+202E.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        At least one per kind of character; ``tag`` is the tag.
    """
    cases = []
    for place, row in enumerate(injector.models(max(len(_DOUBTFUL_TAGS), injector.n_cases))):
        tag = _DOUBTFUL_TAGS[place % len(_DOUBTFUL_TAGS)]
        row.add_tags(tag)
        cases.append({"id": row.id, "tag": tag, "expected": "never_printed_raw"})
    return tuple(cases)


def duplicate_id(injector: Injector) -> tuple[Case, ...]:
    """List models twice, the second time with a later change.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per model; ``modified_ms`` has both dates, the later one last.
    """
    cases = []
    for row in injector.models(injector.n_cases):
        later = copy.deepcopy(row)
        # The first copy is moved back, so that none is newer than the snapshot.
        row.modified_ms = min(row.modified_ms, max(row.created_ms, row.modified_ms - _DAY_MS))
        later.modified_ms = max(later.modified_ms, row.modified_ms + 1000)
        later.downloads_all_time += 10
        injector.rows.append(later)
        cases.append(
            {
                "id": row.id,
                "modified_ms": [row.modified_ms, later.modified_ms],
                "expected": "duplicate_id",
            }
        )
    return tuple(cases)


def null_id(injector: Injector) -> tuple[Case, ...]:
    """Take the id of models away.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per row; ``hub_id`` is its internal id, as it has no other.
    """
    rows = injector.models(injector.n_cases)
    for row in rows:
        row.id = None
    return tuple({"id": None, "hub_id": row.hub_id, "expected": "null_id"} for row in rows)


def malformed_id(injector: Injector) -> tuple[Case, ...]:
    """Give models ids that no model can have.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per kind of id.
    """
    cases = []
    for text, row in zip(_MALFORMED_IDS, injector.models(len(_MALFORMED_IDS)), strict=True):
        row.id = text
        cases.append({"id": text, "expected": "malformed_id"})
    return tuple(cases)


def language_lookalike(injector: Injector) -> tuple[Case, ...]:
    """Give models topic tags that read like languages, beside the languages they have.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per model; ``languages`` are the real ones and ``lookalikes`` the others.
    """
    cases = []
    for place, row in enumerate(injector.models(injector.n_cases)):
        row.tags = [tag for tag in row.tags if tag not in LANGUAGES.words]
        languages = ["en", LANGUAGES.words[1 + place % 5]]
        start = 3 * place % len(LANGUAGE_LOOKALIKES)
        turned = LANGUAGE_LOOKALIKES[start:] + LANGUAGE_LOOKALIKES[:start]
        lookalikes = list(turned[:5])
        state_languages(row, languages, as_list=True)
        row.add_tags(*lookalikes)
        cases.append(
            {
                "id": row.id,
                "languages": languages,
                "lookalikes": lookalikes,
                "expected": "languages_only",
            }
        )
    return tuple(cases)
