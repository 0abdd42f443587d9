"""How traits and numbers change from parent to child: rates, transitions, orders, tests.

Kernels take value sets and edges as arrays; ``traits``, ``attributes`` and the modules
called ``..._tables`` stand between them and the warehouse; ``analysis`` puts together
what is asked of one trait in one graph; ``published`` and its like hold what others
found.
"""
