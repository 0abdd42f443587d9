"""Simulated evolution of architectures: genomes, operators, gates, selection, search.

What does not belong here: how the Hub's own models descend from one another
(``genealogy``), and how often their configs change (``fitness``).
"""
