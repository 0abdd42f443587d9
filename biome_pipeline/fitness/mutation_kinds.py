"""In which way a child changes the config of its parent: a vocabulary for evolution.

Facts change together: a longer context comes with another base of the rotation.
A kind says what was done, as a mutation operator would. An edge may be of
several kinds; it is of kind ``unchanged`` if whole configs of both ends agree in
every fact that both state.

What does not belong here: single facts (``mutations``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.fitness.mutations import ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from biome_pipeline.fitness.mutations import ConfigArrays

    Vector = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Places = npt.NDArray[np.intp]

    Pairs = Mapping[str, tuple[Vector, Vector]]
    Judge = Callable[[Pairs], tuple[Flags, Flags]]

__all__ = ["KINDS", "kinds_of", "pairs_of"]


def pairs_of(
    configs: ConfigArrays, parent: Places, child: Places
) -> dict[str, tuple[Vector, Vector]]:
    """Give the facts of both ends of edges.

    Parameters
    ----------
    configs : ConfigArrays
        The facts.
    parent, child : ndarray of integers, shape (n_edges,)
        Ends of the edges.

    Returns
    -------
    dict of str to tuple of ndarray of float64, shape (n_edges,)
        By fact, of the parent and of the child.
    """
    return {
        name: (configs.values[name][parent], configs.values[name][child]) for name in ATTRIBUTES
    }


def _known(ends: tuple[Vector, Vector]) -> Flags:
    return ~np.isnan(ends[0]) & ~np.isnan(ends[1])


def _differs(ends: tuple[Vector, Vector]) -> Flags:
    return _known(ends) & (ends[0] != ends[1])


def _grown(name: str) -> Judge:
    return lambda pairs: (_known(pairs[name]), pairs[name][1] > pairs[name][0])


def _shrunk(name: str) -> Judge:
    return lambda pairs: (_known(pairs[name]), pairs[name][1] < pairs[name][0])


def _changed(first: str, *others: str) -> Judge:
    """Report by the first fact, and hold where it or another one differs."""

    def judged(pairs: Pairs) -> tuple[Flags, Flags]:
        differs = _differs(pairs[first])
        for name in others:
            differs = differs | _differs(pairs[name])
        return _known(pairs[first]), differs

    return judged


def _experts(pairs: Pairs) -> tuple[Flags, Flags]:
    before, after = pairs["uses_moe"]
    more = _known(pairs["num_experts"]) & (pairs["num_experts"][1] > pairs["num_experts"][0])
    return _known(pairs["uses_moe"]), ((before == 0) & (after == 1)) | more


def _rope(pairs: Pairs) -> tuple[Flags, Flags]:
    differs = _differs(pairs["rope_theta"]) | _differs(pairs["rope_type"])
    factor = pairs["rope_factor"]
    # A factor that one end alone states was added, or taken away.
    factor_differs = np.nan_to_num(factor[0]) != np.nan_to_num(factor[1])
    return _known(pairs["rope_type"]), differs | factor_differs


def _turned(name: str, before: int) -> Judge:
    return lambda pairs: (
        _known(pairs[name]),
        (pairs[name][0] == before) & (pairs[name][1] == 1 - before),
    )


KINDS: dict[str, Judge] = {
    "vocabulary_resized": _changed("vocab_size"),
    "context_extended": _grown("context_length"),
    "context_shortened": _shrunk("context_length"),
    "layers_added": _grown("num_layers"),
    "layers_removed": _shrunk("num_layers"),
    "width_changed": _changed("hidden_size"),
    "heads_changed": _changed("num_heads", "num_kv_heads", "head_dim"),
    "experts_added": _experts,
    "rope_changed": _rope,
    "dtype_changed": _changed("dtype"),
    "quantized": _turned("uses_quantization", 0),
    "dequantized": _turned("uses_quantization", 1),
    "type_changed": _changed("model_type"),
}
"""Which edges report each kind, and on which it holds; `kinds_of` adds ``unchanged``."""


def kinds_of(
    configs: ConfigArrays, parent: Places, child: Places
) -> dict[str, tuple[Flags, Flags]]:
    """Judge every kind on edges.

    Parameters
    ----------
    configs : ConfigArrays
        The facts.
    parent, child : ndarray of integers, shape (n_edges,)
        Ends of the edges.

    Returns
    -------
    dict of str to tuple of ndarray of bool, shape (n_edges,)
        By kind: whether the edge reports, and whether it is of the kind.
    """
    pairs = pairs_of(configs, parent, child)
    same = np.ones(parent.size, np.bool_)
    for ends in pairs.values():
        same &= ~_differs(ends)
    both = configs.is_full[parent] & configs.is_full[child]
    return {"unchanged": (both, same)} | {name: judge(pairs) for name, judge in KINDS.items()}
