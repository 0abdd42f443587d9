"""Bars, lines and curves of fitness: what is there is drawn, what is not is said."""

from __future__ import annotations

import re

import numpy as np
import pytest

from biome_pipeline.report.figures.fitness_bars import (
    Bar,
    BarPanel,
    Group,
    grouped_bars,
    log_ends,
)
from biome_pipeline.report.figures.fitness_curves import rate_curves
from biome_pipeline.report.figures.fitness_lines import Line, LinePanel, class_lines
from biome_pipeline.report.figures.marks import Kind, Mark, Scale
from biome_pipeline.report.scales import compact
from biome_pipeline.report.style import NARROW, THEMES, WIDTH, recoloured, to_svg
from biome_pipeline_tests.report import fitted_rows as rows
from biome_pipeline_tests.report.drawn import DRAWN, texts_of

BOTH_WIDTHS = pytest.mark.parametrize("width", [WIDTH, NARROW])
KINDS = {"theirs": Kind("their rule", "4", "s", is_hollow=True), "ours": Kind("our rule")}


def bars(*given: tuple, is_log: bool = False, **how):
    """Groups of one bar each, of value, ends and n."""
    groups = tuple(Group(f"g{place}", (Bar("ours", *bar),)) for place, bar in enumerate(given))
    panel = BarPanel("Mean", Scale("Unit", is_log=is_log), groups)
    return grouped_bars([panel], KINDS, "What", counted="n = 12 models", empty="The reason", **how)


@BOTH_WIDTHS
@pytest.mark.parametrize("is_log", [False, True])
def test_bars_and_intervals_end_at_their_values(is_log: bool, width: float) -> None:
    made = bars((30.0, 20.0, 50.0, 7), (400.0, None, None, 1_234), is_log=is_log, width=width)
    (axes,) = made.axes
    ends = [bar.get_x() + bar.get_width() for bar in axes.patches]
    assert ends == pytest.approx([30.0, 400.0])
    spans = [line.get_xdata().tolist() for line in axes.lines if len(line.get_xdata()) == 2]
    # The second has no interval.
    assert spans == [[20.0, 50.0]]
    texts = texts_of(to_svg(made))
    for words in ("7", "1,234", "g0", "g1", "our rule", "Unit", "Mean", "n"):
        assert words in texts
    assert "their rule" not in texts
    assert axes.get_xlim()[0] == (10.0 if is_log else 0.0)
    assert made.get_label() == (
        "What, n = 12 models. Mean, g0, our rule (n = 7): 30 (20 to 50); "
        "Mean, g1, our rule (n = 1,234): 400."
    )


@pytest.mark.parametrize("is_log", [False, True])
def test_no_mean_and_a_mean_of_nothing_are_told_apart(is_log: bool) -> None:
    made = bars(
        (0.0, 0.0, 0.0, 5),
        (None, None, None, 3),
        (None, None, None, 0),
        (9.0, 8.0, 10.0, 4),
        is_log=is_log,
    )
    (axes,) = made.axes
    assert len(axes.patches) == 1
    texts = [text for text in texts_of(to_svg(made)) if text in {"0", "not known", "no model"}]
    # A linear scale has a 0 of its own, and so has the group without models.
    assert sorted(set(texts)) == ["0", "no model", "not known"]
    assert "g0, our rule (n = 5): 0 (0 to 0)" in made.get_label()
    assert "g2, our rule (n = 0): not known" in made.get_label()


@pytest.mark.parametrize(
    ("n", "value", "words"), [(3, None, "not known"), (0, None, "no model"), (3, 0.0, "0")]
)
def test_a_bar_that_is_not_there_says_why(n: int, value: float | None, words: str) -> None:
    texts = texts_of(to_svg(bars((20.0, None, None, 7), (value, None, None, n), is_log=True)))
    said = [text for text in texts if text in {"not known", "no model", "0"}]
    # The group without models has n 0, too.
    assert said.count(words) == 1
    assert len(said) == (2 if not n else 1)


def test_an_interval_that_reaches_nothing_ends_in_an_arrow() -> None:
    for is_log, n_arrows in ((True, 1), (False, 0)):
        made = bars((30.0, 0.0, 50.0, 7), (40.0, 35.0, 45.0, 7), is_log=is_log)
        (axes,) = made.axes
        arrows = [line for line in axes.lines if line.get_marker() == "<"]
        assert len(arrows) == n_arrows
        assert all(line.get_xdata()[0] == axes.get_xlim()[0] for line in arrows)
        # It is that of the first bar, which stands above the other.
        assert all(line.get_ydata()[0] < axes.patches[1].get_y() for line in arrows)


def test_a_logarithmic_scale_begins_at_a_power_of_ten_below_every_bar() -> None:
    rng = np.random.Generator(np.random.PCG64(3))
    for _ in range(200):
        values = (10 ** rng.uniform(-3, 6, 5)).tolist()
        spread = rng.uniform(1.0, 30.0)
        low, high = log_ends(
            [*values, 0.0, None], [v / spread for v in values], [v * spread for v in values]
        )
        assert np.log10(low) == pytest.approx(round(np.log10(low)))
        assert low <= min(values) / 1.5
        assert low > min(values) / 1_000
        assert high > max(values) * spread
    assert log_ends([0.0, None], [0.0], [0.0]) == (0.1, 10.0)


def lines(*marks: Mark, is_log: bool = False, width: float = WIDTH, n: int = 12):
    names = [f"c{place}" for place in range(len(marks))]
    panel = LinePanel("Mean", Scale("Unit", is_log=is_log), (Line("ours", marks),))
    return class_lines(
        names,
        [panel],
        KINDS,
        {"ours": ("ours", [n] * len(marks)), "theirs": ("theirs", [1] * len(marks))},
        "What",
        axis="Class",
        counted="n = 12 models",
        empty="The reason",
        width=width,
    )


@BOTH_WIDTHS
def test_points_of_lines_stand_at_their_values_with_n_below(width: float) -> None:
    made = lines(
        Mark("", 3.0, 2.0, 5.0), Mark("", None), Mark("", 0.0, 0.0, 0.0), is_log=True, width=width
    )
    (axes,) = made.axes
    (line,) = (found for found in axes.lines if found.get_marker() == "o")
    assert line.get_ydata()[0] == 3.0
    # Neither what is not known nor a 0 has a place on a logarithmic scale.
    assert np.isnan(line.get_ydata()[1:]).all()
    spans = [found.get_ydata() for found in axes.lines if len(found.get_ydata()) == 2]
    assert [list(span) for span in spans] == [[2.0, 5.0]]
    texts = texts_of(to_svg(made))
    assert texts.count("0") == 1
    for words in ("n, ours", "c0", "c2", "Class", "Unit", "our rule"):
        assert words in texts
    assert texts.count("12") == 3
    assert "n, theirs" not in texts
    assert "c2 (n = 12): 0 (0 to 0)" in made.get_label()


def test_counts_lose_digits_only_where_there_is_no_room() -> None:
    marks = (Mark("", 1.0, 0.5, 2.0),) * 6
    assert "2,161,698" in texts_of(to_svg(lines(*marks, n=2_161_698)))
    narrow = texts_of(to_svg(lines(*marks, n=2_161_698, width=NARROW)))
    assert "2.16M" in narrow
    assert "1,234" in texts_of(to_svg(lines(*marks, n=1_234, width=NARROW)))


def curve(width: float = WIDTH, theme: str = "light", trait: str = "parameters", **values):
    own = [{**row, **values} for row in rows.curves() if row["trait"] == trait]
    return rate_curves(
        rows.table("fitness.curves", own),
        {"descendants": "Descendants", "downloads": "Downloads"},
        "Fitness over size",
        axis="Parameters",
        counted="n = 8,000 models",
        empty="The reason",
        width=width,
        theme=theme,
    )


@BOTH_WIDTHS
def test_a_curve_has_its_band_its_interval_and_its_models(width: float) -> None:
    made = curve(width)
    assert len(made.axes) == 4
    own = [r for r in rows.curves() if (r["outcome"], r["trait"]) == ("descendants", "parameters")]
    axes, strip = (made.axes[0], made.axes[2]) if width == WIDTH else made.axes[:2]
    low, high, middle = axes.lines[:3]
    assert low.get_ydata() == pytest.approx([row["ci_low"] for row in own])
    assert high.get_ydata() == pytest.approx([row["ci_high"] for row in own])
    assert middle.get_ydata() == pytest.approx([row["estimate"] for row in own])
    assert middle.get_xdata() == pytest.approx([row["value"] for row in own])
    (band,) = axes.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert heights.max() == pytest.approx(max(row["band_high"] for row in own))
    assert heights.min() == pytest.approx(min(row["band_low"] for row in own))
    (strokes,) = strip.collections
    assert [path.vertices[1, 1] for path in strokes.get_paths()] == [r["n_near"] for r in own]
    assert {axes.get_xscale(), axes.get_yscale()} == {"log"}
    texts = texts_of(to_svg(made))
    for words in ("Descendants", "Downloads", "1B", "Parameters (log scale)", "n near", "rate"):
        assert words in texts
    assert re.search(
        r"Descendants \(n = 8,000\), relative rate at 100M: .* highest at", made.get_label()
    )


def test_a_band_that_reaches_very_far_leaves_the_curve_to_be_seen() -> None:
    made = curve(band_high=1e30, band_low=1e-30)
    low, high = made.axes[0].get_ylim()
    assert high / low < 1_000
    bare = curve(band_high=None, band_low=None, ci_low=None, ci_high=None)
    assert to_svg(bare)
    assert "band" not in bare.get_label()


@pytest.mark.parametrize("span", [1.0, 1.5, 4.0, 40.0, 1e4, 1e7])
def test_the_scale_of_a_curve_is_marked_however_far_it_reaches(span: float) -> None:
    own = [r for r in rows.curves() if (r["outcome"], r["trait"]) == ("descendants", "parameters")]
    ends = [{**own[0], "value": 1.3e9}, {**own[-1], "value": 1.3e9 * span}]
    for width in (WIDTH, NARROW):
        made = rate_curves(
            rows.table("fitness.curves", ends[: 1 if span == 1.0 else 2]),
            {"descendants": "Descendants"},
            "W",
            axis="Parameters",
            counted="n = 2",
            empty="The reason",
            width=width,
        )
        to_svg(made)
        low, high = made.axes[-1].get_xlim()
        shown = [tick for tick in made.axes[-1].get_xticks() if low <= tick <= high]
        assert 1 <= len(shown) <= 6


def test_large_numbers_are_written_in_a_few_characters() -> None:
    given = (7, 999, 999.7, 1_000, 2_048, 7.24e9, 999_600_000, 70e9, 1.2e12)
    expected = ("7", "999", "1k", "1k", "2.05k", "7.24B", "1B", "70B", "1.2T")
    assert tuple(compact(number) for number in given) == expected


@BOTH_WIDTHS
@pytest.mark.parametrize(
    "draw",
    [
        lambda width: bars((None, None, None, 0), width=width),
        lambda width: lines(Mark("", None), width=width),
        lambda width: rate_curves(
            rows.table("fitness.curves", []),
            {"descendants": "Descendants"},
            "What",
            axis="Parameters",
            counted="n = 5",
            empty="The reason",
            width=width,
        ),
    ],
)
def test_nothing_to_draw_is_said_with_a_reason(draw, width: float) -> None:
    made = draw(width)
    assert made.axes == []
    texts = texts_of(to_svg(made))
    assert "The reason" in texts
    assert any(text.endswith("(n = 0)") for text in texts)


@BOTH_WIDTHS
@pytest.mark.parametrize("name", ["grouped bars", "class lines", "rate curves"])
def test_a_recoloured_figure_is_the_dark_one(name: str, width: float) -> None:
    light, dark = (to_svg(DRAWN[name](theme, width=width)) for theme in THEMES)
    # Matplotlib names a marker after its colours.
    turned, made = (re.sub(r"\bm[0-9a-f]{10}\b", "m", svg) for svg in (recoloured(light), dark))
    assert turned == made
