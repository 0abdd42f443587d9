"""The index of the explorer: which families there are, and what licenses ask for.

What does not belong here: where a single model is (``lookup``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.report.explorer.script import to_script_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from biome_pipeline.report.explorer.families import Families
    from biome_pipeline.report.site.contents import Contents

__all__ = ["TERMS", "entry_of", "index_of", "license_terms", "notable_models"]

TERMS = "policy.license_terms"

_FORMAT = 1
_MOST_NOTABLE = 20_000


def license_terms(contents: Contents) -> dict[str, dict[str, Any]]:
    """Read what licenses ask for.

    Parameters
    ----------
    contents : Contents
        The tables.

    Returns
    -------
    dict of str to dict
        ``class``, ``is_reviewed`` and ``obligations`` of each license, by its id;
        nothing if ``policy.license_terms`` was not made.
    """
    if TERMS not in contents.tables:
        return {}
    rows = contents.rows(contents.tables[TERMS].order_by("license")).to_pylist()
    return {
        row["license"]: {
            "class": row["class"],
            "is_reviewed": row["is_reviewed"],
            "obligations": [
                {"obligation": obligation, "clause": clause}
                for obligation, clause in zip(
                    row["obligations"] or (), row["clauses"] or (), strict=True
                )
            ],
        }
        for row in rows
    }


def entry_of(families: Families, place: int, n_bytes: int | None) -> dict[str, Any]:
    """Give the entry of a family in the index.

    Parameters
    ----------
    families : Families
        All families.
    place : int
        Place of the family.
    n_bytes : int or None
        Size of its file; None if it has none.

    Returns
    -------
    dict
        As the explorer reads it.
    """
    number = families.numbers[place]
    return {
        "family_id": number,
        "root_id": families.roots[place],
        "n_models": families.n_models(place),
        "depth": families.depths[place],
        "file": None if n_bytes is None else f"family-{number}.js",
        "bytes": n_bytes,
    }


def index_of(
    families: Families,
    shipped: Sequence[int],
    entries: Sequence[Mapping[str, Any]],
    *,
    terms: Mapping[str, Mapping[str, Any]],
    sentences: Mapping[str, str],
) -> dict[str, Any]:
    """Give the index, without what the search needs.

    Parameters
    ----------
    families : Families
        All families.
    shipped : sequence of int
        Places of those that are taken along.
    entries : sequence of mapping
        Families to name, as `entry_of` gives them.
    terms : mapping of str to mapping
        As `license_terms` gives them.
    sentences : mapping of str to str
        What each obligation asks, in a sentence.

    Returns
    -------
    dict
        As the explorer reads it, with no ``notable`` models and one bucket.
    """
    licenses = {name for place in shipped for name in families.licenses(place)}
    return {
        "format": _FORMAT,
        "snapshot": families.snapshot,
        "graph": families.graph,
        "families": list(entries),
        "n_families": families.n_families,
        "n_models": len(families.ids),
        "n_models_shipped": sum(families.n_models(place) for place in shipped),
        "notable": [],
        "n_buckets": 1,
        "licenses": {name: terms[name] for name in sorted(licenses & terms.keys())},
        "obligations": dict(sorted(sentences.items())),
    }


def notable_models(
    families: Families, shipped: Mapping[int, int], *, max_bytes: int
) -> list[tuple[str, int, int | None]]:
    """Choose the models that a search suggests: the most downloaded.

    Parameters
    ----------
    families : Families
        All families.
    shipped : mapping of int to int
        Place in the index of each family that is taken along, by its place.
    max_bytes : int
        Most bytes of the list.

    Returns
    -------
    list of tuple of str, int and int or None
        Id, place of the family in the index and downloads; the most downloaded
        first, then those of unknown downloads, ties by id.
    """
    found: list[tuple[int, str, int]] = []
    downloads = families.columns["downloads"]
    if shipped:
        rows = np.concatenate(
            [np.arange(families.starts[p], families.starts[p + 1]) for p in shipped]
        )
        index_places = np.repeat(
            np.fromiter(shipped.values(), np.int64), [families.n_models(p) for p in shipped]
        )
        # Unknown is less than none; and only what can be among the first is sorted by id.
        known = np.array([-1 if n is None else n for n in downloads.tolist()], dtype=np.int64)
        counts = known[rows]
        if len(rows) > _MOST_NOTABLE:
            least = np.partition(counts, -_MOST_NOTABLE)[-_MOST_NOTABLE]
            kept = counts >= least
            rows, index_places, counts = rows[kept], index_places[kept], counts[kept]
        found = sorted(
            zip(
                (-counts).tolist(),
                [families.ids[row] for row in rows.tolist()],
                index_places.tolist(),
                strict=True,
            )
        )[:_MOST_NOTABLE]
    chosen = []
    n_bytes = 2
    for negative, model_id, place in found:
        row = (model_id, place, None if negative > 0 else -negative)
        n_bytes += len(to_script_json(row)) + 1
        if n_bytes > max_bytes:
            break
        chosen.append(row)
    return chosen
