"""Imposed depth and selected depth, told apart in words.

What does not belong here: the numbers (``ablation``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from biome_pipeline.evolution.plan import Arm

__all__ = ["depth_sentence", "depth_sentences"]


def depth_sentences(rows: Sequence[Mapping[str, Any]], arms: Mapping[str, Arm]) -> dict[str, str]:
    """Say of each arm where the depth of its pool comes from.

    Parameters
    ----------
    rows : sequence of mapping of str to Any
        Of ``evolution.ablation``.
    arms : mapping of str to Arm
        Their rules.

    Returns
    -------
    dict of str to str
        A few sentences by arm, in the order of the arms.
    """
    layers = {row["arm"]: row for row in rows if row["measure"] == "layers"}
    return {
        name: depth_sentence(layers[name], arm, arms.get(layers[name]["baseline"]))
        for name, arm in arms.items()
    }


def depth_sentence(row: Mapping[str, Any], arm: Arm, other: Arm | None = None) -> str:
    """Say where the depth of an arm's pool comes from.

    Parameters
    ----------
    row : mapping of str to Any
        Of ``evolution.ablation``, for the layers.
    arm : Arm
        Its rules.
    other : Arm, optional
        Rules of the arm that it is held against.

    Returns
    -------
    str
        What a floor holds up is imposed. What differs from the arm in which only chance
        selects is selected, if the interval of the difference leaves out 0; within it,
        it is noise of the seeds. Where layers are an objective themselves, depth is what
        was asked for, and no finding. Against an arm with other founders or gates a
        difference is not selection's alone, and is not said to be.
    """
    if row["mean"] is None:
        return "No search has ended."
    floor = arm.gates.min_layers
    has = f"Pools hold {row['mean']:.1f} layers{_interval(row, 'ci')} (n = {row['n_seeds']} seeds)"
    has += f" over a floor of {floor}." if floor else "; no floor holds them up."
    if row["difference"] is None:
        return has
    apart = f"{row['difference']:+.1f}{_interval(row, 'difference', signed=True)}"
    if arm.selection == "random":
        return f"{has} Only chance selects here; founders and gates make {apart}."
    if other is not None and not _has_same_start(arm, other):
        return (
            f"{has} That is {apart} against {row['baseline']}, whose founders or gates are others: "
            "not selection alone."
        )
    return f"{has} Selection makes {apart} against chance: {_verdict(row, arm)}."


def _has_same_start(arm: Arm, other: Arm) -> bool:
    return (arm.founders, arm.genomes, arm.gates) == (other.founders, other.genomes, other.gates)


def _verdict(row: Mapping[str, Any], arm: Arm) -> str:
    low, high = row["difference_low"], row["difference_high"]
    is_floored = bool(arm.gates.min_layers)
    if low is None:
        return "one seed cannot tell this from noise"
    if high < 0:
        against = "it works against depth"
        return f"{against}, and what depth there is, the floor imposes" if is_floored else against
    if low > 0:
        is_asked = any(goal.metric == "layers" for goal in arm.objectives)
        return "depth is what the objectives ask for" if is_asked else "it selects depth"
    noise = "no more than the noise of seeds"
    return f"{noise}; the depth is imposed, not selected" if is_floored else noise


def _interval(row: Mapping[str, Any], name: str, *, signed: bool = False) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if low is None:
        return ""
    return f" [{low:+.1f}, {high:+.1f}]" if signed else f" [{low:.1f}, {high:.1f}]"
