"""A local Hub for tests in other processes.

``python -m biome_pipeline_tests.hubserver --file X.parquet`` serves one file as
a hub-stats dataset and prints its address and the commit; ``--models N --seed S``
serves a drawn world of models and prints its address. It answers until it is
stopped or its time is over. With ``--log FILE`` each request is a line of JSON
there before it is answered.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from pathlib import Path

from biome_pipeline_tests.hubserver.server import LocalHub
from biome_pipeline_tests.hubserver.world import fill


def main() -> None:
    """Read the arguments, serve, and end by itself."""
    parser = argparse.ArgumentParser(description="A local Hub: a dataset, models, or both.")
    parser.add_argument("--file", type=Path, help="the models.parquet to serve")
    parser.add_argument("--repo", default="cfahlgren1/hub-stats", help="name of the dataset")
    parser.add_argument("--models", type=int, default=0, help="how many models to draw")
    parser.add_argument("--seed", type=int, default=1, help="what they are drawn from")
    parser.add_argument("--token", action="append", default=[], help="a token to accept")
    parser.add_argument("--log", type=Path, help="where to log requests, one JSON a line")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to serve")
    given = parser.parse_args()
    if given.file is None and not given.models:
        parser.error("nothing to serve: give --file, --models or both")
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.suppress(KeyboardInterrupt))
        hub = stack.enter_context(LocalHub(tokens=set(given.token)))
        if given.log is not None:
            hub.log = stack.enter_context(given.log.open("a", encoding="utf-8"))
        said = [hub.address]
        if given.file is not None:
            files = {"models.parquet": given.file.read_bytes()}
            said.append(hub.add_dataset(given.repo).publish(files))
        fill(hub, given.models, given.seed)
        sys.stdout.write(" ".join(said) + "\n")
        sys.stdout.flush()
        time.sleep(given.seconds)


if __name__ == "__main__":
    main()
