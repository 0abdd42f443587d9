"""Which models stand or fall together: the units that a bootstrap resamples.

What does not belong here: the resampling itself (``resampling``, ``ratios``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.inference.lots import lots_of_families

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["Units", "author_of_nodes", "units_of_models"]


@dataclass(frozen=True, eq=False)
class Units:
    """Who is resampled with whom.

    Attributes
    ----------
    unit : ndarray of int64, shape (n_nodes,)
        What each model belongs to, from 0: its family in the graph of all
        relations; without relatives its author.
    lot : ndarray of int64, shape (n_nodes,)
        Unit of resampling of each model, from 0: lots of whole families and
        authors (`lots_of_families`).
    n_lots : int
        Number of lots.
    """

    unit: npt.NDArray[np.int64]
    lot: npt.NDArray[np.int64]
    n_lots: int

    def by_lot(
        self, nodes: npt.NDArray[np.int64], values: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Add values of models up within lots.

        Parameters
        ----------
        nodes : ndarray of int64, shape (n,)
            Models.
        values : ndarray of float64, shape (n,)
            Their values; NaN adds nothing.

        Returns
        -------
        ndarray of float64, shape (n_lots,)
            The sums.
        """
        weights = np.nan_to_num(values)
        sums = np.bincount(self.lot[nodes], weights=weights, minlength=self.n_lots)
        return np.asarray(sums, np.float64)

    def count_units(self, nodes: npt.NDArray[np.int64]) -> int:
        """Count the families and authors of some models.

        Parameters
        ----------
        nodes : ndarray of int64, shape (n,)
            Models.

        Returns
        -------
        int
            Different units.
        """
        return int(np.count_nonzero(np.bincount(self.unit[nodes])))


def author_of_nodes(engine: Engine, models: ir.Table) -> npt.NDArray[np.int64]:
    """Give each author a number.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    ndarray of int64, shape (n_nodes,)
        Author of each node, from 0, along the nodes, so that the order of rows does
        not matter. An old id has no owner: such a model stands for itself.
    """
    import pyarrow.compute as pc

    people = engine.to_arrow(models.select("node", "model_id", "author"))
    owner = pc.coalesce(people["author"], people["model_id"]).combine_chunks()
    author = np.zeros(people.num_rows, np.int64)
    author[people["node"].to_numpy()] = owner.dictionary_encode().indices.to_numpy()
    return _numbered(author)


def units_of_models(family: npt.NDArray[np.int64], author: npt.NDArray[np.int64]) -> Units:
    """Put models into units and lots.

    Parameters
    ----------
    family : ndarray of int64, shape (n_nodes,)
        Family of each model from 1; 0 without relatives.
    author : ndarray of int64, shape (n_nodes,)
        Author of each model.

    Returns
    -------
    Units
        Families, and authors of the models without relatives.
    """
    n_nodes = family.size
    alone = np.flatnonzero(family == 0)
    unit = family - 1
    n_families = int(family.max()) if n_nodes else 0
    unit[alone] = n_families + _numbered(author[alone])
    lot_of_unit = lots_of_families(np.bincount(unit))
    lot = lot_of_unit[unit]
    return Units(unit, lot, int(lot_of_unit.max()) + 1 if n_nodes else 0)


def _numbered(names: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Give names new numbers, by their first appearance."""
    found, first, code = np.unique(names, return_index=True, return_inverse=True)
    rank = np.empty(found.size, np.int64)
    rank[np.argsort(first)] = np.arange(found.size)
    return np.asarray(rank[code], np.int64)
