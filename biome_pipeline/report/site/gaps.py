"""Words for the gap between siblings and parent and child, made from the numbers.

What does not belong here: the figure of the same numbers (``figures.ladder``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.report.figures.ladder import MEASURES, STEPS, gap_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Row = Mapping[str, Any]

__all__ = ["ladder_paragraphs"]

_LEFT_OUT = {
    "no_parent": "Without mentions of base models",
    "no_bookkeeping": "Without ids, dates, counts and region as well",
    "traits": "With license, task, languages, library and datasets alone",
}


def ladder_paragraphs(rows: Sequence[Row]) -> Iterator[str]:
    """Say for each measure what becomes of the gap from ``all`` to ``traits``.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of ``similarity.summary`` of the positions of ``siblings``, of one
        graph, text and weighting.

    Yields
    ------
    str
        A paragraph for each measure that has a value at any step.
    """
    found = {(row["measure"], row["ablation"], row["position"]): row for row in rows}
    for measure, name in MEASURES.items():
        steps = {
            step: (found.get((measure, step, "v-w")), found.get((measure, step, "u-v")))
            for step in STEPS
        }
        gaps = {step: gap_of(*pair) for step, pair in steps.items()}
        known = {step: gap for step, gap in gaps.items() if gap is not None}
        if known:
            yield " ".join(_sentences(name, steps, gaps))


def _sentences(
    name: str,
    steps: Mapping[str, tuple[Row | None, Row | None]],
    gaps: Mapping[str, float | None],
) -> Iterator[str]:
    first = gaps["all"]
    means = _means(*steps["all"])
    if first is None:
        yield f"By {name} there is no value for the whole metadata."
    elif round(first, 3) == 0:
        yield f"By {name}, siblings {means} are as alike as parent and child."
    else:
        yield (
            f"By {name}, siblings are {_more(first)} alike than parent and child with all "
            f"metadata {means}: the gap is {first:.3f}."
        )
    last = first
    for step, words in _LEFT_OUT.items():
        gap = gaps[step]
        if gap is None:
            yield f"{words}, nothing is left to compare."
        else:
            yield f"{words}, {_change(last, gap)}."
            last = gap
    yield from _verdict(first, gaps["traits"], *steps["traits"])


def _means(siblings: Row | None, parent_child: Row | None) -> str:
    if gap_of(siblings, parent_child) is None or siblings is None or parent_child is None:
        return ""
    return f"({siblings['mean']:.3f} beside {parent_child['mean']:.3f})"


def _more(gap: float) -> str:
    return "more" if gap > 0 else "less"


def _change(before: float | None, gap: float) -> str:
    """Say what became of the gap; a gap below 0 is one in favour of parent and child."""
    now = round(gap, 3) + 0.0
    if before is None:
        return f"the gap is {now:.3f}"
    was = round(before, 3) + 0.0
    if now == was:
        return f"the gap stays at {now:.3f}"
    if now == 0:
        return f"the gap of {was:.3f} is gone"
    if was * now < 0:
        return f"the gap turns from {was:.3f} to {now:.3f}"
    verb = "shrinks" if abs(now) < abs(was) else "grows"
    return f"the gap {verb} from {was:.3f} to {now:.3f}"


def _verdict(
    first: float | None, last: float | None, siblings: Row | None, parent_child: Row | None
) -> Iterator[str]:
    """Say whether siblings are still the closer ones when only traits are left."""
    if last is None or siblings is None or parent_child is None:
        return
    if round(last, 3) == 0:
        said = "So siblings and parent and child are then equally alike"
    else:
        is_as_before = first is not None and first * last > 0
        still = " still" if is_as_before else ""
        said = f"So siblings are then{still} {_more(last)} alike than parent and child"
    said += f" {_means(siblings, parent_child)}"
    ends = [row[f"family_ci_{end}"] for row in (siblings, parent_child) for end in ("low", "high")]
    if None in ends:
        yield f"{said}; no interval over families can be had."
    elif ends[0] > ends[3] or ends[2] > ends[1]:
        yield f"{said}, and their 95 % intervals over families lie apart."
    else:
        yield (
            f"{said}, but their 95 % intervals over families overlap: "
            "this comparison does not decide it."
        )
