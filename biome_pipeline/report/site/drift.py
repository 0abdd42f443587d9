"""The page of drift: how traits and numbers change from parent to child, and where to.

What does not belong here: its sections (``rates``, ``shares``, ``orders``,
``numbers``, ``quarters``), and how anything is drawn (``report.figures``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.report.site.directed import direction_findings, drift_orders
from biome_pipeline.report.site.numbers import number_findings, numbers
from biome_pipeline.report.site.orders import trait_sections
from biome_pipeline.report.site.page import Page, Section
from biome_pipeline.report.site.quarters import by_quarter
from biome_pipeline.report.site.rates import mutation_rates, rate_findings, rates_of
from biome_pipeline.report.site.shares import explained_shares, tests_of_direction
from biome_pipeline.report.site.tested import findings

if TYPE_CHECKING:
    from biome_pipeline.report.site.contents import Contents

__all__ = ["DRIFT"]


def _sections(contents: Contents) -> list[Section]:
    orders = drift_orders(contents)
    rates = rates_of(contents)
    found = (
        *rate_findings(rates),
        *direction_findings(list(orders.values())),
        *number_findings(contents),
    )
    return [
        Section(
            "What was found",
            paragraphs=(
                "Each sentence says how many edges it rests on (n). A trait is said to drift in a "
                "direction if both hold: symmetry is rejected, which is that mutations run back "
                "as much as forth (by families drawn anew), and the order of one half of the "
                "families holds for the other. Bits say how well the direction of a mutation is "
                "known: 0 if not at all, 1 if for certain. One scale is enough if one strength "
                "for each value says which way all of them run."
                if found
                else "Nothing is known of the drift of this snapshot.",
            ),
            findings=found,
            tables=(tests_of_direction(contents, orders),),
        ),
        mutation_rates(contents, rates),
        explained_shares(contents, orders),
        *trait_sections(contents, orders),
        numbers(contents),
        by_quarter(contents),
        findings(
            contents,
            subject="drift",
            heading="Directions that were claimed",
            introduction="Directions that the paper reads off its orders, each tested on the "
            "fine-tunes of this snapshot by the edges themselves. A share is net: 0 if as many "
            "run back, 1 if none does. P-values are adjusted for the number of statements.",
        ),
        _method(),
    ]


def _method() -> Section:
    return Section(
        "How it was computed, and what is not public",
        paragraphs=(
            "Transitions: every value that a child adds counts one from each value of its parent, "
            "and every value that it drops one to each of its own; one license for one other "
            "counts twice, as published, and shares do not change by that. There is a drift from "
            "one value to another if more transitions run that way than back. Values are the 20 "
            "most frequent licenses and languages, and 10 or 20 tasks and libraries, as published.",
            "Orders: of all orders of the values the one along which most net transitions run, or "
            "most drifts, is found exactly, with a proof; where the time is out before, it is "
            "said. Intervals come from families drawn anew, as relatives are no separate "
            "evidence; ranks from orders that are solved anew each time.",
            "Nulls: with coins, the direction of each drift is set by chance and the order solved "
            "anew. With margins, every child that changed draws its new values from what changed "
            "children have in general, whatever its parent had. A trait whose children merely "
            "have other values than its parents makes an order as well as one that drifts step "
            "by step.",
            "Limits: only edges on which both ends name a value are seen, and others may differ. "
            "A card may name a license that its parent's does not allow. Tags follow fashion and "
            "the habits of tools: a library may say in which format a copy is and nothing else. "
            "A direction says where mutations run, not why.",
            "Not public: the snapshot of the summer of 2025 behind the published figures, its "
            "standardised licenses, which license is in which group and which task in which "
            "stage, and the families of its edges. A difference from a published figure is "
            "first of all a difference of snapshots. Figures of the paper's section 4 are of the "
            "graph of all relations although it words them with fine-tunes; the last revision of "
            "its code is of fine-tunes. Marks by relation of cards and languages were read off "
            "figures, to about 1 % of their axis.",
        ),
    )


DRIFT = Page(
    file="drift.html",
    title="Drift",
    lead="What changes from parent to child, in which direction, and whether chance does the same.",
    sections=_sections,
)
