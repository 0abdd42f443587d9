"""A language is called by its English name."""

from __future__ import annotations

import pytest

from biome_pipeline.vocabulary.languages import language_aliases, language_name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("en", "English"),
        ("nds", "Low German"),
        # What stands in brackets, or after a semicolon, is left out.
        ("el", "Modern Greek"),
        ("es", "Spanish"),
        ("ia", "Interlingua"),
        ("multilingual", "several languages"),
        ("xx", None),
        ("", None),
        ("englisch", None),
    ],
)
def test_a_code_has_a_name_or_none(code: str, name: str | None) -> None:
    assert language_name(code) == name


def test_every_code_that_is_given_has_a_name() -> None:
    for code, _ in language_aliases().values():
        assert language_name(code)
