"""The page of drift shows what the tables hold, and says why it does not."""

from __future__ import annotations

import re

import pytest

from biome_pipeline.report.figures.quarters import FEWEST
from biome_pipeline.report.site.build import write_report
from biome_pipeline.report.site.contents import Contents
from biome_pipeline.report.site.drift import DRIFT
from biome_pipeline.report.style import WIDTH, to_svg
from biome_pipeline.settings import Settings
from biome_pipeline.vocabulary.relations import RELATIONS
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.report import drifting as rows
from biome_pipeline_tests.report.site_reader import PageReader
from biome_pipeline_tests.report.test_pages import made_of, section_of, table_of
from biome_pipeline_tests.worlds.chain import KEY

FINDINGS = [
    {
        "subject": "drift",
        "finding": finding,
        "graph": graph,
        "statement": "Licenses relax.",
        "estimate": 0.616,
        "ci_low": 0.379,
        "ci_high": 0.801,
        "n": 479,
        "p_value": 0.04,
        "p_adjusted": p_adjusted,
        "verdict": verdict,
        "caveat": "It says where, not why.",
    }
    for finding, p_adjusted, verdict in (
        ("a", 0.04, "holds"),
        ("b", 0.07, "holds"),
        ("c", 0.07, "not decided"),
    )
    for graph in ("finetune", "all")
]
TABLES = {**rows.DRIFT, "inference.findings": FINDINGS}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as opened:
        yield opened


def said(finding) -> str:
    """A sentence with plain blanks."""
    return finding.sentence.replace("\N{NO-BREAK SPACE}", " ")


def net_of(trait: str) -> dict[tuple[str, str], int]:
    """Net transitions that run from one value to another, counted once more."""
    count = {(r["source"], r["target"]): r["transitions"] for r in rows.transitions(trait)}
    return {
        (source, target): n - count.get((target, source), 0)
        for (source, target), n in count.items()
        if n > count.get((target, source), 0)
    }


def picture_of(contents: Contents, name: str):
    """Find a picture of the page."""
    (found,) = (p for s in DRIFT.sections(contents) for p in s.pictures if p.name == name)
    return found


def test_the_page_shows_every_table(engine) -> None:
    contents = made_of(engine, TABLES)
    sections = DRIFT.sections(contents)
    assert [section.heading for section in sections] == [
        "What was found",
        "How often traits change",
        "Is 94 % anything?",
        "Licenses",
        "Languages",
        "Tasks",
        "Libraries",
        "Numbers from parent to child",
        "By quarter",
        "Directions that were claimed",
        "How it was computed, and what is not public",
    ]
    # Four rates, eight directions, three numbers.
    assert len(sections[0].findings) == 15
    pictures = [p.name for s in sections for p in s.pictures]
    assert len(pictures) == len(set(pictures)) == 1 + 2 + 4 * 4 + 4 + 2
    for section in sections:
        for table in section.tables:
            assert table.rows, table.caption
            assert table.is_stacked
            assert all(len(row) == len(table.columns) for row in table.rows), table.caption
    tests = table_of(DRIFT, contents, "Tests of direction").rows
    assert len(tests) == 16
    assert tests[0][:4] == (
        "licenses among all relations: both ways alike",
        "directed",
        0.001,
        0.28,
    )
    shares = table_of(DRIFT, contents, "Shares explained: numbers").rows
    assert len(shares) == 8 * 4
    assert shares[0][1:] == (0.95, 0.8, 0.93, 0.77, 0.005, 0.91, 0.98, "within margins", 0.943)
    rates = table_of(DRIFT, contents, "Mutation rates: numbers").rows
    assert len(rates) == 4 * (1 + len(RELATIONS))
    order = table_of(DRIFT, contents, "Order of licenses: numbers").rows
    assert [row[0] for row in order] == list(rows.VALUES["license"])
    assert order[0] == ("gemma", "commercial", 10_000, 1, 1, 3, 2, 1, 1, 3, 2)
    drifts = table_of(DRIFT, contents, "Largest drifts of licenses").rows
    net = net_of("license")
    assert [row[3] for row in drifts] == sorted(net.values(), reverse=True)
    assert drifts[0][0] == "apache-2.0 to gemma"
    assert drifts[0][3] == drifts[0][4] == drifts[0][1] - drifts[0][2]
    quarters = table_of(DRIFT, contents, "By quarter: numbers").rows
    assert quarters[0][:2] == ("licenses, all relations, 2024 Q1", pytest.approx(0.1))
    for weight in ("edge", "parent"):
        numbers = table_of(DRIFT, contents, f"Numbers from parent to child, by {weight}").rows
        assert len(numbers) == len(rows.ATTRIBUTES) * (1 + len(RELATIONS))


def test_each_share_is_that_of_the_order_that_makes_it_largest(engine) -> None:
    directions = rows.share("drift_share", 0.97) | rows.share("mutation_share", 0.7)
    traffic = rows.share("drift_share", 0.9) | rows.share("mutation_share", 0.76)
    contents = made_of(
        engine,
        {
            "drift.ordering_summary": [
                rows.summary(objective="directions", margin_verdict="beyond margins", **directions),
                rows.summary(margin_verdict="below margins", **traffic),
            ]
        },
    )
    drifts, mutations, downhill, left_out = table_of(
        DRIFT, contents, "Shares explained: numbers"
    ).rows
    assert (drifts[1], drifts[8], drifts[9]) == (0.97, "beyond margins", 0.943)
    assert (mutations[1], mutations[8], mutations[9]) == (0.76, "below margins", 0.84)
    assert (downhill[1], downhill[8], downhill[9]) == (0.92, "", None)
    assert left_out[1:4] == (0.69, 0.6, 0.76)
    told = picture_of(contents, "drift-shares-all").draw(theme="light", width=WIDTH).get_label()
    assert "drifts (97 drifts): margins alone: 95 % of draws 91.0 % to 98.0 %, this" in told
    for name, value in (("drifts (97", "97.0"), ("mutations (3,458", "76.0"), ("left out", "69.0")):
        assert re.search(
            rf"{re.escape(name)}[^;]*(interval over families|of halves) {value} %", told
        )


def test_findings_say_where_a_verdict_is_one_of_many(engine) -> None:
    section = section_of(DRIFT, made_of(engine, TABLES), "Directions that were claimed")
    one, two, three = (said(finding) for finding in section.findings)
    many = "Adjusted for the number of statements, it is not significant at 5 %."
    assert [many in text for text in (one, two, three)] == [False, True, False]
    assert one == (
        "Licenses relax: holds. Estimate 0.616 (95 % interval 0.379 to 0.801, p 0.04, adjusted "
        "0.04). It says where, not why."
    )
    assert len(section.tables[0].rows) == 6


def test_one_family_is_said_without_intervals(engine) -> None:
    """What one family leaves NULL is left out or not known, and nothing breaks."""
    no_ends = dict.fromkeys(
        ("ci_low", "ci_high", "heldout_share", "heldout_ci_low", "heldout_ci_high")
    )
    ends = ("ci_low", "ci_high", "coin_null", "coin_p_value", "margin_null_low", "margin_null_high")
    bare = {
        f"{name}_{end}": None
        for name in ("drift_share", "mutation_share", "gradient_share")
        for end in ends
    }

    def without_ends(row: dict) -> dict:
        return {k: None if k.endswith(("_ci_low", "_ci_high")) else v for k, v in row.items()}

    alone = {"rank_low": None, "rank_high": None}
    tables = {
        **TABLES,
        "drift.mutation_rates": [
            {**r, **{k: None for k in no_ends if k in r}} for r in rows.rates()
        ],
        "drift.orderings": [{**r, **alone} for r in TABLES["drift.orderings"]],
        "drift.precedence": [],
        "drift.ordering_summary": [
            {
                **r,
                **bare,
                **{k: v for k, v in no_ends.items() if k in r},
                "n_halves": 0,
                "margin_verdict": "not decided",
            }
            for r in TABLES["drift.ordering_summary"]
        ],
        "drift.direction_tests": rows.direction_tests(
            p_values=(None, None), verdicts=("no direction shown",) * 2, n_families=1
        ),
        "drift.numeric": [without_ends(row) for row in rows.numbers()],
        "drift.by_quarter": [
            {**without_ends(r), "ci_low": None, "ci_high": None, "n_families": 1}
            for r in rows.quarters()
        ],
    }
    contents = made_of(engine, tables)
    sentences = [said(f) for f in section_of(DRIFT, contents, "What was found").findings]
    assert not [text for text in sentences if "interval" in text or "None" in text]
    assert "There are too few families to test symmetry." in " ".join(sentences)
    for name, words in (
        ("precedence-license-all", "Too few families to draw from"),
        ("quarter-rates", f"No quarter has {FEWEST} families"),
        ("drift-shares-all", "published (arXiv 2508.06811)"),
        ("drift-rates", "n = 12,000 edges"),
        ("numeric-ratios", "median ratio, of each edge"),
    ):
        assert words in to_svg(picture_of(contents, name).draw(theme="light", width=WIDTH))


def test_without_cards_only_their_figures_are_empty(engine) -> None:
    of_cards = {"has_card", "is_auto_generated"}
    without = [
        row
        for row in rows.numbers()
        if row["attribute"] not in of_cards and not row["attribute"].startswith("card")
    ]
    contents = made_of(engine, {"drift.numeric": without})
    for name, is_empty in (
        ("numeric-card-characters", True),
        ("numeric-is-auto-generated", True),
        ("numeric-n-languages", False),
        ("numeric-ratios", False),
    ):
        svg = to_svg(picture_of(contents, name).draw(theme="light", width=WIDTH))
        assert ("No model cards in this snapshot" in svg) == is_empty, name


@pytest.mark.parametrize("kind", ["filled", "hollow", "nothing"])
def test_the_page_is_built_with_and_without_tables(engine, kind, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("biome_pipeline.report.site.build.PAGES", (DRIFT,))
    tables = {"filled": TABLES, "hollow": {name: [] for name in TABLES}, "nothing": {}}[kind]
    contents = made_of(engine, tables) if tables else Contents(engine, KEY, {})
    write_report(contents, tmp_path)
    html = (tmp_path / "drift.html").read_text(encoding="utf-8")
    page = PageReader(html)
    assert len(page.all("img")) == 25
    assert "None" not in page.text
    # Links to sections, of which there are many.
    (within,) = (a for a in page.all("nav") if a.get("class") == "within")
    assert within["aria-label"] == "On this page"
    assert 'href="#is-94-anything"' in html
    said_empty = [a for a in page.all("p") if a.get("class") == "empty"]
    n_tables = 15
    if kind == "filled":
        assert len(page.all("table")) == n_tables
        assert not said_empty
        # On a phone every number names itself.
        assert all(a.get("class") == "stacked" for a in page.all("table"))
        for cell in page.all("td"):
            assert (cell.get("class") == "number") == bool(cell.get("data-label"))
    else:
        assert not page.all("table")
        assert len(said_empty) == n_tables
        assert "Nothing is known of the drift of this snapshot." in page.text
        reasons = {
            "hollow": "No two values are exchanged along an edge",
            "nothing": "The table drift.orderings was not made for this snapshot",
        }
        svg = (tmp_path / "pictures" / "drift-license-all-narrow-dark.svg").read_text(
            encoding="utf-8"
        )
        assert reasons[kind] in svg
