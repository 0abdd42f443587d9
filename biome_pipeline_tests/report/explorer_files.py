"""Read the explorer's files back, and make its documents again in the plainest way.

What does not belong here: what is tested (``test_explorer``).
"""

from __future__ import annotations

import datetime as dt
import json
import re
import zlib
from typing import TYPE_CHECKING, Any

from biome_pipeline.vocabulary.relations import GRAPH_RELATIONS

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Bundle", "naive_families", "read_call", "read_folder"]

EPOCH = dt.date(1970, 1, 1)


def read_call(text: str) -> tuple[str, list[Any]]:
    """Take one statement apart: name of the function, and what it is given."""
    found = re.fullmatch(r"biomeExplorer\.([a-z]+)\((.*)\);\n", text)
    assert found, text[:80]
    assert text.isascii()
    assert not set("<>&\r\x00") & set(text)
    return found[1], json.loads(f"[{found[2]}]")


class Bundle:
    """All files of an explorer's folder.

    Parameters
    ----------
    folder : Path
        The folder.
    """

    def __init__(self, folder: Path) -> None:
        self.sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
        self.calls = {
            name: read_call((folder / name).read_text("ascii"))
            for name in sorted(self.sizes)
            if name not in {"explorer.js", "explorer.css"}
        }
        kind, (self.index,) = self.calls["families.js"]
        assert kind == "index"

    @property
    def families(self) -> dict[int, dict[str, Any]]:
        """Documents by the number of the family."""
        found = {}
        for name, (kind, arguments) in self.calls.items():
            if name.startswith("family-"):
                assert kind == "family"
                (document,) = arguments
                assert name == f"family-{document['family_id']}.js"
                found[document["family_id"]] = document
        return found

    def find(self, model_id: str) -> list[int]:
        """Look a model up as the page does: numbers of families that may have it."""
        number = zlib.crc32(model_id.encode("utf-8"))
        bucket = number % self.index["n_buckets"]
        kind, (told, table) = self.calls[f"lookup-{bucket:02d}.js"]
        assert (kind, told) == ("lookup", bucket)
        assert table["crc"] == sorted(table["crc"])
        rows = zip(table["crc"], table["family"], strict=True)
        return [self.index["families"][place]["family_id"] for crc, place in rows if crc == number]


def read_folder(folder: Path) -> Bundle:
    """Read the files of an explorer's folder."""
    return Bundle(folder)


def naive_families(rows: dict[str, list[dict[str, Any]]], snapshot: str, graph: str = "all"):
    """Make every family's document from plain rows, by the words of the format."""
    models = {row["model_id"]: row for row in rows.get("hub.models", [])}
    members = [row for row in rows["genealogy.members"] if row["graph"] == graph]
    found = {}
    for number in sorted({row["family_id"] for row in members}):
        people = sorted(
            (row for row in members if row["family_id"] == number), key=lambda row: row["model_id"]
        )
        ids = [row["model_id"] for row in people]
        place = {model_id: node for node, model_id in enumerate(ids)}
        edges = sorted(
            (place[row["parent_id"]], place[row["child_id"]], row["relation"])
            for row in rows["genealogy.edges"]
            if row["child_id"] in place
            and not row["is_excluded"]
            and row["relation"] in GRAPH_RELATIONS[graph]
        )
        conflicts = sorted(
            (
                row
                for row in rows.get("policy.license_conflicts", [])
                if row["model_id"] in place and row["ancestor_id"] in place
            ),
            key=lambda row: (row["model_id"], row["ancestor_id"], row["obligation"]),
        )
        facts = [models.get(model_id, {}) for model_id in ids]
        document = {
            "format": 1,
            "snapshot": snapshot,
            "graph": graph,
            "family_id": number,
            "root_id": people[0]["root_id"],
            "ids": ids,
            "generation": [row["generation"] for row in people],
            "created": [_day(row) for row in facts],
            "downloads": [row.get("downloads") for row in facts],
            "likes": [row.get("likes") for row in facts],
            "parent": [edge[0] for edge in edges],
            "child": [edge[1] for edge in edges],
        }
        for plural, name, texts in (
            ("licenses", "license", [row.get("license") for row in facts]),
            ("tasks", "task", [row.get("pipeline_tag") for row in facts]),
            ("languages", "language", [_language(row) for row in facts]),
            ("relations", "relation", [edge[2] for edge in edges]),
            ("obligations", "", [row["obligation"] for row in conflicts]),
        ):
            document[plural] = sorted({text for text in texts if text is not None})
            if name:
                document[name] = [
                    None if text is None else document[plural].index(text) for text in texts
                ]
        lost = [row["lost_between"] or [None, None] for row in conflicts]
        document["conflicts"] = {
            "model": [place[row["model_id"]] for row in conflicts],
            "ancestor": [place[row["ancestor_id"]] for row in conflicts],
            "obligation": [document["obligations"].index(row["obligation"]) for row in conflicts],
            "lost_parent": [place.get(pair[0]) for pair in lost],
            "lost_child": [place.get(pair[1]) for pair in lost],
            **{
                word: [row[word] for row in conflicts]
                for word in ("severity", "verdict", "confidence")
            },
        }
        found[number] = document
    return found


def _day(row: dict[str, Any]) -> int | None:
    moment = row.get("created_at")
    if moment is None or row["is_created_at_backfilled"]:
        return None
    return (moment.date() - EPOCH).days


def _language(row: dict[str, Any]) -> str | None:
    languages = row.get("languages") or []
    return languages[0] if len(languages) == 1 else "several" if languages else None
