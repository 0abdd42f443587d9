"""Sections of a model card, and the headings by which each is recognised.

Sources: the section names of the Hub's default card template and of the cards
that training libraries write, Mitchell et al., "Model Cards for Model
Reporting" (2019), and headings met on real cards; gathered by hand, mostly
English. All wordings are in lower case, their words parted by single blanks and
without punctuation. What does not belong here: how a heading is found and
brought into this form (``snapshot``).
"""

from __future__ import annotations

__all__ = [
    "APART_PHRASES",
    "PLACEHOLDER",
    "SECTIONS",
    "SECTION_HEADINGS",
    "SECTION_PHRASES",
    "TEMPLATE_SENTENCES",
]

SECTIONS: tuple[str, ...] = (
    "intended_use",
    "limits",
    "training_data",
    "evaluation",
    "license",
    "citation",
    "environmental_impact",
)

# Words that name a section only if they are the whole heading.
SECTION_HEADINGS: dict[str, tuple[str, ...]] = {
    "intended_use": (
        "use",
        "uses",
        "use case",
        "use cases",
        "applications",
        "用途",
        "使用场景",
        "适用场景",
        "应用场景",
    ),
    "limits": (
        "bias",
        "biases",
        "risks",
        "caveats",
        # The default template has it under "Bias, Risks, and Limitations".
        "recommendations",
        "局限",
    ),
    "training_data": ("data", "dataset", "datasets", "数据集"),
    "evaluation": ("results", "metrics", "performance", "scores", "评估", "评测", "評価", "평가"),
    "license": ("copyright", "协议"),
    "citation": ("引用", "인용"),
    "environmental_impact": ("emissions",),
}

# Words that name a section wherever they stand in a heading; of two that overlap
# the one that begins first counts, and the longer one if they begin together.
SECTION_PHRASES: dict[str, tuple[str, ...]] = {
    "intended_use": (
        "intended use",
        "intended uses",
        "intended usage",
        "intended users",
        "intended audience",
        "intended purpose",
        "intended application",
        "intended applications",
        "direct use",
        "direct uses",
        "downstream use",
        "downstream uses",
        "primary use",
        "primary uses",
        "primary use case",
        "primary use cases",
        "recommended use",
        "recommended uses",
        # The default template has it under "Uses".
        "out of scope",
        "misuse",
        "预期用途",
    ),
    "limits": (
        "limitation",
        "limitations",
        "bias and risks",
        "bias risks",
        "bias and fairness",
        "biases and risks",
        "risks and biases",
        "potential bias",
        "potential biases",
        "known issues",
        "ethical considerations",
        "caveats and recommendations",
        "局限性",
    ),
    "training_data": (
        "training data",
        "training dataset",
        "training datasets",
        "training set",
        "training corpus",
        "training corpora",
        # "## Training and evaluation data" of the Trainer is about data, not results.
        "training and evaluation data",
        "training and evaluation dataset",
        "training and evaluation datasets",
        "training and test data",
        "training details",
        "pretraining data",
        "pretraining dataset",
        "pretraining corpus",
        "pre training data",
        "pre training dataset",
        "pre training corpus",
        "finetuning data",
        "finetuning dataset",
        "fine tuning data",
        "fine tuning dataset",
        "datasets used",
        "dataset used",
        "data sources",
        "训练数据",
        "学習データ",
        "학습 데이터",
    ),
    "evaluation": (
        "evaluation",
        "evaluations",
        "eval",
        "eval results",
        "benchmark",
        "benchmarks",
        "benchmarking",
        "testing data",
        "test results",
        "main results",
        "model performance",
        "performance metrics",
        "leaderboard",
        "评估结果",
        "评测结果",
        "評価結果",
    ),
    "license": (
        "license",
        "licenses",
        "licence",
        "licences",
        "licensing",
        "terms of use",
        "许可证",
        "许可协议",
        "开源协议",
        "ライセンス",
        "라이선스",
    ),
    "citation": ("citation", "citations", "cite", "citing", "bibtex", "引用格式"),
    "environmental_impact": (
        "environmental impact",
        "environmental considerations",
        "carbon footprint",
        "carbon emission",
        "carbon emissions",
        "carbon emitted",
        "co2 emission",
        "co2 emissions",
        "energy consumption",
        "碳排放",
        "环境影响",
    ),
}

# What stands under these is about something else, whatever section they are in:
# hyperparameters under "Training Details" are no training data, and a code
# example under "Uses" is no intended use. The Trainer's table "Training results"
# is the log of a training, not an evaluation that somebody described.
APART_PHRASES: tuple[str, ...] = (
    "training procedure",
    "training procedures",
    "training hyperparameters",
    "hyperparameter",
    "hyperparameters",
    "training results",
    "training log",
    "training logs",
    "training loss",
    "training time",
    "training configuration",
    "training parameters",
    "training arguments",
    "training script",
    "training setup",
    "training set up",
    "framework versions",
    "preprocessing",
    "pre processing",
    "speeds sizes times",
    "technical specifications",
    "compute infrastructure",
    "how to use",
    "how to get started",
    "getting started",
    "usage",
    "quickstart",
    "quick start",
    "installation",
)

# What the templates write where the author has written nothing, in lower case.
PLACEHOLDER = "more information needed"

# Sentences of the default template that stand in a card nobody has filled in,
# up to where they change; in lower case.
TEMPLATE_SENTENCES: tuple[str, ...] = (
    "users (both direct and downstream) should be made aware of the risks, biases and "
    "limitations of the model.",
    "more information needed for further recommendations.",
    "carbon emissions can be estimated using the [machine learning impact calculator]"
    "(https://mlco2.github.io/impact#compute) presented in [lacoste et al. (2019)]"
    "(https://arxiv.org/abs/1910.09700).",
)
