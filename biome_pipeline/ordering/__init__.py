"""Linear orderings of items by pairwise weights: exact, with a certificate."""

from biome_pipeline.ordering.linear import LinearOrdering, solve_linear_ordering

__all__ = ["LinearOrdering", "solve_linear_ordering"]
