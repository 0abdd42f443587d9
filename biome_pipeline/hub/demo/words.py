"""The words that the demo Hub is written with, and their weights.

Licenses, languages, tasks and architectures are real words of the Hub, with
weights of a plausible order; organisations, brands and data sets are invented,
so that nothing here speaks about anybody's models.

What does not belong here: how words change along edges (`traits`), and the
reviewed vocabulary that the analysis uses (``biome_pipeline.vocabulary``).
"""

from __future__ import annotations

from dataclasses import dataclass

from biome_pipeline.hub.demo.weighted import Weighted

__all__ = [
    "BOUND_LICENSES",
    "BRANDS",
    "DATASETS",
    "FOUNDATIONS",
    "LANGUAGES",
    "LANGUAGE_LOOKALIKES",
    "LONER_TASKS",
    "METHOD_PAPERS",
    "OPEN_LICENSES",
    "ORGANISATIONS",
    "QUANTIZERS",
    "ROOT_LICENSES",
    "TASK_LINES",
    "TOPICS",
    "Foundation",
]

BOUND_LICENSES = Weighted(
    {
        "llama3": 5,
        "llama2": 5,
        "llama3.1": 4,
        "gemma": 4,
        "cc-by-nc-4.0": 4,
        "creativeml-openrail-m": 3,
        "cc-by-nc-sa-4.0": 2,
        "bigscience-bloom-rail-1.0": 1,
    }
)
"""Restrictive and community licenses: non-commercial, use-restricted, or of one vendor."""

OPEN_LICENSES = Weighted(
    {
        "apache-2.0": 55,
        "mit": 25,
        "cc-by-4.0": 4,
        "bsd-3-clause": 3,
        "cc-by-sa-4.0": 3,
        "gpl-3.0": 2,
        "agpl-3.0": 2,
        "cc0-1.0": 1,
    }
)
"""Permissive and copyleft licenses: anybody may use them for anything."""

ROOT_LICENSES = Weighted(
    {
        "apache-2.0": 30,
        "mit": 13,
        "cc-by-4.0": 2,
        "bsd-3-clause": 1,
        "gpl-3.0": 1,
        "llama3": 9,
        "llama2": 9,
        "llama3.1": 7,
        "gemma": 7,
        "cc-by-nc-4.0": 8,
        "creativeml-openrail-m": 4,
        "cc-by-nc-sa-4.0": 2,
        "bigscience-bloom-rail-1.0": 2,
        "other": 5,
    }
)
"""What models without parents are licensed under; about half of it is bound."""

LANGUAGES = Weighted(
    {
        "en": 46, "zh": 12, "fr": 6, "de": 6, "es": 6, "ja": 5, "ko": 4, "pt": 3, "ru": 3,
        "it": 3, "ar": 2, "hi": 2, "vi": 2, "nl": 1, "pl": 1, "tr": 1, "id": 1, "th": 1,
        "sv": 1, "cs": 1, "fa": 1, "uk": 1, "el": 0.5, "sw": 0.5, "yue": 0.3, "fil": 0.3,
    }
)  # fmt: skip
"""ISO 639 codes of two and three letters."""

LANGUAGE_LOOKALIKES: tuple[str, ...] = (
    "nlp", "rag", "llm", "moe", "sft", "dpo", "gpt", "cnn", "ocr", "asr", "vit", "mlx", "awq",
    "lora",
)  # fmt: skip
"""Topic tags that read like codes of languages but are none."""

TASK_LINES: tuple[tuple[tuple[str, float], ...], ...] = (
    (
        ("fill-mask", 1),
        ("feature-extraction", 3),
        ("sentence-similarity", 3),
        ("translation", 3),
        ("summarization", 2),
        ("text-generation", 9),
        ("question-answering", 3),
        ("token-classification", 4),
        ("text-classification", 8),
        ("reinforcement-learning", 2),
    ),
    (
        ("image-feature-extraction", 1),
        ("text-to-image", 6),
        ("image-to-image", 3),
        ("image-text-to-text", 3),
        ("object-detection", 3),
        ("image-segmentation", 2),
        ("image-classification", 6),
    ),
    (
        ("text-to-audio", 1),
        ("text-to-speech", 3),
        ("automatic-speech-recognition", 5),
        ("audio-to-audio", 1),
        ("audio-classification", 4),
    ),
)
"""Tasks by modality, upstream first, with their weights as targets of a mutation."""

LONER_TASKS = Weighted(
    {
        "text-generation": 24,
        "reinforcement-learning": 22,
        "text-classification": 14,
        "image-classification": 8,
        "text-to-image": 7,
        "automatic-speech-recognition": 5,
        "token-classification": 5,
        "sentence-similarity": 4,
        "tabular-classification": 2,
        "text-to-speech": 2,
        "robotics": 2,
        "translation": 2,
    }
)
"""Tasks of models without relatives."""


@dataclass(frozen=True)
class Foundation:
    """What a family starts from.

    Attributes
    ----------
    model_type, architecture : str
        As in ``config.json``; `model_type` is empty for diffusion pipelines.
    library : str
        The library that loads it.
    line : int
        Its modality, an index into `TASK_LINES`.
    tasks : tuple of str
        Tasks that its roots have.
    sizes : tuple of (str, int)
        Size as it stands in names, and number of parameters.
    weight : float
        How many families start from it, relative to the others.
    """

    model_type: str
    architecture: str
    library: str
    line: int
    tasks: tuple[str, ...]
    sizes: tuple[tuple[str, int], ...]
    weight: float


FOUNDATIONS: tuple[Foundation, ...] = (
    Foundation(
        "llama",
        "LlamaForCausalLM",
        "transformers",
        0,
        ("text-generation", "text-generation", "translation"),
        (
            ("1B", 1_235_814_400),
            ("3B", 3_212_749_824),
            ("7B", 6_738_415_616),
            ("8B", 8_030_261_248),
            ("13B", 13_015_864_320),
            ("70B", 70_553_706_496),
        ),
        10,
    ),
    Foundation(
        "mistral",
        "MistralForCausalLM",
        "transformers",
        0,
        ("text-generation", "feature-extraction"),
        (("7B", 7_241_732_096), ("12B", 12_247_782_400)),
        5,
    ),
    Foundation(
        "qwen2",
        "Qwen2ForCausalLM",
        "transformers",
        0,
        ("text-generation", "text-generation", "translation", "feature-extraction"),
        (
            ("0.5B", 494_032_768),
            ("1.5B", 1_543_714_304),
            ("7B", 7_615_616_512),
            ("14B", 14_770_033_664),
            ("32B", 32_763_876_352),
        ),
        7,
    ),
    Foundation(
        "bert",
        "BertForMaskedLM",
        "transformers",
        0,
        ("fill-mask", "feature-extraction", "fill-mask"),
        (("base", 109_514_298), ("large", 335_174_458)),
        5,
    ),
    Foundation(
        "roberta",
        "RobertaForMaskedLM",
        "transformers",
        0,
        ("fill-mask", "feature-extraction", "sentence-similarity"),
        (("base", 124_697_433), ("large", 355_412_057)),
        3,
    ),
    Foundation(
        "marian",
        "MarianMTModel",
        "transformers",
        0,
        ("translation",),
        (("base", 74_410_496), ("big", 209_125_376)),
        2,
    ),
    Foundation(
        "",
        "StableDiffusionPipeline",
        "diffusers",
        1,
        ("text-to-image", "text-to-image", "image-to-image"),
        (("v1", 1_066_235_307), ("xl", 3_468_757_219)),
        4,
    ),
    Foundation(
        "swin",
        "SwinForImageClassification",
        "transformers",
        1,
        ("image-feature-extraction", "image-classification"),
        (("tiny", 28_288_354), ("base", 87_768_224)),
        2,
    ),
    Foundation(
        "llava",
        "LlavaForConditionalGeneration",
        "transformers",
        1,
        ("image-text-to-text",),
        (("7B", 7_063_427_072), ("13B", 13_350_839_296)),
        2,
    ),
    Foundation(
        "whisper",
        "WhisperForConditionalGeneration",
        "transformers",
        2,
        ("automatic-speech-recognition",),
        (("small", 241_734_912), ("large", 1_543_490_560)),
        2,
    ),
    Foundation(
        "speecht5",
        "SpeechT5ForTextToSpeech",
        "transformers",
        2,
        ("text-to-speech", "text-to-audio"),
        (("base", 144_433_890),),
        1,
    ),
)

BRANDS: tuple[str, ...] = (
    "Heron", "Lapwing", "Basalt", "Juniper", "Sorrel", "Plover", "Fennec", "Marten", "Tamarack",
    "Dunlin", "Feldspar", "Curlew", "Wagtail", "Serval", "Bracken", "Sandpiper", "Gneiss",
    "Quillwort", "Merganser", "Tourmaline", "Whimbrel", "Larkspur", "Goshawk", "Caracal",
    "Dotterel", "Hornbeam", "Kittiwake", "Marigold", "Nuthatch", "Oxlip", "Pipistrelle", "Redstart",
)  # fmt: skip
"""Names of foundation models, invented."""

ORGANISATIONS: tuple[str, ...] = (
    "northmoor-ai", "Saltmarsh", "tidewrack-labs", "Fernbank-Institute", "cairnwell",
    "OpenHedgerow", "millrace-research", "Greywether", "limewood-nlp", "Kelpforest",
    "driftline", "Sunhollow-AI", "peatland-project", "Windgap", "harebell-lab", "Coldharbour-ML",
)  # fmt: skip
"""Publishers of foundation models, invented."""

QUANTIZERS: tuple[str, ...] = (
    "pebblequants", "tinfoil-gguf", "lowbit-lena", "mortar-quants", "halfbyte", "ggufsmith",
    "nibblewright", "smallbits",
)  # fmt: skip
"""Publishers of quantized copies, invented."""

TOPICS: tuple[str, ...] = (
    "medqa", "chat", "instruct", "code", "math", "legal", "finance", "roleplay", "sentiment",
    "summaries", "recipes", "tickets", "poetry", "reviews", "support", "extraction", "reasoning",
    "stories", "agents", "triage", "contracts", "lyrics", "toxicity", "intents",
)  # fmt: skip
"""What models are tuned for; four letters and more, so that none reads like a language."""

DATASETS: tuple[str, ...] = (
    "saltmarsh/dialogues-40k", "limewood-nlp/open-reviews", "cairnwell/clinic-notes",
    "millrace-research/steps-of-proof", "harebell-lab/street-signs", "driftline/call-centre",
    "openhedgerow/recipes", "peatland-project/field-recordings", "greywether/code-answers",
    "tidewrack-labs/preference-pairs", "windgap/parallel-subtitles", "kelpforest/captions",
)  # fmt: skip
"""Data sets, invented."""

METHOD_PAPERS: dict[str, str] = {
    "adapter": "2106.09685",
    "finetune": "2305.18290",
    "quantized": "2306.00978",
    "merge": "2306.01708",
}
"""The paper of a common method of each relation: LoRA, DPO, AWQ, TIES."""
