"""The explorer's files are the tables again, fit into their room, and end no script."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biome_pipeline.genealogy.lineage import printable
from biome_pipeline.report.explorer import bundle, lookup
from biome_pipeline.report.explorer.columns import name_places
from biome_pipeline.report.explorer.script import call, to_script_json
from biome_pipeline.report.explorer.shards import write_shards
from biome_pipeline.report.site.build import write_report
from biome_pipeline.report.site.contents import Contents
from biome_pipeline.report.site.standalone import family_page
from biome_pipeline.settings import Settings
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.report.explorer_files import (
    Bundle,
    naive_families,
    read_call,
    read_folder,
)
from biome_pipeline_tests.report.site_reader import PageReader
from biome_pipeline_tests.worlds.families import HOSTILE, draw_family

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from biome_pipeline.warehouse.engine import Engine

KEY = "2026-01-01"
DAY = dt.date(2026, 1, 1)
ROOMY = 50_000_000
ENDS = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "a/\u2028line\u2029paragraph",
    "a/\u202e\u200f\u2066rtl",
    "a/\"'`\\",
    "a/&lt;&#60;",
    "]]>/${x}",
)
CONFLICTS = pa.schema(
    [
        ("snapshot", pa.date32()),
        *(
            (name, pa.string())
            for name in (
                "model_id",
                "ancestor_id",
                "obligation",
                "severity",
                "verdict",
                "confidence",
            )
        ),
        ("path", pa.list_(pa.string())),
        ("lost_between", pa.list_(pa.string())),
    ]
)
TERMS = pa.schema(
    [
        ("snapshot", pa.date32()),
        ("license", pa.string()),
        ("class", pa.string()),
        ("is_reviewed", pa.bool_()),
        ("obligations", pa.list_(pa.string())),
        ("clauses", pa.list_(pa.string())),
    ]
)
SCHEMAS = {"policy.license_conflicts": CONFLICTS, "policy.license_terms": TERMS}


def draw_rows(seed: int, sizes: Sequence[int]) -> dict[str, list[dict[str, Any]]]:
    """Draw rows of families, with a graph beside, excluded edges, strangers and conflicts."""
    rng = random.Random(seed)
    hostile = [*HOSTILE, *ENDS]
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in (*SCHEMAS, "hub.models")}
    rows |= {"genealogy.members": [], "genealogy.edges": []}
    for number, size in enumerate(sizes, start=1):
        names = [f"o{rng.randrange(9)}/m{number}-{node}" for node in range(size)]
        for node in rng.sample(range(size), k=min(2, size)):
            names[node] = f"{rng.choice(hostile)}-{number}-{node}"
        tree = draw_family(seed + number, size, names.__getitem__)
        rows["genealogy.members"] += [
            {
                "graph": graph,
                "model_id": model_id,
                "family_id": number if graph == "all" else 1,
                "root_id": tree.root_id,
                "generation": int(generation),
            }
            for model_id, generation in zip(tree.ids, tree.generation, strict=True)
            for graph in ("all", "finetune")
        ]
        rows["genealogy.edges"] += [
            {
                "parent_id": tree.ids[parent],
                "child_id": tree.ids[child],
                "relation": relation,
                "is_excluded": False,
            }
            for parent, child, relation in zip(tree.parent, tree.child, tree.relation, strict=True)
        ]
        rows["genealogy.edges"] += [
            {"parent_id": one, "child_id": other, "relation": "merge", "is_excluded": True}
            for one, other in (("not/here", tree.ids[0]), (tree.ids[-1], tree.ids[0]))
        ]
        seen = set()
        for _ in range(rng.randrange(2 * size)):
            model, ancestor = rng.sample(tree.ids, 2)
            obligation = rng.choice(["notice", "use-restrictions", "<b>"])
            if (model, ancestor, obligation) in seen:
                continue
            seen.add((model, ancestor, obligation))
            rows["policy.license_conflicts"].append(
                {
                    "model_id": model,
                    "ancestor_id": ancestor,
                    "obligation": obligation,
                    "severity": rng.choice(["high", "low"]),
                    "verdict": rng.choice(["conflict", "unknown"]),
                    "confidence": rng.choice(["declared", "missing"]),
                    "path": [ancestor, model],
                    "lost_between": rng.choice([[ancestor, model], None]),
                }
            )
        for model_id in tree.ids:
            if rng.random() < 0.9:
                rows["hub.models"].append(draw_model(rng, model_id))
    rows["hub.models"] += [draw_model(rng, f"alone/{n}") for n in range(5)]
    rows["policy.license_terms"] = [
        {
            "license": "llama3",
            "class": "community",
            "is_reviewed": True,
            "obligations": ["notice", "use-restrictions"],
            "clauses": ["1.b.i", "1.b.iv"],
        },
        {
            "license": "nobody-has-it",
            "class": "other",
            "is_reviewed": False,
            "obligations": [],
            "clauses": [],
        },
    ]
    for found in rows.values():
        rng.shuffle(found)
    return rows


def draw_model(rng: random.Random, model_id: str) -> dict[str, Any]:
    """Draw what the Hub says of a model; any of it may be missing."""
    return {
        "model_id": model_id,
        "created_at": rng.choice(
            [None, dt.datetime(2022, 3, 2, 23, 29), dt.datetime(2025, 5, rng.randint(1, 30), 23)]
        ),
        "is_created_at_backfilled": rng.random() < 0.2,
        "downloads": rng.choice([None, 0, rng.randrange(10**9)]),
        "likes": rng.choice([None, rng.randrange(100)]),
        "license": rng.choice([None, "llama3", "mit", "</script>"]),
        "pipeline_tag": rng.choice([None, "text-generation", "translation"]),
        "languages": rng.choice([[], ["en"], ["en", "fr"], ["zh"]]),
    }


def contents_of(engine: Engine, rows: dict[str, list[dict[str, Any]]]) -> Contents:
    return Contents(
        engine,
        KEY,
        {
            name: engine.memory_table(
                pa.Table.from_pylist(
                    [{"snapshot": DAY, **row} for row in found],
                    schema=SCHEMAS.get(name) or TABLES[name].arrow_schema(),
                )
            )
            for name, found in rows.items()
        },
    )


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> Iterator[Engine]:
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as opened:
        yield opened


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_written_is_what_the_tables_say(engine, tmp_path, seed):
    rows = draw_rows(seed, [40, 17, 17, 9, 5, 2, 2])
    shipped = write_shards(contents_of(engine, rows), tmp_path, max_bytes=ROOMY)
    found = read_folder(tmp_path)
    wanted = naive_families(rows, KEY)
    assert found.families == wanted
    assert any(document["conflicts"]["model"] for document in wanted.values())
    for document in found.families.values():
        assert document["relation"] == [
            document["relations"].index(relation)
            for _, _, relation in sorted(
                (
                    document["ids"].index(row["parent_id"]),
                    document["ids"].index(row["child_id"]),
                    row["relation"],
                )
                for row in rows["genealogy.edges"]
                if not row["is_excluded"] and row["child_id"] in document["ids"]
            )
        ]
    assert found.index["families"] == [
        {
            "family_id": number,
            "root_id": document["root_id"],
            "n_models": len(document["ids"]),
            "depth": max(document["generation"]),
            "file": f"family-{number}.js",
            "bytes": found.sizes[f"family-{number}.js"],
        }
        for number, document in wanted.items()
    ]
    n_models = sum(len(document["ids"]) for document in wanted.values())
    assert (found.index["n_families"], found.index["n_models"]) == (7, n_models)
    assert (shipped.n_families_shipped, shipped.n_models_shipped) == (7, n_models)
    assert shipped.n_bytes == sum(found.sizes.values())
    assert (found.index["snapshot"], found.index["graph"]) == (KEY, "all")


def test_the_search_finds_what_is_there_and_nothing_else(engine, tmp_path):
    rows = draw_rows(7, [300, 120, 40, 8, 3])
    write_shards(contents_of(engine, rows), tmp_path, max_bytes=150_000)
    found = read_folder(tmp_path)
    shipped = found.families
    assert 0 < len(shipped) < 5
    for row in rows["genealogy.members"]:
        if row["graph"] == "all":
            wanted = [row["family_id"]] if row["family_id"] in shipped else []
            assert found.find(row["model_id"]) == wanted
    for row in rows["hub.models"]:
        if row["model_id"].startswith("alone/"):
            assert found.find(row["model_id"]) == []
    downloads = {row["model_id"]: row["downloads"] for row in rows["hub.models"]}
    everyone = [
        (model_id, number, downloads.get(model_id))
        for number, document in shipped.items()
        for model_id in document["ids"]
    ]
    everyone.sort(key=lambda row: (-1 if row[2] is None else row[2],), reverse=True)
    assert [row[2] for row in found.index["notable"]] == [
        row[2] for row in everyone[: len(found.index["notable"])]
    ]
    assert {
        (model_id, found.index["families"][place]["family_id"], n)
        for model_id, place, n in found.index["notable"]
    } <= set(everyone)
    assert [row[0] for row in found.index["notable"]] == [
        row[0]
        for row in sorted(
            found.index["notable"], key=lambda r: (-(-1 if r[2] is None else r[2]), r[0])
        )
    ]


@pytest.mark.parametrize("max_bytes", [0, 100_000, 115_000, 130_000, 170_000, 600_000])
def test_the_largest_that_fit_are_taken_and_no_more(engine, tmp_path, max_bytes):
    rows = draw_rows(11, [700, 250, 250, 60, *[20] * 8, *[2] * 20])
    write_shards(contents_of(engine, rows), tmp_path, max_bytes=max_bytes)
    found = read_folder(tmp_path)
    wanted = naive_families(rows, KEY)
    assert found.families == {number: wanted[number] for number in found.families}
    entries = found.index["families"]
    # Largest first, each with its file or without one; no file that nothing names.
    assert [entry["family_id"] for entry in entries] == list(range(1, 33))
    assert {entry["file"] for entry in entries if entry["file"]} == {
        name for name in found.sizes if name.startswith("family-")
    }
    assert {entry["family_id"] for entry in entries if entry["file"]} == found.families.keys()
    assert all((entry["file"] is None) == (entry["bytes"] is None) for entry in entries)
    assert found.index["n_models_shipped"] == sum(len(d["ids"]) for d in found.families.values())
    if found.families:
        assert sum(found.sizes.values()) <= max_bytes
    # Whoever was passed over is larger than the room that larger ones left.
    taken = {
        number: blocks_of(call("family", document)) + 18 * len(document["ids"]) + 250
        for number, document in wanted.items()
    }
    room = max_bytes - 101_000 - max_bytes // 25
    assert space_of(found) <= max(room + 1_000, 0)
    for number in wanted.keys() - found.families.keys():
        before = sum(taken[other] for other in found.families if other < number)
        assert before + taken[number] > room
    assert bool(found.families) == (max_bytes > 105_000)
    assert (len(found.families) == 32) == (max_bytes == 600_000)


def space_of(found: Bundle) -> int:
    """Bytes that families take at the least: of disk, and in the lookup."""
    files = [size for name, size in found.sizes.items() if name.startswith("family-")]
    n_models = sum(len(document["ids"]) for document in found.families.values())
    return sum(-(-size // 4096) * 4096 for size in files) + 12 * n_models


@pytest.mark.parametrize("max_bytes", range(110_000, 190_000, 7_000))
def test_no_room_is_overdrawn(engine, tmp_path, max_bytes):
    rows = draw_rows(41, [420, 300, 110, 100, 90, 80, 70, *[4] * 5])
    write_shards(contents_of(engine, rows), tmp_path, max_bytes=max_bytes)
    assert space_of(read_folder(tmp_path)) <= max_bytes - 100_000 - max_bytes // 25


def blocks_of(text: str) -> int:
    """Bytes of disk that a file of a text takes."""
    return -(-len(text) // 4096) * 4096


def test_a_family_that_does_not_fit_lets_smaller_ones_pass(engine, tmp_path):
    rows = draw_rows(13, [2000, 30, 4])
    write_shards(contents_of(engine, rows), tmp_path, max_bytes=140_000)
    found = read_folder(tmp_path)
    assert found.families.keys() == {2, 3}
    assert [entry["file"] for entry in found.index["families"]] == [
        None,
        "family-2.js",
        "family-3.js",
    ]
    assert found.find(found.families[3]["ids"][0]) == [3]


def test_only_so_many_are_named_without_a_file(engine, tmp_path):
    rows = draw_rows(17, [2] * 130)
    write_shards(contents_of(engine, rows), tmp_path, max_bytes=0)
    found = read_folder(tmp_path)
    assert [entry["family_id"] for entry in found.index["families"]] == list(range(1, 101))
    assert found.index["n_families"] == 130
    assert set(found.sizes) == {"families.js", "lookup-00.js"}


def test_licenses_are_those_of_the_families_with_all_their_obligations(engine, tmp_path):
    rows = draw_rows(19, [30])
    told = {"use-restrictions": "Uses on a list are forbidden.", "notice": "Pass the <text> on."}
    write_shards(contents_of(engine, rows), tmp_path, max_bytes=ROOMY, sentences=told)
    index = read_folder(tmp_path).index
    assert index["licenses"] == {
        "llama3": {
            "class": "community",
            "is_reviewed": True,
            "obligations": [
                {"obligation": "notice", "clause": "1.b.i"},
                {"obligation": "use-restrictions", "clause": "1.b.iv"},
            ],
        }
    }
    assert index["obligations"] == told


def test_a_license_has_the_id_by_which_its_terms_are_known(engine, tmp_path):
    rows = draw_rows(19, [30])
    spellings = ("llama-3", "Llama 3", "llama3", "unknown", None)
    for row, spelling in zip(rows["hub.models"], spellings * 10, strict=False):
        row["license"] = spelling
    write_shards(contents_of(engine, rows), tmp_path, max_bytes=ROOMY)
    found = read_folder(tmp_path)
    family = found.families[1]
    stated = {row["model_id"]: row["license"] for row in rows["hub.models"]}
    for model_id, place in zip(family["ids"], family["license"], strict=True):
        is_stated = stated.get(model_id) not in {"unknown", None}
        assert (None if place is None else family["licenses"][place]) == (
            "llama3" if is_stated else None
        )
    assert list(found.index["licenses"]) == ["llama3"]


def test_a_conflict_with_a_model_of_another_family_is_left_out(engine, tmp_path):
    rows = draw_rows(23, [6, 5])
    first, second = (
        sorted(
            row["model_id"]
            for row in rows["genealogy.members"]
            if row["graph"] == "all" and row["family_id"] == number
        )
        for number in (1, 2)
    )
    words = {"obligation": "odd", "severity": "low", "verdict": "unknown", "confidence": "missing"}
    rows["policy.license_conflicts"] = [
        {"model_id": first[0], "ancestor_id": second[0], "path": [], "lost_between": [], **words},
        {
            "model_id": first[1],
            "ancestor_id": first[2],
            "path": [],
            "lost_between": [second[1], first[1]],
            **words,
        },
    ]
    write_shards(contents_of(engine, rows), tmp_path, max_bytes=ROOMY)
    conflicts = read_folder(tmp_path).families[1]["conflicts"]
    assert (conflicts["model"], conflicts["ancestor"]) == ([1], [2])
    assert (conflicts["lost_parent"], conflicts["lost_child"]) == ([None], [1])


@pytest.mark.parametrize("tables", [(), ("genealogy.members", "genealogy.edges", "hub.models")])
def test_an_empty_snapshot_has_an_empty_index(engine, tmp_path, tables):
    contents = contents_of(engine, {name: [] for name in tables})
    shipped = write_shards(contents, tmp_path, max_bytes=ROOMY)
    found = read_folder(tmp_path)
    assert set(found.sizes) == {"families.js", "lookup-00.js"}
    assert (shipped.n_families, shipped.n_models_shipped) == (0, 0)
    assert found.index["families"] == found.index["notable"] == []
    assert found.find("a/b") == []


def test_the_same_tables_make_the_same_files(engine, tmp_path):
    rows = draw_rows(29, [50, 20, 20, 3])
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        write_shards(contents_of(engine, rows), tmp_path / name, max_bytes=ROOMY)
        for found in rows.values():
            random.Random(name).shuffle(found)
    one, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("one", "other")
    )
    assert one == other


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_no_value_ends_the_script(value):
    text = to_script_json(value)
    assert json.loads(text) == value
    assert text.isascii()
    assert not set("<>&\n") & set(text)


@pytest.mark.parametrize("name", [*HOSTILE, *ENDS])
def test_no_id_ends_the_script_and_a_browser_s_parser_sees_one_element(name):
    script = call("family", {"ids": [name]})
    assert read_call(script) == ("family", [{"ids": [name]}])
    page = PageReader(f"<html><script>{script}</script></html>")
    assert [tag for tag, _ in page.tags] == ["html", "script"]
    assert page.text == script


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["a", "b", "é", "<", None]))))
def test_texts_are_numbered_in_each_group(pairs):
    pairs.sort(key=lambda pair: pair[0])
    group = np.array([pair[0] for pair in pairs], dtype=np.int64)
    texts = pa.chunked_array([pa.array([pair[1] for pair in pairs], pa.string())])
    found = name_places(texts, group, 5)
    for number in range(5):
        names = found.of_group(number)
        own = [text for place, text in pairs if place == number]
        assert names == sorted({text for text in own if text is not None})
        places = found.places[group == number].tolist()
        assert [None if place is None else names[place] for place in places] == own


def test_models_of_one_checksum_are_all_found():
    # Two texts of one CRC-32: the checksum of eight bytes leaves 2**32 of each value.
    one, other = "plumless", "buckeroo"
    assert zlib.crc32(one.encode()) == zlib.crc32(other.encode())
    (script,) = lookup.lookup_scripts([one, other], np.array([4, 2]), 1)
    _, (_, table) = read_call(script)
    assert table == {"crc": [zlib.crc32(one.encode())] * 2, "family": [2, 4]}
    (script,) = lookup.lookup_scripts([one, other], np.array([3, 3]), 1)
    assert read_call(script)[1][1]["family"] == [3]


@pytest.mark.parametrize(
    ("n_models", "n_buckets"), [(0, 1), (4096, 1), (4097, 2), (262_144, 64), (10**7, 64)]
)
def test_the_lookup_grows_with_the_models(n_models, n_buckets):
    assert lookup.count_buckets(n_models) == n_buckets


@pytest.fixture
def built(tmp_path, monkeypatch) -> Path:
    """A program that stands for the real one."""
    folder = tmp_path / "built"
    folder.mkdir()
    (folder / "explorer.js").write_text("var biomeExplorer = {};\n")
    (folder / "explorer.css").write_text("#explorer { height: 90vh; }\n")
    monkeypatch.setattr(bundle, "BUNDLE_FOLDER", folder)
    return folder


def test_the_page_starts_the_program_and_comes_with_it(engine, tmp_path, built):
    rows = draw_rows(31, [12, 4])
    site = tmp_path / "site"
    site.mkdir()
    write_report(contents_of(engine, {k: v for k, v in rows.items() if k not in SCHEMAS}), site)
    page = PageReader((site / "explorer.html").read_text("utf-8"))
    scripts = [attributes.get("src") for attributes in page.all("script")]
    assert scripts == ["site.js", "explorer/explorer.js", "explorer/families.js", None]
    assert "biomeExplorer.start(" in page.text
    assert len(page.all("noscript")) == 1
    for target in ("explorer/explorer.css", *scripts[:3]):
        assert (site / target).is_file()
    assert [a["id"] for a in page.all("div")] == ["explorer"]
    assert [a["href"] for a in page.all("a") if "aria-current" in a] == ["explorer.html"]
    assert read_folder(site / "explorer").families.keys() == {1, 2}


@pytest.mark.parametrize("name", [*HOSTILE, *ENDS])
def test_no_id_leaves_its_place_on_a_page_of_one_family(engine, built, name):
    members = [
        {"graph": "all", "model_id": who, "family_id": 1, "root_id": name, "generation": place}
        for place, who in enumerate([name, "a/child"])
    ]
    edge = {
        "parent_id": name,
        "child_id": "a/child",
        "relation": "finetune",
        "is_excluded": False,
    }
    rows = {"genealogy.members": members, "genealogy.edges": [edge]}
    html = family_page(contents_of(engine, rows), graph="all", family_id=1, focus=name)
    page = PageReader(html)
    plain = PageReader(
        family_page(contents_of(engine, rows), graph="all", family_id=1, focus="a/child")
    )
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert [attributes for _, attributes in page.tags] == [a for _, a in plain.tags]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u2028\u2029\u202e\u2066]", html)
    assert printable(name) in page.text
    scripts = re.findall(r"<script>\n(.*?)</script>", html, flags=re.DOTALL)
    assert read_call(scripts[3].strip() + "\n")[1][0]["ids"] == sorted([name, "a/child"])
    (address,) = re.findall(r"location\.replace\((.*)\);", scripts[4])
    fields = parse_qs(json.loads(address).removeprefix("#"))
    assert fields == {"family": ["1"], "model": [name]}


@pytest.mark.parametrize("missing", ["explorer.js", "explorer.css"])
def test_without_the_program_the_page_says_how_to_make_it(engine, tmp_path, built, missing):
    (built / missing).unlink()
    site = tmp_path / "site"
    site.mkdir()
    write_report(Contents(engine, KEY, {}), site)
    page = PageReader((site / "explorer.html").read_text("utf-8"))
    assert [script["src"] for script in page.all("script")] == ["site.js"]
    assert "build it with 'make explorer', which needs Node.js" in page.text
    assert (site / "index.html").is_file()
    assert not (site / "explorer" / "explorer.js").exists()


def test_the_setting_limits_what_a_report_holds(engine, tmp_path):
    rows = draw_rows(37, [12, 4])
    del rows["policy.license_conflicts"], rows["policy.license_terms"]
    write_report(contents_of(engine, rows), tmp_path, explorer_bytes=0)
    assert not read_folder(tmp_path / "explorer").families
