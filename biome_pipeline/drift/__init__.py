"""How traits change from parent to child: rates, transitions, orders, and their tests.

Kernels take value sets and edges (``edges``, ``mutation``, ``transitions``,
``flow``, ``orders``, ``direction``, ``fit``, ``nulls``, ``margins``,
``uncertainty``, ``heldout``); ``analysis`` puts them together for one graph and
one trait.
"""
