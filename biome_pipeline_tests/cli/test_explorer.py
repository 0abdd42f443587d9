"""The explorer of the demo's report, and ``biome tree --format html``."""

from __future__ import annotations

import json
import re

import duckdb
import pytest

from biome_pipeline.report.explorer import bundle
from biome_pipeline_tests.report.explorer_files import naive_families, read_call, read_folder
from biome_pipeline_tests.report.site_reader import PageReader

KEY = "2025-06-30"
NAMES = (
    "genealogy.members",
    "genealogy.edges",
    "hub.models",
    "policy.license_conflicts",
    "policy.license_terms",
)


@pytest.fixture(scope="session")
def rows(pristine):
    """The published tables as plain rows, those that are there."""
    with duckdb.connect(str(pristine / "biome.duckdb"), read_only=True) as connection:
        there = connection.execute(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables"
        ).fetchall()
        return {
            name: connection.sql(f"SELECT * FROM {name}").to_arrow_table().to_pylist()
            for name in NAMES
            if (name,) in there
        }


@pytest.fixture
def built(tmp_path, monkeypatch):
    """A program that stands for the real one, with words that would end its element."""
    folder = tmp_path / "built"
    folder.mkdir()
    script = 'var biomeExplorer = {note: "</script><!-- <b>"};\n'
    (folder / "explorer.js").write_text(script)
    (folder / "explorer.css").write_text("#explorer { height: 90vh; }\n")
    monkeypatch.setattr(bundle, "BUNDLE_FOLDER", folder)


def test_the_demo_s_report_holds_every_family_as_the_database_does(pristine, rows):
    found = read_folder(pristine / "reports" / KEY / "explorer")
    wanted = naive_families(rows, KEY)
    assert len(wanted) == found.index["n_families"] > 5
    assert found.families
    assert found.families == {number: wanted[number] for number in found.families}
    shipped = {model_id for document in found.families.values() for model_id in document["ids"]}
    for row in rows["hub.models"]:
        hits = found.find(row["model_id"])
        assert bool(hits) == (row["model_id"] in shipped)
        assert all(row["model_id"] in wanted[number]["ids"] for number in hits)


def calls_of(html):
    """What the page's scripts call, by name; and what address it starts with."""
    page = PageReader(html)
    scripts = re.findall(r"<script>\n(.*?)</script>", html, flags=re.DOTALL)
    assert len(scripts) == len(page.all("script")) == 5
    calls = dict(read_call(script.strip() + "\n") for script in scripts[1:4])
    address = json.loads(re.search(r"location\.replace\((.*)\);", scripts[4])[1])
    return page, calls, address


@pytest.mark.parametrize("graph", ["all", "finetune"])
def test_one_family_is_a_page_that_asks_for_nothing(biome, pristine, rows, built, graph):
    wanted = naive_families(rows, KEY, graph)[2]
    if graph != "all":
        # Conflicts are of the graph of all relations; ends outside of this one are unknown.
        assert set(wanted["relations"]) == {"finetune"}
    focus = wanted["ids"][-1]
    code, out, err = biome("tree", focus, "--format", "html", "--graph", graph, "--data", pristine)
    assert (code, err) == (0, "")
    page, calls, address = calls_of(out)
    assert calls["family"] == [wanted]
    (index,) = calls["index"]
    assert [(e["family_id"], e["n_models"]) for e in index["families"]] == [(2, len(wanted["ids"]))]
    assert calls["lookup"][1]["family"] == [0] * len(calls["lookup"][1]["crc"])
    assert address == f"#family=2&model={focus.replace('/', '%2F')}"
    assert [target for target in page.targets if target != "data:,"] == []
    assert "biomeExplorer.start(" in page.text
    assert '"<\\/script><\\!-- <b>"' in out


def test_without_the_program_it_says_how_to_build_it(biome, pristine, tmp_path, monkeypatch, rows):
    monkeypatch.setattr(bundle, "BUNDLE_FOLDER", tmp_path)
    model = rows["genealogy.members"][0]["model_id"]
    code, out, err = biome("tree", model, "--format", "html", "--data", pristine)
    assert (code, out) == (1, "")
    assert "make explorer" in err
    assert err.count("\n") == 1


def test_a_model_that_is_not_there_is_one_line(biome, pristine, built):
    code, out, err = biome("tree", "nobody/nothing", "--format", "html", "--data", pristine)
    assert (code, out) == (1, "")
    assert "nobody/nothing" in err
