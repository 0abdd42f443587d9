"""What ``hub.configs`` says of a model beside sizes: norms, windows, activation, mechanisms.

Some of it follows from the model type alone (which norm, whether there is a
state space), some stands in the text of the config but has no column of its own
(window, activation, rank of latent attention). The text is searched, not parsed:
of a config that describes several towers the first mention may be another
tower's, so that its window and activation are not known.

What does not belong here: facts that have a column (``fitness.mutations``), and
what changes (``observed``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import numpy as np

from biome_pipeline.vocabulary.model_families import MODEL_FAMILIES
from biome_pipeline.vocabulary.model_layouts import LAYOUTS
from biome_pipeline.vocabulary.model_mechanisms import (
    ALIBI_TYPES,
    LINEAR_ATTENTION_TYPES,
    OPTIONAL_ALIBI_TYPES,
    STATE_SPACE_TYPES,
    WINDOWLESS_TYPES,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import numpy.typing as npt

    from biome_pipeline.fitness.mutations import ConfigArrays
    from biome_pipeline.warehouse.engine import Engine

    Vector = npt.NDArray[np.float64]

__all__ = ["MECHANISMS", "mechanisms_of_types", "read_mechanisms"]

OF_TYPES: tuple[str, ...] = (
    "norm_vectors",
    "has_qk_norm",
    "has_latent_attention",
    "has_selector",
    "has_state_space",
    "has_linear_attention",
    "has_alibi",
)
"""Facts that a model type tells."""

MECHANISMS: tuple[str, ...] = (*OF_TYPES, "sliding_window", "activation")
"""All facts of this module."""

# RE2 takes time linear in the text, whatever the text is.
_WINDOW = r'"sliding_window"\s*:\s*([0-9]{1,15}|null)'
_WINDOW_OFF = r'"use_sliding_window"\s*:\s*(false)'
_RANK = r'"kv_lora_rank"\s*:\s*([0-9]{1,15}|null)'
# The newer name goes before the older one, which some classes keep but do not read.
_ACTIVATIONS = tuple(
    rf'"{name}"\s*:\s*"([A-Za-z0-9_]{{1,40}})"'
    for name in ("hidden_activation", "hidden_act", "activation_function")
)
# Approximations of one function, and names of one function.
_SAME_ACTIVATION = {
    "gelu_new": "gelu",
    "gelu_fast": "gelu",
    "gelu_pytorch_tanh": "gelu",
    "gelu_python": "gelu",
    "swish": "silu",
}


def mechanisms_of_types(model_types: Sequence[str]) -> dict[str, Vector]:
    """Tell what model types say of a model's mechanisms.

    Parameters
    ----------
    model_types : sequence of str
        As in ``config.json``.

    Returns
    -------
    dict of str to ndarray of float64, shape (n_types,)
        By fact; of flags 0 or 1; ``norm_vectors`` is 1 of RMS norms, 2 of layer
        norms and 0 of those without parameters. NaN where the type is not known.
    """
    rows = [_of_type(kind) for kind in model_types]
    return {name: np.array([row.get(name, np.nan) for row in rows], float) for name in OF_TYPES}


def _of_type(kind: str) -> dict[str, float]:
    layout = LAYOUTS.get(kind)
    found: dict[str, float] = {}
    if layout is not None:
        found |= {
            "norm_vectors": layout.norm_vectors,
            "has_qk_norm": bool(layout.head_norm),
            "has_latent_attention": layout.has_latent_attention,
            "has_selector": layout.has_indexer,
        }
        if kind not in OPTIONAL_ALIBI_TYPES:
            found["has_alibi"] = kind in ALIBI_TYPES
    mixed = STATE_SPACE_TYPES | LINEAR_ATTENTION_TYPES
    if layout is not None or kind in MODEL_FAMILIES or kind in mixed:
        found["has_state_space"] = kind in STATE_SPACE_TYPES
        found["has_linear_attention"] = kind in LINEAR_ATTENTION_TYPES
    return found


def read_mechanisms(
    engine: Engine, configs: ir.Table, models: ir.Table, facts: ConfigArrays
) -> dict[str, Vector]:
    """Read the facts of `MECHANISMS` of all models.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    configs : ibis.expr.types.Table
        ``hub.configs``, with the texts.
    models : ibis.expr.types.Table
        ``hub.models``.
    facts : ConfigArrays
        What has a column, by node.

    Returns
    -------
    dict of str to ndarray of float64, shape (n_nodes,)
        By fact and node; NaN where it is not known. A window of 0 is none; an
        activation is its place among the names that occur, sorted.
    """
    kind, types = facts.values["model_type"], facts.words["model_type"]
    is_typed = ~np.isnan(kind)
    place = kind[is_typed].astype(np.intp)
    found: dict[str, Vector] = {}
    for name, of_types in mechanisms_of_types(types).items():
        found[name] = np.full(kind.size, np.nan)
        found[name][is_typed] = of_types[place]
    windowless = np.array([name in WINDOWLESS_TYPES for name in types], np.bool_)
    has_no_window = np.zeros(kind.size, np.bool_)
    has_no_window[is_typed] = windowless[place]
    return found | _of_texts(engine, configs, models, found["has_latent_attention"], has_no_window)


def _of_texts(
    engine: Engine,
    configs: ir.Table,
    models: ir.Table,
    has_latent_attention: Vector,
    has_no_window: npt.NDArray[np.bool_],
) -> dict[str, Vector]:
    """Search the texts; what they do not say is as the type has it, if that is known."""
    full = configs.filter(configs.is_full & configs.raw.notnull())
    searched = full.select(
        "model_id",
        has_one_tower=(~full.has_towers).fill_null(True),
        window=full.raw.re_extract(_WINDOW, 1).nullif(""),
        window_off=full.raw.re_extract(_WINDOW_OFF, 1).nullif("").notnull(),
        rank=full.raw.re_extract(_RANK, 1).nullif(""),
        activation=ibis.coalesce(*(full.raw.re_extract(p, 1).nullif("") for p in _ACTIVATIONS)),
    )
    rows = engine.to_arrow(searched.join(models.select("model_id", "node"), "model_id"))
    node = rows["node"].to_numpy()
    columns = {name: _objects(rows[name].to_pylist()) for name in rows.column_names}
    has_one_tower = columns["has_one_tower"].astype(np.bool_)

    latent = has_latent_attention.copy()
    stated = np.array([_number(text) for text in columns["rank"]], float)
    # Without the key the class decides; latent attention of an unknown class states its rank.
    of_class = np.nan_to_num(latent[node])
    latent[node] = np.where(np.isnan(stated), of_class, stated > 0)

    window = np.full(latent.size, np.nan)
    stated = np.array([_number(text) for text in columns["window"]], float)
    stated[np.isnan(stated) & has_no_window[node]] = 0.0
    stated[columns["window_off"].astype(np.bool_)] = 0.0
    window[node] = np.where(has_one_tower, stated, np.nan)

    activation = np.full(latent.size, np.nan)
    names = [_SAME_ACTIVATION.get(text, text) for text in columns["activation"]]
    known = {name: k for k, name in enumerate(sorted({name for name in names if name}))}
    codes = np.array([known.get(name, np.nan) for name in names], float)
    activation[node] = np.where(has_one_tower, codes, np.nan)
    return {
        "has_latent_attention": latent,
        "sliding_window": window,
        "activation": activation,
    }


def _objects(values: list[Any]) -> npt.NDArray[Any]:
    found = np.empty(len(values), object)
    found[:] = values
    return found


def _number(text: str | None) -> float:
    """Read what a key says: null is 0, no key is NaN."""
    if text is None:
        return np.nan
    return 0.0 if text == "null" else float(text)
