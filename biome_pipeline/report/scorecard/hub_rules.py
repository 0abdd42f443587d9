"""Figures of the hub-stats report and single facts of other documents.

What does not belong here: values of traits (``value_rules``).
"""

from __future__ import annotations

import json
from typing import Any

from biome_pipeline.report.scorecard.answers import Answer, Asked, Rules, absent, differs, same

__all__ = ["EXAMPLES", "HUB_RULES"]

HUB_RULES = Rules()
"""Rules that read models and statistics."""

_HUB_STATS = {
    "downloads_gt0": ("downloads", "n_positive"),
    "downloadsAllTime_gt0": ("downloads_all_time", "n_positive"),
    "downloads_median": ("downloads", "median"),
    "downloadsAllTime_median": ("downloads_all_time", "median"),
    "downloads_mean": ("downloads", "mean"),
    "downloadsAllTime_mean": ("downloads_all_time", "mean"),
    "safetensors_populated": ("coverage", "parameters"),
}


@HUB_RULES.rule(r"hubstats\.models_total")
def _models(asked: Asked) -> Answer:
    return same(float(asked.read.n_models), "models of the snapshot", asked.read.n_models)


@HUB_RULES.rule(r"hubstats\.(" + "|".join(_HUB_STATS) + ")")
def _hub_stats(asked: Asked) -> Answer:
    statistic, item = _HUB_STATS[asked.words[0]]
    value, n = asked.read.value(statistic, item)
    return same(value, f"{item.replace('_', ' ')} of {statistic.replace('_', ' ')}", n)


@HUB_RULES.rule(r"hubstats\.relation\.(\w+)")
def _relation(asked: Asked) -> Answer:
    counts = asked.read.n_by_relation
    if not counts:
        return absent("the source of this snapshot does not give the Hub's structure of parents")
    return same(
        float(counts.get(asked.words[0], 0)),
        f"models whose parents the Hub files under {asked.words[0]}; the paper counts edges",
        sum(counts.values()),
    )


@HUB_RULES.rule(r"hubstats\.params_b\.(\w+)")
def _sizes(asked: Asked) -> Answer:
    item = {"min": "p0", "max": "p100"}.get(asked.words[0], asked.words[0])
    value, n = asked.read.value("parameters", item)
    return same(None if value is None else value / 1e9, f"parameters in billions, {item}", n)


@HUB_RULES.rule(r"hubstats\.top_downloaded\.(\w+)")
def _of_class(asked: Asked) -> Answer:
    rows = asked.read.largest[asked.words[0]]
    if not rows:
        return absent("no model of the class tells its parameters and downloads of all time")
    found = [
        [row["model_id"], round(row["parameters"] / 1e9, 2), _short(row["downloads_all_time"])]
        for row in rows
    ]
    return same(
        json.dumps(found, ensure_ascii=False), "most downloaded of all time of the class", len(rows)
    )


def _short(count: int) -> str:
    """Write a count as the report does: billions with one digit, and whole millions."""
    return f"{count / 1e9:.1f}B" if count >= 1e9 else f"{count / 1e6:.0f}M"


EXAMPLES = {
    "qwen3vl8b": "Qwen/Qwen3-VL-8B-Instruct",
    "declining": "1231czx/llama3_it_ultra_list_and_bold500",
    "active": "sentence-transformers/all-MiniLM-L6-v2",
    "perplexity": "perplexity-ai/r1-1776-distill-llama-70b",
}
"""Models that are named in figures, but not in keys."""

_FIELDS = {
    "params": "parameters",
    "downloads": "downloads",
    "likes": "likes",
    "created": "created_at",
    "derivatives": "n_children",
    "alltime": "downloads_all_time",
    "recent": "downloads",
}


@HUB_RULES.rule(r"hubstats\.example\.(\w+)\.(" + "|".join(_FIELDS) + ")")
def _example(asked: Asked) -> Answer:
    name, field = EXAMPLES[asked.words[0]], asked.words[1]
    model = asked.read.model(name)
    if model is None:
        return absent(f"{name} is not in this snapshot")
    value: Any = model[_FIELDS[field]]
    if field == "created" and value is not None:
        return same(f"{value:%Y-%m-%d}", f"creation of {name}", 1)
    if field == "derivatives":
        return differs(
            float(value or 0),
            f"children of {name} by any relation",
            1,
            why="the report does not say what it counts as a derivative",
        )
    return same(None if value is None else float(value), f"{field} of {name}", 1)


_CHOSEN = {
    "hubstats.date": "the date of the other snapshot: nothing to compute",
    "hubstats.trending_threshold": "a threshold that was chosen; the same one is used here",
    "hubstats.seven_b_range": "a range that was chosen; 'biome models --size 6.5 8.5' uses it",
    "paper.dataset_gb_with_cards": "the size of the authors' own files, in no snapshot",
    "paper.dataset_mb_without_cards": "the size of the authors' own files, in no snapshot",
    "paper.api_page_size": "a setting of the authors' own download, in no snapshot",
}


@HUB_RULES.rule("|".join(key.replace(".", r"\.") for key in _CHOSEN))
def _settings(asked: Asked) -> Answer:
    return absent(_CHOSEN[asked.figure.key])


_PAPER_SHARES = {
    "endpoints_compatible_share": ("endpoints_compatible", "share of models with the tag"),
    "safetensors_share_of_models_with_weights": (
        "safetensors_of_models_with_weights",
        "share of models with weights that have safetensors",
    ),
    "autotrain_share": ("autotrain_compatible", "share of models with the tag"),
}
_NO_CODE = "no code was published for it"


@HUB_RULES.rule(r"paper\.(" + "|".join(_PAPER_SHARES) + ")")
def _paper_share(asked: Asked) -> Answer:
    item, words = _PAPER_SHARES[asked.words[0]]
    value, n = asked.read.value("share", item)
    return differs(value, words, n, why=_NO_CODE)


@HUB_RULES.rule(r"paper\.doi_download_ratio")
def _doi(asked: Asked) -> Answer:
    value, n = asked.read.value("downloads_by_doi", "ratio")
    return differs(
        value, "mean downloads with a DOI over those without", n, why=f"{_NO_CODE}: mean or median"
    )


@HUB_RULES.rule(r"paper\.createdAt_backfill_date")
def _backfill(asked: Asked) -> Answer:
    day = asked.read.first_day
    return same(day, "first day on which a model was created", asked.read.n_models)


@HUB_RULES.rule(r"paper\.granite31\.\w+")
def _granite(asked: Asked) -> Answer:
    del asked
    return absent("which of the Granite 3.1 models is meant, and in which graph, is not said")


@HUB_RULES.rule(r"paper\.related\.\w+")
def _related(asked: Asked) -> Answer:
    del asked
    return absent("the size of the data of another paper")


@HUB_RULES.rule(r"fitness\.models_with_config")
def _configs(asked: Asked) -> Answer:
    n = asked.read.n_configs
    if not n:
        return absent("no config was asked for in this snapshot")
    return differs(
        float(n), "models whose whole config was read", n, why="the notebook's filter is not kept"
    )


@HUB_RULES.rule(r"evolution\..+")
def _evolution(asked: Asked) -> Answer:
    del asked
    return absent("a range of a simulated search that was published without its code")
