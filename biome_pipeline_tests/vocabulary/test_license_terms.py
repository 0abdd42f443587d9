"""Reviewed license terms: facts of the texts, rules, and files that are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from biome_pipeline.errors import ReferenceDataError
from biome_pipeline.vocabulary.license_terms import (
    TEXTS,
    keeps,
    license_terms,
    obligations,
    read_terms,
)
from biome_pipeline.vocabulary.licenses import LICENSE_CLASSES, license_class
from biome_pipeline.vocabulary.reference import reference_file
from biome_pipeline.vocabulary.unreviewed_licenses import UNREVIEWED_LICENSES

if TYPE_CHECKING:
    from pathlib import Path

# License, obligation, clause: read in the texts of scancode-toolkit-mini 32.5.
_FACTS = [
    ("apache-2.0", "license-copy", "section 4(a)"),
    ("apache-2.0", "changes", "section 4(b)"),
    ("mit", "notice", "the permission notice"),
    ("gpl-3.0", "share-alike", "section 5(c)"),
    ("agpl-3.0", "source", "sections 6 and 13"),
    ("mpl-2.0", "share-alike", "section 3.1"),
    ("cc-by-4.0", "notice", "section 3(a)(1)(A)"),
    ("cc-by-sa-4.0", "share-alike", "section 3(b)(1)"),
    ("cc-by-nc-4.0", "non-commercial", "section 2(a)(1)"),
    ("cc-by-nd-4.0", "no-derivatives", "section 2(a)(1)(B)"),
    ("creativeml-openrail-m", "use-restrictions", "paragraphs 4(a) and 5, Attachment A"),
    ("llama2", "no-competing-training", "section 1.b.v"),
    ("llama3.1", "naming", "section 1.b.i(B)"),
    ("llama4", "scale-limit", "section 2"),
    ("gemma", "use-restrictions", "sections 3.1 and 3.2"),
    ("qwen", "scale-limit", "section 4"),
]


@pytest.mark.parametrize(("license_", "obligation", "clause"), _FACTS)
def test_facts_of_the_texts(license_: str, obligation: str, clause: str) -> None:
    found = {term.obligation: term.clause for term in license_terms()[license_].terms}
    assert found[obligation] == clause


def test_no_license_has_what_its_class_rules_out() -> None:
    of_class = {
        "permissive": {"notice", "changes", "license-copy"},
        "public domain": set(),
        "weak copyleft": {"notice", "changes", "share-alike", "source"},
        "copyleft": {"notice", "changes", "share-alike", "source"},
    }
    needs = {
        "copyleft": "share-alike",
        "non-commercial": "non-commercial",
        "no-derivatives": "no-derivatives",
        "use-restricted": "use-restrictions",
    }
    for name, found in license_terms().items():
        asked = {term.obligation for term in found.terms}
        assert found.license_class == license_class(name)
        if found.license_class in of_class:
            assert asked <= of_class[found.license_class], name
        if found.license_class in needs and name != "fair-ai-public-license-1.0-sd":
            assert needs[found.license_class] in asked, name


def test_what_nobody_read_has_no_terms() -> None:
    known = license_terms()
    assert not known.keys() & (UNREVIEWED_LICENSES | {"other", "unknown", "cc", "openrail", "gpl"})
    assert known.keys() <= LICENSE_CLASSES.keys()
    assert all(found.source.startswith(TEXTS) for found in known.values())
    assert len(known) > 60


@pytest.mark.parametrize(
    ("ancestor", "obligation", "license_", "expected"),
    [
        ("gpl-3.0", "share-alike", "gpl-3.0", True),
        ("gpl-3.0", "share-alike", "mit", False),
        ("lgpl-3.0", "share-alike", "gpl-3.0", True),
        ("cc-by-sa-3.0", "share-alike", "cc-by-sa-4.0", True),
        ("cc-by-sa-4.0", "share-alike", "cc-by-sa-3.0", False),
        ("cc-by-nc-4.0", "non-commercial", "cc-by-nc-sa-4.0", True),
        ("cc-by-nc-4.0", "non-commercial", "apache-2.0", False),
        ("cc-by-nd-4.0", "no-derivatives", "cc-by-nd-4.0", False),
        ("llama2", "use-restrictions", "llama3.1", False),
        ("llama3.1", "naming", "llama3.1", True),
        ("gemma", "use-restrictions", "apache-2.0", False),
        ("apache-2.0", "notice", "mit", True),
        ("apache-2.0", "license-copy", "mit", False),
        ("mit", "notice", "cc0-1.0", False),
        ("gemma", "use-restrictions", "other", None),
        ("mit", "notice", "llama3", None),
    ],
)
def test_what_keeps_an_obligation(
    ancestor: str, obligation: str, license_: str, *, expected: bool | None
) -> None:
    assert keeps(ancestor, obligation, license_) is expected


def test_a_license_keeps_its_own_terms() -> None:
    for name, found in license_terms().items():
        for term in found.terms:
            own = obligations()[term.obligation].kept_by != "none"
            assert keeps(name, term.obligation, name) is own


_GOOD = """
[obligations.notice]
meaning = "Keep notices."
severity = "low"
kept_by = "any"

[licenses.mit]
text = "mit"
terms = [{ obligation = "notice", clause = "the permission notice" }]
"""


def _written(folder: Path, text: str) -> Path:
    path = folder / "terms.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_is_read(tmp_path: Path) -> None:
    asked, known = read_terms(_written(tmp_path, _GOOD))
    assert list(asked) == ["notice"]
    assert known["mit"].terms[0].clause == "the permission notice"


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        ("[licenses.mit]", "[licenses.mit", "no TOML"),
        ("[licenses.mit]", "[licences.mit]", "no entries"),
        ("[licenses.mit]", "[licenses.mitt]", "no license of the vocabulary"),
        ('severity = "low"', 'severity = "grave"', "unknown"),
        ('kept_by = "any"', 'kept_by = "all"', "unknown"),
        ('kept_by = "any"', "", "kept_by is missing"),
        ('clause = "the permission notice"', 'clause = ""', "clause is missing"),
        ('text = "mit"', 'text = ""', "text is missing"),
        ('text = "mit"', 'text = "mit"\nclass = "other"', "class is not known"),
        ('obligation = "notice"', 'obligation = "thanks"', "'thanks' is unknown"),
        ('notice" }', 'notice", compatible = ["gpl-3.0"] }', "'gpl-3.0' is no reviewed license"),
        (
            'notice" }',
            'notice" }, { obligation = "notice", clause = "again" }',
            "an obligation comes twice",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, fact: str
) -> None:
    assert old in _GOOD
    path = _written(tmp_path, _GOOD.replace(old, new, 1))
    with pytest.raises(ReferenceDataError, match=fact) as caught:
        read_terms(path)
    assert "terms.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ReferenceDataError, match=r"nothing\.toml"):
        reference_file("nothing.toml")
