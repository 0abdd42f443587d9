"""How alike relatives are: topologies, sampled pairs, texts, vectors, measures.

Kernels take graphs, arrays and texts (``topologies``, ``sampling``, ``texts``,
``tokens``, ``vocabulary``, ``vectors``, ``weighting``, ``siblings``, ``matched``,
``heuristics``); ``tables``, ``vocabularies``, ``children``, ``summary`` and
``findings`` stand between them and the warehouse.
"""
