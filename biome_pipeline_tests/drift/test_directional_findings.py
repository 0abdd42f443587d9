"""Findings are what loops over edges give, and say so in words."""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from biome_pipeline.drift.claims import SUBJECT, Lineage
from biome_pipeline.drift.findings import directional_findings, runs_between
from biome_pipeline.drift.traits import TraitValues, trait_values
from biome_pipeline.errors import InferenceError
from biome_pipeline.vocabulary.licenses import license_group
from biome_pipeline.vocabulary.tasks import STAGE_ORDER, task_stage
from biome_pipeline_tests.reference.trait_flows import edge_transitions, flow_between
from biome_pipeline_tests.worlds.chain import chain_of

if TYPE_CHECKING:
    from biome_pipeline.inference.findings import Finding
    from biome_pipeline.warehouse.engine import Engine

NAMES = {
    "license": [
        "llama3",
        "apache-2.0",
        "mit",
        "gpl-3.0",
        "cc-by-nc-4.0",
        "openrail",
        "other",
        "cc",
    ],
    "language": ["en", "zh", "fr", "de", "multilingual"],
    "task": [
        "fill-mask",
        "text-to-image",
        "text-classification",
        "reinforcement-learning",
        "text-generation",
        "translation",
    ],
    "library": ["transformers", "peft", "gguf"],
}
MOST = {"license": 2, "language": 4, "task": 1, "library": 1}
FINDINGS = [
    "licenses_relax",
    "license:llama3->apache-2.0",
    "languages_narrow",
    "language:*->en",
    "language:*->zh",
    "language:en-zh",
    "task:translation->text-generation",
    "tasks_run_along_stages",
    "libraries_move",
]

Labels = dict[str, list[set[str]]]


def trait_of_sets(trait: Any, labels: list[set[str]]) -> TraitValues:
    counts = Counter(name for label in labels for name in label)
    names = sorted(counts, key=lambda name: (-counts[name], name))
    dense = np.array([[name in label for name in names] for label in labels], dtype=np.int8)
    sets = csr_array(dense.reshape(len(labels), len(names)))
    n_models = np.array([counts[name] for name in names], dtype=np.int64)
    return TraitValues(trait, tuple(names), n_models, sets)


def drawn(seed: int) -> tuple[Labels, Lineage]:
    draw = random.Random(seed)
    n = draw.randrange(2, 40)
    labels = {
        trait: [
            set() if draw.random() < 0.3 else set(draw.sample(names, draw.randint(1, MOST[trait])))
            for _ in range(n)
        ]
        for trait, names in NAMES.items()
    }
    edges = [(draw.randrange(n), draw.randrange(n)) for _ in range(draw.randrange(1, 120))]
    ends = np.array(edges)
    # Parents of one number are of one family, so that a family has several edges.
    return labels, Lineage("all", ends[:, 0], ends[:, 1], ends[:, 0] % 7, 30, seed)


def net(ends: list[tuple[set[str], set[str]]], pairs: Any) -> tuple[float | None, int]:
    """Give the net share along pairs of groups, and the edges that it rests on."""
    forward = [float(sum(flow_between(p, c, s, t) for s, t in pairs)) for p, c in ends]
    backward = [float(sum(flow_between(p, c, t, s) for s, t in pairs)) for p, c in ends]
    total = sum(forward) + sum(backward)
    n = sum(f + b > 0 for f, b in zip(forward, backward, strict=True))
    return ((sum(forward) - sum(backward)) / total if total else None), n


def expected(labels: Labels, lineage: Lineage) -> dict[str, tuple[float | None, int]]:
    """Give estimate and n of every finding, by loops."""
    pairs = list(zip(lineage.parent.tolist(), lineage.child.tolist(), strict=True))
    ends = {t: [(own[u], own[v]) for u, v in pairs] for t, own in labels.items()}
    groups: dict[str | None, set[str]] = {}
    for name in NAMES["license"]:
        groups.setdefault(license_group(name), set()).add(name)
    bound = groups["commercial"] | groups["restrictive"]
    free = groups["permissive"] | groups["copyleft"]
    languages = set(NAMES["language"])
    stages = [{t for t in NAMES["task"] if task_stage(t) == stage} for stage in STAGE_ORDER]
    later = [(s, t) for k, s in enumerate(stages) for t in stages[k + 1 :]]
    to_english = net(ends["language"], [(languages - {"en"}, {"en"})])
    to_chinese = net(ends["language"], [(languages - {"zh"}, {"zh"})])
    gap = None
    if to_english[0] is not None and to_chinese[0] is not None:
        gap = to_english[0] - to_chinese[0]
    either = [
        (p, c)
        for p, c in ends["language"]
        if any({"en", "zh"} & set(step) for step in edge_transitions(p, c))
    ]
    numbers = [
        len(c) - len(p) for p, c in ends["language"] if p and c and "multilingual" not in p | c
    ]
    traffic: Counter[tuple[str, str]] = Counter()
    common = trait_of_sets("library", labels["library"]).values
    for p, c in ends["library"]:
        for step in edge_transitions(p, c):
            traffic[tuple(sorted(step, key=common.index))] += 1  # type: ignore[index]
    busiest = max(
        traffic, key=lambda pair: (traffic[pair], [-common.index(x) for x in pair]), default=None
    )
    moved = net(ends["library"], [({busiest[0]}, {busiest[1]})]) if busiest else (None, 0)
    return {
        "licenses_relax": net(ends["license"], [(bound, free)]),
        "license:llama3->apache-2.0": net(ends["license"], [({"llama3"}, {"apache-2.0"})]),
        "languages_narrow": (sum(numbers) / len(numbers) if numbers else None, len(numbers)),
        "language:*->en": to_english,
        "language:*->zh": to_chinese,
        "language:en-zh": (gap, len(either)),
        "task:translation->text-generation": net(
            ends["task"], [({"translation"}, {"text-generation"})]
        ),
        "tasks_run_along_stages": net(ends["task"], later),
        "libraries_move": moved,
    }


def found_of(labels: Labels, lineage: Lineage) -> list[Finding]:
    return directional_findings(
        {trait: trait_of_sets(trait, own) for trait, own in labels.items()}, lineage
    )


def test_findings_on_drawn_graphs() -> None:
    n_estimated: Counter[str] = Counter()
    for seed in range(300):
        labels, lineage = drawn(seed)
        found = {finding.finding: finding for finding in found_of(labels, lineage)}
        assert list(found) == FINDINGS
        for name, (estimate, n) in expected(labels, lineage).items():
            assert found[name].n == n, (seed, name)
            if estimate is None:
                assert found[name].estimate is None, (seed, name)
                assert found[name].verdict == "not decided"
            else:
                assert found[name].estimate == pytest.approx(estimate, abs=1e-9), (seed, name)
            n_estimated[name] += estimate is not None
    assert min(n_estimated.values()) > 100


def test_words() -> None:
    labels, lineage = drawn(3)
    for finding in found_of(labels, lineage):
        assert finding.subject == SUBJECT
        assert finding.graph == "all"
        assert finding.p_adjusted is None
        assert finding.statement.endswith((".", "copyleft."))
        reporting = rf"\d+ of {lineage.parent.size} edges report on both ends"
        assert re.search(reporting, finding.caveat)
        assert "families the interval is too narrow" in finding.caveat


def test_a_seed_is_one_of_the_claim_and_the_graph() -> None:
    labels, lineage = drawn(12)
    assert found_of(labels, lineage) == found_of(labels, lineage)
    ends = (lineage.parent, lineage.child, lineage.family)
    other = Lineage("finetune", *ends, lineage.n_replicates, lineage.seed)
    seeds = {own.draws(name)["seed"] for own in (lineage, other) for name in FINDINGS}
    assert len(seeds) == 2 * len(FINDINGS)


def test_bad_input() -> None:
    labels, lineage = drawn(1)
    own = trait_of_sets("license", labels["license"])
    outside = Lineage("all", lineage.parent + 1000, lineage.child, lineage.family, 9, 1)
    with pytest.raises(InferenceError, match="leaves the"):
        runs_between(own, outside, "mit", "other")
    with pytest.raises(InferenceError, match="do not match"):
        Lineage("all", lineage.parent, lineage.child[1:], lineage.family, 9, 1)
    with pytest.raises(InferenceError, match="0 replicates"):
        Lineage("all", lineage.parent, lineage.child, lineage.family, 0, 1)


def test_what_the_demo_plants_is_found(engine: Engine) -> None:
    """Of the demo: licenses relax, languages narrow and go to English, tasks run on.

    Planted are 0.30 against 0.05 across the two sides of licenses, 0.35 narrowed,
    0.20 to English against 0.03 from it, and 0.85 of mutations of tasks downstream.
    """
    chain = chain_of("demo")
    models = engine.memory_table(chain.tables["hub.models"])
    traits = {trait: trait_values(engine, models, trait) for trait in NAMES}  # type: ignore[arg-type]
    node = {row["model_id"]: row["node"] for row in chain.rows("hub.models")}
    members = [row for row in chain.rows("genealogy.members") if row["graph"] == "all"]
    family = {row["model_id"]: row["family_id"] for row in members}
    ends = sorted(
        {
            (row["parent_id"], row["child_id"])
            for row in chain.rows("genealogy.edges")
            if not row["is_excluded"]
        }
    )
    parent, child, home = (
        np.array([of(pair) for pair in ends])
        for of in (lambda e: node[e[0]], lambda e: node[e[1]], lambda e: family[e[1]])
    )
    found = {
        finding.finding: finding
        for finding in directional_findings(traits, Lineage("all", parent, child, home, 499, 1))
    }
    for name in ("licenses_relax", "languages_narrow"):
        assert found[name].verdict == "holds", found[name]
        assert found[name].n > 50
    # Few families of two thousand models change their one language, or their stage.
    for name in ("language:*->en", "tasks_run_along_stages"):
        assert found[name].n > 20
        assert (found[name].estimate or 0) > 0.2
        assert found[name].verdict != "does not hold"
