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
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.image import imread

from biome_pipeline.errors import SettingsError
from biome_pipeline.report.figures.genealogy import (
    creation_histogram,
    family_sizes,
    growth_curves,
    largest_families,
)
from biome_pipeline.report.figures.layered import layered_positions
from biome_pipeline.report.scales import is_steep, month_axis, months
from biome_pipeline.report.style import (
    NARROW,
    THEMES,
    WIDTH,
    figure,
    label,
    model_label,
    styled,
    to_png,
    to_svg,
)
from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline_tests.worlds.families import HOSTILE, draw_family, make_family

N_FAMILIES = 12
LABELS = {family: f"owner-{family}/model-{family}" for family in range(1, N_FAMILIES + 1)}


def growth(n_families: int = N_FAMILIES, n_months: int = 30, factor: int = 7) -> pa.Table:
    """Family f of n has ``factor * (n + 1 - f)`` more models each month."""
    rows = [
        (family, date(2022 + m // 12, m % 12 + 1, 1), factor * (n_families + 1 - family) * (m + 1))
        for m in range(n_months)
        for family in range(1, n_families + 1)
    ]
    names = ("family_id", "month", "n_models_cumulative")
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})


def creations(n_models: tuple[int, ...] = (50, 3, 20, 21), n_backfilled: int = 40) -> pa.Table:
    return pa.table(
        {
            # A month without models has no row.
            "month": [
                date(2022, 3, 1),
                *(
                    date(2022 + (4 + m) // 12, (4 + m) % 12 + 1, 1)
                    for m in range(len(n_models) - 1)
                ),
            ],
            "n_models": n_models,
            "n_related": [n // 3 for n in n_models],
            "n_backfilled": [n_backfilled, *[0] * (len(n_models) - 1)],
        }
    )


def sizes() -> pa.Table:
    return pa.table({"n_models": [100, 40, 7, 7, 7, 2, 2], "depth": [4, 2, 1, 1, 1, 1, 1]})


def trees() -> list:
    return [draw_family(seed, n) for seed, n in enumerate((80, 12, 2))]


DRAWN = {
    "largest families": lambda theme, **size: largest_families(trees(), theme=theme, **size),
    "growth": lambda theme, **size: growth_curves(growth(), LABELS, theme=theme, **size),
    "creations": lambda theme, **size: creation_histogram(creations(), theme=theme, **size),
    "sizes": lambda theme, **size: family_sizes(sizes(), theme=theme, **size),
}

EMPTY = {
    "largest families": lambda theme: largest_families([], theme=theme),
    "growth": lambda theme: growth_curves(growth().slice(0, 0), {}, theme=theme),
    "creations": lambda theme: creation_histogram(creations().slice(0, 0), theme=theme),
    "sizes": lambda theme: family_sizes(sizes().slice(0, 0), theme=theme),
}

N = {
    "largest families": "n = 94 models",
    # The ten largest of twelve: 12 to 3 times seven models in each of 30 months.
    "growth": f"n = {7 * 30 * sum(range(3, 13)):,} models",
    "creations": "n = 94",
    "sizes": "n = 7 families",
}


def texts_of(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [
        "".join(text.itertext()).strip() for text in root.iter("{http://www.w3.org/2000/svg}text")
    ]


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
    texts = texts_of(to_svg(made))
    assert any(text.endswith("(n = 0)") for text in texts)
    assert any(re.fullmatch("No (family|creation date) in this snapshot", text) for text in texts)


@pytest.mark.parametrize("width", [WIDTH, NARROW])
def test_no_text_overlaps_or_leaves_the_figure(width: float) -> None:
    for name, draw in DRAWN.items():
        made = draw("light", width=width)
        with styled():
            canvas = FigureCanvasAgg(made)
            canvas.draw()
            renderer = canvas.get_renderer()
            found = [text for text in made.findobj(mpl.text.Text) if text.get_text().strip()]
            # Ticks beyond the ends of a scale exist but are not drawn.
            ticks = {
                tick
                for axes in made.axes
                for axis in (axes.xaxis, axes.yaxis)
                for tick in axis.get_ticklabels(which="both")
            }
            boxes = [
                (text.get_text(), text.get_window_extent(renderer))
                for text in found
                if text.get_visible() and text not in ticks
            ]
        assert len(boxes) > 3, name
        for place, (text, box) in enumerate(boxes):
            assert box.x0 >= 0, (name, text)
            assert box.y0 >= 0, (name, text)
            assert box.x1 <= made.bbox.x1 + 1, (name, text)
            assert box.y1 <= made.bbox.y1 + 1, (name, text)
            for other, other_box in boxes[:place]:
                assert not box.overlaps(other_box), (name, text, other)


@pytest.mark.parametrize("width", [WIDTH, NARROW])
def test_dates_below_a_scale_stand_apart(width: float) -> None:
    for name in ("growth", "creations"):
        draw = {"growth": lambda: growth_curves(growth(n_months=41), LABELS, width=width)}.get(
            name, lambda: creation_histogram(creations((9,) * 41), width=width)
        )
        made = draw()
        with styled():
            canvas = FigureCanvasAgg(made)
            canvas.draw()
            axes = made.axes[0]
            low, high = axes.get_xlim()
            boxes = [
                tick.label1.get_window_extent(canvas.get_renderer())
                for tick in axes.xaxis.get_major_ticks()
                if low <= tick.get_loc() <= high
            ]
        assert len(boxes) >= 2, name
        assert all(one.x1 < other.x0 for one, other in pairwise(boxes)), name


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
    assert "n = 1 family\n" in one.get_suptitle()
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


def test_labels_lose_their_middle_and_what_the_font_lacks() -> None:
    assert label("short/id") == "short/id"
    assert label("0123456789", 5) == "01…89"
    assert label("0123456789", 6) == "012…89"
    assert label("a\U0001f917b\u202e") == "a□b\\u202e"
    for name in HOSTILE:
        assert len(label(name, 20)) <= 20
        assert len(model_label(name, 20)) <= 20
    assert model_label("owner/name", 10) == "owner/name"
    assert model_label("owner/long-name", 11) == "…/long-name"
    assert model_label("owner/a-very-long-name", 9) == "…/a-…name"


def test_the_state_of_matplotlib_is_left_as_it_was() -> None:
    before = dict(mpl.rcParams)
    with mpl.rc_context({"font.size": 40, "axes.grid": True, "svg.fonttype": "path"}):
        odd = to_svg(DRAWN["sizes"]("dark"))
        assert mpl.rcParams["font.size"] == 40
    assert dict(mpl.rcParams) == before
    assert odd == to_svg(DRAWN["sizes"]("dark"))


def test_an_unknown_theme_is_refused() -> None:
    with pytest.raises(SettingsError, match="there is no theme sepia; choose light or dark"):
        largest_families([], theme="sepia")
