"""Serve one Parquet file as a hub-stats dataset, for tests in other processes.

``python -m biome_pipeline_tests.hubserver --file X.parquet`` prints its
address and the commit, then answers until it is stopped or its time is over.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from pathlib import Path

from biome_pipeline_tests.hubserver.server import LocalHub


def main() -> None:
    """Read the arguments, serve, and end by itself."""
    parser = argparse.ArgumentParser(description="A local Hub with one dataset.")
    parser.add_argument("--file", type=Path, required=True, help="the models.parquet to serve")
    parser.add_argument("--repo", default="cfahlgren1/hub-stats", help="name of the dataset")
    parser.add_argument("--token", action="append", default=[], help="a token to accept")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to serve")
    given = parser.parse_args()
    with LocalHub(tokens=set(given.token)) as hub, contextlib.suppress(KeyboardInterrupt):
        commit = hub.add_dataset(given.repo).publish({"models.parquet": given.file.read_bytes()})
        sys.stdout.write(f"{hub.address} {commit}\n")
        sys.stdout.flush()
        time.sleep(given.seconds)


if __name__ == "__main__":
    main()
