"""Tables of inherited obligations: the terms, what is kept, what was dropped.

What does not belong here: how conflicts are found (``conflicts``) and counted
(``conflict_rates``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from biome_pipeline.genealogy.descent import count_ancestors
from biome_pipeline.genealogy.tables import RelationEdges
from biome_pipeline.policy.conflicts import conflicts, inherited
from biome_pipeline.policy.statements import CONFIDENCES, license_statements, reviewed_terms
from biome_pipeline.vocabulary.license_terms import SEVERITIES, license_terms
from biome_pipeline.vocabulary.licenses import LICENSE_CLASSES, license_class, license_id
from biome_pipeline.vocabulary.relations import RELATIONS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    from biome_pipeline.genealogy.graphs import Graph
    from biome_pipeline.policy.conflicts import Conflicts
    from biome_pipeline.policy.statements import Statements, Terms
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["GRAPH", "inherited_terms", "license_conflicts", "terms_table"]

GRAPH = "all"
"""Obligations pass along every relation."""

_VERDICTS = ("conflict", "unknown")


def terms_table(engine: Engine, *, models: ir.Table) -> pa.Table:
    """Make ``policy.license_terms``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    models : ibis.expr.types.Table
        ``hub.models``.

    Returns
    -------
    pyarrow.Table
        Columns of ``policy.license_terms`` but ``snapshot``: every license of the
        vocabulary, and every other one that a model states.
    """
    from biome_pipeline.warehouse.tables.policy import LICENSE_TERMS

    known = license_terms()
    stated = engine.to_arrow(models.select(word=models.licenses.unnest()).distinct())
    ids = {license_id(word) for word in stated["word"].to_pylist() if word} - {None}
    rows = []
    for name in sorted({*LICENSE_CLASSES, *(name for name in ids if name)}):
        found = known.get(name)
        rows.append(
            {
                "license": name,
                "class": license_class(name),
                "is_reviewed": found is not None,
                "obligations": [term.obligation for term in found.terms] if found else [],
                "clauses": [term.clause for term in found.terms] if found else [],
                "source": found.source if found else None,
            }
        )
    return LICENSE_TERMS.from_rows(rows)


class _Descent(NamedTuple):
    """Who descends from whom, and what each states."""

    ids: pa.StringArray
    related: RelationEdges
    graph: Graph
    n_ancestors: npt.NDArray[np.int64]
    terms: Terms
    stated: Statements


def _descent(engine: Engine, raw_models: ir.Table, models: ir.Table, edges: ir.Table) -> _Descent:
    people = engine.to_arrow(models.select("node", "model_id"))
    place = np.argsort(people["node"].to_numpy())
    ids = people["model_id"].combine_chunks().take(place)
    related = RelationEdges(engine, edges)
    graph = related.graph(GRAPH, len(ids))
    terms = reviewed_terms()
    stated = license_statements(engine, raw_models=raw_models, models=models, terms=terms)
    return _Descent(ids, related, graph, count_ancestors(graph), terms, stated)


def license_conflicts(
    engine: Engine, *, raw_models: ir.Table, models: ir.Table, edges: ir.Table
) -> pa.Table:
    """Make ``policy.license_conflicts``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    raw_models : ibis.expr.types.Table
        ``hub.raw_models``.
    models : ibis.expr.types.Table
        ``hub.models``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.

    Returns
    -------
    pyarrow.Table
        Columns of ``policy.license_conflicts`` but ``snapshot``.
    """
    import pyarrow as pa

    from biome_pipeline.warehouse.tables.policy import LICENSE_CONFLICTS

    descent = _descent(engine, raw_models, models, edges)
    relation = _relation_of_pairs(descent.related)
    parts = [
        _conflict_rows(block, descent, relation)
        for block in conflicts(
            descent.graph,
            descent.stated.code,
            descent.stated.confidence,
            descent.terms.arrays,
            descent.n_ancestors,
        )
    ]
    return pa.concat_tables([LICENSE_CONFLICTS.from_rows([]), *parts])


def _conflict_rows(
    block: Conflicts, descent: _Descent, relation: dict[str, npt.NDArray[np.int64]]
) -> pa.Table:
    import pyarrow as pa

    from biome_pipeline.warehouse.tables.policy import LICENSE_CONFLICTS

    terms, code, n = descent.terms, descent.stated.code, block.model.size
    licenses = pa.array([*terms.licenses, None], pa.string())
    pair = block.lost_parent.astype(np.int64) << 32 | block.lost_child
    lost = np.stack([block.lost_parent, block.lost_child], axis=1).reshape(-1)
    columns = {
        "model_id": descent.ids.take(pa.array(block.model)),
        "ancestor_id": descent.ids.take(pa.array(block.ancestor)),
        "obligation": _words(terms.obligations, block.obligation),
        "verdict": _words(_VERDICTS, block.verdict),
        "path": pa.ListArray.from_arrays(
            pa.array(block.path_offset.astype(np.int32)),
            descent.ids.take(pa.array(block.path)),
        ),
        "lost_between": pa.ListArray.from_arrays(
            pa.array(np.arange(0, 2 * n + 1, 2, dtype=np.int32)),
            descent.ids.take(pa.array(lost)),
        ),
        "lost_relation": _words(
            RELATIONS, relation["code"][np.searchsorted(relation["pair"], pair)]
        ),
        "severity": _words(terms.severities, block.obligation),
        "confidence": _words(CONFIDENCES, block.weakness),
        "license": licenses.take(
            pa.array(np.where(code[block.model] < 0, len(terms.licenses), code[block.model]))
        ),
        "ancestor_license": licenses.take(pa.array(code[block.ancestor])),
    }
    schema = LICENSE_CONFLICTS.from_rows([]).schema
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _words(words: tuple[str, ...], place: npt.NDArray[np.integer[Any]]) -> pa.Array:
    import pyarrow as pa

    return pa.array(words, pa.string()).take(pa.array(place))


def _relation_of_pairs(related: RelationEdges) -> dict[str, npt.NDArray[np.int64]]:
    """Give the first relation of each pair, the pairs sorted."""
    pair = related.parent.astype(np.int64) << 32 | related.child
    order = np.lexsort((related.relation, pair))
    found, first = np.unique(pair[order], return_index=True)
    return {"pair": found, "code": related.relation[order][first].astype(np.int64)}


def inherited_terms(
    engine: Engine, *, raw_models: ir.Table, models: ir.Table, edges: ir.Table
) -> pa.Table:
    """Make ``policy.inherited_terms``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    raw_models : ibis.expr.types.Table
        ``hub.raw_models``.
    models : ibis.expr.types.Table
        ``hub.models``.
    edges : ibis.expr.types.Table
        ``genealogy.edges``.

    Returns
    -------
    pyarrow.Table
        Columns of ``policy.inherited_terms`` but ``snapshot``.
    """
    import pyarrow as pa

    from biome_pipeline.warehouse.tables.policy import INHERITED_TERMS

    descent = _descent(engine, raw_models, models, edges)
    terms, stated = descent.terms, descent.stated
    rank = np.array([SEVERITIES.index(severity) for severity in terms.severities])
    schema = INHERITED_TERMS.from_rows([]).schema
    licenses = pa.array([*terms.licenses, None], pa.string())
    parts = [INHERITED_TERMS.from_rows([])]
    for block in inherited(descent.graph, stated.code, terms.arrays, descent.n_ancestors):
        n_dropped = block.dropped.sum(axis=1)
        worst = np.where(block.dropped, rank[None, :] + 1, 0).max(axis=1, initial=0)
        _, name = np.nonzero(block.dropped)
        own = stated.code[block.model]
        offset = np.concatenate([[0], np.cumsum(n_dropped)]).astype(np.int32)
        verdict = np.where(block.is_unknown, 2, np.where(n_dropped > 0, 1, 0))
        columns = {
            "model_id": descent.ids.take(pa.array(block.model)),
            "ancestor_license": licenses.take(pa.array(block.license)),
            "n_ancestors": pa.array(block.n_ancestors),
            "license": licenses.take(pa.array(np.where(own < 0, len(terms.licenses), own))),
            "confidence": _words(CONFIDENCES, stated.confidence[block.model]),
            "verdict": _words(("kept", *_VERDICTS), verdict),
            "dropped": pa.ListArray.from_arrays(pa.array(offset), _words(terms.obligations, name)),
            "severity": pa.array([None, *SEVERITIES], pa.string()).take(pa.array(worst)),
        }
        parts.append(pa.table([columns[key] for key in schema.names], schema=schema))
    return pa.concat_tables(parts)
