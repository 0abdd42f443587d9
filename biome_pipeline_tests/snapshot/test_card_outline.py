"""Headings are those of CommonMark, and sections those that say something."""

from __future__ import annotations

import random
import re
from collections import Counter
from itertools import pairwise

import pytest
from huggingface_hub import ModelCard, ModelCardData
from markdown_it import MarkdownIt

from biome_pipeline.snapshot.card_outline import (
    headings,
    sections_named,
    sections_present,
    without_comments,
)
from biome_pipeline.vocabulary.card_sections import (
    APART_PHRASES,
    SECTION_HEADINGS,
    SECTION_PHRASES,
    SECTIONS,
)
from biome_pipeline_tests.worlds.cards import APART, NAMED, UNKNOWN, draw_card, draw_markdown


def commonmark_headings(markdown: str) -> list[tuple[int, str]]:
    """Read headings with an independent reader; the last line of each is its title."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    return [
        (int(token.tag[1]), inline.content.split("\n")[-1].strip())
        for token, inline in pairwise(tokens)
        if token.type == "heading_open" and token.level == 0
    ]


def test_headings_are_those_of_commonmark():
    rng = random.Random(3)
    found = Counter()
    for _ in range(8_000):
        markdown = draw_markdown(rng)
        wanted = commonmark_headings(markdown)
        got = [(heading.level, heading.title) for heading in headings(markdown)]
        assert got == wanted, repr(markdown)
        found.update(level for level, _ in wanted)
    assert min(found[level] for level in (1, 2, 3)) > 300


@pytest.mark.parametrize(
    "body",
    [
        "| a |\n---",
        "| a | b |\n|---|---|\n| c | d |\n---",
        "<div>\n---",
        "text\n\n---",
        "1. one\ntwo\n---",
        "- one\n---",
        "<!-- a\n\n# b\n--> c\n---",
        "```\n# a\n\n# b",
        "# a".replace(" ", "\u3000"),
    ],
)
def test_what_is_no_heading(body):
    assert headings(body) == []


def test_drawn_cards_have_their_headings():
    rng = random.Random(4)
    for _ in range(1_000):
        card = draw_card(rng)
        body = card.body.replace("\r\n", "\n")
        assert [(h.level, h.title) for h in headings(body)] == card.headings, body


def test_positions_enclose_the_lines_of_a_heading():
    body = "a\n# B\nc\n\nd\n--\ne"
    text = "\n" + body
    spans = [text[heading.start : heading.end] for heading in headings(body)]
    assert spans == ["\n# B", "\nd\n--"]


def test_drawn_cards_have_exactly_the_sections_that_say_something():
    rng = random.Random(5)
    present, absent = Counter(), Counter()
    for _ in range(3_000):
        card = draw_card(rng)
        body = card.body.replace("\r\n", "\n")
        n_headings, sections = sections_present(body)
        assert sections == card.sections, body
        assert n_headings == len(card.headings)
        named = set().union(*(NAMED.get(title, set()) for _, title in card.headings))
        present.update(sections)
        absent.update(named - sections)
    for section in SECTIONS:
        assert present[section] > 100
        assert absent[section] > 100


@pytest.mark.parametrize(("title", "sections"), NAMED.items())
def test_headings_name_their_sections(title, sections):
    assert sections_named(title) == sections


@pytest.mark.parametrize("title", APART)
def test_headings_that_are_about_something_else(title):
    assert sections_named(title) == frozenset()


@pytest.mark.parametrize("title", [*UNKNOWN, "Evaluating", "Reuse", "x" * 300 + " license"])
def test_headings_that_are_not_known(title):
    assert sections_named(title) is None


def test_every_wording_is_recognised_as_its_section():
    for wordings in (SECTION_HEADINGS, SECTION_PHRASES):
        assert set(wordings) == set(SECTIONS)
        for section, words in wordings.items():
            for wording in words:
                assert sections_named(wording.title()) == {section}, wording
    for wording in APART_PHRASES:
        assert sections_named(wording) == set(), wording


def test_every_wording_stands_once_and_in_normal_form():
    groups = [*SECTION_HEADINGS.values(), *SECTION_PHRASES.values(), APART_PHRASES]
    wordings = [wording for group in groups for wording in group]
    assert len(wordings) == len(set(wordings))
    for wording in wordings:
        assert " ".join(re.findall(r"[^\W_]+", wording.lower())) == wording


def template(**filled: str) -> str:
    """Render the default template of the installed client."""
    return ModelCard.from_template(ModelCardData(), **filled).text


def test_the_default_template_has_no_section():
    n_headings, sections = sections_present(template())
    assert sections == frozenset()
    assert n_headings == len(commonmark_headings(template())) > 30


@pytest.mark.parametrize(
    ("variable", "section"),
    [
        ("direct_use", "intended_use"),
        ("downstream_use", "intended_use"),
        ("out_of_scope_use", "intended_use"),
        ("bias_risks_limitations", "limits"),
        ("bias_recommendations", "limits"),
        ("training_data", "training_data"),
        ("testing_data", "evaluation"),
        ("testing_metrics", "evaluation"),
        ("results", "evaluation"),
        ("hardware_type", "environmental_impact"),
        ("co2_emitted", "environmental_impact"),
        ("citation_bibtex", "citation"),
        ("citation_apa", "citation"),
        ("preprocessing", None),
        ("training_regime", None),
        ("get_started_code", None),
        ("model_description", None),
        ("glossary", None),
    ],
)
def test_one_answer_in_the_default_template_is_one_section(variable, section):
    _, sections = sections_present(template(**{variable: "Something."}))
    assert sections == ({section} if section else set())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a<!-- b -->c<!--d-->e", "ace"),
        ("a<!-- b", "a"),
        ("a --> b", "a --> b"),
        ("<!--><!-- -->a", "a"),
    ],
)
def test_comments_are_taken_out(text, wanted):
    assert without_comments(text) == wanted
