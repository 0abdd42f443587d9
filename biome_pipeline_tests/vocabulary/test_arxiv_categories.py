"""Subjects have names that tell them apart."""

from __future__ import annotations

import re

from biome_pipeline.vocabulary.arxiv_categories import ARXIV_CATEGORIES, category_name


def test_every_subject_has_a_code_of_arxiv_and_a_name_of_its_own() -> None:
    assert all(re.fullmatch(r"[a-z-]+(\.[A-Za-z-]+)?", code) for code in ARXIV_CATEGORIES)
    names = [category_name(code) for code in ARXIV_CATEGORIES]
    assert len(set(names)) == len(names)


def test_a_name_that_two_archives_share_names_the_archive() -> None:
    assert category_name("cs.LG") == "Machine Learning (cs)"
    assert category_name("stat.ML") == "Machine Learning (stat)"
    assert category_name("cs.CL") == "Computation and Language"


def test_an_unknown_code_stays_as_it_is() -> None:
    assert category_name("I.2.7") == "I.2.7"
