"""Which operators of the search would make the config of a child from its parent's.

An operator is observed on an edge where what it moves differs between the two
ends; an edge may show several, one or none. Of most operators the configs of the
Hub can say nothing (there is no key for a retro memory): they are never observed,
which does not mean that they are rare.

A declared parent that is not the real one shows as a jump in every size at once;
such edges count as mutations of all that differs.

What does not belong here: which operators there are (their registry hands the
list over) and how often each is (``priors``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.errors import InferenceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    Vector = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

    Ends = Mapping[str, tuple[Vector, Vector]]
    Judge = Callable[[Ends], tuple[Flags, Flags]]

__all__ = ["OBSERVABLE", "ObservedOperators", "observed_operators"]


@dataclass(frozen=True, eq=False)
class ObservedOperators:
    """Operators on edges.

    Attributes
    ----------
    operators : tuple of str
        As they were given.
    is_observable : ndarray of bool, shape (n_operators,)
        Which of them a config can show at all.
    reports, hits : ndarray of bool, shape (n_edges, n_operators)
        Whether both ends say what the operator moves, and whether it was moved.
    """

    operators: tuple[str, ...]
    is_observable: Flags
    reports: Flags
    hits: Flags


def _known(ends: Ends, *names: str) -> Flags:
    known = [~np.isnan(end) for name in names for end in ends[name]]
    return np.logical_and.reduce(known)


def _grown(name: str) -> Judge:
    return lambda ends: (_known(ends, name), ends[name][1] > ends[name][0])


def _shrunk(name: str) -> Judge:
    return lambda ends: (_known(ends, name), ends[name][1] < ends[name][0])


def _changed(*names: str) -> Judge:
    """Report where any of the facts is known, and hold where one differs."""

    def judged(ends: Ends) -> tuple[Flags, Flags]:
        known = [_known(ends, name) for name in names]
        moved = [
            is_known & (ends[name][0] != ends[name][1])
            for name, is_known in zip(names, known, strict=True)
        ]
        return np.logical_or.reduce(known), np.logical_or.reduce(moved)

    return judged


def _turned(name: str, before: int) -> Judge:
    return lambda ends: (
        _known(ends, name),
        (ends[name][0] == before) & (ends[name][1] == 1 - before),
    )


def _rope(ends: Ends) -> tuple[Flags, Flags]:
    reports, moved = _changed("rope_theta", "rope_type")(ends)
    before, after = ends["rope_factor"]
    # A factor that one end alone states was added, or taken away.
    stretched = _known(ends, "rope_type") & (np.nan_to_num(before) != np.nan_to_num(after))
    return reports, moved | stretched


def _grouped(ends: Ends) -> tuple[Flags, Flags]:
    """Fewer kv heads for the same heads, or kv < heads where they were equal."""
    heads, keys = ends["num_heads"], ends["num_kv_heads"]
    fewer = (keys[1] < keys[0]) & (heads[0] == heads[1])
    first = (keys[0] == heads[0]) & (keys[1] < heads[1])
    return _known(ends, "num_heads", "num_kv_heads"), fewer | first


def _regrouped(ends: Ends) -> tuple[Flags, Flags]:
    """Any other change of the kv heads."""
    keys = ends["num_kv_heads"]
    reports, grouped = _grouped(ends)
    return _known(ends, "num_kv_heads"), (keys[0] != keys[1]) & ~(reports & grouped)


OBSERVABLE: dict[str, Judge] = {
    "duplicate_block_span": _grown("num_layers"),
    "remove_block_span": _shrunk("num_layers"),
    "dense_to_moe": _turned("uses_moe", 0),
    "moe_to_dense": _turned("uses_moe", 1),
    "tune_experts": _changed("num_experts"),
    "mutate_topk": _changed("experts_per_token"),
    "make_gqa": _grouped,
    "tune_kv": _regrouped,
    "tune_attn_shape": _changed("num_heads", "head_dim"),
    "tune_rope": _rope,
    "tune_attn_sparsity": _changed("sliding_window"),
    "toggle_selector": _changed("has_selector"),
    "toggle_qk_norm": _changed("has_qk_norm"),
    "toggle_alibi": _changed("has_alibi"),
    "toggle_linear_attention": _changed("has_linear_attention"),
    "toggle_mla_attention": _changed("has_latent_attention"),
    "tune_ffn_width_activation": _changed("intermediate_size", "activation"),
    "toggle_ssm": _changed("has_state_space"),
    "tune_width": _changed("hidden_size"),
    "tune_vocabulary": _changed("vocab_size"),
    "tune_sequence": _changed("context_length"),
    "toggle_tied_head": _changed("has_tied_embeddings"),
    "toggle_norm": _changed("norm_vectors"),
}
"""Operators that a config can show: which edges report each, and on which it is seen."""


def observed_operators(ends: Ends, operators: Sequence[str]) -> ObservedOperators:
    """Judge every operator on edges.

    Parameters
    ----------
    ends : mapping of str to tuple of ndarray of float64, shape (n_edges,)
        Facts of the parents and of the children, as ``fitness.mutation_kinds.pairs_of``
        gives them, with those of ``mechanisms`` beside them; NaN where one is not known.
    operators : sequence of str
        Operators of the search.

    Returns
    -------
    ObservedOperators
        Reports and hits in the order of the operators.

    Raises
    ------
    InferenceError
        If an operator is listed twice, or the list lacks one of `OBSERVABLE`: what
        was seen of it would be lost.
    """
    twice = sorted({name for name in operators if list(operators).count(name) > 1})
    if twice:
        raise InferenceError(
            f"operators are listed twice: {', '.join(twice)}", remedy="list each once"
        )
    lost = [name for name in OBSERVABLE if name not in operators]
    if lost:
        raise InferenceError(
            f"operators that configs show are not in the search: {', '.join(lost)}",
            place="biome_pipeline.evolution.observed.OBSERVABLE",
            remedy="give them the names of the registry",
        )
    n_edges = next(iter(ends.values()))[0].size
    reports = np.zeros((n_edges, len(operators)), np.bool_)
    hits = np.zeros_like(reports)
    for place, name in enumerate(operators):
        if name in OBSERVABLE:
            reported, moved = OBSERVABLE[name](ends)
            reports[:, place] = reported
            hits[:, place] = reported & moved
    is_observable = np.array([name in OBSERVABLE for name in operators], np.bool_)
    return ObservedOperators(tuple(operators), is_observable, reports, hits)
