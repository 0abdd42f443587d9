"""How a config rotates positions: base, kind of scaling, and factor.

Older configs write ``rope_theta`` and ``rope_scaling`` beside each other, newer
ones both in ``rope_parameters``, and those with several kinds of layers one
object for each kind, of which that of full attention counts. What does not
belong here: whether there is any rotation (``config_facts``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from biome_pipeline.snapshot.config_values import ConfigReader

__all__ = ["Rope", "rope_of"]

_PLACES = ("rope_parameters.full_attention", "rope_parameters", "rope_scaling")
_THETAS = (
    "rope_theta",
    "rope_parameters.full_attention.rope_theta",
    "rope_parameters.rope_theta",
    "rotary_emb_base",
    "attn_config.rope_theta",
)
# The first name of it, in configs of Phi 3.
_RENAMED = {"su": "longrope"}


@dataclass(frozen=True)
class Rope:
    """How positions are rotated; None where it is not stated.

    Parameters
    ----------
    theta : float, optional
        Base of the angles.
    kind : str, optional
        Kind of scaling in transformers' words; ``default`` is none.
    factor : float, optional
        How far the context is stretched.
    """

    theta: float | None = None
    kind: str | None = None
    factor: float | None = None


def rope_of(text: ConfigReader, *, uses_rope: bool | None) -> Rope:
    """Read how a text model rotates positions.

    Parameters
    ----------
    text : ConfigReader
        The text model's object.
    uses_rope : bool or None
        Whether it rotates them at all.

    Returns
    -------
    Rope
        Nothing unless it is known to; without a word on scaling there is none.
    """
    if not uses_rope:
        return Rope()
    kinds = [f"{place}.{name}" for place in _PLACES for name in ("rope_type", "type")]
    kind = text.word(*kinds) or "default"
    return Rope(
        text.real(*_THETAS),
        _RENAMED.get(kind, kind),
        text.real(*(f"{place}.factor" for place in _PLACES)),
    )
