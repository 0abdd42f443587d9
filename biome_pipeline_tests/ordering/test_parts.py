"""Each part of the solver does what its name says, on its own."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from itertools import permutations
from math import gcd

import networkx as nx
import numpy as np
import pytest

from biome_pipeline.ordering.dynamic import first_best_order
from biome_pipeline.ordering.insertion import (
    backward_weights,
    improved_orders,
    perturbed_orders,
    row_sum_order,
)
from biome_pipeline.ordering.reduction import (
    components_in_order,
    net_weights,
    reachable,
    unit_of,
)
from biome_pipeline.ordering.relaxation import Relaxation
from biome_pipeline_tests.reference.orderings import backward_weight, first_best, moved
from biome_pipeline_tests.worlds.weights import KINDS, draw_weights


def drawn_net(seed: int, n: int) -> np.ndarray:
    return net_weights(draw_weights(KINDS[seed % len(KINDS)], n, seed))


def positive_graph(net: np.ndarray) -> nx.DiGraph:
    return nx.from_numpy_array(net > 0, create_using=nx.DiGraph)


def test_dynamic_programming_gives_the_first_best_order() -> None:
    for seed in range(80):
        weights = draw_weights(KINDS[seed % len(KINDS)], seed % 7, seed)
        if KINDS[seed % len(KINDS)] != "floats":
            order = first_best_order(net_weights(weights))
            assert order.tolist() == list(first_best(weights))


def test_components_are_those_of_networkx_in_a_topological_order() -> None:
    for seed in range(200):
        net = drawn_net(seed, 1 + seed % 18)
        parts = components_in_order(net)
        graph = positive_graph(net)
        expected = {frozenset(part) for part in nx.strongly_connected_components(graph)}
        assert {frozenset(part.tolist()) for part in parts} == expected
        assert all(part.tolist() == sorted(part.tolist()) for part in parts)
        place = {item: k for k, part in enumerate(parts) for item in part.tolist()}
        assert all(place[one] <= place[other] for one, other in graph.edges)
        # The smallest item comes next, of those that may.
        smallest = nx.condensation(graph)
        key = {node: min(smallest.nodes[node]["members"]) for node in smallest}
        order = list(nx.lexicographical_topological_sort(smallest, key=key.get))
        assert [int(part[0]) for part in parts] == [key[node] for node in order]


def test_what_is_reachable_is_the_transitive_closure() -> None:
    for seed in range(60):
        generator = np.random.Generator(np.random.PCG64(seed))
        is_ahead = generator.random((seed % 20, seed % 20)) < 0.1
        graph = nx.from_numpy_array(is_ahead, create_using=nx.DiGraph)
        closure = nx.transitive_closure(graph, reflexive=False)
        expected = nx.to_numpy_array(closure, weight=None, dtype=bool) if graph else is_ahead
        np.testing.assert_array_equal(reachable(is_ahead), expected)


@pytest.mark.parametrize(
    ("sizes", "unit"),
    [
        ([6, 9, 15], 3.0),
        ([0.5, 2], 0.5),
        ([0.75, 1.25], 0.25),
        ([1], 1.0),
        ([0.1, 0.2], 0.0),
        ([1e-9], 0.0),
        ([2.0**52, 3], 0.0),
        ([], 0.0),
    ],
)
def test_the_unit_divides_all_net_weights(sizes: list[float], unit: float) -> None:
    net = np.zeros((4, 4))
    net[0, 1 : 1 + len(sizes)] = sizes
    assert unit_of(net - net.T) == unit


def test_the_unit_is_the_greatest_common_divisor() -> None:
    for seed in range(50):
        generator = np.random.Generator(np.random.PCG64(seed))
        factor = Fraction(int(generator.integers(1, 50)), 2 ** int(generator.integers(0, 12)))
        upper = np.triu(generator.integers(-9, 9, (5, 5)), 1)
        net = (upper - upper.T) * float(factor)
        naive = reduce(gcd, (int(abs(size)) for size in upper.ravel()), 0) * factor
        assert unit_of(net) == float(naive)


def test_backward_weights_are_those_of_the_definition() -> None:
    for seed in range(40):
        net = drawn_net(seed, 9)
        generator = np.random.Generator(np.random.PCG64(seed))
        orders = np.stack([generator.permutation(9) for _ in range(5)])
        naive = [backward_weight(net, order.tolist()) for order in orders]
        np.testing.assert_allclose(backward_weights(net, orders), naive, rtol=1e-12)


def test_no_move_of_one_item_improves_an_improved_order() -> None:
    for seed in range(60):
        n = 1 + seed % 9
        net = drawn_net(seed, n)
        generator = np.random.Generator(np.random.PCG64(seed))
        starts = np.stack([generator.permutation(n) for _ in range(4)])
        improved = improved_orders(net, starts)
        rounding = 1e-10 * np.abs(net).sum()
        assert np.all(backward_weights(net, improved) <= backward_weights(net, starts) + rounding)
        for order in improved.tolist():
            assert sorted(order) == list(range(n))
            own = backward_weight(net, order)
            for source in range(n):
                for target in range(n):
                    other = backward_weight(net, moved(order, source, target))
                    assert other >= own - rounding


def test_local_search_improves_each_order_as_it_would_alone() -> None:
    net = drawn_net(5, 15)
    generator = np.random.Generator(np.random.PCG64(3))
    starts = np.stack([generator.permutation(15) for _ in range(6)])
    together = improved_orders(net, starts)
    for start, order in zip(starts, together, strict=True):
        np.testing.assert_array_equal(improved_orders(net, start[None])[0], order)


def test_local_search_stops_at_its_deadline() -> None:
    net = drawn_net(5, 30)
    starts = np.arange(30)[None]
    np.testing.assert_array_equal(improved_orders(net, starts, deadline=0.0), starts)


def test_perturbed_orders_are_permutations_by_the_seed() -> None:
    order = np.array([4, 2, 0, 3, 1, 5, 6])
    copies = perturbed_orders(order, 50, 2, np.random.Generator(np.random.PCG64(1)))
    again = perturbed_orders(order, 50, 2, np.random.Generator(np.random.PCG64(1)))
    np.testing.assert_array_equal(copies, again)
    assert all(sorted(copy) == list(range(7)) for copy in copies.tolist())
    assert len({tuple(copy) for copy in copies.tolist()}) > 20


def test_row_sums_order_by_gain_and_ties_by_index() -> None:
    gains = np.array([[0.0, 1, 1], [1, 0, 3], [1, 1, 0]])
    assert row_sum_order(gains).tolist() == [1, 0, 2]


def test_every_bound_is_below_all_orders_that_fit() -> None:
    for seed in range(40):
        n = 4 + seed % 3
        net = drawn_net(seed, n)
        if not net.any():
            continue
        generator = np.random.Generator(np.random.PCG64(seed))
        relaxation = Relaxation(net, np.inf)
        orders = np.array(list(permutations(range(n))))
        weights = backward_weights(net, orders)
        places = np.argsort(orders, axis=1)
        hidden = generator.permutation(n)
        rounding = 1e-9 * np.abs(net).sum()
        for share in (0.0, 0.2, 0.5, 1.0):
            # What a hidden order says of some pairs.
            told = np.triu(generator.random((n, n)) < share, 1)
            ahead = np.zeros((n, n), dtype=bool)
            ahead[hidden[:, None], hidden] = told
            ahead = reachable(ahead)
            fits = np.all(
                ~ahead | (places[:, :, None] < places[:, None, :]),
                axis=(1, 2),
            )
            relaxation.restrict(ahead)
            least = weights[fits].min()
            is_violated = True
            while is_violated:
                found = relaxation.solve(np.inf)
                assert found.is_solved
                assert found.bound <= least + rounding
                is_violated = relaxation.add_violated(found.x)
            # Up to five items the 3-cycles say everything.
            if n <= 5:
                assert found.bound == pytest.approx(least, abs=rounding)
            # Reduced costs: what the other side of a pair costs at least.
            one, other = relaxation.pairs
            stands_first = places[:, one] < places[:, other]
            for side, price in ((stands_first, found.reduced), (~stands_first, -found.reduced)):
                cost = np.where(fits[:, None] & side, weights[:, None], np.inf).min(axis=0)
                free = ~(ahead | ahead.T)[one, other]
                assert np.all((found.bound + price <= cost + rounding) | ~free)


def test_a_cutoff_does_not_raise_a_bound_above_the_truth() -> None:
    for seed in range(20):
        net = net_weights(draw_weights("tournament", 7, seed))
        least = min(backward_weight(net, order) for order in permutations(range(7)))
        for cutoff in (-1.0, least - 1.5, least - 0.5, least + 3):
            relaxation = Relaxation(net, np.inf)
            relaxation.add_all()
            found = relaxation.solve(cutoff)
            assert found.bound <= least + 1e-9
            assert found.bound > cutoff or cutoff >= least - 0.5


def test_dropped_inequalities_do_not_change_the_bound() -> None:
    n_dropped = 0
    for seed in range(10):
        net = net_weights(draw_weights("tournament", 16, seed))
        relaxation = Relaxation(net, np.inf)
        relaxation.add_all()
        full = relaxation.solve(np.inf)
        assert relaxation.n_rows == relaxation.n_triples == 560
        relaxation.drop_loose(full.x)
        n_dropped += 560 - relaxation.n_rows
        assert relaxation.solve(np.inf).bound == pytest.approx(full.bound)
        assert not relaxation.add_violated(full.x)
    assert n_dropped > 0
