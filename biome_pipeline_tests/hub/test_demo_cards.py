"""Cards of the demo Hub: their planted facts are in the texts, at the planted rates."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter, defaultdict

import numpy as np
import pytest
import yaml
from scipy.stats import binom

from biome_pipeline.hub.demo import build_demo_hub
from biome_pipeline.hub.demo.card_sentences import (
    AUTOMATIC_NOTES,
    INTRODUCTIONS,
    MENTIONS,
    SECTIONS,
    USAGE,
)
from biome_pipeline.hub.demo.cards import BULK_LONGEST, ROOM_FOR_ALL
from biome_pipeline.hub.demo.front_matter import front_matter
from biome_pipeline.hub.demo.rows import Row
from biome_pipeline.hub.demo.themes import THEME_WORDS, Themes
from biome_pipeline.hub.demo.words import BRANDS, TOPICS

# A reader of its own: the headings as regular expressions, one per section.
HEADINGS = {
    "intended_use": r"#+ (Intended use|Uses|Direct Use)",
    "limits": r"#+ (Limitations|Bias, Risks, and Limitations)",
    "training_data": r"#+ Training [Dd]ata",
    "evaluation": r"#+ Evaluation( results)?",
    "license": r"(#+ License|License\n-+)",
    "citation": r"#+ Citation",
    "environmental_impact": r"#+ Environmental Impact",
}
KINDS = ("root", "finetune", "adapter", "quantized", "merge", "unrelated")


class World:
    def __init__(self, n_models):
        hub = build_demo_hub(n_models)
        self.truth = hub.truth
        self.planted = hub.truth.planted
        self.rows = {row["id"]: row for row in hub.table.to_pylist()}
        self.models = {model["id"]: model for model in hub.truth.models.to_pylist()}
        self.cards = {row["model_id"]: row for row in hub.cards.to_pylist()}
        self.facts = {row["model_id"]: row for row in hub.truth.cards.to_pylist()}
        self.parents = {}
        for edge in hub.truth.edges.to_pylist():
            self.parents.setdefault(edge["child_id"], []).append(edge["parent_id"])

    def text(self, model_id):
        return self.cards[model_id]["body"].decode()

    def kind(self, model_id):
        if model_id not in self.models:
            return "unrelated"
        return self.models[model_id]["relation"] or "root"

    def roomy(self, kind):
        """Cards with room for everything, that no bulk uploader wrote."""
        return [
            fact
            for name, fact in self.facts.items()
            if self.kind(name) == kind
            and fact["body_characters"] >= ROOM_FOR_ALL
            and fact["bulk_template"] is None
        ]


@pytest.fixture(scope="module")
def hub():
    return World(20_000)


def split(text):
    """Front matter without fences, and the text behind it, the plain way."""
    if not text.startswith("---\n"):
        return None, text
    lines = text.split("\n")
    end = lines.index("---", 1)
    return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :])


def within(successes, n, probability):
    """Whether a count lies in the central 99.99 % of its binomial distribution."""
    assert n >= 30, "too few cases to say anything"
    low, high = binom.interval(0.9999, n, probability)
    return low <= successes <= high


def sections(body):
    """The sections of a text: name to what it says, code fences taken out first."""
    body = re.sub(r"```python\n.*?```", "", body, flags=re.S)
    found = {}
    for name, heading in HEADINGS.items():
        match = re.search(
            rf"^{heading}\n\n(.*?)(?=\n\n(?:#|License\n---|!$)|\Z)", body, re.M | re.S
        )
        if match:
            found[name] = match.group(match.lastindex)
    return found


# Which models have a card


def test_every_model_with_a_readme_has_one_row_and_no_other(hub):
    ids = [row["model_id"] for row in hub.cards.values()]
    assert ids == sorted(ids)
    malformed = {case["id"] for case in hub.truth.anomalies["malformed_id"]}
    expected = {
        name
        for name, row in hub.rows.items()
        if name is not None
        and name not in malformed
        and {"rfilename": "README.md"} in row["siblings"]
    }
    assert set(hub.cards) == expected
    assert set(hub.models) & expected == {
        name for name in hub.models if hub.cards.get(name, {}).get("outcome") == "ok"
    }


def test_truth_has_every_card_but_the_spoilt(hub):
    spoilt = {
        case["id"]
        for cases in hub.truth.anomalies.values()
        for case in cases
        if case.get("file") == "README.md"
    }
    assert set(hub.facts) == set(hub.cards) - spoilt
    assert not spoilt & set(hub.models)


# What a card says


def test_front_matter_says_what_the_row_says(hub):
    # Every fourth is enough: PyYAML takes its time.
    names = [name for name in hub.facts if hub.rows[name]["cardData"] is not None][::4]
    assert len(names) > 3_000
    n_odd = 0
    for name in names:
        data = hub.rows[name]["cardData"]
        front, _ = split(hub.text(name))
        try:
            expected = json.loads(data)
        except json.JSONDecodeError:
            expected = None
        if not isinstance(expected, dict) or data == front:
            assert front == data
            n_odd += 1
        else:
            assert yaml.safe_load(front) == expected
    assert n_odd < 20


def test_front_matter_quotes_what_yaml_would_take_for_something_else():
    odd = {
        "base_model": ["C:\\models\\plover", "~/plover", "", "no", "1e5", "- x", "a: b", "#c"],
        "language": "no",
        "license": "mit",
        "license_name": "true",
        "title": "é … 🌿",
    }
    text = front_matter(Row(None, "a/b", "a", 0, 0, card=odd))
    assert text.startswith("---\n")
    assert text.endswith("\n---\n")
    assert yaml.safe_load(text.removesuffix("---\n")) == odd
    assert front_matter(Row(None, "a/b", "a", 0, 0)) == ""
    assert front_matter(Row(None, "a/b", "a", 0, 0, card="[1, 2")) == "---\n[1, 2\n---\n"


def test_lengths_are_the_planted_ones(hub):
    n_wide = 0
    for name, fact in hub.facts.items():
        text = hub.text(name)
        _, body = split(text)
        assert fact["characters"] == len(text)
        assert fact["body_characters"] == len(body)
        assert body.startswith("# ") or not body
        if name in hub.models:
            assert len(body) == hub.models[name]["card_characters"]
        n_wide += len(body) != len(body.encode())
    # Characters and bytes are told apart.
    assert n_wide > 1_000


def test_facts_against_a_plain_recomputation(hub):
    counts = Counter()
    for name, fact in hub.facts.items():
        _, body = split(hub.text(name))
        says = (
            "automatically generated" in body.lower() or "generated automatically" in body.lower()
        )
        assert fact["is_auto_generated"] == says, name
        found = sections(body)
        said = [section for section in found if found[section] != "[More Information Needed]"]
        assert fact["sections"] == said, name
        n_placeholders = body.count("[More Information Needed]")
        assert fact["n_placeholders"] == n_placeholders == len(found) - len(said), name
        if name in hub.parents:
            assert fact["mentions_parent"] == (hub.parents[name][0] in body), name
        else:
            assert fact["mentions_parent"] is None
        counts.update(said)
    assert min(counts[name] for name in HEADINGS) > 300


# The planted rates


@pytest.mark.parametrize("kind", KINDS)
def test_automatic_generation(hub, kind):
    cards = hub.roomy(kind)
    n_auto = sum(card["is_auto_generated"] for card in cards)
    assert within(n_auto, len(cards), hub.planted[f"card_auto_{kind}"])


@pytest.mark.parametrize("kind", KINDS)
def test_sections(hub, kind):
    cards = hub.roomy(kind)
    for section in HEADINGS:
        probability = hub.planted[f"section_{section}"] * hub.planted[f"sections_factor_{kind}"]
        n_said = sum(section in card["sections"] for card in cards)
        assert within(n_said, len(cards), probability), section


def test_placeholders_stand_in_the_automatic_template_only(hub):
    cards = [card for kind in KINDS for card in hub.roomy(kind)]
    with_some = [card for card in cards if card["n_placeholders"]]
    assert all(card["is_auto_generated"] for card in with_some)
    assert {card["n_placeholders"] + len(card["sections"]) for card in with_some} == {7}
    n_auto = sum(card["is_auto_generated"] for card in cards)
    # One of two notes has the template; hardly any has all seven sections filled.
    assert within(len(with_some), n_auto, 0.5)


@pytest.mark.parametrize("relation", ["finetune", "adapter", "quantized", "merge"])
def test_mentions_of_the_parent(hub, relation):
    cards = hub.roomy(relation)
    n_mentions = sum(card["mentions_parent"] for card in cards)
    assert within(n_mentions, len(cards), hub.planted["card_mentions_parent"])


@pytest.mark.parametrize("relation", ["quantized", "adapter"])
def test_bulk_uploads(hub, relation):
    able = [
        fact
        for name, fact in hub.facts.items()
        if hub.kind(name) == relation and ROOM_FOR_ALL <= fact["body_characters"] <= BULK_LONGEST
    ]
    bulk = [fact for fact in able if fact["bulk_template"]]
    assert within(len(bulk), len(able), hub.planted[f"card_bulk_{relation}"])
    authors = defaultdict(set)
    for fact in bulk:
        authors[fact["model_id"].partition("/")[0]].add(fact["bulk_template"])
    assert all(len(templates) == 1 for templates in authors.values())


def test_cards_of_one_template_differ_in_ids_and_numbers_only(hub):
    left = defaultdict(set)
    for name, fact in hub.facts.items():
        if fact["bulk_template"]:
            _, body = split(hub.text(name))
            body = body.replace(name, "ID").replace(hub.parents[name][0], "ID")
            left[fact["bulk_template"]].add(re.sub(r"\d+", "0", body))
    assert len(left) == 4
    assert all(len(texts) == 1 for texts in left.values())
    assert len(set.union(*left.values())) == 4


def test_everything_fits_into_a_card_with_room():
    name, parent = "n" * 70, "p" * 110
    for kind, introduction in INTRODUCTIONS.items():
        pieces = [f"# {name} 🌿", max(AUTOMATIC_NOTES, key=len), introduction.format(name=name)]
        pieces += [MENTIONS.get(kind, "").format(parent=parent), USAGE.format(name=name)]
        for section in SECTIONS:
            longest = max((*section.texts, ""), key=len).replace("{name}", name)
            pieces.append("\n\n" + max(section.headings, key=len) + "\n\n" + longest)
        assert sum(map(len, pieces)) <= ROOM_FOR_ALL, kind


def test_names_are_shorter_than_that(hub):
    assert max(len(name.rpartition("/")[2]) for name in hub.facts) <= 70
    assert max(len(parent) for of_child in hub.parents.values() for parent in of_child) <= 110


# Themes


def words(text):
    return set(re.findall(r"\w\w+", text.lower()))


def test_theme_words_are_in_no_other_text():
    fixed = [*AUTOMATIC_NOTES, *INTRODUCTIONS.values(), *MENTIONS.values(), USAGE, *BRANDS, *TOPICS]
    for section in SECTIONS:
        fixed += [*section.headings, *section.texts]
    assert len(set(THEME_WORDS)) == len(THEME_WORDS) > 200
    assert not words(" ".join(fixed)) & set(THEME_WORDS)


def test_a_family_has_words_of_its_own(hub):
    of_theme = defaultdict(set)
    for name in hub.models:
        if name in hub.facts:
            _, body = split(hub.text(name))
            # The last paragraph may end in the middle of a word.
            of_theme[hub.facts[name]["theme"]] |= words(body) & set(THEME_WORDS)
    sizes = Counter(map(len, of_theme.values()))
    assert max(sizes) <= 10
    assert sizes[8] > 0.6 * len(of_theme)
    founders = defaultdict(set)
    for name, model in hub.models.items():
        if model["relation"] is None and name in hub.facts:
            founders[hub.facts[name]["theme"]].add(name)
    assert set(map(len, founders.values())) == {1}
    for child, parents in hub.parents.items():
        if child in hub.facts and parents[0] in hub.facts:
            assert hub.facts[child]["theme"] == hub.facts[parents[0]]["theme"]


def test_siblings_share_more_words_than_strangers(hub):
    rng = np.random.default_rng(5)
    children = defaultdict(list)
    for child, parents in hub.parents.items():
        fact = hub.facts.get(child)
        if fact and fact["bulk_template"] is None and fact["body_characters"] >= ROOM_FOR_ALL:
            children[parents[0]].append(child)
    bodies = {name: words(split(hub.text(name))[1]) for of in children.values() for name in of}

    def jaccard(one, other):
        return len(bodies[one] & bodies[other]) / len(bodies[one] | bodies[other])

    siblings = [
        jaccard(*rng.choice(of_parent, 2, replace=False))
        for of_parent in children.values()
        if len(of_parent) > 1
    ]
    drawn = rng.choice(list(bodies), size=(len(siblings) * 4, 2)).tolist()
    strangers = [
        jaccard(one, other)
        for one, other in drawn
        if hub.facts[one]["theme"] != hub.facts[other]["theme"]
    ]
    assert len(siblings) > 100
    assert np.mean(siblings) > np.mean(strangers) + 0.1


def test_share_of_paragraphs_on_the_theme(hub):
    themes = Themes(np.random.default_rng(1), 300)
    paragraphs = [
        paragraph
        for number in range(300)
        for paragraph in themes[number].text.removesuffix("\n\n").split("\n\n")
    ]
    n_themed = sum(bool(words(paragraph) & set(THEME_WORDS)) for paragraph in paragraphs)
    assert len(paragraphs) == 300 * 20
    assert within(n_themed, len(paragraphs), hub.planted["card_theme_share"])


def test_a_passage_has_the_length_asked_for_and_begins_with_a_paragraph():
    themes = Themes(np.random.default_rng(2), 3)
    text = themes[1].text
    rng = np.random.default_rng(3)
    for u, n_characters in zip(rng.random(200), rng.integers(0, 30_000, 200), strict=True):
        passage = themes[1].passage(u, int(n_characters))
        assert len(passage) == n_characters
        start = themes[1].starts[int(u * len(themes[1].starts))]
        endless = itertools.islice(itertools.cycle(text), start, start + int(n_characters))
        assert passage == "".join(endless)
        assert start == 0 or text[start - 2 : start] == "\n\n"
