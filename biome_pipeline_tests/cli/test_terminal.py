"""What reaches a terminal is safe, aligned, and quiet where nobody looks."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biome_pipeline.cli.terminal import StepProgress, complain, rows_table, safe, say


@given(st.text())
def test_nothing_that_steers_a_terminal_is_left(text):
    found = safe(text)
    assert all(
        character in "\n\t" or unicodedata.category(character)[0] != "C" for character in found
    )


@given(st.text(st.characters(exclude_categories=["C"])))
def test_all_other_text_stays_as_it_is(text):
    assert safe(text) == text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (0, "0"),
        ("模型 \U0001f33f", "模型 \U0001f33f"),
        ("\x1b[31m", "\\u001b[31m"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u200bb", "a\\u200bb"),
        ("a\rb", "a\\u000db"),
    ],
)
def test_odd_characters_are_shown_as_escapes(value, shown):
    assert safe(value) == shown


def test_an_error_is_one_line_on_standard_error(capsys):
    complain("one\ntwo   three\x1b")
    out, err = capsys.readouterr()
    assert (out, err) == ("", "error: one two three\\u001b\n")


def test_lines_are_said_safely(capsys):
    say("a", 1, "\x07")
    assert capsys.readouterr().out == "a\n1\n\\u0007\n"


def test_a_table_puts_numbers_to_the_right_and_groups_them(capsys):
    rows_table(("name", "n", "x"), [("a", 5, 0.123456), ("bb", 1234567, None)])
    head, first, second = (line.rstrip() for line in capsys.readouterr().out.splitlines())
    assert head.split() == ["name", "n", "x"]
    assert first.endswith("0.1235")
    assert second == second.rstrip()
    assert "1,234,567" in second
    assert first.index("5") == second.index("1,234,567") + len("1,234,567") - 1


def test_markup_in_a_name_is_only_text(capsys):
    rows_table(("[b]h[/b]",), [("[red]x[/red]",), (True,)])
    out = capsys.readouterr().out
    assert "[red]x[/red]" in out
    assert "[b]h[/b]" in out
    assert "True" in out


def test_a_table_without_rows_is_its_heading(capsys):
    rows_table(("a", "b"), [])
    assert capsys.readouterr().out.split() == ["a", "b"]


def test_progress_is_a_line_per_step_where_there_is_no_terminal(capsys):
    with StepProgress(2) as progress:
        progress.begins("hub.models")
        progress.ends("hub.models", 1234)
        progress.begins("database")
        progress.ends("database", None)
    out, err = capsys.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert first.split()[:3] == ["hub.models", "1,234", "rows"]
    assert second.split()[0] == "database"
    assert "rows" not in second
    assert first.endswith(" s")
