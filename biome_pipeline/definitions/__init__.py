"""Dagster and only Dagster: assets, checks, jobs, schedules and sensors.

No SQL, no loop over data and no science stands here: an asset reads its
inputs, makes one domain call, writes, and returns metadata.
"""
