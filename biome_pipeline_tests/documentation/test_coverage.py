"""Coverage and sections of whole Hubs are those of the definition, and planted facts are found."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom

from biome_pipeline.documentation.coverage import coverage, coverage_rows
from biome_pipeline.documentation.groups import GROUPS, Groups, model_groups
from biome_pipeline.documentation.published import PUBLISHED, PUBLISHED_COLUMNS
from biome_pipeline.documentation.sections import section_rows, sections
from biome_pipeline.hub.demo.planted import PLANTED
from biome_pipeline.inference.lots import lots_of_families
from biome_pipeline.snapshot.card_arrays import CardArrays, card_arrays
from biome_pipeline.warehouse.tables.documentation import COVERAGE, SECTION_SHARES
from biome_pipeline_tests.reference import documentation as naive
from biome_pipeline_tests.reference.rows import assert_same_rows
from biome_pipeline_tests.worlds.chain import demo_truth, settings
from biome_pipeline_tests.worlds.documented import DOCUMENTED, documented_chain_of

if TYPE_CHECKING:
    from biome_pipeline.warehouse.engine import Engine
    from biome_pipeline_tests.worlds.chain import Chain

Row = dict[str, Any]
WITH_CARDS = DOCUMENTED[:-1]


def cards_of(chain: Chain) -> dict[str, Row]:
    return {row["model_id"]: row for row in chain.rows("hub.cards")}


def groups_of(chain: Chain) -> dict[str, list[str]]:
    return naive.groups([person["model_id"] for person in chain.people], chain.descents)


@pytest.mark.parametrize("name", WITH_CARDS)
def test_coverage_is_that_of_the_definition(name: str) -> None:
    chain = documented_chain_of(name)
    cards, found = cards_of(chain), chain.rows("documentation.coverage")
    assert [row["group"] for row in found] == list(GROUPS)
    for row in found:
        row["card_outcomes"] = sorted(row["card_outcomes"])
    expected = [
        {"group": group, **naive.coverage(ids, cards)} for group, ids in groups_of(chain).items()
    ]
    assert_same_rows(found, expected, ["group"], name)
    for row in found:
        assert row["n"] == sum(count for _, count in row["card_outcomes"])
        for measure in ("share_with_card", "mean_characters", "mean_words", "share_auto_generated"):
            low, value, high = (row[f"{measure}{end}"] for end in ("_ci_low", "", "_ci_high"))
            assert (low is None) == (high is None)
            assert value is not None or low is None
            assert low is None or low <= value <= high, (row["group"], measure)


@pytest.mark.parametrize("name", WITH_CARDS)
def test_sections_are_those_of_the_definition(name: str) -> None:
    chain = documented_chain_of(name)
    cards, found = cards_of(chain), chain.rows("documentation.sections")
    expected = [
        {"group": group, "section": section, **row}
        for group, ids in groups_of(chain).items()
        for section, row in naive.section_shares(ids, cards).items()
    ]
    assert_same_rows(found, expected, ["group", "section"], name)
    for row in found:
        assert row["ci_low"] is None or row["ci_low"] <= row["share"] <= row["ci_high"]


def test_a_hub_without_cards_has_empty_tables() -> None:
    chain = documented_chain_of(DOCUMENTED[-1])
    assert chain.rows("hub.cards") == []
    assert chain.rows("documentation.coverage") == []
    assert chain.rows("documentation.sections") == []
    assert chain.rows("documentation.templates") == []


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_units_are_families_and_authors(name: str, engine: Engine) -> None:
    chain = documented_chain_of(name)
    tables = ("genealogy.edges", "genealogy.members", "hub.models")
    found = model_groups(engine, *(engine.memory_table(chain.tables[table]) for table in tables))
    family = {
        row["model_id"]: row["family_id"]
        for row in chain.rows("genealogy.members")
        if row["graph"] == "all"
    }
    units: dict[Any, set[int]] = defaultdict(set)
    for row in chain.rows("hub.models"):
        name = row["model_id"]
        key = ("family", family[name]) if name in family else ("owner", row["author"] or name)
        units[key].add(int(found.unit[row["node"]]))
    assert all(len(own) == 1 for own in units.values())
    numbers = sorted(number for own in units.values() for number in own)
    assert numbers == list(range(len(units)))
    # So few that each is a lot by itself.
    assert found.lot.tolist() == found.unit.tolist()
    assert found.n_lots == len(units)
    some = found.members["children"]
    assert found.count_units(some) == len(set(found.unit[some].tolist()))


def test_intervals_of_lots_are_as_wide_as_those_of_families(engine: Engine) -> None:
    """The demo's 277 families and authors, in 80 lots: the width is that of one by one."""
    chain = documented_chain_of("demo")
    tables = ("genealogy.edges", "genealogy.members", "hub.models")
    given = [engine.memory_table(chain.tables[table]) for table in tables]
    cards = card_arrays(engine, engine.memory_table(chain.tables["hub.cards"]), given[2])
    alone = model_groups(engine, *given)
    lot_of_unit = lots_of_families(np.bincount(alone.unit), most=80)
    lots = replace(alone, lot=lot_of_unit[alone.unit], n_lots=80)
    assert alone.n_lots > 200
    widths = []
    for groups in (alone, lots):
        rows = coverage_rows(cards, groups, n_replicates=999, seed=1)
        (row,) = [row for row in rows if row["group"] == "without_relatives"]
        widths.append(row["mean_characters_ci_high"] - row["mean_characters_ci_low"])
        assert row["n_units"] > 200
    assert widths[1] == pytest.approx(widths[0], rel=0.3)


def test_published_values_stand_beside_ours() -> None:
    for row in documented_chain_of("demo").rows("documentation.coverage"):
        for column in PUBLISHED_COLUMNS:
            expected = PUBLISHED.get(row["group"], {}).get(column)
            assert row[f"published_{column}"] == expected
    assert PUBLISHED["all"]["mean_characters"] == 3575.60


def test_planted_shares_of_generated_cards_are_found() -> None:
    """Of cards whose text has room for it, which the short ones have not.

    The share of all cards is below the planted one for that reason; the truth of
    each card is known, and the count is exactly that of the truth.
    """
    chain = documented_chain_of("demo")
    truth = {row["model_id"]: row for row in demo_truth().cards.to_pylist()}
    rows = {row["group"]: row for row in chain.rows("documentation.coverage")}
    relation = {
        row["id"]: row["relation"] for row in demo_truth().models.to_pylist() if row["relation"]
    }
    for kind in ("finetune", "adapter", "quantized"):
        own = [
            truth[name]
            for name, of_child in relation.items()
            if of_child == kind and name in truth and truth[name]["body_characters"] >= 2000
        ]
        n_auto = sum(row["is_auto_generated"] for row in own)
        planted = PLANTED[f"card_auto_{kind}"]
        # Bulk uploaders' templates say nothing of it.
        planted *= 1 - np.mean([row["bulk_template"] is not None for row in own])
        assert (
            binom.ppf(0.0005, len(own), planted) <= n_auto <= binom.ppf(0.9995, len(own), planted)
        )
        assert rows[f"children_{kind}"]["n_auto_generated"] >= n_auto
    order = [rows[f"children_{kind}"]["share_auto_generated"] for kind in ("adapter", "quantized")]
    assert order[0] > 3 * order[1]


def test_planted_sections_are_found_by_group() -> None:
    """Roots have each section half as often again as finetunes, quantized copies seldom."""
    shares: dict[str, list[float]] = defaultdict(list)
    for row in documented_chain_of("demo").rows("documentation.sections"):
        shares[row["group"]].append(row["share"])
    totals = {group: sum(own) for group, own in shares.items()}
    assert totals["roots"] > totals["children_finetune"] > totals["children_quantized"]


def arrays(has_card: list[float], characters: list[float]) -> CardArrays:
    """Give cards of which nothing but this is known."""
    n = len(has_card)
    read = np.array(characters, float)
    return CardArrays(
        outcomes=("not_asked", "ok"),
        outcome=np.ones(n, np.int64),
        has_card=np.array(has_card, float),
        characters=read,
        words=read / 5,
        is_auto_generated=np.where(np.isnan(read), np.nan, 0.0),
        sections=np.zeros((n, 7), bool),
    )


def test_one_family_has_no_interval_and_nothing_has_no_mean() -> None:
    nobody = np.zeros(0, np.int64)
    cards = arrays([1.0, 0.0, np.nan], [40.0, np.nan, np.nan])
    groups = Groups(
        members={name: np.arange(3) if name == "all" else nobody for name in GROUPS},
        unit=np.zeros(3, np.int64),
        lot=np.zeros(3, np.int64),
        n_lots=1,
    )
    rows = {row["group"]: row for row in coverage_rows(cards, groups, n_replicates=99, seed=1)}
    assert rows["all"]["share_with_card"] == 0.5
    assert rows["all"]["n_missing"] == 1
    assert rows["all"]["mean_characters"] == 40.0
    assert rows["all"]["mean_words_ci_low"] is None
    assert rows["all"]["n_units"] == 1
    assert rows["roots"]["n"] == 0
    assert rows["roots"]["share_with_card"] is None
    assert rows["roots"]["median_characters"] is None
    told = section_rows(cards, groups, n_replicates=99, seed=1)
    assert {(row["n"], row["share"]) for row in told if row["group"] == "all"} == {(1, 0.0)}
    assert {row["share"] for row in told if row["group"] == "roots"} == {None}


def test_tables_depend_on_the_seed_alone(engine: Engine) -> None:
    chain = documented_chain_of("demo")
    given = {
        "cards": engine.memory_table(chain.tables["hub.cards"]),
        "models": engine.memory_table(chain.tables["hub.models"]),
        "edges": engine.memory_table(chain.tables["genealogy.edges"]),
        "members": engine.memory_table(chain.tables["genealogy.members"]),
    }
    for make, spec, measure in (
        (coverage, COVERAGE, "mean_words"),
        (sections, SECTION_SHARES, ""),
    ):
        rows = chain.tables[spec.name]
        again = make(engine, **given, settings=settings())
        assert isinstance(again, pa.Table)
        key = list(spec.grain)
        mine = sorted(
            rows.drop_columns("snapshot").to_pylist(), key=lambda row: [*map(row.get, key)]
        )
        other = sorted(again.to_pylist(), key=lambda row: [*map(row.get, key)])
        assert mine == other
        changed = make(engine, **given, settings=settings().model_copy(update={"seed": 2}))
        end = f"{measure}_ci_low" if measure else "ci_low"
        assert changed[end].to_pylist() != again[end].to_pylist()
