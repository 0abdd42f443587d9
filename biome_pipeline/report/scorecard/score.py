"""``report.scorecard``: a verdict on every published figure.

- *reproduced*: the same definition gives the same number, within the precision it is
  published with; never on the demo Hub, whose agreement would be chance.
- *drifted*: the same definition gives another number: the Hub is another one.
- *definition differs*: another rule, or the sources contradict themselves.
- *not computable*: something is missing.

What does not belong here: single figures (``identities``, the rules).
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from biome_pipeline.errors import ReportError
from biome_pipeline.report.scorecard.figures import published_figures
from biome_pipeline.report.scorecard.identities import CONTRADICTIONS, IDENTITIES
from biome_pipeline.report.scorecard.readings import READ, Readings
from biome_pipeline.report.scorecard.relative_rules import RELATIVE_RULES
from biome_pipeline.report.scorecard.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.report.scorecard.answers import Answer
    from biome_pipeline.report.scorecard.figures import Figure
    from biome_pipeline.warehouse.engine import Engine

__all__ = ["NOT_REPRODUCED", "VERDICTS", "agrees", "count_unsettled", "scorecard", "scored"]

NOT_REPRODUCED = frozenset(
    {
        "hubstats.dq.zero_recent_share_as_published",
        "hubstats.example.declining.ratio_pct_as_published",
        "paper.language.chinese_share",
    }
)
"""Figures that contradict the published figures they follow from: known, and shown."""

VERDICTS = ("reproduced", "drifted", "definition differs", "not computable")
"""All verdicts."""


def scorecard(engine: Engine, tables: Mapping[str, ir.Table]) -> pa.Table:
    """Make ``report.scorecard``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    tables : mapping of str to ibis.expr.types.Table
        All of ``readings.READ``, by name.

    Returns
    -------
    pyarrow.Table
        Columns of ``report.scorecard`` but ``snapshot``.

    Raises
    ------
    ReportError
        If no rule knows a published key.
    ReferenceDataError
        If the published figures cannot be read.
    """
    from biome_pipeline.warehouse.tables.report import SCORECARD

    read = Readings(engine, {name: tables[name] for name in READ})
    figures = published_figures()
    return SCORECARD.from_rows([scored(figure, figures, read) for figure in figures.values()])


def count_unsettled(engine: Engine, table: ir.Table) -> int:
    """Count what a scorecard must not lack.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    table : ibis.expr.types.Table
        ``report.scorecard``.

    Returns
    -------
    int
        Published keys without exactly one row, keys that were never published, and
        figures that follow from published ones and are not reproduced, but for
        `NOT_REPRODUCED`.
    """
    rows = engine.to_arrow(table.select("key", "verdict", "computed_from")).to_pylist()
    counts = Counter(row["key"] for row in rows)
    wanted = published_figures().keys()
    n_off = sum(counts[key] != 1 for key in wanted) + len(counts.keys() - wanted)
    return n_off + sum(
        row["computed_from"] == "published figures"
        and (row["verdict"] == "reproduced") == (row["key"] in NOT_REPRODUCED)
        for row in rows
    )


def scored(figure: Figure, figures: Mapping[str, Figure], read: Readings) -> dict[str, Any]:
    """Score one figure.

    Parameters
    ----------
    figure : Figure
        The figure.
    figures : mapping of str to Figure
        All figures.
    read : Readings
        The tables of the snapshot.

    Returns
    -------
    dict of str to Any
        A row of ``report.scorecard``.

    Raises
    ------
    ReportError
        If no rule knows its key.
    """
    for rules in (IDENTITIES, RELATIVE_RULES, RULES):
        answer = rules.answer(figure, figures, read)
        if answer is not None:
            break
    else:
        raise ReportError(
            "no rule of the scorecard knows a published figure",
            place=figure.key,
            remedy="add a rule for it, or say there why it cannot be computed",
        )
    ours = answer.value if isinstance(answer.value, int | float) else None
    both = figure.number is not None and ours is not None
    return {
        "key": figure.key,
        "published": figure.number,
        "published_text": figure.value if isinstance(figure.value, str) else _text(figure.value),
        "computed": None if ours is None else float(ours),
        "computed_text": None if answer.value is None else _words(answer.value),
        "difference": float(ours) - figure.number if both else None,  # type: ignore[arg-type, operator]
        "verdict": _verdict(figure, answer, is_demo=read.is_demo),
        "reason": _reason(figure, answer, is_demo=read.is_demo),
        "computed_from": {"follows": "published figures", "absent": None}.get(
            answer.how, "snapshot"
        ),
        "n": answer.n,
        "contradicts": CONTRADICTIONS.get(figure.key),
        "kind": figure.kind,
        "source": figure.source,
    }


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _words(value: float | str) -> str:
    return value if isinstance(value, str) else _text(value)


def agrees(figure: Figure, answer: Answer) -> bool:
    """Tell whether a computed value is the published one, as far as that is given.

    Parameters
    ----------
    figure : Figure
        The published value.
    answer : Answer
        The computed one.

    Returns
    -------
    bool
        Whether they agree.
    """
    if figure.number is None or isinstance(answer.value, str) or answer.value is None:
        published = figure.value if isinstance(figure.value, str) else _text(figure.value)
        return answer.value is not None and _words(answer.value) == published
    room = figure.precision if answer.tolerance is None else answer.tolerance
    return abs(answer.value - figure.number) <= room * (1 + 1e-9)


def _verdict(figure: Figure, answer: Answer, *, is_demo: bool) -> str:
    if answer.how == "absent":
        return "not computable"
    if answer.how == "differs":
        return "definition differs"
    if answer.how == "follows":
        return "reproduced" if agrees(figure, answer) else "definition differs"
    return "reproduced" if agrees(figure, answer) and not is_demo else "drifted"


def _reason(figure: Figure, answer: Answer, *, is_demo: bool) -> str:
    words = answer.reason[0].upper() + answer.reason[1:]
    if answer.how == "follows":
        sure = "so it follows" if agrees(figure, answer) else "so the sources contradict themselves"
        return f"{words}; {sure}."
    if answer.how == "same":
        hub = "the demo Hub is made up" if is_demo else "the Hub is another one"
        return f"{words}; " + (
            "the same rule and value." if agrees(figure, answer) and not is_demo else f"{hub}."
        )
    return f"{words}."
