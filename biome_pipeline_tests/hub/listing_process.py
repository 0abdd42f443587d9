"""Listing a Hub in a process of its own, to be killed or measured.

``python -m biome_pipeline_tests.hub.listing_process kills ADDRESS FOLDER`` is
ended at its first file operation, then, in another folder, at its second, and
so on, and lists to the end after each; ``measure ADDRESS FOLDER`` lists once,
writes the records, and prints how many there are and its peak of memory in KiB.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

from biome_pipeline.hub.client import Client
from biome_pipeline.hub.crawl import Crawl, begin_crawl, finished_crawl, open_crawl
from biome_pipeline.hub.listing import PAGE_SIZE, list_models
from biome_pipeline.hub.records import write_records
from biome_pipeline.warehouse.lake import Lake

KEY = "2026-01-05"
PAGE = 10
KILLED = 9
_MOST_KILLS = 200
# What the interpreter says before it touches a file, each a moment to be killed at.
_OPERATIONS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}


def crawl_of(folder: Path, address: str) -> Crawl:
    """List to the end, from where it was."""
    lake = Lake(folder)
    crawl = open_crawl(lake, address, KEY) or finished_crawl(lake, KEY)
    crawl = crawl or begin_crawl(lake, address, KEY)
    if crawl.finished_at is not None:
        return crawl
    with Client(address, 3, 0.01, 5.0, headers={"User-Agent": folder.name}) as client:
        return list_models(client, lake, crawl, tell=lambda _line: None, page_size=PAGE)


def _end_at(operation: int, folder: Path) -> None:
    """End this process, as SIGKILL would, before so many operations below a folder."""
    left = operation

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in _OPERATIONS and str(arguments[0]).startswith(str(folder)):
            left -= 1
            if left <= 0:
                os._exit(KILLED)

    sys.addaudithook(count)


def _in_child(folder: Path, address: str, operation: int | None) -> int:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if operation is not None:
                _end_at(operation, folder)
            crawl_of(folder, address)
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill_everywhere(folder: Path, address: str) -> int:
    """Kill a listing before each of its file operations in turn; give their number."""
    # What is loaded when first used is loaded here, once for all children.
    crawl_of(folder / "whole", address)
    for operation in range(1, _MOST_KILLS):
        place = folder / f"killed-at-{operation}"
        first = _in_child(place, address, operation)
        if first not in {0, KILLED} or _in_child(place, address, None) != 0:
            raise SystemExit(f"operation {operation}: ended with {first}, or not at all")
        if first == 0:
            return operation - 1
    raise SystemExit("the listing does not end")


def measure(folder: Path, address: str) -> tuple[int, int]:
    """List a large Hub as the project does; give its records and the peak of memory in KiB."""
    lake = Lake(folder)
    crawl = begin_crawl(lake, address, KEY)
    with Client(address, 3, 0.01, 30.0) as client:
        crawl = list_models(client, lake, crawl, tell=lambda _line: None, page_size=PAGE_SIZE)
    n_rows = write_records(crawl.bodies(), folder / "records.parquet")
    return n_rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Do what the arguments say."""
    what, address, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    found = kill_everywhere(folder, address) if what == "kills" else measure(folder, address)
    sys.stdout.write(f"{found}\n")


if __name__ == "__main__":
    main()
