"""Similarity of relatives: figures, words and page say what the tables hold."""

from __future__ import annotations

import re

import pytest
from matplotlib.patches import Rectangle

from biome_pipeline.report.figures.ladder import ladder, weightings
from biome_pipeline.report.figures.pictograms import SHAPES, topology_key
from biome_pipeline.report.figures.similarity import similarity_panel
from biome_pipeline.report.site.build import write_report
from biome_pipeline.report.site.contents import Contents
from biome_pipeline.report.site.gaps import ladder_paragraphs
from biome_pipeline.report.site.similarity import PUBLISHED_OCCURRENCES, SIMILARITY
from biome_pipeline.report.style import NARROW, THEMES, WIDTH, recoloured, to_svg
from biome_pipeline.settings import Settings
from biome_pipeline.similarity import published
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.report.drawn import DRAWN, texts_of
from biome_pipeline_tests.report.relatives import (
    ABLATIONS,
    MEASURES,
    POSITIONS,
    gap_and_distance,
    gaps,
    ladder_table,
    positions,
    summary,
    summary_row,
    weightings_table,
    whole_summary,
)
from biome_pipeline_tests.report.site_reader import PageReader
from biome_pipeline_tests.report.test_pages import made_of, section_of, table_of
from biome_pipeline_tests.worlds.chain import KEY

BOTH_WIDTHS = pytest.mark.parametrize("width", [WIDTH, NARROW])

MATCHED = [
    {
        "graph": "finetune",
        "text": text,
        "measure": measure,
        "ablation": ablation,
        "n": 800,
        "n_missing": 2,
        "n_families": 40,
        "parent_mean": 0.7,
        "sibling_mean": 0.8,
        "difference": -0.1,
        "ci_low": -0.2,
        "ci_high": -0.0001,
        "p_value": 0.003,
    }
    for text, ablations in ABLATIONS.items()
    for ablation in ablations
    for measure in MEASURES
]
FINDING = {
    "subject": "similarity",
    "finding": "falls_with_distance",
    "graph": "finetune",
    "statement": "Similarity falls with the network distance.",
    "estimate": -0.03,
    "ci_low": -0.05,
    "ci_high": -0.01,
    "n": 12_345,
    "p_value": 0.0004,
    "p_adjusted": 0.0012,
    "verdict": "holds",
    "caveat": "Distance and gap grow together.",
}
UNDECIDED = {
    "subject": "similarity",
    "finding": "falls_with_generation_gap",
    "graph": "finetune",
    "statement": "Similarity falls with the generation gap.",
    "verdict": "not decided",
    "caveat": "There are no relatives.",
}
OCCURRENCES = [
    {"graph": graph, "topology": topology, "occurrences": 10 * number + place}
    for number, graph in enumerate(("finetune", "asexual", "all"), start=1)
    for place, topology in enumerate(SHAPES)
]
TABLES = {
    "similarity.topologies": OCCURRENCES,
    "similarity.summary": whole_summary(),
    "similarity.matched": MATCHED,
    "inference.findings": [FINDING, UNDECIDED, {**FINDING, "graph": "all"}],
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as opened:
        yield opened


def marks_of(made, marker: str) -> list[tuple[float, float]]:
    """Marks on the scale of similarity, from left to right or from above."""
    return [
        tuple(line.get_xydata()[0].tolist())
        for axes in made.axes
        if axes.axison
        for line in axes.lines
        if line.get_marker() == marker
    ]


def test_positions_are_those_of_the_published_figure_and_one_more() -> None:
    assert [p for p in POSITIONS if p != ("uncle", "u-x")] == list(published.POSITIONS)
    assert len(POSITIONS) == 25
    # Every position names nodes of its drawing.
    assert gap_and_distance("uncle", "w-x") == (1, 3)
    assert gap_and_distance("chain4", "t-w") == (3, 3)
    assert gap_and_distance("fork", "w-x") == (0, 2)


@BOTH_WIDTHS
def test_every_position_is_marked_at_its_mean_beside_the_published_one(width: float) -> None:
    rows = positions()
    made = similarity_panel(summary(rows), "Metadata by tf-idf", width=width)
    along = 1 if width == WIDTH else 0
    ours, theirs = marks_of(made, "o"), marks_of(made, "D")
    assert [mark[along] for mark in ours] == [row["mean"] for row in rows]
    known = [row["published"] for row in rows if row["published"] is not None]
    assert [mark[along] for mark in theirs] == known
    assert len(known) == 24
    places = [mark[1 - along] for mark in ours]
    assert places == sorted(places)
    texts = texts_of(to_svg(made))
    assert texts.count("v-w") == sum(position == "v-w" for _, position in POSITIONS)
    for words in (
        "published (arXiv 2508.06811)",
        "this snapshot, 95 % interval over pairs",
        "95 % interval over families",
        "filled: the two that are compared",
        "shade: same generation",
        "three generations apart",
        "Mean similarity (0 to 1)",
    ):
        assert words in texts


@BOTH_WIDTHS
def test_boxes_are_shaded_by_generation_gap(width: float) -> None:
    made = similarity_panel(summary(positions()), "Metadata by tf-idf", width=width)
    (axes,) = (axes for axes in made.axes if axes.axison)
    patches = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    shades = [patch for patch in patches if patch.get_alpha() is not None]
    strength: dict[int | None, set] = {}
    for (topology, position), shade in zip(POSITIONS, shades, strict=True):
        look = (shade.get_facecolor()[:3], shade.get_alpha())
        strength.setdefault(gap_and_distance(topology, position)[0], set()).add(look)
    assert all(len(looks) == 1 for looks in strength.values())
    assert len(set.union(*strength.values())) == len(strength) == 5
    (none,) = strength[None]
    assert none[1] == 0
    assert len(patches) - len(shades) == len(SHAPES)


def test_the_two_that_are_compared_are_filled() -> None:
    made = similarity_panel(summary([summary_row("fork", "w-x")]), "Metadata by tf-idf")
    text = THEMES["light"].text
    (below,) = (axes for axes in made.axes if not axes.axison)
    nodes = [line for line in below.lines if line.get_marker() == "o"]
    by_fill = {line.get_markerfacecolor() == text: len(line.get_xydata()) for line in nodes}
    assert by_fill == {True: 2, False: 2}
    (filled,) = (line for line in nodes if line.get_markerfacecolor() == text)
    # Siblings stand beside one another.
    assert len(set(filled.get_ydata())) == 1
    assert len([line for line in below.lines if line.get_marker() == "None"]) == 3


def test_positions_without_a_pair_are_counted_and_those_that_are_missing_left_out() -> None:
    rows = [
        summary_row("edge", "u-v", mean=0.6),
        summary_row("siblings", "u-v", mean=None, n=0),
        summary_row("siblings", "v-w", mean=None, n=0),
    ]
    made = similarity_panel(summary(rows), "Metadata by tf-idf", "A note")
    texts = texts_of(to_svg(made))
    assert "2 positions have no pair to compare" in texts
    assert "fork" not in texts
    assert "published (arXiv 2508.06811)" not in texts
    assert "siblings v-w no pair" in made.get_label()
    assert "n = 9,000 pairs" in made.get_suptitle()


def test_descriptions_tell_the_means() -> None:
    told = similarity_panel(
        summary([summary_row(mean=0.838, published=0.84)]), "Metadata by tf-idf"
    ).get_label()
    assert told == (
        "Metadata by tf-idf, n = 9,000 pairs a position: siblings v-w 0.838 "
        "(95 % interval 0.828 to 0.848), published 0.840."
    )
    told = ladder(ladder_table()).get_label()
    assert "tf-idf, all (published): siblings 0.840, parent and child 0.660, gap +0.180" in told
    assert "uncle: u to v, v to w, u to x" in topology_key().get_label()


@BOTH_WIDTHS
@pytest.mark.parametrize("draw", [ladder, weightings, similarity_panel])
def test_nothing_to_draw_is_said_with_a_reason(draw, width: float) -> None:
    what = ("Model cards by tf-idf",) if draw is similarity_panel else ()
    for rows in ([], [summary_row(mean=None, n=0)]):
        made = draw(summary(rows), *what, empty="No model cards in this snapshot", width=width)
        assert made.axes == []
        texts = texts_of(to_svg(made))
        assert "No model cards in this snapshot" in texts
        assert any(text.endswith("(n = 0)") for text in texts)


@BOTH_WIDTHS
@pytest.mark.parametrize("name", ["similarity", "ladder", "weightings"])
def test_a_recoloured_figure_is_the_dark_one(name: str, width: float) -> None:
    light, dark = (to_svg(DRAWN[name](theme, width=width)) for theme in THEMES)
    # Matplotlib names a marker after its colours.
    turned, drawn = (re.sub(r"\bm[0-9a-f]{10}\b", "m", svg) for svg in (recoloured(light), dark))
    assert turned == drawn


def test_a_gap_stands_beside_each_step() -> None:
    texts = texts_of(to_svg(ladder(ladder_table())))
    found = [text for text in texts if text.startswith(("+", "-"))]
    assert found == ["+0.180", "+0.100", "+0.050", "+0.020"] * 3
    texts = texts_of(to_svg(weightings(weightings_table())))
    assert [text for text in texts if text.startswith("+")] == ["+0.180", "+0.200", "+0.100"] * 3
    # A step that was not made is said to be missing.
    rows = gaps("ablation", {"all": (0.8, 0.7), "traits": (0.6, 0.7)})
    texts = texts_of(to_svg(ladder(summary(rows))))
    assert [t for t in texts if t in {"none", "+0.100", "-0.100"}] == [
        "+0.100",
        "none",
        "none",
        "-0.100",
    ]


SHRINKS = {"all": (0.84, 0.66), "no_parent": (0.8, 0.7), "no_bookkeeping": (0.75, 0.7)}


@pytest.mark.parametrize(
    ("means", "said"),
    [
        (
            {**SHRINKS, "traits": (0.72, 0.7)},
            (
                "more alike than parent and child with all metadata (0.840 beside 0.660): the gap "
                "is 0.180.",
                "Without mentions of base models, the gap shrinks from 0.180 to 0.100.",
                "the gap shrinks from 0.100 to 0.050.",
                "alone, the gap shrinks from 0.050 to 0.020.",
                "So siblings are then still more alike than parent and child (0.720 beside 0.700), "
                "but their 95 % intervals over families overlap",
            ),
        ),
        (
            {**SHRINKS, "traits": (0.95, 0.7)},
            (
                "alone, the gap grows from 0.050 to 0.250.",
                "still more alike than parent and child (0.950 beside 0.700), and their 95 % "
                "intervals over families lie apart.",
            ),
        ),
        (
            {**SHRINKS, "traits": (0.6, 0.75)},
            (
                "the gap turns from 0.050 to -0.150.",
                "So siblings are then less alike than parent and child (0.600 beside 0.750), and",
            ),
        ),
        (
            {**SHRINKS, "traits": (0.70001, 0.7)},
            (
                "the gap of 0.050 is gone.",
                "So siblings and parent and child are then equally alike",
            ),
        ),
        (
            {"all": (0.8, 0.7), "no_parent": (0.8, 0.7), "traits": (0.9, 0.7)},
            (
                "the gap stays at 0.100.",
                "region as well, nothing is left to compare.",
                "the gap grows from 0.100 to 0.200.",
            ),
        ),
        (
            {"all": (0.6, 0.7), "traits": (0.6, 0.8)},
            (
                "siblings are less alike than parent and child with all metadata",
                "the gap grows from -0.100 to -0.200.",
                "So siblings are then still less alike",
            ),
        ),
        ({"traits": (0.9, 0.7)}, ("there is no value for the whole", "the gap is 0.200.")),
        ({"all": (0.7, 0.7)}, ("are as alike as parent and child.",)),
    ],
)
def test_words_for_the_ladder_follow_its_numbers(means, said) -> None:
    (words,) = ladder_paragraphs(gaps("ablation", means))
    assert words.startswith("By tf-idf")
    for sentence in said:
        assert sentence in words
    assert ("shrinks" in words) == (means.keys() >= SHRINKS.keys())
    assert ("So siblings" in words) == ("traits" in means)
    assert "None" not in words
    assert "  " not in words


def test_words_need_intervals_to_decide() -> None:
    rows = gaps("ablation", {"traits": (0.9, 0.7)}, family_ci_low=None, family_ci_high=None)
    (words,) = ladder_paragraphs(rows)
    assert words.endswith("(0.900 beside 0.700); no interval over families can be had.")
    assert list(ladder_paragraphs([])) == []
    assert list(ladder_paragraphs([summary_row(mean=None, n=0)])) == []


def test_the_page_shows_every_table(engine) -> None:
    contents = made_of(engine, TABLES)
    rows = table_of(SIMILARITY, contents, "Occurrences of each topology").rows
    assert rows[0] == ("pair", 10, 20, 30, PUBLISHED_OCCURRENCES["pair"])
    assert [row[-1] for row in rows] == list(PUBLISHED_OCCURRENCES.values())
    numbers = table_of(SIMILARITY, contents, "Metadata by tf-idf: numbers").rows
    assert len(numbers) == 25
    assert numbers[3][:2] == ("v-w, siblings", pytest.approx(0.36))
    pictures = [p.name for s in SIMILARITY.sections(contents) for p in s.pictures]
    panels = [f"similarity-{text}-{measure}" for text in ABLATIONS for measure in MEASURES]
    assert pictures == ["topologies", *panels, "similarity-ladder", "similarity-weightings"]
    for text, ablations in ABLATIONS.items():
        words = {"metadata": "metadata", "card": "model cards"}[text]
        matched = table_of(SIMILARITY, contents, f"Matched comparison: {words}").rows
        assert len(matched) == 3 * len(ablations)
        assert matched[0][1:] == (0.7, 0.8, -0.1, -0.2, -0.0001, 0.003, 800)
    section = section_of(SIMILARITY, contents, "Findings")
    assert [finding.n for finding in section.findings] == [12_345, 0]
    decided, undecided = (f.sentence.replace("\N{NO-BREAK SPACE}", " ") for f in section.findings)
    assert decided == (
        "Similarity falls with the network distance: holds. Estimate -0.030 (95 % interval -0.050 "
        "to -0.010, p 0.0004, adjusted 0.0012). Distance and gap grow together."
    )
    assert undecided == (
        "Similarity falls with the generation gap: not decided. There is no estimate. "
        "There are no relatives."
    )
    assert len(section.tables[0].rows) == 3
    for section in SIMILARITY.sections(contents):
        for table in section.tables:
            assert all(len(row) == len(table.columns) for row in table.rows), table.caption


def test_what_is_missing_of_a_pair_is_said(engine) -> None:
    def note(**values) -> str:
        rows = [summary_row(**values)]
        section = section_of(
            SIMILARITY, made_of(engine, {"similarity.summary": rows}), "Metadata of relatives"
        )
        return section.pictures[1].draw.args[2]

    assert note(n=900, n_missing=100).endswith("Of drawn pairs, 10.0 % have nothing to compare")
    assert note(n_missing=0) == "Fine-tuned relatives; every pair weighs the same"


def test_panels_say_why_they_are_empty(engine) -> None:
    metadata = [row for row in TABLES["similarity.summary"] if row["text"] == "metadata"]
    no_pairs = [summary_row(text="card", ablation="first_512", mean=None, n=0)]
    for tables, reason in (
        ({}, "Similarity was not computed."),
        ({"similarity.summary": metadata}, "No model cards in this snapshot."),
        ({"similarity.summary": metadata + no_pairs}, "No pair of models to compare."),
    ):
        section = section_of(SIMILARITY, made_of(engine, tables), "Model cards of relatives")
        for picture in section.pictures:
            assert picture.draw.keywords["empty"] == reason.rstrip(".")
        assert section.tables[0].empty == reason


@pytest.mark.parametrize("kind", ["filled", "hollow", "nothing"])
def test_the_page_is_built_with_and_without_tables(engine, kind, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("biome_pipeline.report.site.build.PAGES", (SIMILARITY,))
    tables = {"filled": TABLES, "hollow": {name: [] for name in TABLES}, "nothing": {}}[kind]
    contents = made_of(engine, tables) if tables else Contents(engine, KEY, {})
    write_report(contents, tmp_path)
    page = PageReader((tmp_path / "similarity.html").read_text(encoding="utf-8"))
    assert len(page.all("img")) == 9
    assert "…" not in page.text
    said = [a for a in page.all("p") if a.get("class") == "empty"]
    if kind == "filled":
        assert len(page.all("table")) == 12
        assert not said
    else:
        assert not page.all("table")
        assert len(said) == 8
        reasons = {"hollow": "No topology was counted.", "nothing": "was not made for"}
        assert reasons[kind] in page.text
