"""The findings of whole Hubs are the tests of the heuristics, on values by definition."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from biome_pipeline.provenance import derive_seed
from biome_pipeline.similarity.heuristics import (
    PositionValues,
    alike_within_family,
    falls_with_distance,
    falls_with_generation_gap,
)
from biome_pipeline_tests.reference.similarity import (
    Likeness,
    benjamini_hochberg,
    families_of,
    likenesses,
)
from biome_pipeline_tests.worlds.chain import Chain, settings, similar_chain_of

Row = dict[str, Any]

NONE = "seeds 0 to 0"
NAMES = ("seeds 1 to 1", "seeds 3 to 3", "seeds 258 to 299")
CLAIMS = ("alike_within_family", "falls_with_generation_gap", "falls_with_distance")
STEPS = {
    **dict.fromkeys(("u-v", "t-u"), (1, 1)),
    **dict.fromkeys(("u-w", "t-v"), (2, 2)),
    "t-w": (3, 3),
}
SIDEWAYS = {
    ("siblings", "v-w"): (0, 2),
    ("star3", "v-w"): (0, 2),
    ("fork", "w-x"): (0, 2),
    ("uncle", "v-x"): (0, 2),
    ("uncle", "w-x"): (1, 3),
    ("uncle", "u-x"): (1, 1),
}


def steps(topology: str, position: str) -> tuple[int, int]:
    down = SIDEWAYS.get((topology, position))
    return down or STEPS.get(position, (1, 1))


def values_of(chain: Chain, graph: str, like: Likeness) -> dict[tuple[str, str], Any]:
    """Give values and families of each position, in the order of the draws."""
    family = families_of(chain, graph)
    found: dict[tuple[str, str], Any] = defaultdict(lambda: ([], []))
    for row in sorted(chain.rows("similarity.pairs"), key=lambda row: row["draw"]):
        if row["graph"] == graph:
            value = like("tfidf", row["first_id"], row["second_id"])
            own = found[row["topology"], row["position"]]
            own[0].append(np.nan if value is None else value)
            own[1].append(family.get(row["first_id"], 0))
    return {place: (np.array(v), np.array(f)) for place, (v, f) in found.items()}


@pytest.mark.parametrize("name", NAMES)
def test_findings_are_the_tests_on_values_by_definition(name: str) -> None:
    chain = similar_chain_of(name)
    found = {(row["finding"], row["graph"]): row for row in chain.rows("inference.findings")}
    likeness = likenesses(chain)
    for ablation in ("all", "traits"):
        for graph in ("finetune", "asexual", "all"):
            values = values_of(chain, graph, likeness["metadata", ablation])
            positions = [
                PositionValues(*place, *steps(*place), *own)
                for place, own in sorted(values.items())
                if place[0] != "pair"
            ]
            kind: dict[str, Any] = {
                "graph": graph,
                "n_replicates": settings().bootstrap_replicates,
                "seed": derive_seed(settings().seed, f"similarity.findings/{graph}/{ablation}"),
            }
            random_pairs, _ = values["pair", "random"]
            alike, homes = values["edge", "u-v"]
            for expected in (
                alike_within_family(alike, homes, random_pairs, **kind),
                falls_with_generation_gap(positions, **kind),
                falls_with_distance(positions, **kind),
            ):
                row = found[f"{expected.finding}/{ablation}", graph]
                for column in ("estimate", "ci_low", "ci_high", "p_value"):
                    wanted = getattr(expected, column)
                    assert row[column] == (wanted and pytest.approx(wanted, abs=1e-9)), column
                assert (row["n"], row["verdict"]) == (expected.n, expected.verdict)
                assert row["caveat"] == expected.caveat
                text = f" (text: metadata, {ablation})"
                assert row["statement"] == expected.statement + text


@pytest.mark.parametrize("name", NAMES)
def test_each_statement_is_made_once_and_adjusted_for_all(name: str) -> None:
    rows = similar_chain_of(name).rows("inference.findings")
    keys = [(row["subject"], row["finding"], row["graph"]) for row in rows]
    assert sorted(keys) == sorted(
        ("similarity", f"{claim}/{ablation}", graph)
        for claim in CLAIMS
        for ablation in ("all", "traits")
        for graph in ("finetune", "asexual", "all")
    )
    tested = [row for row in rows if row["p_value"] is not None]
    assert tested
    adjusted = benjamini_hochberg([row["p_value"] for row in tested])
    assert [row["p_adjusted"] for row in tested] == pytest.approx(adjusted, abs=1e-12)
    assert any(row["p_adjusted"] > row["p_value"] for row in tested)
    for row in rows:
        assert row["estimate"] is not None or row["p_value"] is None
        assert (row["p_adjusted"] is None) == (row["p_value"] is None)
        assert (row["ci_low"] is None) == (row["ci_high"] is None) == (row["p_value"] is None)


def test_without_relatives_nothing_is_stated() -> None:
    chain = similar_chain_of(NONE)
    assert chain.tables["genealogy.members"].num_rows == 0
    assert chain.rows("inference.findings") == []
    assert chain.rows("similarity.matched") == []
    # Random pairs there are nevertheless, and what they are like.
    assert {row["topology"] for row in chain.rows("similarity.pairs")} == {"pair"}
    assert {row["topology"] for row in chain.rows("similarity.summary")} == {"pair"}
