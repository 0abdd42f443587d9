"""``biome genome``: from a config and back, costs, and bad files in one line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from biome_pipeline.evolution.genome import Genome
from biome_pipeline_tests.worlds.genomes import random_genome
from biome_pipeline_tests.worlds.model_configs import LLAMA


def test_a_config_goes_round(biome, tmp_path):
    config, genome = tmp_path / "config.json", tmp_path / "mine.yaml"
    config.write_text(json.dumps({**LLAMA, "rope_theta": None, "odd": 1}))
    code, out, err = biome("genome", config)
    assert code == 0
    assert "assumed: rope_theta" in err
    assert "odd" in err
    genome.write_text(out)
    code, out, err = biome("genome", genome, "--format", "config")
    assert (code, err) == (0, "")
    config.write_text(out)
    code, again, err = biome("genome", config)
    assert (code, again, err) == (0, genome.read_text(), "")


def test_costs_are_shown(biome, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(LLAMA))
    code, out, _ = biome("genome", path, "--format", "costs")
    assert code == 0
    assert "8,030,261,248" in out


def test_a_genome_of_json_is_read(biome, tmp_path):
    made, path = random_genome(np.random.default_rng(4)), tmp_path / "mine.json"
    path.write_text(made.to_json())
    code, out, _ = biome("genome", path, "--format", "json")
    assert (code, Genome.from_json(out, place="out")) == (0, made)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read (No such file"),
        (b"\xff\xfe", "it is not UTF-8"),
        (b"", "no mapping of fields"),
        (b"dim: 3", "Field required"),
        (b'{"blocks": 3}', "Field required"),
        (b"{}", "model_type: it is not stated"),
        (b'{"model_type": "llama", "hidden_size": "8"}', 'hidden_size: it is "8", no whole number'),
        (b'{"model_type": "bert", "num_hidden_layers": 2}', "bert is no decoder"),
    ],
)
def test_what_is_no_model_is_one_line(biome, tmp_path, content, words):
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    code, out, err = biome("genome", path)
    assert (code, out) == (1, "")
    assert words in err
    assert len(err.splitlines()) == 1
