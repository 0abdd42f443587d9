"""The data of the tree explorer: families as scripts that a page loads from disk.

What does not belong here: the page itself (``report.site``) and the program that
draws, whose source is built into ``explorer.js`` and ``explorer.css`` of this folder.
"""
