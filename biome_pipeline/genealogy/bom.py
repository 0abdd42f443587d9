"""A model's lineage as a CycloneDX ML-BOM: what supply-chain tools read.

The format is CycloneDX 1.6, JSON. What does not belong here: finding the
ancestors (``pedigree``).
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from biome_pipeline import __version__
from biome_pipeline.vocabulary.spdx import spdx_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from biome_pipeline.genealogy.pedigree import Descent, Pedigree

__all__ = ["model_purl", "to_cyclonedx"]

_TYPE = "machine-learning-model"
_OURS = "biome_pipeline"  # namespace of our properties


def model_purl(model_id: str) -> str:
    """Give the package URL of a model of the Hub.

    Parameters
    ----------
    model_id : str
        The model.

    Returns
    -------
    str
        Such as ``pkg:huggingface/owner/name``; the revision is not told, as a
        lineage does not say of which revision a model was made.
    """
    return "pkg:huggingface/" + "/".join(quote(part, safe="") for part in model_id.split("/"))


def to_cyclonedx(pedigree: Pedigree) -> str:
    """Write a lineage as an ML-BOM.

    Every ancestor is a component, with its licenses as declared, its task and
    datasets, and its parents as pedigree; dependencies lead from child to parent.
    Parents that are not in the snapshot stand in the pedigree of their children
    only, and these are marked as incomplete.

    Parameters
    ----------
    pedigree : Pedigree
        The model with its ancestors.

    Returns
    -------
    str
        One JSON object in ASCII; the same lineage gives the same bytes, and its
        serial number.
    """
    above: dict[str, list[Descent]] = {model_id: [] for model_id in pedigree.models}
    for descent in pedigree.descents:
        above[descent.child_id].append(descent)
    absent: dict[str, list[Descent]] = {}
    for descent in pedigree.absent:
        absent.setdefault(descent.child_id, []).append(descent)
    components = {
        model_id: _component(pedigree, model_id, above[model_id], absent.get(model_id, ()))
        for model_id in pedigree.models
    }
    subject = components.pop(pedigree.model_id)
    document: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": f"{pedigree.snapshot}T00:00:00Z",
            "tools": {
                "components": [{"type": "application", "name": _OURS, "version": __version__}]
            },
            "component": subject,
            "properties": [
                _property("snapshot", pedigree.snapshot),
                _property("graph", pedigree.graph),
            ],
        },
        "components": list(components.values()),
        "dependencies": [
            {
                "ref": model_purl(model_id),
                "dependsOn": [model_purl(parent) for parent in _parents(descents)],
            }
            for model_id, descents in above.items()
        ],
        "compositions": _compositions(pedigree, absent),
    }
    # The number names the content: any other lineage has another one.
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True))
    return json.dumps({**document, "serialNumber": f"urn:uuid:{number}"}, indent=2, sort_keys=True)


def _component(
    pedigree: Pedigree, model_id: str, above: Iterable[Descent], absent: Iterable[Descent]
) -> dict[str, Any]:
    facts = pedigree.models[model_id]
    purl = model_purl(model_id)
    component: dict[str, Any] = {"type": _TYPE, "bom-ref": purl, **_name(model_id), "purl": purl}
    licenses = [_license(name) for name in facts["licenses"] or ()]
    if licenses:
        component["licenses"] = licenses
    parameters: dict[str, Any] = {}
    if facts["pipeline_tag"] is not None:
        parameters["task"] = facts["pipeline_tag"]
    if facts["datasets"]:
        parameters["datasets"] = [
            {"type": "dataset", "name": name} for name in sorted(set(facts["datasets"]))
        ]
    if parameters:
        component["modelCard"] = {"modelParameters": parameters}
    above, absent = tuple(above), tuple(absent)
    if above or absent:
        component["pedigree"] = {
            "ancestors": [
                *(_ancestor(parent, above, is_there=True) for parent in _parents(above)),
                *(_ancestor(parent, absent, is_there=False) for parent in _parents(absent)),
            ]
        }
        component["properties"] = [
            *(_property(f"relation:{row.relation}", row.parent_id) for row in above),
            *(_property("absent_parent", parent) for parent in _parents(absent)),
        ]
    return component


def _ancestor(parent: str, rows: Iterable[Descent], *, is_there: bool) -> dict[str, Any]:
    """Name a parent; without a reference, which its own component has."""
    relations = [row.relation for row in rows if row.parent_id == parent]
    return {
        "type": _TYPE,
        **_name(parent),
        "purl": model_purl(parent),
        "properties": [
            *(_property("relation", relation) for relation in relations),
            _property("is_in_snapshot", "true" if is_there else "false"),
        ],
    }


def _compositions(pedigree: Pedigree, absent: dict[str, list[Descent]]) -> list[dict[str, Any]]:
    """Say of which models a parent is missing; of all others nobody can know."""
    groups = {
        "incomplete": [model_id for model_id in pedigree.models if model_id in absent],
        "unknown": [model_id for model_id in pedigree.models if model_id not in absent],
    }
    return [
        {"aggregate": aggregate, "dependencies": [model_purl(model_id) for model_id in ids]}
        for aggregate, ids in groups.items()
        if ids
    ]


def _parents(descents: Iterable[Descent]) -> list[str]:
    return sorted({descent.parent_id for descent in descents})


def _name(model_id: str) -> dict[str, str]:
    owner, _, name = model_id.partition("/")
    return {"group": owner, "name": name} if name else {"name": model_id}


def _license(name: str) -> dict[str, Any]:
    known = spdx_id(name)
    kind = {"name": name} if known is None else {"id": known}
    return {"license": {**kind, "acknowledgement": "declared"}}


def _property(name: str, value: str) -> dict[str, str]:
    return {"name": f"{_OURS}:{name}", "value": value}
