"""SIGKILL at any moment: what is asked again afterwards, and what is there in the end."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from biome_pipeline.hub.crawl import finished_crawl
from biome_pipeline.hub.shelf import open_shelf
from biome_pipeline.warehouse.lake import Lake
from biome_pipeline_tests.hub.crawler import KEY, PAGE_SIZE, listed
from biome_pipeline_tests.hubserver.models import ModelRepo
from biome_pipeline_tests.hubserver.world import drawn_models

N_MODELS = 3_000
N_KILLS = 20
# Of them while the list is read, which takes one request in a hundred.
N_KILLS_OF_THE_LIST = 4
WORKERS = 8
SEED = 29
ROOT = Path(__file__).parents[2]
# The file of a model that is the content of each kind.
FILES = {"card": "README.md", "config": "config.json"}


@contextmanager
def process(*words: object) -> Iterator[subprocess.Popen[str]]:
    """Start a module of the tests, and end it with the block."""
    command = [sys.executable, "-m", *(str(word) for word in words)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def logged(log: Path) -> list[str]:
    """Give the paths of the requests so far; a line that is being written is none yet."""
    text = log.read_text(encoding="utf-8")
    return [json.loads(line)["path"] for line in text[: text.rfind("\n") + 1].splitlines()]


def wait_for(is_so: Callable[[], bool]) -> bool:
    """Wait for something, for a minute at most."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if is_so():
            return True
        time.sleep(0.001)
    return False


def expected(repo: ModelRepo, kind: str) -> tuple[str, bytes | None]:
    """Give the outcome of a model and its content, from the server's own facts."""
    body = repo.files.get(FILES[kind])
    outcome = "disabled" if repo.is_disabled else "missing" if body is None else "ok"
    return outcome, body if outcome == "ok" else None


@pytest.mark.slow
def test_each_kill_costs_a_page_or_the_files_in_flight(tmp_path: Path) -> None:
    random = Random(SEED)
    log, data = tmp_path / "log", tmp_path / "data"
    asked: set[str] = set()
    n_lists = n_files = n_seen = n_killed = 0
    world = ("--models", N_MODELS, "--seed", SEED, "--log", log, "--seconds", 600)
    with process("biome_pipeline_tests.hubserver", *world) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        while True:
            most = 3 if n_killed < N_KILLS_OF_THE_LIST else 3 * N_MODELS // N_KILLS
            n_more = random.randrange(1, most)
            with process("biome_pipeline_tests.hub.crawler", address, data, WORKERS) as crawler:
                if n_killed < N_KILLS:
                    n_wanted = n_seen + n_more
                    assert wait_for(
                        lambda n_wanted=n_wanted: (  # type: ignore[misc]  # bound at once
                            log.read_bytes().count(b"\n") >= n_wanted or crawler.poll() is not None
                        )
                    )
                    time.sleep(random.random() * 0.01)
                    crawler.kill()
                code = crawler.wait(timeout=300)
            # What was on its way when it was killed may still be written down.
            time.sleep(0.05)
            paths = logged(log)[n_seen:]
            n_seen += len(paths)
            again = [path for path in paths if path in asked]
            assert len(paths) == len(set(paths))
            assert len([path for path in again if path.startswith("/api/")]) <= 1
            assert len([path for path in again if not path.startswith("/api/")]) <= WORKERS
            asked.update(paths)
            n_lists += len([path for path in paths if path.startswith("/api/")])
            n_files += len([path for path in paths if not path.startswith("/api/")])
            if code == 0:
                break
            n_killed += 1
        code = subprocess.run(
            [sys.executable, "-m", "biome_pipeline_tests.hub.crawler", address, data, str(WORKERS)],
            cwd=ROOT,
            check=False,
        ).returncode
        assert (code, len(logged(log))) == (0, n_seen)
    assert n_killed == N_KILLS
    public = {repo.id: repo for repo in drawn_models(N_MODELS, SEED) if not repo.is_private}
    n_pages = -(-len(public) // PAGE_SIZE)
    assert n_pages <= n_lists <= n_pages + N_KILLS
    crawl = finished_crawl(Lake(data), KEY)
    assert crawl is not None
    assert {model.model_id for model in listed(crawl)} == set(public)
    open_ones = {name: repo for name, repo in public.items() if not repo.gated}
    assert 2 * len(open_ones) <= n_files <= 2 * len(open_ones) + N_KILLS * WORKERS
    with open_shelf(data) as shelf:
        for kind in FILES:
            found = {c.name: (c.outcome, c.body) for c in shelf.contents(kind)}
            assert found == {name: expected(repo, kind) for name, repo in open_ones.items()}
