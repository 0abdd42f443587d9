"""Every column of every table, described once.

A column name means the same quantity in the same unit wherever it stands, so
a table lists names and this folder says what they are, a module per schema or domain.
The few words that one table uses in a sense of its own name that table. DDL,
Arrow schemas, Dagster's column schemas, checks and the reference pages are made
from here. What does not belong here: which table has which column (``tables``).
"""

from __future__ import annotations

from biome_pipeline.warehouse.fields import (
    cards,
    configs,
    contents,
    documentation,
    drift,
    drift_numeric,
    evolution,
    evolution_priors,
    fitness,
    fitness_models,
    fitness_mutations,
    genealogy,
    hub,
    inference,
    papers,
    policy,
    report,
    similarity,
)
from biome_pipeline.warehouse.fields.field import Field

__all__ = ["FIELDS", "Field", "field_of"]

_ALL = (
    *hub.ALL,
    *contents.ALL,
    *cards.ALL,
    *configs.ALL,
    *papers.ALL,
    *genealogy.ALL,
    *similarity.ALL,
    *documentation.ALL,
    *drift.ALL,
    *drift_numeric.ALL,
    *fitness.ALL,
    *fitness_models.ALL,
    *fitness_mutations.ALL,
    *policy.ALL,
    *evolution.ALL,
    *evolution_priors.ALL,
    *inference.ALL,
    *report.ALL,
)

FIELDS: dict[str, Field] = {
    f"{field.table}.{field.name}" if field.table else field.name: field for field in _ALL
}


def field_of(table: str, column: str) -> Field:
    """Find the description of a column.

    Parameters
    ----------
    table : str
        Table, ``schema.table``.
    column : str
        Column.

    Returns
    -------
    Field
        The table's own one if it has one, else the one of all tables.
    """
    own = FIELDS.get(f"{table}.{column}")
    return FIELDS[column] if own is None else own
