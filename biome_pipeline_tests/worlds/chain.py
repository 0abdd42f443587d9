"""The package's own tables of a Hub, from rows to families, computed in one go.

What does not belong here: the definitions (``biome_pipeline_tests.reference``).
"""

from __future__ import annotations

import datetime as dt
import random
import tempfile
import zlib
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from biome_pipeline.genealogy import tables
from biome_pipeline.genealogy.edges import count_edges_in_cycles, edges
from biome_pipeline.genealogy.fertility import fertility
from biome_pipeline.genealogy.statistics import statistics
from biome_pipeline.hub.demo import DemoHub, build_demo_hub
from biome_pipeline.hub.raw import raw_models
from biome_pipeline.inference.findings import findings_table
from biome_pipeline.provenance import Provenance
from biome_pipeline.settings import Settings, load_settings
from biome_pipeline.similarity import tables as relatives
from biome_pipeline.similarity.children import matched
from biome_pipeline.similarity.findings import findings
from biome_pipeline.similarity.kinds import Sources
from biome_pipeline.similarity.summary import summary
from biome_pipeline.similarity.vocabularies import read_vocabularies, vocabularies
from biome_pipeline.snapshot.accounting import count_rejects, snapshots
from biome_pipeline.snapshot.cards import cards
from biome_pipeline.snapshot.models import models
from biome_pipeline.snapshot.quality import quality
from biome_pipeline.snapshot.rejects import rejects
from biome_pipeline.snapshot.traits import traits, values_of
from biome_pipeline.warehouse.engine import conform, open_engine
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.reference import descent
from biome_pipeline_tests.reference import hub as naive
from biome_pipeline_tests.worlds.hub import BATCHES, draw_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from biome_pipeline.hub.demo import DemoTruth

__all__ = [
    "FRONT_MATTER",
    "HUBS",
    "KEY",
    "SOURCE",
    "WITH_CARDS",
    "Chain",
    "chain_of",
    "demo_truth",
    "drawn_cards",
    "drawn_chain_of",
    "run_chain",
    "settings",
    "similar_chain_of",
    "with_tables",
]

KEY = "2025-06-30"
SOURCE = "file:/hub/models.parquet"
RAW = Provenance(
    table="hub.raw_models",
    snapshot=KEY,
    source=SOURCE,
    source_revision="a" * 64,
    code_version="0.0.0+00000000",
    settings_hash="0" * 16,
    seed=1,
    created_at="2025-06-30T12:00:00.000001",
    facts={"kind": "file", "upstream_at": "2025-06-30T11:00:00"},
)
FINISHED = dt.datetime(2025, 6, 30, 13, tzinfo=dt.UTC)

Row = dict[str, Any]


@dataclass(frozen=True)
class Chain:
    """What the package makes of one Hub, with the definitions' models and edges beside it.

    Attributes
    ----------
    source : list of dict
        The rows of hub-stats.
    tables : dict of str to pyarrow.Table
        Every table by name, in the columns and types of its contract.
    reject_counts : dict of str to int
        What is counted before a source is taken.
    n_edges_in_cycles : int
        What is counted after the edges are found.
    """

    source: list[Row]
    tables: dict[str, pa.Table]
    reject_counts: dict[str, int]
    n_edges_in_cycles: int

    def rows(self, name: str) -> list[Row]:
        """Give a table as dictionaries."""
        return list(self.tables[name].to_pylist())

    @cached_property
    def people(self) -> list[Row]:
        """Give the models by definition."""
        return naive.models(self.source)

    @cached_property
    def descents(self) -> list[Row]:
        """Give the edges by definition."""
        return descent.edges(self.source)


def settings() -> Settings:
    """Give the settings of all chains, whatever the environment says."""
    return load_settings(
        seed=1,
        threads=2,
        memory_limit="1GB",
        growth_families=10,
        bootstrap_replicates=99,
        virality_exact_core=20_000,
        similarity_draws=200,
    )


@cache
def _demo() -> DemoHub:
    return build_demo_hub(2_000)


def demo_truth() -> DemoTruth:
    """Give the truth of the Hub that `HUBS` calls demo."""
    return _demo().truth


def _name(seeds: tuple[int, ...]) -> str:
    return f"seeds {seeds[0]} to {seeds[-1]}"


_REAL = Path(__file__).resolve().parents[2] / "../shared/data/real"

HUBS: dict[str, Callable[[], pa.Table]] = {
    **{_name(seeds): partial(draw_batch, seeds) for seeds in BATCHES},
    "demo": lambda: _demo().table,
    **{path.stem: partial(pq.read_table, path) for path in sorted(_REAL.glob("models-*.parquet"))},
}
"""Hubs on which all tables are compared: drawn, synthetic, and real where files are at hand."""


def drawn_papers(ids: Sequence[str]) -> pa.Table:
    """Give each paper subjects that follow from its id; arXiv lacks every fifth."""
    digests = [zlib.crc32(name.encode()) for name in ids]
    subjects = [
        [code for bit, code in enumerate(("cs.CL", "cs.LG", "stat.ML")) if (digest >> bit) & 1]
        if digest % 5
        else []
        for digest in digests
    ]
    return pa.table(
        {
            "arxiv_id": pa.array(ids, pa.string()),
            "outcome": pa.array(
                ["ok" if digest % 5 else "missing" for digest in digests], pa.string()
            ),
            "title": pa.nulls(len(ids), pa.string()),
            "abstract": pa.nulls(len(ids), pa.string()),
            "primary_category": pa.array(
                [codes[0] if codes else None for codes in subjects], pa.string()
            ),
            "categories": pa.array(subjects, pa.list_(pa.string())),
        }
    )


FRONT_MATTER = "---\nlicense: mit\n---\n"
"""What every card of `drawn_cards` begins with."""

WITH_CARDS = frozenset({_name(BATCHES[3]), _name(BATCHES[5]), _name(BATCHES[-1])})
"""Those of `HUBS` that have cards in `similar_chain_of`."""


def drawn_cards(ids: Sequence[str]) -> pa.Table:
    """Give each model a card that follows from its id: none, short, long, or made by a tool."""
    texts: list[str | None] = []
    for name in ids:
        digest = zlib.crc32(name.encode())
        words = random.Random(digest).choices(("plover", "heron", "serval", "the", "of"), k=140)
        long = " ".join(words)
        bodies = (None, " ".join(words[:20]), long, long, f"Automatically generated. {long}")
        body = bodies[digest % len(bodies)]
        texts.append(None if body is None else FRONT_MATTER + body)
    n = len(texts)
    return pa.table(
        {
            "model_id": pa.array(ids, pa.string()),
            "revision": pa.nulls(n, pa.string()),
            "outcome": pa.array(["missing" if text is None else "ok" for text in texts]),
            "attempts": pa.array([1] * n, pa.int32()),
            "bytes": pa.nulls(n, pa.int64()),
            "detail": pa.nulls(n, pa.string()),
            "origin": pa.array(["file"] * n, pa.string()),
            "text": pa.array(texts, pa.string()),
        }
    )


@cache
def drawn_chain_of(name: str) -> Chain:
    """Compute topologies and pairs of one of `HUBS` too, once per process."""
    chain, chosen = chain_of(name), settings()

    def make(given: dict[str, Any], keep: Callable[[str, pa.Table], Any]) -> None:
        related = given["genealogy.edges"], given["hub.models"]
        engine = given["engine"]
        keep("similarity.topologies", relatives.topologies(engine, *related))
        keep("similarity.pairs", relatives.pairs(engine, *related, chosen))

    return with_tables(chain, make)


@cache
def similar_chain_of(name: str) -> Chain:
    """Compute all tables of similarity of one of `HUBS` too, once per process."""
    chosen = settings()

    def make(given: dict[str, Any], keep: Callable[[str, pa.Table], Any]) -> None:
        engine, people, placed = given["engine"], given["hub.models"], given["genealogy.members"]
        ids = engine.to_arrow(people.select("model_id"))["model_id"].to_pylist()
        raw_cards = keep("hub.raw_cards", drawn_cards(ids if name in WITH_CARDS else []))
        read = keep("hub.cards", cards(engine, raw_cards))
        sources = Sources(given["hub.raw_models"], people, raw_cards, read)
        words = keep("similarity.vocabulary", vocabularies(engine, sources, chosen))
        known: dict[str, Any] = {
            "vocabularies": read_vocabularies(engine, words),
            "settings": chosen,
        }
        found = matched(engine, sources, edges=given["genealogy.edges"], members=placed, **known)
        beside = keep("similarity.matched", found)
        known |= {"members": placed, "pairs": given["similarity.pairs"]}
        keep("similarity.summary", summary(engine, sources, matched=beside, **known))
        keep("inference.findings", findings_table(findings(engine, sources, **known)))

    return with_tables(drawn_chain_of(name), make)


def with_tables(chain: Chain, make: Callable[[dict[str, Any], Callable[..., Any]], None]) -> Chain:
    """Add tables to a chain: `make` is given those at hand, and how to keep another."""
    made: dict[str, Any] = {}
    with open_engine(settings()) as engine:
        given = {name: engine.memory_table(table) for name, table in chain.tables.items()}

        def keep(name: str, rows: Any) -> Any:
            table = engine.memory_table(rows) if isinstance(rows, pa.Table) else rows
            made[name] = engine.materialize(conform(table, TABLES[name], KEY))
            return made[name]

        make({**given, "engine": engine}, keep)
        more = {name: engine.to_arrow(table) for name, table in made.items()}
        return replace(chain, tables={**chain.tables, **more})


@cache
def chain_of(name: str) -> Chain:
    """Compute the tables of one of `HUBS`, once per process."""
    return run_chain(HUBS[name]())


def run_chain(rows: pa.Table) -> Chain:
    """Compute every table of a Hub, each step on the conformed tables before it."""
    made: dict[str, Any] = {}
    chosen = settings()
    with tempfile.TemporaryDirectory() as folder, open_engine(chosen) as engine:
        path = Path(folder) / "models.parquet"
        pq.write_table(rows, path)

        def keep(name: str, expression: Any) -> Any:
            is_arrow = isinstance(expression, pa.Table)
            table = engine.memory_table(expression) if is_arrow else expression
            made[name] = engine.materialize(conform(table, TABLES[name], KEY))
            return made[name]

        raw = keep("hub.raw_models", raw_models(engine, path))
        counted = count_rejects(engine, raw)
        rejected = keep("hub.rejects", rejects(engine, raw, SOURCE))
        people = keep("hub.models", models(engine, raw, rejected))
        listed = keep("hub.model_traits", traits(people))
        missing = keep("hub.quality", quality(engine, people))
        papers = keep("hub.papers", drawn_papers(values_of(engine, listed, "arxiv")))
        outcomes = keep("hub.outcomes", TABLES["hub.outcomes"].arrow_schema().empty_table())
        account = snapshots(
            engine,
            people,
            rejected,
            raw=RAW,
            outcomes=outcomes,
            deliveries={},
            n_rows=rows.num_rows,
            finished_at=FINISHED,
        )
        keep("hub.snapshots", account)
        found = keep("genealogy.edges", edges(engine, raw, people))
        placed = keep("genealogy.members", tables.members(engine, found, people))
        keep("genealogy.families", tables.families(engine, found, placed, people, chosen))
        keep("genealogy.fertility", fertility(engine, found, placed, chosen))
        keep("genealogy.growth", tables.growth(engine, placed, people, chosen))
        keep("genealogy.creations", tables.creations(people, placed))
        described = statistics(
            engine,
            people,
            listed,
            missing,
            edges=found,
            papers=papers,
            settings=chosen,
            snapshot=KEY,
        )
        keep("hub.statistics", described)
        return Chain(
            source=rows.to_pylist(),
            tables={name: engine.to_arrow(table) for name, table in made.items()},
            reject_counts=counted,
            n_edges_in_cycles=count_edges_in_cycles(engine, found),
        )
