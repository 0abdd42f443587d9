"""Forests of families with a single-valued trait that drifts as planted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

__all__ = [
    "Forest",
    "LabelledGraph",
    "bradley_terry_kernel",
    "draw_forest",
    "draw_labelled_graph",
    "independent_kernel",
    "stated_sets",
    "symmetric_kernel",
    "walk",
]


@dataclass(frozen=True, eq=False)
class Forest:
    """Trees of unequal size; nodes in an order in which parents come first."""

    parent: np.ndarray
    child: np.ndarray
    family: np.ndarray
    generation: np.ndarray


def draw_forest(
    seed: int, n_nodes: int = 3_000, *, share_roots: float = 0.03, fertile: float = 0.06
) -> Forest:
    """Draw families as the demo Hub has them: few models get children, some very many.

    Each child has one parent, any of the fertile models before it, so that a
    family grows by the children it has. The first family gets 7 % more.
    """
    rng = np.random.Generator(np.random.PCG64([seed, 7]))
    n_roots = max(2, round(share_roots * n_nodes))
    is_fertile = (rng.random(n_nodes) < fertile).tolist()
    coin, pick = rng.random(n_nodes).tolist(), rng.random(n_nodes).tolist()
    home = list(range(n_roots)) + [0] * (n_nodes - n_roots)
    generation = [0] * n_nodes
    mothers, of_first = list(range(n_roots)), [0]
    parent = []
    for k in range(n_roots, n_nodes):
        among = of_first if coin[k] < 0.07 else mothers
        own = among[int(pick[k] * len(among))]
        parent.append(own)
        home[k], generation[k] = home[own], generation[own] + 1
        if is_fertile[k]:
            mothers.append(k)
            if home[k] == 0:
                of_first.append(k)
    child = np.arange(n_roots, n_nodes)
    return Forest(np.array(parent), child, np.array(home)[child], np.array(generation))


def symmetric_kernel(law: np.ndarray, rate: float) -> np.ndarray:
    """Give a chain that exchanges values symmetrically, its stationary law being `law`.

    The flow from i to j is as large as back: detailed balance.
    """
    flow = np.outer(law, law)
    np.fill_diagonal(flow, 0)
    return _stays(flow / law[:, None], law, rate)


def bradley_terry_kernel(strength: np.ndarray, law: np.ndarray, rate: float) -> np.ndarray:
    """Give a chain of which the exchange of each pair runs one way by its strengths.

    As long as parents have the law `law`, a share 1 / (1 + exp(-difference)) of
    the exchanges of a pair runs from the stronger value to the weaker.
    """
    forward = 1 / (1 + np.exp(-(strength[:, None] - strength[None, :])))
    flow = np.outer(law, law) * 2 * forward
    np.fill_diagonal(flow, 0)
    return _stays(flow / law[:, None], law, rate)


def independent_kernel(of_children: np.ndarray, rate: float) -> np.ndarray:
    """Give a chain of which a mutated child draws from one law, whatever its parent had."""
    moves = np.tile(of_children * rate, (of_children.size, 1))
    moves[np.diag_indices_from(moves)] += 1 - rate
    return moves


def _stays(moves: np.ndarray, law: np.ndarray, rate: float) -> np.ndarray:
    moves = moves * rate / (law @ moves.sum(axis=1))
    assert moves.sum(axis=1).max() <= 1
    return moves + np.diag(1 - moves.sum(axis=1))


def walk(seed: int, forest: Forest, kernel: np.ndarray, law: np.ndarray) -> np.ndarray:
    """Draw the value of every node: roots by `law`, children by the row of their parent."""
    rng = np.random.Generator(np.random.PCG64([seed, 11]))
    n_nodes = forest.generation.size
    coin = rng.random(n_nodes)
    value = np.searchsorted(np.cumsum(law)[:-1], coin)
    steps = np.cumsum(kernel, axis=1)[:, :-1]
    generation = forest.generation[forest.child]
    for k in range(1, int(generation.max()) + 1):
        own = generation == k
        child, parent = forest.child[own], forest.parent[own]
        value[child] = (coin[child, None] > steps[value[parent]]).sum(axis=1)
    return value


def stated_sets(kind: np.ndarray, kinds: np.ndarray, is_silent: np.ndarray) -> csr_array:
    """Give the value set of each node's kind, a row of `kinds`, or none where it is silent."""
    return csr_array(kinds[kind].astype(bool) & ~is_silent[:, None])


@dataclass(frozen=True, eq=False)
class LabelledGraph:
    """A random graph of which each node has a set of values, often none."""

    values: list[frozenset[int]]
    sets: csr_array
    parent: np.ndarray
    child: np.ndarray
    family: np.ndarray


def draw_labelled_graph(seed: int) -> LabelledGraph:
    """Draw a graph with loops left out, a number of values, and the share of silent nodes.

    Every other graph has at most one value per node. Children mostly start from
    a parent's set, so that sets overlap.
    """
    rng = np.random.Generator(np.random.PCG64([seed, 13]))
    n_nodes, n_values = int(rng.integers(2, 40)), int(rng.integers(2, 9))
    most = 1 if seed % 2 else int(rng.integers(2, 6))
    share_silent = float(rng.choice([0.0, 0.2, 0.6, 1.0], p=[0.3, 0.4, 0.25, 0.05]))
    pairs = {
        (int(a), int(b))
        for a, b in rng.integers(0, n_nodes, (int(rng.integers(0, 4 * n_nodes)), 2))
        if a != b
    }
    ends = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    values: list[frozenset[int]] = []
    for _ in range(n_nodes):
        n_own = 0 if rng.random() < share_silent else int(rng.integers(1, most + 1))
        fresh = rng.choice(n_values, min(n_own, n_values), replace=False).tolist()
        if n_own and most > 1 and values and rng.random() < 0.6:
            fresh += list(values[int(rng.integers(len(values)))])
        values.append(frozenset(fresh))
    rows = [node for node, own in enumerate(values) for _ in own]
    columns = [value for own in values for value in own]
    sets = csr_array((np.ones(len(rows), dtype=bool), (rows, columns)), shape=(n_nodes, n_values))
    family = rng.integers(0, 6, len(ends))
    return LabelledGraph(values, sets, ends[:, 0], ends[:, 1], family)
