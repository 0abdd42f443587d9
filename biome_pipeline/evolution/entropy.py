"""How mixed the components of a genome are."""

from __future__ import annotations

from collections import Counter
from math import log2
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["token_entropy"]


def token_entropy(tokens: Sequence[str]) -> float:
    """Compute the entropy of a genome's components.

    Parameters
    ----------
    tokens : sequence of str
        One for each component.

    Returns
    -------
    float
        Shannon entropy of their frequencies, in bits (Shannon 1948, section 6); 0 for
        none or one kind.
    """
    n = len(tokens)
    # Adding 0.0 turns the negative zero of a single kind into zero.
    return 0.0 - sum(c / n * log2(c / n) for c in Counter(tokens).values()) + 0.0
