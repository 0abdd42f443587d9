"""Edges and families of a Hub, as naive definitions over its rows.

Plain Python and networkx. Nothing here shares code with the package; the
reviewed vocabularies are data and are shared.

What does not belong here: measures on graphs of numbers (``reference.genealogy``).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from biome_pipeline.genealogy.families import NO_DATE
from biome_pipeline.vocabulary.renamed_ids import RENAMED_IDS
from biome_pipeline_tests.reference import genealogy as naive
from biome_pipeline_tests.reference.hub import accepted, front_matter, models, words

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["GRAPHS", "creations", "edges", "families", "fertility", "growth", "members"]

Row = dict[str, Any]
Declared = tuple[str, str | None, str | None, str]
"""Parent as declared, known relation, unknown relation, place."""

TYPED = ("finetune", "adapter", "quantized", "merge")
RELATIONS = (*TYPED, "unspecified")
GRAPHS = {
    "finetune": {"finetune"},
    "asexual": {"finetune", "adapter", "quantized", "unspecified"},
    "all": set(RELATIONS),
}
_SPACE = " \t\n\r\v\f"


# Declarations


def _by_tags(row: Row) -> list[Declared]:
    found: list[Declared] = []
    for tag in row["tags"] or []:
        if not tag.startswith("base_model:"):
            continue
        text = tag.removeprefix("base_model:")
        word, colon, rest = text.partition(":")
        if colon and word in TYPED:
            found.append((rest.strip(_SPACE), word, None, "tags"))
        # Before a slash the word would be a scheme, before a backslash a drive.
        elif re.fullmatch("[a-z][a-z_-]*", word) and rest and rest[0] not in "/\\":
            found.append((rest.strip(_SPACE), None, word, "tags"))
        else:
            found.append((text.strip(_SPACE), None, None, "tags"))
    return found


def _with(parents: Sequence[str], word: str, place: str) -> list[Declared]:
    known = word if word in TYPED else None
    unknown = word if word and not known else None
    return [(parent.strip(_SPACE), known, unknown, place) for parent in parents]


def _by_structure(row: Row) -> list[Declared]:
    structure = row["baseModels"] or {}
    named = [model["id"] for model in structure.get("models") or [] if model["id"] is not None]
    return _with(named, (structure.get("relation") or "").strip(_SPACE).lower(), "base_models")


def _by_card(row: Row) -> list[Declared]:
    card = front_matter(row["cardData"])
    relations = words(card, "base_model_relation") or [""]
    parents: list[str] = []
    for text in words(card, "base_model") or []:
        # An id holds no comma, so a comma parts several parents.
        parts = [part for part in text.split(",") if part.strip(_SPACE)]
        parents += parts if text else [""]
    return _with(parents, relations[0].lower(), "card")


# Parents


def _is_malformed(parent: str) -> bool:
    """Empty, an address, a path, or more than one slash."""
    return (
        not parent
        or "://" in parent
        or "\\" in parent
        or parent[0] in "./~"
        or parent.endswith("/")
        or parent.count("/") > 1
    )


def _resolved(parent: str, ids: Collection[str]) -> str:
    """Give a legacy id its present name, unless the snapshot has it as it is."""
    return parent if parent in ids else RENAMED_IDS.get(parent, parent)


# Edges


def edges(rows: Sequence[Row]) -> list[Row]:
    """Give one row per parent, child and relation, with every flag."""
    node = {model["model_id"]: model for model in models(rows)}
    without_case = {model_id.lower() for model_id in node}
    found: list[Row] = []
    for _, row in accepted(rows):
        pairs: dict[str, list[Declared]] = defaultdict(list)
        for declared in (*_by_tags(row), *_by_structure(row), *_by_card(row)):
            pairs[_resolved(declared[0], node)].append(declared)
        for parent, places in pairs.items():
            about = _pair(parent, row, places, node, without_case)
            typed = {relation for _, relation, _, _ in places if relation}
            for relation in typed or {"unspecified"}:
                by = {place for _, word, _, place in places if not typed or word == relation}
                contradicted = _is_contradicted(relation, row)
                found.append(
                    {
                        **about,
                        "relation": relation,
                        "declared_by": sorted(by),
                        "is_relation_contradicted": contradicted,
                    }
                )
    return _with_cycles(found, len(node))


def _pair(
    parent: str, row: Row, places: list[Declared], node: dict[str, Row], without_case: set[str]
) -> Row:
    child, is_there = row["id"], parent in node
    reason = None
    if _is_malformed(parent):
        reason = "malformed"
    elif parent == child:
        reason = "self_loop"
    elif not is_there:
        reason = "absent"
    olds = {declared for declared, _, _, _ in places} - {parent}
    return {
        "parent_id": parent,
        "child_id": child,
        "pair_declared_by": sorted({place for *_, place in places}),
        "unknown_relations": sorted({word for _, _, word, _ in places if word}),
        "is_parent_in_snapshot": is_there,
        "excluded_reason": reason,
        "resolved_from": min(olds, default=None),
        "is_case_mismatch": reason == "absent" and parent.lower() in without_case,
        "is_child_older": _is_older(node[child], node[parent]) if is_there else None,
        "parent_node": node[parent]["node"] if is_there else None,
        "child_node": node[child]["node"],
    }


def _is_older(child: Row, parent: Row) -> bool | None:
    """A date that is unknown or backfilled says nothing."""
    for model in (child, parent):
        if model["created_at"] is None or model["is_created_at_backfilled"]:
            return None
    return bool(child["created_at"] < parent["created_at"])


def _is_contradicted(relation: str, row: Row) -> bool | None:
    """An adapter needs no full weights; all others are more than an adapter."""
    if row["siblings"] is None:
        return None
    names = [(file["rfilename"] or "").split("/")[-1] for file in row["siblings"]]
    adapter_files = {"adapter_config.json", "adapter_model.safetensors", "adapter_model.bin"}
    has_adapter = bool(adapter_files & set(names))
    has_full = any(
        name.startswith(("model", "pytorch_model", "consolidated"))
        and name.endswith((".safetensors", ".bin", ".pth"))
        for name in names
    )
    has_gguf = any(name.endswith(".gguf") for name in names)
    if relation == "adapter":
        return has_full and not has_adapter
    if relation == "quantized":
        return has_adapter and not has_full
    if relation in ("finetune", "merge"):
        return not has_full and (has_adapter or has_gguf)
    return False


def _with_cycles(found: list[Row], n_nodes: int) -> list[Row]:
    kept = [edge for edge in found if edge["excluded_reason"] is None]
    graph = naive.digraph(n_nodes, [(edge["parent_node"], edge["child_node"]) for edge in kept])
    for edge in kept:
        if naive.is_on_cycle(graph, edge["parent_node"], edge["child_node"]):
            edge["excluded_reason"] = "cycle"
    return [{**edge, "is_excluded": edge["excluded_reason"] is not None} for edge in found]


# Tables of families


def _pairs(found: Sequence[Row], relations: set[str]) -> set[tuple[int, int]]:
    return {
        (edge["parent_node"], edge["child_node"])
        for edge in found
        if not edge["is_excluded"] and edge["relation"] in relations
    }


def _graph(found: Sequence[Row], people: Sequence[Row], name: str) -> Any:
    return naive.digraph(len(people), sorted(_pairs(found, GRAPHS[name])))


def _families(graph: Any, people: Sequence[Row]) -> list[tuple[int, set[int]]]:
    epoch, step = dt.datetime(1970, 1, 1), dt.timedelta(microseconds=1)
    born = [(m["created_at"] - epoch) // step if m["created_at"] else NO_DATE for m in people]
    return naive.families_largest_first(graph, born)


def members(found: Sequence[Row], people: Sequence[Row]) -> list[Row]:
    """Place each related model in each graph."""
    rows = []
    for name, relations in GRAPHS.items():
        graph = _graph(found, people, name)
        generation = naive.generations_from_founders(graph)
        descendants = naive.descendant_counts(graph)
        by_relation = {
            relation: naive.digraph(len(people), sorted(_pairs(found, {relation} & relations)))
            for relation in RELATIONS
        }
        for family_id, (root, family) in enumerate(_families(graph, people), start=1):
            rows += [
                {
                    "graph": name,
                    "model_id": people[node]["model_id"],
                    "node": node,
                    "family_id": family_id,
                    "root_id": people[root]["model_id"],
                    "generation": generation[node],
                    "n_parents": graph.in_degree(node),
                    "n_children": graph.out_degree(node),
                    "n_descendants": descendants[node],
                    **{f"n_children_{r}": g.out_degree(node) for r, g in by_relation.items()},
                }
                for node in family
            ]
    return rows


def families(found: Sequence[Row], people: Sequence[Row]) -> list[Row]:
    """Measure each family of each graph."""
    rows = []
    for name in GRAPHS:
        graph = _graph(found, people, name)
        for family_id, (root, family) in enumerate(_families(graph, people), start=1):
            total, n_pairs = naive.wiener_index(graph, family), len(family) * (len(family) - 1) / 2
            rows.append(
                {
                    "graph": name,
                    "family_id": family_id,
                    "root_id": people[root]["model_id"],
                    "n_models": len(family),
                    **naive.shape_of(graph, family),
                    "wiener_index": total,
                    "structural_virality": total / n_pairs,
                    "is_virality_exact": True,
                    "virality_std_error": 0.0,
                }
            )
    return rows


def fertility(found: Sequence[Row], people: Sequence[Row]) -> list[Row]:
    """Count children by relation, and those with children, without their interval."""
    rows = []
    for name, relations in GRAPHS.items():
        graph = _graph(found, people, name)
        family_of = {
            node: number
            for number, (_, family) in enumerate(_families(graph, people))
            for node in family
        }
        for relation in sorted(relations):
            children = {child for _, child in _pairs(found, {relation})}
            fertile = {child for child in children if graph.out_degree(child)}
            if children:
                rows.append(
                    {
                        "graph": name,
                        "relation": relation,
                        "n_children": len(children),
                        "n_fertile": len(fertile),
                        "share_fertile": len(fertile) / len(children),
                        "n_families": len({family_of[child] for child in children}),
                    }
                )
    return rows


def growth(found: Sequence[Row], people: Sequence[Row], n_families: int) -> list[Row]:
    """Follow the largest families of each graph month by month."""
    rows = []
    for name in GRAPHS:
        largest = _families(_graph(found, people, name), people)[:n_families]
        dated = [
            (number, _month(people[node]["created_at"]))
            for number, (_, family) in enumerate(largest, start=1)
            for node in family
        ]
        for number, month, size in naive.cumulative_sizes(dated, [f for f, _ in dated]):
            first = dt.date(1970 + month // 12, month % 12 + 1, 1)
            rows.append(
                {"graph": name, "family_id": number, "month": first, "n_models_cumulative": size}
            )
    return rows


def _month(moment: dt.datetime | None) -> int:
    return -1 if moment is None else 12 * (moment.year - 1970) + moment.month - 1


def creations(found: Sequence[Row], people: Sequence[Row]) -> list[Row]:
    """Count the models created in each month, with and without relatives."""
    related = {node for pair in _pairs(found, GRAPHS["all"]) for node in pair}
    by_month: dict[dt.date, list[Row]] = defaultdict(list)
    for model in people:
        if model["created_at"]:
            by_month[model["created_at"].date().replace(day=1)].append(model)
    return [
        {
            "month": month,
            "n_models": len(born),
            "n_related": sum(model["node"] in related for model in born),
            "n_backfilled": sum(model["is_created_at_backfilled"] for model in born),
        }
        for month, born in by_month.items()
    ]
