"""``report.scorecard``: a verdict on every published figure.

- *reproduced*: the same definition on the same input gives the same number, within the
  precision it is published with. The input is the same where the number follows from
  other published figures, or where the snapshot is that of the source, which its exact
  numbers of models and pairs tell.
- *drifted*: the same definition on another Hub; an equal number is chance there.
- *definition differs*: another rule, or the sources contradict themselves.
- *not computable*: something is missing.

What does not belong here: single figures (``identities``, the rules).
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from biome_pipeline.errors import ReportError
from biome_pipeline.report.scorecard.drift_rules import DRIFT_RULES
from biome_pipeline.report.scorecard.figures import published_figures
from biome_pipeline.report.scorecard.graph_rules import GRAPH_RULES
from biome_pipeline.report.scorecard.hub_rules import EXAMPLES, HUB_RULES
from biome_pipeline.report.scorecard.identities import CONTRADICTIONS, IDENTITIES
from biome_pipeline.report.scorecard.kin_rules import KIN_RULES
from biome_pipeline.report.scorecard.readings import READ, Readings
from biome_pipeline.report.scorecard.value_rules import VALUE_RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir
    import pyarrow as pa

    from biome_pipeline.report.scorecard.answers import Answer
    from biome_pipeline.report.scorecard.figures import Figure
    from biome_pipeline.warehouse.engine import Engine

__all__ = [
    "ALL_RULES",
    "NOT_REPRODUCED",
    "VERDICTS",
    "agrees",
    "count_unsettled",
    "has_published_input",
    "named_models",
    "scorecard",
    "scored",
]

ALL_RULES = (IDENTITIES, KIN_RULES, DRIFT_RULES, GRAPH_RULES, HUB_RULES, VALUE_RULES)
"""Rules in the order in which they are asked."""

NOT_REPRODUCED = frozenset(
    {
        "hubstats.dq.zero_recent_share_as_published",
        "hubstats.example.declining.ratio_pct_as_published",
        "paper.language.chinese_share",
        "paper.language.english_share_min",
        "paper.table1.two_arbitrary_nodes",
    }
)
"""Figures that the published ones they follow from do not give: known, and shown."""

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

    figures = published_figures()
    read = Readings(engine, {name: tables[name] for name in READ}, named_models(figures))
    return SCORECARD.from_rows([scored(figure, figures, read) for figure in figures.values()])


def named_models(figures: Mapping[str, Figure]) -> set[str]:
    """List the models that figures name.

    Parameters
    ----------
    figures : mapping of str to Figure
        All figures.

    Returns
    -------
    set of str
        Ids.
    """
    named = {
        key.removeprefix(stem)
        for key in figures
        for stem in ("family_size.nomerges.", "top_parents.")
        if key.startswith(stem)
    }
    return named | set(EXAMPLES.values())


def has_published_input(figure: Figure, figures: Mapping[str, Figure], read: Readings) -> bool:
    """Tell whether this snapshot is the one that a figure was computed on.

    The snapshots are not public, and carry no name: they are known by their exact
    numbers of models, and of pairs of parent and child or, of the hub-stats report,
    by its date, to a day.

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
    bool
        Never of the demo Hub, which is made up.
    """
    if read.is_demo:
        return False
    if figure.source == "hub-stats-report":
        day = dt.date.fromisoformat(figures["hubstats.date"].value)
        is_near = read.day is not None and abs(read.day - day) <= dt.timedelta(days=1)
        return is_near and read.n_models == figures["hubstats.models_total"].number
    return (
        figure.source.startswith("paper")
        and read.n_models == figures["graph.all.nodes"].number
        and read.n_edges["all"] == figures["graph.all.edges"].number
    )


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
    for rules in ALL_RULES:
        answer = rules.answer(figure, figures, read)
        if answer is not None:
            break
    else:
        raise ReportError(
            "no rule of the scorecard knows a published figure",
            place=figure.key,
            remedy="add a rule for it, or say there why it cannot be computed",
        )
    verdict, reason = _judged(figure, answer, figures, read)
    ours = answer.value if isinstance(answer.value, int | float) else None
    published = figure.number
    return {
        "key": figure.key,
        "published": published,
        "published_text": figure.value if isinstance(figure.value, str) else _text(figure.value),
        "computed": None if ours is None else float(ours),
        "computed_text": None if answer.value is None else _words(answer.value),
        "difference": None if ours is None or published is None else float(ours) - published,
        "verdict": verdict,
        "reason": reason,
        "statement": None if answer.statement is None else _sentence(answer.statement),
        "computed_from": {"follows": "published figures", "absent": None}.get(
            answer.how, "snapshot"
        ),
        "n": answer.n,
        "contradicts": CONTRADICTIONS.get(figure.key),
        "graph": figure.graph,
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


def _judged(
    figure: Figure, answer: Answer, figures: Mapping[str, Figure], read: Readings
) -> tuple[str, str]:
    """Give the verdict, and why it is that one."""
    why = _sentence(answer.why) if answer.why else ""
    if answer.how == "absent":
        return "not computable", why
    if answer.how == "differs":
        return "definition differs", why
    is_equal = agrees(figure, answer)
    if answer.how == "same":
        return _compared(is_equal, has_published_input(figure, figures, read), read.is_demo)
    if is_equal:
        return "reproduced", "It follows from other published figures."
    return "definition differs", why or "It does not follow: the sources contradict themselves."


def _compared(is_equal: bool, is_same_input: bool, is_demo: bool) -> tuple[str, str]:
    """Judge a number by the published rule."""
    if is_same_input and is_equal:
        return "reproduced", "The same rule on the same Hub gives the same value."
    if is_same_input:
        return "definition differs", "The same Hub gives another value, so the rules must differ."
    hub = "the demo Hub is made up" if is_demo else "the Hub is another one"
    chance = ": that the values agree is chance" if is_equal else ""
    return "drifted", f"The same rule, but {hub}{chance}."


def _sentence(clause: str) -> str:
    return f"{clause[0].upper()}{clause[1:]}."
