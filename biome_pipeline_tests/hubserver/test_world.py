"""The drawn world, and the local Hub that serves it in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
import yaml
from huggingface_hub import HfApi, ModelCard

from biome_pipeline_tests.hubserver import LocalHub
from biome_pipeline_tests.hubserver.conftest import Walk
from biome_pipeline_tests.hubserver.records import OPTIONS, record
from biome_pipeline_tests.hubserver.world import drawn_models, fill


def test_a_world_is_the_same_each_time_and_grows_at_its_end() -> None:
    records = [record(model, OPTIONS) for model in drawn_models(300, seed=7)]
    assert records == [record(model, OPTIONS) for model in islice(drawn_models(900, 7), 300)]
    assert records != [record(model, OPTIONS) for model in drawn_models(300, seed=8)]


def test_a_world_has_what_a_client_meets() -> None:
    models = list(drawn_models(4_000, seed=1))
    assert len({model.id for model in models}) == len({model._id for model in models}) == 4_000
    dates = [model.created_at for model in models]
    assert dates == sorted(dates)
    assert Counter(dates).most_common(1)[0][1] >= 40
    assert len(set(dates)) < 3_000
    for share, least, most in (
        (lambda m: m.gated == "auto", 20, 200),
        (lambda m: m.gated == "manual", 20, 200),
        (lambda m: m.is_disabled, 1, 40),
        (lambda m: m.is_private, 10, 100),
        (lambda m: "README.md" not in m.files, 300, 900),
        (lambda m: "config.json" not in m.files, 400, 1_200),
        (lambda m: m.renamed_from, 5, 60),
        (lambda m: m.author is None, 10, 100),
        (lambda m: any(tag.startswith("base_model:gone/") for tag in m.tags), 10, 200),
        (lambda m: isinstance((m.card_data or {}).get("base_model"), list), 100, 1_200),
    ):
        assert least <= sum(map(bool, map(share, models))) <= most


def test_tags_cards_configs_and_files_of_a_world_agree() -> None:
    for model in drawn_models(400, seed=2):
        assert model.file_names() == tuple(sorted(model.files))
        tags = {tag for tag in model.tags if tag.count(":") == 1 and tag.startswith("base_model:")}
        if "README.md" in model.files:
            card = ModelCard(model.files["README.md"].decode())
            assert yaml.safe_load(card.data.to_yaml()) == model.card_data
            parents = (model.card_data or {}).get("base_model", [])
            parents = [parents] if isinstance(parents, str) else parents
            assert tags == {f"base_model:{parent}" for parent in parents}
        else:
            assert model.card_data is None
            assert not tags
        if "config.json" in model.files:
            whole = json.loads(model.files["config.json"])
            assert model.config is not None
            assert model.config.items() < whole.items()
        else:
            assert model.config is None


def test_a_drawn_model_can_change_as_any_other() -> None:
    (model,) = drawn_models(1, seed=2)
    names, sha = model.file_names(), model.sha
    model.files["extra.txt"] = b"x"
    assert model.file_names() == tuple(sorted([*names, "extra.txt"]))
    assert model.sha != sha
    assert tuple(sorted(model.at(sha) or ())) == names


def test_the_client_reads_a_whole_world(hub: LocalHub, api: HfApi, walk: Walk) -> None:
    fill(hub, 2_500, seed=4)
    public = {model.id for model in hub.models.values() if not model.is_private}
    listed = [model.id for model in api.list_models(sort="created_at", full=True, cardData=True)]
    assert len(listed) == len(set(listed))
    assert set(listed) == public
    assert [row["id"] for row in walk(limit=1_000)] == listed[::-1]


def _serve(*given: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "biome_pipeline_tests.hubserver", "--seconds", "30", *given]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_another_process_serves_a_world_and_logs_each_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    log = tmp_path / "requests.jsonl"
    with _serve("--models", "50", "--seed", "3", "--log", str(log)) as process:
        assert process.stdout is not None
        (address,) = process.stdout.readline().split()
        listed = [model.id for model in HfApi(address, token=False).list_models()]
        # It is there at once, not when the server ends.
        lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        process.terminate()
    expected = {model.id for model in drawn_models(50, seed=3) if not model.is_private}
    assert set(listed) == expected
    (line,) = lines
    assert (line["method"], line["path"]) == ("GET", "/api/models")
    assert (line["status"], line["bucket"], line["has_token"]) == (200, "api", False)
    assert line["arrived"] <= line["answered"]


def test_nothing_to_serve_is_said_at_once() -> None:
    command = [sys.executable, "-m", "biome_pipeline_tests.hubserver"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert ended.returncode == 2
    assert "nothing to serve" in ended.stderr
