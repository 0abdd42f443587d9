"""``fitness.models`` against its definition, row by row."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import numpy as np
import pyarrow as pa
import pytest

from biome_pipeline.fitness.arrays import (
    FLAGS,
    NUMBERS,
    OUTCOMES,
    TRAITS,
    UNKNOWN,
    exposure_of,
    read_models,
)
from biome_pipeline.fitness.models import PACKED_DTYPES, models
from biome_pipeline.settings import load_settings
from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline.warehouse.engine import conform, open_engine
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.worlds.chain import KEY, Chain
from biome_pipeline_tests.worlds.configured import CONFIGURED, configured_chain_of

END = dt.datetime.fromisoformat(KEY) + dt.timedelta(days=1)


@pytest.fixture(params=CONFIGURED)
def chain(request: pytest.FixtureRequest) -> Chain:
    return configured_chain_of(request.param)


def children_of(chain: Chain, relations: tuple[str, ...]) -> dict[str, set[str]]:
    found = defaultdict(set)
    for edge in chain.descents:
        if not edge["is_excluded"] and edge["relation"] in relations:
            found[edge["parent_id"]].add(edge["child_id"])
    return found


def descendants_of(children: dict[str, set[str]], model_id: str) -> set[str]:
    found, waiting = set(), [model_id]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def size_of(model: dict, config: dict) -> tuple[int | None, str | None]:
    total, computed = model["parameters"], config.get("computed_parameters")
    packed = sum(n for dtype, n in model["dtype_parameters"] or [] if dtype in PACKED_DTYPES)
    if total and not 10 * packed > total:
        return total, "safetensors"
    if computed:
        return computed, "config"
    return (total, "packed safetensors") if total else (None, None)


def test_models_are_those_of_the_definition(chain: Chain) -> None:
    rows = {row["model_id"]: row for row in chain.rows("fitness.models")}
    people = chain.rows("hub.models")
    assert sorted(rows) == sorted(model["model_id"] for model in people)
    configs = {row["model_id"]: row for row in chain.rows("hub.configs")}
    members = {
        row["model_id"]: row for row in chain.rows("genealogy.members") if row["graph"] == "all"
    }
    every = children_of(chain, RELATIONS)
    unquantized = children_of(chain, tuple(name for name in RELATIONS if name != "quantized"))
    finetuned = children_of(chain, ("finetune",))
    relations = defaultdict(set)
    for edge in chain.descents:
        if not edge["is_excluded"]:
            relations[edge["child_id"]].add(edge["relation"])
    for model in people:
        model_id = model["model_id"]
        row, config = rows[model_id], configs.get(model_id, {})
        assert row["has_config"] == bool(config.get("is_full"))
        for name in ("family", *TRAITS):
            if name != "parameters":
                assert row[name] == config.get(name), name
        assert (row["parameters"], row["parameters_source"]) == size_of(model, config)
        assert row["root_id"] == (members[model_id]["root_id"] if model_id in members else model_id)
        first = [name for name in RELATIONS if name in relations[model_id]]
        alone = "root" if every.get(model_id) else "unrelated"
        assert row["role"] == (first[0] if first else alone)
        assert row["n_children"] == len(every.get(model_id, ()))
        assert row["n_descendants"] == len(descendants_of(every, model_id))
        assert row["n_descendants_unquantized"] == len(descendants_of(unquantized, model_id))
        assert row["n_descendants_finetune"] == len(descendants_of(finetuned, model_id))
        for name in ("author", "downloads", "downloads_all_time", "likes", "node"):
            assert row[name] == model[name], name
        created = model["created_at"]
        if created is None:
            assert row["age_days"] is row["quarter"] is None
            assert row["is_created_at_backfilled"] is False
            continue
        days = (END - created.replace(microsecond=0)).total_seconds() / 86_400
        assert row["age_days"] == pytest.approx(max(days, 1.0), abs=1e-9)
        assert row["quarter"] == dt.date(created.year, (created.month - 1) // 3 * 3 + 1, 1)
        assert row["is_created_at_backfilled"] == bool(model["is_created_at_backfilled"])


def test_arrays_hold_what_the_table_holds(chain: Chain) -> None:
    rows = sorted(chain.rows("fitness.models"), key=lambda row: row["node"])
    with open_engine(load_settings(threads=1)) as engine:
        found = read_models(engine, engine.memory_table(chain.tables["fitness.models"]))
    assert found.n == len(rows)

    def same(values: np.ndarray, name: str) -> None:
        wanted = [np.nan if row[name] is None else float(row[name]) for row in rows]
        np.testing.assert_array_equal(values, wanted)

    for name in TRAITS:
        same(found.traits[name], name)
    for name, column in OUTCOMES.items():
        same(found.outcomes[name], column)
    same(found.descendants_finetune, "n_descendants_finetune")
    same(found.age_days, "age_days")
    same(found.has_config, "has_config")
    same(found.is_backfilled, "is_created_at_backfilled")
    names = [None if code == UNKNOWN else found.families[code] for code in found.family]
    assert names == [row["family"] for row in rows]
    assert [found.roles[code] for code in found.role] == [row["role"] for row in rows]
    quarters = [
        UNKNOWN
        if row["quarter"] is None
        else (row["quarter"].year - 1970) * 4 + (row["quarter"].month - 1) // 3
        for row in rows
    ]
    assert found.quarter.tolist() == quarters
    published = [
        row["hidden_size"] is not None
        and row["num_layers"] is not None
        and (row["downloads"] or 0) > 0
        for row in rows
    ]
    assert found.is_published.tolist() == published


def test_clusters_are_authors_and_roots(chain: Chain) -> None:
    rows = sorted(chain.rows("fitness.models"), key=lambda row: row["node"])
    with open_engine(load_settings(threads=1)) as engine:
        found = read_models(engine, engine.memory_table(chain.tables["fitness.models"]))
    for codes, name in ((found.author, "author"), (found.root, "root_id")):
        by_name = defaultdict(set)
        for code, row in zip(codes.tolist(), rows, strict=True):
            by_name[row[name] if row[name] is not None else ("alone", row["model_id"])].add(code)
        assert all(len(found_codes) == 1 for found_codes in by_name.values())
        assert len({next(iter(c)) for c in by_name.values()}) == len(by_name)
        assert sorted(set(codes.tolist())) == list(range(len(by_name)))


def test_totals_and_computed_numbers_and_packed_ones_occur() -> None:
    rows = configured_chain_of("demo").rows("fitness.models")
    assert {"safetensors", "config", "packed safetensors", None} == {
        row["parameters_source"] for row in rows
    }


def test_no_model_at_all() -> None:
    with open_engine(load_settings(threads=1)) as engine:
        empty = {
            name: engine.memory_table(TABLES[name].arrow_schema().empty_table())
            for name in ("hub.models", "hub.configs", "genealogy.edges", "genealogy.members")
        }
        made = models(
            engine,
            models=empty["hub.models"],
            configs=empty["hub.configs"],
            edges=empty["genealogy.edges"],
            members=empty["genealogy.members"],
            snapshot=KEY,
        )
        rows = engine.to_arrow(conform(made, TABLES["fitness.models"], KEY))
        assert rows.num_rows == 0
        found = read_models(engine, engine.memory_table(rows))
    assert found.n == 0
    assert found.families == found.roles == ()
    assert not found.is_published.any()


def test_numbers_beyond_what_a_float_holds_exactly_are_read() -> None:
    # Somebody's safetensors claim 19,980,000,000,000,000 parameters.
    chain = configured_chain_of("demo")
    rows = chain.rows("fitness.models")
    rows[0]["parameters"], rows[0]["downloads"] = 19_980_000_000_000_001, 2**63 - 1
    table = pa.Table.from_pylist(rows, schema=TABLES["fitness.models"].arrow_schema())
    with open_engine(load_settings(threads=1)) as engine:
        found = read_models(engine, engine.memory_table(table))
    assert found.traits["parameters"][rows[0]["node"]] == pytest.approx(1.998e16)
    assert found.outcomes["downloads"][rows[0]["node"]] == pytest.approx(2.0**63)


def test_exposure_is_at_most_a_month_for_recent_downloads() -> None:
    age = np.array([1.0, 30.0, 31.0, 400.0, np.nan])
    np.testing.assert_array_equal(exposure_of("downloads", age), [1, 30, 30, 30, np.nan])
    for outcome in set(OUTCOMES) - {"downloads"}:
        np.testing.assert_array_equal(exposure_of(outcome, age), age)


def test_traits_are_numbers_or_flags() -> None:
    fields = {field.name: field.type for field in TABLES["fitness.models"].fields}
    assert {fields[name] for name in NUMBERS} == {"BIGINT"}
    assert {fields[name] for name in FLAGS} == {"BOOLEAN"}
