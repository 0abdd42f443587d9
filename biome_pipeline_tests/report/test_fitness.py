"""The page of fitness shows what the tables hold, and says why it does not."""

from __future__ import annotations

import pytest

from biome_pipeline.fitness.arrays import OUTCOMES, TRAITS
from biome_pipeline.report.site.build import write_report
from biome_pipeline.report.site.contents import Contents
from biome_pipeline.report.site.fitness import FITNESS
from biome_pipeline.report.site.overview import OVERVIEW
from biome_pipeline.report.site.pages import PAGES
from biome_pipeline.report.style import NARROW, WIDTH, to_svg
from biome_pipeline.settings import Settings
from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.report import fitted_rows as rows
from biome_pipeline_tests.report.site_reader import PageReader
from biome_pipeline_tests.report.test_pages import made_of, section_of, table_of
from biome_pipeline_tests.worlds.chain import KEY

HEADINGS = [
    "How many models have a config, and how they differ from the rest",
    "1. Which traits are known?",
    "2. What do models earn: children, downloads, likes?",
    "3. Which traits go with more descendants, downloads and likes?",
    "4. Which families are fit?",
    "Context length within families",
    "5. Non-linear effects and sweet spots: are 7B models fitter than 13B or 70B?",
    "With and without experts, grouped queries, rope and quantization",
    "How far the regressions can be trusted",
    "Configs from parent to child",
    "Where configs contradict the declared relation",
    "Statements that were tested",
    "The summary of the published analysis, by both rules",
    "How it was computed, and what it cannot say",
]
N_PICTURES = 16


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as opened:
        yield opened


def said(finding) -> str:
    """A sentence with plain blanks."""
    return finding.sentence.replace("\N{NO-BREAK SPACE}", " ")


def sentences(contents: Contents) -> list[str]:
    return [said(f) for section in FITNESS.sections(contents) for f in section.findings]


def drawn(contents: Contents, name: str, width: float = WIDTH) -> str:
    """The SVG of one picture of the page."""
    (found,) = (p for s in FITNESS.sections(contents) for p in s.pictures if p.name == name)
    return to_svg(found.draw(theme="light", width=width))


def test_the_page_shows_every_table(engine) -> None:
    contents = made_of(engine, rows.FITNESS)
    sections = FITNESS.sections(contents)
    assert [section.heading for section in sections] == HEADINGS
    pictures = [p.name for s in sections for p in s.pictures]
    assert len(pictures) == len(set(pictures)) == N_PICTURES
    for section in sections:
        for table in section.tables:
            assert table.rows, table.caption
            assert table.is_stacked
            assert table.is_folded
            assert all(len(row) == len(table.columns) for row in table.rows), table.caption

    def shown(caption: str):
        return table_of(FITNESS, contents, caption).rows

    first = shown("Models with and without a config: numbers")[0]
    assert first[:8] == ("children", 900.0, 40.0, 12.0, 0.0, 0.05, -0.02, 0.12)
    known = shown("Traits: numbers")
    assert [row[0] for row in known][:2] == ["family", "parameters"]
    assert len(known) == 1 + len(TRAITS)
    assert known[1][1:4] == (45, 0.75, 15)
    ratios = shown("Ratios of rates of every regression")
    assert len(ratios) == len(OUTCOMES) * (2 * (len(TRAITS) + 1) + len(TRAITS) - 4 + 1)
    assert ratios[0][0].startswith("descendants; Poisson, parameters the only size; ")
    assert len(shown("Published rule: coefficients")) == 2 * 5
    for caption, name in (
        ("Families: numbers", "fitness.by_family"),
        ("Context lengths: numbers", "fitness.by_context"),
        ("Size classes: numbers", "fitness.by_size"),
        ("Sweet spots: numbers", "fitness.sweet_spots"),
        ("Curves: numbers", "fitness.curves"),
        ("Features: numbers", "fitness.feature_impact"),
        ("Ways in which configs change", "fitness.config_mutation_kinds"),
        ("Facts of the config that change", "fitness.config_mutations"),
        ("Contradictions: numbers", "fitness.relation_contradictions"),
        ("In all", "fitness.summary"),
        ("Statements of every graph", "inference.findings"),
    ):
        assert len(shown(caption)) == len(rows.FITNESS[name]), caption
    families = shown("Families: numbers")
    assert families[0][:9] == ("llama, published", 200, 300, 100, 66, 9.0, 7.0, 12.0, 0.0)
    dropped = shown("Terms without an estimate")
    assert dropped == [("mixture of experts", "constant", 18, 9_000)]
    inflation = shown("Variance inflation and missing shares")
    forests = shown("Forests: numbers")
    assert len(inflation) + len(forests) == len(rows.FITNESS["fitness.diagnostics"])


def test_figures_say_n_units_and_rules(engine) -> None:
    contents = made_of(engine, rows.FITNESS)
    for name, words in (
        ("fitness-sizes", ("Per model", "In 30 days (log scale)", "published rule", "robust rule")),
        ("fitness-families", ("llama", "t5", "n = 6,300 models", "95 % intervals")),
        ("fitness-context-robust", ("Context length in tokens", "n, llama", "900", "128k+")),
        ("fitness-sweet-spots", ("Probability to be best by", "7B", "n, published", "200")),
        ("fitness-features", ("with, published rule", "without, matched", "600", "grouped")),
        ("fitness-feature-ratios", ("400 / 600", "With over without (log scale), 95 %")),
        ("fitness-coefficients-descendants", ("negative binomial", "Poisson, all", "n = 9,000")),
        (
            "fitness-curve-parameters",
            ("95 % band of the whole curve", "n near", "10B", "n = 8,000"),
        ),
        ("fitness-importance", ("not known", "20.0 %", "2,000 held-out models")),
        ("fitness-config-mutations", ("finetune, up to n = 2,000", "vocabulary resized")),
        ("fitness-contradictions", ("n reporting", "quantized without quantization")),
        ("fitness-coverage", ("10,000 / 30,000", "Difference in standard deviations")),
    ):
        for width in (WIDTH, NARROW):
            svg = drawn(contents, name, width)
            for word in words:
                assert word in svg, (name, word)


def test_few_models_are_named_but_not_drawn(engine) -> None:
    contents = made_of(engine, rows.FITNESS)
    svg = drawn(contents, "fitness-context-robust")
    assert "n, mistral" in svg
    # Qwen has 10 models in all, which is not more than 10.
    assert "n, qwen" not in svg
    few = {"fitness.by_context": [{**row, "n": 1} for row in rows.by_context()]}
    svg = drawn(made_of(engine, few), "fitness-context-published")
    assert "No family has more than 10 models of known context length" in svg


@pytest.mark.parametrize(("n", "is_drawn"), [(10, False), (11, True)])
def test_other_families_are_drawn_from_eleven_models_on(engine, n: int, is_drawn: bool) -> None:
    found = [{**row, "n": n} if row["family"] == "t5" else row for row in rows.by_family()]
    svg = drawn(made_of(engine, {"fitness.by_family": found}), "fitness-families")
    assert (">t5<" in svg) == is_drawn
    assert ("One smaller family stands in the table" in svg.replace("\n", " ")) != is_drawn


def test_without_a_config_the_page_says_what_is_missing(engine) -> None:
    """What the weights tell is there; nothing else is, and nothing breaks."""
    bare = {
        name: [] if name != "inference.findings" else rows.FITNESS[name] for name in rows.FITNESS
    }
    nothing = dict.fromkeys(TRAITS) | {"family": None, "has_config": False}
    tables = {
        **bare,
        "fitness.models": [
            {**row, **nothing, "parameters": row["parameters"]}
            for row in rows.FITNESS["fitness.models"]
        ],
        "fitness.coverage": [
            rows.coverage(
                name,
                n_with=0,
                share_with=0.0,
                mean_with=None,
                median_with=None,
                n_unknown_with=0,
                **rows.ended("standardised_difference", None, None, None),
            )
            for name in rows.ATTRIBUTES
        ],
        "fitness.by_size": rows.by_size(),
    }
    contents = made_of(engine, tables)
    warning, coverage, *_ = FITNESS.sections(contents)
    assert warning.is_warning
    assert "No config of any model was read" in warning.paragraphs[0]
    assert [said(f) for f in coverage.findings] == [
        "None of the 30,000 models of this snapshot has a config that was read."
    ]
    known = section_of(FITNESS, contents, HEADINGS[1]).findings
    assert "75.0 %" in said(known[0])
    assert "No config was read, so that only the weights tell." in said(known[0])
    assert "No model has a config" in drawn(contents, "fitness-coverage")
    # Sizes are known from the weights.
    assert "n = 6,300 models" in drawn(contents, "fitness-sizes")
    for name in ("fitness-families", "fitness-features", "fitness-contradictions"):
        assert "No config of any model was read for this snapshot" in drawn(contents, name)
    assert not [text for text in sentences(contents) if "None" in text.replace("None of the", "")]


def test_one_family_has_nothing_to_be_compared_with(engine) -> None:
    only = [row for row in rows.by_family() if row["family"] == "llama"]
    section = section_of(FITNESS, made_of(engine, {"fitness.by_family": only}), HEADINGS[4])
    (told,) = (said(f) for f in section.findings)
    assert "llama" in told
    assert "there is nothing to compare" in told


def test_regressions_that_could_not_be_made_say_why(engine) -> None:
    reason = {**rows.NO_ESTIMATE, "goodness": None, "reason": "fewer models than terms"}
    tables = {
        **rows.FITNESS,
        "fitness.regressions": [{**row, **reason} for row in rows.regressions()],
        "fitness.curves": [],
        "fitness.diagnostics": [
            rows.diagnostic(
                f"forest_{outcome}",
                "(all)",
                **rows.ended("importance", None, None, None),
                n=12,
                n_heldout=0,
                reason="fewer than 100 models",
            )
            for outcome in OUTCOMES
        ],
    }
    contents = made_of(engine, tables)
    told = [said(f) for f in section_of(FITNESS, contents, HEADINGS[3]).findings]
    assert told == [
        *(
            f"{words}: there is no estimate. Reason: fewer models than terms."
            for words in ("Descendants", "Downloads in 30 days", "Likes")
        ),
        "The published rule gives no regression of downloads in 30 days: fewer models than terms.",
        "The published rule gives no regression of descendants: fewer models than terms.",
    ]
    assert "Fewer models than terms" in drawn(contents, "fitness-coefficients-downloads")
    assert "Fewer models than terms" in drawn(contents, "fitness-curve-parameters")
    assert "Fewer than 100 models" in drawn(contents, "fitness-importance")
    trust = [said(f) for f in section_of(FITNESS, contents, HEADINGS[8]).findings]
    assert "No forest of descendants: fewer than 100 models." in trust


def test_downloads_that_nobody_knows_are_said(engine) -> None:
    unknown = {"downloads": None, "downloads_all_time": None}
    none = {
        name: None for name in rows.group() if "downloads" in name and not name.startswith("n_")
    }
    tables = {
        **rows.FITNESS,
        "fitness.models": [{**row, **unknown} for row in rows.FITNESS["fitness.models"]],
        "fitness.by_size": [{**row, **none} for row in rows.by_size()],
        "fitness.sweet_spots": [{**row, **none} for row in rows.sweet_spots()],
    }
    contents = made_of(engine, tables)
    told = sentences(contents)
    assert "Nobody's downloads in 30 days are known." in told
    assert (
        "Of size classes, most downloads by the robust rule: none can be named, as none has more "
        "than 10 models with known downloads." in told
    )
    assert "not known" in drawn(contents, "fitness-sizes")
    outcomes = [row[0] for row in table_of(FITNESS, contents, "Outcomes: numbers").rows]
    assert "likes" in outcomes
    assert "downloads in 30 days" not in outcomes


def test_one_root_has_no_intervals_and_no_sentence_claims_one(engine) -> None:
    def bare(found: list[dict]) -> list[dict]:
        return [
            {
                name: None
                if name.endswith(("ci_low", "ci_high", "band_low", "band_high"))
                or name.startswith(("probability", "p_value", "p_adjusted"))
                else value
                for name, value in row.items()
            }
            for row in found
        ]

    tables = {
        name: found if name == "fitness.models" else bare(found)
        for name, found in rows.FITNESS.items()
    }
    contents = made_of(engine, tables)
    told = sentences(contents)
    assert not [text for text in told if "95 %" in text or "None" in text]
    assert any("There are too few roots to say how sure that is." in text for text in told)
    for section in FITNESS.sections(contents):
        for picture in section.pictures:
            for width in (WIDTH, NARROW):
                to_svg(picture.draw(theme="light", width=width))


def test_the_first_page_has_a_line(engine) -> None:
    contents = made_of(engine, rows.FITNESS)
    found = section_of(OVERVIEW, contents, "Findings").findings
    (line,) = (f for f in found if said(f).startswith("Of fitness"))
    assert said(line) == (
        "Of fitness: among models alike in other traits, family and age, twice the parameters go "
        "with 30 % more descendants (ratio 1.30, 95 % interval 1.18 to 1.44) and 30 % more "
        "downloads in 30 days (ratio 1.30, 95 % interval 1.18 to 1.44); of the usual sizes models "
        "near 7B have most descendants by year, the best in 97.0 % of draws of roots."
    )
    assert (line.n, line.share_missing) == (9_000, 0.1)
    titles = [page.title for page in PAGES]
    assert titles.index("Fitness") == titles.index("Drift") + 1


@pytest.mark.parametrize("kind", ["filled", "hollow", "nothing"])
def test_the_page_is_built_with_and_without_tables(engine, kind, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("biome_pipeline.report.site.build.PAGES", (FITNESS,))
    tables = {"filled": rows.FITNESS, "hollow": {name: [] for name in rows.FITNESS}, "nothing": {}}
    found = tables[kind]
    contents = made_of(engine, found) if found else Contents(engine, KEY, {})
    write_report(contents, tmp_path)
    html = (tmp_path / "fitness.html").read_text(encoding="utf-8")
    page = PageReader(html)
    assert len(page.all("img")) == N_PICTURES
    assert "None" not in page.text
    assert "nan" not in page.text.split()
    (within,) = (a for a in page.all("nav") if a.get("class") == "within")
    assert within["aria-label"] == "On this page"
    said_empty = [a for a in page.all("p") if a.get("class") == "empty"]
    n_tables = 19
    if kind == "filled":
        assert len(page.all("table")) == n_tables
        assert not said_empty
        # On a phone every number names itself.
        assert all(a.get("class") == "stacked" for a in page.all("table"))
        for cell in page.all("td"):
            assert (cell.get("class") == "number") == bool(cell.get("data-label"))
        return
    assert not page.all("table")
    assert len(said_empty) == n_tables
    reasons = {
        "hollow": "The family of no model is known",
        "nothing": "The table fitness.by_family was not made for this snapshot",
    }
    svg = (tmp_path / "pictures" / "fitness-families-narrow-dark.svg").read_text(encoding="utf-8")
    assert reasons[kind] in svg.replace("</text>", "")


def test_every_relation_and_kind_has_its_mark(engine) -> None:
    contents = made_of(engine, rows.FITNESS)
    (found,) = (
        p
        for s in FITNESS.sections(contents)
        for p in s.pictures
        if p.name == "fitness-config-mutations"
    )
    made = found.draw(theme="light", width=WIDTH)
    (axes,) = made.axes
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    kinds = rows.values_of("fitness.config_mutation_kinds", "kind")
    assert len(dots) == len(kinds) * len(RELATIONS)


@pytest.mark.parametrize(("n", "is_drawn"), [(9, False), (10, True)])
def test_shares_of_few_edges_are_in_the_table_alone(engine, n: int, is_drawn: bool) -> None:
    tables = {
        "fitness.config_mutation_kinds": [
            rows.mutation_kind(relation=relation, n_reporting=n) for relation in ("all", "merge")
        ],
        "fitness.relation_contradictions": [rows.contradiction(n_reporting=n)],
    }
    contents = made_of(engine, tables)
    assert ("merge, up to n = 10" in drawn(contents, "fitness-config-mutations")) == is_drawn
    few = "Of no contradiction 10 edges tell" in drawn(contents, "fitness-contradictions")
    assert few != is_drawn
    assert len(table_of(FITNESS, contents, "Ways in which configs change").rows) == 2
    assert len(table_of(FITNESS, contents, "Contradictions: numbers").rows) == 1


def test_role_and_age_are_no_traits(engine) -> None:
    found = [
        rows.diagnostic("forest_downloads", name) for name in ("(all)", "role", "age", "family")
    ]
    contents = made_of(engine, {"fitness.diagnostics": found})
    svg = drawn(contents, "fitness-importance")
    assert ">family<" in svg
    assert ">role<" not in svg
    assert ">age<" not in svg
    assert len(table_of(FITNESS, contents, "Forests: numbers").rows) == 4


def test_ratios_have_the_n_of_the_rule_that_has_one(engine) -> None:
    no_match = {"effect": None, "ci_low": None, "ci_high": None, "n_with": 0, "n_without": 0}
    found = [
        rows.impact(rule="published", n_with=77, n_without=88, ci_low=0.0),
        rows.impact(**no_match),
    ]
    contents = made_of(engine, {"fitness.feature_impact": found})
    svg = drawn(contents, "fitness-feature-ratios")
    assert "77 / 88" in svg
    (picture,) = (
        p
        for s in FITNESS.sections(contents)
        for p in s.pictures
        if p.name == "fitness-feature-ratios"
    )
    # An interval that reaches 0 is cut, not left out.
    (axes,) = picture.draw(theme="light", width=WIDTH).axes
    spans = [line.get_xdata() for line in axes.lines if len(line.get_xdata()) == 2]
    assert [0.75, 2.1] in [list(span) for span in spans]
