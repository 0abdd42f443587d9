"""Small worlds of ancestry, drawn from a seed: pairs of parent and child.

Node numbers are shuffled, so that no order of nodes betrays the order of
descent, and some pairs are listed twice, as on the Hub. The same seed draws the
same world on any machine.

What does not belong here: the right answers, which are in
``biome_pipeline_tests.reference.genealogy``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.genealogy.families import NO_DATE
from biome_pipeline.genealogy.graphs import Graph

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

__all__ = [
    "KINDS",
    "SEEDS",
    "World",
    "chain",
    "draw_tangle",
    "draw_world",
    "draw_woven_world",
    "join_worlds",
]

SEEDS = range(300)
"""Seeds of the worlds that every kernel is compared on."""

Pairs = list[tuple[int, int]]


@dataclass(frozen=True, eq=False)
class World:
    """Pairs of parent and child among numbered nodes, with creation times.

    Attributes
    ----------
    kind : str
        How the world was drawn.
    n_nodes : int
        Number of nodes.
    parent, child : ndarray of int32, shape (n_pairs,)
        Ends of the pairs, in any order, some of them listed twice.
    created : ndarray of int64, shape (n_nodes,)
        Creation in microseconds since 1970, many of them alike; some `NO_DATE`.
    """

    kind: str
    n_nodes: int
    parent: npt.NDArray[np.int32]
    child: npt.NDArray[np.int32]
    created: npt.NDArray[np.int64]

    @property
    def graph(self) -> Graph:
        """The graph of the pairs, which must be without cycles and self-loops."""
        return Graph.from_pairs(self.parent, self.child, self.n_nodes)

    @property
    def pairs(self) -> Pairs:
        """The pairs as Python integers."""
        return list(zip(self.parent.tolist(), self.child.tolist(), strict=True))


def draw_world(seed: int) -> World:
    """Draw a world without cycles; seeds take the kinds in turn.

    Parameters
    ----------
    seed : int
        Seed of the draw.

    Returns
    -------
    World
        At most some fifty nodes.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    kind = sorted(KINDS)[seed % len(KINDS)]
    n_nodes, pairs = KINDS[kind](generator)
    return _shuffled(kind, n_nodes, pairs, generator)


def draw_tangle(seed: int) -> World:
    """Draw a world whose pairs run in any direction: cycles, self-loops, copies.

    Parameters
    ----------
    seed : int
        Seed of the draw; every sixth world is without pairs or nodes.

    Returns
    -------
    World
        At most 30 nodes.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    n_nodes = int(generator.integers(1, 31))
    n_pairs = int(generator.integers(0, 2 * n_nodes)) if seed % 6 else 0
    pairs = [(int(u), int(v)) for u, v in generator.integers(n_nodes, size=(n_pairs, 2))]
    return _shuffled("tangle", n_nodes if n_pairs else seed % 4, pairs, generator)


def draw_woven_world(seed: int, n_nodes: int, n_pairs: int) -> World:
    """Draw one large family with many merges, in which hubs carry hanging trees.

    Parameters
    ----------
    seed : int
        Seed of the draw.
    n_nodes : int
        Nodes, all of one family.
    n_pairs : int
        Pairs in all, at least ``n_nodes - 1``; duplicates may be among them.

    Returns
    -------
    World
        A connected world without cycles.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    # A parent far back in the line makes hubs; squares lean towards the first nodes.
    pairs = [(int(v * generator.random() ** 2), v) for v in range(1, n_nodes)]
    for _ in range(n_pairs - len(pairs)):
        v = int(generator.integers(1, n_nodes))
        pairs.append((int(generator.integers(v)), v))
    return _shuffled("woven", n_nodes, pairs, generator)


def join_worlds(first: World, second: World) -> World:
    """Put two worlds side by side; the nodes of the second come after the first's.

    Parameters
    ----------
    first, second : World
        The worlds.

    Returns
    -------
    World
        Both, without a pair between them.
    """
    return World(
        kind=f"{first.kind} and {second.kind}",
        n_nodes=first.n_nodes + second.n_nodes,
        parent=np.concatenate((first.parent, second.parent + np.int32(first.n_nodes))),
        child=np.concatenate((first.child, second.child + np.int32(first.n_nodes))),
        created=np.concatenate((first.created, second.created)),
    )


def chain(n_nodes: int) -> Graph:
    """Make the line 0 -> 1 -> 2 and so on.

    Parameters
    ----------
    n_nodes : int
        Nodes of the line.

    Returns
    -------
    Graph
        The line.
    """
    node = np.arange(n_nodes, dtype=np.int32)
    return Graph.from_pairs(node[:-1], node[1:], n_nodes)


def _shuffled(kind: str, n_nodes: int, pairs: Pairs, generator: np.random.Generator) -> World:
    """Number the nodes anew, list some pairs twice, and draw creation times."""
    number = generator.permutation(n_nodes).astype(np.int32)
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    ends = np.concatenate((ends, ends[generator.random(len(pairs)) < 0.1]))
    ends = number[generator.permutation(ends)]
    created = 10**15 + generator.integers(3, size=n_nodes)
    created[generator.random(n_nodes) < 0.2] = NO_DATE
    return World(kind, n_nodes, ends[:, 0].copy(), ends[:, 1].copy(), created)


def _nothing(generator: np.random.Generator) -> tuple[int, Pairs]:
    """No pairs, and at times no nodes."""
    return int(generator.integers(0, 4)), []


def _single_edge(generator: np.random.Generator) -> tuple[int, Pairs]:
    """Two relatives among a few nodes."""
    return 2 + int(generator.integers(0, 4)), [(0, 1)]


def _chain(generator: np.random.Generator) -> tuple[int, Pairs]:
    """Each node the child of the last."""
    n = int(generator.integers(2, 40))
    return n, [(v - 1, v) for v in range(1, n)]


def _star(generator: np.random.Generator) -> tuple[int, Pairs]:
    """All nodes children of one, or one the child of all."""
    n = int(generator.integers(2, 40))
    is_merge = bool(generator.integers(2))
    return n, [(v, 0) if is_merge else (0, v) for v in range(1, n)]


def _forest(generator: np.random.Generator) -> tuple[int, Pairs]:
    """Each node without parents or with one earlier node as its only parent."""
    n = int(generator.integers(2, 45))
    later = [v for v in range(1, n) if generator.random() < 0.85]
    return n, [(int(generator.integers(v)), v) for v in later]


def _merged_forest(generator: np.random.Generator) -> tuple[int, Pairs]:
    """A forest in which some nodes have further parents."""
    n, pairs = _forest(generator)
    for _ in range(int(generator.integers(1, 8))):
        v = int(generator.integers(1, n))
        pairs.append((int(generator.integers(v)), v))
    return n, pairs


def _dense(generator: np.random.Generator) -> tuple[int, Pairs]:
    """Many pairs from earlier to later nodes."""
    n = int(generator.integers(2, 18))
    share = generator.random()
    return n, [(u, v) for v in range(n) for u in range(v) if generator.random() < share]


def _many_families(generator: np.random.Generator) -> tuple[int, Pairs]:
    """Small families of all forms, many of one size, beside lone nodes."""
    forms: list[Pairs] = [
        [(0, 1)],
        [(0, 1), (1, 2)],
        [(0, 2), (1, 2)],
        [(0, 1), (0, 2), (1, 3), (2, 3)],
        [(0, 1), (0, 2), (1, 2)],
        [(0, 1), (0, 2), (1, 2), (2, 3), (2, 4)],
    ]
    pairs: Pairs = []
    n = int(generator.integers(0, 3))
    for _ in range(int(generator.integers(1, 12))):
        form = forms[int(generator.integers(len(forms)))]
        pairs += [(n + u, n + v) for u, v in form]
        n += 1 + max(v for _, v in form)
    return n, pairs


def _ring(generator: np.random.Generator) -> tuple[int, Pairs]:
    """Lines from one node that meet again in another, with a tree hanging on."""
    n = int(generator.integers(3, 40))
    meet = int(generator.integers(2, n))
    pairs = [(v - 1, v) for v in range(1, meet)] + [(meet - 1, meet), (0, meet)]
    return n, pairs + [(int(generator.integers(v)), v) for v in range(meet + 1, n)]


KINDS: dict[str, Callable[[np.random.Generator], tuple[int, Pairs]]] = {
    "chain": _chain,
    "dense": _dense,
    "forest": _forest,
    "many families": _many_families,
    "merged forest": _merged_forest,
    "nothing": _nothing,
    "ring": _ring,
    "single edge": _single_edge,
    "star": _star,
}
"""How a world without cycles is drawn, by name: number of nodes, and pairs."""
