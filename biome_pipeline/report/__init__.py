"""Finished tables in, pictures out; nothing is computed that a table could tell."""
