"""The scorecard against plain recomputations, and what must never be called reproduced."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from statistics import mean, median
from typing import TYPE_CHECKING, Any

import pycountry
import pytest

from biome_pipeline.documentation.published import PUBLISHED as CARDS
from biome_pipeline.drift.numeric_published import PUBLISHED as NUMERIC
from biome_pipeline.drift.published import N_EDGES, ORDERINGS, RATES, STATED
from biome_pipeline.errors import ReferenceDataError, ReportError
from biome_pipeline.report.scorecard.answers import Answer, differs, follows, same
from biome_pipeline.report.scorecard.figures import Figure, published_figures, read_figures
from biome_pipeline.report.scorecard.identities import CONTRADICTIONS, IDENTITIES
from biome_pipeline.report.scorecard.readings import READ, Readings
from biome_pipeline.report.scorecard.relative_rules import RELATIVE_RULES
from biome_pipeline.report.scorecard.rules import RULES
from biome_pipeline.report.scorecard.score import (
    NOT_REPRODUCED,
    VERDICTS,
    agrees,
    count_unsettled,
    scorecard,
    scored,
)
from biome_pipeline.report.site.contents import Contents
from biome_pipeline.report.site.scorecard import SCORECARD as PAGE
from biome_pipeline.settings import Settings
from biome_pipeline.similarity.published import POSITIONS
from biome_pipeline.similarity.published import PUBLISHED as SIMILARITIES
from biome_pipeline.warehouse.engine import conform, open_engine
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.worlds.chain import KEY, drawn_chain_of
from biome_pipeline_tests.worlds.documented import documented_chain_of
from biome_pipeline_tests.worlds.drifted import drifted_chain_of

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

FIGURES = published_figures()


def _tables(name: str) -> dict[str, pa.Table]:
    """Give the tables that are read; those that no chain makes have no rows."""
    found = {
        **drawn_chain_of(name).tables,
        **documented_chain_of(name).tables,
        **drifted_chain_of(name).tables,
    }
    return {table: found.get(table, TABLES[table].arrow_schema().empty_table()) for table in READ}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as opened:
        yield opened


def _score(engine, tables: dict[str, pa.Table]) -> dict[str, dict[str, Any]]:
    given = {name: engine.memory_table(table) for name, table in tables.items()}
    rows = scorecard(engine, given).to_pylist()
    return {row["key"]: row for row in rows}


@pytest.fixture(scope="module")
def demo(engine) -> dict[str, dict[str, Any]]:
    return _score(engine, _tables("demo"))


@pytest.fixture(scope="module")
def people() -> list[dict[str, Any]]:
    return drawn_chain_of("demo").rows("hub.models")


def test_every_published_key_has_a_verdict_and_a_reason(demo) -> None:
    assert demo.keys() == FIGURES.keys()
    assert len(demo) == 1008
    for row in demo.values():
        assert row["verdict"] in VERDICTS
        assert len(row["reason"]) > 10
        assert (row["computed_text"] is None) == (row["verdict"] == "not computable")
        assert (row["computed_from"] is None) == (row["verdict"] == "not computable")
        if row["published"] is not None and row["computed"] is not None:
            assert row["difference"] == row["computed"] - row["published"]


def test_an_empty_snapshot_has_a_verdict_on_every_key(engine) -> None:
    rows = _score(engine, {name: TABLES[name].arrow_schema().empty_table() for name in READ})
    assert rows.keys() == FIGURES.keys()
    from_snapshot = {r["verdict"] for r in rows.values() if r["computed_from"] == "snapshot"}
    assert from_snapshot <= {"drifted", "definition differs", "reproduced"}


def test_nothing_is_reproduced_by_another_definition(demo) -> None:
    for key, row in demo.items():
        if row["verdict"] == "reproduced" and row["computed_from"] == "snapshot":
            # Within what was read off a figure: a count of another Hub is never met.
            is_equal = row["computed_text"] == row["published_text"]
            assert is_equal or abs(row["difference"]) <= FIGURES[key].precision
            assert "the same rule and value" in row["reason"]
    figure = FIGURES["hubstats.downloads_mean"]
    assert _verdict(figure, same(812.0, "the same")) == "reproduced"
    assert _verdict(figure, same(812.0, "the same"), is_demo=True) == "drifted"
    assert _verdict(figure, same(813.0, "the same")) == "drifted"
    assert _verdict(figure, differs(812.0, "another")) == "definition differs"
    assert _verdict(figure, same(None, "the same")) == "not computable"
    assert _verdict(figure, follows(813.0, "a formula")) == "definition differs"


class _Stub(Readings):
    def __init__(self, *, is_demo: bool) -> None:
        self.__dict__["is_demo"] = is_demo


def _verdict(figure: Figure, answer: Answer, *, is_demo: bool = False) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IDENTITIES, "answer", lambda *_: answer)
        row = scored(figure, FIGURES, _Stub(is_demo=is_demo))
    return str(row["verdict"])


def test_what_follows_from_published_figures_is_reproduced_but_for_known_contradictions(
    demo,
) -> None:
    follow = {k: row for k, row in demo.items() if row["computed_from"] == "published figures"}
    assert len(follow) > 70
    assert {k for k, row in follow.items() if row["verdict"] != "reproduced"} == NOT_REPRODUCED
    for key in NOT_REPRODUCED:
        assert "contradict" in demo[key]["reason"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("mutation.all.license.rate", 47956.416666666664 / 320_065),
        ("ordering.all.license.directions_explained", 132 / 140),
        ("license_pct_of_all_models.mit", 100 * 109_820 / 1_860_411),
        ("language_pct_of_reporting.Chinese", 100 * 12_917 / (1_860_411 - 1_601_473)),
        ("graph.edges.untyped", 573_653 - 189_391 - 101_921 - 241_417 - 40_358),
        ("hubstats.recent_over_alltime", 812 / 21_641),
        ("paper.card.count", 0.6703620866571957 * 1_860_411),
    ],
)
def test_formulas_by_hand(demo, key: str, expected: float) -> None:
    assert demo[key]["computed"] == pytest.approx(expected, rel=1e-12)
    assert demo[key]["verdict"] == "reproduced"


def test_counts_of_values_equal_plain_counts(demo, people) -> None:
    for trait, column in (("license", "licenses"), ("dataset", "datasets")):
        counts = Counter(value for row in people for value in set(row[column] or []))
        own = [key for key in FIGURES if key.startswith(f"{trait}_count.") and "._" not in key]
        for key in own:
            assert demo[key]["computed"] == counts[key.partition(".")[2]], key
    assert demo["dataset_count._distinct"]["computed"] == len(counts)
    languages = Counter(value for row in people for value in set(row["languages"] or []))
    for name in ("English", "Chinese", "German", "Zulu"):
        code = pycountry.languages.get(name=name).alpha_2
        assert demo[f"language_count.{name}"]["computed"] == languages[code]
    many = Counter(len(row["languages"] or []) for row in people)
    for k in (0, 1, 2, 4, 8):
        assert demo[f"n_languages_per_model.{k}"]["computed"] == many[k]


def test_downloads_and_edges_equal_plain_numbers(demo, people) -> None:
    recent = [row["downloads"] for row in people if row["downloads"] is not None]
    assert demo["hubstats.downloads_gt0"]["computed"] == sum(value > 0 for value in recent)
    assert demo["hubstats.downloads_mean"]["computed"] == pytest.approx(mean(recent))
    assert demo["hubstats.downloads_median"]["computed"] == median(recent)
    assert demo["hubstats.models_total"]["computed"] == len(people)
    edges = [
        row for row in drawn_chain_of("demo").rows("genealogy.edges") if not row["is_excluded"]
    ]
    by_relation = Counter(row["relation"] for row in edges)
    for relation in ("finetune", "adapter", "quantized", "merge"):
        assert demo[f"graph.edges.{relation}"]["computed"] == by_relation[relation]
    pairs = {(row["parent_id"], row["child_id"]) for row in edges}
    assert demo["graph.all.edges"]["computed"] == len(pairs)
    n = len(people)
    assert demo["paper.table1.two_arbitrary_nodes"]["computed"] == n * (n - 1)
    children = Counter(row["parent_id"] for row in edges if row["relation"] == "finetune")
    assert demo["paper.table1.siblings_trio1"]["computed"] == sum(
        k * (k - 1) // 2 for k in children.values()
    )


def test_contradictions_name_figures_that_are_there(demo) -> None:
    for key, other in CONTRADICTIONS.items():
        assert demo[key]["contradicts"] == other
        assert other in FIGURES
        assert FIGURES[key].value != FIGURES[other].value


def test_figures_in_the_code_are_those_of_the_data() -> None:
    for (graph, trait), rate in RATES.items():
        stem = f"mutation.{graph}.{trait}"
        assert FIGURES[f"{stem}.rate"].value == rate.rate
        assert FIGURES[f"{stem}.edges_reporting"].value == rate.n_reporting
    for (graph, trait), order in ORDERINGS.items():
        stem = f"ordering.{graph}.{trait}"
        assert FIGURES[f"{stem}.total_traffic"].value == order.traffic
        assert FIGURES[f"{stem}.total_n"].value == order.transitions
        assert FIGURES[f"{stem}.edges"].value == order.n_drifts
        assert FIGURES[f"{stem}.compatible"].value == order.n_drifts_explained
        assert FIGURES[f"{stem}.mutations_explained"].value == order.mutation_share
        assert len(FIGURES[f"{stem}.weighted"].value) == len(order.order)
    for key, value in {**STATED, **N_EDGES}.items():
        assert FIGURES[key].value == value
    forms = ("rando", "duo", "trio_1", "trio_2", "quad_0", "quad_1", "quad_2", "quad_3")
    places: dict[str, int] = {}
    names = []
    for topology, _ in POSITIONS:
        places[topology] = places.get(topology, 0) + 1
        names.append(f"{forms[len(places) - 1]}:{places[topology]}")
    figure = {
        ("finetune", "metadata", "tfidf", "all"): "metadata_finetune_tfidf_aug4",
        ("finetune", "card", "bow", "first_512"): "modelcards_finetune_bow_aug4",
        ("all", "metadata", "tfidf", "all"): "metadata_tfidf_similarity_allrelations",
        ("asexual", "metadata", "levenshtein", "all"): "metadata_nomerges_levenshtein",
    }
    for kind, stem in figure.items():
        for name, value in zip(names, SIMILARITIES[kind], strict=True):
            assert FIGURES[f"similarity.{stem}.{name}"].value == value
    every = NUMERIC["all", "card_characters"]
    assert FIGURES["edge.card_len.parent_mean"].value == every["mean_parent"]
    assert FIGURES["paper.card.chars.mean"].value == CARDS["all"]["mean_characters"]


def test_precision_is_that_of_the_last_digit() -> None:
    figure = Figure("a.b", 0.67, "printed", "s")
    assert agrees(figure, Answer(0.6749, "same", "r"))
    assert not agrees(figure, Answer(0.6751, "same", "r"))
    assert agrees(replace(figure, value=10), Answer(10.4, "same", "r"))
    assert not agrees(replace(figure, value=10), Answer(11.0, "same", "r"))
    measured = Figure("similarity.x.duo:1", 0.639, "figure-measured", "s")
    assert agrees(measured, Answer(0.6439, "same", "r"))
    assert not agrees(measured, Answer(0.6441, "same", "r"))
    assert agrees(Figure("a.c", ["x"], "printed", "s"), Answer('["x"]', "same", "r"))
    assert not agrees(Figure("a.c", "x", "printed", "s"), Answer("y", "same", "r"))
    assert not agrees(figure, Answer(None, "absent", "r"))


def test_the_check_sees_what_is_left_out_and_what_no_longer_follows(engine, demo) -> None:
    rows = [{**row, "snapshot": None} for row in demo.values()]

    def counted(found: list[dict[str, Any]]) -> int:
        table = TABLES["report.scorecard"].from_rows(found)
        made = conform(engine.memory_table(table), TABLES["report.scorecard"], KEY)
        return count_unsettled(engine, made)

    assert counted(rows) == 0
    assert counted(rows[1:]) == 1
    assert counted([*rows, rows[0]]) == 1
    broken = next(k for k, row in enumerate(rows) if row["key"] == "mutation.all.task.rate")
    assert (
        counted([*rows[:broken], {**rows[broken], "verdict": "drifted"}, *rows[broken + 1 :]]) == 1
    )


def test_a_key_that_no_rule_knows_is_an_error() -> None:
    figure = Figure("nobody.knows.it", 1, "printed", "s")
    with pytest.raises(ReportError, match=r"nobody\.knows\.it"):
        scored(figure, FIGURES, _Stub(is_demo=True))


def test_every_rule_is_asked_by_some_key() -> None:
    keys = list(FIGURES)
    for rules in (IDENTITIES, RELATIVE_RULES, RULES):
        for pattern, rule in rules._rules:
            assert any(pattern.fullmatch(key) for key in keys), rule.__name__


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ("{", "no JSON"),
        ("[]", "key is missing"),
        ('{"key": "a", "value": 1, "kind": "printed"}', "source is missing"),
        ('{"key": "b", "value": 1, "kind": "printed", "source": "s"}', "comes twice"),
    ],
)
def test_wrong_data_is_refused_with_its_line(tmp_path: Path, line: str, fact: str) -> None:
    path = tmp_path / "published.jsonl"
    good = json.dumps({"key": "b", "value": 1, "kind": "printed", "source": "s"})
    path.write_text(f"{good}\n{line}\n", encoding="utf-8")
    with pytest.raises(ReferenceDataError, match=fact) as caught:
        read_figures(path)
    assert "line 2" in str(caught.value)


def test_the_page_shows_every_figure(engine, demo) -> None:
    table = TABLES["report.scorecard"].from_rows(list(demo.values()))
    made = conform(engine.memory_table(table), TABLES["report.scorecard"], KEY)
    sections = PAGE.sections(Contents(engine, KEY, {"report.scorecard": made}))
    shown = [row[0] for section in sections[2:] for row in section.tables[0].rows]
    assert sorted(shown) == sorted(FIGURES)
    counts = Counter(row["verdict"] for row in demo.values())
    assert [finding.n for finding in sections[0].findings] == [counts[name] for name in VERDICTS]
    assert len(sections[1].tables[0].rows) == len(CONTRADICTIONS)
    empty = PAGE.sections(Contents(engine, KEY, {}))
    assert len(empty) == 2
    assert empty[0].tables[0].empty == "The table report.scorecard was not made for this snapshot."
