"""Each child beside its parent and its siblings: the table is what enumeration gives."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from biome_pipeline_tests.reference.rows import assert_same_rows
from biome_pipeline_tests.reference.similarity import (
    edges_of,
    families_of,
    likenesses,
    matched_row,
    nested_mean,
    sibling_pairs,
)
from biome_pipeline_tests.worlds.chain import WITH_CARDS, similar_chain_of

Row = dict[str, Any]

GRAPHS = ("finetune", "asexual", "all")
KEY = ["graph", "text", "measure", "ablation"]
# Without cards; with cards; many families, children of several parents, and cards.
NAMES = ("seeds 1 to 1", "seeds 5 to 5", "seeds 258 to 299")


@pytest.mark.parametrize("name", NAMES)
def test_the_table_is_what_enumeration_gives(name: str) -> None:
    chain = similar_chain_of(name)
    expected = []
    for kind, like in likenesses(chain).items():
        for graph in GRAPHS:
            edges, family = edges_of(chain.descents, graph), families_of(chain, graph)
            siblings = sibling_pairs(edges)
            for measure in ("bow", "tfidf") if siblings else ():
                values = [like(measure, one, other) for _, one, other in siblings]
                homes = [family[parent] for parent, _, _ in siblings]
                known = {h for h, value in zip(homes, values, strict=True) if value is not None}
                expected.append(
                    {
                        "graph": graph,
                        "text": kind[0],
                        "measure": measure,
                        "ablation": kind[1],
                        **matched_row(edges, family, like, measure),
                        "n_sibling_pairs": len(values) - values.count(None),
                        "n_sibling_pairs_missing": values.count(None),
                        "n_sibling_families": len(known),
                        "mean_by_parent": nested_mean(values, [p for p, _, _ in siblings]),
                        "mean_by_family": nested_mean(values, homes),
                    }
                )
    rounded = [rounded_row(row) for row in chain.rows("similarity.matched")]
    assert_same_rows(rounded, [rounded_row(row) for row in expected], KEY, name)
    assert expected
    texts = {row["text"] for row in expected}
    assert texts == ({"metadata", "card"} if name in WITH_CARDS else {"metadata"})


def rounded_row(row: Row) -> Row:
    """Round what is summed in another order; no difference is to be -0."""
    return {
        name: round(value, 9) + 0.0 if isinstance(value, float) else value
        for name, value in row.items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_intervals_and_p_values_need_two_families(name: str) -> None:
    n_tested = 0
    for row in similar_chain_of(name).rows("similarity.matched"):
        at = tuple(row[column] for column in KEY)
        has_two = row["n_families"] > 1
        n_tested += has_two
        assert [row[c] is not None for c in ("ci_low", "ci_high", "p_value")] == [has_two] * 3, at
        if row["n"]:
            assert row["difference"] == pytest.approx(row["parent_mean"] - row["sibling_mean"]), at
        if has_two:
            assert row["ci_low"] - 1e-12 <= row["difference"] <= row["ci_high"] + 1e-12, at
            assert 0 < row["p_value"] <= 1, at
        for mean in ("mean_by_parent", "mean_by_family"):
            ends = [row[f"{mean}_ci_{end}"] for end in ("low", "high")]
            assert [end is not None for end in ends] == [row["n_sibling_families"] > 1] * 2, at
            if None not in ends:
                assert ends[0] - 1e-12 <= row[mean] <= ends[1] + 1e-12, at
    # The first Hub has siblings in one family alone.
    assert bool(n_tested) == (name != NAMES[0])


def test_the_hubs_have_what_is_missing_and_what_is_shared() -> None:
    chain = similar_chain_of(NAMES[-1])
    rows = chain.rows("similarity.matched")
    assert any(row["n_missing"] and row["n"] for row in rows)
    assert any(row["n_sibling_pairs_missing"] and row["n_sibling_pairs"] for row in rows)
    parents = defaultdict(set)
    for parent, child in edges_of(chain.descents, "all"):
        parents[child].add(parent)
    assert max(map(len, parents.values())) > 1
    assert {row["graph"] for row in rows} == set(GRAPHS)
