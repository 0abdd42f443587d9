"""Figures of graphs: edges, families, children, small shapes of relatives.

What does not belong here: what relatives have in common (``kin_rules``).
"""

from __future__ import annotations

from biome_pipeline.report.scorecard.answers import Answer, Asked, Rules, absent, differs, same
from biome_pipeline.report.scorecard.hub_rules import EXAMPLES

__all__ = ["GRAPH_RULES"]

GRAPH_RULES = Rules()
"""Rules that read edges and families."""

_NOT_HERE = "the model is not in this snapshot"
_ABSENT_PARENTS = "the published graph has parents that are not in its snapshot, too"


@GRAPH_RULES.rule(r"graph\.all\.nodes")
def _models(asked: Asked) -> Answer:
    return same(float(asked.read.n_models), "models of the snapshot", asked.read.n_models)


@GRAPH_RULES.rule(r"graph\.(?:(all)\.edges|edges\.(\w+))")
def _edges(asked: Asked) -> Answer:
    name = asked.words[0] or asked.words[1]
    n = asked.read.n_edges.get(name, 0)
    words = "pairs of parent and child" if name == "all" else f"edges of relation {name}"
    return same(float(n), f"{words} whose two ends are in the snapshot", n)


@GRAPH_RULES.rule(r"graph\.fertile_children\.(\w+)")
def _fertile(asked: Asked) -> Answer:
    n = asked.read.n_edges.get(asked.words[0], 0)
    if not n:
        return absent(f"no edge of this snapshot is of relation {asked.words[0]}")
    return same(
        float(asked.read.n_fertile_edges.get(asked.words[0], 0)),
        f"edges of relation {asked.words[0]} whose child has a child that is no merge",
        n,
    )


@GRAPH_RULES.rule(r"graph\.weak_components")
def _components(asked: Asked) -> Answer:
    graph = asked.read.families.get("all")
    if graph is None:
        return absent("no model of this snapshot has a relative")
    alone = asked.read.n_models - graph["n_models"]
    return differs(
        float(graph["n_families"] + alone),
        "families, and models without relatives",
        asked.read.n_models,
        why=_ABSENT_PARENTS,
    )


@GRAPH_RULES.rule(r"graph\.component_rank_2500\.size")
def _rank(asked: Asked) -> Answer:
    size = asked.read.size_at_rank(2500)
    if size is None:
        return absent("this snapshot has fewer than 2,500 components")
    return differs(float(size), "size of the 2,500th largest component", size, why=_ABSENT_PARENTS)


@GRAPH_RULES.rule(r"graph\.perplexity_r1_1776_distill_70b\.descendants_plus_self")
def _perplexity(asked: Asked) -> Answer:
    model = asked.read.model(EXAMPLES["perplexity"])
    if model is None:
        return absent(_NOT_HERE)
    return same(float((model["n_descendants"] or 0) + 1), "its descendants and itself", 1)


@GRAPH_RULES.rule(r"top_parents\.(.+)")
def _top_parent(asked: Asked) -> Answer:
    name = asked.words[0]
    count = asked.read.n_only_children.get(name)
    if count is None and asked.read.model(name) is None:
        return absent(_NOT_HERE)
    return same(
        float(count or 0), "models whose tags name it as a parent and no other", asked.read.n_models
    )


@GRAPH_RULES.rule(r"family_size\.nomerges\.(.+)")
def _family(asked: Asked) -> Answer:
    model = asked.read.model(asked.words[0])
    if model is None:
        return absent(_NOT_HERE)
    size = model["family_size"] or 1
    return same(float(size), "models connected with it by edges other than merges", size)


@GRAPH_RULES.rule(r"paper\.max_depth_approx")
def _depth(asked: Asked) -> Answer:
    graph = asked.read.families.get("all")
    if graph is None:
        return absent("no model of this snapshot has a relative")
    return same(
        float(graph["depth"]), "longest line of descent, in generations", graph["n_families"]
    )


_TABLE1 = {
    "single_edges": "edge",
    "siblings_trio1": "siblings",
    "grandparent_chains_trio2": "chain3",
    "sibling_triples_quad0": "star3",
    "quad1_edge_plus_two_children": "fork",
    "quad2_uncle_structures": "uncle",
    "quad3_chains_of_4": "chain4",
}


@GRAPH_RULES.rule(r"paper\.table1\.(\w+)")
def _table1(asked: Asked) -> Answer:
    topology = _TABLE1[asked.words[0]]
    row = asked.read.topologies.get(("finetune", topology))
    if row is None:
        return absent("no model of this snapshot is a fine-tune")
    value, words = float(row["occurrences"]), f"occurrences of {topology}, exact"
    n = asked.read.n_edges.get("finetune", 0)
    if topology == "chain4":
        return differs(value, words, n, why="the published code leaves out the parents of u")
    return same(value, words, n)
