"""Writing the explorer's data: the largest families that fit, an index, and a lookup.

What does not belong here: what a family is made of (``families``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.report.explorer.families import Families, read_families
from biome_pipeline.report.explorer.index import (
    entry_of,
    index_of,
    license_terms,
    notable_models,
)
from biome_pipeline.report.explorer.lookup import bucket_file, count_buckets, lookup_scripts
from biome_pipeline.report.explorer.script import call, to_script_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from biome_pipeline.report.site.contents import Contents

__all__ = ["Shipped", "write_shards"]

_BLOCK = 4096  # bytes of disk that the smallest file takes
_MOST_NOTABLE_BYTES = 1_500_000
_MOST_UNSHIPPED = 100  # named in the index without a file
_FRAME_BYTES = 100_000  # those names, and what stands around everything else
_LOOKUP_BYTES = 18  # of one model: ten digits of the checksum, a place, and commas
# What each model and each edge need at least beside the id: quotes, digits, commas.
_LEAST_MODEL_BYTES = 3 + 7 * 2
_LEAST_EDGE_BYTES = 3 * 2


@dataclass(frozen=True)
class Shipped:
    """What the explorer of a report holds.

    Parameters
    ----------
    n_families, n_models : int
        Families of the snapshot, and models in them.
    n_families_shipped, n_models_shipped : int
        Those that the report has.
    n_bytes : int
        Size of all files.
    """

    n_families: int
    n_models: int
    n_families_shipped: int
    n_models_shipped: int
    n_bytes: int


def write_shards(
    contents: Contents,
    folder: Path,
    *,
    max_bytes: int,
    sentences: Mapping[str, str] | None = None,
) -> Shipped:
    """Write the families of all relations that fit, largest first.

    A file of a family counts in whole blocks of 4 KiB, as a disk counts it: so
    the number of files has a limit too. Index, lookup and the suggestions of the
    search count as well. A family that does not fit is passed over for smaller
    ones; the largest of these are named in the index without a file.

    Parameters
    ----------
    contents : Contents
        The tables.
    folder : Path
        A folder that is there, to write into.
    max_bytes : int
        Most bytes of all files together. If they are too few for an index no
        family is taken along, and an index of 100 names is all there is.
    sentences : mapping of str to str, optional
        What each obligation asks, in a sentence.

    Returns
    -------
    Shipped
        What was taken along.
    """
    families = read_families(contents, graph="all")
    terms = license_terms(contents)
    told = dict(sentences or {})
    most_notable = min(max_bytes // 25, _MOST_NOTABLE_BYTES)
    reserve = len(to_script_json([terms, told])) + _FRAME_BYTES + most_notable
    sizes = _write_families(families, folder, max_bytes - reserve)
    named = sorted([*sizes, *_unshipped(families, sizes)])
    entries = [entry_of(families, place, sizes.get(place)) for place in named]
    shipped = {place: index for index, place in enumerate(named) if place in sizes}
    index = index_of(families, list(shipped), entries, terms=terms, sentences=told)
    index["notable"] = notable_models(families, shipped, max_bytes=most_notable)
    index["n_buckets"] = count_buckets(index["n_models_shipped"])
    n_bytes = sum(sizes.values()) + _write_lookup(families, shipped, index["n_buckets"], folder)
    return Shipped(
        families.n_families,
        len(families.ids),
        len(shipped),
        index["n_models_shipped"],
        n_bytes + _write(folder / "families.js", call("index", index)),
    )


def _write_families(families: Families, folder: Path, room: int) -> dict[int, int]:
    """Write what fits into the room; gives the size of each file by the family's place."""
    least = _least_bytes(families)
    sizes: dict[int, int] = {}
    for place in range(families.n_families):
        if room < _BLOCK:
            break
        # Most that do not fit are known without being written out.
        if least[place] > room:
            continue
        text = call("family", families.document(place))
        entry = entry_of(families, place, len(text))
        n_around = len(to_script_json(entry)) + 1 + _LOOKUP_BYTES * families.n_models(place)
        n_taken = -(-len(text) // _BLOCK) * _BLOCK + n_around
        if n_taken > room:
            continue
        sizes[place] = _write(folder / entry["file"], text)
        room -= n_taken
    return sizes


def _least_bytes(families: Families) -> list[int]:
    """Give a size that the file of each family has at the least."""
    lengths = np.fromiter(map(len, families.ids), np.int64, len(families.ids))
    before = np.concatenate([[0], np.cumsum(lengths + _LEAST_MODEL_BYTES)])
    n_edges = np.diff(families.edge_starts)
    found: list[int] = (np.diff(before[families.starts]) + _LEAST_EDGE_BYTES * n_edges).tolist()
    return found


def _unshipped(families: Families, sizes: Mapping[int, int]) -> list[int]:
    found = (place for place in range(families.n_families) if place not in sizes)
    return [place for place, _ in zip(found, range(_MOST_UNSHIPPED), strict=False)]


def _write_lookup(
    families: Families, shipped: Mapping[int, int], n_buckets: int, folder: Path
) -> int:
    ids = [model_id for place in shipped for model_id in families.models(place)]
    counts = [families.n_models(place) for place in shipped]
    places = np.repeat(np.array([*shipped.values()], dtype=np.int64), counts)
    return sum(
        _write(folder / bucket_file(number), text)
        for number, text in enumerate(lookup_scripts(ids, places, n_buckets))
    )


def _write(path: Path, text: str) -> int:
    """Write a script, which is ASCII; gives its size."""
    return path.write_bytes(text.encode("ascii"))
