"""A config's text becomes a document or an outcome, whatever it is."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biome_pipeline.snapshot.config_document import DEEPEST, HugeNumber, parse_config

EXAMPLES = settings(max_examples=150, deadline=None, derandomize=True, database=None)

# Brackets, quotes and escapes more often than chance: they are what counts.
PIECES = st.lists(
    st.sampled_from(["[", "]", "{", "}", '"', "\\", '"a":', ",", "1", "é", '"]"', "\n"])
)


def naive_outcome(text: str) -> tuple[str, object]:
    """Give the outcome by definition, for texts that nest little."""
    if not text.strip():
        return "empty", {}
    try:
        document = json.loads(text)
    except ValueError:
        return "invalid_json", {}
    return ("ok", document) if isinstance(document, dict) else ("not_object", {})


@given(text=PIECES.map("".join) | st.text(max_size=40))
@EXAMPLES
def test_outcomes_are_those_of_the_definition(text: str) -> None:
    text = text.lstrip("\ufeff")
    parsed = parse_config(text)
    assert (parsed.outcome, parsed.document) == naive_outcome(text)
    assert parse_config(text.encode("utf-8", "surrogatepass")).outcome in {
        parsed.outcome,
        "not_utf8",
    }


@given(content=st.binary(max_size=60))
@EXAMPLES
def test_bytes_are_utf8_or_not(content: bytes) -> None:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        assert parse_config(content).outcome == "not_utf8"
    else:
        assert parse_config(content) == parse_config(text)


def nested(levels: int, rng: random.Random) -> str:
    """Write an object of so many levels, with brackets inside of its texts."""
    text = '"[[{{\\"["'
    for level in range(levels):
        is_list = level < levels - 1 and rng.random() < 0.5
        text = f'[{text}, "]"]' if is_list else f'{{"}}": {text}, "b": "{{"}}'
    return text


def naive_depth(value: object) -> int:
    """Count levels by definition."""
    if not isinstance(value, dict | list):
        return 0
    children = value.values() if isinstance(value, dict) else value
    return 1 + max((naive_depth(child) for child in children), default=0)


@pytest.mark.parametrize("seed", range(10))
def test_depth_is_counted_outside_of_strings(seed: int) -> None:
    rng = random.Random(seed)
    for levels in (1, 2, DEEPEST - 1, DEEPEST, DEEPEST + 1, DEEPEST + 40):
        text = nested(levels, rng)
        assert naive_depth(json.loads(text)) == levels
        # More brackets than levels, so that counting brackets is not enough.
        text = text.removesuffix("}") + ', "wide": [' + "[]," * 200 + "[]]}"
        outcome = "too_deep" if levels > DEEPEST else "ok"
        assert parse_config(text).outcome == outcome, levels


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"a":' * 50_000 + "1" + "}" * 50_000,
        '{"a": [' + "[]," * 1000 + "[" * 100_000,
    ],
    ids=["lists", "objects", "closed", "after others"],
)
def test_depth_bombs_are_too_deep(text: str) -> None:
    assert parse_config(text).outcome == "too_deep"


def test_many_brackets_are_not_deep() -> None:
    text = json.dumps({"a": [[] for _ in range(200_000)], "b": "[" * 200_000})
    parsed = parse_config(text)
    assert parsed.outcome == "ok"
    assert len(parsed.document["a"]) == 200_000


@pytest.mark.parametrize(
    "text",
    ['{"a": "' + "x" * 4_000_000, '{"a": "' + '\\"' * 2_000_000, '"' * 4_000_001, "{" * 4_000_000],
    ids=["open text", "escapes", "quotes", "braces"],
)
def test_megabytes_of_anything_end(text: str) -> None:
    assert parse_config(text).outcome in {"invalid_json", "too_deep"}


def test_numbers_of_any_length_are_read() -> None:
    parsed = parse_config(
        '{{"a": {}, "b": {}, "c": -12, "d": 1e999}}'.format("9" * 100_000, 2**64 + 1)
    )
    assert isinstance(parsed.document["a"], HugeNumber)
    assert parsed.document["b"] == 2**64 + 1
    assert parsed.document["c"] == -12
    assert parsed.document["d"] == float("inf")


def test_of_repeated_keys_the_last_counts_and_they_are_named() -> None:
    parsed = parse_config('{"a": 1, "b": {"c": 1, "c": 2}, "a": 3, "a": 4, "d": {"a": 1}}')
    assert parsed.document == {"a": 4, "b": {"c": 2}, "d": {"a": 1}}
    assert parsed.repeated == {"a", "c"}
    assert parse_config('{"a": {"b": 1}, "c": {"b": 1}}').repeated == frozenset()


def test_what_editors_leave_behind_is_passed_over() -> None:
    assert parse_config(b'\xef\xbb\xbf{"a": NaN}').outcome == "ok"
    assert parse_config("\ufeff  \n").outcome == "empty"
    assert parse_config(b"\xff\xfe{\x00}\x00").outcome == "not_utf8"
    assert parse_config('"text"').outcome == "not_object"
    assert parse_config("{'a': 1}").outcome == "invalid_json"
