"""Closed forms over siblings give what enumeration gives."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csr_array

from biome_pipeline.errors import InferenceError
from biome_pipeline.similarity import siblings
from biome_pipeline.similarity.siblings import edge_similarity, sibling_sums
from biome_pipeline_tests.worlds.relatives import Relatives, draw_relatives

# As drawn; with empty vectors and second parents; with hardly a vector left.
WORLDS = [(0.0, 0.0), (0.3, 0.4), (0.9, 0.2), (1.0, 0.0)]


def draw(seed: int) -> Relatives:
    share_empty, share_second = WORLDS[seed % len(WORLDS)]
    return draw_relatives(
        seed, seed % 5 + 1, n_terms=4, share_empty=share_empty, share_second=share_second
    )


def cosine(dense: np.ndarray, first: int, second: int) -> float:
    """NaN if either vector is empty."""
    if not dense[first].any() or not dense[second].any():
        return np.nan
    return float(dense[first] @ dense[second])


def children_of(world: Relatives, parent: int) -> list[int]:
    return [int(c) for c in world.child_row[world.parent_row == parent]]


@pytest.mark.parametrize("batch", range(4))
def test_sums_over_siblings_are_those_of_all_pairs(batch: int) -> None:
    for seed in range(batch * 15, batch * 15 + 15):
        world = draw(seed)
        dense = world.vectors.toarray()
        found = sibling_sums(world.vectors, world.parent_row, world.child_row)
        assert found.parent_row.tolist() == sorted(set(world.parent_row.tolist()))
        n_missing = 0
        for k, parent in enumerate(found.parent_row):
            pairs = [cosine(dense, a, b) for a, b in combinations(children_of(world, parent), 2)]
            known = [value for value in pairs if not np.isnan(value)]
            n_missing += len(pairs) - len(known)
            assert found.n_pairs[k] == len(known)
            assert found.sums[k] == pytest.approx(sum(known), abs=1e-9)
        assert found.n_missing == n_missing


@pytest.mark.parametrize("block", [1, 7, 4096])
def test_each_child_beside_parent_and_siblings(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(siblings, "_BLOCK", block)
    n_compared = 0
    for seed in range(40):
        world = draw(seed)
        dense = world.vectors.toarray()
        found = edge_similarity(world.vectors, world.parent_row, world.child_row)
        for k, (parent, child) in enumerate(zip(world.parent_row, world.child_row, strict=True)):
            others = [cosine(dense, child, c) for c in children_of(world, parent) if c != child]
            known = [value for value in others if not np.isnan(value)]
            n_compared += len(known) > 0
            to_siblings = sum(known) / len(known) if known else np.nan
            expected = pytest.approx(cosine(dense, child, parent), abs=1e-9, nan_ok=True)
            assert found.to_parent[k] == expected, seed
            expected = pytest.approx(to_siblings, abs=1e-9, nan_ok=True)
            assert found.to_siblings[k] == expected, seed
    assert n_compared > 200


def test_no_edges_give_nothing() -> None:
    none = np.zeros(0, dtype=np.int64)
    vectors = csr_array((3, 2))
    assert edge_similarity(vectors, none, none).to_parent.shape == (0,)
    sums = sibling_sums(vectors, none, none)
    assert (sums.sums.shape, sums.n_pairs.shape, sums.n_missing) == ((0,), (0,), 0)


def test_what_cannot_be_compared_is_refused() -> None:
    vectors = csr_array(np.array([[1.0, 0.0], [0.6, 0.8], [0.6, 0.6]]))
    row = np.array([0])
    for call in (edge_similarity, sibling_sums):
        with pytest.raises(InferenceError, match=r"row 2: .* squared length 0\.72"):
            call(vectors, row, row + 1)
        with pytest.raises(InferenceError, match="child_row: a row is outside 0 to 2"):
            call(vectors, row, row + 3)
        with pytest.raises(InferenceError, match="parent_row: a row is outside"):
            call(vectors, row - 1, row)
        with pytest.raises(InferenceError, match="do not match"):
            call(vectors, row, np.array([1, 2]))
