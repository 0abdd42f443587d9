"""Cards are split where the Hub splits them, and their YAML is never trusted."""

from __future__ import annotations

import random
import sys

import pytest
import yaml
from huggingface_hub.repocard import REGEX_YAML_BLOCK

from biome_pipeline.snapshot import card_text
from biome_pipeline.snapshot.card_text import check_front_matter, read_card, split_card
from biome_pipeline_tests.worlds.cards import draw_yaml_like

N_DRAWS = 20_000


def test_cards_are_split_by_the_expression_of_the_hub():
    rng = random.Random(1)
    n_split = 0
    for _ in range(N_DRAWS):
        text = draw_yaml_like(rng) + rng.choice(("", "\n---\n", "\r\n---\r\nb"))
        match = REGEX_YAML_BLOCK.search(text)
        wanted = (None, text) if match is None else (match[2], text[match.end() :])
        assert split_card(text) == wanted, repr(text)
        n_split += match is not None
    assert N_DRAWS / 50 < n_split < N_DRAWS


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("---\na: b\n---\nbody", ("a: b", "body")),
        ("\ufeff---\na: b\n---\nbody", ("a: b", "body")),
        ("\n \n---\r\na: b\r\n---\t \r\nbody", ("a: b", "body")),
        ("---\na: b\n---", ("a: b", "")),
        ("---\na: |\n ---\n x\n---\nb\n---\n", ("a: |\n ---\n x", "b\n---\n")),
        ("---\na: b\n----\nbody", (None, "---\na: b\n----\nbody")),
        ("x\n---\na: b\n---\n", (None, "x\n---\na: b\n---\n")),
        ("---\na: b\n", (None, "---\na: b\n")),
        ("", (None, "")),
    ],
)
def test_splits_of_single_cards(text, wanted):
    assert split_card(text) == wanted


@pytest.mark.parametrize("loader", [yaml.CSafeLoader, yaml.SafeLoader])
def test_front_matter_is_good_exactly_if_it_is_a_mapping(monkeypatch, loader):
    monkeypatch.setattr(card_text, "_PARSER", loader)
    rng = random.Random(2)
    seen = set()
    for _ in range(N_DRAWS):
        block = draw_yaml_like(rng)
        try:
            is_mapping = isinstance(yaml.load(block, loader), dict | None)
        except yaml.constructor.ConstructorError:
            # A mapping as key is YAML, though Python cannot hold it.
            continue
        except yaml.YAMLError:
            is_mapping = False
        outcome, detail = check_front_matter(block)
        assert outcome == ("ok" if is_mapping else "bad_yaml"), (block, detail)
        seen.add(outcome)
    assert seen == {"ok", "bad_yaml"}


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize(
    ("block", "outcome", "words"),
    [
        ("", "ok", None),
        ("null", "ok", None),
        ("a: !!str 5", "ok", None),
        ("a: b\nc: {a: 1}", "ok", None),
        ("a: b\nc: 1\na: d", "ok", "repeated key 'a'"),
        ("c: [{a: 1}, {a: 1, a: 2}]", "ok", "repeated key 'a'"),
        ("a: a\nb: a", "ok", None),
        ("'null'", "bad_yaml", "no mapping"),
        ("- a", "bad_yaml", "no mapping"),
        ("word", "bad_yaml", "no mapping"),
        ("a: 1\n--- \nb: 2", "bad_yaml", "more than one document"),
        ("a: &b 1", "bad_yaml", "anchor or alias 'b'"),
        ("a: *b", "bad_yaml", "anchor or alias 'b'"),
        ("a: !!python/object/apply:os.system ['exit 1']", "bad_yaml", "tag 'tag:yaml.org,2002:pyt"),
        ("!local {a: 1}", "bad_yaml", "tag '!local'"),
        ("a: [1", "bad_yaml", "in line "),
        ("a: 1\n b: 2", "bad_yaml", "in line 2"),
        ("a: \x00", "bad_yaml", ""),
        ("a: \x1b[31m", "bad_yaml", ""),
        ("a: \u202e", "ok", None),
        ("\n".join("  " * i + "a:" for i in range(31)) + " b", "ok", None),
        ("a: " + "[" * 32 + "]" * 32, "too_deep", "32 levels"),
        ("[" * 100_000, "too_deep", "32 levels"),
        ("a: " + "b" * 1_000_000, "too_large", "1000003 characters"),
    ],
    ids=range(24),
)
def test_front_matter_of_every_kind(monkeypatch, loader, block, outcome, words):
    monkeypatch.setattr(card_text, "_PARSER", getattr(yaml, loader))
    if block.startswith("[["):
        block = "a: " + block
    found, detail = check_front_matter(block)
    assert found == outcome, detail
    assert detail is None if words is None else words in detail


def test_an_alias_bomb_ends_at_its_first_anchor(monkeypatch):
    read = []

    class Counting(yaml.CSafeLoader):
        def get_event(self):
            read.append(super().get_event())
            return read[-1]

    monkeypatch.setattr(card_text, "_PARSER", Counting)
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    assert check_front_matter("\n".join(lines)) == ("bad_yaml", "anchor or alias 'a0'")
    assert len(read) == 5


def test_an_error_is_quoted_without_what_turns_a_terminal_over():
    _, detail = check_front_matter("a\u202eb: 1\na\u202eb: 2")
    assert detail.isascii()
    _, detail = check_front_matter(f"a: !{'x' * 1000} 1")
    assert len(detail) < 100


@pytest.mark.parametrize(
    ("content", "outcome", "text"),
    [
        (b"# caf\xc3\xa9", "ok", "# café"),
        (b"# caf\xe9", "not_utf8", None),
        (b"\xff\xfe#\x00", "not_utf8", None),
        (b"# a\xed\xa0\x80", "not_utf8", None),
        ("# a\ud800", "not_utf8", None),
        (b"", "empty", ""),
        ("日本語", "empty", "日本語"),
        ("日本語 ", "ok", "日本語 "),
        ("---\n: [\n---\nbody", "bad_yaml", "---\n: [\n---\nbody"),
    ],
)
def test_outcomes_of_contents(content, outcome, text):
    card = read_card(content)
    assert (card.outcome, card.text) == (outcome, text)
    assert (card.detail is None) == (outcome in {"ok", "empty"})
    if outcome == "bad_yaml":
        assert card.body == "body"


def test_front_matter_that_is_not_closed_is_body_and_named():
    card = read_card("---\nlicense: mit\n")
    assert (card.outcome, card.detail) == ("ok", "front matter is not closed")
    assert (card.front_matter, card.body) == (None, "---\nlicense: mit\n")


def test_deep_yaml_is_refused_at_any_depth_of_the_stack():
    limit = sys.getrecursionlimit()
    block = "a: " + "{a: " * (10 * limit)
    assert check_front_matter(block)[0] == "too_deep"
