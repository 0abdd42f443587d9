"""Every text of a figure has room, whatever the Hub brings and however narrow it is."""

from __future__ import annotations

from itertools import pairwise

import matplotlib as mpl
import pyarrow as pa
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from biome_pipeline.report.figures.drift_graph import drift_graph
from biome_pipeline.report.figures.genealogy import (
    creation_histogram,
    growth_curves,
    largest_families,
)
from biome_pipeline.report.figures.numeric import parent_child_means
from biome_pipeline.report.figures.pictograms import topology_key
from biome_pipeline.report.figures.precedence import precedence_map
from biome_pipeline.report.figures.quarters import quarter_rates
from biome_pipeline.report.figures.similarity import similarity_panel
from biome_pipeline.report.figures.statistics import bar_panels
from biome_pipeline.report.site.documentation import DOCUMENTATION
from biome_pipeline.report.site.drift import DRIFT
from biome_pipeline.report.site.fitness import FITNESS
from biome_pipeline.report.style import (
    NARROW,
    THEMES,
    WIDTH,
    figure,
    styled,
)
from biome_pipeline.report.titles import headline
from biome_pipeline.settings import Settings
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.report import drifting, fitted_rows
from biome_pipeline_tests.report.drawn import DRAWN, LABELS, WIDE, bars, creations, growth, trees
from biome_pipeline_tests.report.relatives import positions, summary
from biome_pipeline_tests.report.test_pages import made_of
from biome_pipeline_tests.worlds.families import make_family

MANY = [f"{WIDE[place:]}-{place}" for place in range(20)]
"""Twenty values, as wide as can be."""

# What the Hub and its users may bring: the widest ids, and numbers far apart.
CROWDED = {
    "steep growth": lambda **size: growth_curves(
        growth(factor=1).set_column(
            2,
            "n_models_cumulative",
            pa.array([4 ** (13 - f) * (m + 1) for m in range(30) for f in range(1, 13)]),
        ),
        dict.fromkeys(LABELS, WIDE),
        **size,
    ),
    "wide roots": lambda **size: largest_families(
        [make_family([WIDE, "b/b"], [(0, 1, "merge")])] * 3, **size
    ),
    "one wide root": lambda **size: largest_families(
        [make_family([WIDE, "b/b"], [(0, 1, "merge")])], **size
    ),
    "some left out": lambda **size: largest_families(trees(), most=20_000, **size),
    "wide values": lambda **size: bar_panels(
        [bars(items=(WIDE, "W" * 300)), bars(1), bars(0), bars()],
        "The ten most frequent values",
        "Share of the n models that report the field; of downloads, share of all downloads",
        **size,
    ),
    "a date at the foot": lambda **size: creation_histogram(
        creations((5, *[9] * 30)).slice(1), **size
    ),
    "topologies": topology_key,
    "as alike as can be": lambda **size: similarity_panel(
        summary(positions(n=987_654_321, mean=1.0, published=1.0)),
        "Model cards by edit distance",
        "Fine-tuned relatives; every pair weighs the same. Of drawn pairs, 99.9 % have nothing "
        "to compare",
        **size,
    ),
    "not alike at all": lambda **size: similarity_panel(
        summary(positions(mean=0.0, published=0.0)), "Metadata by tf-idf", **size
    ),
    "drifts of wide values": lambda **size: drift_graph(
        drifting.table(
            "drift.orderings",
            [
                {
                    **drifting.order()[0],
                    "position": place + 1,
                    "value": value,
                    "n_models": 2_161_698,
                    "rank_low": 1,
                    "rank_high": 20,
                    "published_position": 20 - place,
                }
                for place, value in enumerate(MANY)
            ],
        ),
        drifting.table(
            "drift.transitions",
            [
                {
                    **drifting.transitions()[0],
                    "source": source,
                    "target": target,
                    "transitions": 987_654 + place,
                }
                for source in MANY
                for place, target in enumerate(MANY)
                if source != target
            ],
        ),
        "license",
        "Drift of licenses among all relations",
        "Arrows run from parent to child, coloured by where they start; in brackets models",
        **size,
    ),
    "precedence of wide values": lambda **size: precedence_map(
        MANY,
        drifting.table(
            "drift.precedence",
            [
                {
                    **drifting.precedence()[0],
                    "first": first,
                    "second": second,
                    "probability": (i + j) / 38,
                }
                for i, first in enumerate(MANY)
                for j, second in enumerate(MANY)
                if i != j
            ],
        ),
        "license",
        "How sure is this order of licenses",
        **size,
    ),
    "long cards": lambda **size: parent_child_means(
        drifting.table(
            "drift.numeric",
            [
                drifting.numeric(weighting=weighting, parent=18_289_454.0, n=2_161_698)
                for weighting in ("edge", "parent")
            ],
        ),
        "Length of cards from parent to child",
        "Mean number of characters",
        **size,
    ),
    "two quarters": lambda **size: quarter_rates(
        drifting.table("drift.by_quarter", drifting.quarters(2)), **size
    ),
    "growth from a date at the foot": lambda **size: growth_curves(growth(3), LABELS, **size),
}


def boxes_of(made) -> list[tuple[str, object]]:
    """Where each text is drawn, numbers of scales among them."""
    with styled():
        canvas = FigureCanvasAgg(made)
        canvas.draw()
        renderer = canvas.get_renderer()
        # Ticks beyond the ends of a scale exist but are not drawn.
        ticks, drawn = set(), set()
        for axes in made.axes:
            for axis in (axes.xaxis, axes.yaxis):
                low, high = sorted(axis.get_view_interval())
                for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                    ticks.add(tick.label1)
                    if low <= tick.get_loc() <= high:
                        drawn.add(tick.label1)
        return [
            (text.get_text(), text.get_window_extent(renderer))
            for text in made.findobj(mpl.text.Text)
            if text.get_text().strip()
            and text.get_visible()
            and (text not in ticks or text in drawn)
        ]


@pytest.mark.parametrize("width", [WIDTH, NARROW])
@pytest.mark.parametrize("name", [*DRAWN, *CROWDED])
def test_no_text_overlaps_or_leaves_the_figure(name: str, width: float) -> None:
    draw = CROWDED.get(name) or DRAWN[name]
    check_boxes(draw(width=width) if name in CROWDED else draw("light", width=width))


def check_boxes(made) -> None:
    """Every text is within the figure, and none lies on another."""
    boxes = boxes_of(made)
    assert len(boxes) > 3
    for place, (text, box) in enumerate(boxes):
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= made.bbox.x1 + 1, text
        assert box.y1 <= made.bbox.y1 + 1, text
        for other, other_box in boxes[:place]:
            assert not box.overlaps(other_box), (text, other)


ON_PAGES = (
    "drift-rates",
    "drift-shares-all",
    "numeric-ratios",
    "numeric-is-auto-generated",
    "quarter-changes",
    "documentation-coverage",
    "documentation-lengths",
    "documentation-generated",
    "documentation-sections",
    "fitness-coverage",
    "fitness-traits",
    "fitness-coefficients-downloads",
    "fitness-families",
    "fitness-context-published",
    "fitness-context-robust",
    "fitness-sizes",
    "fitness-sweet-spots",
    "fitness-curve-parameters",
    "fitness-curve-context-length",
    "fitness-features",
    "fitness-feature-ratios",
    "fitness-importance",
    "fitness-config-mutations",
    "fitness-contradictions",
)


def _large(column: str, value: object) -> object:
    """As many digits as the Hub may bring."""
    is_count = column.startswith("n_") and isinstance(value, int) and value > 100
    return 2_161_698 if is_count or (column == "n" and value == 900) else value


LARGE = {
    name: found
    if name == "fitness.models"
    else [{column: _large(column, value) for column, value in row.items()} for row in found]
    for name, found in fitted_rows.FITNESS.items()
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Pictures of the pages of drift, fitness and documentation."""
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as engine:
        contents = made_of(engine, {**drifting.DRIFT, **drifting.DOCUMENTATION, **LARGE})
        return {
            picture.name: picture
            for page in (DRIFT, FITNESS, DOCUMENTATION)
            for section in page.sections(contents)
            for picture in section.pictures
        }


@pytest.mark.parametrize("width", [WIDTH, NARROW])
@pytest.mark.parametrize("name", ON_PAGES)
def test_no_text_of_a_page_overlaps_or_leaves_its_figure(pictures, name, width) -> None:
    check_boxes(pictures[name].draw(theme="light", width=width))


@pytest.mark.parametrize("width", [WIDTH, NARROW])
def test_a_note_is_quieter_than_its_title_and_below_it(width: float) -> None:
    look = THEMES["light"]
    with styled():
        made = figure(width, 3)
        made.subplots()
        title, note = "Largest families of the whole snapshot, n = 1,234 models", "And a note " * 9
        headline(made, title, note.strip(), look=look)
    lines = made.texts[-1]
    assert made.get_suptitle().replace("\n", " ") == title
    assert lines.get_text().replace("\n", " ") == note.strip()
    assert lines.get_color() == look.muted
    assert lines.get_fontsize() < made._suptitle.get_fontsize()
    boxes = dict(boxes_of(made))
    assert boxes[lines.get_text()].y1 < boxes[made.get_suptitle()].y0
    assert made.axes[0].get_window_extent().y1 < boxes[lines.get_text()].y0


def test_a_number_of_models_is_never_broken() -> None:
    for n_words in range(1, 14):
        with styled():
            made = figure(NARROW, 3)
            headline(made, "word " * n_words + "n = 1,234 models", look=THEMES["light"])
        assert "n = 1,234 models" in made.get_suptitle().splitlines()[-1]


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


def test_founders_of_all_panels_stand_at_one_height() -> None:
    made = largest_families(trees())
    FigureCanvasAgg(made).draw()
    heights = [axes.transData.transform((0, 0))[1] for axes in made.axes]
    assert len(heights) == 3
    assert max(heights) - min(heights) < 0.5
