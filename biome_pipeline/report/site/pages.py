"""All pages of the report, in the order of its navigation."""

from __future__ import annotations

from biome_pipeline.report.site.dictionary import DICTIONARY
from biome_pipeline.report.site.documentation import DOCUMENTATION
from biome_pipeline.report.site.drift import DRIFT
from biome_pipeline.report.site.evolution import EVOLUTION
from biome_pipeline.report.site.explorer import EXPLORER
from biome_pipeline.report.site.fitness import FITNESS
from biome_pipeline.report.site.genealogy import GENEALOGY
from biome_pipeline.report.site.methodology import METHODOLOGY
from biome_pipeline.report.site.overview import OVERVIEW
from biome_pipeline.report.site.policy import POLICY
from biome_pipeline.report.site.quality import QUALITY
from biome_pipeline.report.site.scorecard import SCORECARD
from biome_pipeline.report.site.similarity import SIMILARITY
from biome_pipeline.report.site.snapshot import SNAPSHOT
from biome_pipeline.report.site.tables import TABLES_PAGE

__all__ = ["PAGES"]

PAGES = (
    OVERVIEW,
    SNAPSHOT,
    GENEALOGY,
    EXPLORER,
    SIMILARITY,
    DRIFT,
    FITNESS,
    DOCUMENTATION,
    POLICY,
    EVOLUTION,
    SCORECARD,
    QUALITY,
    METHODOLOGY,
    TABLES_PAGE,
    DICTIONARY,
)
