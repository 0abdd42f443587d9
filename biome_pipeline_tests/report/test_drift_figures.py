"""Figures of marks, numbers and quarters: what is there is drawn, what is not is said."""

from __future__ import annotations

import re

import pytest

from biome_pipeline.report.figures.drift_graph import drift_graph
from biome_pipeline.report.figures.marks import PUBLISHED, Kind, Mark, Part, Row, Scale
from biome_pipeline.report.figures.numeric import parent_child_means
from biome_pipeline.report.figures.precedence import precedence_map
from biome_pipeline.report.figures.quarters import FEWEST, quarter_changes, quarter_rates
from biome_pipeline.report.figures.rows import rows_of_marks
from biome_pipeline.report.figures.trait_classes import TRAIT_WORDS
from biome_pipeline.report.style import NARROW, THEMES, WIDTH, recoloured, to_svg
from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline_tests.report import drifting as rows
from biome_pipeline_tests.report.drawn import DRAWN, texts_of

BOTH_WIDTHS = pytest.mark.parametrize("width", [WIDTH, NARROW])


def test_marks_stand_at_their_values_and_kinds_without_any_are_not_named() -> None:
    kinds = {
        "own": Kind("our own"),
        "null": Kind("a null", "muted", "", is_band=True),
        "never": Kind("never drawn", "second", "x"),
    }
    line = Row("a row", (Mark("null", None, 0.2, 0.4), Mark("own", 0.3, 0.25, 0.5)), "n = 7")
    none = Row("unknown", (Mark("own", None), Mark("null", None, None, 0.4)))
    made = rows_of_marks(
        [Part("A part", (line, none))],
        kinds,
        Scale("Share", low=0, high=1, is_share=True, reference=0.5, beside="counted"),
        "Shares",
        counted="n = 12 edges",
        empty="nothing",
    )
    (axes,) = made.axes
    dots = [found for found in axes.lines if found.get_marker() == "o"]
    assert [found.get_xydata().tolist()[0][0] for found in dots] == [0.3]
    texts = texts_of(to_svg(made))
    for words in ("A part", "a row", "unknown", "n = 7", "counted", "our own", "a null", "40 %"):
        assert words in texts
    assert "never drawn" not in texts
    assert made.get_suptitle() == "Shares, n = 12 edges"
    assert made.get_label() == (
        "Shares, n = 12 edges. A part: a row (n = 7): a null 20.0 % to 40.0 %, our own 30.0 % "
        "(25.0 % to 50.0 %)."
    )


@pytest.mark.parametrize("span", [1.0, 3.0, 20.0, 400.0, 1e6])
def test_a_logarithmic_scale_is_marked_however_far_it_reaches(span: float) -> None:
    line = Row("a row", (Mark("own", 2.0), Mark("own", 2.0 * span)))
    for width in (WIDTH, NARROW):
        made = rows_of_marks(
            [Part("", (line,))],
            {"own": Kind("our own")},
            Scale("Ratio", is_log=True),
            "Ratios",
            counted="n = 2",
            empty="nothing",
            width=width,
        )
        to_svg(made)
        (axes,) = made.axes
        low, high = axes.get_xlim()
        assert low < 2.0 <= 2.0 * span < high
        shown = [tick for tick in axes.get_xticks() if low <= tick <= high]
        assert 1 <= len(shown) <= 9


@BOTH_WIDTHS
def test_arrows_run_from_the_mean_of_parents_to_that_of_children(width: float) -> None:
    own = [row for row in rows.numbers() if row["attribute"] == "card_characters"]
    made = parent_child_means(
        rows.table("drift.numeric", own), "Cards", "Mean number of characters", width=width
    )
    for panel in made.axes:
        ends = [
            line.get_xdata().tolist()
            for line in panel.lines
            if len(line.get_xdata()) == 2 and line.get_linewidth() == 1.6
        ]
        assert ends == [[6_000.0, 4_000.0]] * (1 + len(RELATIONS))
        dashed = [line for line in panel.lines if line.get_linestyle() == "--"]
        assert len(dashed) == 1
        assert dashed[0].get_ydata().tolist() == [0, 0]
    edge, parent = made.axes
    theirs = [
        [line for line in panel.lines if line.get_marker() == "D"] for panel in (edge, parent)
    ]
    assert [len(found) for found in theirs] == [1 + len(RELATIONS), 0]
    assert theirs[0][0].get_xdata()[0] == 4_402.0
    texts = texts_of(to_svg(made))
    for words in (
        "Every edge weighs the same (published)",
        "Every parent weighs the same",
        "all relations",
        "n = 12,000",
        "Mean number of characters",
        PUBLISHED.words,
    ):
        assert words in texts
    assert "n = 12,000 edges" in made.get_suptitle().replace("\n", " ")


@BOTH_WIDTHS
def test_quarters_of_few_families_are_not_drawn(width: float) -> None:
    kept = rows.quarters()
    few = rows.quarter(start=rows.date(2023, 1, 1), n_families=FEWEST - 1, rate=0.9)
    made = quarter_rates(rows.table("drift.by_quarter", [*kept, few]), width=width)
    same = quarter_rates(rows.table("drift.by_quarter", kept), width=width)
    assert made.get_label() == same.get_label()
    assert len(made.axes) == len(TRAIT_WORDS)
    expected = [row["rate"] for row in kept if (row["trait"], row["graph"]) == ("license", "all")]
    (line,) = (
        found
        for found in made.axes[0].lines
        if found.get_marker() == "o" and found.get_linestyle() == "-"
    )
    assert line.get_ydata() == pytest.approx(expected)
    n = sum(row["n_reporting"] for row in kept if row["graph"] == "all")
    assert f"n = {n:,} reporting edges" in made.get_suptitle().replace("\n", " ")


def test_parts_of_a_change_are_drawn_and_told() -> None:
    own = [row for row in rows.quarters() if row["graph"] == "all"]
    first = {**own[0], "change": None, "composition_part": None, "behaviour_part": None}
    made = quarter_changes(rows.table("drift.by_quarter", [first, *own[1:]]))
    (behaviour,) = (line for line in made.axes[0].lines if line.get_marker() == "o")
    # A first quarter has nothing to be compared with.
    assert len(behaviour.get_xdata()) == len(own) / len(TRAIT_WORDS) - 1
    assert set(behaviour.get_ydata()) == {0.03}
    assert "composition part 2.0 %, behaviour part 3.0 %" in made.get_label()


EMPTY = {
    "graph": lambda **how: drift_graph(
        rows.table("drift.orderings", []),
        rows.table("drift.transitions", []),
        "license",
        "W",
        **how,
    ),
    "precedence": lambda **how: precedence_map(
        (), rows.table("drift.precedence", []), "license", "W", **how
    ),
    "numeric": lambda **how: parent_child_means(
        rows.table("drift.numeric", [rows.numeric(parent=None, child=None)]), "W", "U", **how
    ),
    "rates": lambda **how: quarter_rates(
        rows.table("drift.by_quarter", [rows.quarter(n_families=1)]), **how
    ),
    "changes": lambda **how: quarter_changes(
        rows.table("drift.by_quarter", [rows.quarter(change=None)]), **how
    ),
    "rows": lambda **how: rows_of_marks(
        [Part("A", (Row("r", (Mark("m", None),)),))],
        {"m": Kind("m")},
        Scale("U"),
        "W",
        counted="n = 5",
        **how,
    ),
}


@BOTH_WIDTHS
@pytest.mark.parametrize("name", EMPTY)
def test_nothing_to_draw_is_said_with_a_reason(name: str, width: float) -> None:
    made = EMPTY[name](empty="The reason", width=width)
    assert made.axes == []
    texts = texts_of(to_svg(made))
    assert "The reason" in texts
    assert any(text.endswith("(n = 0)") for text in texts)
    assert not any("n = 5" in text for text in texts)


@BOTH_WIDTHS
@pytest.mark.parametrize(
    "name", ["drift graph", "precedence", "marks", "parent and child", "quarters", "changes"]
)
def test_a_recoloured_figure_is_the_dark_one(name: str, width: float) -> None:
    light, dark = (to_svg(DRAWN[name](theme, width=width)) for theme in THEMES)
    # Matplotlib names a marker after its colours.
    turned, drawn = (re.sub(r"\bm[0-9a-f]{10}\b", "m", svg) for svg in (recoloured(light), dark))
    assert turned == drawn
