"""What every anomaly is made with: new models, absent ids, and the cases written down.

What does not belong here: the anomalies (`parent_anomalies`,
`descent_anomalies`, `declaration_anomalies`, `value_anomalies`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.hub.demo.families import unrelated
from biome_pipeline.hub.demo.names import Names, user_name
from biome_pipeline.hub.demo.population import populate
from biome_pipeline.hub.demo.rows import Row
from biome_pipeline.hub.demo.traits import Traits

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Case", "Injector", "edge_case"]

Case = dict[str, Any]
"""One planted case.

``id`` is the model concerned and ``expected`` what a reader must make of it:
for an edge ``kept`` or the reason of its exclusion (``self_loop``,
``malformed``, ``absent``, ``cycle``). Edges have ``parent``, the text as
declared, and ``relation``; further keys are the anomaly's own.
"""


class Injector:
    """Adds rows to the demo Hub, on models that nobody else uses.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream of one anomaly.
    names : Names
        The ids that are taken.
    n_hub : int
        Models of the whole Hub.
    n_cases : int
        How many cases to plant; an anomaly with variants plants each of them.

    Attributes
    ----------
    rows : list of Row
        The rows added so far.
    traits_of : dict of str to Traits
        What their models are like, by internal id.
    """

    def __init__(self, rng: np.random.Generator, names: Names, n_hub: int, n_cases: int) -> None:
        self.rng = rng
        self.names = names
        self.n_hub = n_hub
        self.n_cases = n_cases
        self.rows: list[Row] = []
        self.traits_of: dict[str, Traits] = {}

    def models(self, n: int) -> list[Row]:
        """Add consistent models without relatives.

        Parameters
        ----------
        n : int
            How many.

        Returns
        -------
        list of Row
            The new rows, the oldest first; change them in place.
        """
        pedigree = unrelated(self.rng, n)
        made = populate(self.rng, pedigree, self.names, self.n_hub, are_loners=False)
        self.rows.extend(made.rows)
        for row, traits in zip(made.rows, made.traits, strict=True):
            self.traits_of[row.reference[0] or ""] = traits
        return made.rows

    def absent_id(self, *, is_legacy: bool = False) -> str:
        """Give an id that no model of the demo has, in any case.

        Parameters
        ----------
        is_legacy : bool, default False
            Whether the id is one without a slash.

        Returns
        -------
        str
            The id.
        """
        number = int(self.rng.integers(10**6))
        author = "" if is_legacy else user_name(number % 10_000)
        return self.names.claim(author, f"corncrake-{number}-removed")


def edge_case(child: Row, parent: str, relation: str | None, expected: str, **more: Any) -> Case:  # noqa: ANN401 - an anomaly's own keys hold anything
    """Write down what is expected of one declared edge.

    Parameters
    ----------
    child : Row
        The model that declares it.
    parent : str
        The parent's id as declared.
    relation : str or None
        The relation as declared; None for a bare declaration.
    expected : str
        ``kept``, or the reason of the exclusion.
    **more : Any
        The anomaly's own keys.

    Returns
    -------
    Case
        The case.
    """
    return {
        "id": child.id, "parent": parent, "relation": relation, "expected": expected, **more,
    }  # fmt: skip
