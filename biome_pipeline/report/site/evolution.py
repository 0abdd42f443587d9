"""The page of simulated evolution: what the Hub teaches, and what sweeps show.

What does not belong here: the search (``biome_pipeline.evolution``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from biome_pipeline.evolution.depth import depth_sentences
from biome_pipeline.evolution.losses import loss_sentences
from biome_pipeline.report.site.evolution_pictures import arms_of, sweep_pictures
from biome_pipeline.report.site.page import (
    Finding,
    Page,
    Picture,
    Section,
    Share,
    Similarity,
    Table,
)
from biome_pipeline.report.site.tested import why
from biome_pipeline.report.site.wording import isolated, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from biome_pipeline.evolution.plan import Arm
    from biome_pipeline.report.site.contents import Contents

__all__ = ["EVOLUTION"]

_PRIORS = "evolution.operator_priors"
_SCORES = "evolution.prior_scores"
_MOST_SHOWN = 20
_MOST_SWEEPS = 4


def _sections(contents: Contents) -> list[Section]:
    found = [_recipe(), _priors(contents), _scores(contents)]
    if not contents.sweeps:
        found.append(
            Section(
                "Sweeps",
                paragraphs=(
                    "No sweep has ended yet: 'biome evolve ablation' makes one in half a minute, "
                    "and 'biome report' puts it here.",
                ),
            )
        )
    newest = list(contents.sweeps)[-_MOST_SWEEPS:]
    for sweep_id in newest:
        found += _sweep(contents, sweep_id)
    return found


def _recipe() -> Section:
    return Section(
        "What is asked",
        paragraphs=(
            "Which architectures emerge under which rules, and is what emerges selected, or "
            "imposed by the rules? Genomes are typed descriptions of decoders; operators change "
            "them; gates reject what lacks structure before anything is evaluated; selection "
            "keeps the best. A floor under the layers keeps a pool deep whatever selection "
            "wants, so each arm stands beside one under the same gates and founders in which "
            "only chance selects.",
        ),
    )


def _priors(contents: Contents) -> Section:
    rows = contents.rows(contents.table(_PRIORS)).to_pylist()
    rows.sort(key=lambda row: (-row["observed_families"], -row["observed"], row["operator"]))
    seen = [row for row in rows if row["observed"] or row["observed_successors"]]
    return Section(
        "How the Hub's own configs change",
        paragraphs=(
            "Each edge on which a config changed shows one operator or several. A family of a "
            "thousand copies would outweigh all others, so each family counts once for an "
            "operator; counting every edge stands beside it. Both are smoothed, so that what was "
            "not seen keeps a chance; what no config can show keeps an equal share, which is "
            f"{_equal(rows)} for each.",
        ),
        tables=(
            Table(
                "Operators by families that show them",
                (
                    "Operator",
                    "Families",
                    "Edges",
                    "of n edges",
                    "Weight by family",
                    "by edge",
                ),
                [
                    (
                        row["operator"],
                        row["observed_families"],
                        row["observed"],
                        row["n_reporting"],
                        Share(row["weight"]),
                        Share(row["weight_by_edge"]),
                    )
                    for row in seen[:_MOST_SHOWN]
                ],
                empty=why(contents, _PRIORS, "No config changes along any edge."),
            ),
        ),
    )


def _equal(rows: list[dict[str, Any]]) -> str:
    return percent(rows[0]["prior"]) if rows else "the same"


def _scores(contents: Contents) -> Section:
    rows = contents.rows(contents.table(_SCORES)).to_pylist()
    words = {
        "robust": "learned, each family once",
        "edge": "learned, each edge",
        "uniform": "equal weights",
    }
    return Section(
        "Do earlier changes predict later ones?",
        paragraphs=(
            "Weights are learned from the first four fifths of the changed edges in time, and "
            "scored on the others: bits for each observed change, fewer are better. The gain is "
            "over equal weights, its interval from a bootstrap over families.",
        ),
        tables=(
            Table(
                "Bits per change on held-out edges",
                (
                    "Weights",
                    "Bits",
                    "Gain",
                    "95 % from",
                    "95 % to",
                    "Changes",
                    "Families",
                    "Missing",
                ),
                [
                    (
                        words.get(row["weighting"], row["weighting"]),
                        *(
                            None if row[name] is None else Similarity(row[name])
                            for name in ("bits", "gain", "ci_low", "ci_high")
                        ),
                        row["n_mutations"],
                        row["n_families"],
                        row["n_missing"],
                    )
                    for row in rows
                ],
                empty=why(contents, _SCORES, "Too few configs change to hold any out."),
            ),
        ),
    )


def _sweep(contents: Contents, sweep_id: str) -> Iterator[Section]:
    tables = contents.sweeps[sweep_id]
    rows = contents.rows(tables["evolution.ablation"]).to_pylist()
    searches = contents.rows(tables["evolution.sweeps"]).to_pylist()
    arms = arms_of(searches)
    drawn = sweep_pictures(contents.engine, tables, sweep_id)
    yield _summary(sweep_id, rows, searches, arms, drawn["evolution.ablation"])
    if "evolution.metrics" in drawn:
        yield _losses(sweep_id, rows, drawn["evolution.metrics"])
    yield Section(
        f"Sweep {isolated(sweep_id)}: who lives at the end",
        pictures=(drawn["evolution.frontier"], drawn["evolution.lineage"]),
        anchor=f"living-{sweep_id}",
    )


def _summary(
    sweep_id: str,
    rows: list[dict[str, Any]],
    searches: list[dict[str, Any]],
    arms: Mapping[str, Arm],
    picture: Picture,
) -> Section:
    sentences = depth_sentences(rows, arms)
    found = {(row["arm"], row["measure"]): row for row in rows}
    n_paused = sum(row["status"] == "paused" for row in searches)
    return Section(
        f"Sweep {isolated(sweep_id)}: imposed and selected depth",
        paragraphs=(
            (f"{n_paused} of {len(searches)} searches are paused, and not counted here. ",)
            if n_paused
            else ()
        ),
        findings=tuple(
            Finding(f"{arm}: {sentence}", found[arm, "layers"]["n_seeds"])
            for arm, sentence in sentences.items()
        ),
        pictures=(picture,),
        tables=(_numbers(sweep_id, rows),),
        anchor=f"sweep-{sweep_id}",
    )


def _losses(sweep_id: str, rows: list[dict[str, Any]], picture: Picture) -> Section:
    n_seeds = {row["arm"]: row["n_seeds"] for row in rows if row["measure"] == "retrained_loss"}
    return Section(
        f"Sweep {isolated(sweep_id)}: is what was selected better?",
        paragraphs=(
            "Small models were trained from fresh weights on generated code, sums and recall. A "
            "search keeps what looks best, and so keeps lucky seeds too; therefore the best of "
            "those alive at the end, the finalists, are trained anew with seeds that nobody was "
            "selected on, and these losses are compared.",
        ),
        findings=tuple(
            Finding(f"{arm}: {sentence}", n_seeds[arm])
            for arm, sentence in loss_sentences(rows).items()
        ),
        pictures=(picture,),
        anchor=f"losses-{sweep_id}",
    )


def _numbers(sweep_id: str, rows: list[dict[str, Any]]) -> Table:
    return Table(
        f"Measures of sweep {sweep_id}: numbers",
        (
            "Arm and measure",
            "Mean",
            "95 % from",
            "95 % to",
            "Against",
            "Difference",
            "from",
            "to",
            "Seeds",
            "Missing",
        ),
        [
            (
                f"{row['arm']}, {row['measure'].replace('_', ' ')}",
                row["mean"],
                row["ci_low"],
                row["ci_high"],
                row["baseline"] if row["difference"] is not None else "",
                row["difference"],
                row["difference_low"],
                row["difference_high"],
                row["n_seeds"],
                row["n_missing"],
            )
            for row in sorted(rows, key=lambda row: (row["arm"], row["measure"]))
            if row["mean"] is not None
        ],
        empty="No search has ended.",
        is_folded=True,
    )


EVOLUTION = Page(
    file="evolution.html",
    title="Evolution",
    lead="Architectures that evolve under rules: what the Hub teaches, what the rules impose.",
    sections=_sections,
)
"""The page of simulated evolution."""
