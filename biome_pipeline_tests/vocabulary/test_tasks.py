"""Tasks have one tag and one stage."""

from __future__ import annotations

from typing import get_args

import pytest

from biome_pipeline.drift.published import ORDERINGS
from biome_pipeline.hub.demo.words import LONER_TASKS, TASK_LINES
from biome_pipeline.vocabulary.tasks import (
    STAGE_ORDER,
    TASK_STAGES,
    TaskStage,
    task_name,
    task_stage,
)


@pytest.mark.parametrize(
    ("spelling", "name", "stage"),
    [
        ("feature-extraction", "feature-extraction", "representation"),
        (" Fill Mask ", "fill-mask", "representation"),
        ("text_to_image", "text-to-image", "modality translation"),
        ("asr", "automatic-speech-recognition", "modality translation"),
        ("ner", "token-classification", "classification"),
        ("reinforcement-learning", "reinforcement-learning", "reinforcement learning"),
        ("text-generation", "text-generation", "generation"),
        ("translation", "translation", "generation"),
        ("other", "other", "other"),
        ("folding-of-paper", "folding-of-paper", "other"),
    ],
)
def test_tasks(spelling: str, name: str, stage: str) -> None:
    assert task_name(spelling) == name
    assert task_stage(name) == stage


@pytest.mark.parametrize("spelling", ["", " ", "unknown", "None", "N/A"])
def test_nothing_is_no_task(spelling: str) -> None:
    assert task_name(spelling) is None


def test_tags_are_their_own_name_and_every_stage_has_some() -> None:
    assert all(task_name(task) == task for task in TASK_STAGES)
    assert set(TASK_STAGES.values()) == set(get_args(TaskStage))
    assert set(STAGE_ORDER) == set(get_args(TaskStage)) - {"generation", "other"}


def test_the_tasks_of_the_paper_and_of_the_demo_are_known() -> None:
    published = {task for graph in ("all", "finetune") for task in ORDERINGS[graph, "task"].order}
    demo = {task for line in TASK_LINES for task, _ in line} | set(LONER_TASKS.words)
    assert published | demo <= set(TASK_STAGES)
