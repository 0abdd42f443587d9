"""Every error: one tree, one line, whole after a journey between processes."""

from __future__ import annotations

import inspect
import pickle

import pytest

from biome_pipeline import errors
from biome_pipeline.errors import BiomeError

KINDS = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, BiomeError)
]
ALL = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def test_the_tree_in_the_docstring_is_the_tree():
    drawn = {
        line.translate(str.maketrans("│├└─", "    ")).split()[0]
        for line in (errors.__doc__ or "").splitlines()
        if any(mark in line for mark in "├└") or line.strip() == "BiomeError"
    }
    assert drawn == {kind.__name__ for kind in KINDS}
    assert set(errors.__all__) == drawn


@ALL
def test_an_error_keeps_its_parts_and_is_one_line(kind):
    error = kind("no\nsuch  thing", place="/a/b\tc", remedy="look\r\nelsewhere")
    assert (error.fact, error.place, error.remedy) == (
        "no\nsuch  thing",
        "/a/b\tc",
        "look\r\nelsewhere",
    )
    assert str(error) == "/a/b c: no such thing; look elsewhere"


@ALL
def test_an_error_survives_pickling(kind):
    error = kind("fact", place="place", remedy="remedy")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert (back.fact, back.place, back.remedy) == ("fact", "place", "remedy")
    assert str(back) == str(error)


@pytest.mark.parametrize(
    ("place", "remedy", "line"),
    [
        ("", "", "fact"),
        ("p", "", "p: fact"),
        ("", "r", "fact; r"),
        ("p", "r", "p: fact; r"),
    ],
)
def test_missing_parts_leave_no_marks(place, remedy, line):
    assert str(BiomeError("fact", place=place, remedy=remedy)) == line


def test_parts_are_named():
    with pytest.raises(TypeError):
        BiomeError("fact", "place")


@pytest.mark.parametrize(
    "parent",
    ["SourceError", "SnapshotError", "WarehouseError", "GenealogyError", "RunError"],
)
def test_each_branch_can_be_caught_whole(parent):
    branch = getattr(errors, parent)
    assert branch.__mro__[1] is BiomeError
    assert len([kind for kind in KINDS if issubclass(kind, branch)]) > 1
