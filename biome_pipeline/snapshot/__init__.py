"""From raw rows to clean tables: models, their traits, and what was not taken."""
