"""The token is in no log of any level, whatever the server repeats."""

from __future__ import annotations

import contextlib
import logging
import traceback
from typing import Any

import pytest

from biome_pipeline.errors import (
    BiomeError,
)
from biome_pipeline.hub.redaction import MASK, redacted
from biome_pipeline_tests.hub.conftest import CONTENT, FILE, REPO, TOKEN, Fetch
from biome_pipeline_tests.hubserver import (
    LocalHub,
    answer,
    page,
)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 429, 500])
def test_the_token_is_in_no_error_and_no_log(
    take: Fetch,
    hub: LocalHub,
    commit: str,
    status: int,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A server that repeats what it was sent, in each place where it is read.
    hub.faults.append(
        answer(
            status,
            times=None,
            headers={
                "X-Error-Message": f"no: Bearer {TOKEN}",
                "X-HF-Warning": f"odd {status}; Bearer {TOKEN}",
                "Content-Type": "text/plain",
            },
            body=f"no: Bearer {TOKEN}".encode(),
        )
    )
    monkeypatch.setattr(logging.getLogger("huggingface_hub"), "propagate", True)
    # At DEBUG the HTTP library writes down the headers of such answers, even
    # if only the one logger that does so is asked to.
    caplog.set_level(logging.DEBUG, "httpcore2.http11")
    with caplog.at_level(logging.DEBUG), pytest.raises(BiomeError) as caught:
        take(token=TOKEN)
    assert TOKEN not in str(caught.value)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert TOKEN not in caplog.text
    assert f"Bearer {MASK}" in caplog.text


def test_the_token_is_in_no_log_of_any_level(
    take: Fetch,
    hub: LocalHub,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging.getLogger("huggingface_hub"), "propagate", True)
    repeating = answer(503, headers={"X-Request": f"Bearer {TOKEN}"})
    hub.faults += [repeating, page(method="GET", path=FILE)]
    with LocalHub() as storage, caplog.at_level(logging.DEBUG):
        hub.add_dataset(REPO, is_private=True, storage=storage).publish({"models.parquet": CONTENT})
        take(token=TOKEN)
    assert hub.address in caplog.text
    assert TOKEN not in caplog.text


def test_a_redirect_that_repeats_the_token_is_logged_without_it(
    take: Fetch, hub: LocalHub, commit: str, caplog: pytest.LogCaptureFixture
) -> None:
    location = f"{hub.address}/api/datasets/{REPO}?blobs=true&was={TOKEN}"
    hub.faults.append(answer(302, headers={"Location": location}, path="/api/datasets"))
    with caplog.at_level(logging.DEBUG):
        assert take(token=TOKEN).revision == commit
    assert f"&was={MASK}" in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    "name", ["httpcore2.http11", "httpx2", "huggingface_hub.utils._http", "httpcore.new.child"]
)
def test_texts_arguments_and_exceptions_are_masked(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger(name)
    with caplog.at_level(logging.DEBUG, name), redacted(TOKEN):
        # The logger of huggingface_hub hands nothing on to the root.
        logger.addHandler(caplog.handler)
        try:
            logger.debug(f"sent {TOKEN}")
            logger.debug("sent %r", [(b"Authorization", f"Bearer {TOKEN}".encode())])
            try:
                raise ValueError(f"not {TOKEN}")
            except ValueError:
                logger.debug("failed", exc_info=True)
            logger.debug("%d bytes", 12)
        finally:
            logger.removeHandler(caplog.handler)
    assert TOKEN not in caplog.text
    for text in (f"sent {MASK}", f"Bearer {MASK}", f"ValueError: not {MASK}", "12 bytes"):
        assert text in caplog.text


def test_after_the_block_records_are_made_as_before() -> None:
    before = logging.getLogRecordFactory()
    with contextlib.suppress(KeyError), redacted(TOKEN):
        assert logging.getLogRecordFactory() is not before
        raise KeyError
    assert logging.getLogRecordFactory() is before
    with redacted(None):
        assert logging.getLogRecordFactory() is before


def test_a_factory_set_inside_the_block_stays() -> None:
    before = logging.getLogRecordFactory()

    def other(*parts: Any, **more: Any) -> logging.LogRecord:
        return before(*parts, **more)

    try:
        with redacted(TOKEN):
            logging.setLogRecordFactory(other)
        assert logging.getLogRecordFactory() is other
    finally:
        logging.setLogRecordFactory(before)


def test_a_record_without_a_name_is_made_as_ever():
    with redacted("hf_secret"):
        record = logging.makeLogRecord({"msg": "hf_secret"})
    assert record.getMessage() == "hf_secret"
