"""Values and texts are written as a reader expects them."""

from __future__ import annotations

import datetime as dt

import pytest

from biome_pipeline.genealogy.lineage import printable
from biome_pipeline.report.site.page import Distance, Parameters, Share, Table
from biome_pipeline.report.site.wording import isolated, parameters, pieces, shown
from biome_pipeline_tests.worlds.families import HOSTILE

TIME = dt.datetime(2026, 8, 19, 20)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not known"),
        (True, "yes"),
        (1_234_567, "1,234,567"),
        (1234.0, "1,234"),
        (1234.6, "1,235"),
        (0.12345, "0.123"),
        (0.00012345, "0.000123"),
        (0.000012345, "<0.0001"),
        (-0.000012345, ">-0.0001"),
        (0.0, "0"),
        (Share(0.5), "50.0\N{NO-BREAK SPACE}%"),
        (Share(0.0001), "<0.1\N{NO-BREAK SPACE}%"),
        (Share(0), "0.0\N{NO-BREAK SPACE}%"),
        (Share(0.9994), "99.9\N{NO-BREAK SPACE}%"),
        (Share(19_982 / 19_987), ">99.9\N{NO-BREAK SPACE}%"),
        (Share(1), "100.0\N{NO-BREAK SPACE}%"),
        (Distance(2), "2.00"),
        (Distance(6.126), "6.13"),
        (Parameters(7e9), "7\N{NO-BREAK SPACE}billion"),
        (TIME, "2026-08-19 20:00 UTC"),
        ("a\u202eb\n", "a\\u202eb\\n"),
    ],
)
def test_values_are_written_for_readers(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "1"),
        (999, "999"),
        (6_736_280_320, "6.74 billion"),
        (20_914_757_184, "20.9 billion"),
        (335_174_458, "335 million"),
        # Three digits are rounded: what is nearly a thousand of one is one of the next.
        (999_400_000, "999 million"),
        (999_900_000, "1 billion"),
        (9_996_000, "10 million"),
        (19.98e15, "19,980 trillion"),
    ],
)
def test_parameters_are_written_in_words(count: float, text: str) -> None:
    assert parameters(count) == text.replace(" ", "\N{NO-BREAK SPACE}")


def test_a_text_that_would_fill_the_page_loses_its_middle() -> None:
    long = "a" * 300 + "b" * 300
    assert len(shown(long)) == 240
    assert shown(long).strip("a").strip("b") == "…"
    assert shown("a" * 240) == "a" * 240


def test_names_break_after_what_joins_their_words() -> None:
    assert pieces("downloads_all_time") == ["downloads_", "all_", "time"]
    assert pieces("owner/model-3.5") == ["owner/", "model-3.", "5"]
    assert pieces("The end. A new one") == ["The end. A new one"]
    for name in HOSTILE:
        assert "".join(pieces(name)) == name


def test_a_text_from_right_to_left_turns_nothing_around_it() -> None:
    for name in HOSTILE:
        assert isolated(name) == f"\u2068{printable(name)}\u2069"


def test_a_column_of_numbers_is_one_whatever_its_first_row_knows() -> None:
    rows = [
        (0, None, "text", Share(0.5), True, None, None),
        (1, 3, None, None, False, None, "text"),
        (2, 2.5, "text", 1, True, None, "text"),
    ]
    # The first column names its row, be it by a number.
    names = ("Age", "n", "Why", "Share", "Is it", "Unknown", "Late")
    assert Table("Rows", names, rows, empty="none").numbers == {1, 3, 5}
