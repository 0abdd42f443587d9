"""How traits change from parent to child: rates, transitions, directions, orders.

Kernels take sparse sets and edges as arrays (``group_flows``, ``findings``); ``traits``
stands between them and the warehouse; ``published`` holds what others found.
"""
