"""Stacks whose layers are a mixer or a feed-forward alone, or were searched for.

What does not belong here: layers that are both, as in most models (``layers``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.evolution.imports.keys import shown
from biome_pipeline.evolution.imports.layers import Layer, layers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from biome_pipeline.evolution.imports.source import Source

__all__ = ["stack_of"]

_PARTS: dict[str, Layer] = {
    "M": Layer("ssm", "none"),
    "*": Layer("full", "none"),
    "-": Layer("none", "dense"),
    "E": Layer("none", "moe"),
    "mamba": Layer("ssm", "none"),
    "linear_attention": Layer("ssm", "none"),
    "attention": Layer("full", "none"),
    "full_attention": Layer("full", "none"),
    "mlp": Layer("none", "dense"),
    "moe": Layer("none", "moe"),
}


def stack_of(source: Source) -> list[Layer]:
    """Tell the layers of any config apart.

    Parameters
    ----------
    source : Source
        The config.

    Returns
    -------
    list of Layer
        From the first to the last.

    Raises
    ------
    ConfigImportError
        If a pattern does not fit the layers, or names what no genome can say.
    """
    if source.kind.name == "nemotron_h":
        return _parts(source)
    if source.kind.name == "nemotron-nas":
        return _searched(source)
    return layers_of(source)


def _parts(source: Source) -> list[Layer]:
    """Read the pattern of Nemotron-H, as letters or as words."""
    name, parts = "layers_block_type", source.value("layers_block_type", "layer_types")
    if parts is None:
        name, parts = "hybrid_override_pattern", source.value("hybrid_override_pattern")
    if not parts:
        raise source.fault(name, "it is not stated")
    _check_length(source, name, parts)
    for place, part in enumerate(parts):
        if part not in _PARTS:
            raise source.fault(f"{name}.{place}", f"it is {shown(part)}, no layer of a genome")
    return [_PARTS[part] for part in parts]


def _check_length(source: Source, name: str, parts: Sequence[object]) -> None:
    n = source.maybe("num_layers")
    n = len(parts) if n is None else n
    if len(parts) != n or n > 4_096:
        raise source.fault(name, f"{len(parts)} entries do not fit {min(n, 4_096)} layers")


def _searched(source: Source) -> list[Layer]:
    """Read the layers of models whose makers searched for them (Nemotron NAS)."""
    blocks = source.value("block_configs")
    if not blocks:
        raise source.fault("block_configs", "it is not stated")
    _check_length(source, "block_configs", blocks)
    heads = source.size("num_heads", source.kind.heads)
    # Each block has its own; the class of the config leaves these two empty.
    source.value("num_key_value_heads", "intermediate_size")
    layers = []
    for place in range(len(blocks)):
        at = f"block_configs.{place}"
        for part in ("attention", "ffn"):
            if source.value(f"{at}.{part}.replace_with_linear"):
                raise source.fault(f"{at}.{part}.replace_with_linear", "no genome has such a map")
        kv_heads = _kv_heads(source, f"{at}.attention", heads)
        hidden = _hidden(source, f"{at}.ffn")
        layers.append(
            Layer(
                "none" if kv_heads is None else "full",
                "none" if hidden is None else "dense",
                kv_heads=kv_heads,
                hidden=hidden,
            )
        )
    return layers


def _kv_heads(source: Source, at: str, heads: int) -> int | None:
    group: int | None = source.value(f"{at}.n_heads_in_group")
    if source.value(f"{at}.no_op"):
        return None
    if group is None:
        raise source.fault(f"{at}.n_heads_in_group", "it is not stated")
    if heads % group:
        raise source.fault(f"{at}.n_heads_in_group", f"{group} does not divide {heads} heads")
    return heads // group


def _hidden(source: Source, at: str) -> int | None:
    multiple: float | None = source.value(f"{at}.ffn_mult")
    if source.value(f"{at}.no_op"):
        return None
    if multiple is None:
        raise source.fault(f"{at}.ffn_mult", "it is not stated")
    width = source.size("hidden_size", source.kind.hidden)
    # As in its class: two thirds of the multiple, rounded up to 256.
    return max(1, -(-int(2 * multiple * width / 3) // 256)) * 256
