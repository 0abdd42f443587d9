"""All that is asked of the drift of one trait in one graph, at one number of values.

What does not depend on the objective of the order (the flow, its tests, the drawn
replicates) is made once; each objective then has its order, shares, nulls, ranks
and held-out share.

What does not belong here: how any of it is computed (the other modules), the tests
of direction, which need no order (``direction``), and rows of tables
(``order_tables``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.drift.flow import explained, gradient_share
from biome_pipeline.drift.heldout import draw_halves, held_out
from biome_pipeline.drift.margins import margin_transitions
from biome_pipeline.drift.nulls import (
    coin_p_value,
    coin_transitions,
    margin_verdict,
    null_shares,
)
from biome_pipeline.drift.orders import OBJECTIVES, best_order, best_orders
from biome_pipeline.drift.transitions import edge_transitions, family_flows
from biome_pipeline.drift.uncertainty import ranks_of, resampled_transitions
from biome_pipeline.inference.resampling import percentile_interval

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.drift.edges import TraitEdges
    from biome_pipeline.drift.heldout import HeldOut
    from biome_pipeline.drift.nulls import MarginVerdict
    from biome_pipeline.drift.orders import Objective
    from biome_pipeline.drift.transitions import Transitions
    from biome_pipeline.drift.uncertainty import Ranks
    from biome_pipeline.ordering import LinearOrdering

__all__ = ["DriftOrdering", "Effort", "Share", "TraitDrift", "analyse_drift"]


@dataclass(frozen=True)
class Effort:
    """How many replicates there are, and how long an order may take.

    Attributes
    ----------
    bootstraps : int, default 999
        Replicates of shares under the fixed order.
    solved : int, default 200
        Of these the first so many have their order solved anew; also the number
        of halves.
    nulls : int, default 200
        Replicates of each null.
    time_limit : float, default 60.0
        Seconds for the order of the data.
    replicate_time_limit : float, default 5.0
        Seconds for the order of a replicate.
    """

    bootstraps: int = 999
    solved: int = 200
    nulls: int = 200
    time_limit: float = 60.0
    replicate_time_limit: float = 5.0


@dataclass(frozen=True)
class Share:
    """A share with its interval, and beside it what the nulls give.

    Attributes
    ----------
    value : float or None
        The share; ``None`` if there is nothing to share.
    ci_low, ci_high : float or None
        95 % interval over families, under the same order.
    coin_null, coin_p_value : float or None
        Mean under coins, and the share of them that explain as much.
    margin_null_low, margin_null_high : float or None
        2.5 % and 97.5 % percentiles under mere margins.
    """

    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    coin_null: float | None = None
    coin_p_value: float | None = None
    margin_null_low: float | None = None
    margin_null_high: float | None = None


@dataclass(frozen=True, eq=False)
class DriftOrdering:
    """The best order for one objective, and what is known of it.

    Attributes
    ----------
    objective : {"directions", "traffic"}
        What the order maximises.
    ordering : LinearOrdering
        The order (places in `TraitDrift.columns`), its value, bound and gap.
    n_drifts, n_drifts_explained : int
        Drifts, and those that point forward.
    traffic, traffic_explained : float
        Their net transitions.
    drift_share, mutation_share : Share
        Shares explained.
    margin_verdict : str
        What the margin null says of the share that the order maximises: of
        drifts (``directions``) or of mutations (``traffic``).
    ranks : Ranks or None
        Ranks and precedence; ``None`` with fewer than two families.
    heldout : HeldOut
        Share of the other half's mutations along an order of one half.
    n_unproven : int
        Orders of replicates and nulls not proven best before the time was out.
    """

    objective: Objective
    ordering: LinearOrdering
    n_drifts: int
    n_drifts_explained: int
    traffic: float
    traffic_explained: float
    drift_share: Share
    mutation_share: Share
    margin_verdict: MarginVerdict
    ranks: Ranks | None
    heldout: HeldOut
    n_unproven: int


@dataclass(frozen=True, eq=False)
class TraitDrift:
    """The drift of one trait in one graph, among some values.

    Attributes
    ----------
    columns : ndarray of int64, shape (n_values,)
        The values, as columns of the trait's value sets.
    transitions : ndarray of float64, shape (n_values, n_values)
        Transitions from the row's value to the column's.
    is_linked : ndarray of bool, shape (n_values,)
        Whether any drift touches the value; without one its place in an order
        means nothing.
    n_families : int
        Families with a transition among the values.
    effective_families : float
        Kish's effective number of them, by mutated edges.
    gradient_share : Share
        Share of the flow's energy that is downhill, its interval over families,
        and its mean and p-value under coins.
    orderings : dict of str to DriftOrdering
        By objective.
    """

    columns: npt.NDArray[np.int64]
    transitions: npt.NDArray[np.float64]
    is_linked: npt.NDArray[np.bool_]
    n_families: int
    effective_families: float
    gradient_share: Share
    orderings: dict[Objective, DriftOrdering]


@dataclass(frozen=True, eq=False)
class _Drawn:
    """The replicates that serve both objectives."""

    bootstraps: npt.NDArray[np.float64]
    coins: npt.NDArray[np.float64]
    margins: npt.NDArray[np.float64]


def analyse_drift(
    edges: TraitEdges,
    columns: npt.NDArray[np.integer[Any]],
    *,
    effort: Effort,
    seed: int,
    transitions: Transitions | None = None,
) -> TraitDrift:
    """Order the values of a trait by its drift, and say what the order explains.

    Parameters
    ----------
    edges : TraitEdges
        Edges of the graph with the whole value sets.
    columns : ndarray of integers, shape (n_values,)
        The values to order (``top_values``).
    effort : Effort
        Replicates, and limits of time.
    seed : int
        Seed of all draws; each kind has a stream of its own.
    transitions : Transitions, optional
        Those of all values, to spare listing them.

    Returns
    -------
    TraitDrift
        Everything, for both objectives.

    Raises
    ------
    InferenceError
        If a number of replicates is not positive.
    """
    n = len(columns)
    if transitions is None:
        transitions = edge_transitions(edges)
    flows = family_flows(transitions.among(columns, edges.n_values), edges.family, n)
    total = flows.total()
    drawn = _Drawn(
        resampled_transitions(flows, n_replicates=effort.bootstraps, seed=seed),
        coin_transitions(total, n_replicates=effort.nulls, seed=seed),
        margin_transitions(edges.restricted(columns), n_replicates=effort.nulls, seed=seed),
    )
    halves = draw_halves(flows, n_halves=effort.solved, seed=seed)
    orderings: dict[Objective, DriftOrdering] = {}
    for objective in OBJECTIVES:
        heldout = held_out(halves, objective, time_limit=effort.replicate_time_limit, seed=seed)
        orderings[objective] = _ordering(total, objective, drawn, heldout, effort=effort, seed=seed)
    return TraitDrift(
        columns=np.asarray(columns, dtype=np.int64),
        transitions=total,
        is_linked=(total != total.T).any(axis=1),
        n_families=flows.n_families,
        effective_families=flows.effective_families,
        gradient_share=_gradient(total, drawn),
        orderings=orderings,
    )


def _ordering(
    total: npt.NDArray[np.float64],
    objective: Objective,
    drawn: _Drawn,
    heldout: HeldOut,
    *,
    effort: Effort,
    seed: int,
) -> DriftOrdering:
    limit = effort.replicate_time_limit
    best = best_order(total, objective, time_limit=effort.time_limit)
    found = explained(total, best.order)
    fixed = explained(drawn.bootstraps, best.order)
    coins = null_shares(drawn.coins, objective, time_limit=limit)
    margins = null_shares(drawn.margins, objective, time_limit=limit)
    ranks, n_unproven = None, heldout.n_unproven + coins.n_unproven + margins.n_unproven
    if len(drawn.bootstraps):
        solved = drawn.bootstraps[: effort.solved]
        orders = best_orders(solved, objective, time_limit=limit, seed=seed)
        ranks = ranks_of(orders.order, solved)
        n_unproven += orders.n_unproven
    own = "drift_share" if objective == "directions" else "mutation_share"

    def share(name: str) -> Share:
        return _share(
            float(getattr(found, name)),
            getattr(fixed, name),
            getattr(coins, name),
            getattr(margins, name),
        )

    return DriftOrdering(
        objective=objective,
        ordering=best,
        n_drifts=int(found.n_drifts),
        n_drifts_explained=int(found.n_drifts_explained),
        traffic=float(found.traffic),
        traffic_explained=float(found.traffic_explained),
        drift_share=share("drift_share"),
        mutation_share=share("mutation_share"),
        margin_verdict=margin_verdict(float(getattr(found, own)), getattr(margins, own)),
        ranks=ranks,
        heldout=heldout,
        n_unproven=n_unproven,
    )


def _gradient(total: npt.NDArray[np.float64], drawn: _Drawn) -> Share:
    return _share(
        float(gradient_share(total)),
        gradient_share(drawn.bootstraps),
        gradient_share(drawn.coins),
        gradient_share(drawn.margins),
    )


def _share(
    value: float,
    bootstraps: npt.NDArray[np.float64],
    coins: npt.NDArray[np.float64],
    margins: npt.NDArray[np.float64],
) -> Share:
    if np.isnan(value):
        return Share(None)
    low, high = percentile_interval(bootstraps) if bootstraps.size else (None, None)
    margin_low, margin_high = percentile_interval(margins)
    flipped = coins[~np.isnan(coins)]
    return Share(
        value=value,
        ci_low=low,
        ci_high=high,
        coin_null=float(flipped.mean()) if flipped.size else None,
        coin_p_value=coin_p_value(value, coins),
        margin_null_low=margin_low,
        margin_null_high=margin_high,
    )
