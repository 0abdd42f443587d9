"""Figures of single models: values of traits, papers, downloads.

What does not belong here: the hub-stats report (``hub_rules``), and what follows from
other published figures (``identities``).
"""

from __future__ import annotations

import json

from biome_pipeline.report.scorecard.answers import Answer, Asked, Rules, absent, differs, same
from biome_pipeline.report.scorecard.counts import language_codes

__all__ = ["VALUE_RULES"]

VALUE_RULES = Rules()
"""Rules that read models, their traits and papers."""

_NO_TAGS = "the source of this snapshot gives no tags, from which the published code counts"


@VALUE_RULES.rule(r"license_count\.(.+)")
def _license(asked: Asked) -> Answer:
    if not asked.read.has_tags:
        return absent(_NO_TAGS)
    name = asked.words[0]
    count = asked.read.licenses.get(name, 0)
    return same(float(count), f"models with the tag license:{name}", asked.read.n_models)


@VALUE_RULES.rule(r"language_count\.(.+)")
def _language(asked: Asked) -> Answer:
    if not asked.read.has_tags:
        return absent(_NO_TAGS)
    code = language_codes().get(asked.words[0])
    if code is None:
        return absent(f"no two-letter code of ISO 639 has the name {asked.words[0]}")
    count = asked.read.languages[0].get(code, 0)
    return same(float(count), f"models with the tag {code}", asked.read.n_models)


@VALUE_RULES.rule(r"n_languages_per_model\.(\d+)")
def _languages_each(asked: Asked) -> Answer:
    if not asked.read.has_tags:
        return absent(_NO_TAGS)
    many = int(asked.words[0])
    count = asked.read.languages[1].get(many, 0)
    return same(
        float(count),
        f"models with {many} tags that are two-letter codes of ISO 639",
        asked.read.n_models,
    )


@VALUE_RULES.rule(r"dataset_count\.(.+)")
def _dataset(asked: Asked) -> Answer:
    counts = asked.read.n_values["dataset"]
    name = asked.words[0]
    if name == "_distinct":
        return same(float(len(counts)), "different tags dataset:", sum(counts.values()))
    if name == "_total_mentions":
        return same(float(sum(counts.values())), "tags dataset: of all models", asked.read.n_models)
    return same(
        float(counts.get(name, 0)), f"models with the tag dataset:{name}", asked.read.n_models
    )


@VALUE_RULES.rule(r"(task|library)_pct_of_reporting\.(.+)")
def _share_of_reporting(asked: Asked) -> Answer:
    rows = asked.read.statistic(asked.words[0])
    if not rows:
        return absent(f"no model of this snapshot names a {asked.words[0]}")
    row = rows.get(asked.words[1])
    share = row["share_of_reporting"] if row else 0.0
    n = next(iter(rows.values()))["n"]
    return same(100 * share, f"percent of the models that name a {asked.words[0]}", n)


@VALUE_RULES.rule(r"top_downloads\.rank(\d+)")
def _top_download(asked: Asked) -> Answer:
    rows = asked.read.statistic("most_downloaded")
    names = sorted(rows, key=lambda name: (-rows[name]["value"], name))
    rank = int(asked.words[0])
    if len(names) < rank:
        return absent("fewer models have downloads in this snapshot")
    return same(names[rank - 1], f"number {rank} by downloads of about 30 days", len(names))


@VALUE_RULES.rule(r"arxiv_category_(models|papers)\.(.+)")
def _category(asked: Asked) -> Answer:
    what, category = asked.words
    name = "arxiv_category" if what == "models" else "arxiv_category_papers"
    rows = asked.read.statistic(name)
    if not rows:
        return absent("arXiv was not asked for the subjects of papers")
    row = rows.get(category)
    n = next(iter(rows.values()))["n"]
    return same(float(row["value"]) if row else 0.0, f"{what} with the subject {category}", n)


@VALUE_RULES.rule(r"arxiv_primary_papers\.(.+)")
def _primary(asked: Asked) -> Answer:
    known = [row for row in asked.read.papers if row["primary_category"] is not None]
    if not known:
        return absent("arXiv was not asked for the subjects of papers")
    count = sum(row["primary_category"] == asked.words[0] for row in known)
    return same(float(count), f"papers whose first subject is {asked.words[0]}", len(known))


@VALUE_RULES.rule(r"arxiv\.unique_papers")
def _papers(asked: Asked) -> Answer:
    papers = asked.read.n_values["arxiv"]
    return same(float(len(papers)), "different papers that models name", sum(papers.values()))


@VALUE_RULES.rule(r"arxiv\.malformed_ids")
def _malformed(asked: Asked) -> Answer:
    if not asked.read.papers:
        return absent("arXiv was not asked for any paper")
    found = [row["arxiv_id"] for row in asked.read.papers if row["outcome"] == "invalid_id"]
    return differs(
        json.dumps(found),
        "ids that no paper can have",
        len(asked.read.papers),
        why="the published list is of ids that got no answer",
    )


@VALUE_RULES.rule(r"paper\.license\.(unique|standardized)")
def _licenses(asked: Asked) -> Answer:
    found = float(len(asked.read.n_values["license"]))
    return differs(
        found,
        "different ids of licenses after spellings were brought together",
        asked.read.n_models,
        why="the published table of spellings is not given"
        if asked.words[0] == "standardized"
        else "the published number is of ids before that, and no code was published for it",
    )
