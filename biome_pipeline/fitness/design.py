"""What outcomes are regressed on: the terms of the published rule and of the robust one.

The published rule fills what is missing with 0, which makes a model of unknown
width one of width 0. The robust rule gives such a model the mean of the others
and a term of its own that says so (the missing indicator), so that no number is
invented and no model is lost. Numbers are counted in doublings, so that a
coefficient says what twice as much does.

A column that adds nothing is left out with its reason; a term is never silently
0. What does not belong here: how terms are estimated (``glm``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from biome_pipeline.fitness.arrays import FLAGS, NUMBERS, PARENTLESS, UNKNOWN
from biome_pipeline.fitness.glm import weighted_gram

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from biome_pipeline.fitness.arrays import FitnessModels

    Vector = npt.NDArray[np.float64]
    Matrix = npt.NDArray[np.float64]

__all__ = [
    "PUBLISHED_NUMBERS",
    "REDUCED_NUMBERS",
    "Column",
    "Design",
    "Dropped",
    "TermKind",
    "assemble",
    "has_architecture",
    "published_design",
    "robust_columns",
    "without_repeated",
]

TermKind = Literal["intercept", "trait", "missing", "control", "test"]

PUBLISHED_NUMBERS: tuple[str, ...] = ("hidden_size", "num_layers", "context_length", "parameters")
"""Traits of the published regression, in its order."""

REDUCED_NUMBERS: tuple[str, ...] = ("parameters", "vocab_size", "context_length")
"""Numbers of the reduced regression: parameters is the only size."""

_MOST_FAMILIES = 8
_COLLINEAR = 1e-8
_NAMED = 1e-6


@dataclass(frozen=True, eq=False)
class Column:
    """A term before anything is known of its use.

    Attributes
    ----------
    name : str
        Name of the term.
    kind : str
        Its kind.
    values : ndarray of float64, shape (n,) or None
        Its values; ``None`` where there are none, with `reason`.
    reason : str
        Why it cannot be used; empty if it can.
    """

    name: str
    kind: TermKind
    values: Vector | None
    reason: str = ""


@dataclass(frozen=True)
class Dropped:
    """A term that is not in the design, and why.

    Attributes
    ----------
    name, kind : str
        The term and its kind.
    reason : str
        Why it is left out.
    """

    name: str
    kind: TermKind
    reason: str


@dataclass(frozen=True, eq=False)
class Design:
    """Columns that are not collinear, the constant first.

    Attributes
    ----------
    matrix : ndarray of float64, shape (n, k)
        The columns.
    names : tuple of str
        Terms of the columns.
    kinds : tuple of str
        Their kinds.
    dropped : tuple of Dropped
        Terms that are left out.
    """

    matrix: Matrix
    names: tuple[str, ...]
    kinds: tuple[TermKind, ...]
    dropped: tuple[Dropped, ...]


def has_architecture(models: FitnessModels) -> npt.NDArray[np.bool_]:
    """Tell of which models the architecture is known at all: a trait, or the family.

    Parameters
    ----------
    models : FitnessModels
        The models.

    Returns
    -------
    ndarray of bool, shape (n,)
        Whether anything is known.
    """
    found: npt.NDArray[np.bool_] = models.family != UNKNOWN
    for values in models.traits.values():
        found = found | ~np.isnan(values)
    return found


def published_design(models: FitnessModels, rows: npt.NDArray[np.intp]) -> Design:
    """Make the columns of the published regression.

    Parameters
    ----------
    models : FitnessModels
        The models.
    rows : ndarray of intp
        Those that the rule takes.

    Returns
    -------
    Design
        A constant, and ln(1 + trait) of `PUBLISHED_NUMBERS` less its mean over its
        standard deviation (of the population); what is missing is 0 before.
    """
    columns = [Column("intercept", "intercept", np.ones(rows.size))]
    for name in PUBLISHED_NUMBERS:
        values = np.log1p(np.nan_to_num(models.traits[name][rows]))
        if not values.size or np.ptp(values) == 0:
            reason = "constant" if values.size else "no model is taken"
            columns.append(Column(name, "trait", None, reason))
        else:
            columns.append(Column(name, "trait", (values - values.mean()) / values.std()))
    return assemble(columns)


def robust_columns(
    models: FitnessModels,
    rows: npt.NDArray[np.intp],
    *,
    numbers: Sequence[str] = NUMBERS,
    flags: Sequence[str] = FLAGS,
) -> list[Column]:
    """List the terms of the robust regressions.

    Parameters
    ----------
    models : FitnessModels
        The models.
    rows : ndarray of intp
        Those that are fitted.
    numbers, flags : sequence of str
        Traits that are terms.

    Returns
    -------
    list of Column
        The constant; log2 of each number less its mean, and each flag, 0 where it is
        missing; an indicator for each that is missing of some; controls: log2 of the
        age, whether it is backfilled, the relation to the parents (against models
        without, or the commonest) and the most frequent families (against the most frequent one).
    """
    columns = [Column("intercept", "intercept", np.ones(rows.size))]
    missing = []
    for name in (*numbers, *flags):
        values = models.traits[name][rows]
        is_known = ~np.isnan(values)
        if not is_known.any():
            columns.append(Column(name, "trait", None, "not known of any model"))
            continue
        known = np.log2(values[is_known]) if name in numbers else values[is_known]
        if known.min() == known.max():
            columns.append(Column(name, "trait", None, "constant"))
        else:
            filled = np.zeros(rows.size)
            filled[is_known] = known - known.mean() if name in numbers else known
            columns.append(Column(name, "trait", filled))
        if not is_known.all():
            missing.append(Column(f"missing({name})", "missing", np.where(is_known, 0.0, 1.0)))
    return [*columns, *missing, *_controls(models, rows)]


def _controls(models: FitnessModels, rows: npt.NDArray[np.intp]) -> list[Column]:
    age = np.log2(models.age_days[rows])
    columns = [Column("age", "control", age - age.mean())]
    backfilled = models.is_backfilled[rows]
    if backfilled.any():
        columns.append(Column("backfilled", "control", backfilled.astype(np.float64)))
    role = models.role[rows]
    counts = np.bincount(role, minlength=len(models.roles))
    # Whether a model without parents is a root is the outcome itself: it has children.
    usual = {place for place, name in enumerate(models.roles) if name in PARENTLESS}
    if not counts[list(usual)].any():
        usual = {int(counts.argmax())} if role.size else set()
    for code, name in enumerate(models.roles):
        if code not in usual and counts[code]:
            columns.append(Column(f"role: {name}", "control", np.where(role == code, 1.0, 0.0)))
    return [*columns, *_families(models.family[rows], models.families)]


def _families(family: npt.NDArray[np.int64], names: tuple[str, ...]) -> list[Column]:
    counts = np.bincount(family[family != UNKNOWN], minlength=len(names))
    frequent = [int(k) for k in np.argsort(-counts, kind="stable")[: _MOST_FAMILIES + 1]]
    frequent = [k for k in frequent if counts[k]]
    found = [
        Column(f"family: {names[k]}", "control", np.where(family == k, 1.0, 0.0))
        for k in frequent[1:]
    ]
    groups = {
        "other": (family != UNKNOWN) & ~np.isin(family, frequent),
        "unknown": family == UNKNOWN,
    }
    for name, inside in groups.items():
        # Where no family is known there is nothing to tell unknown ones from.
        if inside.any() and not inside.all():
            found.append(Column(f"family: {name}", "control", inside.astype(np.float64)))
    return found


def assemble(columns: Sequence[Column], rows: npt.NDArray[np.bool_] | None = None) -> Design:
    """Put columns together, each that adds something to those before it.

    Parameters
    ----------
    columns : sequence of Column
        The terms, the constant first.
    rows : ndarray of bool, optional
        Rows that count.

    Returns
    -------
    Design
        The columns that are kept, and why the others are not. What is left of a
        column after those before it must be more than a hundred-millionth of its
        square.
    """
    dropped = [
        Dropped(column.name, column.kind, column.reason)
        for column in columns
        if column.values is None
    ]
    usable = [column for column in columns if column.values is not None]
    matrix = np.empty((_n_rows(usable, rows), len(usable)))
    for place, column in enumerate(usable):
        matrix[:, place] = _kept(column.values, rows)
    whole = Design(
        matrix,
        tuple(column.name for column in usable),
        tuple(column.kind for column in usable),
        tuple(dropped),
    )
    return without_repeated(whole, weighted_gram(matrix, np.ones(len(matrix))))


def without_repeated(design: Design, gram: Matrix) -> Design:
    """Leave out each column that adds nothing to those before it.

    Parameters
    ----------
    design : Design
        The columns.
    gram : ndarray of float64, shape (k, k)
        X'WX under the weights that count.

    Returns
    -------
    Design
        The same one if every column adds something.
    """
    chosen: list[int] = []
    dropped = list(design.dropped)
    for place, (name, kind) in enumerate(zip(design.names, design.kinds, strict=True)):
        reason = _repeats(gram, chosen, place, [design.names[k] for k in chosen])
        if reason:
            dropped.append(Dropped(name, kind, reason))
        else:
            chosen.append(place)
    if len(chosen) == len(design.names):
        return design
    return Design(
        np.ascontiguousarray(design.matrix[:, chosen]),
        tuple(design.names[k] for k in chosen),
        tuple(design.kinds[k] for k in chosen),
        tuple(dropped),
    )


def _n_rows(columns: Sequence[Column], rows: npt.NDArray[np.bool_] | None) -> int:
    if rows is not None:
        return int(np.count_nonzero(rows))
    return 0 if not columns or columns[0].values is None else int(columns[0].values.size)


def _kept(values: Vector | None, rows: npt.NDArray[np.bool_] | None) -> Vector:
    assert values is not None
    return values if rows is None else values[rows]


def _repeats(gram: Matrix, chosen: list[int], place: int, names: list[str]) -> str:
    """Say of which of the chosen columns a column is made; empty if it adds something."""
    own = gram[place, place]
    if own == 0:
        return "0 of all models"
    if not chosen:
        return ""
    scale = np.sqrt(np.diag(gram)[chosen])
    inner = gram[np.ix_(chosen, chosen)] / np.outer(scale, scale)
    across = gram[chosen, place] / scale / np.sqrt(own)
    parts = np.linalg.solve(inner, across)
    if 1 - across @ parts > _COLLINEAR:
        return ""
    others = [names[k] for k in np.flatnonzero(np.abs(parts) > _NAMED)]
    if others == ["intercept"]:
        return "constant"
    return f"collinear with {', '.join(name for name in others if name != 'intercept')}"
