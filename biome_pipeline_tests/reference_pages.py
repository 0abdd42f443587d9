"""The generated pages of ``docs/reference``.

``python -m biome_pipeline_tests.reference_pages`` writes them; a test compares
them with what stands there.
"""

from __future__ import annotations

from pathlib import Path

import click

from biome_pipeline.cli.main import COMMANDS, biome
from biome_pipeline.settings import setting_rows
from biome_pipeline.warehouse.dictionary import markdown_table, reference_page

DOCS = Path(__file__).resolve().parents[1] / "docs"


def pages() -> dict[Path, str]:
    """Give every generated page by its path."""
    return {
        DOCS / "reference" / "tables.md": reference_page(),
        DOCS / "reference" / "settings.md": _settings(),
        DOCS / "reference" / "command-line.md": _command_line(),
    }


def _settings() -> str:
    rows = [(f"`{name}`", f"`{default}`", meaning) for name, default, meaning in setting_rows()]
    lines = [
        "# Settings",
        "",
        "<!-- Made by `make reference` from biome_pipeline/settings.py; do not edit. -->",
        "",
        "Variables of the environment, or of a file `.env` in the working directory.",
        "`--data` wins over `BIOME_DATA`.",
        "",
        *markdown_table(("variable", "default", "meaning"), rows),
    ]
    return "\n".join(lines) + "\n"


def _command_line() -> str:
    lines = [
        "# Command line",
        "",
        "<!-- Made by `make reference` from biome_pipeline/cli; do not edit. -->",
        "",
        "`biome`, or `python -m biome_pipeline`. Errors are one line on standard error; the exit",
        "code is 1 for a foreseen error, 2 for a wrong call, 70 for an unforeseen one.",
    ]
    parent = click.Context(biome, info_name="biome", **biome.context_settings)
    for name in COMMANDS:
        command = biome.get_command(parent, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=parent, max_content_width=88)
        help_text = command.get_help(context)
        lines += ["", f"## biome {name}", "", "```text", help_text.rstrip(), "```"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
