"""Which architectures spread: traits of configs against descendants, downloads and likes.

The published rule of the notebook on fitness and a better rule stand side by
side, each with its n, its missing share and its interval.

What does not belong here: what a config says (``snapshot``), descent
(``genealogy``), tests that all subjects share (``inference``).
"""
