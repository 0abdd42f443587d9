"""The models of a snapshot as arrays: traits, outcomes, exposure, and who they belong to.

What does not belong here: where the columns come from (``models``), and what is
computed of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.warehouse.engine import Engine

__all__ = [
    "FLAGS",
    "NUMBERS",
    "OUTCOMES",
    "PARENTLESS",
    "TRAITS",
    "UNKNOWN",
    "FitnessModels",
    "exposure_of",
    "read_models",
]

NUMBERS: tuple[str, ...] = (
    "parameters",
    "hidden_size",
    "num_layers",
    "num_heads",
    "intermediate_size",
    "vocab_size",
    "context_length",
)
"""Traits that are positive numbers."""

FLAGS: tuple[str, ...] = (
    "uses_moe",
    "uses_gqa",
    "uses_rope",
    "uses_quantization",
    "has_tied_embeddings",
)
"""Traits that hold or do not."""

TRAITS: tuple[str, ...] = (*NUMBERS, *FLAGS)
"""All traits, in the order in which regressions have them."""

OUTCOMES: dict[str, str] = {
    "children": "n_children",
    "descendants": "n_descendants",
    "descendants_unquantized": "n_descendants_unquantized",
    "downloads": "downloads",
    "downloads_all_time": "downloads_all_time",
    "likes": "likes",
}
"""Column of ``fitness.models`` that holds each outcome."""

PARENTLESS: tuple[str, ...] = ("root", "unrelated")
"""Roles of models without parents; which of the two it is depends on their children."""

UNKNOWN = -1
"""Code of a family or quarter that is not known."""

_MONTH = 30.0


@dataclass(frozen=True, eq=False)
class FitnessModels:
    """All models of a snapshot, in the order of their nodes.

    Attributes
    ----------
    traits : dict of str to ndarray of float64, shape (n,)
        By name, as in `TRAITS`; of flags 0 or 1; NaN where it is not known.
    outcomes : dict of str to ndarray of float64, shape (n,)
        By name, as in `OUTCOMES`; NaN where it is not known.
    descendants_finetune : ndarray of float64, shape (n,)
        Descendants as the published rule counts them.
    age_days : ndarray of float64, shape (n,)
        At least 1; NaN where the date is not known.
    is_backfilled : ndarray of bool, shape (n,)
        Whether the age is only known to be at least that.
    has_config : ndarray of bool, shape (n,)
        Whether the whole config was read.
    family : ndarray of int64, shape (n,)
        Place in `families`; `UNKNOWN` where it is not known.
    families : tuple of str
        Names of the families that occur, sorted.
    role : ndarray of int64, shape (n,)
        Place in `roles`.
    roles : tuple of str
        Names of the roles that occur, sorted.
    quarter : ndarray of int64, shape (n,)
        Quarters since 1970; `UNKNOWN` where the date is not known.
    author : ndarray of int64, shape (n,)
        Number of the author, from 0; models without one are each their own.
    root : ndarray of int64, shape (n,)
        Number of the root of the family by descent, from 0.
    """

    traits: dict[str, npt.NDArray[np.float64]]
    outcomes: dict[str, npt.NDArray[np.float64]]
    descendants_finetune: npt.NDArray[np.float64]
    age_days: npt.NDArray[np.float64]
    is_backfilled: npt.NDArray[np.bool_]
    has_config: npt.NDArray[np.bool_]
    family: npt.NDArray[np.int64]
    families: tuple[str, ...]
    role: npt.NDArray[np.int64]
    roles: tuple[str, ...]
    quarter: npt.NDArray[np.int64]
    author: npt.NDArray[np.int64]
    root: npt.NDArray[np.int64]

    @property
    def n(self) -> int:
        """Number of models."""
        return int(self.age_days.size)

    @property
    def is_published(self) -> npt.NDArray[np.bool_]:
        """Whether the published rule takes a model: its sizes are known, and it is downloaded.

        Returns
        -------
        ndarray of bool, shape (n,)
            Known hidden size and layers, and more than 0 downloads.
        """
        sizes = self.traits["hidden_size"], self.traits["num_layers"]
        has_sizes = ~np.isnan(sizes[0]) & ~np.isnan(sizes[1])
        result: npt.NDArray[np.bool_] = has_sizes & (self.outcomes["downloads"] > 0)
        return result


def exposure_of(outcome: str, age_days: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give how long models could earn an outcome.

    Parameters
    ----------
    outcome : str
        One of `OUTCOMES`.
    age_days : ndarray of float64
        Ages; NaN where one is not known.

    Returns
    -------
    ndarray of float64
        Days: the age; of ``downloads``, which are those of 30 days, at most 30.
    """
    return np.minimum(age_days, _MONTH) if outcome == "downloads" else age_days


def read_models(engine: Engine, models: ir.Table) -> FitnessModels:
    """Read ``fitness.models`` into arrays.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``fitness.models`` of one snapshot, as the lake has it.

    Returns
    -------
    FitnessModels
        In the order of the nodes.
    """
    columns = (
        "node",
        "author",
        "root_id",
        "role",
        "family",
        "has_config",
        *TRAITS,
        *OUTCOMES.values(),
        "n_descendants_finetune",
        "age_days",
        "quarter",
        "is_created_at_backfilled",
    )
    quarter = (models.quarter.year() - 1970) * 4 + models.quarter.quarter() - 1
    rows = engine.to_arrow(models.mutate(quarter=quarter).select(*columns).order_by("node"))
    families, family = _coded(rows["family"])
    roles, role = _coded(rows["role"])
    return FitnessModels(
        traits={name: _numbers(rows[name]) for name in TRAITS},
        outcomes={name: _numbers(rows[column]) for name, column in OUTCOMES.items()},
        descendants_finetune=_numbers(rows["n_descendants_finetune"]),
        age_days=_numbers(rows["age_days"]),
        is_backfilled=_flags(rows["is_created_at_backfilled"]),
        has_config=_flags(rows["has_config"]),
        family=family,
        families=families,
        role=role,
        roles=roles,
        quarter=np.nan_to_num(_numbers(rows["quarter"]), nan=UNKNOWN).astype(np.int64),
        author=_numbered(rows["author"]),
        root=_numbered(rows["root_id"]),
    )


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    # Anybody may state 2^60 parameters: the last digits of such a number may go.
    found: npt.NDArray[np.float64] = column.cast("float64", safe=False).to_numpy()
    return found


def _flags(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = column.to_numpy().astype(np.bool_)
    return found


def _coded(column: pa.ChunkedArray) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """Give the sorted names and the place of each row in them."""
    import pyarrow.compute as pc

    names = sorted(name for name in column.unique().to_pylist() if name is not None)
    codes: Any = pc.index_in(column, value_set=_texts(names))
    return tuple(names), np.nan_to_num(_numbers(codes), nan=UNKNOWN).astype(np.int64)


def _numbered(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Give equal texts one number, and each row without a text one of its own."""
    indices = column.combine_chunks().dictionary_encode().indices
    codes = np.array(indices.cast("float64").to_numpy(zero_copy_only=False))
    alone = np.isnan(codes)
    first = 0 if alone.all() else int(np.nanmax(codes)) + 1
    codes[alone] = first + np.arange(np.count_nonzero(alone))
    return codes.astype(np.int64)


def _texts(names: list[str]) -> pa.Array:
    import pyarrow as pa

    return pa.array(names, pa.string())
