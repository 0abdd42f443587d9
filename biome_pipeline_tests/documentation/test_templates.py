"""Templates are those that were planted, counted as by definition."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from hashlib import sha256
from math import exp, log, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom

from biome_pipeline.documentation.templates import author_interval, templates
from biome_pipeline.inference.ratios import wilson_interval
from biome_pipeline.snapshot.cards import cards, template_words
from biome_pipeline.warehouse.tables.documentation import TEMPLATES
from biome_pipeline_tests.worlds.chain import demo_truth, settings
from biome_pipeline_tests.worlds.documented import DOCUMENTED, documented_chain_of

if TYPE_CHECKING:
    from biome_pipeline.warehouse.engine import Engine

Row = dict[str, Any]

SCHEMA = pa.schema(dict.fromkeys(("model_id", "outcome", "detail", "text"), pa.string()))


def found_in(engine: Engine, rows: list[Row], **kind: Any) -> list[Row]:
    """Find the templates of raw cards; the owner stands before the slash."""
    raw = engine.memory_table(pa.Table.from_pylist(rows, schema=SCHEMA))
    read = engine.memory_table(cards(engine, raw))
    ids = [row["model_id"] for row in rows]
    owners = [name.partition("/")[0] if "/" in name else None for name in ids]
    models = pa.table({"model_id": ids, "author": pa.array(owners, pa.string())})
    return templates(
        engine,
        cards=read,
        raw_cards=raw,
        models=engine.memory_table(models),
        settings=settings(),
        **kind,
    ).to_pylist()


def card(name: str, text: str | None) -> Row:
    outcome = "missing" if text is None else "ok"
    return {"model_id": name, "outcome": outcome, "detail": None, "text": text}


def draw_world(seed: int) -> tuple[list[Row], dict[str, int]]:
    """Draw cards of a few templates, with what differs between copies; -1 is no template.

    A third of the copies have a line of their own, of which most words differ.
    """
    draw = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(draw.choices(letters, k=6)) for _ in range(3000)]
    texts = [" ".join(draw.choices(words, k=200)) for _ in range(4)]
    rows, planted = [], {}
    for number in range(150):
        name = f"own{draw.randrange(20)}/plover-{number}"
        template = draw.choice((0, 0, 0, 1, 1, 2, 3, -1))
        if template < 0:
            text = " ".join(draw.choices(words, k=200))
        else:
            text = texts[template]
            if draw.random() < 0.3:
                text += " " + " ".join(draw.choices(words, k=8))
        day = f"{draw.randrange(28)} {draw.choice(('May', 'March'))} 2024"
        loss = f"{draw.random():.3f}"
        rows.append(
            card(name, f"---\nlicense: mit\n---\n# {name}\n{text}\nMade on {day}, loss {loss}.")
        )
        planted[name] = template
    rows += [card(f"own1/none-{k}", None) for k in range(5)]
    return rows, planted


def test_planted_templates_are_found_and_counted(engine: Engine) -> None:
    for seed in range(12):
        rows, planted = draw_world(seed)
        found = found_in(engine, rows)
        by_template: dict[int, list[str]] = defaultdict(list)
        for name, template in planted.items():
            by_template[template].append(name)
        by_template.pop(-1)
        assert len(found) == len(by_template), seed
        text = {row["model_id"]: row["text"] for row in rows}
        for row in found:
            own = by_template[planted[row["example_id"]]]
            bodies = Counter(digest(name, text[name]) for name in own)
            leader = min(bodies, key=lambda body: (-bodies[body], body))
            assert row["template_id"] == leader
            assert row["n_models"] == len(own)
            assert row["n_authors"] == len({name.partition("/")[0] for name in own})
            assert row["n_bodies"] == len(bodies)
            assert row["n_exact"] == bodies[leader]
            assert row["n"] == 150
            assert row["share"] == pytest.approx(len(own) / 150)
            assert row["is_compared"] is True
            assert row["is_auto_generated"] is False
            assert row["example_id"] == min(
                name for name in own if digest(name, text[name]) == leader
            )
            low, high = naive_interval(own, list(planted))
            assert (row["ci_low"], row["ci_high"]) == (pytest.approx(low), pytest.approx(high))
        sizes = [row["n_models"] for row in found]
        assert sizes == sorted(sizes, reverse=True)


def digest(name: str, text: str) -> str:
    return sha256(" ".join(template_words(name, text)).encode()).hexdigest()


def naive_interval(own: list[str], everyone: list[str]) -> tuple[float, float]:
    """Linearise the ratio of two sums over authors, author by author."""
    all_cards = Counter(name.partition("/")[0] for name in everyone)
    of_template = Counter(name.partition("/")[0] for name in own)
    n_authors, n_cards = len(all_cards), len(everyone)
    share = len(own) / n_cards
    gaps = [of_template[author] - share * all_cards[author] for author in all_cards]
    variance = n_authors / (n_authors - 1) * sum(gap**2 for gap in gaps) / n_cards**2
    middle = log(share / (1 - share))
    half = 1.959963984540054 * sqrt(variance) / (share * (1 - share))
    return 1 / (1 + exp(half - middle)), 1 / (1 + exp(-half - middle))


@pytest.mark.parametrize("name", DOCUMENTED[:-1])
def test_every_card_is_of_one_template_at_most(name: str) -> None:
    chain = documented_chain_of(name)
    with_body = [
        row
        for row in chain.rows("hub.cards")
        if row["body_sha256"] is not None and row["characters"] > 3
    ]
    text = {row["model_id"]: row["text"] for row in chain.rows("hub.raw_cards")}
    bodies = Counter(row["body_sha256"] for row in with_body)
    found = chain.rows("documentation.templates")
    assert sum(row["n_models"] for row in found) <= len(with_body)
    assert {row["n"] for row in found} <= {len(with_body)}
    together = {row["template_id"] for row in found}
    # Equal bodies are of one template, whatever else is in it.
    assert sum(n for n in bodies.values() if n > 1) <= sum(row["n_models"] for row in found)
    for row in found:
        assert row["n_exact"] == bodies[row["template_id"]] <= row["n_models"]
        assert row["n_models"] >= max(2, row["n_bodies"])
        assert digest(row["example_id"], text[row["example_id"]]) == row["template_id"]
        assert 0 < row["ci_low"] <= row["share"] <= row["ci_high"] <= 1
    assert len(together) == len(found)


def test_templates_of_bulk_uploaders_are_found() -> None:
    """All cards of each planted template are one body, and its row counts at least them."""
    chain = documented_chain_of("demo")
    body = {row["model_id"]: row["body_sha256"] for row in chain.rows("hub.cards")}
    rows = {row["template_id"]: row for row in chain.rows("documentation.templates")}
    planted: dict[str, list[str]] = defaultdict(list)
    for row in demo_truth().cards.to_pylist():
        if row["bulk_template"] is not None:
            planted[row["bulk_template"]].append(row["model_id"])
    assert len(planted) >= 4
    for template, names in planted.items():
        (own,) = {body[name] for name in names}
        assert rows[own]["n_exact"] == rows[own]["n_models"] == len(names), template
        assert rows[own]["n_bodies"] == 1
        assert rows[own]["n_authors"] == len({name.partition("/")[0] for name in names})


def test_bodies_that_are_not_compared_say_so(engine: Engine) -> None:
    rows, planted = draw_world(3)
    found = found_in(engine, rows, most_compared=1)
    (compared,) = [row for row in found if row["is_compared"]]
    assert compared is found[0]
    # Equal bodies are found all the same.
    bodies = Counter(digest(row["model_id"], row["text"]) for row in rows if row["text"])
    assert {row["template_id"]: row["n_models"] for row in found} == {
        body: n for body, n in bodies.items() if n > 1
    }
    assert sum(row["n_models"] for row in found) < sum(
        template >= 0 for template in planted.values()
    )


def test_cards_without_words_have_no_template(engine: Engine) -> None:
    rows = [card(f"a/m{k}", text) for k, text in enumerate(("", "ab", "---\na: 1\n---\n", "1 2 3"))]
    assert found_in(engine, rows) == []
    assert found_in(engine, []) == []


def test_one_author_has_no_interval_and_an_old_id_is_its_own(engine: Engine) -> None:
    same = "The words of this card are the same."
    (one,) = found_in(engine, [card("a/x", same), card("a/y", same)])
    assert (one["n_authors"], one["ci_low"], one["ci_high"]) == (1, None, None)
    (two,) = found_in(engine, [card("gpt", same), card("bert", same)])
    assert (two["n_authors"], two["share"]) == (2, 1.0)
    assert (two["ci_low"], two["ci_high"]) == wilson_interval(2, 2)


def test_intervals_cover_the_true_share_of_unequal_authors() -> None:
    """Of 600 worlds: authors of which a tenth write all their cards by one template."""
    n_covered = 0
    for seed in range(600):
        generator = np.random.Generator(np.random.PCG64(seed))
        n_cards = generator.geometric(0.3, 400).astype(float)
        own = n_cards * (generator.random(400) < 0.1)
        low, high = author_interval(
            np.array([own.sum()]),
            np.array([(own**2).sum()]),
            np.array([(own * n_cards).sum()]),
            n_cards=int(n_cards.sum()),
            sum_of_card_squares=float((n_cards**2).sum()),
            n_authors=400,
        )
        n_covered += low[0] <= 0.1 <= high[0]
    assert binom.ppf(0.005, 600, 0.93) <= n_covered <= binom.ppf(0.995, 600, 0.96)


def test_the_columns_are_those_of_the_table(engine: Engine) -> None:
    (row,) = found_in(engine, [card("a/x", "same words here"), card("b/y", "same words here")])
    assert {"snapshot", *row} == set(TEMPLATES.columns)
