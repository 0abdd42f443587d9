"""Figures that follow from other published figures, by the project's own formulas.

They can be reproduced on any snapshot; where they cannot, the sources contradict
themselves.

What does not belong here: what needs a snapshot (the rules).
"""

from __future__ import annotations

from biome_pipeline.report.scorecard.answers import Answer, Asked, Rules, follows

__all__ = ["CONTRADICTIONS", "IDENTITIES"]

IDENTITIES = Rules()
"""Rules that need nothing but published figures."""

_FINETUNE = "ordering.finetune.license"

CONTRADICTIONS: dict[str, str] = {
    "paper.table1.single_edges": "graph.edges.finetune",
    "paper.table1.two_arbitrary_nodes": "graph.all.nodes",
    "paper.license.unique": "license_count._distinct",
    "paper.language.english_share_min": "language_pct_of_reporting.English",
    "paper.language.chinese_share": "language_pct_of_reporting.Chinese",
    "paper.task.mutation_rate": "mutation.finetune.task.rate",
    "paper.task.mutations_explained": "ordering.finetune.task.mutations_explained",
    "paper.license.drifts": f"{_FINETUNE}.edges",
    "paper.license.drift_directions_explained": f"{_FINETUNE}.directions_explained",
    "paper.license.mutations_explained": f"{_FINETUNE}.mutations_explained",
    "paper.card.length_ratio_parent_child": "edge.card_len.mean_of_pct_change_bespoke",
    "blog.card_shrink_per_generation": "edge.card_len.mean_of_pct_change_bespoke",
    "edge.languages.mean_of_pct_change": "edge.languages.child_mean_reporting",
    "paper.safetensors_share_of_models_with_weights": "hubstats.safetensors_share",
    "hubstats.dq.zero_recent_share_as_published": "hubstats.downloads_gt0_share",
    "hubstats.example.declining.ratio_pct_as_published": "hubstats.example.declining.alltime",
    "similarity.param.metadata_n_samples_HEAD": "similarity.param.n_samples_commented",
    # More pairs than the cell says it drew: its output is of an earlier state.
    **{
        f"similarity.cards.pairs_used.levenshtein.{form}": "similarity.param.cards_n_samples_HEAD"
        for form in ("duo", "trio_2", "quad_1", "quad_2", "quad_3")
    },
}
"""Which figure another one contradicts, as their sources use both for one thing."""

_ALL = "graph.all.nodes"
_REPORTING = "n_languages_per_model.0"


@IDENTITIES.rule(r"license_pct_of_all_models\.(.+)")
def _license_share(asked: Asked) -> Answer | None:
    count = f"license_count.{asked.words[0]}"
    if count not in asked.published:
        return None
    return follows(100 * asked.number(count) / asked.number(_ALL), f"{count} of {_ALL}, in percent")


@IDENTITIES.rule(r"language_pct_of_reporting\.(.+)")
def _language_share(asked: Asked) -> Answer:
    count = f"language_count.{asked.words[0]}"
    base = asked.number(_ALL) - asked.number(_REPORTING)
    return follows(
        100 * asked.number(count) / base, f"{count} of {_ALL} less {_REPORTING}, in percent"
    )


@IDENTITIES.rule(r"license_share\.apache_mit_of_reported")
def _apache_and_mit(asked: Asked) -> Answer:
    both = asked.number("license_count.apache-2.0") + asked.number("license_count.mit")
    return follows(
        both / asked.number("license_count._total"), "the two counts over license_count._total"
    )


@IDENTITIES.rule(r"license_count\._(total|distinct)")
def _license_sum(asked: Asked) -> Answer:
    own = [key for key in asked.published if key.startswith("license_count.") and "._" not in key]
    if asked.words[0] == "distinct":
        return follows(float(len(own)), "the licenses that are counted")
    return follows(sum(asked.number(key) for key in own), "the sum of the counts")


@IDENTITIES.rule(r"language_count\._(total_mentions|distinct)")
def _language_sum(asked: Asked) -> Answer:
    own = [key for key in asked.published if key.startswith("language_count.") and "._" not in key]
    if asked.words[0] == "distinct":
        return follows(float(len(own)), "the languages that are counted")
    return follows(sum(asked.number(key) for key in own), "the sum of the counts")


@IDENTITIES.rule(r"mutation\.(\w+)\.(\w+)\.rate")
def _rate(asked: Asked) -> Answer:
    stem = f"mutation.{asked.words[0]}.{asked.words[1]}"
    rate = asked.number(f"{stem}.mutations") / asked.number(f"{stem}.edges_reporting")
    return follows(rate, "mutations over edges of which both ends report", 1e-12)


@IDENTITIES.rule(r"ordering\.(\w+)\.(\w+)\.directions_explained")
def _directions(asked: Asked) -> Answer:
    stem = f"ordering.{asked.words[0]}.{asked.words[1]}"
    share = asked.number(f"{stem}.compatible") / asked.number(f"{stem}.edges")
    return follows(share, "drifts along the order over all drifts", 1e-12)


@IDENTITIES.rule(r"ordering\.(\w+)\.(\w+)\.mutations_explained")
def _mutations(asked: Asked) -> Answer | None:
    stem = f"ordering.{asked.words[0]}.{asked.words[1]}"
    if f"{stem}.mutations_total" in asked.published:
        share = asked.number(f"{stem}.mutations_compatible") / asked.number(
            f"{stem}.mutations_total"
        )
        return follows(share, "transitions along the order over all transitions", 1e-12)
    if stem.endswith(".library"):
        total = asked.number(f"{stem}.total_n")
        share = (asked.number(f"{stem}.total_traffic") + total) / (2 * total)
        # Every drift runs along the order, so that traffic tells the rest.
        return follows(share, "half of traffic and transitions, over transitions", 1e-12)
    return None


_EQUAL = {
    "paper.license.drifts": "ordering.all.license.edges",
    "paper.license.drift_directions_explained": "ordering.all.license.directions_explained",
    "paper.license.mutations_explained": "ordering.all.license.mutations_explained",
    "paper.license.n_traits": "ordering.all.license.n",
    "paper.task.mutation_rate": "mutation.all.task.rate",
    "paper.task.mutations_explained": "ordering.all.task.mutations_explained",
    "paper.card.share": "card.share_nodes",
    "paper.top_download": "top_downloads.rank01",
    "graph.finetune.nodes": "graph.all.nodes",
    "graph.finetune.edges": "graph.edges.finetune",
    "edge.languages.n.finetune": "mutation.finetune.language.edges_reporting",
}


@IDENTITIES.rule("|".join(key.replace(".", r"\.") for key in _EQUAL))
def _equal(asked: Asked) -> Answer:
    other = _EQUAL[asked.figure.key]
    value = asked.published[other].value
    words = f"it is {other}"
    if other.startswith(("ordering.all", "mutation.all")):
        words += ", of the graph of all relations, although the text speaks of fine-tunes"
    return follows(value if isinstance(value, str) else float(value), words)


@IDENTITIES.rule(r"paper\.license\.apache_mit_share_of_reported_min")
def _apache_least(asked: Asked) -> Answer:
    share = asked.number("license_share.apache_mit_of_reported")
    return follows(share, "'over 60 %': license_share.apache_mit_of_reported")


@IDENTITIES.rule(r"paper\.language\.english_share_min")
def _english_least(asked: Asked) -> Answer:
    share = asked.number("language_pct_of_reporting.English") / 100
    why = "the text says 'over 75 %', which is true of the label of the figure, but another number"
    return follows(share, "language_pct_of_reporting.English, as a share", why=why)


@IDENTITIES.rule(r"paper\.language\.chinese_share")
def _chinese(asked: Asked) -> Answer:
    share = asked.number("language_pct_of_reporting.Chinese") / 100
    return follows(share, "language_pct_of_reporting.Chinese, as a share")


@IDENTITIES.rule(r"paper\.card\.count")
def _cards(asked: Asked) -> Answer:
    share = asked.number("card.share_nodes")
    return follows(share * asked.number(_ALL), f"card.share_nodes of {_ALL}")


_CARD = "edge.card_len"


@IDENTITIES.rule(r"paper\.card\.length_ratio_parent_child")
def _length_ratio(asked: Asked) -> Answer:
    ratio = asked.number(f"{_CARD}.parent_mean") / asked.number(f"{_CARD}.child_mean")
    return follows(ratio, "'roughly twice': the ratio of the printed means", 0.25)


@IDENTITIES.rule(r"blog\.card_shrink_per_generation")
def _shrinks(asked: Asked) -> Answer:
    share = 1 - asked.number(f"{_CARD}.child_mean") / asked.number(f"{_CARD}.parent_mean")
    return follows(share, "'half': 1 less the ratio of the printed means", 0.05)


@IDENTITIES.rule(r"edge\.card_len\.change_mean")
def _change(asked: Asked) -> Answer:
    change = asked.number(f"{_CARD}.child_mean") - asked.number(f"{_CARD}.parent_mean")
    return follows(change, "mean of children less mean of parents", 1e-6)


@IDENTITIES.rule(r"edge\.child_has_card\.(true|false)")
def _child_has_card(asked: Asked) -> Answer:
    other = {"true": "false", "false": "true"}[asked.words[0]]
    rest = asked.number("graph.all.edges") - asked.number(f"edge.child_has_card.{other}")
    return follows(rest, "all edges less the others")


@IDENTITIES.rule(r"edge\.missing_languages")
def _missing_languages(asked: Asked) -> Answer:
    rest = asked.number("graph.all.edges") - asked.number("mutation.all.language.edges_reporting")
    return follows(rest, "all edges less those of which both ends report")


@IDENTITIES.rule(r"graph\.edges\.untyped")
def _untyped(asked: Asked) -> Answer:
    typed = ("finetune", "quantized", "adapter", "merge")
    rest = asked.number("graph.all.edges") - sum(asked.number(f"graph.edges.{r}") for r in typed)
    return follows(rest, "all edges less those of the four relations")


_SHARES = {
    "hubstats.downloads_gt0_share": ("hubstats.downloads_gt0", "hubstats.models_total"),
    "hubstats.downloadsAllTime_gt0_share": (
        "hubstats.downloadsAllTime_gt0",
        "hubstats.models_total",
    ),
    "hubstats.baseModels_share": ("hubstats.baseModels_populated", "hubstats.models_total"),
    "hubstats.safetensors_share": ("hubstats.safetensors_populated", "hubstats.models_total"),
    "hubstats.recent_over_alltime": ("hubstats.downloads_mean", "hubstats.downloadsAllTime_mean"),
    "hubstats.example.active.ratio": (
        "hubstats.example.active.recent",
        "hubstats.example.active.alltime",
    ),
}


@IDENTITIES.rule("|".join(key.replace(".", r"\.") for key in _SHARES))
def _share(asked: Asked) -> Answer:
    part, whole = _SHARES[asked.figure.key]
    return follows(asked.number(part) / asked.number(whole), f"{part} over {whole}")


@IDENTITIES.rule(r"hubstats\.dq\.zero_recent_share_as_published")
def _none_recent(asked: Asked) -> Answer:
    share = 1 - asked.number("hubstats.downloads_gt0") / asked.number("hubstats.models_total")
    return follows(share, "1 less the share downloaded; 0.403 have no all-time downloads", 0.005)


@IDENTITIES.rule(r"hubstats\.example\.declining\.ratio_pct_as_published")
def _declining(asked: Asked) -> Answer:
    ratio = 100 / asked.number("hubstats.example.declining.alltime")
    return follows(ratio, "1 recent download over all, in percent: ten times less", 1e-7)


@IDENTITIES.rule(r"paper\.granite31\.children(_quantized)?")
def _granite(asked: Asked) -> Answer:
    stem = "paper.granite31.children"
    finetunes, quantized = (asked.number(f"{stem}_{r}") for r in ("finetune", "quantized"))
    if asked.words[0]:
        return follows(asked.number(stem) - finetunes, "'the rest' of the children")
    return follows(finetunes + quantized, "fine-tunes and quantized ones")


@IDENTITIES.rule(r"paper\.(top_dataset|example\.license_top_model)")
def _largest(asked: Asked) -> Answer:
    stem = "dataset_count." if asked.words[0] == "top_dataset" else "top_parents."
    own = [key for key in asked.published if key.startswith(stem) and "._" not in key]
    best = max(own, key=asked.number)
    return follows(best.removeprefix(stem), f"the largest of {stem}*")


@IDENTITIES.rule(r"ordering\.(\w+)\.(\w+)\.n")
def _ordered(asked: Asked) -> Answer:
    order = asked.published[f"ordering.{asked.words[0]}.{asked.words[1]}.weighted"].value
    return follows(float(len(order)), "the values of the printed order")


@IDENTITIES.rule(r"edge\.both_lengths_known")
def _both_lengths(asked: Asked) -> Answer:
    typed = ("finetune", "adapter", "quantized", "merge")
    total = sum(asked.number(f"{_CARD}.n.{relation}") for relation in typed)
    return follows(total, "the sum of edge.card_len.n.* over the four relations")


@IDENTITIES.rule(r"hubstats\.baseModels_populated")
def _base_models(asked: Asked) -> Answer:
    typed = ("adapter", "finetune", "quantized", "merge")
    total = sum(asked.number(f"hubstats.relation.{relation}") for relation in typed)
    return follows(total, "the sum of hubstats.relation.* over the four relations")


@IDENTITIES.rule(r"paper\.models_total_text")
def _models_in_words(asked: Asked) -> Answer:
    return follows(asked.number(_ALL), f"'1.86 million': {_ALL}, to ten thousands", 5_000)


@IDENTITIES.rule(r"paper\.table1\.two_arbitrary_nodes")
def _ordered_pairs(asked: Asked) -> Answer:
    n = asked.number(_ALL)
    return follows(n * (n - 1), f"ordered pairs, n (n - 1), of {_ALL}; the text needs 1,862,846")
