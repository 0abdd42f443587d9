"""Policy: what licenses ask of descendants, who holds the market, what is disclosed.

Numbers for readers of policy, and no legal advice. What does not belong here: the terms
of the licenses themselves, which are reviewed data (``vocabulary.license_terms``).
"""
