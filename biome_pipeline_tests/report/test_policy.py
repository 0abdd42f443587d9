"""The page of policy shows what the tables hold, and claims no more."""

from __future__ import annotations

import pytest

from biome_pipeline.report.site.contents import Contents
from biome_pipeline.report.site.policy import POLICY
from biome_pipeline.report.site.policy_market import market_findings
from biome_pipeline.report.site.policy_risk import risk_findings
from biome_pipeline.report.style import NARROW, WIDTH, to_svg
from biome_pipeline.settings import Settings
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.report.drawn import texts_of
from biome_pipeline_tests.report.test_pages import made_of, section_of, table_of
from biome_pipeline_tests.worlds.chain import KEY
from biome_pipeline_tests.worlds.policed import policed_chain_of


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as opened:
        yield opened


@pytest.fixture(scope="module")
def demo(engine) -> Contents:
    tables = policed_chain_of("demo").tables
    kept = {name: engine.memory_table(table) for name, table in tables.items()}
    return Contents(engine, KEY, kept)


def rate(dimension="all", group="all", floor="high", **other) -> dict:
    row = {
        "dimension": dimension,
        "group": group,
        "severity_floor": floor,
        "n_models": 100,
        "n_unknown": 20,
        "n_conflicts": 8,
        "n_units": 12,
        "share": 0.1,
        "ci_low": 0.05,
        "ci_high": 0.2,
        "bound_low": 0.08,
        "bound_high": 0.28,
    }
    return {**row, **other}


def told(engine, *rows: dict) -> list[str]:
    contents = made_of(engine, {"policy.conflict_rates": list(rows)})
    return [f.sentence.replace("\N{NO-BREAK SPACE}", " ") for f in risk_findings(contents)]


def test_words_follow_the_numbers(engine) -> None:
    said = told(
        engine,
        rate(),
        rate("ancestor_license", "gemma", share=0.3),
        rate("ancestor_license", "mit", share=0.2),
        rate("ancestor_license", "rare", share=0.9, n_models=25),
    )
    assert said[0] == (
        "Of the models whose own license was reviewed, 10.0 % drop a grave obligation of some "
        "ancestor's license (95 % interval 5.0 % to 20.0 %); counting the models that do not "
        "tell, it is between 8.0 % and 28.0 %."
    )
    # A license with few models that tell is not called the worst.
    assert "gemma" in said[1]
    assert "30.0 %" in said[1]
    assert told(engine, rate(ci_low=None, ci_high=None))[0].count("one family, no interval") == 1
    assert told(engine, rate(share=None)) == []
    assert told(engine) == []


def test_the_page_shows_every_table(demo, engine) -> None:
    rows = {name: policed_chain_of("demo").rows(name) for name in demo.tables}
    rates = rows["policy.conflict_rates"]
    own = [row for row in rates if row["dimension"] == "ancestor_license"]
    shown = table_of(POLICY, demo, "By the ancestor's license: numbers").rows
    assert len(shown) == len(own)
    found = {
        (row["group"], "grave" if row["severity_floor"] == "high" else "any"): row for row in own
    }
    for line in shown:
        group, _, words = line[0].rpartition("; ")
        row = found[group, words]
        assert line[1] == row["share"]
        assert line[6:] == (row["n_conflicts"], row["n_models"], row["n_unknown"])
    months = [line[0] for line in table_of(POLICY, demo, "By month of creation").rows]
    assert months == sorted(months, key=lambda text: text.partition(";")[0])
    assert len(table_of(POLICY, demo, "Concentration: numbers").rows) == 40
    reviewed = [row for row in rows["policy.license_terms"] if row["is_reviewed"]]
    assert len(table_of(POLICY, demo, "Reviewed licenses").rows) == len(reviewed)
    for row in table_of(POLICY, demo, "Grave conflicts").rows:
        assert len(row) == 5
    for section in POLICY.sections(demo):
        for table in section.tables:
            assert all(len(row) == len(table.columns) for row in table.rows), table.caption
        for picture in section.pictures:
            for width in (WIDTH, NARROW):
                assert "n = " in " ".join(
                    texts_of(to_svg(picture.draw(theme="light", width=width)))
                )
    assert len(list(market_findings(demo))) == 2


def test_what_is_empty_says_why(engine) -> None:
    contents = Contents(engine, KEY, {})
    first = section_of(POLICY, contents, "What was found")
    assert "no legal advice" in first.paragraphs[0]
    assert first.paragraphs[1] == "No table of policy was made for this snapshot."
    for section in POLICY.sections(contents):
        for table in section.tables:
            assert not table.rows
            assert table.empty.endswith("was not made for this snapshot.")
