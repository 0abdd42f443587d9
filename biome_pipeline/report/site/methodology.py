"""The page of methodology and provenance: how numbers are made, and what made these.

The text is that of ``docs/explanation``, so that the report and the documentation never
say two things.

What does not belong here: the explanations themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.report.site.page import Page, Section, Table
from biome_pipeline.vocabulary.reference import shipped_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from markdown_it.token import Token

    from biome_pipeline.report.site.contents import Contents

__all__ = ["METHODOLOGY"]


def _sections(contents: Contents) -> list[Section]:
    return [_provenance(contents), *_explanations()]


def _provenance(contents: Contents) -> Section:
    rows = [
        (
            name,
            made.code_version,
            made.settings_hash,
            made.seed,
            made.created_at.replace("T", " ")[:16],
            made.fingerprint[:12],
            ", ".join(sorted(made.inputs)) or "the source",
        )
        for name, made in sorted(contents.provenance.items())
    ]
    sources = sorted({(m.source, m.source_revision) for m in contents.provenance.values()})
    return Section(
        "What made these tables",
        paragraphs=(
            "The same source, code, settings and seed give the same rows: the fingerprint of a "
            "table is the digest of all of them and of its inputs\N{RIGHT SINGLE QUOTATION MARK} "
            "fingerprints.",
        ),
        facts=tuple(("Source and revision", f"{name}, {revision}") for name, revision in sources),
        tables=(
            Table(
                "Provenance of each table",
                ("Table", "Code", "Settings", "Seed", "Made (UTC)", "Fingerprint", "Made from"),
                rows,
                empty="No provenance is known.",
                is_folded=True,
                is_stacked=True,
            ),
        ),
    )


def _explanations() -> Iterator[Section]:
    for path in sorted(shipped_folder("explanation").glob("*.md")):
        yield _explanation(path)


def _explanation(path: Path) -> Section:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table")
    parser.options["html"] = False
    tokens = parser.parse(path.read_text(encoding="utf-8"))
    title = path.stem
    if tokens and tokens[0].tag == "h1":
        title = tokens[1].content
        tokens = tokens[3:]
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
        if token.type == "th_open":
            token.attrs["scope"] = "col"
        token.children = list(_without_dead_links(token.children or []))
    html = parser.renderer.render(tokens, parser.options, {})
    return Section(title, anchor=path.stem, html=html)


def _without_dead_links(tokens: list[Token]) -> Iterator[Token]:
    """Lead from one explanation to another on this page; keep the words of all other links."""
    is_kept = [True]
    for token in tokens:
        if token.type == "link_open":
            target = str(token.attrs.get("href", ""))
            name, _, _ = target.partition("#")
            is_own = name.endswith(".md") and "/" not in name
            if is_own:
                token.attrs["href"] = f"#{name.removesuffix('.md')}"
            is_kept.append(is_own or target.startswith("#"))
            if not is_kept[-1]:
                continue
        elif token.type == "link_close":
            if not is_kept.pop():
                continue
        elif token.type == "image":
            continue
        yield token


METHODOLOGY = Page(
    file="methodology.html",
    title="Methodology",
    lead="How every number is made, by the published rule and the better one, and from what.",
    sections=_sections,
)
"""The page of explanations and provenance."""
