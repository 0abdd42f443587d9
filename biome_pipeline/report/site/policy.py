"""The page of policy: license risk down family trees, concentration, transparency.

What does not belong here: obligations along single paths (``policy_risk``), and shares of
a market and what is disclosed (``policy_market``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.report.site.page import Page, Section
from biome_pipeline.report.site.policy_market import concentrated, disclosed, market_findings
from biome_pipeline.report.site.policy_risk import (
    dropped,
    examples,
    rates_by_license,
    risk_findings,
    terms,
)

if TYPE_CHECKING:
    from biome_pipeline.report.site.contents import Contents

__all__ = ["POLICY"]


def _sections(contents: Contents) -> list[Section]:
    found = (*risk_findings(contents), *market_findings(contents))
    return [
        Section(
            "What was found",
            paragraphs=(
                "Everything here is computed from what models declare. It is risk information "
                "and no legal advice: whether an obligation binds a given use is for a lawyer to "
                "say.",
                *(() if found else ("No table of policy was made for this snapshot.",)),
            ),
            findings=found,
        ),
        rates_by_license(contents),
        dropped(contents),
        examples(contents),
        *concentrated(contents),
        *disclosed(contents),
        terms(contents),
    ]


POLICY = Page(
    file="policy.html",
    title="Policy",
    lead="Which obligations get lost down family trees, who holds the market, what is disclosed.",
    sections=_sections,
)
"""The page of license risk, concentration and transparency."""
