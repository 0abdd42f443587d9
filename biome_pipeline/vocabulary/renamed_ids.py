"""Legacy ids without an owner, and the names that they have today.

In 2024 the Hub moved its first models into organisations; old ids redirect.
The list was written down by hand and was not checked against the live Hub: a
name that is missing here leaves its children with an absent parent, and a wrong
one does so too, unless a model of that name is in the snapshot.
"""

from __future__ import annotations

__all__ = ["RENAMED_IDS"]

_MOVED: dict[str, tuple[str, ...]] = {
    "albert": tuple(
        f"albert-{size}-{version}"
        for size in ("base", "large", "xlarge", "xxlarge")
        for version in ("v1", "v2")
    ),
    "almanach": ("camembert-base",),
    "dbmdz": (
        "bert-base-german-dbmdz-cased",
        "bert-base-german-dbmdz-uncased",
    ),
    "distilbert": (
        "distilbert-base-cased",
        "distilbert-base-cased-distilled-squad",
        "distilbert-base-german-cased",
        "distilbert-base-multilingual-cased",
        "distilbert-base-uncased",
        "distilbert-base-uncased-distilled-squad",
        "distilbert-base-uncased-finetuned-sst-2-english",
        "distilgpt2",
        "distilroberta-base",
    ),
    "FacebookAI": (
        "roberta-base",
        "roberta-large",
        "roberta-large-mnli",
        "xlm-clm-ende-1024",
        "xlm-clm-enfr-1024",
        "xlm-mlm-100-1280",
        "xlm-mlm-17-1280",
        "xlm-mlm-en-2048",
        "xlm-mlm-ende-1024",
        "xlm-mlm-enfr-1024",
        "xlm-mlm-enro-1024",
        "xlm-mlm-tlm-xnli15-1024",
        "xlm-mlm-xnli15-1024",
        "xlm-roberta-base",
        "xlm-roberta-large",
        "xlm-roberta-large-finetuned-conll02-dutch",
        "xlm-roberta-large-finetuned-conll02-spanish",
        "xlm-roberta-large-finetuned-conll03-english",
        "xlm-roberta-large-finetuned-conll03-german",
    ),
    "google-bert": (
        "bert-base-cased",
        "bert-base-cased-finetuned-mrpc",
        "bert-base-chinese",
        "bert-base-german-cased",
        "bert-base-multilingual-cased",
        "bert-base-multilingual-uncased",
        "bert-base-uncased",
        "bert-large-cased",
        "bert-large-cased-whole-word-masking",
        "bert-large-cased-whole-word-masking-finetuned-squad",
        "bert-large-uncased",
        "bert-large-uncased-whole-word-masking",
        "bert-large-uncased-whole-word-masking-finetuned-squad",
    ),
    "google-t5": ("t5-11b", "t5-3b", "t5-base", "t5-large", "t5-small"),
    "openai-community": (
        "gpt2",
        "gpt2-large",
        "gpt2-medium",
        "gpt2-xl",
        "openai-gpt",
        "roberta-base-openai-detector",
        "roberta-large-openai-detector",
    ),
    "Salesforce": ("ctrl",),
    "transfo-xl": ("transfo-xl-wt103",),
    "xlnet": ("xlnet-base-cased", "xlnet-large-cased"),
}

RENAMED_IDS: dict[str, str] = {
    name: f"{owner}/{name}" for owner, names in _MOVED.items() for name in names
}
