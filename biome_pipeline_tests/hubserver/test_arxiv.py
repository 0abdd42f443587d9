"""The export API of arXiv: what a client that reads Atom finds."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET

import pytest

from biome_pipeline_tests.hubserver import LocalHub, answer
from biome_pipeline_tests.hubserver.conftest import Get

NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "x": "http://arxiv.org/schemas/atom",
    "s": "http://a9.com/-/spec/opensearch/1.1/",
}


def _ids(feed: ET.Element) -> list[str]:
    return [entry.findtext("a:id", "", NAMES) for entry in feed.findall("a:entry", NAMES)]


@pytest.fixture
def ask(get: Get):
    def _ask(query: str, status: int = 200) -> ET.Element:
        reply = get(f"/api/query?{query}")
        assert reply.status_code == status
        assert reply.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
        return ET.fromstring(reply.content)

    return _ask


def test_an_entry_says_what_a_paper_is(hub: LocalHub, ask) -> None:
    hub.add_paper(
        "2106.09685",
        title="LoRA & friends: <low-rank> adaptation of large language models, at great length",
        summary="An important paradigm. " * 9,
        primary_category="cs.CL",
        categories=("cs.CL", "cs.AI", "cs.LG"),
        version=2,
        published=dt.datetime(2021, 6, 17, 17, 37, 18, tzinfo=dt.UTC),
        updated=dt.datetime(2021, 10, 16, 18, 40, 34, tzinfo=dt.UTC),
        authors=("Edward Hu", "Yelong Shen"),
    )
    (entry,) = ask("id_list=2106.09685").findall("a:entry", NAMES)
    title = entry.findtext("a:title", "", NAMES)
    assert "\n  " in title
    assert " ".join(title.split()).startswith("LoRA & friends: <low-rank> adaptation of large")
    summary = entry.findtext("a:summary", "", NAMES)
    assert " ".join(summary.split()) == ("An important paradigm. " * 9).strip()
    assert entry.findtext("a:id", "", NAMES) == "http://arxiv.org/abs/2106.09685v2"
    assert entry.findtext("a:published", "", NAMES) == "2021-06-17T17:37:18Z"
    assert entry.findtext("a:updated", "", NAMES) == "2021-10-16T18:40:34Z"
    primary = entry.find("x:primary_category", NAMES)
    assert primary is not None
    assert primary.get("term") == "cs.CL"
    terms = [category.get("term") for category in entry.findall("a:category", NAMES)]
    assert terms == ["cs.CL", "cs.AI", "cs.LG"]
    names = [name.text for name in entry.findall("a:author/a:name", NAMES)]
    assert names == ["Edward Hu", "Yelong Shen"]


def test_a_client_that_forgets_max_results_loses_papers(hub: LocalHub, ask) -> None:
    ids = [f"2401.{i:05d}" for i in range(14)]
    for name in ids:
        hub.add_paper(name)
    listed = ",".join(ids)
    assert len(_ids(ask(f"id_list={listed}"))) == 10
    all_of_them = ask(f"id_list={listed}&max_results=14&start=0")
    assert _ids(all_of_them) == [f"http://arxiv.org/abs/{name}v1" for name in ids]
    assert all_of_them.findtext("s:totalResults", "", NAMES) == "14"
    assert _ids(ask(f"id_list={listed}&start=12&max_results=5")) == [
        f"http://arxiv.org/abs/{name}v1" for name in ids[12:]
    ]


def test_unknown_ids_and_versions_are_left_out(hub: LocalHub, ask) -> None:
    hub.add_paper("2106.09685", version=2)
    feed = ask("id_list=2106.09685v1,2106.09686,2106.09685v3,2106.09685")
    assert _ids(feed) == [
        "http://arxiv.org/abs/2106.09685v1",
        "http://arxiv.org/abs/2106.09685v2",
    ]
    assert _ids(ask("id_list=2106.09686")) == []


def test_old_ids_lose_their_subject_class(hub: LocalHub, ask) -> None:
    hub.add_paper("cs/0501001")
    hub.add_paper("math.GT/0309136", version=3)
    expected = ["http://arxiv.org/abs/cs/0501001v1", "http://arxiv.org/abs/math/0309136v3"]
    assert _ids(ask("id_list=cs/0501001,math.GT/0309136")) == expected
    assert _ids(ask("id_list=cs%2F0501001,math/0309136v3")) == expected


@pytest.mark.parametrize(
    "malformed", ["notanid", "2106.096850", "2106.09685v0", "cs/051001", "2106.09685 v1", "<b>"]
)
def test_one_malformed_id_spoils_the_whole_answer(hub: LocalHub, ask, malformed: str) -> None:
    hub.add_paper("2106.09685")
    feed = ask(f"id_list=2106.09685,{malformed}&max_results=9", status=400)
    (entry,) = feed.findall("a:entry", NAMES)
    assert entry.findtext("a:title", "", NAMES) == "Error"
    assert entry.findtext("a:summary", "", NAMES) == f"incorrect id format for {malformed}"
    assert entry.findtext("a:id", "", NAMES).startswith("https://arxiv.org/api/errors#incorrect_")


@pytest.mark.parametrize("query", ["", "id_list=", "id_list=2106.09685&max_results=-1", "start=x"])
def test_other_mistakes_are_an_error_entry_too(hub: LocalHub, ask, query: str) -> None:
    hub.add_paper("2106.09685")
    (entry,) = ask(query, status=400).findall("a:entry", NAMES)
    assert entry.findtext("a:title", "", NAMES) == "Error"


def test_it_may_be_too_busy(hub: LocalHub, get: Get, ask) -> None:
    hub.add_paper("2106.09685")
    hub.faults.append(answer(503, headers={"Retry-After": "3"}, path="/api/query"))
    assert get("/api/query?id_list=2106.09685").headers["Retry-After"] == "3"
    assert len(_ids(ask("id_list=2106.09685"))) == 1
    assert hub.most_in("api", 300) == 2


@pytest.mark.parametrize("name", ["2106.09685v1", "cs", ""])
def test_a_paper_has_an_id_without_version(hub: LocalHub, name: str) -> None:
    with pytest.raises(ValueError, match="no id of a paper"):
        hub.add_paper(name)
