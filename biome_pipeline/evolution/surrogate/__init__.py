"""Small models trained for real: what a genome's architecture learns in a fixed effort.

Everything here but ``corpora`` needs the extra ``evolve`` (PyTorch).
"""
