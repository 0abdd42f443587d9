"""Figures that are computed on a snapshot: values, papers, downloads, graphs.

What does not belong here: relatives and their drift (``relative_rules``), and what
follows from other published figures (``identities``).
"""

from __future__ import annotations

import json
from functools import cache

from biome_pipeline.report.scorecard.answers import Answer, Asked, Rules, absent, differs, same

__all__ = ["RULES"]

RULES = Rules()
"""Rules that read tables of a snapshot."""


@cache
def _language_codes() -> dict[str, str]:
    import pycountry

    return {
        language.name: getattr(language, "alpha_2", language.alpha_3)
        for language in pycountry.languages
    }


@RULES.rule(r"(license|language|dataset)_count\.(.+)")
def _count(asked: Asked) -> Answer:
    trait, value = asked.words
    counts = asked.read.trait(trait)
    if value == "_distinct":
        return same(float(len(counts)), f"different values of {trait}", sum(counts.values()))
    if value in {"_total", "_total_mentions"}:
        return same(float(sum(counts.values())), f"mentions of a {trait}", asked.read.n_models)
    if trait == "language":
        code = _language_codes().get(value)
        if code is None:
            return absent(f"no language of ISO 639 has the name {value}")
        return same(
            float(counts.get(code, 0)), f"models that name the language {code}", asked.read.n_models
        )
    if value == "unknown":
        # A license that is stated as unknown is none.
        return differs(
            float(counts.get(value, 0)),
            "a license that is stated as unknown counts as not stated here",
            asked.read.n_models,
        )
    return same(
        float(counts.get(value, 0)), f"models that name the {trait} {value}", asked.read.n_models
    )


@RULES.rule(r"license_pct_of_all_models\.(.+)")
def _license_share(asked: Asked) -> Answer:
    count = asked.read.trait("license").get(asked.words[0], 0)
    return same(
        100 * count / asked.read.n_models if asked.read.n_models else None,
        "percent of all models, although the text speaks of reported licenses",
        asked.read.n_models,
    )


@RULES.rule(r"(task|library)_pct_of_reporting\.(.+)")
def _share_of_reporting(asked: Asked) -> Answer:
    rows = asked.read.statistic(asked.words[0])
    if not rows:
        return absent(f"no model of this snapshot names a {asked.words[0]}")
    row = rows.get(asked.words[1])
    share = row["share_of_reporting"] if row else 0.0
    n = next(iter(rows.values()))["n"]
    return same(100 * share, f"percent of the models that name a {asked.words[0]}", n)


@RULES.rule(r"n_languages_per_model\.(\d+)")
def _languages_each(asked: Asked) -> Answer:
    many = int(asked.words[0])
    found = asked.read.n_languages.get(many, 0)
    return same(float(found), f"models with {many} languages", asked.read.n_models)


@RULES.rule(r"top_downloads\.rank(\d+)")
def _top_download(asked: Asked) -> Answer:
    rows = asked.read.statistic("most_downloaded")
    names = sorted(rows, key=lambda name: (-rows[name]["value"], name))
    rank = int(asked.words[0])
    if len(names) < rank:
        return absent("fewer models have downloads in this snapshot")
    return same(names[rank - 1], f"number {rank} by downloads of the last 30 days", len(names))


@RULES.rule(r"top_parents\.(.+)")
def _top_parent(asked: Asked) -> Answer:
    model = asked.read.model(asked.words[0])
    if model is None:
        return absent("the model is not in this snapshot")
    return differs(
        float(model["n_children"] or 0),
        "every child counts here; the published count leaves out children with several parents",
    )


@RULES.rule(r"family_size\.nomerges\.(.+)")
def _family(asked: Asked) -> Answer:
    if asked.read.model(asked.words[0]) is None:
        return absent("the model is not in this snapshot")
    size = asked.read.family_size("asexual", asked.words[0])
    return same(float(size or 1), "models connected with it by edges other than merges", size)


@RULES.rule(r"arxiv_category_(models|papers)\.(.+)")
def _category(asked: Asked) -> Answer:
    what, category = asked.words
    name = "arxiv_category" if what == "models" else "arxiv_category_papers"
    rows = asked.read.statistic(name)
    if not rows:
        return absent("arXiv was not asked for the subjects of papers")
    row = rows.get(category)
    return same(float(row["value"]) if row else 0.0, f"{what} with the subject {category}")


@RULES.rule(r"arxiv_primary_papers\.(.+)")
def _primary(asked: Asked) -> Answer:
    known = [row for row in asked.read.papers if row["primary_category"] is not None]
    if not known:
        return absent("arXiv was not asked for the subjects of papers")
    count = sum(row["primary_category"] == asked.words[0] for row in known)
    return same(float(count), f"papers whose first subject is {asked.words[0]}", len(known))


@RULES.rule(r"arxiv\.unique_papers")
def _papers(asked: Asked) -> Answer:
    papers = asked.read.trait("arxiv")
    return same(float(len(papers)), "different papers that models name", sum(papers.values()))


@RULES.rule(r"arxiv\.malformed_ids")
def _malformed(asked: Asked) -> Answer:
    if not asked.read.papers:
        return absent("arXiv was not asked for any paper")
    found = [row["arxiv_id"] for row in asked.read.papers if row["outcome"] == "invalid_id"]
    return differs(
        json.dumps(found), "ids that no paper can have; the published list is of failed requests"
    )


@RULES.rule(r"graph\.(?:all|finetune)\.nodes|hubstats\.models_total|paper\.models_total_text")
def _models(asked: Asked) -> Answer:
    return same(float(asked.read.n_models), "models of the snapshot", asked.read.n_models)


@RULES.rule(r"graph\.(?:(all)|edges\.(\w+)|(finetune))(?:\.edges)?")
def _edges(asked: Asked) -> Answer:
    every, relation, finetune = asked.words
    name = {"untyped": "unspecified"}.get(relation or "", relation) or every or finetune
    n = asked.read.n_edges.get(name, 0)
    words = "pairs of parent and child" if name == "all" else f"edges of relation {name}"
    return same(float(n), f"{words} whose two ends are in the snapshot", n)


@RULES.rule(r"graph\.fertile_children\.(\w+)")
def _fertile(asked: Asked) -> Answer:
    row = asked.read.fertility.get(("all", asked.words[0]))
    if row is None:
        return absent(f"no edge of this snapshot is of relation {asked.words[0]}")
    return same(float(row["n_fertile"]), "children that have children", row["n_children"])


@RULES.rule(r"graph\.weak_components")
def _components(asked: Asked) -> Answer:
    graph = asked.read.families.get("all")
    if graph is None:
        return absent("no model of this snapshot has a relative")
    alone = asked.read.n_models - graph["n_models"]
    return differs(
        float(graph["n_families"] + alone),
        "families and models without relatives; the published graph has absent parents, too",
        asked.read.n_models,
    )


@RULES.rule(r"graph\.perplexity_r1_1776_distill_70b\.descendants_plus_self")
def _perplexity(asked: Asked) -> Answer:
    model = asked.read.model("perplexity-ai/r1-1776-distill-llama-70b")
    if model is None:
        return absent("the model is not in this snapshot")
    return same(float((model["n_descendants"] or 0) + 1), "its descendants and itself")


@RULES.rule(r"graph\.component_rank_2500\.size")
def _rank(asked: Asked) -> Answer:
    return absent("the rank among equally large families is arbitrary: 'biome sql' lists all sizes")


_HUB_STATS = {
    "downloads_gt0": ("downloads", "n_positive"),
    "downloads_gt0_share": ("downloads", "share_positive"),
    "downloadsAllTime_gt0": ("downloads_all_time", "n_positive"),
    "downloadsAllTime_gt0_share": ("downloads_all_time", "share_positive"),
    "downloads_median": ("downloads", "median"),
    "downloadsAllTime_median": ("downloads_all_time", "median"),
    "downloads_mean": ("downloads", "mean"),
    "downloadsAllTime_mean": ("downloads_all_time", "mean"),
    "baseModels_populated": ("base_models", "n_models_declaring_parent"),
    "relation.adapter": ("relation", "adapter"),
    "relation.finetune": ("relation", "finetune"),
    "relation.quantized": ("relation", "quantized"),
    "relation.merge": ("relation", "merge"),
    "safetensors_populated": ("coverage", "parameters"),
}


@RULES.rule(r"hubstats\.(" + "|".join(name.replace(".", r"\.") for name in _HUB_STATS) + ")")
def _hub_stats(asked: Asked) -> Answer:
    statistic, item = _HUB_STATS[asked.words[0]]
    value, n = asked.read.value(statistic, item)
    return same(value, f"{item.replace('_', ' ')} of {statistic.replace('_', ' ')}", n)


@RULES.rule(r"hubstats\.params_b\.(\w+)")
def _sizes(asked: Asked) -> Answer:
    item = {"min": "p0", "max": "p100"}.get(asked.words[0], asked.words[0])
    value, n = asked.read.value("parameters", item)
    return same(None if value is None else value / 1e9, f"parameters in billions, {item}", n)


@RULES.rule(r"hubstats\.top_downloaded\.(\w+)")
def _of_class(asked: Asked) -> Answer:
    name = {"small_lt1B": "<1B", "medium_7_15B": "7-15B", "large_100B": "100B+"}[asked.words[0]]
    rows = asked.read.statistic("largest_of_class")
    own = {item: row for item, row in rows.items() if item.startswith(f"{name}: ")}
    names = sorted(own, key=lambda item: (-own[item]["value"], item))
    if not names:
        return absent(f"no model of class {name} tells its parameters and downloads")
    found = [item.partition(": ")[2] for item in names[:3]]
    return same(json.dumps(found), f"most downloaded of class {name}")


_EXAMPLES = {
    "qwen3vl8b": "Qwen/Qwen3-VL-8B-Instruct",
    "declining": "1231czx/llama3_it_ultra_list_and_bold500",
    "active": "sentence-transformers/all-MiniLM-L6-v2",
}
_FIELDS = {
    "params": "parameters",
    "downloads": "downloads",
    "likes": "likes",
    "created": "created_at",
    "derivatives": "n_children",
    "alltime": "downloads_all_time",
    "recent": "downloads",
}


@RULES.rule(r"hubstats\.example\.(\w+)\.(\w+)")
def _example(asked: Asked) -> Answer | None:
    name, field = asked.words
    if field not in _FIELDS:
        return None
    model = asked.read.model(_EXAMPLES[name])
    if model is None:
        return absent(f"{_EXAMPLES[name]} is not in this snapshot")
    value = model[_FIELDS[field]]
    if field == "created" and value is not None:
        return same(f"{value:%Y-%m-%d}", f"creation of {_EXAMPLES[name]}")
    return same(None if value is None else float(value), f"{field} of {_EXAMPLES[name]}")


@RULES.rule(r"hubstats\.(date|trending_threshold|seven_b_range)")
def _settings(asked: Asked) -> Answer:
    return absent(
        {
            "date": "the date of the other snapshot: nothing to compute",
            "trending_threshold": "a threshold that was chosen; the same one is used here",
            "seven_b_range": "a range that was chosen; 'biome models --size 6.5 8.5' uses it",
        }[asked.words[0]]
    )


_PAPER_SHARES = {
    "endpoints_compatible_share": "endpoints_compatible",
    "safetensors_share_of_models_with_weights": "safetensors_of_models_with_weights",
    "autotrain_share": "autotrain_compatible",
}


@RULES.rule(r"paper\.(" + "|".join(_PAPER_SHARES) + ")")
def _paper_share(asked: Asked) -> Answer:
    value, n = asked.read.value("share", _PAPER_SHARES[asked.words[0]])
    return differs(
        value, "no code was published for it: ours is the share of models with tag or files", n
    )


@RULES.rule(r"paper\.doi_download_ratio")
def _doi(asked: Asked) -> Answer:
    value, n = asked.read.value("downloads_by_doi", "ratio")
    return differs(value, "no code was published for it: ours is the ratio of mean downloads", n)


@RULES.rule(r"paper\.max_depth_approx")
def _depth(asked: Asked) -> Answer:
    graph = asked.read.families.get("all")
    return same(float(graph["depth"]) if graph else None, "longest line of descent, in generations")


@RULES.rule(r"paper\.license\.(unique|standardized)")
def _licenses(asked: Asked) -> Answer:
    found = float(len(asked.read.trait("license")))
    if asked.words[0] == "unique":
        return differs(found, "different ids after spellings were brought together")
    return differs(found, "different ids by our own table of spellings")


@RULES.rule(r"paper\.createdAt_backfill_date")
def _backfill(asked: Asked) -> Answer:
    del asked
    return Answer("2022-03-02", "same", "creation dates of that day are marked as backfilled here")


@RULES.rule(r"paper\.granite31\.\w+")
def _granite(asked: Asked) -> Answer:
    del asked
    return absent("which of the Granite 3.1 models is meant, and in which graph, is not said")


@RULES.rule(r"paper\.(dataset_gb_with_cards|dataset_mb_without_cards|api_page_size)")
def _sizes_of_files(asked: Asked) -> Answer:
    del asked
    return absent("a fact about the authors' own download, which is not part of any snapshot")


@RULES.rule(r"paper\.related\.\w+")
def _related(asked: Asked) -> Answer:
    del asked
    return absent("the size of the data of another paper")


@RULES.rule(r"fitness\.models_with_config")
def _configs(asked: Asked) -> Answer:
    n = asked.read.n_configs
    if not n:
        return absent("no config was asked for in this snapshot")
    return differs(
        float(n), "models with a config of a kind that is known; the notebook's filter is not kept"
    )


@RULES.rule(r"evolution\..+")
def _evolution(asked: Asked) -> Answer:
    del asked
    return absent("a range of a simulated search that was published without its code")
