"""Anomalies of the declaration: a parent named in some places only, twice, or wrongly.

What does not belong here: parents that are no proper models
(`parent_anomalies`), and who descends from whom (`descent_anomalies`).
"""

from __future__ import annotations

from biome_pipeline.hub.demo.forms import ADAPTER_FILES
from biome_pipeline.hub.demo.injector import Case, Injector, edge_case
from biome_pipeline.hub.demo.rows import Row, declare_parents

__all__ = [
    "bare_declaration",
    "card_only",
    "card_several_parents_joined",
    "pair_two_relations",
    "relation_contradicted",
    "structure_only",
    "tag_only",
    "tag_without_bare",
    "unknown_relation",
]


def _pairs(injector: Injector) -> list[tuple[Row, Row]]:
    """Add as many parents and children as cases are wished, the parents older."""
    pairs = []
    for _ in range(injector.n_cases):
        parent, child = injector.models(2)
        pairs.append((parent, child))
    return pairs


def pair_two_relations(injector: Injector) -> tuple[Case, ...]:
    """Declare one pair as finetune and as quantized: two rows of edges, one pair of a graph.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per relation, two per pair.
    """
    cases = []
    for parent, child in _pairs(injector):
        declare_parents(child, [parent.reference], "finetune")
        declare_parents(child, [parent.reference], "quantized", card=False, structure=False)
        cases += [
            edge_case(child, parent.reference[1], relation, "kept")
            for relation in ("finetune", "quantized")
        ]
    return tuple(cases)


def bare_declaration(injector: Injector) -> tuple[Case, ...]:
    """Name the parent and no relation: the edge is unspecified.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per pair; the relation is None.
    """
    cases = []
    for parent, child in _pairs(injector):
        declare_parents(child, [parent.reference], None, structure=False)
        cases.append(
            edge_case(child, parent.reference[1], None, "kept", declared_by=["tag", "card"])
        )
    return tuple(cases)


def tag_only(injector: Injector) -> tuple[Case, ...]:
    """Declare parents in tags alone.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per pair.
    """
    cases = []
    for parent, child in _pairs(injector):
        declare_parents(child, [parent.reference], "finetune", card=False, structure=False)
        cases.append(edge_case(child, parent.reference[1], "finetune", "kept", declared_by=["tag"]))
    return tuple(cases)


def card_only(injector: Injector) -> tuple[Case, ...]:
    """Declare parents, with their relation, in the front matter alone.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per pair.
    """
    cases = []
    for parent, child in _pairs(injector):
        declare_parents(
            child, [parent.reference], None, bare_tag=False, typed_tag=False, structure=False
        )
        child.write_card(base_model_relation="finetune")
        cases.append(
            edge_case(child, parent.reference[1], "finetune", "kept", declared_by=["card"])
        )
    return tuple(cases)


def structure_only(injector: Injector) -> tuple[Case, ...]:
    """Declare parents in ``baseModels`` alone.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per pair.
    """
    cases = []
    for parent, child in _pairs(injector):
        declare_parents(
            child, [parent.reference], "finetune", bare_tag=False, typed_tag=False, card=False
        )
        cases.append(
            edge_case(child, parent.reference[1], "finetune", "kept", declared_by=["structure"])
        )
    return tuple(cases)


def tag_without_bare(injector: Injector) -> tuple[Case, ...]:
    """Leave out the bare tag beside the typed one.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per pair.
    """
    cases = []
    for parent, child in _pairs(injector):
        declare_parents(
            child, [parent.reference], "adapter", bare_tag=False, card=False, structure=False
        )
        cases.append(edge_case(child, parent.reference[1], "adapter", "kept", declared_by=["tag"]))
    return tuple(cases)


def unknown_relation(injector: Injector) -> tuple[Case, ...]:
    """Declare a relation that the Hub does not know.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per pair; the relation is ``distill``.
    """
    cases = []
    for parent, child in _pairs(injector):
        declare_parents(child, [parent.reference], "distill")
        cases.append(
            edge_case(child, parent.reference[1], "distill", "kept", is_relation_known=False)
        )
    return tuple(cases)


def relation_contradicted(injector: Injector) -> tuple[Case, ...]:
    """Declare finetunes that have the files of an adapter and no other weights.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per pair; ``files_say`` is the relation of the files.
    """
    cases = []
    for parent, child in _pairs(injector):
        child.files = [".gitattributes", *ADAPTER_FILES]
        child.config = {"peft": {"base_model_name_or_path": parent.id}}
        child.gguf = child.dtypes = None
        declare_parents(child, [parent.reference], "finetune")
        cases.append(edge_case(child, parent.reference[1], "finetune", "kept", files_say="adapter"))
    return tuple(cases)


def card_several_parents_joined(injector: Injector) -> tuple[Case, ...]:
    """Name two parents in one text of the front matter, with a comma between them.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per edge, two per child; ``text`` is what the card says.
    """
    cases = []
    for _ in range(injector.n_cases):
        *parents, child = injector.models(3)
        declare_parents(child, [parent.reference for parent in parents], "merge", card=False)
        ids = [parent.reference[1] for parent in parents]
        child.write_card(base_model=", ".join(ids))
        cases += [edge_case(child, parent, "merge", "kept", text=", ".join(ids)) for parent in ids]
    return tuple(cases)
