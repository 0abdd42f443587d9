"""How traits and numbers change from parent to child.

``numeric``, ``numeric_sums`` and ``quarters`` are kernels on arrays; ``attributes``,
``numeric_tables`` and ``quarter_tables`` stand between them and the warehouse.
"""
