"""Our figures: the finished tables of a snapshot, each read once and looked up by key.

What does not belong here: what is compared with what (the rules).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from biome_pipeline.report.scorecard import counts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping

    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["READ", "Readings"]

READ = (
    "hub.snapshots",
    "hub.raw_models",
    "hub.models",
    "hub.model_traits",
    "hub.cards",
    "hub.statistics",
    "hub.papers",
    "genealogy.edges",
    "genealogy.members",
    "genealogy.families",
    "similarity.topologies",
    "similarity.summary",
    "drift.mutation_rates",
    "drift.transitions",
    "drift.ordering_summary",
    "drift.orderings",
    "drift.numeric",
    "documentation.coverage",
    "fitness.models",
)
"""Tables that are read."""

SIZE_CLASSES = (
    ("small_lt1B", 0.0, 1.0),
    ("medium_7_15B", 7.0, 15.0),
    ("large_100B", 100.0, float("inf")),
)
"""Size classes of the hub-stats report of which it lists models, in billions of parameters."""

Row = dict[str, Any]


class Readings:
    """Look-ups in the tables of one snapshot.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    tables : mapping of str to ibis.expr.types.Table
        All of `READ`, by name.
    named : collection of str
        Models that figures name; no other can be looked up.
    """

    def __init__(
        self, engine: Engine, tables: Mapping[str, ir.Table], named: Collection[str] = ()
    ) -> None:
        self._engine = engine
        self._tables = tables
        self._named = sorted(named)

    def _rows(self, expression: ir.Table) -> list[Row]:
        found: list[Row] = self._engine.to_arrow(expression).to_pylist()
        return found

    @cached_property
    def is_demo(self) -> bool:
        """Whether the snapshot is the built-in Hub, which is made up."""
        rows = self._rows(self._tables["hub.snapshots"].select("source"))
        return bool(rows) and str(rows[0]["source"]).startswith("demo")

    @cached_property
    def day(self) -> dt.date | None:
        """Day of the snapshot; None if it is not there."""
        rows = self._rows(self._tables["hub.snapshots"].select("snapshot"))
        return rows[0]["snapshot"] if rows else None

    @cached_property
    def n_models(self) -> int:
        """Models of the snapshot."""
        return self._engine.count_rows(self._tables["hub.models"])

    @cached_property
    def n_values(self) -> dict[str, dict[str, int]]:
        """Models of each value of the traits that the published code takes as we do."""
        table = self._tables["hub.model_traits"]
        wanted = table.filter(table.trait.isin(["dataset", "arxiv", "license"]))
        counted = wanted.group_by("trait", "value").aggregate(n=wanted.count())
        found: dict[str, dict[str, int]] = {"dataset": {}, "arxiv": {}, "license": {}}
        for row in self._rows(counted.order_by("trait", "value")):
            found[row["trait"]][row["value"]] = row["n"]
        return found

    @cached_property
    def first_day(self) -> str | None:
        """First day on which a model was created, as far as that is known."""
        models = self._tables["hub.models"]
        found = self._rows(models.aggregate(first=models.created_at.min()))[0]["first"]
        return None if found is None else f"{found:%Y-%m-%d}"

    @cached_property
    def has_tags(self) -> bool:
        """Whether the source gives any tags."""
        models = self._tables["hub.models"]
        return bool(self._engine.count_rows(models.filter(models.tags.length() > 0)))

    @cached_property
    def licenses(self) -> dict[str, int]:
        """Models with each tag of a license."""
        return counts.count_license_tags(self._engine, self._tables["hub.models"])

    @cached_property
    def languages(self) -> tuple[dict[str, int], dict[int, int]]:
        """Models by the language of a tag, and by how many languages their tags name."""
        return counts.count_named_languages(self._engine, self._tables["hub.models"])

    @cached_property
    def n_by_relation(self) -> dict[str, int]:
        """Models by the relation of the Hub's own structure."""
        return counts.count_relations(self._engine, self._tables["hub.raw_models"])

    @cached_property
    def n_only_children(self) -> dict[str, int]:
        """Models whose only parent it is, by parent."""
        return counts.count_only_parents(self._engine, self._tables["genealogy.edges"], self._named)

    @cached_property
    def n_fertile_edges(self) -> dict[str, int]:
        """Edges whose child has a child, merges aside, by relation."""
        return counts.count_fertile_edges(self._engine, self._tables["genealogy.edges"])

    @cached_property
    def carded_pairs(self) -> dict[str, float | None] | None:
        """Counts of pairs by the cards of their ends; None where no card is known."""
        cards = self._tables["hub.cards"]
        if not self._engine.count_rows(cards.filter(cards.characters.notnull())):
            return None
        return counts.pairs_with_cards(self._engine, self._tables["genealogy.edges"], cards)

    @cached_property
    def n_kept_cards(self) -> int:
        """Cards that the published comparison keeps."""
        return counts.count_kept_cards(self._engine, self._tables["hub.cards"])

    @cached_property
    def flows(self) -> dict[tuple[str, str], list[tuple[str, str, int, int]]]:
        """Transitions of every pair of values, both ways, by graph and trait."""
        return counts.count_flows(self._engine, self._tables["drift.transitions"])

    @cached_property
    def largest(self) -> dict[str, list[Row]]:
        """Models most downloaded of all time of the size classes of the hub-stats report."""
        return counts.largest_of_class(self._engine, self._tables["hub.models"], SIZE_CLASSES, 3)

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

    @cached_property
    def _models(self) -> dict[str, Row]:
        models = self._tables["hub.models"]
        members = self._tables["genealogy.members"]
        families = self._tables["genealogy.families"]
        placed = members.filter(members.graph == "all").select(
            "model_id", "n_children", "n_descendants"
        )
        columns = ("model_id", "parameters", "downloads", "downloads_all_time", "likes")
        here = models.filter(models.model_id.isin(self._named)).select(*columns, "created_at")
        sizes = families.filter(families.graph == "asexual").select("family_id", "n_models")
        kin = members.filter(members.graph == "asexual").select("model_id", "family_id")
        kin = kin.join(sizes, "family_id").select("model_id", family_size="n_models")
        joined = here.left_join(placed, "model_id").drop("model_id_right")
        joined = joined.left_join(kin, "model_id").drop("model_id_right")
        return {row["model_id"]: row for row in self._rows(joined)}

    def model(self, model_id: str) -> Row | None:
        """Give a model with its place in the graph of all relations.

        Parameters
        ----------
        model_id : str
            One of those that are named.

        Returns
        -------
        dict or None
            Also ``family_size``, of the graph without merges; None if the model is not in
            the snapshot.
        """
        return self._models.get(model_id)

    def size_at_rank(self, rank: int) -> int | None:
        """Give the size of the family of one rank in the graph of all relations.

        Parameters
        ----------
        rank : int
            From 1, the largest; models without relatives come last.

        Returns
        -------
        int or None
            Models; None if there are fewer components.
        """
        families = self._tables["genealogy.families"]
        own = families.filter((families.graph == "all") & (families.family_id == rank))
        rows = self._rows(own.select("n_models"))
        if rows:
            return int(rows[0]["n_models"])
        known = self.families.get("all", {"n_families": 0, "n_models": 0})
        alone = self.n_models - known["n_models"]
        return 1 if rank <= known["n_families"] + alone else None

    def _by(self, table: str, *columns: str) -> dict[tuple[Any, ...], Row]:
        rows = self._rows(self._tables[table].drop("snapshot"))
        return {tuple(row[name] for name in columns): row for row in rows}

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
