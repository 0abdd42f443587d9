"""Words for fitness follow from the numbers, and claim no more."""

from __future__ import annotations

import math

import pytest

from biome_pipeline.report.site.fitness_coverage import coverage_findings
from biome_pipeline.report.site.fitness_diagnostics import diagnostic_findings
from biome_pipeline.report.site.fitness_features import feature_findings
from biome_pipeline.report.site.fitness_groups import best_findings
from biome_pipeline.report.site.fitness_line import fitness_line
from biome_pipeline.report.site.fitness_mutations import mutation_findings
from biome_pipeline.report.site.fitness_regressions import nonlinear_words, outcome_findings
from biome_pipeline.report.site.fitness_spots import spots_compared
from biome_pipeline.report.site.fitness_words import (
    change,
    direction,
    interval,
    joined,
    ratio_text,
    ratios,
    so_many,
)
from biome_pipeline.settings import Settings
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.report import fitted_rows as rows
from biome_pipeline_tests.report.test_pages import made_of


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as opened:
        yield opened


def said(finding) -> str:
    """A sentence with plain blanks."""
    return finding.sentence.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("ratio", "words", "text"),
    [
        (1.3, "30 % more", "1.30"),
        (0.7, "30 % fewer", "0.70"),
        (1.004, "about as many", "1.00"),
        (0.996, "about as many", "1.00"),
        (1.99, "99 % more", "1.99"),
        (1.996, "2 times as many", "2.00"),
        (24.0, "24 times as many", "24.00"),
        (2.347, "2.3 times as many", "2.35"),
        (99.6, "100 times as many", "100"),
        (1_234.0, "1,234 times as many", "1,234"),
        (0.0231, "98 % fewer", "0.023"),
        (0.004, "over 99 % fewer", "0.004"),
        (0.0001, "over 99 % fewer", "<0.001"),
        (0.0, "none", "0"),
        (1e9, "over a million times as many", "over a million"),
    ],
)
def test_a_ratio_is_said_as_a_change(ratio: float, words: str, text: str) -> None:
    assert change(ratio).replace("\N{NO-BREAK SPACE}", " ") == words
    assert ratio_text(ratio) == text


def test_a_change_has_the_direction_of_its_ratio() -> None:
    for place in range(-400, 401):
        ratio = math.exp(place / 50)
        told = change(ratio)
        if ratio > 1.01:
            assert told.endswith(("more", "times as many")), ratio
        elif ratio < 0.99:
            assert told.endswith("fewer"), ratio


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(1.1, 2.0, 1), (0.2, 0.9, -1), (0.9, 1.1, 0), (1.0, 2.0, 0), (0.5, 1.0, 0), (None, 2.0, 0)],
)
def test_an_interval_that_touches_one_decides_nothing(low, high, expected) -> None:
    assert direction(low, high) == expected


def test_small_words() -> None:
    assert [so_many(x) for x in (0.0, 0.01234, 3.0, 12.34, 1_234.0, 98_765.0)] == [
        "0",
        "0.0123",
        "3",
        "12.3",
        "1,230",
        "98,800",
    ]
    assert interval(None, 2.0, ratio_text) == " (no interval can be had)"
    assert [joined(list("abc")[:n]) for n in (1, 2, 3)] == ["a", "a and b", "a, b and c"]
    assert ratios(rows.term(estimate=0.0, ci_low=None, ci_high=5_000.0))[:2] == (1.0, None)


def terms_of(*found: dict) -> dict:
    return {(row["outcome"], row["model"], row["term"]): row for row in found}


def told_of(*found: dict) -> list[str]:
    return [said(f) for f in outcome_findings(terms_of(*found), "descendants")]


SURE = {"ci_low": math.log(1.18), "ci_high": math.log(1.44)}


def test_what_is_decided_and_what_is_not_are_said_apart() -> None:
    told = told_of(
        rows.term(**SURE),
        rows.term(name="uses_gqa", estimate=math.log(0.5), ci_low=-1.0, ci_high=-0.4),
        rows.term(name="context_length", ci_low=-0.2, ci_high=0.8),
        # Controls and indicators are no traits.
        rows.term(name="age", term_kind="control"),
    )
    assert told == [
        "Descendants: twice the parameters, 30 % more (ratio 1.30, 95 % interval 1.18 to 1.44); "
        "with grouped queries, 50 % fewer (ratio 0.50, 95 % interval 0.37 to 0.67).",
        "Descendants, not decided: context length (ratio 1.30, 95 % interval 0.82 to 2.23).",
    ]


def test_other_models_and_adjusting_may_gainsay() -> None:
    (told,) = told_of(
        rows.term(p_adjusted=0.06, **SURE),
        rows.term(model="negative_binomial", estimate=math.log(0.9)),
    )
    assert told.endswith(
        "1.44), not significant once adjusted for the number of terms, but 10 % fewer by the "
        "negative binomial with all traits."
    )
    (same,) = told_of(rows.term(**SURE), rows.term(model="negative_binomial", estimate=0.01))
    assert "negative binomial" not in same


def test_sentences_rest_on_their_n_and_missing_share() -> None:
    (found,) = outcome_findings(terms_of(rows.term(n=750, n_missing=250, **SURE)), "descendants")
    assert (found.n, found.share_missing) == (750, 0.25)
    assert list(outcome_findings({}, "descendants")) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"p_value": 0.05, "statistic": 3.2},
            "The curve bends (F 3.2, p 0.05): no one ratio per doubling tells it.",
        ),
        ({"p_value": 0.051, "statistic": 3.1}, "That it bends is not shown (F 3.1, p 0.051)."),
        (
            {"reason": "too few clusters"},
            "Whether it bends cannot be tested: too few clusters.",
        ),
    ],
)
def test_words_for_a_bend(values: dict, expected: str) -> None:
    row = rows.term(
        model="poisson_spline",
        name="nonlinear(parameters)",
        **{**rows.NO_ESTIMATE, "term_kind": "test", **values},
    )
    assert nonlinear_words(terms_of(row), "descendants", "parameters") == expected
    assert nonlinear_words(terms_of(row), "downloads", "parameters") == ""
    assert nonlinear_words(terms_of(row), "descendants", "context_length") == ""


def best_of(*found: dict) -> list[str]:
    return [said(f) for f in best_findings(found, "bin", "usual sizes", "near {}".format)]


@pytest.mark.parametrize(
    ("probability", "end"),
    [
        (0.95, "With roots drawn anew it is best in 95.0 % of draws."),
        (0.949, "With roots drawn anew it is best in 94.9 % of draws: not decided."),
        (None, "There are too few roots to say how sure that is."),
    ],
)
def test_the_best_is_sure_only_in_nearly_all_draws(probability, end: str) -> None:
    best = {**rows.BEST, "probability_best_descendants": probability}
    descendants, downloads = best_of(rows.group(bin="3B"), rows.group(bin="7B", **best))
    assert descendants == (
        "Of usual sizes, most descendants by the robust rule: near 7B, with 2.5 descendants per "
        f"model and year (n = 900, 95 % interval 1.5 to 4.5). {end}"
    )
    assert "near 7B, with 800 downloads per model and 30 days" in downloads


def test_the_best_of_one_is_said_to_be_that() -> None:
    # Others have too few models to be best.
    few = {"is_best_descendants": None, "is_best_downloads": None, "n": 4}
    told, _ = best_of(rows.group(bin="3B", **few), rows.group(bin="7B", **rows.BEST))
    assert told.endswith("It is the only one with enough models, so that it is best of one.")
    none, _ = best_of(rows.group(bin="3B", **few))
    assert none == (
        "Of usual sizes, most descendants by the robust rule: none can be named, as none has more "
        "than 10 models with known descendants."
    )
    assert best_of() == []


def features_of(*found: dict) -> list[str]:
    impact = {(row["feature"], row["outcome"], row["rule"]): row for row in found}
    return [said(f) for f in feature_findings(impact)]


UNKNOWN = "It is not known of 1,000 models."
PUBLISHED = "By the published rule models with it have 50 % more (ratio 1.50, 95 % interval"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {},
            "Grouped queries and descendants: matched, models with it have 30 % more (ratio 1.30, "
            "95 % interval 1.10 to 1.60), p 0.01, adjusted 0.03.",
        ),
        (
            {"ci_low": 0.9},
            "Grouped queries and descendants: matched, it is not decided; models with it have 30 % "
            "more (ratio 1.30, 95 % interval 0.90 to 1.60), p 0.01, adjusted 0.03.",
        ),
        (
            {"p_adjusted": 0.051},
            "Grouped queries and descendants: matched, models with it have 30 % more (ratio 1.30, "
            "95 % interval 1.10 to 1.60), p 0.01, adjusted 0.051, which is not significant.",
        ),
        (
            {"p_value": None, "p_adjusted": None, "reason": "nothing can be exchanged"},
            "Grouped queries and descendants: matched, models with it have 30 % more (ratio 1.30, "
            "95 % interval 1.10 to 1.60), no p-value: nothing can be exchanged.",
        ),
        (
            {"effect": None, "reason": "no stratum has both kinds."},
            "Grouped queries and descendants: matched, there is no ratio: no stratum has both "
            "kinds.",
        ),
    ],
)
def test_words_for_a_feature(values: dict, expected: str) -> None:
    (alone,) = features_of(rows.impact(**values))
    assert alone == f"{expected} {UNKNOWN}"
    (both,) = features_of(rows.impact(**values), rows.impact(rule="published"))
    assert both == f"{expected} {PUBLISHED} 1.20 to 2.10). {UNKNOWN}"


def test_coverage_is_said_with_its_differences() -> None:
    found = {row["attribute"]: row for row in rows.coverages()}
    models, differ = (said(f) for f in coverage_findings(found))
    assert models == "10,000 of 40,000 models (25.0 %) have a config that was read."
    assert "have more likes (0.80, 95 % interval 0.70 to 0.90)" in differ
    assert "have relatives more often" in differ
    assert "are younger (-0.30, 95 % interval -0.40 to -0.20)." in differ
    assert "not decided whether they differ in children (0.05, 95 % interval -0.02" in differ
    assert list(coverage_findings({})) == []


def diagnosed(*found: dict) -> list[str]:
    return [said(f) for f in diagnostic_findings(found)]


def test_inflated_terms_are_named_largest_first() -> None:
    told = diagnosed(
        rows.diagnostic(name="parameters", variance_inflation=10.0),
        rows.diagnostic(name="hidden_size", variance_inflation=1_234.5),
        rows.diagnostic(name="vocab_size", variance_inflation=9.99),
        rows.diagnostic(name="missing(vocab_size)", variance_inflation=99.0),
        rows.diagnostic("poisson_reduced", variance_inflation=2.345),
    )
    assert told == [
        "With all traits, do not read alone (variance inflation): hidden size (1,234) and "
        "parameters (10), and 1 control or indicator.",
        "With parameters the only size, every coefficient can be read alone: variance inflation "
        "is 2.3 at most (parameters).",
    ]


@pytest.mark.parametrize(
    ("whole", "traits", "expected"),
    [
        (
            (0.4, 0.3, 0.5),
            ((0.1, 0.05, 0.2),),
            "A forest explains 40.0 % of the variation of descendants among 2,000 models of other "
            "roots (95 % interval 30.0 % to 50.0 %). It leans most on parameters (10.0 %, 5.0 % to "
            "20.0 %).",
        ),
        (
            (0.4, 0.3, 0.5),
            ((0.1, -0.05, 0.2),),
            "A forest explains 40.0 % of the variation of descendants among 2,000 models of other "
            "roots (95 % interval 30.0 % to 50.0 %). No single trait is shown to matter to it.",
        ),
        (
            (-0.1, -0.3, 0.1),
            ((0.1, 0.05, 0.2),),
            "A forest explains -10.0 % of the variation of descendants among 2,000 models of other "
            "roots (95 % interval -30.0 % to 10.0 %). That it explains any is not decided, and no "
            "trait's importance means much.",
        ),
    ],
)
def test_words_for_a_forest(whole, traits, expected: str) -> None:
    found = [rows.diagnostic("forest_descendants", "(all)", **rows.ended("importance", *whole))]
    found += [
        rows.diagnostic("forest_descendants", "parameters", **rows.ended("importance", *ends))
        for ends in traits
    ]
    assert diagnosed(*found) == [expected]


def test_words_for_config_mutations() -> None:
    kinds = [
        rows.mutation_kind(share_changed=0.8, ci_low=0.7, ci_high=0.9),
        rows.mutation_kind("dtype_changed", share_changed=0.1),
        rows.mutation_kind("quantized", share_changed=0.2),
        rows.mutation_kind("quantized", "merge", share_changed=0.9),
        rows.mutation_kind("layers_added", n_changed=0, share_changed=0.0),
    ]
    facts = [rows.mutation(), rows.mutation("dtype", share_changed=0.1)]
    told = [said(f) for f in mutation_findings(kinds, facts)]
    assert told[0] == (
        "80.0 % of children keep the config of their parent whole (95 % interval 70.0 % to "
        "90.0 %); of 5,000 edges 40.0 % tell."
    )
    assert told[1].startswith(
        "The commonest changes, each of the edges that tell of it: quantized 20.0 % (95 % "
    )
    assert "layers" not in told[1]
    assert "vocabulary: on 15.0 % of reporting edges" in told[2]
    assert "(80 of 300 changes)" in told[2]
    assert list(mutation_findings([], [])) == []


def test_whether_7b_is_fitter_is_answered_by_the_interval(engine) -> None:
    contents = made_of(engine, {"inference.findings": rows.findings()})
    told = [said(f) for f in spots_compared(contents)]
    assert told == [
        "Yes, models near 7B are fitter than those near 13B by descendants: 40 % more (ratio of "
        "rates 1.40, 95 % interval 1.10 to 1.90, p 0.01, adjusted 0.03).",
        "Whether models near 7B are fitter than those near 70B by descendants is not decided: "
        "40 % more (ratio of rates 1.40, 95 % interval 0.80 to 1.90, p 0.01, adjusted 0.03).",
        "No, models near 7B are less fit than those near 13B by downloads in 30 days: 50 % fewer "
        "(ratio of rates 0.50, 95 % interval 0.30 to 0.80, p 0.01, adjusted 0.03).",
        "Whether models near 7B have more downloads in 30 days than those near 70B cannot be said. "
        "Reason: no models.",
    ]


def test_the_line_of_the_first_page_admits_what_is_open(engine) -> None:
    open_ = rows.term(ci_low=-0.1, ci_high=0.7)
    (told,) = (said(f) for f in fitness_line(made_of(engine, {"fitness.regressions": [open_]})))
    assert told.endswith(
        "twice the parameters go with 30 % more descendants (ratio 1.30, 95 % interval 0.90 to "
        "2.01), not decided."
    )
    spots = [
        rows.group(bin="7B", **{**rows.BEST, "probability_best_descendants": None}),
        rows.group(bin="13B"),
    ]
    (found,) = fitness_line(made_of(engine, {"fitness.sweet_spots": spots}))
    assert said(found) == (
        "Of fitness: of the usual sizes models near 7B have most descendants by year, with too "
        "few roots to say how sure that is."
    )
    assert found.n == 900
    assert list(fitness_line(made_of(engine, {}))) == []
