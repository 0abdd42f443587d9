"""The scorecard's verdicts, and what must never be called reproduced.

What does not belong here: the numbers themselves (``test_scorecard_counts``).
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from biome_pipeline.documentation.published import PUBLISHED as CARDS
from biome_pipeline.drift.numeric_published import PUBLISHED as NUMERIC
from biome_pipeline.drift.published import N_EDGES, ORDERINGS, RATES, STATED
from biome_pipeline.errors import ReferenceDataError, ReportError
from biome_pipeline.report.scorecard import score as scoring
from biome_pipeline.report.scorecard.answers import Answer, absent, differs, follows, same
from biome_pipeline.report.scorecard.figures import Figure, published_figures, read_figures
from biome_pipeline.report.scorecard.identities import CONTRADICTIONS, IDENTITIES
from biome_pipeline.report.scorecard.readings import Readings
from biome_pipeline.report.scorecard.score import (
    ALL_RULES,
    NOT_REPRODUCED,
    VERDICTS,
    agrees,
    count_unsettled,
    has_published_input,
    scored,
)
from biome_pipeline.report.site.contents import Contents
from biome_pipeline.report.site.scorecard import SCORECARD as PAGE
from biome_pipeline.settings import Settings
from biome_pipeline.similarity.published import POSITIONS
from biome_pipeline.similarity.published import PUBLISHED as SIMILARITIES
from biome_pipeline.vocabulary.languages import language_name
from biome_pipeline.warehouse.engine import conform, open_engine
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.report.scored import empty_tables, score, tables_of
from biome_pipeline_tests.worlds.chain import KEY

if TYPE_CHECKING:
    from pathlib import Path

FIGURES = published_figures()


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as opened:
        yield opened


@pytest.fixture(scope="module")
def demo(engine) -> dict[str, dict[str, Any]]:
    return score(engine, tables_of("demo"))


def test_every_published_key_has_a_verdict_and_a_reason(demo) -> None:
    assert demo.keys() == FIGURES.keys()
    assert len(demo) == 1008
    for key, row in demo.items():
        assert row["verdict"] in VERDICTS
        assert len(row["reason"]) > 10
        assert row["reason"].endswith(".")
        is_missing = row["verdict"] == "not computable"
        assert (row["computed_text"] is None) == is_missing, key
        assert (row["computed_from"] is None) == is_missing
        assert (row["statement"] is None) == is_missing
        assert row["graph"] == FIGURES[key].graph
        if row["published"] is not None and row["computed"] is not None:
            assert row["difference"] == row["computed"] - row["published"]
    # This Hub has no card that relatives are compared by, and its models other names.
    assert sum(row["verdict"] != "not computable" for row in demo.values()) > 800


def test_an_empty_snapshot_has_a_verdict_on_every_key(engine) -> None:
    rows = score(engine, empty_tables())
    assert rows.keys() == FIGURES.keys()
    from_snapshot = {r["verdict"] for r in rows.values() if r["computed_from"] == "snapshot"}
    assert from_snapshot <= {"drifted", "definition differs"}


def test_nothing_on_another_hub_is_reproduced(demo) -> None:
    for key, row in demo.items():
        if row["verdict"] == "reproduced":
            assert row["computed_from"] == "published figures", key
            assert key not in NOT_REPRODUCED


class _Stub(Readings):
    """A snapshot of which only its size is known."""

    def __init__(
        self,
        *,
        is_demo: bool = False,
        n_models: int = 7,
        n_pairs: int = 3,
        day: dt.date | None = None,
    ) -> None:
        self.__dict__.update(is_demo=is_demo, n_models=n_models, n_edges={"all": n_pairs}, day=day)


_PAPERS = _Stub(n_models=1_860_411, n_pairs=573_653)
_HUB_STATS = _Stub(n_models=2_161_698, day=dt.date(2025, 10, 23))


def _judged(key: str, answer: Answer, read: Readings) -> tuple[str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IDENTITIES, "answer", lambda *_: answer)
        row = scored(FIGURES[key], FIGURES, read)
    return row["verdict"], row["reason"]


def test_reproduced_needs_the_same_definition_on_the_same_input() -> None:
    key = "hubstats.downloads_mean"
    assert _judged(key, same(812.0, "it"), _HUB_STATS)[0] == "reproduced"
    # An equal number on another Hub is chance.
    later = _Stub(n_models=2_161_698, day=dt.date(2025, 10, 25))
    for other in (_Stub(), _PAPERS, later, _Stub(is_demo=True, n_models=2_161_698)):
        verdict, reason = _judged(key, same(812.0, "it"), other)
        assert verdict == "drifted"
        assert "chance" in reason
    assert _judged(key, same(813.0, "it"), _Stub())[0] == "drifted"
    # On the same Hub the same rule cannot give another number.
    assert _judged(key, same(813.0, "it"), _HUB_STATS)[0] == "definition differs"
    assert _judged(key, differs(812.0, "it", why="other"), _HUB_STATS) == (
        "definition differs",
        "Other.",
    )
    assert _judged(key, same(None, "it"), _HUB_STATS)[0] == "not computable"
    assert _judged(key, absent("gone"), _HUB_STATS) == ("not computable", "Gone.")
    assert _judged(key, follows(812.0, "it"), _Stub(is_demo=True))[0] == "reproduced"
    assert _judged(key, follows(813.0, "it"), _HUB_STATS)[0] == "definition differs"


def test_the_input_is_known_by_its_exact_size() -> None:
    paper, code = FIGURES["paper.card.chars.mean"], FIGURES["card.share_nodes"]
    for figure in (paper, code):
        assert has_published_input(figure, FIGURES, _PAPERS)
        assert not has_published_input(figure, FIGURES, _HUB_STATS)
        wrong = _Stub(n_models=1_860_411, n_pairs=573_652)
        assert not has_published_input(figure, FIGURES, wrong)
    for key in ("fitness.models_with_config", "evolution.strict.layers"):
        assert not has_published_input(FIGURES[key], FIGURES, _PAPERS)


def test_what_follows_from_published_figures_is_reproduced_but_for_known_contradictions(
    demo,
) -> None:
    follow = {k: row for k, row in demo.items() if row["computed_from"] == "published figures"}
    assert len(follow) > 80
    assert {k for k, row in follow.items() if row["verdict"] != "reproduced"} == NOT_REPRODUCED


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("mutation.all.license.rate", 47956.416666666664 / 320_065),
        ("ordering.all.license.directions_explained", 132 / 140),
        ("ordering.finetune.license.mutations_explained", 37_469 / 44_285),
        ("ordering.all.library.mutations_explained", (399_982 + 405_954) / (2 * 405_954)),
        ("ordering.finetune.task.n", 10),
        ("license_pct_of_all_models.mit", 100 * 109_820 / 1_860_411),
        ("language_pct_of_reporting.Chinese", 100 * 12_917 / (1_860_411 - 1_601_473)),
        ("graph.edges.untyped", 573_653 - 189_391 - 101_921 - 241_417 - 40_358),
        ("edge.both_lengths_known", 185_532 + 235_040 + 98_505 + 39_308),
        ("edge.missing_languages", 573_653 - 115_660),
        ("hubstats.baseModels_populated", 258_462 + 218_000 + 116_696 + 13_990),
        ("hubstats.recent_over_alltime", 812 / 21_641),
        ("paper.card.count", 0.6703620866571957 * 1_860_411),
    ],
)
def test_formulas_by_hand(demo, key: str, expected: float) -> None:
    assert demo[key]["computed"] == pytest.approx(expected, rel=1e-12)
    assert demo[key]["verdict"] == "reproduced"


def test_ordered_pairs_do_not_follow_from_the_number_of_models(demo) -> None:
    row = demo["paper.table1.two_arbitrary_nodes"]
    assert row["computed"] == 1_860_411 * 1_860_410
    assert row["published"] == 1_862_846 * 1_862_845
    assert row["verdict"] == "definition differs"
    assert row["contradicts"] == "graph.all.nodes"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("mutation.finetune.task.edges_reporting", 134_712),
        ("license_count.mit", 109_000),
        ("graph.edges.merge", 40_359),
        ("ordering.all.task.compatible", 110),
    ],
)
def test_one_changed_figure_breaks_what_follows_from_it(key: str, value: float) -> None:
    changed = {**FIGURES, key: replace(FIGURES[key], value=value)}
    read = _Stub()
    broken = []
    for name, figure in changed.items():
        answer = IDENTITIES.answer(figure, changed, read)
        if answer is not None and name not in NOT_REPRODUCED and not agrees(figure, answer):
            broken.append(name)
    assert broken


def test_contradictions_name_figures_that_are_there(demo) -> None:
    for key, other in CONTRADICTIONS.items():
        assert demo[key]["contradicts"] == other
        assert other in FIGURES
        assert FIGURES[key].value != FIGURES[other].value
    assert sum(row["contradicts"] is not None for row in demo.values()) == len(CONTRADICTIONS)


def _in_code() -> dict[str, Any]:
    """Give every published number that the code carries, by the key of the data."""
    found: dict[str, Any] = {**STATED, **N_EDGES}
    for (graph, trait), rate in RATES.items():
        stem = f"mutation.{graph}.{trait}"
        found[f"{stem}.mutations"] = rate.mutations
        found[f"{stem}.edges_reporting"] = rate.n_reporting
        found[f"{stem}.rate"] = rate.rate
    for (graph, trait), order in ORDERINGS.items():
        stem = f"ordering.{graph}.{trait}"
        words = [language_name(v) for v in order.order] if trait == "language" else order.order
        found |= {
            f"{stem}.weighted": list(words),
            f"{stem}.total_traffic": order.traffic,
            f"{stem}.total_n": order.transitions,
            f"{stem}.edges": order.n_drifts,
            f"{stem}.compatible": order.n_drifts_explained,
            f"{stem}.directions_explained": order.drift_share,
            f"{stem}.mutations_explained": order.mutation_share,
        }
        if order.objective is not None:
            found[f"{stem}.total_weight"] = order.objective
    found |= _cards() | _numbers() | _similarities()
    return found


def _cards() -> dict[str, float]:
    columns = {
        "share_with_card": "share",
        **{
            f"{how}_{what}": f"{short}.{how}"
            for what, short in (("characters", "chars"), ("words", "words"))
            for how in ("mean", "median", "min", "max")
        },
    }
    found = {f"paper.card.{columns[name]}": value for name, value in CARDS["all"].items()}
    assert CARDS.keys() == {"all", "children"}
    assert CARDS["children"].keys() == {"share_auto_generated"}
    found["paper.card.autogenerated_children"] = CARDS["children"]["share_auto_generated"]
    return found


_NUMBERS = {
    ("card_characters", "mean_parent"): "edge.card_len.parent_mean",
    ("card_characters", "mean_child"): "edge.card_len.child_mean",
    ("card_characters", "mean_difference"): "edge.card_len.change_mean",
    ("card_characters_bespoke", "mean_change"): "edge.card_len.mean_of_pct_change_bespoke",
    ("card_words", "mean_change"): "edge.card_words.mean_of_pct_change",
    ("n_languages", "mean_parent"): "edge.languages.parent_mean_reporting",
    ("n_languages", "mean_child"): "edge.languages.child_mean_reporting",
    ("n_languages", "mean_change"): "edge.languages.mean_of_pct_change",
    ("n_languages_or_none", "mean_parent"): "edge.languages.parent_mean",
    ("n_languages_or_none", "mean_child"): "edge.languages.child_mean",
    ("has_card", "mean_difference"): "edge.delta_p_card",
    ("is_auto_generated", "mean_difference"): "edge.delta_p_auto_given_cards",
}
_OF_RELATIONS = {
    "card_characters": "card_length_chars",
    "is_auto_generated": "auto_generated_share",
    "n_languages": "n_languages_reporting",
    "has_card": "has_card_share",
}


def _numbers() -> dict[str, float]:
    found = {}
    for (relation, attribute), measures in NUMERIC.items():
        for measure, value in measures.items():
            if relation == "all":
                key = _NUMBERS[attribute, measure]
            else:
                end = measure.removeprefix("mean_")
                key = f"edge.{_OF_RELATIONS[attribute]}.{relation}.{end}"
            found[key] = value
    return found


def _similarities() -> dict[str, float | None]:
    figures = {
        ("finetune", "metadata", "tfidf", "all"): "metadata_finetune_tfidf_aug4",
        ("finetune", "metadata", "bow", "all"): "metadata_finetune_bow_aug4",
        ("finetune", "metadata", "levenshtein", "all"): "metadata_finetune_levenshtein_aug4",
        ("finetune", "card", "tfidf", "first_512"): "modelcards_finetune_tfidf_aug4",
        ("finetune", "card", "bow", "first_512"): "modelcards_finetune_bow_aug4",
        ("finetune", "card", "levenshtein", "first_512"): "modelcards_finetune_levenshtein_aug4",
        ("all", "metadata", "tfidf", "all"): "metadata_tfidf_similarity_allrelations",
        ("asexual", "metadata", "levenshtein", "all"): "metadata_nomerges_levenshtein",
    }
    forms = ("rando", "duo", "trio_1", "trio_2", "quad_0", "quad_1", "quad_2", "quad_3")
    places: dict[str, int] = {}
    names = []
    for topology, _ in POSITIONS:
        places[topology] = places.get(topology, 0) + 1
        names.append(f"{forms[len(places) - 1]}:{places[topology]}")
    return {
        f"similarity.{figures[kind]}.{name}": value
        for kind, values in SIMILARITIES.items()
        for name, value in zip(names, values, strict=True)
    }


def test_every_figure_in_the_code_is_that_of_the_data() -> None:
    found = _in_code()
    assert len(found) > 300
    for key, value in found.items():
        if value is None:  # a mark that could not be told from its neighbours
            assert key not in FIGURES
        else:
            assert FIGURES[key].value == value, key


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


def test_a_key_that_no_rule_knows_fails_the_scorecard(engine) -> None:
    figure = Figure("nobody.knows.it", 1, "printed", "s")
    with pytest.raises(ReportError, match=r"nobody\.knows\.it"):
        scored(figure, FIGURES, _Stub(is_demo=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "published_figures", lambda: {**FIGURES, figure.key: figure})
        with pytest.raises(ReportError, match="no rule of the scorecard") as caught:
            score(engine, empty_tables())
    assert len(str(caught.value).splitlines()) == 1


def test_every_rule_is_asked_by_some_key() -> None:
    keys = list(FIGURES)
    for rules in ALL_RULES:
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
