"""What one model owes to its ancestors' licenses, in words and as data.

What does not belong here: finding it (``conflict_tables``).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from biome_pipeline.genealogy.lineage import printable
from biome_pipeline.vocabulary.license_terms import license_terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = [
    "NO_ADVICE",
    "ModelObligations",
    "model_obligations",
    "obligations_json",
    "obligations_text",
]

NO_ADVICE = "This is risk information from what models declare, and no legal advice."
"""What stands wherever obligations are shown."""

_ORDER = ("high", "medium", "low")


@dataclass(frozen=True)
class ModelObligations:
    """Licenses above a model, and what of them its own license does not keep.

    Attributes
    ----------
    model_id, snapshot : str
        The model, and the partition key.
    stated : tuple of str
        Licenses that the model states.
    inherited : tuple of dict
        Rows of ``policy.inherited_terms``, without snapshot and model.
    lost : tuple of dict
        Rows of ``policy.license_conflicts``, without snapshot and model, the gravest
        first, each with the ``clause`` it comes from.
    """

    model_id: str
    snapshot: str
    stated: tuple[str, ...]
    inherited: tuple[dict[str, Any], ...]
    lost: tuple[dict[str, Any], ...]


def model_obligations(
    engine: Engine,
    *,
    models: ir.Table,
    inherited: ir.Table,
    conflicts: ir.Table,
    model_id: str,
    snapshot: str,
) -> ModelObligations:
    """Gather what a model owes.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.
    inherited : ibis.expr.types.Table
        ``policy.inherited_terms``.
    conflicts : ibis.expr.types.Table
        ``policy.license_conflicts``.
    model_id : str
        The model.
    snapshot : str
        Partition key.

    Returns
    -------
    ModelObligations
        What is known of it.

    Raises
    ------
    ModelNotFoundError
        If the model is not in the snapshot.
    """
    from biome_pipeline.genealogy.selection import model_not_found

    wrong = model_not_found(engine, models, model_id, snapshot)
    if wrong is not None:
        raise wrong
    own = engine.to_arrow(models.filter(models.model_id == model_id).select("licenses"))
    known = license_terms()
    rows = [_of_model(engine, table, model_id) for table in (inherited, conflicts)]
    for row in rows[1]:
        terms = known[row["ancestor_license"]].terms
        row["clause"] = next(
            (term.clause for term in terms if term.obligation == row["obligation"]), None
        )
    lost = sorted(
        rows[1],
        key=lambda row: (
            _ORDER.index(row["severity"]),
            row["obligation"],
            len(row["path"]),
            row["ancestor_id"],
        ),
    )
    return ModelObligations(
        model_id,
        snapshot,
        tuple(own["licenses"].to_pylist()[0] or ()),
        tuple(sorted(rows[0], key=lambda row: row["ancestor_license"])),
        tuple(lost),
    )


def _of_model(engine: Engine, table: ir.Table, model_id: str) -> list[dict[str, Any]]:
    rows = table.filter(table.model_id == model_id).drop("snapshot", "model_id")
    found: list[dict[str, Any]] = engine.to_arrow(rows).to_pylist()
    return found


def obligations_json(found: ModelObligations) -> str:
    """Write what a model owes as JSON.

    Parameters
    ----------
    found : ModelObligations
        What it owes.

    Returns
    -------
    str
        One object in ASCII with sorted keys.
    """
    return json.dumps({**asdict(found), "caveat": NO_ADVICE}, sort_keys=True)


def obligations_text(found: ModelObligations) -> Iterator[str]:
    """Say what a model owes.

    Parameters
    ----------
    found : ModelObligations
        What it owes.

    Yields
    ------
    str
        Lines.
    """
    stated = ", ".join(printable(name) for name in found.stated) or "no license"
    yield f"{printable(found.model_id)} states {stated} (snapshot {found.snapshot})"
    if not found.inherited:
        yield "No ancestor in the snapshot has a reviewed license with obligations."
    for row in found.inherited:
        yield f"  {_judged(row)}"
    for row in found.lost:
        yield ""
        yield from _evidence(row)
    yield ""
    yield NO_ADVICE


def _judged(row: dict[str, Any]) -> str:
    many = "ancestor" if row["n_ancestors"] == 1 else "ancestors"
    above = f"{row['ancestor_license']} of {row['n_ancestors']:,} {many}"
    if row["verdict"] == "kept":
        return f"{above}: all obligations kept by {row['license']}"
    if row["verdict"] == "conflict":
        return f"{above}: {row['license']} does not keep {', '.join(row['dropped'])}"
    why = "states no license" if row["confidence"] == "missing" else "has no reviewed terms"
    return f"{above}: not known, as the model {why}"


def _evidence(row: dict[str, Any]) -> Iterator[str]:
    word = "dropped" if row["verdict"] == "conflict" else "not known to be kept"
    yield (
        f"{row['obligation']} {word} ({row['severity']} severity, statements: {row['confidence']})"
    )
    yield (
        f"  asked by {row['ancestor_license']}, {row['clause']}, of {printable(row['ancestor_id'])}"
    )
    parent, child = (printable(name) for name in row["lost_between"])
    yield f"  vanished from {parent} to {child} ({row['lost_relation']})"
    yield f"  path: {' > '.join(printable(name) for name in row['path'])}"
