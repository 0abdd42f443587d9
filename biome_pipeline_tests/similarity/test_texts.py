"""The texts of records and cards are those of the definition."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from biome_pipeline.errors import SimilarityError
from biome_pipeline.similarity.texts import ABLATIONS, CARD_RULES, card_texts, metadata_texts
from biome_pipeline.snapshot.cards import cards
from biome_pipeline_tests.reference import texts as naive
from biome_pipeline_tests.worlds.chain import HUBS, chain_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

KEYS = {
    "all": [
        "_id",
        "createdAt",
        "downloads",
        "id",
        "library_name",
        "likes",
        "pipeline_tag",
        "private",
        "tags",
        "trendingScore",
    ],
    "no_bookkeeping": ["library_name", "pipeline_tag", "tags"],
    "traits": ["datasets", "languages", "library", "license", "task"],
}
KEYS["no_parent"] = KEYS["all"]


def by_node(engine: Engine, texts: ir.Table) -> dict[int, str]:
    found = engine.to_arrow(texts)
    assert found.column_names == ["node", "text"]
    nodes = found["node"].to_pylist()
    assert len(set(nodes)) == len(nodes)
    return dict(zip(nodes, found["text"].to_pylist(), strict=True))


@pytest.mark.parametrize("ablation", ABLATIONS)
@pytest.mark.parametrize("name", HUBS)
def test_metadata_is_that_of_the_definition(engine: Engine, name: str, ablation: str) -> None:
    chain = chain_of(name)
    raw = engine.memory_table(chain.tables["hub.raw_models"])
    models = engine.memory_table(chain.tables["hub.models"])
    found = by_node(engine, metadata_texts(raw, models, ablation))
    assert len(found) == len(chain.people)
    for model in chain.people:
        row, text = chain.source[model["row_number"]], found[model["node"]]
        assert text == naive.metadata_text(row, model, ablation), model["model_id"]
        record = json.loads(text, parse_constant=pytest.fail)
        assert list(record) == KEYS[ablation]
        if ablation in {"no_parent", "no_bookkeeping"}:
            assert not [
                tag for tag in record["tags"] or [] if (tag or "").startswith("base_model:")
            ]
        if ablation == "no_bookkeeping":
            assert not [tag for tag in record["tags"] or [] if (tag or "").startswith("region:")]


def test_worlds_have_what_the_steps_take_out() -> None:
    tags = [
        tag
        for name in HUBS
        for row in chain_of(name).source
        for tag in row["tags"] or []
        if tag is not None
    ]
    assert sum(tag.startswith("base_model:") for tag in tags) > 100
    assert sum(tag.startswith("region:") for tag in tags) > 100


@pytest.mark.parametrize(
    ("tags", "orphaned", "unkept"),
    [
        (None, None, None),
        ([], [], []),
        ([None, "a"], [None, "a"], [None, "a"]),
        (["base_model:o/b", "base_model:merge:o/b", "x"], ["x"], ["x"]),
        (["region:us", "b"], ["region:us", "b"], ["b"]),
        (
            ["my_base_model:x", "base_model", "Region:us"],
            ["my_base_model:x", "base_model", "Region:us"],
            ["my_base_model:x", "base_model", "Region:us"],
        ),
    ],
)
def test_only_tags_with_the_prefix_go(
    engine: Engine, tags: Any, orphaned: Any, unkept: Any
) -> None:
    chain = chain_of("demo")
    first = chain.tables["hub.models"].slice(0, 1)
    number = first["row_number"][0].as_py()
    rows = chain.tables["hub.raw_models"]
    place = rows["row_number"].to_pylist().index(number)
    at = rows.schema.get_field_index("tags")
    one = rows.slice(place, 1).set_column(at, "tags", pa.array([tags], pa.list_(pa.string())))
    raw, models = engine.memory_table(one), engine.memory_table(first)
    for ablation, wanted in (("all", tags), ("no_parent", orphaned), ("no_bookkeeping", unkept)):
        (text,) = by_node(engine, metadata_texts(raw, models, ablation)).values()
        assert json.loads(text)["tags"] == wanted, ablation


def test_an_unknown_step_or_rule_is_refused(engine: Engine) -> None:
    chain = chain_of("demo")
    table = engine.memory_table(chain.tables["hub.models"])
    with pytest.raises(SimilarityError, match="'none' is not known; use one of all, no_parent"):
        metadata_texts(table, table, "none")
    with pytest.raises(SimilarityError, match="'half' is not known; use one of first_512, whole"):
        card_texts(table, table, table, "half")


FRONT = "---\nlicense: mit\n---\n"

# Front matter and body of each card; no card at all where the body is None.
CARDS: list[tuple[str, str | None]] = [
    ("", "x" * 511),
    ("", "x" * 512),
    ("", "y" * 513),
    ("", "\U0001f917" * 511),
    ("", "\U0001f917" * 512),
    ("", "e\u0301" * 256),
    ("", "e\u0301" * 300 + "end"),
    ("", "word " * 400),
    (FRONT, "z" * (512 - len(FRONT))),
    (FRONT, "z" * (511 - len(FRONT))),
    (FRONT, "\n\n# Model\n" + "text " * 300),
    ("\ufeff---\r\nlicense: mit\r\n---\r\n", "Body\r\n" * 200),
    ("---\na: [\n---\n", "bad yaml " * 100),
    ("", "---\nnot closed " * 60),
    (FRONT, ""),
    (FRONT, " \n\t\u00a0\n"),
    ("", "abc"),
    ("", "abcd"),
    ("", ""),
    ("", None),
    ("", "This card is Automatically Generated. " + "x" * 600),
    ("", "x " * 600 + "GENERATED AUTOMATICALLY"),
    (FRONT, "İΣ 模型 " * 200),
]


@pytest.mark.parametrize("rule", CARD_RULES)
def test_cards_are_those_of_the_definition(engine: Engine, rule: str) -> None:
    texts = [None if body is None else front + body for front, body in CARDS]
    ids = [f"o/m{number:02}" for number in range(len(CARDS))]
    raw_cards = engine.memory_table(
        pa.table(
            {
                "model_id": ids,
                "outcome": ["missing" if text is None else "ok" for text in texts],
                "detail": pa.nulls(len(ids), pa.string()),
                "text": pa.array(texts, pa.string()),
            }
        )
    )
    facts = engine.memory_table(cards(engine, raw_cards))
    # One model more than cards, and nodes that are not the order of the cards.
    nodes = [100 - number for number in range(len(ids) + 1)]
    models = engine.memory_table(pa.table({"model_id": [*ids, "o/without"], "node": nodes}))
    found = by_node(engine, card_texts(raw_cards, facts, models, rule))
    wanted = {
        node: naive.card_text(text, body or "", rule)
        for node, text, (_, body) in zip(nodes, texts, CARDS, strict=False)
    }
    assert found == {node: text for node, text in wanted.items() if text is not None}
    assert len(found) == {"first_512": 12, "whole": 18}[rule]
