"""Pages say what the tables hold: every number that is computed, no claim that is not."""

from __future__ import annotations

import datetime as dt
import json

import pyarrow as pa
import pytest

from biome_pipeline.report.site import genealogy
from biome_pipeline.report.site.contents import Contents
from biome_pipeline.report.site.genealogy import GENEALOGY
from biome_pipeline.report.site.overview import OVERVIEW
from biome_pipeline.report.site.quality import QUALITY
from biome_pipeline.report.site.snapshot import SNAPSHOT
from biome_pipeline.settings import Settings
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.worlds.chain import HUBS, KEY, chain_of
from biome_pipeline_tests.worlds.hub import BATCHES

DRAWN = next(name for name in HUBS if name.startswith(f"seeds {BATCHES[-1][0]}"))
DAY = dt.date.fromisoformat(KEY)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with open_engine(Settings(data=tmp_path_factory.mktemp("data"), threads=1)) as opened:
        yield opened


@pytest.fixture(scope="module")
def computed(engine) -> Contents:
    """What the package itself makes of a drawn Hub."""
    tables = chain_of(DRAWN).tables
    return Contents(
        engine,
        KEY,
        {
            name: engine.memory_table(tables[name]).select(*TABLES[name].published_columns)
            for name in tables
            if name in TABLES and TABLES[name].published_columns
        },
    )


def made_of(engine, rows: dict[str, list[dict]]) -> Contents:
    tables = {
        name: engine.memory_table(
            pa.Table.from_pylist(
                [{"snapshot": DAY, **row} for row in found], schema=TABLES[name].arrow_schema()
            )
        )
        for name, found in rows.items()
    }
    return Contents(engine, KEY, tables)


def statistic(name: str, item: str, value: float, n: int) -> dict:
    return {"statistic": name, "item": item, "value": value, "n": n}


def table_of(page, contents: Contents, caption: str):
    """Find a table of a page."""
    (found,) = (
        table
        for section in page.sections(contents)
        for table in section.tables
        if table.caption == caption
    )
    return found


def section_of(page, contents: Contents, heading: str):
    (found,) = (s for s in page.sections(contents) if s.heading == heading)
    return found


def test_no_comparison_is_named_that_is_never_computed(computed) -> None:
    compared = table_of(SNAPSHOT, computed, "Downloads compared").rows
    assert len(compared) == 11
    declining = computed.statistic("declining")
    (row,) = (row for row in compared if row[0].startswith("Declining models"))
    assert row[1:] == (declining["n_declining"].value, declining["n_declining"].n)


def test_what_is_shared_by_models_is_named_in_words(computed) -> None:
    words = [row[0] for row in table_of(QUALITY, computed, "Features of models").rows]
    assert len(words) == len(computed.statistic("share")) == 6
    assert not set(words) & set(computed.statistic("share"))


def test_the_most_downloaded_of_all_time_are_there(computed) -> None:
    for caption, name in (
        ("Most downloaded recently", "most_downloaded"),
        ("Most downloaded of all time", "most_downloaded_all_time"),
    ):
        rows = table_of(SNAPSHOT, computed, caption).rows
        expected = computed.top(name, 20)
        assert [row[:2] for row in rows] == [(row.item, row.value) for row in expected]
        assert len(rows) > 3


def test_every_size_has_its_most_downloaded_models(engine) -> None:
    # Ten of each class, and all of one class have more downloads than all of the next.
    classes = ("100B+", "<1B", "15-100B", "1-3B", "7-15B", "3-7B")
    rows = [
        statistic("largest_of_class", f"{name}: owner/m{n}", 1_000.0 * (9 - place) - n, 50)
        for place, name in enumerate(classes)
        for n in range(10)
    ]
    contents = made_of(engine, {"hub.statistics": rows})
    shown = table_of(SNAPSHOT, contents, "Most downloaded models of each size").rows
    sizes = ("<1B", "1-3B", "3-7B", "7-15B", "15-100B", "100B+")
    assert [row[:2] for row in shown] == [(f"owner/m{n}", size) for size in sizes for n in range(3)]


def test_families_that_are_left_out_are_counted(engine, monkeypatch) -> None:
    family = {"graph": "all", "root_id": "a/a", "depth": 1, "n_leaves": 1, "n_pairs": 1}
    rows = [
        {**family, "family_id": number, "n_models": size}
        for number, size in enumerate((9, 8, 2), start=1)
    ]
    for most, said in ((9, None), (8, "1 family of {} is not"), (7, "2 families of {} are not")):
        monkeypatch.setattr(genealogy, "_MOST_DRAWN", most)
        monkeypatch.setattr(genealogy, "largest_trees", lambda *_args, **_choice: [])
        contents = made_of(engine, {"genealogy.families": rows})
        section = section_of(GENEALOGY, contents, "Largest families as trees")
        words = said and said.format(f"more than {most} models")
        expected = (f"{words} drawn: no picture of that size can be read.",) if words else ()
        assert section.paragraphs == expected
        assert section.pictures[0].draw.keywords["most"] == (most if said else None)


@pytest.mark.parametrize(
    ("others", "claim"),
    [
        # The largest share, of few, is less sure than the second.
        ([("merge", 0.25, 0.0, 0.33)], "Of children by finetune, 17.3 % have"),
        ([("merge", 0.25, 0.2, 0.33)], "Of children by merge, 25.0 % have"),
        ([("adapter", 0.02, 0.0, 0.03)], ", more than of those by any other relation."),
        ([("adapter", 0.02, 0.0, 0.08)], "(95 % interval 7.2 % to 22.3 %)."),
        ([], "(95 % interval 7.2 % to 22.3 %)."),
        ([("merge", 0.5, None, None)], "Of children by finetune, 17.3 % have"),
    ],
)
def test_no_relation_is_called_the_most_fertile_unless_it_is_sure(engine, others, claim) -> None:
    rows = [
        {
            "graph": "all",
            "relation": relation,
            "n_children": 100,
            "n_fertile": 1,
            "share_fertile": share,
            "ci_low": low,
            "ci_high": high,
            "n_families": 9,
        }
        for relation, share, low, high in [("finetune", 0.173, 0.072, 0.223), *others]
    ]
    contents = made_of(engine, {"genealogy.fertility": rows})
    (finding,) = section_of(OVERVIEW, contents, "Findings").findings
    sentence = finding.sentence.replace("\N{NO-BREAK SPACE}", " ")
    assert claim in sentence
    assert ("any other relation" in sentence) == ("any other relation" in claim)


def test_models_without_relatives_are_not_called_missing(engine) -> None:
    rows = {
        "hub.snapshots": [
            {
                "source": "file:/a",
                "source_revision": "r",
                "started_at": dt.datetime(2026, 8, 20),
                "finished_at": dt.datetime(2026, 8, 20),
                "n_models": 40,
                "n_rejected": 0,
                "manifest": json.dumps({}),
            }
        ],
        "genealogy.families": [
            {
                "graph": "all",
                "family_id": 1,
                "root_id": "\u05d0/\u05d1",
                "n_models": 10,
                "n_pairs": 9,
                "depth": 1,
                "n_leaves": 9,
            }
        ],
    }
    (finding,) = section_of(OVERVIEW, made_of(engine, rows), "Findings").findings
    assert finding.sentence.startswith("10 models (25.0\N{NO-BREAK SPACE}%) belong to 1 family")
    # A name from right to left keeps its sentence in order.
    assert "around \u2068\u05d0/\u05d1\u2069, and" in finding.sentence
    assert (finding.n, finding.share_missing) == (40, None)


def test_a_reason_stands_only_where_something_is_missing(engine) -> None:
    rows = [
        {"field": field, "n_models": 4, "n_missing": n, "share_missing": n / 4, "reason": "Why so."}
        for field, n in (("likes", 0), ("license", 1))
    ]
    table = table_of(QUALITY, made_of(engine, {"hub.quality": rows}), "Missing values by field")
    assert [row[3] for row in table.rows] == ["", "Why so."]


def test_subjects_have_names_and_take_the_place_of_papers(engine) -> None:
    rows = [
        statistic("arxiv_paper", "1910.09700", 3.0, 4),
        statistic("arxiv_category", "cs.CL", 2.0, 4),
        statistic("arxiv_category", "stat.ML", 1.0, 4),
    ]
    with_subjects = made_of(engine, {"hub.statistics": rows})
    table = table_of(SNAPSHOT, with_subjects, "arXiv subjects: numbers")
    assert [row[0] for row in table.rows] == ["Computation and Language", "Machine Learning (stat)"]
    without = made_of(engine, {"hub.statistics": rows[:1]})
    table = table_of(SNAPSHOT, without, "arXiv papers: numbers")
    assert [row[0] for row in table.rows] == ["1910.09700"]
