"""How alike relatives are: topologies, sampled pairs, texts, vectors, measures.

Kernels take graphs, arrays and texts (``topologies``, ``sampling``, ``vectors``);
``tables`` stands between them and the warehouse.
"""
