"""State spaces out of a config's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.evolution.genome import Ssm

if TYPE_CHECKING:
    from biome_pipeline.evolution.imports.source import Source

__all__ = ["ssm_of"]

_STATES: dict[str, tuple[tuple[str, int], ...]] = {
    # Type: keys and defaults of heads, features of each, state, groups, and convolution.
    "mamba2": (
        ("num_heads", 128),
        ("head_dim", 64),
        ("state_size", 128),
        ("n_groups", 8),
        ("conv_kernel", 4),
    ),
    "nemotron_h": (
        ("mamba_num_heads", 128),
        ("mamba_head_dim", 64),
        ("ssm_state_size", 128),
        ("n_groups", 8),
        ("conv_kernel", 4),
    ),
}
_BAMBA = (
    ("mamba_n_heads", 128),
    ("mamba_d_head", 64),
    ("mamba_d_state", 256),
    ("mamba_n_groups", 1),
    ("mamba_d_conv", 4),
)
_OLD_NAMES = {"n_groups": "mamba_n_groups", "conv_kernel": "mamba_d_conv"}


def ssm_of(source: Source) -> Ssm:
    """Read the state space of a layer.

    Parameters
    ----------
    source : Source
        The config.

    Returns
    -------
    Ssm
        Of Mamba 2.

    Raises
    ------
    ConfigImportError
        If its heads do not fill its width, or its groups do not divide them.
    """
    heads_key, head_dim_key, state, groups, conv = _STATES.get(source.kind.name, _BAMBA)
    heads = source.needed(heads_key[0], default=heads_key[1])
    width = _inner_width(source)
    head_dim: int | str | None = source.value(head_dim_key[0])
    if head_dim == "auto":
        head_dim = (width or 0) // heads
    elif head_dim is None:
        head_dim = source.needed(
            head_dim_key[0], default=8 if source.kind.name == "falcon_h1" else head_dim_key[1]
        )
    if not isinstance(head_dim, int) or (width is not None and heads * head_dim != width):
        fact = f"{heads} heads of {head_dim} features do not fill a width of {width}"
        raise source.fault(head_dim_key[0], fact)
    n_groups = source.needed(*_both(groups[0]), default=groups[1])
    if heads % n_groups:
        raise source.fault(groups[0], f"{n_groups} does not divide {heads} heads")
    return Ssm(
        heads=heads,
        head_dim=head_dim,
        state=source.needed(state[0], default=state[1]),
        groups=n_groups,
        conv=source.needed(*_both(conv[0]), default=conv[1]),
    )


def _both(name: str) -> tuple[str, ...]:
    return (name, _OLD_NAMES[name]) if name in _OLD_NAMES else (name,)


def _inner_width(source: Source) -> int | None:
    """Give the width that the heads of a state fill, where the class makes them."""
    if source.kind.name == "nemotron_h":
        # Its heads and their features say it; the multiple is not read.
        return None
    own: int | None = source.value("mamba_d_ssm") if source.kind.name == "falcon_h1" else None
    if source.kind.name == "falcon_h1" and not source.is_stated("mamba_d_ssm"):
        return 1_024
    multiple = source.needed("mamba_expand", "expand", default=2)
    return own or multiple * source.size("hidden_size", source.kind.hidden)
