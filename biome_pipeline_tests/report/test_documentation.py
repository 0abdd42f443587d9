"""The page of documentation shows what the tables hold, and claims no more."""

from __future__ import annotations

import pytest

from biome_pipeline.report.site.build import write_report
from biome_pipeline.report.site.contents import Contents
from biome_pipeline.report.site.documentation import DOCUMENTATION
from biome_pipeline.report.site.documented import coverage_findings, groups_of
from biome_pipeline.report.site.overview import OVERVIEW
from biome_pipeline.report.style import NARROW, WIDTH, to_svg
from biome_pipeline.settings import Settings
from biome_pipeline.vocabulary.card_sections import SECTIONS
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.report import drifting as rows
from biome_pipeline_tests.report.drawn import texts_of
from biome_pipeline_tests.report.site_reader import PageReader
from biome_pipeline_tests.report.test_pages import made_of, section_of, table_of
from biome_pipeline_tests.worlds.chain import KEY

TABLES = {
    **rows.DOCUMENTATION,
    "drift.numeric": [r for r in rows.numbers() if r["attribute"] == "is_auto_generated"],
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as opened:
        yield opened


def sentences(engine, *found: dict) -> list[str]:
    contents = made_of(engine, {"documentation.coverage": list(found)})
    return [
        finding.sentence.replace("\N{NO-BREAK SPACE}", " ")
        for finding in coverage_findings(groups_of(contents))
    ]


def ends(low: float | None, high: float | None) -> dict:
    return {"share_with_card_ci_low": low, "share_with_card_ci_high": high}


def test_words_follow_the_numbers(engine) -> None:
    told = sentences(
        engine,
        rows.coverage(),
        rows.coverage("with_relatives", share_with_card=0.9, **ends(0.85, 0.95)),
        rows.coverage("without_relatives", share_with_card=0.6, **ends(0.55, 0.65)),
        rows.coverage("children"),
    )
    assert told == [
        "70.0 % of models have a card (95 % interval 56.0 % to 91.0 %); published 67.0 %.",
        "Of models with relatives 90.0 % have a card (95 % interval 85.0 % to 95.0 %), of those "
        "without 60.0 % (95 % interval 55.0 % to 65.0 %): the intervals lie apart.",
        "A card has 5,555 characters on average (95 % interval 4,444 to 7,222), and 3,079 in the "
        "median; published 3,576 and 2,073.",
        "30.0 % of the cards of children say that they were generated automatically (95 % interval "
        "24.0 % to 39.0 %); published 30.0 %.",
    ]
    found = list(
        coverage_findings(groups_of(made_of(engine, {"documentation.coverage": [rows.coverage()]})))
    )
    assert (found[0].n, found[0].share_missing) == (17_000, 0.15)
    assert found[1].n == 11_800


@pytest.mark.parametrize(
    ("alone", "words"),
    [
        ((0.5, 0.8), "the intervals lie apart"),
        ((0.5, 0.85), "the intervals overlap"),
        ((0.96, 0.99), "the intervals lie apart"),
        ((None, None), None),
    ],
)
def test_groups_are_called_apart_only_if_their_intervals_are(engine, alone, words) -> None:
    told = sentences(
        engine,
        rows.coverage(),
        rows.coverage("with_relatives", **ends(0.85, 0.95)),
        rows.coverage("without_relatives", **ends(*alone)),
    )[1]
    assert ("intervals" in told) == (words is not None)
    assert (words or "") in told


def test_what_is_not_known_is_not_said(engine) -> None:
    unknown = rows.coverage(share_with_card=None, n_missing=20_000, n_read=0)
    assert sentences(engine, unknown) == []
    assert sentences(engine) == []
    told = sentences(engine, rows.coverage(n_read=0, mean_characters=None))
    assert len(told) == 1
    (said,) = section_of(
        DOCUMENTATION, made_of(engine, {"documentation.coverage": [unknown]}), "What was found"
    ).paragraphs
    assert said == "Of no model it is known whether it has a card."


def test_the_page_shows_every_table(engine) -> None:
    contents = made_of(engine, TABLES)
    coverage = table_of(DOCUMENTATION, contents, "Coverage: numbers").rows
    assert len(coverage) == len(rows.GROUPS)
    assert coverage[0] == (
        "all",
        0.7,
        *map(pytest.approx, (0.56, 0.91)),
        0.6704,
        11_900,
        20_000,
        3_000,
    )
    assert coverage[-1][0] == "children by unspecified"
    lengths = table_of(DOCUMENTATION, contents, "Lengths beside those published").rows
    assert lengths[0] == ("Mean characters", 5_555.0, 3_575.6)
    assert lengths[3] == ("Most characters", 231_251, None)
    assert len(lengths) == 8
    sections = table_of(DOCUMENTATION, contents, "Sections by group: numbers").rows
    assert len(sections) == len(rows.GROUPS) * len(SECTIONS)
    generated = table_of(DOCUMENTATION, contents, "Generated cards: numbers").rows
    assert {row[0]: row[4] for row in generated}["children"] == 0.3
    templates = table_of(DOCUMENTATION, contents, "Largest templates").rows
    assert [row[0] for row in templates] == [f"owner/model-{n}" for n in range(20)]
    assert templates[0][1] == 500
    n_models = sum(500 - n for n in range(25))
    told = section_of(DOCUMENTATION, contents, "Templates").paragraphs[1]
    assert told.startswith(f"25 templates are shared by two models or more, and {n_models:,} of ")
    assert told.endswith("the largest 20 are below.")
    for section in DOCUMENTATION.sections(contents):
        for table in section.tables:
            assert all(len(row) == len(table.columns) for row in table.rows), table.caption


def test_templates_that_are_one_text_are_said_to_be(engine) -> None:
    found = [rows.template(0), rows.template(1, is_compared=False)]
    tables = {"documentation.coverage": [rows.coverage()], "documentation.templates": found}
    told = section_of(DOCUMENTATION, made_of(engine, tables), "Templates").paragraphs[1]
    assert told.endswith(
        "Where nearly equal texts were not looked for, a template is one text only."
    )


@pytest.mark.parametrize("width", [WIDTH, NARROW])
def test_figures_have_n_units_and_legends(engine, width: float) -> None:
    contents = made_of(engine, TABLES)
    pictures = {p.name: p for s in DOCUMENTATION.sections(contents) for p in s.pictures}
    for name, words in (
        ("documentation-coverage", ("n models", "17,000", "Share with a card", "roots")),
        ("documentation-lengths", ("mean, with its 95 % interval", "median")),
        ("documentation-generated", ("published (arXiv 2508.06811)", "Share of cards that say so")),
        ("documentation-sections", ("children (n = 11,800)", "Share of cards with the section")),
        ("numeric-is-auto-generated", ("parents", "children", "n = 12,000")),
    ):
        made = pictures.pop(name).draw(theme="light", width=width)
        texts = texts_of(to_svg(made))
        assert "n = " in made.get_suptitle()
        for text in words:
            assert text in texts, name
    assert not pictures


@pytest.mark.parametrize("kind", ["filled", "hollow", "nothing"])
def test_the_page_is_built_with_and_without_cards(engine, kind, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("biome_pipeline.report.site.build.PAGES", (DOCUMENTATION,))
    tables = {"filled": TABLES, "hollow": {name: [] for name in TABLES}, "nothing": {}}[kind]
    contents = made_of(engine, tables) if tables else Contents(engine, KEY, {})
    write_report(contents, tmp_path)
    page = PageReader((tmp_path / "documentation.html").read_text(encoding="utf-8"))
    assert "None" not in page.text
    if kind == "filled":
        assert len(page.all("img")) == 5
        assert len(page.all("table")) == 6
        # On a phone every number of a wide table names itself.
        assert sum(a.get("class") == "stacked" for a in page.all("table")) == 5
    else:
        # One sentence says it; empty figures would say no more.
        assert not page.all("img")
        assert not page.all("table")
        reasons = {
            "hollow": "No model cards in this snapshot: none was asked for.",
            "nothing": "The table documentation.coverage was not made for this snapshot.",
        }
        assert reasons[kind] in page.text


def test_the_first_page_says_a_line_of_documentation(engine) -> None:
    (finding,) = section_of(OVERVIEW, made_of(engine, rows.DOCUMENTATION), "Findings").findings
    assert finding.sentence.startswith("70.0\N{NO-BREAK SPACE}% of models have a card")
    assert finding.share_missing == 0.15
