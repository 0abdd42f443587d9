"""Tables of operator priors against pandas on whole Hubs, and on Hubs that lack something."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest

from biome_pipeline.errors import InferenceError
from biome_pipeline.evolution import prior_tables
from biome_pipeline.evolution.observed import OBSERVABLE
from biome_pipeline.evolution.operators import OPERATORS
from biome_pipeline.vocabulary.model_layouts import LAYOUTS
from biome_pipeline.vocabulary.successors import successor_pairs
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.worlds.chain import settings
from biome_pipeline_tests.worlds.configured import CONFIGURED, configured_chain_of

if TYPE_CHECKING:
    from biome_pipeline_tests.worlds.chain import Chain

READ = ("hub.models", "genealogy.edges", "genealogy.members", "hub.configs")
NAMES = tuple(OPERATORS)
SHARES = ("prior", "weight", "weight_by_edge", "search_weight")

Rows = dict[str, list[dict[str, Any]]]


def made(tables: dict[str, pa.Table]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make both tables of the four that they read."""
    with open_engine(settings()) as engine:
        given = {name.partition(".")[2]: engine.memory_table(tables[name]) for name in READ}
        given["operators"] = NAMES
        priors = prior_tables.operator_priors(engine, **given)
        scores = prior_tables.prior_scores(engine, **given, settings=settings())
    for table, name in ((priors, "operator_priors"), (scores, "prior_scores")):
        wanted = list(TABLES[f"evolution.{name}"].arrow_schema())[1:]
        assert list(table.schema) == wanted
    return priors.to_pandas().set_index("operator"), scores.to_pandas().set_index("weighting")


@cache
def of_hub(name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    return made(configured_chain_of(name).tables)


def edges_of(chain: Chain) -> pd.DataFrame:
    """Give each pair of the graph all once, with its family and the facts of both ends."""
    edges = chain.tables["genealogy.edges"].to_pandas()
    edges = edges[~edges["is_excluded"]][["parent_id", "child_id"]].drop_duplicates()
    members = chain.tables["genealogy.members"].to_pandas()
    family = members[members["graph"] == "all"].set_index("model_id")["family_id"]
    configs = chain.tables["hub.configs"].to_pandas().set_index("model_id")
    one, two = (
        configs.reindex(edges[side]).reset_index(drop=True).add_prefix(prefix)
        for side, prefix in (("parent_id", "a_"), ("child_id", "b_"))
    )
    edges = edges.reset_index(drop=True).assign(family=edges["parent_id"].map(family).to_numpy())
    created = chain.tables["hub.models"].to_pandas().set_index("model_id")["created_at"]
    return pd.concat([edges, one, two], axis=1).assign(created=edges["child_id"].map(created))


def shown(edges: pd.DataFrame) -> dict[str, pd.Series]:
    """Tell which edges show some operators, fact by fact."""

    def moved(name: str) -> pd.Series:
        before, after = edges[f"a_{name}"], edges[f"b_{name}"]
        return before.notna() & after.notna() & (before != after)

    def norm(side: str) -> pd.Series:
        return edges[f"{side}_model_type"].map(
            lambda kind: LAYOUTS[kind].norm_vectors if kind in LAYOUTS else None
        )

    layers = edges["b_num_layers"] - edges["a_num_layers"]
    return {
        "duplicate_block_span": layers > 0,
        "remove_block_span": layers < 0,
        "tune_width": moved("hidden_size"),
        "tune_vocabulary": moved("vocab_size"),
        "tune_experts": moved("num_experts"),
        "toggle_tied_head": moved("has_tied_embeddings"),
        "tune_attn_shape": moved("num_heads") | moved("head_dim"),
        "dense_to_moe": edges["a_uses_moe"].eq(False) & edges["b_uses_moe"].eq(True),
        "toggle_norm": norm("a").notna() & norm("b").notna() & (norm("a") != norm("b")),
    }


@pytest.mark.parametrize("name", CONFIGURED)
def test_priors_are_counts_of_pandas_smoothed(name: str) -> None:
    edges = edges_of(configured_chain_of(name))
    rows, _ = of_hub(name)
    assert set(rows.index) == set(NAMES)
    assert (rows["n_edges"] == len(edges)).all()
    assert (rows["n_successors"] == 0).all()
    for operator, hits in shown(edges).items():
        assert rows["observed"][operator] == hits.sum(), operator
        assert rows["observed_families"][operator] == edges["family"][hits].nunique(), operator
    assert (rows["observed"] <= rows["n_reporting"]).all()
    assert (rows["observed_families"] <= rows["observed"]).all()
    k = len(NAMES)
    for weight, counts in (("weight", "observed_families"), ("weight_by_edge", "observed")):
        expected = (rows[counts] + 0.5) / (rows[counts].sum() + k / 2)
        pd.testing.assert_series_equal(rows[weight], expected, check_names=False)
    for share in SHARES:
        assert rows[share].sum() == pytest.approx(1, abs=1e-12)
        assert (rows[share] > 0).all()
    unseen = rows[~rows["is_observable"]]
    assert set(unseen.index) == set(NAMES) - set(OBSERVABLE)
    assert (unseen["observed"] == 0).all()
    assert unseen["search_weight"].to_numpy() == pytest.approx(1 / k)


def test_the_demo_shows_what_was_planted_in_it() -> None:
    rows, scores = of_hub("demo")
    # A resized vocabulary is planted in 15 % of finetunes, twofold layers in 30 % of merges.
    seen = rows["observed"].sort_values(ascending=False)
    assert seen.index[0] == "tune_vocabulary"
    assert rows["weight"].idxmax() == "tune_vocabulary"
    assert rows["observed"]["duplicate_block_span"] > rows["observed"]["remove_block_span"]
    assert scores["gain"]["uniform"] == 0
    assert (scores["gain"][["robust", "edge"]] > 0).all()
    assert (scores["n_operators"] == len(OBSERVABLE)).all()


def test_the_cut_is_at_the_date_of_four_fifths() -> None:
    chain = configured_chain_of("demo")
    edges = edges_of(chain)
    _, scores = of_hub("demo")
    until = scores["fitted_until"].iloc[0]
    assert scores["fitted_until"].nunique() == 1
    mutated = pd.DataFrame(shown(edges)).any(axis=1)
    # Some mutated edges show other operators only: those of which all are known suffice here.
    assert (edges["created"][mutated] <= until).sum() <= scores["n_fitted_edges"].iloc[0]
    assert (edges["created"][mutated] > until).sum() <= scores["n_edges"].iloc[0]
    assert scores["n_fitted_edges"].iloc[0] >= 0.8 * (
        scores["n_fitted_edges"].iloc[0] + scores["n_edges"].iloc[0]
    )
    assert until in set(edges["created"])


def planted(tables: dict[str, Rows]) -> dict[str, pa.Table]:
    return {name: TABLES[name].from_rows(tables.get(name, [])) for name in READ}


def hub_of(
    configs: dict[str, dict[str, Any]], pairs: list[tuple[str, str]], days: dict[str, int]
) -> dict[str, pa.Table]:
    """Make the four tables of models with facts, descents, and days of creation."""
    ids = sorted({*configs, *days, *(name for pair in pairs for name in pair)}, key=str.encode)
    node = {name: k for k, name in enumerate(ids)}
    parent_of = {child: parent for parent, child in pairs}

    def root(name: str) -> str:
        return root(parent_of[name]) if name in parent_of else name

    family = {name: k + 1 for k, name in enumerate(sorted({root(name) for name in ids}))}
    start = dt.datetime(2024, 1, 1)
    created = {name: start + dt.timedelta(days=day) for name, day in days.items()}
    given = {
        "hub.models": [
            {"model_id": name, "node": node[name], "created_at": created.get(name)} for name in ids
        ],
        "genealogy.edges": [
            {
                "parent_id": parent,
                "child_id": child,
                "parent_node": node[parent],
                "child_node": node[child],
                "relation": "finetune",
                "is_excluded": False,
            }
            for parent, child in pairs
        ],
        "genealogy.members": [
            {
                "graph": "all",
                "model_id": name,
                "node": node[name],
                "family_id": family[root(name)],
            }
            for name in ids
        ],
        "hub.configs": [
            {
                "model_id": name,
                "is_full": True,
                "outcome": "ok",
                "raw": json.dumps({}),
                **facts,
            }
            for name, facts in configs.items()
        ],
    }
    return planted(given)


def test_successor_pairs_are_a_family_for_each_line() -> None:
    llama = [pair for line, *pair in successor_pairs() if line == "llama"][:2]
    qwen = next(pair for line, *pair in successor_pairs() if line == "qwen")
    (first, second), (_, third) = llama
    configs = {
        first: {"hidden_size": 1, "vocab_size": 1},
        second: {"hidden_size": 1, "vocab_size": 2},
        third: {"hidden_size": 2, "vocab_size": 3},
        qwen[0]: {"vocab_size": 1},
        qwen[1]: {"vocab_size": 2},
        "a/child": {"vocab_size": 9, "hidden_size": 1},
    }
    declared = [(first, "a/child")]
    rows, scores = made(hub_of(configs, declared, {}))
    assert rows["n_successors"].unique().tolist() == [3]
    assert rows["n_edges"].unique().tolist() == [4]
    vocabulary = rows.loc["tune_vocabulary"]
    assert vocabulary[["observed", "observed_families", "observed_successors"]].tolist() == [
        4,
        3,
        3,
    ]
    assert rows["observed"]["tune_width"] == 1
    assert scores["n_missing"].unique().tolist() == [4]
    assert scores["bits"].isna().all()
    # One end without a config is no pair; a declared pair is no second one.
    few = {name: facts for name, facts in configs.items() if name != third}
    lacking, _ = made(hub_of(few, declared, {third: 1}))
    assert lacking["n_successors"].unique().tolist() == [2]
    rows, _ = made(hub_of(configs, [*declared, (first, second)], {}))
    assert rows["n_successors"].unique().tolist() == [2]
    assert rows["observed"]["tune_vocabulary"] == 4


def test_planted_mutations_are_found_cut_by_day_and_scored() -> None:
    configs: dict[str, dict[str, Any]] = {}
    days, pairs = {}, []
    for k in range(50):
        base, child = f"base/{k:02d}", f"child/{k:02d}"
        configs[base] = {"num_layers": 4, "vocab_size": 10, "hidden_size": 8}
        moved = {"num_layers": 8} if k % 5 else {"vocab_size": 11}
        configs[child] = configs[base] | moved
        pairs.append((base, child))
        days[child] = k
    del days["child/49"]
    rows, scores = made(hub_of(configs, pairs, days))
    assert rows["observed"][["duplicate_block_span", "tune_vocabulary"]].tolist() == [40, 10]
    assert rows["observed"].sum() == 50
    # 49 have a day: the first 40 of them teach.
    assert scores["n_fitted_edges"].unique().tolist() == [40]
    assert scores["n_edges"].unique().tolist() == [9]
    assert scores["n_missing"].unique().tolist() == [1]
    assert scores["fitted_until"].unique().tolist() == [
        pd.Timestamp(2024, 1, 1) + pd.Timedelta("39D")
    ]
    assert (scores["gain"][["robust", "edge"]] > 2).all()
    assert (scores["ci_low"][["robust", "edge"]] > 0).all()


def test_without_configs_or_edges_all_weights_are_the_prior() -> None:
    tables = configured_chain_of("demo").tables
    for lost in (("hub.configs",), ("genealogy.edges", "genealogy.members")):
        empty = {name: TABLES[name].arrow_schema().empty_table() for name in lost}
        rows, scores = made({**tables, **empty})
        assert (rows["observed"] == 0).all()
        for share in SHARES:
            assert rows[share].to_numpy() == pytest.approx(1 / len(NAMES))
        assert scores["gain"].isna().all()
        assert scores["fitted_until"].isna().all()
        assert (scores["n_edges"] == 0).all()


def test_the_tables_are_the_same_again_and_refuse_a_list_that_loses_an_operator() -> None:
    tables = configured_chain_of("demo").tables
    again = made(tables)
    for first, second in zip(of_hub("demo"), again, strict=True):
        pd.testing.assert_frame_equal(first, second, check_exact=True)
    with open_engine(settings()) as engine:
        given = {name.partition(".")[2]: engine.memory_table(tables[name]) for name in READ}
        with pytest.raises(InferenceError, match="no operator"):
            prior_tables.operator_priors(engine, **given, operators=())
        with pytest.raises(InferenceError, match="not in the search"):
            prior_tables.operator_priors(engine, **given, operators=NAMES[1:])


def test_a_family_of_copies_counts_once_in_the_table() -> None:
    configs = {"base/a": {"vocab_size": 10}, "base/b": {"hidden_size": 8}}
    pairs = []
    for k in range(30):
        configs[f"copy/{k}"] = {"vocab_size": 11}
        pairs.append(("base/a", f"copy/{k}"))
    configs["one/b"] = {"hidden_size": 16}
    pairs.append(("base/b", "one/b"))
    rows, _ = made(hub_of(configs, pairs, {}))
    both = rows.loc[["tune_vocabulary", "tune_width"]]
    assert both["observed"].tolist() == [30, 1]
    assert both["observed_families"].tolist() == [1, 1]
    assert both["weight"].nunique() == 1
    assert both["weight_by_edge"].iloc[0] > 10 * both["weight_by_edge"].iloc[1]
