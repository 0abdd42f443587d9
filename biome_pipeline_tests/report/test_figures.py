"""Figures say what they show, in both themes, for the smallest and the oddest data."""

from __future__ import annotations

import io
import re
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pyarrow as pa
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import imread

from biome_pipeline.errors import SettingsError
from biome_pipeline.report.figures.genealogy import (
    creation_histogram,
    family_sizes,
    growth_curves,
    largest_families,
)
from biome_pipeline.report.figures.layered import layered_positions
from biome_pipeline.report.figures.statistics import Bars, bar_panels, fertility_intervals
from biome_pipeline.report.scales import is_steep, month_axis, months
from biome_pipeline.report.style import (
    THEMES,
    figure,
    styled,
    to_png,
    to_svg,
)
from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline_tests.report.drawn import (
    DRAWN,
    LABELS,
    N_FAMILIES,
    bars,
    creations,
    fertility,
    growth,
    sizes,
    texts_of,
    trees,
)
from biome_pipeline_tests.worlds.families import HOSTILE, draw_family, make_family

EMPTY = {
    "largest families": lambda theme: largest_families([], theme=theme),
    "growth": lambda theme: growth_curves(growth().slice(0, 0), {}, theme=theme),
    "creations": lambda theme: creation_histogram(creations().slice(0, 0), theme=theme),
    "sizes": lambda theme: family_sizes(sizes().slice(0, 0), theme=theme),
    "fertility": lambda theme: fertility_intervals(fertility().slice(0, 0), theme=theme),
}

N = {
    "grouped bars": "n = 12,345 models",
    "class lines": "n = 12,345 models",
    "rate curves": "n = 8,000 models",
    "largest families": "n = 94 models",
    # The ten largest of twelve: 12 to 3 times seven models in each of 30 months.
    "growth": f"n = {7 * 30 * sum(range(3, 13)):,} models",
    "creations": "n = 94",
    "sizes": "n = 7 families",
    "fertility": f"n = {50_000 - 10:,}",
    "bars": "n = 1,234",
    "similarity": "n = 9,000 to 9,024 pairs",
    "ladder": "n = 9,000 pairs",
    "weightings": "n = 9,000 pairs",
    # Two of neighbours, two over one value, and one back; the first pair is a tie.
    "drift graph": f"n = {2 * (40 - 2) + 2 * (30 - 2) + (100 - 20)} net transitions",
    "precedence": "n = 21 pairs",
    "marks": "n = 12,345 edges",
    "parent and child": "n = 12,000 edges",
    "quarters": f"n = {4 * 6 * 700:,} reporting edges",
    "changes": f"n = {4 * 2 * 3 * 700:,} reporting edges",
}


def spoken(svg: str) -> str:
    return ElementTree.fromstring(svg).get("aria-label")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", DRAWN)
def test_figures_say_n_and_look_the_same_again(name: str, theme: str) -> None:
    made = DRAWN[name](theme)
    svg = to_svg(made)
    assert svg == to_svg(DRAWN[name](theme))
    texts = texts_of(svg)
    assert N[name] in made.get_suptitle().splitlines()[0]
    # Text stays text.
    assert all(line in texts for line in made.get_suptitle().splitlines())
    assert spoken(svg) == made.get_label() != ""
    assert to_hex(made.get_facecolor()) == THEMES[theme].background
    image = imread(io.BytesIO(to_png(made, dpi=60)))
    assert image.shape[1] == round(60 * made.get_figwidth())
    assert image[..., :3].std() > 0.02


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", EMPTY)
def test_nothing_to_draw_is_said(name: str, theme: str) -> None:
    made = EMPTY[name](theme)
    assert made.axes == []
    # Nothing needs no height.
    assert made.get_figheight() < DRAWN[name](theme).get_figheight() / 2
    texts = texts_of(to_svg(made))
    assert any(text.endswith("(n = 0)") for text in texts)
    assert any(re.fullmatch("No (family|creation date) in this snapshot", text) for text in texts)


def test_what_is_drawn_is_what_the_title_says() -> None:
    few, some = largest_families(trees()), largest_families(trees(), most=20_000)
    assert few.get_suptitle().startswith("The 3 largest families on ")
    assert some.get_suptitle().startswith("The 3 largest families of at most 20,000 models on")
    # It may be any family, as the command line draws it.
    one = trees()[1]
    assert largest_families([one]).get_suptitle().startswith(f"The family of {one.root_id} on ")


def test_descriptions_tell_the_numbers() -> None:
    told = bar_panels([bars(), bars(0)], "By value", "").get_label()
    assert told == (
        "By value. Values (n = 1,234): owner/value-0 50.0 %, owner/value-1 25.0 %, "
        "owner/value-2 16.7 %; Values (n = 1,234): No model names a value."
    )
    told = fertility_intervals(fertility()).get_label()
    first, second = RELATIONS[:2]
    assert f": {first} 0.0 %; {second} 1.0 % (95 % interval 0.8 % to 9.0 %); " in told
    told = family_sizes(sizes()).get_label()
    assert told.endswith("The largest has 100 models, the median 7; the deepest has 4 generations.")
    assert "\u202e" not in growth_curves(growth(), dict.fromkeys(LABELS, HOSTILE[3])).get_label()


def test_some_never_reads_as_none_and_most_never_as_all() -> None:
    shares = (1.0, 0.9999, 0.9994, 0.0004, 0.0)
    items = tuple(f"owner/value-{number}" for number in range(len(shares)))
    panel = Bars("Values", items, tuple(10_000 * share for share in shares), shares, 10_000, "")
    texts = texts_of(to_svg(bar_panels([panel], "By value", "")))
    told = [text.partition(" (")[2] for text in texts if text.endswith("%)")]
    assert told == ["100.0 %)", ">99.9 %)", "99.9 %)", "<0.1 %)", "0.0 %)"]


def test_a_panel_that_stands_alone_has_one_title() -> None:
    texts = texts_of(to_svg(bar_panels([bars()], "By value", "A note")))
    assert [text for text in texts if "n = " in text] == ["By value, n = 1,234"]
    texts = texts_of(to_svg(bar_panels([bars(), bars()], "By value", "A note")))
    assert [text for text in texts if "n = " in text] == ["Values, n = 1,234"] * 2


def test_each_relation_is_one_artist_in_its_colour() -> None:
    family = draw_family(3, 60)
    look = THEMES["light"]
    made = largest_families([family])
    lines = made.axes[0].findobj(LineCollection)
    drawn = {
        next(n for n in RELATIONS if look.relations[n] == to_hex(line.get_colors()[0])): len(
            line.get_segments()
        )
        for line in lines
    }
    assert len(lines) == len(drawn) > 2
    assert drawn == {name: family.relation.count(name) for name in set(family.relation)}
    legend = {text.get_text() for text in made.legends[0].get_texts()}
    assert legend == {f"{name} ({n})" for name, n in drawn.items()}
    assert len(set(look.relations.values())) == len(RELATIONS)


def test_layers_are_generations_and_edges_join_their_models() -> None:
    family = draw_family(5, 200)
    x, y = layered_positions(family)
    assert np.floor(y).astype(int).tolist() == family.generation.tolist()
    assert x.min() >= 0
    assert x.max() <= 1
    dots = largest_families([family]).axes[0].findobj(PathCollection)
    assert max(len(dot.get_offsets()) for dot in dots) == 200
    segments = np.concatenate(
        [line.get_segments() for line in largest_families([family]).axes[0].findobj(LineCollection)]
    )
    places = set(zip(x.tolist(), y.tolist(), strict=True))
    assert {tuple(end) for end in segments.reshape(-1, 2).tolist()} <= places
    again = layered_positions(draw_family(5, 200))
    assert np.array_equal(x, again[0])
    assert np.array_equal(y, again[1])


def test_the_branches_of_a_tree_do_not_cross() -> None:
    # Without merges, lines between two layers keep the order of their parents.
    rng = np.random.default_rng(11)
    rows = [(int(rng.integers(max(v - 9, 0), v)), v, "finetune") for v in range(1, 90)]
    family = make_family([f"m{node:02}" for node in range(90)], rows)
    x, _ = layered_positions(family)
    for generation in range(family.depth):
        edges = np.flatnonzero(family.generation[family.parent] == generation)
        by_parent = edges[np.argsort(x[family.parent[edges]], kind="stable")]
        for one, next_one in pairwise(by_parent.tolist()):
            if family.parent[one] != family.parent[next_one]:
                assert x[family.child[one]] < x[family.child[next_one]]


def test_large_families_are_saved_as_pixels() -> None:
    rows = [(0, node, "quantized") for node in range(1, 2_503)]
    svg = to_svg(largest_families([make_family([f"m{n:04}" for n in range(2_503)], rows)]))
    assert len(svg) < 400_000
    assert "<image" in svg


def test_the_ten_largest_families_are_named_by_size() -> None:
    made = growth_curves(growth(), LABELS)
    names = [text.get_text() for text in made.axes[0].texts]
    expected = [f"{7 * 30 * (13 - f):,}  {LABELS[f]}" for f in range(1, 11)]
    assert names == expected
    heights = [text.get_position()[1] for text in made.axes[0].texts]
    assert np.all(np.diff(heights) < -0.07)
    assert min(heights) >= 0
    assert max(heights) <= 1.05
    # Lines that end together are named apart all the same, within the figure.
    level = growth().set_column(2, "n_models_cumulative", pa.array([7] * 30 * N_FAMILIES))
    heights = [text.get_position()[1] for text in growth_curves(level, LABELS).axes[0].texts]
    assert len(heights) == 10
    assert np.all(np.diff(heights) < -0.07)
    assert min(heights) >= 0
    unnamed = growth_curves(growth(1), {})
    assert unnamed.axes[0].texts[0].get_text() == "210  family 1"
    assert "the largest family," in unnamed.get_suptitle()


def test_scales_are_logarithmic_only_for_what_differs_much() -> None:
    assert creation_histogram(creations()).axes[0].get_yscale() == "linear"
    steep = creation_histogram(creations((5, 2, 9_000, 4))).axes[0]
    assert steep.get_yscale() == "log"
    assert steep.get_ylabel() == "Models created (log scale)"
    assert is_steep(np.array([0, 0, 1, 1, 31]))
    assert not is_steep(np.array([0, 0, 1, 1, 30]))


def test_backfilled_dates_are_hatched_and_counted() -> None:
    made = creation_histogram(creations())
    hatched = [bar for bar in made.axes[0].patches if bar.get_hatch()]
    assert [(bar.get_x() + bar.get_width() / 2, bar.get_height()) for bar in hatched] == [(626, 40)]
    assert any("(n = 40)" in text.get_text() for text in made.legends[0].get_texts())
    without = creation_histogram(creations(n_backfilled=0))
    assert not [bar for bar in without.axes[0].patches if bar.get_hatch()]
    assert len(without.legends[0].get_texts()) == 2


def test_months_are_marked_where_they_are() -> None:
    with styled():
        axes = figure(4, 3).subplots()
    found = months(pa.table({"month": [date(1970, 1, 1), date(2024, 12, 1)]}))
    assert found.tolist() == [0, 12 * 54 + 11]
    for first, last, expected in (
        ((2022, 3), (2022, 3), ["2022-03"]),
        ((2022, 3), (2022, 8), ["2022-03", "2022-04", "2022-05", "2022-06", "2022-07", "2022-08"]),
        ((2022, 3), (2026, 8), ["2023", "2024", "2025", "2026"]),
    ):
        month_axis(axes, *(12 * (year - 1970) + month - 1 for year, month in (first, last)))
        assert [text.get_text() for text in axes.get_xticklabels()] == expected


def test_sizes_and_depths_are_those_of_the_families() -> None:
    left, right = family_sizes(sizes()).axes
    line = left.lines[0].get_xydata().astype(int).tolist()
    assert line == [[1, 100], [2, 40], [3, 7], [5, 7], [6, 2], [7, 2]]
    bars = {round(bar.get_x() + bar.get_width() / 2): bar.get_height() for bar in right.patches}
    assert bars == {1: 5, 2: 1, 4: 1}
    one = family_sizes(sizes().slice(0, 1))
    assert one.get_suptitle().endswith("n = 1 family")
    assert one.axes[0].lines[0].get_xydata().tolist() == [[1, 100]]


def test_hostile_ids_are_drawn_as_they_are() -> None:
    families = [make_family([name, "b/b"], [(0, 1, "merge")]) for name in HOSTILE]
    labels = dict(enumerate(HOSTILE, start=1))
    curves = growth(len(HOSTILE), 3)
    for made in (largest_families(families), growth_curves(curves, labels)):
        svg = to_svg(made)
        assert len(to_png(made, dpi=50)) > 5_000
        assert "\u202e" not in svg
        assert "\x1b" not in svg
        assert any("$x_1^2$" in text or "{0}$" in text for text in texts_of(svg))


def test_the_state_of_matplotlib_is_left_as_it_was() -> None:
    before = dict(mpl.rcParams)
    with mpl.rc_context({"font.size": 40, "axes.grid": True, "svg.fonttype": "path"}):
        odd = to_svg(DRAWN["sizes"]("dark"))
        assert mpl.rcParams["font.size"] == 40
    assert dict(mpl.rcParams) == before
    assert odd == to_svg(DRAWN["sizes"]("dark"))


def test_a_figure_is_the_same_file_whatever_the_last_digit_of_its_place() -> None:
    svgs = []
    for bottom in (0.2, float(np.nextafter(0.2, 1))):
        with styled():
            made = Figure(figsize=(3, 3))
            for left in (0.1, 0.6):
                made.add_axes((left, bottom, 0.3, 0.3)).plot([0, 1])
        svgs.append(to_svg(made))
    assert svgs[0] == svgs[1]
    frames = re.findall(r'<clipPath id="(.*?)">', svgs[0])
    assert frames == ["clip-1", "clip-2"]
    assert {*re.findall(r"clip-path=\"url\(#(.*?)\)\"", svgs[0])} == {*frames}


def test_an_unknown_theme_is_refused() -> None:
    with pytest.raises(SettingsError, match="there is no theme sepia; choose light or dark"):
        largest_families([], theme="sepia")
