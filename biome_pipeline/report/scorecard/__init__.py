"""The reproduction scorecard: every published figure beside ours, with a verdict.

What does not belong here: how our figures are made (one room per subject).
"""
