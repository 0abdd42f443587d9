"""Words for drift follow from the numbers, and claim no more."""

from __future__ import annotations

import pytest

from biome_pipeline.report.site.directed import direction_findings, drift_orders, share_paragraphs
from biome_pipeline.report.site.drift import DRIFT
from biome_pipeline.report.site.numbers import number_findings
from biome_pipeline.report.site.overview import OVERVIEW
from biome_pipeline.report.site.rates import rate_findings, rates_of
from biome_pipeline.settings import Settings
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.report import drifting as rows
from biome_pipeline_tests.report.test_pages import made_of, section_of


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as opened:
        yield opened


def said(finding) -> str:
    """A sentence with plain blanks."""
    return finding.sentence.replace("\N{NO-BREAK SPACE}", " ")


def orders_of(engine, *found: dict, tests: list[dict] | None = None):
    tables = {"drift.ordering_summary": list(found)}
    if tests is not None:
        tables["drift.direction_tests"] = tests
    return drift_orders(made_of(engine, tables))


def test_the_published_number_of_values_is_taken_else_the_largest(engine) -> None:
    both = ("directions", "traffic")
    found = orders_of(
        engine,
        *(rows.summary("task", "all", o, top_n=10, published_n_drifts=None) for o in both),
        *(rows.summary("task", "all", o, top_n=20) for o in both),
        *(rows.summary("task", "finetune", o, top_n=10) for o in both),
        *(rows.summary("task", "finetune", o, top_n=20, published_n_drifts=None) for o in both),
        *(
            rows.summary("library", "all", o, top_n=n, published_n_drifts=None)
            for o in both
            for n in (20, 10)
        ),
    )
    assert {key: order.top_n for key, order in found.items()} == {
        ("task", "all"): 20,
        ("task", "finetune"): 10,
        ("library", "all"): 20,
    }


DIRECTED = "Licenses among all relations drift in a direction."
HELD_OUT = (
    "Of the mutations of families left out, 69.0 % run along the order of the others (95 % "
    "interval over halves 60.0 % to 76.0 %), where half would by chance."
)
NOISE = "0.280 bits a mutation, of noise 0.082"


@pytest.mark.parametrize(
    ("verdicts", "p_values", "expected"),
    [
        (
            ("directed", "one-dimensional"),
            (0.001, 0.459),
            f"{DIRECTED} {HELD_OUT} Symmetry is rejected (p 0.001; {NOISE}). One scale from "
            "upstream to downstream is enough (p 0.459).",
        ),
        (
            ("directed", "not one-dimensional"),
            (0.05, 0.02),
            f"{DIRECTED} {HELD_OUT} Symmetry is rejected (p 0.05; {NOISE}). One scale from "
            f"upstream to downstream is not enough (p 0.02; {NOISE} beyond it).",
        ),
        (
            ("no direction shown", "no direction shown"),
            (0.2, 0.4),
            f"Licenses among all relations: no direction is shown. {HELD_OUT} Symmetry is not "
            f"rejected (p 0.2; {NOISE}).",
        ),
        (
            ("no direction shown", "no direction shown"),
            (None, None),
            f"Licenses among all relations: no direction is shown. {HELD_OUT} There are too few "
            "families to test symmetry.",
        ),
    ],
)
def test_words_for_a_direction_follow_the_verdicts(engine, verdicts, p_values, expected) -> None:
    orders = orders_of(
        engine,
        rows.summary(objective="directions"),
        rows.summary(),
        tests=rows.direction_tests(verdicts=verdicts, p_values=p_values),
    )
    (finding,) = direction_findings(list(orders.values()))
    assert said(finding) == expected
    assert finding.n == 1_729


def test_without_a_mutation_or_a_half_nothing_is_made_up(engine) -> None:
    nobody = {"heldout_share": None, "heldout_ci_low": None, "heldout_ci_high": None}
    pair = [rows.summary(objective="directions"), rows.summary(**nobody)]
    none = rows.direction_tests(
        n_mutated=0.0, p_values=(None, None), verdicts=("no direction shown",) * 2
    )
    (finding,) = direction_findings(list(orders_of(engine, *pair, tests=none).values()))
    assert said(finding) == (
        "No edge changes the licenses among all relations: there is no direction to speak of."
    )
    assert finding.n == 0
    (finding,) = direction_findings(
        list(orders_of(engine, *pair, tests=rows.direction_tests()).values())
    )
    assert "left out" not in finding.sentence
    assert not list(direction_findings(list(orders_of(engine, *pair).values())))


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("beyond margins", "more than margins alone make"),
        ("within margins", "no more and no less than margins alone make"),
        ("below margins", "less than margins alone make"),
        ("not decided", "which the margins do not decide"),
    ],
)
def test_the_share_stands_beside_what_chance_explains(engine, verdict: str, words: str) -> None:
    orders = orders_of(
        engine, rows.summary(objective="directions", margin_verdict=verdict), rows.summary()
    )
    share, heldout = (
        text.replace("\N{NO-BREAK SPACE}", " ")
        for text in share_paragraphs(orders["license", "all"])
    )
    assert share == (
        "In this snapshot the best order of licenses among all relations explains 95.0 % of 97 "
        "drifts (published: 94.3 %). If a coin set each direction, the best order would still "
        "explain 77.0 % of them, and reach the share found in 0.5 % of trials. If every child "
        "that changed drew its new values whatever its parent had, the best order would explain "
        f"91.0 % to 98.0 %: the share is {words}."
    )
    assert heldout.endswith("So there is a direction, however little the share itself says.")


def test_what_the_nulls_do_not_say_is_left_out(engine) -> None:
    bare = rows.summary(
        objective="directions",
        drift_share_coin_null=None,
        drift_share_margin_null_low=None,
    )
    half = rows.summary(heldout_ci_low=0.5, published_drift_share=None)
    share, heldout = share_paragraphs(orders_of(engine, bare, half)["license", "all"])
    assert share.endswith("explains 95.0\N{NO-BREAK SPACE}% of 97 drifts.")
    assert heldout.endswith("The interval does not lie above half, so that no direction is shown.")
    none = rows.summary(objective="directions", n_drifts=0, **rows.share("drift_share", None))
    assert not list(share_paragraphs(orders_of(engine, none, half)["license", "all"]))
    assert not list(share_paragraphs(None))


def test_rates_are_said_with_silent_edges_and_bounds(engine) -> None:
    found = [rows.rate(), rows.rate("library", ci_low=None), rows.rate("task", rate=None)]
    contents = made_of(engine, {"drift.mutation_rates": found})
    license_, library = rate_findings(rates_of(contents))
    assert said(license_) == (
        "Licenses: 20.0 % change from parent to child (95 % interval over families 15.0 % to "
        "26.0 %), published 15.0 %. Of 12,000 edges 75.0 % report on both ends; whatever happened "
        "on the others, the rate of all lies from 15.0 % to 40.0 %."
    )
    assert said(library).startswith("Libraries: 20.0 % change from parent to child. Of 12,000")
    assert license_.n == 9_000


def test_numbers_are_said_as_they_are(engine) -> None:
    found = [
        rows.numeric(),
        rows.numeric("n_languages", parent=1.73, child=1.61, log_ratio=0.0),
        rows.numeric("is_auto_generated", parent=0.05, child=0.3, change=None, log_ratio=None),
    ]
    cards, languages, generated = number_findings(made_of(engine, {"drift.numeric": found}))
    assert said(cards) == (
        "Cards go from 6,000 characters of the parent to 4,000 of the child on average, a ratio "
        "of 0.667 (95 % interval over families 0.533 to 0.867); the median ratio of an edge is "
        "0.670, and 60.0 % of children have less than their parent."
    )
    assert "from 1.73 languages of the parent to 1.61" in said(languages)
    assert "median ratio of an edge is 1.000" in said(languages)
    assert said(generated).startswith(
        "Cards say that they were generated automatically for 5.0 % of parents (95 % interval 4.0 "
        "% to 6.5 %) and 30.0 % of children"
    )
    alone = rows.numeric(ratio_of_means_ci_low=None)
    (cards,) = number_findings(made_of(engine, {"drift.numeric": [alone]}))
    assert "interval" not in cards.sentence


@pytest.mark.parametrize(
    ("child", "change", "sign"),
    [(4_000.0, 0.5, "disagree"), (4_000.0, -0.2, "agree"), (8_000.0, 0.5, "agree")],
)
def test_whether_ratios_disagree_is_read_off_the_numbers(engine, child, change, sign) -> None:
    found = [rows.numeric(child=child, change=change)]
    section = section_of(
        DRIFT, made_of(engine, {"drift.numeric": found}), "Numbers from parent to child"
    )
    told = section.paragraphs[-1]
    assert told.startswith(f"Here the ratio of the mean lengths of cards is {child / 6_000:.3f}")
    assert f"the mean of the ratios {1 + change:.3f}" in told
    assert told.endswith(f"they {sign} in sign.")


def test_orders_that_are_not_proven_are_said_to_be_so(engine) -> None:
    unproven = {"is_optimal": False, "gap": 0.0213}
    tables = {
        **rows.DRIFT,
        "drift.ordering_summary": [
            rows.summary("license", "finetune", "directions"),
            rows.summary("license", "finetune", "traffic", n_unproven=12),
            rows.summary("license", "all", "directions"),
            rows.summary("license", "all", "traffic", **unproven),
        ],
    }
    told = section_of(DRIFT, made_of(engine, tables), "Licenses").paragraphs[0]
    assert told.replace("\N{NO-BREAK SPACE}", " ") == (
        "The order among all relations is the best that was found: none explains 2.1 % more. "
        "Of replicates among fine-tunes, 12 orders are not proven best."
    )
    both = section_of(DRIFT, made_of(engine, rows.DRIFT), "Licenses").paragraphs[0]
    assert both == "Both orders are proven to be the best."


@pytest.mark.parametrize(
    ("verdicts", "margins", "expected"),
    [
        (
            ("directed", "directed"),
            ("within margins", "beyond margins"),
            "Of the drift of traits, a direction is shown for licenses and tasks; its order "
            "explains more than margins alone would for tasks.",
        ),
        (
            ("directed", "no direction shown"),
            ("within margins", "below margins"),
            "Of the drift of traits, a direction is shown for licenses; none is shown for tasks; "
            "for none does the best order explain more drifts than margins alone would.",
        ),
        (
            ("no direction shown",) * 2,
            ("not decided",) * 2,
            "Of the drift of traits, none is shown for licenses and tasks; for none does the best "
            "order explain more drifts than margins alone would.",
        ),
    ],
)
def test_the_first_page_says_a_line_of_drift(engine, verdicts, margins, expected) -> None:
    tables = {
        "drift.ordering_summary": [
            rows.summary(trait, "all", objective, margin_verdict=margin)
            for trait, margin in zip(("license", "task"), margins, strict=True)
            for objective in ("directions", "traffic")
        ],
        "drift.direction_tests": [
            row
            for trait, verdict in zip(("license", "task"), verdicts, strict=True)
            for row in rows.direction_tests(trait, verdicts=(verdict, "one-dimensional"))
        ],
        "drift.mutation_rates": [rows.rate(), rows.rate("task")],
    }
    rate, direction = section_of(OVERVIEW, made_of(engine, tables), "Findings").findings
    assert said(direction) == expected
    assert direction.n == 2 * 1_729
    assert said(rate) == (
        "From parent to child traits change, of edges that report: licenses 20.0 % (95 % interval "
        "15.0 % to 26.0 %) and tasks 20.0 % (95 % interval 15.0 % to 26.0 %)."
    )


@pytest.mark.parametrize(
    ("difference", "ends", "expected"),
    [
        (-0.1, (-0.2, -0.01), "a fine-tune is more like its siblings than its parent:"),
        (0.1, (0.01, 0.2), "a fine-tune is more like its parent than its siblings:"),
        (0.1, (-0.01, 0.2), "is as like its parent as its siblings, as far as can be told:"),
        (-0.1, (-0.2, 0.0), "is as like its parent as its siblings, as far as can be told:"),
        (0.1, (None, None), None),
    ],
)
def test_the_first_page_says_a_line_of_similarity(engine, difference, ends, expected) -> None:
    row = {
        "graph": "finetune",
        "text": "metadata",
        "measure": "tfidf",
        "ablation": "traits",
        "n": 800,
        "n_missing": 2,
        "n_families": 40,
        "parent_mean": 0.7,
        "sibling_mean": 0.7 - difference,
        "difference": difference,
        "ci_low": ends[0],
        "ci_high": ends[1],
        "p_value": 0.003,
    }
    found = section_of(
        OVERVIEW, made_of(engine, {"similarity.matched": [row]}), "Findings"
    ).findings
    assert len(found) == (expected is not None)
    if expected:
        assert expected in said(found[0])
        assert f"{0.7:.3f} to the parent and {0.7 - difference:.3f} to siblings" in said(found[0])
