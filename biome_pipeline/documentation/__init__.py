"""How models are documented: who has a card, what it holds, and who copied it.

Kernels take arrays and words (``ratios``, ``near_duplicates``); ``groups``,
``coverage``, ``sections`` and ``templates`` stand between them and the warehouse.
"""
