"""The definitions that ``workspace.yaml`` names. Loading them opens nothing."""

from __future__ import annotations

from biome_pipeline.definitions.build import build

__all__ = ["definitions"]

definitions = build()
