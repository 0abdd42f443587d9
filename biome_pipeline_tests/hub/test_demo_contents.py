"""Contents of the demo Hub: made when asked for, the same every time, some wrong on purpose."""

from __future__ import annotations

import hashlib
import json
import math
import re

import pyarrow as pa
import pytest
import yaml

from biome_pipeline.hub import demo
from biome_pipeline.hub.demo import ANOMALIES, CONTENT_ANOMALIES, build_demo_hub
from biome_pipeline.hub.demo import content_anomalies as registry
from biome_pipeline.hub.demo.papers import PAPERS, papers_table

TABLES = ("cards", "configs", "papers")
TRUTHS = ("cards", "configs", "config_mutations")
OUTCOMES = {
    "ok", "missing", "empty", "gated", "disabled", "repo_not_found", "too_large", "not_utf8",
    "bad_yaml", "invalid_json", "not_object", "too_deep",
}  # fmt: skip


@pytest.fixture(scope="module")
def hub():
    return build_demo_hub(17_000)


@pytest.fixture(scope="module")
def small():
    return build_demo_hub(200)


def bodies(hub, file):
    table = hub.cards if file == "README.md" else hub.configs
    return {row["model_id"]: row for row in table.to_pylist()}


def variants(hub, name):
    """The bodies of an anomaly by variant."""
    cases = hub.truth.anomalies[name]
    found = bodies(hub, cases[0]["file"])
    return {case["variant"]: found[case["id"]]["body"] for case in cases}


def front(body):
    return re.match(rb"---\n(.*?)\n---\n", body, re.S).group(1)


def digest(table):
    lines = (repr(sorted(row.items())) for row in table.to_pylist())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def ipc_bytes(table):
    """The table as bytes: unlike values, these are equal where there is NaN."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


# The same every time, and nothing moved by it


def test_same_numbers_give_the_same_contents():
    first, second, other = (build_demo_hub(600, seed) for seed in (3, 3, 4))
    for name in TABLES:
        assert getattr(first, name).equals(getattr(second, name))
    for name in TRUTHS:
        assert getattr(first.truth, name).equals(getattr(second.truth, name))
    assert not first.cards.equals(other.cards)
    assert not first.configs.equals(other.configs)


def test_the_order_of_asking_changes_nothing():
    first, second = build_demo_hub(300, 3), build_demo_hub(300, 3)
    forwards = [getattr(first, name) for name in TABLES]
    backwards = [getattr(second, name) for name in reversed(TABLES)]
    assert forwards == backwards[::-1]
    assert ipc_bytes(first.table) == ipc_bytes(second.table)
    assert first.truth == second.truth


def test_golden_digests():
    # $ python -c "import hashlib; from biome_pipeline.hub.demo import build_demo_hub as b;
    # >   h = b(300, 7); line = lambda r: repr(sorted(r.items()));
    # >   [print(hashlib.sha256(chr(10).join(map(line, t.to_pylist())).encode()).hexdigest())
    # >    for t in (h.cards, h.configs, h.papers)]"
    hub = build_demo_hub(300, 7)
    assert [digest(getattr(hub, name)) for name in TABLES] == [
        "e22843cdb09086eadc050d4e58d51d4cfe1194fc364e16dfabdc1c0d3060f125",
        "078b778d5989df64ba3c6adf28470d6d50e28fc790ed9428f9f99cd6a2f96694",
        "579fd643a75d5283a5518445e9626c9329403796eb342898b0c8dbd31298361f",
    ]


def test_contents_are_made_when_asked_for(monkeypatch):
    made = []
    for name in ("write_card", "write_config"):
        original = getattr(demo.contents, name)

        def spy(*arguments, name=name, original=original):
            made.append(name)
            return original(*arguments)

        monkeypatch.setattr(demo.contents, name, spy)
    hub = build_demo_hub(300, 3)
    assert hub.truth.anomalies["card_empty"]
    assert made == []
    assert hub.configs.num_rows == made.count("write_config") == len(made)
    assert hub.cards.num_rows == made.count("write_card")
    before = len(made)
    assert hub.truth.cards.num_rows < hub.cards.num_rows
    assert hub.truth.configs.num_rows < hub.configs.num_rows
    assert len(made) == before


def test_an_anomaly_more_changes_nothing_that_was_there(monkeypatch):
    all_of_them = build_demo_hub(1_000, 3)
    monkeypatch.setattr(registry, "CONTENT_ANOMALIES", CONTENT_ANOMALIES[:-1])
    fewer = build_demo_hub(1_000, 3)
    assert ipc_bytes(fewer.table) == ipc_bytes(all_of_them.table)
    for name, cases in fewer.truth.anomalies.items():
        assert all_of_them.truth.anomalies[name] == cases
    for file in ("README.md", "config.json"):
        one, other = bodies(fewer, file), bodies(all_of_them, file)
        differs = {name for name in one if one[name] != other[name]}
        last = all_of_them.truth.anomalies[CONTENT_ANOMALIES[-1].name]
        assert differs == {case["id"] for case in last if case["file"] == file}


def test_one_anomaly_of_rows_less_leaves_the_contents_of_families(monkeypatch):
    whole = build_demo_hub(1_000, 3)
    monkeypatch.setattr(demo.anomalies, "ANOMALIES", ANOMALIES[:-1])
    fewer = build_demo_hub(1_000, 3)
    related = set(whole.truth.models["id"].to_pylist())
    for file in ("README.md", "config.json"):
        one, other = bodies(whole, file), bodies(fewer, file)
        assert {name for name in related if name in one} == {n for n in related if n in other}
        assert all(one[name] == other[name] for name in related if name in one)
    assert whole.truth.config_mutations.equals(fewer.truth.config_mutations)
    assert whole.table["id"] != fewer.table["id"]


@pytest.mark.parametrize("name", ["cards", "configs"])
def test_no_two_models_draw_the_same_numbers(small, name):
    coins = small.truth.contents._coins(name, 3)
    assert len(coins) > 150
    assert len(set(map(tuple, coins))) == len(coins)


# The tables


def test_columns(hub):
    for table in (hub.cards, hub.configs):
        assert [(field.name, str(field.type)) for field in table.schema] == [
            ("model_id", "string"),
            ("outcome", "string"),
            ("body", "binary"),
        ]
        assert set(table["outcome"].to_pylist()) <= OUTCOMES
        for row in table.to_pylist():
            assert (row["body"] is None) == (row["outcome"] != "ok")


def test_papers_are_those_of_the_tags(hub):
    tagged = {
        tag.removeprefix("arxiv:")
        for tags in hub.table["tags"].to_pylist()
        for tag in tags
        if tag.startswith("arxiv:")
    }
    papers = hub.papers.to_pylist()
    assert [paper["arxiv_id"] for paper in papers] == sorted(tagged)
    assert set(PAPERS) == tagged
    for paper in papers:
        assert paper["abstract"].startswith("A stand-in")
        assert paper["primary_category"] == paper["categories"][0]
    titles = {paper["arxiv_id"]: paper["title"] for paper in papers}
    assert titles["2106.09685"] == "LoRA: Low-Rank Adaptation of Large Language Models"
    by_id = {paper["arxiv_id"]: paper["primary_category"] for paper in papers}
    assert by_id["1910.09700"] == "cs.CY"


def test_made_up_ids_get_made_up_papers():
    found = papers_table(["9901.00001", "2306.00978", "9901.00001"]).to_pylist()
    assert [paper["arxiv_id"] for paper in found] == ["2306.00978", "9901.00001"]
    assert found[1]["title"].startswith("Synthetic")
    assert found[1]["abstract"].startswith("Synthetic")
    assert "Synthetic" not in found[0]["title"]
    assert papers_table([]).num_rows == 0


# The anomalies


@pytest.mark.parametrize("size", ["small", "hub"])
@pytest.mark.parametrize("anomaly", CONTENT_ANOMALIES, ids=lambda anomaly: anomaly.name)
def test_anomaly_is_there(anomaly, size, request):
    hub = request.getfixturevalue(size)
    cases = hub.truth.anomalies[anomaly.name]
    n_models = 1 if size == "small" or anomaly.is_unique else 5
    assert len(cases) == n_models * len(anomaly.files)
    assert len({case["id"] for case in cases}) == n_models
    related = set(hub.truth.models["id"].to_pylist())
    for case in cases:
        row = bodies(hub, case["file"])[case["id"]]
        assert row["outcome"] == case["outcome"]
        assert case["id"] not in related
        assert case["expected"] in OUTCOMES
        # What the Hub refuses cannot be expected to be anything else.
        assert case["outcome"] in {"ok", case["expected"]}
    if size == "hub":
        names = {name for name, _ in anomaly.variants}
        assert {case["variant"] for case in cases} == (names or {None})


@pytest.mark.parametrize("seed", range(6))
def test_there_is_room_for_every_anomaly_in_the_smallest_hub(seed):
    anomalies = build_demo_hub(200, seed).truth.anomalies
    assert all(anomalies[anomaly.name] for anomaly in CONTENT_ANOMALIES)


def test_no_file_is_spoilt_twice(hub):
    files = [
        (case["id"], case["file"])
        for anomaly in CONTENT_ANOMALIES
        for case in hub.truth.anomalies[anomaly.name]
    ]
    assert len(files) == len(set(files))
    refused = {"gated", "disabled", "repo_not_found"}
    for table in (hub.cards, hub.configs):
        other = hub.configs if table is hub.cards else hub.cards
        outcomes = dict(
            zip(other["model_id"].to_pylist(), other["outcome"].to_pylist(), strict=True)
        )
        for row in table.to_pylist():
            if row["outcome"] in refused:
                assert outcomes[row["model_id"]] == row["outcome"]


def test_anomalies_of_front_matter(hub):
    for variant, body in variants(hub, "card_bad_yaml").items():
        if variant == "unclosed_fence":
            assert body.startswith(b"---\n")
            assert not re.search(rb"^---\s*$", body[4:], re.M)
            continue
        with pytest.raises(yaml.YAMLError):
            yaml.safe_load(front(body))
    (bomb,) = variants(hub, "card_alias_bomb").values()
    value = yaml.safe_load(front(bomb))["a10"]
    n_leaves = 0
    queue = [value]
    while queue:
        item = queue.pop()
        n_leaves += item == "lol"
        queue += item if isinstance(item, list) else []
    assert n_leaves == 1024
    assert len(front(bomb)) < 2_000
    for body in variants(hub, "card_yaml_tag").values():
        assert b"!!python/" in front(body)
        with pytest.raises(yaml.constructor.ConstructorError):
            yaml.safe_load(front(body))


def test_anomalies_of_the_card(hub):
    for body in variants(hub, "card_not_utf8").values():
        with pytest.raises(UnicodeDecodeError):
            body.decode()
    assert variants(hub, "card_empty") == {"no_bytes": b""}
    assert [len(body.decode()) for body in variants(hub, "card_three_characters").values()] == [3]
    (only,) = variants(hub, "card_only_front_matter").values()
    assert only.startswith(b"---\n")
    assert only.endswith(b"\n---\n")
    assert isinstance(yaml.safe_load(front(only)), dict)
    assert front(only).count(b"---") == 0
    (windows,) = variants(hub, "card_crlf_bom").values()
    assert windows.startswith(b"\xef\xbb\xbf")
    assert windows.count(b"\n") == windows.count(b"\r\n") > 3
    markup = b"".join(variants(hub, "card_markup").values())
    assert b"<script>" in markup
    assert b"onerror=" in markup
    (control,) = variants(hub, "card_control_characters").values()
    assert {"\x00", "\x07", "\x1b", "\u202e"} <= set(control.decode())
    (large,) = variants(hub, "card_too_large").values()
    assert len(large) == 2 * 1024**2 + 1
    sizes = [len(row["body"] or b"") for row in hub.cards.to_pylist()]
    assert sum(size > 2_000_000 for size in sizes) == 1


def test_anomalies_of_the_config(hub):
    for body in variants(hub, "config_invalid_json").values():
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)
    kinds = {type(json.loads(body)) for body in variants(hub, "config_not_object").values()}
    assert kinds == {list, str, type(None), int}
    for body in variants(hub, "config_too_deep").values():
        assert max(body.count(b"["), body.count(b"{")) >= 10_000
        with pytest.raises(RecursionError):
            json.loads(body)
    for body in variants(hub, "config_not_utf8").values():
        with pytest.raises(UnicodeDecodeError):
            body.decode()
    assert variants(hub, "config_empty") == {"no_bytes": b""}


def values(body):
    """All scalars of a config, those of its nested objects too."""
    queue, found = [json.loads(body)], []
    while queue:
        item = queue.pop()
        if isinstance(item, dict):
            queue += item.values()
        elif isinstance(item, list):
            queue += item
        else:
            found.append(item)
    return found


def test_odd_values_of_configs(hub):
    (body,) = variants(hub, "config_not_finite").values()
    floats = [value for value in values(body) if isinstance(value, float)]
    assert sum(map(math.isnan, floats)) == 1
    assert sum(map(math.isinf, floats)) == 1
    (body,) = variants(hub, "config_numbers_as_text").values()
    assert sum(isinstance(v, str) and v.isdigit() for v in values(body)) >= 2
    (body,) = variants(hub, "config_beyond_64_bits").values()
    assert 2**64 + 1 in values(body)
    (body,) = variants(hub, "config_booleans_for_numbers").values()
    hidden = [line for line in body.split(b"\n") if b"true" in line]
    assert len(hidden) >= 2
    assert not [v for v in values(body) if isinstance(v, int) and not isinstance(v, bool)]
    (body,) = variants(hub, "config_duplicate_keys").values()
    twice = []
    json.loads(body, object_pairs_hook=lambda pairs: twice.append(pairs) or dict(pairs))
    keys = [key for key, _ in twice[-1]]
    assert len(keys) > len(set(keys))


def test_public_names():
    assert all(hasattr(demo, name) for name in demo.__all__)
    names = [anomaly.name for anomaly in (*ANOMALIES, *CONTENT_ANOMALIES)]
    assert len(names) == len(set(names))
    assert all(anomaly.description.endswith(".") for anomaly in CONTENT_ANOMALIES)
    assert isinstance(build_demo_hub(200).papers, pa.Table)
