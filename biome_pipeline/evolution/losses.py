"""What selection on a trained loss achieved, told apart from luck, in words.

What does not belong here: the numbers (``ablation``), depth (``depth``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Rows = Mapping[tuple[str, str], Mapping[str, Any]]

__all__ = ["loss_sentences"]


def loss_sentences(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Say of each arm what its finalists learn, and whether chance does as well.

    Parameters
    ----------
    rows : sequence of mapping of str to Any
        Of ``evolution.ablation``.

    Returns
    -------
    dict of str to str
        By arm, for those whose finalists were trained anew. A difference from the arm
        that it is held against is one only if its interval over the search's seeds
        leaves out 0; else it is noise.
    """
    found = {(row["arm"], row["measure"]): row for row in rows}
    return {
        arm: _sentence(arm, found)
        for arm, measure in found
        if measure == "retrained_loss" and found[arm, measure]["mean"] is not None
    }


def _sentence(arm: str, found: Rows) -> str:
    row = found[arm, "retrained_loss"]
    parts = [
        f"Finalists trained anew reach a loss of {row['mean']:.2f}{_interval(row, 'ci')} "
        f"(n = {row['n_seeds']} seeds)."
    ]
    if row["difference"] is not None:
        parts.append(
            f"Against {row['baseline']} that is {row['difference']:+.2f}"
            f"{_interval(row, 'difference')}: {_verdict(row)}."
        )
    equal = found[arm, "loss_at_equal_flops"]
    if equal["mean"] is not None:
        said = f"With equal operations of training it is {equal['mean']:.2f}"
        said += _interval(equal, "ci")
        if equal["difference"] is not None:
            said += f", {equal['difference']:+.2f}{_interval(equal, 'difference')}: "
            said += _verdict(equal)
        parts.append(f"{said}.")
    bias = found[arm, "selection_bias"]
    if bias["mean"] is not None:
        is_sure = bias["ci_low"] is not None and bias["ci_low"] > 0
        parts.append(
            f"The losses that they were selected for were lower by "
            f"{bias['mean']:.2f}{_interval(bias, 'ci')}: "
            f"{'luck that was selected' if is_sure else 'noise, or luck that was selected'}."
            if bias["mean"] > 0
            else "The losses that they were selected for were no lower than these."
        )
    noise = found[arm, "seed_noise"]
    if noise["mean"] is not None:
        parts.append(
            f"One genome's losses vary by {noise['mean']:.2f}{_interval(noise, 'ci')} from seed "
            "to seed."
        )
    return " ".join(parts)


def _verdict(row: Mapping[str, Any]) -> str:
    low, high = row["difference_low"], row["difference_high"]
    if low is None:
        return "one seed cannot tell this from noise"
    if high < 0:
        return "better than it"
    return "worse than it" if low > 0 else "noise"


def _interval(row: Mapping[str, Any], name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    sign = "+" if name == "difference" else ""
    return "" if low is None else f" [{low:{sign}.2f}, {high:{sign}.2f}]"
