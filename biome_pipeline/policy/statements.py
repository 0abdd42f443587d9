"""What each model states of its license, as a row of the reviewed terms or a reason.

A model that states ``other`` in the list of licenses and names a reviewed license in
``license_name`` is taken by that name, as a weaker statement. One that states several
licenses leaves open which binds a descendant: it is unknown.

What does not belong here: what the licenses ask for (``vocabulary.license_terms``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.policy.conflicts import TermArrays
from biome_pipeline.snapshot.front_matter import declared
from biome_pipeline.vocabulary.license_terms import keeps, license_terms, obligations
from biome_pipeline.vocabulary.licenses import license_id

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["CONFIDENCES", "Statements", "Terms", "license_statements", "reviewed_terms"]

CONFIDENCES: tuple[str, ...] = ("declared", "named", "unknown", "missing")
"""How a model states its license, the strongest first.

``declared`` by the id of a reviewed license; ``named``: ``other`` with the name of a
reviewed one; ``unknown``: a license that nobody reviewed, or several; ``missing``: none.
"""


@dataclass(frozen=True, eq=False)
class Terms:
    """The reviewed licenses and obligations, numbered.

    Attributes
    ----------
    licenses : tuple of str
        Ids of the reviewed licenses.
    obligations : tuple of str
        Names of all obligations.
    severities : tuple of str
        Severity of each obligation.
    arrays : TermArrays
        Who asks for what, and what keeps it.
    """

    licenses: tuple[str, ...]
    obligations: tuple[str, ...]
    severities: tuple[str, ...]
    arrays: TermArrays


def reviewed_terms() -> Terms:
    """Put the reviewed terms into arrays.

    Returns
    -------
    Terms
        Licenses and obligations in the order of their names.
    """
    known = license_terms()
    licenses = tuple(sorted(known))
    asked = obligations()
    names = tuple(sorted(asked))
    has = np.zeros((len(licenses), len(names)), np.bool_)
    kept = np.zeros((len(licenses), len(names), len(licenses)), np.bool_)
    for row, license_ in enumerate(licenses):
        for term in known[license_].terms:
            column = names.index(term.obligation)
            has[row, column] = True
            kept[row, column] = [
                bool(keeps(license_, term.obligation, other)) for other in licenses
            ]
    severities = tuple(asked[name].severity for name in names)
    return Terms(licenses, names, severities, TermArrays(has, kept))


@dataclass(frozen=True, eq=False)
class Statements:
    """What the models state.

    Attributes
    ----------
    code : ndarray of int16, shape (n_nodes,)
        Row of the reviewed terms; -1 where there is none.
    confidence : ndarray of int8, shape (n_nodes,)
        Place in `CONFIDENCES`.
    """

    code: npt.NDArray[np.int16]
    confidence: npt.NDArray[np.int8]


def license_statements(
    engine: Engine, *, raw_models: ir.Table, models: ir.Table, terms: Terms
) -> Statements:
    """Read what each model states of its license.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    raw_models : ibis.expr.types.Table
        ``hub.raw_models``, for the names of other licenses.
    models : ibis.expr.types.Table
        ``hub.models``.
    terms : Terms
        The reviewed terms.

    Returns
    -------
    Statements
        Of every node.
    """
    stated = models.select(
        "node",
        n=models.licenses.unique().length().fill_null(0),
        license=models.licenses[0],
    )
    rows = engine.to_arrow(stated)
    node, n = rows["node"].to_numpy(), rows["n"].to_numpy()
    words = rows["license"].combine_chunks().dictionary_encode()
    spellings = words.dictionary.to_pylist()
    place = {name: row for row, name in enumerate(terms.licenses)}
    # One look-up per spelling; the last answers for a model without any.
    ids = [license_id(spelling) for spelling in spellings]
    code_of = np.array([place.get(name or "", -1) for name in ids] + [-1], np.int16)
    is_stated = np.array([name is not None for name in ids] + [False])
    spelled = words.indices.fill_null(len(spellings)).to_numpy()
    code = np.full(node.size, -1, np.int16)
    confidence = np.full(node.size, CONFIDENCES.index("missing"), np.int8)
    code[node] = np.where(n == 1, code_of[spelled], -1)
    confidence[node[is_stated[spelled]]] = CONFIDENCES.index("unknown")
    confidence[code >= 0] = CONFIDENCES.index("declared")
    named, own = _named(engine, raw_models, models, place)
    code[named], confidence[named] = own, CONFIDENCES.index("named")
    return Statements(code, confidence)


def _named(
    engine: Engine, raw_models: ir.Table, models: ir.Table, place: dict[str, int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int16]]:
    """Find the models that state ``other`` and name a reviewed license."""
    others = models.filter((models.licenses.length() == 1) & (models.licenses[0] == "other"))
    hinted = raw_models.filter(raw_models.card_data.contains("license_name"))
    joined = hinted.join(others.select("row_number", "node"), "row_number")
    found = declared(joined.card_data, "license_name")["license_name"]
    rows = engine.to_arrow(joined.select("node", name=found[0]))
    codes = [
        place.get((license_id(name) if name else None) or "", -1)
        for name in rows["name"].to_pylist()
    ]
    code = np.array(codes, np.int16)
    return rows["node"].to_numpy()[code >= 0], code[code >= 0]
