"""Tasks (pipeline tags) of the Hub, by the stage of work that they stand for.

Source of the tags: the Hub's list of pipelines (``pipelines.ts`` of the package
@huggingface/tasks), and retired tags that old models keep. Source of the order:
"Anatomy of a Machine Learning Ecosystem" (arXiv 2508.06811), section 4, says in
words that tasks run from feature extraction over the translation between
modalities to classification and to reinforcement learning. It gives no list of
members: which tag belongs to which stage is ours, and so is the stage
``generation``, which those words do not mention and which has no place in their
order.

What does not belong here: modalities, and which model has which tag.
"""

from __future__ import annotations

import re
from typing import Literal

__all__ = ["STAGE_ORDER", "TASK_STAGES", "TaskStage", "task_name", "task_stage"]

TaskStage = Literal[
    "representation",
    "modality translation",
    "classification",
    "reinforcement learning",
    "generation",
    "other",
]
"""What a task makes of its input.

``representation``: vectors or filled gaps, for others to build on;
``modality translation``: an output of another modality; ``classification``: a label,
span, region, score or number for what is there; ``reinforcement learning``: actions;
``generation``: new content of the same modality, or of none.
"""

_OF_STAGE: dict[TaskStage, str] = {
    "representation": """
        feature-extraction image-feature-extraction fill-mask sentence-similarity text-retrieval
        visual-document-retrieval
        """,
    "modality translation": """
        automatic-speech-recognition text-to-speech text-to-audio text-to-image text-to-video
        text-to-3d image-to-text image-to-video image-to-3d image-text-to-text image-text-to-image
        image-text-to-video video-text-to-text audio-text-to-text any-to-any table-to-text
        tabular-to-text visual-question-answering document-question-answering
        """,
    "classification": """
        text-classification token-classification zero-shot-classification text-ranking
        question-answering table-question-answering multiple-choice image-classification
        zero-shot-image-classification video-classification audio-classification
        voice-activity-detection object-detection zero-shot-object-detection image-segmentation
        mask-generation keypoint-detection depth-estimation tabular-classification
        tabular-regression
        """,
    "reinforcement learning": "reinforcement-learning robotics",
    "generation": """
        text-generation text2text-generation conversational translation summarization
        image-to-image video-to-video audio-to-audio unconditional-image-generation
        """,
    "other": "time-series-forecasting graph-ml biology other",
}

TASK_STAGES: dict[str, TaskStage] = {
    task: stage for stage, tasks in _OF_STAGE.items() for task in tasks.split()
}
"""Stage of every known tag."""

STAGE_ORDER: tuple[TaskStage, ...] = (
    "representation",
    "modality translation",
    "classification",
    "reinforcement learning",
)
"""The published order, upstream first."""

# Short names that the pipelines of transformers accept, and British spelling.
_SPELLINGS: dict[str, str] = {
    "sentiment-analysis": "text-classification",
    "ner": "token-classification",
    "asr": "automatic-speech-recognition",
    "tts": "text-to-speech",
    "vqa": "visual-question-answering",
    "summarisation": "summarization",
    "text-to-text-generation": "text2text-generation",
}

_NOT_STATED = frozenset({"", "unknown", "none", "null", "nan", "na", "n/a"})


def task_name(spelling: str) -> str | None:
    """Bring a task to its tag.

    Parameters
    ----------
    spelling : str
        As a model states it.

    Returns
    -------
    str or None
        In lower case with hyphens; ``None`` if nothing is stated. ``other`` is
        a task that is stated.
    """
    word = re.sub(r"[\s_]+", "-", spelling.strip().lower())
    return None if word in _NOT_STATED else _SPELLINGS.get(word, word)


def task_stage(task: str) -> TaskStage:
    """Give the stage of a task.

    Parameters
    ----------
    task : str
        A tag as of :func:`task_name`.

    Returns
    -------
    str
        Its stage; ``other`` for a tag that is not known.
    """
    return TASK_STAGES.get(task, "other")
