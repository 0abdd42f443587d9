"""Our figures: the finished tables of a snapshot, each read once and looked up by key.

What does not belong here: what is compared with what (the rules).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["READ", "Readings"]

READ = (
    "hub.snapshots",
    "hub.models",
    "hub.model_traits",
    "hub.statistics",
    "hub.papers",
    "genealogy.edges",
    "genealogy.members",
    "genealogy.families",
    "genealogy.fertility",
    "similarity.topologies",
    "similarity.summary",
    "drift.mutation_rates",
    "drift.ordering_summary",
    "drift.orderings",
    "drift.numeric",
    "documentation.coverage",
    "fitness.models",
)
"""Tables that are read."""

Row = dict[str, Any]


class Readings:
    """Look-ups in the tables of one snapshot.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    tables : mapping of str to ibis.expr.types.Table
        All of `READ`, by name.
    """

    def __init__(self, engine: Engine, tables: Mapping[str, ir.Table]) -> None:
        self._engine = engine
        self._tables = tables

    def _rows(self, expression: ir.Table) -> list[Row]:
        found: list[Row] = self._engine.to_arrow(expression).to_pylist()
        return found

    @cached_property
    def is_demo(self) -> bool:
        """Whether the snapshot is the built-in Hub, which is made up."""
        rows = self._rows(self._tables["hub.snapshots"].select("source"))
        return bool(rows) and str(rows[0]["source"]).startswith("demo")

    @cached_property
    def n_models(self) -> int:
        """Models of the snapshot."""
        return self._engine.count_rows(self._tables["hub.models"])

    @cached_property
    def _traits(self) -> dict[str, dict[str, int]]:
        table = self._tables["hub.model_traits"]
        wanted = table.filter(table.trait.isin(["license", "language", "dataset", "arxiv"]))
        counted = wanted.group_by("trait", "value").aggregate(n=wanted.count())
        found: dict[str, dict[str, int]] = {}
        for row in self._rows(counted.order_by("trait", "value")):
            found.setdefault(row["trait"], {})[row["value"]] = row["n"]
        return found

    def trait(self, name: str) -> dict[str, int]:
        """Count the models of each value of a trait.

        Parameters
        ----------
        name : str
            license, language, dataset or arxiv.

        Returns
        -------
        dict of str to int
            By value.
        """
        return self._traits.get(name, {})

    @cached_property
    def n_languages(self) -> dict[int, int]:
        """Models by their number of languages."""
        models = self._tables["hub.models"]
        many = models.select(many=models.languages.length().fill_null(0))
        rows = self._rows(many.group_by("many").aggregate(n=many.count()))
        return {int(row["many"]): row["n"] for row in rows}

    @cached_property
    def _statistics(self) -> dict[str, dict[str, Row]]:
        found: dict[str, dict[str, Row]] = {}
        rows = self._rows(self._tables["hub.statistics"].drop("snapshot"))
        for row in sorted(rows, key=lambda row: (row["statistic"], row["item"])):
            found.setdefault(row["statistic"], {})[row["item"]] = row
        return found

    def statistic(self, name: str) -> dict[str, Row]:
        """Give the rows of one statistic.

        Parameters
        ----------
        name : str
            The column ``statistic``.

        Returns
        -------
        dict of str to dict
            Rows by item.
        """
        return self._statistics.get(name, {})

    def value(self, name: str, item: str) -> tuple[float | None, int | None]:
        """Give one value of a statistic, and what it rests on.

        Parameters
        ----------
        name, item : str
            The columns ``statistic`` and ``item``.

        Returns
        -------
        tuple of (float or None, int or None)
            Nothing if there is no such row.
        """
        row = self.statistic(name).get(item)
        return (None, None) if row is None else (row["value"], row["n"])

    @cached_property
    def papers(self) -> list[Row]:
        """Papers that models name."""
        wanted = self._tables["hub.papers"].select("arxiv_id", "outcome", "primary_category")
        return self._rows(wanted.order_by("arxiv_id"))

    @cached_property
    def n_edges(self) -> dict[str, int]:
        """Edges by relation; those in no graph do not count, and ``all`` counts pairs."""
        table = self._tables["genealogy.edges"]
        kept = table.filter(~table.is_excluded)
        rows = self._rows(kept.group_by("relation").aggregate(n=kept.count()))
        pairs = kept.select("parent_id", "child_id").distinct()
        return {row["relation"]: row["n"] for row in rows} | {"all": self._engine.count_rows(pairs)}

    @cached_property
    def families(self) -> dict[str, dict[str, int]]:
        """Number, depth and size of families by graph, and of models without relatives."""
        table = self._tables["genealogy.families"]
        rows = self._rows(
            table.group_by("graph").aggregate(
                n_families=table.count(),
                depth=table.depth.max().cast("int64"),
                n_models=table.n_models.sum().cast("int64"),
            )
        )
        return {row.pop("graph"): row for row in rows}

    def family_size(self, graph: str, model_id: str) -> int | None:
        """Give the size of the family that a model is in.

        Parameters
        ----------
        graph : str
            The graph.
        model_id : str
            The model.

        Returns
        -------
        int or None
            Models; None if it has no relatives here.
        """
        members = self._tables["genealogy.members"]
        here = members.filter((members.graph == graph) & (members.model_id == model_id))
        families = self._tables["genealogy.families"]
        sizes = families.filter(families.graph == graph).select("family_id", "n_models")
        rows = self._rows(here.select("family_id").join(sizes, "family_id"))
        return int(rows[0]["n_models"]) if rows else None

    def model(self, model_id: str) -> Row | None:
        """Give a model with its place in the graph of all relations.

        Parameters
        ----------
        model_id : str
            The model.

        Returns
        -------
        dict or None
            None if it is not in the snapshot.
        """
        models = self._tables["hub.models"]
        members = self._tables["genealogy.members"]
        placed = members.filter(members.graph == "all").select(
            "model_id", "n_children", "n_descendants"
        )
        columns = ("model_id", "parameters", "downloads", "downloads_all_time", "likes")
        here = models.filter(models.model_id == model_id).select(*columns, "created_at")
        rows = self._rows(here.left_join(placed, "model_id"))
        return rows[0] if rows else None

    def _by(self, table: str, *columns: str) -> dict[tuple[Any, ...], Row]:
        rows = self._rows(self._tables[table].drop("snapshot"))
        return {tuple(row[name] for name in columns): row for row in rows}

    @cached_property
    def fertility(self) -> dict[tuple[Any, ...], Row]:
        """Rows of fertility by graph and relation."""
        return self._by("genealogy.fertility", "graph", "relation")

    @cached_property
    def topologies(self) -> dict[tuple[Any, ...], Row]:
        """Rows of topologies by graph and topology."""
        return self._by("similarity.topologies", "graph", "topology")

    @cached_property
    def similarities(self) -> dict[tuple[Any, ...], Row]:
        """Rows of similarity by graph, text, measure, ablation, topology, position; every pair."""
        table = self._tables["similarity.summary"]
        rows = self._rows(table.filter(table.weighting == "pair").drop("snapshot"))
        names = ("graph", "text", "measure", "ablation", "topology", "position")
        return {tuple(row[name] for name in names): row for row in rows}

    @cached_property
    def rates(self) -> dict[tuple[Any, ...], Row]:
        """Rows of mutation rates by graph, trait and relation."""
        return self._by("drift.mutation_rates", "graph", "trait", "relation")

    @cached_property
    def orderings(self) -> dict[tuple[Any, ...], Row]:
        """Rows of orderings by graph, trait, number of values and objective."""
        return self._by("drift.ordering_summary", "graph", "trait", "top_n", "objective")

    @cached_property
    def ordered(self) -> dict[tuple[Any, ...], list[str]]:
        """Values in their order, by the same key."""
        table = self._tables["drift.orderings"]
        found: dict[tuple[Any, ...], list[str]] = {}
        for row in self._rows(table.order_by("graph", "trait", "top_n", "objective", "position")):
            key = (row["graph"], row["trait"], row["top_n"], row["objective"])
            found.setdefault(key, []).append(row["value"])
        return found

    @cached_property
    def numeric(self) -> dict[tuple[Any, ...], Row]:
        """Rows of numeric drift by relation and attribute, of all edges of all relations."""
        table = self._tables["drift.numeric"]
        kept = table.filter((table.graph == "all") & (table.weighting == "edge")).drop("snapshot")
        return {(row["relation"], row["attribute"]): row for row in self._rows(kept)}

    @cached_property
    def coverage(self) -> dict[tuple[Any, ...], Row]:
        """Rows of card coverage by group."""
        return self._by("documentation.coverage", "group")

    @cached_property
    def n_configs(self) -> int:
        """Models with a config that was read."""
        table = self._tables["fitness.models"]
        return self._engine.count_rows(table.filter(table.has_config))
