"""The report is well-formed, whole, alone, and the same again, whatever the ids are."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from biome_pipeline.genealogy.lineage import printable
from biome_pipeline.report.explorer import bundle
from biome_pipeline.report.figures.statistics import Bars, bar_panels
from biome_pipeline.report.site import tables as site_tables
from biome_pipeline.report.site.build import write_report
from biome_pipeline.report.site.contents import Contents
from biome_pipeline.report.site.pages import PAGES
from biome_pipeline.report.style import NARROW, THEMES, WIDTH, recoloured, to_svg
from biome_pipeline.settings import Settings
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.report.site_reader import PageReader
from biome_pipeline_tests.worlds.families import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from biome_pipeline.warehouse.engine import Engine

KEY = "2026-08-19"
DAY = dt.date(2026, 8, 19)
ROOT, *CHILDREN = HOSTILE
FORMULA = "=cmd|' /C calc'!A0"
TIME = dt.datetime(2026, 8, 19, 20)

FILLED = {
    "hub.snapshots": [
        {
            "source": "demo",
            "source_revision": '<script>alert("1")</script>',
            "started_at": TIME,
            "finished_at": TIME,
            "n_models": 40,
            "n_rejected": 2,
            "manifest": json.dumps({"rejects": {"missing_id": 2}, "anomalies": {}, "seed": 7}),
        }
    ],
    "hub.rejects": [
        {"source": "demo", "row_number": 3, "model_id": FORMULA, "reason": "malformed_id"}
    ],
    "genealogy.edges": [
        {"parent_id": ROOT, "child_id": child, "relation": "finetune", "is_excluded": False}
        for child in sorted(CHILDREN)
    ],
    "genealogy.members": [
        {"graph": "all", "model_id": name, "family_id": 1, "root_id": ROOT, "generation": step}
        for step, name in [(0, ROOT), *((1, child) for child in CHILDREN)]
    ],
    "genealogy.families": [
        {
            "graph": "all",
            "family_id": 1,
            "root_id": ROOT,
            "n_models": 10,
            "n_pairs": 9,
            "depth": 1,
            "n_leaves": 9,
            "is_tree": True,
            "structural_virality": 1.8,
        }
    ],
    "genealogy.growth": [
        {"graph": "all", "family_id": 1, "month": DAY.replace(day=1), "n_models_cumulative": 10}
    ],
    "genealogy.creations": [
        {"month": DAY.replace(day=1), "n_models": 40, "n_related": 10, "n_backfilled": 0}
    ],
    "genealogy.fertility": [
        {
            "graph": "all",
            "relation": "finetune",
            "n_children": 9,
            "n_fertile": 3,
            "share_fertile": 1 / 3,
            "ci_low": 0.1,
            "ci_high": 0.6,
            "n_families": 1,
        }
    ],
}


def statistics() -> pa.Table:
    listed = ("license", "task", "language", "library", "dataset", "arxiv_paper", "parent")
    rows = [
        (name, item, 20.0 - place, 25, (20 - place) / 40, (20 - place) / 25)
        for name in listed
        for place, item in enumerate(HOSTILE)
    ]
    rows += [("most_downloaded", item, 900.0, 30, 0.1, None) for item in HOSTILE]
    rows += [("relation", "finetune", 9.0, 9, 0.2, 1.0), ("coverage", "license", 25.0, 40, 0.6, 1)]
    for name in ("downloads", "downloads_all_time"):
        found = {"n_positive": 9.0, "share_positive": 0.3, "mean": 120.5, "median": 0.0}
        rows += [(name, item, value, 30, None, None) for item, value in found.items()]
    rows += [("downloads_ratio", f"age_{age}", 0.2, 4, None, None) for age in (0, 2, 10)]
    rows += [("trending", "share", 0.25, 30, None, None), ("share", "doi", 0.01, 40, None, None)]
    rows += [("parameters", "p50", 7e9, 12, None, None), ("dtype", "BF16", 12.0, 12, 0.3, 1.0)]
    rows += [("parameters_class", name, 3.0, 12, 0.1, 0.25) for name in ("<1B", "7-15B")]
    rows += [("largest_of_class", f"7-15B: {HOSTILE[3]}", 900.0, 3, None, None)]
    names = ("statistic", "item", "value", "n", "share_of_models", "share_of_reporting")
    kinds = (pa.string(), pa.string(), pa.float64(), pa.int64(), pa.float64(), pa.float64())
    return pa.table(
        {
            name: pa.array([row[place] for row in rows], kind)
            for place, (name, kind) in enumerate(zip(names, kinds, strict=True))
        }
    )


def quality() -> pa.Table:
    reason = 'Authors <leave> it out & "forget" it.'
    row = {"field": "license", "n_models": 40, "n_missing": 15, "share_missing": 0.375}
    return pa.Table.from_pylist([{**row, "reason": reason}])


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> Iterator[Engine]:
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as opened:
        yield opened


@pytest.fixture(scope="module")
def filled(engine) -> Contents:
    tables = {
        name: engine.memory_table(
            pa.Table.from_pylist(
                [{"snapshot": DAY, **row} for row in rows], schema=TABLES[name].arrow_schema()
            )
        )
        for name, rows in FILLED.items()
    }
    tables["hub.statistics"] = engine.memory_table(statistics())
    tables["hub.quality"] = engine.memory_table(quality())
    return Contents(engine, KEY, tables)


@pytest.fixture(scope="module")
def hollow(engine) -> Contents:
    """Every table is there, and none has a row."""
    tables = {
        name: engine.memory_table(TABLES[name].arrow_schema().empty_table()) for name in FILLED
    }
    tables["hub.statistics"] = engine.memory_table(statistics().slice(0, 0))
    tables["hub.quality"] = engine.memory_table(quality().slice(0, 0))
    return Contents(engine, KEY, tables)


@pytest.fixture(scope="module")
def sites(tmp_path_factory, engine, filled, hollow) -> dict[str, Path]:
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        # Whether the explorer's program was built here is of no account.
        patch.setattr(bundle, "BUNDLE_FOLDER", tmp_path_factory.mktemp("unbuilt"))
        for name, contents in (
            ("filled", filled),
            ("hollow", hollow),
            ("nothing", Contents(engine, KEY, {})),
        ):
            made[name] = tmp_path_factory.mktemp(name)
            write_report(contents, made[name])
    return made


SITES = pytest.mark.parametrize("site", ["filled", "hollow", "nothing"])
EVERY_PAGE = pytest.mark.parametrize("file", [page.file for page in PAGES])


def read(folder: Path, file: str) -> PageReader:
    return PageReader((folder / file).read_text(encoding="utf-8"))


@SITES
@EVERY_PAGE
def test_pages_are_well_formed_and_can_be_heard(sites, site, file):
    page = read(sites[site], file)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
    assert page.all("html")[0]["lang"] == "en"
    for _, attributes in page.tags:
        assert attributes.get("aria-labelledby", ids[0]) in ids
    for image in page.all("img"):
        assert len(image["alt"]) > 10
    for cell in page.all("th"):
        assert cell["scope"] in {"row", "col"}
    assert [a["href"] for a in page.all("a") if "aria-current" in a] == [file]
    # One script of the report's own runs, and nothing comes with a style of its own.
    assert page.all("script") == [{"src": "site.js", "defer": None}]
    assert not page.all("iframe")
    assert not [a for _, a in page.tags if any(name.startswith("on") for name in a)]


@SITES
@EVERY_PAGE
def test_links_stay_in_the_folder_and_lead_somewhere(sites, site, file):
    folder = sites[site]
    page = read(folder, file)
    ids = {attributes.get("id") for _, attributes in page.tags}
    for target in page.targets:
        if target.startswith("#"):
            assert target[1:] in ids
        elif target != "data:,":
            assert re.fullmatch(r"[\w./-]+(#family=\d+)?", target), target
            path = folder / target.partition("#")[0]
            assert path.resolve().is_relative_to(folder.resolve())
            assert path.is_file(), target
    assert "url(" not in (folder / "style.css").read_text(encoding="utf-8")


@SITES
def test_pictures_say_how_much_place_they_take(sites, site):
    for page in PAGES:
        found = read(sites[site], page.file)
        for attributes in [*found.all("source"), *found.all("img")]:
            path = sites[site] / (attributes.get("srcset") or attributes["src"])
            root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
            for side in ("width", "height"):
                pixels = float(root.get(side).removesuffix("pt")) * 96 / 72
                assert float(attributes[side]) == pytest.approx(pixels, abs=0.51)


@SITES
def test_every_picture_is_there_in_four_versions_that_ask_for_nothing(sites, site):
    found = sorted((sites[site] / "pictures").iterdir())
    versions = {"wide-light", "wide-dark", "narrow-light", "narrow-dark"}
    names = {re.sub(r"-(wide|narrow)-(light|dark)$", "", path.stem) for path in found}
    assert {path.stem for path in found} == {f"{n}-{v}" for n in names for v in versions}
    shown_at = {target for page in PAGES for target in read(sites[site], page.file).targets}
    assert {f"pictures/{path.name}" for path in found} <= shown_at
    for path in found:
        svg = path.read_text(encoding="utf-8")
        root = ElementTree.fromstring(svg)
        look = THEMES["dark" if "-dark" in path.stem else "light"]
        assert look.background in svg
        assert float(root.get("width").removesuffix("pt")) == pytest.approx(
            72 * (WIDTH if "-wide-" in path.stem else NARROW)
        )
        references = re.findall(r'(?:xlink:)?href="([^"]*)"', svg)
        assert all(target.startswith(("#", "data:image/png")) for target in references)


def test_the_first_page_says_first_what_the_snapshot_is_then_shows_its_summary(sites):
    page = (sites["filled"] / "index.html").read_text(encoding="utf-8")
    headings = re.findall(r"<h2[^>]*>([^<]*)</h2>", page)
    assert headings == [
        "Synthetic data",
        "Where it comes from",
        "Findings",
        "Most frequent values",
        "How it was made",
    ]
    for file in ("index.html", "snapshot.html"):
        shown_at = [image["src"] for image in read(sites["filled"], file).all("img")]
        assert shown_at[0] == "pictures/top-values-wide-light.svg"
    svg = (sites["filled"] / "pictures" / "top-values-wide-light.svg").read_text(encoding="utf-8")
    # Eight panels, each with its n.
    assert len(re.findall(r">[^<]*, n = \d+<", svg)) == 8


def test_rows_that_no_phone_has_room_for_name_their_numbers(sites):
    names = {"quality.html": 1, "genealogy.html": 3, "tables.html": 1}
    for file, n_stacked in names.items():
        found = read(sites["filled"], file)
        stacked = [a for a in found.all("table") if a.get("class") == "stacked"]
        assert len(stacked) == n_stacked, file
        for cell in found.all("td"):
            assert (cell.get("class") == "number") == bool(cell.get("data-label")), cell
    cells = read(sites["filled"], "genealogy.html").all("td")
    labels = [cell["data-label"] for cell in cells if cell.get("class") == "number"]
    assert labels[:5] == ["Families", "Models", "Largest", "Deepest", "Trees"]
    assert "attr(data-label)" in (sites["filled"] / "style.css").read_text(encoding="utf-8")


def test_ids_of_the_hub_are_text(sites):
    text = ""
    for page in PAGES:
        html = (sites["filled"] / page.file).read_text(encoding="utf-8")
        found = PageReader(html)
        text += found.text
        assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", html)
        # What an id brings never becomes an element.
        assert not found.all("b")
    for name in HOSTILE:
        assert printable(name) in text
    assert '<script>alert("1")</script>' in text
    assert 'Authors <leave> it out & "forget" it.' in text


def test_findings_say_what_they_rest_on(sites):
    page = read(sites["filled"], "index.html")
    findings = [a for a in page.all("span") if a.get("class") == "basis"]
    assert len(findings) == len(page.all("li")) - len(PAGES) == 10
    assert "n = 25; missing: 37.5\N{NO-BREAK SPACE}% of models" in page.text
    assert "7\N{NO-BREAK SPACE}billion parameters" in page.text
    assert "The demo Hub is made up" in page.text


@pytest.mark.parametrize("site", ["hollow", "nothing"])
def test_what_is_empty_says_why(sites, site):
    for file in ("snapshot.html", "genealogy.html"):
        found = read(sites[site], file)
        said = [a for a in found.all("p") if a.get("class") == "empty"]
        # Of all tables of the page, none is left out without a word.
        assert not found.all("table")
        assert len(said) == {"snapshot.html": 15, "genealogy.html": 3}[file]
    text = read(sites[site], "snapshot.html").text
    for sentence in (
        "No model names a license in this snapshot.",
        "No downloads are known in this snapshot.",
        "No model of this snapshot tells its parameters.",
    ):
        assert sentence in text
    alt = " ".join(a["alt"] for a in read(sites[site], "genealogy.html").all("img"))
    assert "No model names a parent" in alt
    svg = (sites[site] / "pictures" / "family-sizes-wide-light.svg").read_text(encoding="utf-8")
    assert "No family in this snapshot" in svg
    assert "The table hub.snapshots was not made" in read(sites[site], "index.html").text


def test_the_same_tables_make_the_same_report(sites, filled, tmp_path, monkeypatch):
    (tmp_path / "unbuilt").mkdir()
    monkeypatch.setattr(bundle, "BUNDLE_FOLDER", tmp_path / "unbuilt")
    tmp_path = tmp_path / "again"
    tmp_path.mkdir()
    write_report(filled, tmp_path)
    first = {p.relative_to(sites["filled"]): p for p in sites["filled"].rglob("*") if p.is_file()}
    again = {p.relative_to(tmp_path): p for p in tmp_path.rglob("*") if p.is_file()}
    assert first.keys() == again.keys()
    assert [
        str(name) for name in first if first[name].read_bytes() != again[name].read_bytes()
    ] == []


def test_tables_come_along_and_hold_no_formula(sites, filled):
    folder = sites["filled"] / "tables"
    assert {path.stem for path in folder.glob("*.csv")} == filled.tables.keys()
    assert {path.stem for path in folder.glob("*.parquet")} == filled.tables.keys()
    for name, table in filled.tables.items():
        kept = pq.read_table(folder / f"{name}.parquet")
        assert kept.to_pylist() == filled.rows(table).to_pylist()
        rows = list(csv.reader(io.StringIO((folder / f"{name}.csv").read_text(encoding="utf-8"))))
        assert len(rows) == 1 + len(kept)
    text = (folder / "hub.rejects.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["model_id"] == f"'{FORMULA}"


def test_a_table_that_opens_in_no_spreadsheet_is_parquet_only(filled, tmp_path, monkeypatch):
    monkeypatch.setattr(site_tables, "MOST_CSV_ROWS", 5)
    rows = filled.rows(filled.tables["genealogy.creations"]).to_pylist()
    many = pa.Table.from_pylist(rows * 6, schema=TABLES["genealogy.creations"].arrow_schema())
    tables = {"genealogy.creations": filled.engine.memory_table(many)}
    kept = dataclasses.replace(filled, tables=tables)
    site_tables.write_tables(kept, tmp_path)
    assert [path.name for path in (tmp_path / "tables").iterdir()] == [
        "genealogy.creations.parquet"
    ]
    assert pq.read_table(tmp_path / "tables" / "genealogy.creations.parquet").equals(many)
    (section,) = site_tables.TABLES_PAGE.sections(kept)
    assert section.tables[0].rows[0][2] == "too large"


@pytest.mark.parametrize("width", [WIDTH, NARROW])
def test_a_recoloured_figure_is_the_dark_one(width):
    bars = Bars("Licenses", ("mit", "a<b"), (3.0, 1.0), (0.75, None), 4, "none")
    light, dark = (
        to_svg(bar_panels([bars, bars], "Values", "of models", theme=theme, width=width))
        for theme in THEMES
    )
    assert recoloured(light) == dark
    assert recoloured('<svg><image href="data:"/></svg>') is None
