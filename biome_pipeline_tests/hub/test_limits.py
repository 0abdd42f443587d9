"""No more requests than allowed, as the server counts them, and a turn for everybody."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from biome_pipeline.errors import HubUnreachableError
from biome_pipeline.hub.client import Client
from biome_pipeline.hub.limits import Account, RateLimit, hub_limits
from biome_pipeline_tests.hubserver import LocalHub, answer, reset

WORKERS = 16
CARD = "/org/model/resolve/main/README.md"


def ask_side_by_side(client: Client, n_workers: int, n_requests: int, seed: int = 0) -> None:
    """Ask for one file from several threads, each after waits of its own."""

    def work(worker: int) -> None:
        random = Random(seed * 1_000 + worker)
        for _ in range(n_requests):
            time.sleep(random.random() * 0.01)
            assert client.ask(CARD, most_bytes=1_000).body == b"# A model"

    with ThreadPoolExecutor(n_workers) as pool:
        list(pool.map(work, range(n_workers)))


@pytest.fixture
def served(hub: LocalHub) -> LocalHub:
    hub.add_model("org/model", files={"README.md": b"# A model"})
    return hub


def limited(hub: LocalHub, limit: RateLimit, **more: object) -> Client:
    limits = {"api": limit, "files": limit}
    return Client(hub.address, 3, 0.01, 5.0, limits=limits, **more)  # type: ignore[arg-type]  # of Client


@pytest.mark.parametrize(
    ("seed", "allowed", "seconds"), [(1, 1, 0.02), (2, 5, 0.1), (3, 20, 0.3), (4, 7, 0.15)]
)
def test_the_server_never_counts_more_than_allowed_in_any_window(
    served: LocalHub, seed: int, allowed: int, seconds: float
) -> None:
    with limited(served, RateLimit(allowed, seconds)) as client:
        ask_side_by_side(client, WORKERS, 4, seed)
    assert len(served.requests) == WORKERS * 4
    assert served.most_in("files", seconds) <= allowed
    # It was the limit that held them back.
    assert client.account.seconds_waited > 0
    assert served.most_at_once("files") <= min(WORKERS, allowed)


def test_each_hop_of_a_redirect_is_counted(served: LocalHub) -> None:
    served.uses_resolve_cache = True
    with limited(served, RateLimit(4, 0.1)) as client:
        ask_side_by_side(client, 8, 2)
    assert len(served.requests) == 2 * 8 * 2
    assert served.most_in("files", 0.1) <= 4


def test_without_a_limit_only_the_workers_bound_what_is_under_way(served: LocalHub) -> None:
    with Client(served.address, 3, 0.01, 5.0) as client:
        ask_side_by_side(client, WORKERS, 6)
    assert 1 < served.most_at_once("files") <= WORKERS


def test_buckets_are_limited_apart(served: LocalHub) -> None:
    limits = {"api": RateLimit(2, 0.3), "files": RateLimit(50, 0.3)}
    with Client(served.address, 3, 0.01, 5.0, limits=limits) as client:
        for _ in range(3):
            client.ask("/api/models", most_bytes=10_000)
        for _ in range(20):
            client.ask(CARD, most_bytes=1_000)
    assert served.most_in("api", 0.3) == 2
    assert served.most_in("files", 0.3) > 2


def test_another_host_is_not_counted_in_a_limit_of_the_endpoint(served: LocalHub) -> None:
    limit = RateLimit(2, 60.0)
    with LocalHub() as storage, limited(served, limit) as client:
        storage.blobs["card"] = b"# Elsewhere"
        location = {"Location": f"{storage.address}/blobs/card"}
        served.faults.append(answer(302, headers=location))
        assert client.ask(CARD, most_bytes=1_000).body == b"# Elsewhere"
    assert len(limit._answered) == len(served.requests) == 1


def test_requests_that_break_off_give_their_turn_back(served: LocalHub) -> None:
    limit = RateLimit(2, 0.05)
    served.faults.append(reset(times=5))
    with limited(served, limit) as client:
        with pytest.raises(HubUnreachableError):
            client.ask(CARD, most_bytes=1_000)
        assert client.ask(CARD, most_bytes=1_000).attempts == 3
    assert limit._n_under_way == 0


# The limit alone


def run(n_threads: int, work: Callable[[int], None]) -> None:
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(work, range(n_threads)))


@pytest.mark.parametrize("seed", range(4))
def test_late_and_bunched_arrivals_are_no_way_around_the_limit(seed: int) -> None:
    # A request may reach the server at any moment between its start and its answer.
    allowed, seconds = 5, 0.06
    limit = RateLimit(allowed, seconds)
    arrivals: list[float] = []

    def work(thread: int) -> None:
        random = Random(seed * 1_000 + thread)
        for _ in range(2):
            limit.enter()
            time.sleep(random.choice((0.0, 0.0, seconds * random.random())))
            arrivals.append(time.monotonic())
            time.sleep(random.choice((0.0, 0.002)))
            limit.leave()

    run(WORKERS, work)
    arrivals.sort()
    windows = [sum(at <= other < at + seconds for other in arrivals) for at in arrivals]
    assert len(arrivals) == 2 * WORKERS
    assert max(windows) <= allowed


def test_a_pause_holds_every_thread() -> None:
    limit = RateLimit(1_000, 10.0)
    limit.pause(0.3)
    until = time.monotonic() + 0.3
    entered: list[float] = []

    def work(_thread: int) -> None:
        limit.enter()
        entered.append(time.monotonic())
        limit.leave()

    run(WORKERS, work)
    assert len(entered) == WORKERS
    assert min(entered) >= until - 0.01


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    limit = RateLimit(1_000, 10.0)
    limit.pause(0.3)
    limit.pause(0.0)
    assert limit.enter() >= 0.28


def test_turns_are_given_in_the_order_in_which_they_were_asked_for() -> None:
    limit = RateLimit(1, 0.005)
    order: list[int] = []
    limit.enter()
    threads = []
    for i in range(WORKERS):
        thread = threading.Thread(
            target=lambda i=i: (limit.enter(), order.append(i), limit.leave())
        )
        threads.append(thread)
        thread.start()
        while len(limit._queue) <= i:
            time.sleep(0.001)
    limit.leave()
    for thread in threads:
        thread.join()
    assert order == list(range(WORKERS))


def test_nobody_starves_beside_others_who_ask_without_end() -> None:
    limit = RateLimit(1, 0.002)
    turns: Counter[int] = Counter()
    is_over = threading.Event()

    def work(thread: int) -> None:
        while not is_over.is_set():
            limit.enter()
            turns[thread] += 1
            if sum(turns.values()) >= 20 * WORKERS:
                is_over.set()
            limit.leave()

    run(WORKERS, work)
    assert min(turns[thread] for thread in range(WORKERS)) >= 15
    assert max(turns.values()) <= 25


def test_who_is_interrupted_while_waiting_leaves_the_queue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit = RateLimit(1, 0.05)
    limit.enter()

    def interrupt(_seconds: float | None = None) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(limit._turn, "wait", interrupt)
        with pytest.raises(KeyboardInterrupt):
            limit.enter()
    limit.leave()
    assert limit.enter() < 5.0


@pytest.mark.parametrize(
    ("has_token", "given", "expected"),
    [
        (False, {}, (500, 3_000)),
        (True, {}, (1_000, 5_000)),
        (True, {"api": 7}, (7, 5_000)),
        (False, {"api": 2_500, "files": 12_000}, (2_500, 12_000)),
    ],
)
def test_the_limits_are_those_of_the_hub_unless_the_user_knows_better(
    has_token: bool, given: dict[str, int], expected: tuple[int, int]
) -> None:
    limits = hub_limits(has_token=has_token, **given)
    assert (limits["api"].requests, limits["files"].requests) == expected
    assert {limit.seconds for limit in limits.values()} == {300.0}


def test_an_account_loses_nothing_that_threads_count_at_once() -> None:
    account = Account()

    def work(_thread: int) -> None:
        for _ in range(2_000):
            account.add(requests=1, retries=2, n_bytes=3, waited=0.5)

    run(WORKERS, work)
    assert account.facts() == {"requests": 32_000, "retries": 64_000, "bytes": 96_000}
    assert account.seconds_waited == 16_000.0


def test_the_account_agrees_with_what_the_server_saw(served: LocalHub) -> None:
    account = Account()
    served.uses_resolve_cache = True
    served.faults += [answer(503, times=3, body=b"not counted")]
    with Client(served.address, 5, 0.001, 5.0, account=account) as client:
        ask_side_by_side(client, WORKERS, 2)
    assert account.facts() == {
        "requests": len(served.requests),
        "retries": 3,
        "bytes": WORKERS * 2 * len(b"# A model"),
    }
