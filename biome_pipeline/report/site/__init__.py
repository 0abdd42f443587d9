"""The report of one snapshot: a folder of pages that opens from disk.

Pages are data: a subject adds a module with its `Page` and a line in ``pages``.
"""
