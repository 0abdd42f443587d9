"""The Hub's words as reviewed data: relations, renamed ids, languages, licenses.

One module per vocabulary. What does not belong here: how words are found in
source rows (``snapshot``, ``genealogy``).
"""
