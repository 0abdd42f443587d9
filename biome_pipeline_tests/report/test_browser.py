"""The report in a browser: every page and every control, with hostile names, and no network.

Needs chromium and the built explorer (``make explorer``); both are installed by ``.ci/run``.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from biome_pipeline.report.explorer.bundle import read_bundle
from biome_pipeline.report.site.build import write_report
from biome_pipeline.report.site.contents import Contents
from biome_pipeline.report.site.pages import PAGES
from biome_pipeline.settings import Settings
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline_tests.report.test_explorer import (
    ENDS,
    KEY,
    SCHEMAS,
    contents_of,
    draw_rows,
)
from biome_pipeline_tests.worlds.documented import documented_chain_of
from biome_pipeline_tests.worlds.families import HOSTILE
from biome_pipeline_tests.worlds.policed import policed_chain_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.skipif(_CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.skipif(read_bundle() is None, reason="the explorer was not built: make explorer"),
]


@pytest.fixture(scope="module")
def sites(tmp_path_factory) -> dict[str, Path]:
    """Reports of the demo, and of families whose ids are hostile."""
    made = {}
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as engine:
        tables = {**documented_chain_of("demo").tables, **policed_chain_of("demo").tables}
        demo = Contents(engine, KEY, {n: engine.memory_table(t) for n, t in tables.items()})
        rows = {k: v for k, v in draw_rows(31, [40, 12]).items() if k not in SCHEMAS}
        for name, contents in (("demo", demo), ("hostile", contents_of(engine, rows))):
            made[name] = tmp_path_factory.mktemp(name)
            write_report(contents, made[name])
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=_CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield opened
        opened.close()


@pytest.fixture
def page(browser) -> Iterator[Page]:
    """A page on which nothing may be said to the console, asked of a network, or popped up."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda message: wrong.append(f"console: {message.text}"))
    opened.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    opened.on("dialog", lambda dialog: (wrong.append("dialog"), dialog.dismiss()))
    opened.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(("file:", "data:", "blob:"))
            else wrong.append(f"network: {request.url}")
        ),
    )
    yield opened
    context.close()
    assert wrong == []


def _open(page: Page, folder: Path, file: str, fragment: str = "") -> None:
    page.goto(f"{(folder / file).as_uri()}{fragment}")
    page.wait_for_load_state()


@pytest.mark.parametrize("site", ["demo", "hostile"])
@pytest.mark.parametrize("file", [one.file for one in PAGES])
def test_every_page_opens_quietly_at_any_width(page, sites, site, file):
    _open(page, sites[site], file)
    assert page.locator("h1").count() == 1
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        spills = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert spills <= 0, f"{file} is {spills} pixels too wide at {width}"
    # The first stop of the tab key leads to the text.
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


@pytest.mark.parametrize("file", ["policy.html", "quality.html", "tables.html"])
def test_every_heading_sorts_its_table_both_ways(page, sites, file):
    _open(page, sites["demo"], file)
    for details in page.locator("details").all():
        details.evaluate("one => { one.open = true; }")
    tables = page.locator("main table")
    assert tables.count()
    for k in range(tables.count()):
        table = tables.nth(k)
        before = sorted(table.locator("tbody tr").all_inner_texts())
        for button in table.locator("button.sort").all():
            seen = []
            for _ in range(2):
                button.click()
                heading = button.locator("..")
                place = heading.evaluate("one => one.cellIndex")
                is_number = "number" in (heading.get_attribute("class") or "")
                values = table.evaluate(
                    "(one, place) => Array.from(one.tBodies[0].rows, (row) => "
                    "[row.cells[place].dataset.value ?? null, row.cells[place].textContent])",
                    place,
                )
                seen.append(heading.get_attribute("aria-sort"))
                if is_number:
                    known = [float(value) for value, _ in values if value is not None]
                    assert known == sorted(known, reverse=seen[-1] == "descending")
                    # What is not known comes last, whichever way.
                    assert [value is None for value, _ in values] == sorted(
                        value is None for value, _ in values
                    )
            assert set(seen) == {"ascending", "descending"}
        assert sorted(table.locator("tbody tr").all_inner_texts()) == before


def test_a_table_is_saved_as_it_is_shown_and_no_formula_survives(page, sites):
    _open(page, sites["demo"], "quality.html")
    cell = page.locator("main table tbody th").first
    cell.evaluate("one => { one.textContent = '=cmd()'; }")
    button = page.locator("button.save").first
    with page.expect_download() as found:
        button.click()
    text = found.value.path().read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(text)))
    table = button.locator("xpath=preceding-sibling::*[1]").locator("table")
    assert len(rows) == table.locator("tr").count()
    assert len({len(row) for row in rows}) == 1
    assert rows[1][0] == "'=cmd()"
    assert float(rows[1][1]) >= 0


def _explorer(page: Page, folder: Path, fragment: str = "") -> None:
    _open(page, folder, "explorer.html", fragment)
    page.wait_for_function("document.querySelector('.counted').textContent !== ''")


def _said(page: Page) -> str:
    return str(page.locator(".say").text_content())


def test_every_control_of_the_explorer_works(page, sites):
    _explorer(page, sites["demo"])
    family, colours, axis, save = (page.locator(".bar select").nth(k) for k in range(4))
    assert family.locator("option").count() > 3
    for colour in colours.locator("option").all():
        value = colour.get_attribute("value")
        colours.select_option(value)
        assert page.locator(".swatches li").count()
        assert f"colour={value}" in page.url
    axis.select_option("generation")
    assert "axis=generation" in page.url
    shown = page.locator(".counted").text_content()
    for name in ("Zoom in", "Zoom out", "Widen", "Narrow", "Whole family"):
        before = page.url
        page.get_by_role("button", name=name).click()
        if name != "Whole family":
            page.wait_for_function("before => location.href !== before", arg=before)
    page.get_by_role("button", name="Collapse all").click()
    collapsed = page.locator(".counted").text_content()
    assert "hidden below" in collapsed
    page.get_by_role("button", name="Expand all").click()
    assert page.locator(".counted").text_content() == shown
    family.select_option(index=1)
    page.wait_for_function("location.hash.includes('family=2')")
    suffixes = {"svg": ".svg", "png": ".png", "newick": ".nwk", "graphml": ".graphml"}
    for form, suffix in {**suffixes, "json": ".json"}.items():
        with page.expect_download() as found:
            save.select_option(form)
        assert found.value.suggested_filename.endswith(suffix)
        data = found.value.path().read_bytes()
        if form in {"svg", "graphml"}:
            ElementTree.fromstring(data)
        assert data[:4] == b"\x89PNG" if form == "png" else len(data) > 100


def test_the_keyboard_walks_the_family(page, sites):
    _explorer(page, sites["demo"])
    page.locator("canvas").focus()
    seen = []
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
        seen.append(_said(page))
    assert all(text.startswith("Selected ") for text in seen)
    assert len(set(seen)) >= 2
    page.keyboard.press("Enter")
    assert "closed" in _said(page)
    page.keyboard.press("Enter")
    assert "opened" in _said(page)
    for key in ("+", "-", "0"):
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    assert "model=" not in page.url


def _view(page: Page) -> list[float]:
    fragment = page.evaluate("new URLSearchParams(location.hash.slice(1)).get('view')")
    return [float(number) for number in fragment.split(",")]


def test_the_hand_drags_stretches_points_and_selects(page, sites):
    _explorer(page, sites["demo"], "#family=1")
    box = page.locator("canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    kx, ky, ox, oy = _view(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 25, steps=4)
    page.mouse.up()
    page.wait_for_function("before => !location.hash.includes(before)", arg=f"%2C{ox:g}%2C{oy:g}")
    assert _view(page) == pytest.approx([kx, ky, ox + 40, oy - 25], abs=0.01)
    for keys, k in (((), 1), (("Shift",), 0)):
        before, address = _view(page), page.url
        for key in keys:
            page.keyboard.down(key)
        page.mouse.wheel(0, -300)
        page.wait_for_function("before => location.href !== before", arg=address)
        for key in keys:
            page.keyboard.up(key)
        after = _view(page)
        assert after[k] > before[k]
        assert after[1 - k] == before[1 - k]
    page.get_by_role("button", name="Whole family").click()
    page.evaluate(
        "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
    )
    # Somewhere there is a model to point at.
    found = page.evaluate(
        "(() => { const box = document.querySelector('canvas').getBoundingClientRect();"
        "for (let y = 30; y < box.height; y += 2) for (let x = 2; x < box.width; x += 4) {"
        "document.querySelector('canvas').dispatchEvent(new PointerEvent('pointermove',"
        "{ clientX: box.x + x, clientY: box.y + y }));"
        "if (!document.querySelector('.card').hidden) return [x, y]; } return null; })()"
    )
    assert found is not None
    assert "Downloads, 30 days" in page.locator(".card").inner_text()
    page.locator("canvas").click(position={"x": found[0], "y": found[1]})
    assert "model=" in page.url
    assert page.locator(".card bdi").first.inner_text() == page.locator(".selected h3").inner_text()


def test_a_search_finds_shipped_models_and_says_how_to_get_others(page, sites):
    _explorer(page, sites["demo"])
    members = [
        row
        for row in policed_chain_of("demo").rows("genealogy.members")
        if row["graph"] == "all" and row["family_id"] == 2
    ]
    field = page.locator("input[type=search]")
    field.fill(members[-1]["model_id"])
    field.press("Enter")
    page.wait_for_function("location.hash.includes('model=')")
    assert "family=2" in page.url
    assert _said(page) == f"Selected {members[-1]['model_id']}"
    assert page.locator(".way li").count() >= 1
    field.fill("nobody/knows-it")
    field.press("Enter")
    page.wait_for_function("document.querySelector('.say').textContent.includes('biome tree')")


def test_a_conflict_is_told_with_the_path_that_the_table_has(page, sites):
    row = next(
        row
        for row in policed_chain_of("demo").rows("policy.license_conflicts")
        if row["verdict"] == "conflict" and row["severity"] == "high" and len(row["path"]) > 2
    )
    home = next(
        one["family_id"]
        for one in policed_chain_of("demo").rows("genealogy.members")
        if one["graph"] == "all" and one["model_id"] == row["model_id"]
    )
    _explorer(page, sites["demo"], f"#family={home}&model={quote(row['model_id'], safe='')}")
    told = page.locator(".conflicts li").all_text_contents()
    parent, child = row["lost_between"]
    assert any(
        text.startswith(f"{row['obligation']} of {row['ancestor_id']} is not kept")
        and f"from {parent} to {child}" in text
        for text in told
    )
    assert "no legal advice" in str(page.locator(".selected").text_content())


def test_an_address_brings_the_view_back(page, sites):
    _explorer(page, sites["demo"], "#family=1&colour=task&axis=generation")
    page.locator("canvas").focus()
    page.keyboard.press("ArrowRight")
    moved = page.url
    page.keyboard.press("+")
    page.wait_for_function("moved => location.href !== moved", arg=moved)
    before, said = page.url, page.locator(".selected h3").text_content()
    page.goto("about:blank")
    page.goto(before)
    page.wait_for_function("document.querySelector('.selected h3') !== null")
    assert page.url == before
    assert page.locator(".selected h3").text_content() == said


def test_hostile_ids_are_text_and_files_hold_them_whole(page, sites):
    _explorer(page, sites["hostile"])
    save = page.locator(".bar select").nth(3)
    with page.expect_download() as found:
        save.select_option("json")
    family = json.loads(found.value.path().read_text(encoding="utf-8"))
    ids = {node["id"] for node in family["nodes"]}
    hostile = sorted(name for name in ids if name.startswith((*HOSTILE, *ENDS)))
    assert hostile, "the drawn family has hostile ids"
    for name in hostile:
        _explorer(page, sites["hostile"], f"#family=1&model={quote(name, safe='')}")
        page.reload()
        page.wait_for_function("document.querySelector('.selected h3') !== null")
        shown = str(page.locator(".selected h3").text_content())
        assert not any(mark in shown for mark in "\u202e\u2028\x07\n")
        assert page.locator(".selected script, .selected b, .selected img").count() == 0


def test_a_phone_has_the_legend_below_and_touches_move_the_tree(browser, sites):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    opened = context.new_page()
    _explorer(opened, sites["demo"])
    stage, side = (opened.locator(name).bounding_box() for name in (".stage", "aside"))
    assert side["y"] >= stage["y"] + stage["height"]
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
