"""Who descends from whom: edges, graphs, families, their shape and spread.

Kernels take arrays of dense nodes (``graphs``, ``cycles``, ``descent``,
``families``, ``shape``, ``virality``, ``growth``); ``edges`` and ``tables``
stand between them and the warehouse.
"""
