"""What parameters are counted from: the sizes of a model and the rest of its config.

What does not belong here: the counting (``config_parameters``, ``config_experts``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from biome_pipeline.snapshot.config_values import ConfigReader
    from biome_pipeline.vocabulary.model_layouts import Switch

__all__ = ["Sizes", "UnknownSizeError", "needed"]


class UnknownSizeError(Exception):
    """A size that the count needs is not known; the count is None then."""


@dataclass(frozen=True)
class Sizes:
    """The sizes of one model, some of them unknown.

    Parameters
    ----------
    config : ConfigReader
        The object that describes the text model, for what only some layouts need.
    model_type : str, optional
        Its type.
    architecture : str, optional
        The first of the config's classes.
    is_tied : bool, optional
        Whether the output shares the embeddings.
    hidden_size, num_layers, num_heads, num_kv_heads, head_dim : int, optional
        Width, layers, heads.
    intermediate_size, vocab_size, context_length : int, optional
        Feed-forward size, vocabulary, positions.
    num_experts, experts_per_token : int, optional
        Routed experts.
    """

    config: ConfigReader
    model_type: str | None
    architecture: str | None
    is_tied: bool | None
    hidden_size: int | None = None
    num_layers: int | None = None
    num_heads: int | None = None
    num_kv_heads: int | None = None
    head_dim: int | None = None
    intermediate_size: int | None = None
    vocab_size: int | None = None
    context_length: int | None = None
    num_experts: int | None = None
    experts_per_token: int | None = None

    def is_on(self, switch: Switch) -> bool:
        """Read a switch of a layout.

        Parameters
        ----------
        switch : bool or tuple of (str, bool)
            Fixed, or a key and its default.

        Returns
        -------
        bool
            As the config says, or the default.
        """
        if isinstance(switch, bool):
            return switch
        stated = self.config.flag(switch[0])
        return switch[1] if stated is None else stated

    def size(self, *names: str, default: int | None = None) -> int:
        """Read a size that only some layouts need.

        Parameters
        ----------
        *names : str
            Keys, in order.
        default : int, optional
            In place of an absent one.

        Returns
        -------
        int
            From 0 on.

        Raises
        ------
        UnknownSizeError
            If no key has one and there is no default.
        """
        return needed(self.config.number(*names, lowest=0), default)


def needed(value: int | None, default: int | None = None) -> int:
    """Insist on a size.

    Parameters
    ----------
    value : int, optional
        The size.
    default : int, optional
        In place of an unknown one.

    Returns
    -------
    int
        The size or the default.

    Raises
    ------
    UnknownSizeError
        If neither is known.
    """
    if value is not None:
        return value
    if default is None:
        raise UnknownSizeError
    return default
