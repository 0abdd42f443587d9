"""A claim in words with the numbers it rests on: a row of ``inference.findings``.

What does not belong here: how the numbers of a claim are estimated; each
subject does that in its own room.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from biome_pipeline.inference.significance import adjust_p_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

__all__ = ["Finding", "Verdict", "adjusted", "findings_table", "verdict_of"]

Verdict = Literal["holds", "does not hold", "not decided"]
"""What an interval says of a claim about a sign."""


@dataclass(frozen=True)
class Finding:
    """One claim, estimated and tested.

    Attributes
    ----------
    subject, finding, graph : str
        What it is about, its short name, and the graph it was computed on.
    statement : str
        The claim, as a sentence.
    estimate : float or None
        The effect, in the unit the statement names; ``None`` if it cannot be had.
    ci_low, ci_high : float or None
        Ends of its 95 % interval.
    p_value : float or None
        Two-sided, of no effect.
    n : int
        Values used.
    verdict : str
        ``holds``, ``does not hold`` or ``not decided``.
    caveat : str
        What the numbers do not say.
    p_adjusted : float or None, default None
        The p-value adjusted within the subject (:func:`adjusted`).
    """

    subject: str
    finding: str
    graph: str
    statement: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: float | None
    n: int
    verdict: Verdict
    caveat: str
    p_adjusted: float | None = None


def verdict_of(ci_low: float | None, ci_high: float | None, *, sign: Literal[-1, 1]) -> Verdict:
    """Judge the claim that an effect has a sign by its interval.

    Parameters
    ----------
    ci_low, ci_high : float or None
        Ends of the interval of the effect.
    sign : {-1, 1}
        The sign that is claimed.

    Returns
    -------
    str
        ``holds`` if the interval lies on the claimed side of 0, ``does not hold``
        if on the other, ``not decided`` if it touches 0 or there is none.
    """
    if ci_low is None or ci_high is None or ci_low <= 0 <= ci_high:
        return "not decided"
    return "holds" if ci_low * sign > 0 else "does not hold"


def adjusted(findings: Sequence[Finding]) -> list[Finding]:
    """Adjust the p-values for their number, within each subject.

    Parameters
    ----------
    findings : sequence of Finding
        All findings of one or more whole subjects, in any order.

    Returns
    -------
    list of Finding
        The same, with ``p_adjusted``; ``None`` stays where there is no p-value.
    """
    result = list(findings)
    for subject in {finding.subject for finding in findings}:
        places = [k for k, finding in enumerate(findings) if finding.subject == subject]
        p_values = [findings[k].p_value for k in places]
        known = np.array([np.nan if p is None else p for p in p_values], dtype=np.float64)
        for k, p_adjusted in zip(places, adjust_p_values(known).tolist(), strict=True):
            if findings[k].p_value is not None:
                result[k] = replace(findings[k], p_adjusted=p_adjusted)
    return result


def findings_table(findings: Sequence[Finding]) -> pa.Table:
    """Make ``inference.findings``.

    Parameters
    ----------
    findings : sequence of Finding
        Those of all subjects, not yet adjusted for their number.

    Returns
    -------
    pyarrow.Table
        Columns of ``inference.findings`` but ``snapshot``.
    """
    from biome_pipeline.warehouse.tables.inference import FINDINGS

    return FINDINGS.from_rows([asdict(finding) for finding in adjusted(findings)])
