"""Values of a trait for every model, as a sparse matrix of nodes by values.

Spellings are brought to one name by ``vocabulary``. Not reported is a model
without a value, or whose values say nothing: an empty word, ``unknown``, ``none``
and the like, a license without a letter, a language code for "not determined".
``other`` is reported: somebody chose it. The published code leaves ``other`` and
``unknown`` out of its drift graphs; whether its rates count them is not known.

What does not belong here: what happens to values along edges (``group_flows``), and the
tables of all traits (``snapshot.traits``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array

from biome_pipeline.errors import InferenceError
from biome_pipeline.vocabulary.languages import stated_language
from biome_pipeline.vocabulary.libraries import library_name
from biome_pipeline.vocabulary.licenses import license_id
from biome_pipeline.vocabulary.tasks import task_name

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir
    import numpy.typing as npt

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["TRAITS", "Trait", "TraitValues", "trait_values"]

Trait = Literal["license", "language", "task", "library"]
"""A trait that drifts."""

TRAITS: tuple[Trait, ...] = get_args(Trait)

# The column of each trait, and what brings its words to one name.
_SOURCES: dict[Trait, tuple[str, Callable[[str], str | None]]] = {
    "license": ("licenses", license_id),
    "language": ("languages", stated_language),
    "task": ("pipeline_tag", task_name),
    "library": ("library_name", library_name),
}


@dataclass(frozen=True, eq=False)
class TraitValues:
    """The set of values that each model has of one trait.

    Attributes
    ----------
    trait : str
        Which trait.
    values : tuple of str
        Its values, by number of models descending, ties by code point.
    n_models : ndarray of int64, shape (n_values,)
        Models with each value.
    sets : scipy.sparse.csr_array of int32, shape (n_nodes, n_values)
        Row u has a one for each value of node u, columns ascending; an empty row
        is not reported.
    """

    trait: Trait
    values: tuple[str, ...]
    n_models: npt.NDArray[np.int64]
    sets: csr_array


def trait_values(engine: Engine, models: ir.Table, trait: Trait) -> TraitValues:
    """Read a trait of all models.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``, with ``node``.
    trait : {"license", "language", "task", "library"}
        Which trait.

    Returns
    -------
    TraitValues
        Values in one spelling, each once per model.

    Raises
    ------
    InferenceError
        If there is no such trait.
    """
    if trait not in _SOURCES:
        raise InferenceError(
            f"there is no trait {trait!r}", remedy=f"choose one of {', '.join(TRAITS)}"
        )
    column, named = _SOURCES[trait]
    words = models[column]
    words = words.unnest() if words.type().is_array() else words
    stated = models.select("node", word=words).filter(lambda rows: rows.word.notnull())
    # Spellings are few: they are named one by one, and models by number only.
    spellings = engine.to_arrow(stated.select("word").distinct())["word"].to_pylist()
    pairs = [(word, name) for word in spellings if (name := named(word)) is not None]
    names = sorted({name for _, name in pairs})
    code_of = {name: code for code, name in enumerate(names)}
    codes = engine.memory_table(
        pa.table(
            {
                "word": pa.array([word for word, _ in pairs], pa.string()),
                "code": pa.array([code_of[name] for _, name in pairs], pa.int32()),
            }
        )
    )
    found = engine.to_arrow(stated.join(codes, "word").select("node", "code"))
    sets = csr_array(
        (
            np.ones(found.num_rows, np.int32),
            (found["node"].to_numpy(), found["code"].to_numpy()),
        ),
        shape=(engine.count_rows(models), len(names)),
    )
    # Two spellings of one value make a two.
    sets.data[:] = 1
    n_models = np.bincount(sets.indices, minlength=len(names)).astype(np.int64)
    order = np.argsort(-n_models, kind="stable")
    place = np.empty(order.size, sets.indices.dtype)
    place[order] = np.arange(order.size)
    ranked = csr_array((sets.data, place[sets.indices], sets.indptr), shape=sets.shape)
    ranked.sum_duplicates()
    return TraitValues(trait, tuple(names[code] for code in order), n_models[order], ranked)
