"""All tables, one module per schema, and the registry of them.

A table's place in ``TABLES`` is the order in which it can be made: what it
reads stands before it.
"""

from __future__ import annotations

from biome_pipeline.warehouse.spec import TableSpec
from biome_pipeline.warehouse.tables import genealogy, hub

__all__ = ["PUBLISHED", "TABLES", "genealogy", "hub"]

TABLES: dict[str, TableSpec] = {spec.name: spec for spec in (*hub.ALL, *genealogy.ALL)}

PUBLISHED: tuple[TableSpec, ...] = tuple(spec for spec in TABLES.values() if spec.is_published)
