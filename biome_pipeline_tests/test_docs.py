"""The documentation is true: pages are as generated, links lead somewhere, commands run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from biome_pipeline.cli.main import COMMANDS, biome, run_command_line
from biome_pipeline.report.explorer import bundle
from biome_pipeline.settings import Settings, setting_rows
from biome_pipeline.warehouse.tables import TABLES
from biome_pipeline_tests.reference_pages import pages

ROOT = Path(__file__).resolve().parents[1]
TEXTS = sorted([ROOT / "README.md", ROOT / "data" / "README.md", *(ROOT / "docs").rglob("*.md")])


def _commands(path):
    """Every `biome ...` call that a page shows, several lines joined at open quotes."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        words = re.sub(r"^(\s*)(\$ )?(\.venv/bin/)?(?=biome )", "", line)
        is_shown_as_code = line.startswith(("    ", "$ ", "biome "))
        if not words.startswith("biome ") or not is_shown_as_code:
            continue
        text = words
        rest = iter(lines[number + 1 :])
        while text.count('"') % 2:
            text += " " + next(rest).strip()
        yield re.split(r"\s+>\s|\s{3,}|\s+#", text)[0]


@pytest.mark.parametrize("path", sorted(pages()), ids=lambda path: path.name)
def test_generated_page_is_as_the_code_says(path):
    assert path.read_text(encoding="utf-8") == pages()[path], "run `make reference`"


def test_every_table_column_command_and_setting_is_in_the_reference():
    tables = (ROOT / "docs/reference/tables.md").read_text(encoding="utf-8")
    for spec in TABLES.values():
        section = tables.split(f"## {spec.name}\n")[1].split("\n## ")[0]
        for column in spec.columns:
            assert f"| {column} |" in section, f"{spec.name}.{column} is not documented"
    command_line = (ROOT / "docs/reference/command-line.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert f"## biome {name}\n" in command_line
    settings = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    variables = [name for name, _, _ in setting_rows()]
    assert len(variables) == len(Settings.model_fields)
    for variable in variables:
        assert f"`{variable}`" in settings, f"{variable} is not in the reference"
        assert f"`{variable}`" in readme, f"{variable} is not in the README"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not re.match(r"[a-z]+:", target):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name):
    parent = click.Context(biome, info_name="biome", **biome.context_settings)
    command = biome.get_command(parent, name)
    text = command.get_help(click.Context(command, info_name=name, parent=parent))
    assert "Example" in text
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "port":
            assert parameter.help, f"biome {name} {parameter.opts[0]} has no help"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_of_the_pages_are_understood(path):
    for text in _commands(path):
        words = shlex.split(text)[1:]
        if not words or words[0] == "--help":
            continue
        parent = click.Context(biome, info_name="biome", **biome.context_settings)
        command = biome.get_command(parent, words[0])
        assert command is not None, text
        # Parsing alone: a wrong option or a missing argument raises.
        command.make_context(words[0], words[1:], parent=parent)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A published demo of the size that the README's reader has, made with less effort."""
    data = tmp_path_factory.mktemp("demo") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIOME_REPORT", "false")
        patch.setenv("BIOME_BOOTSTRAP_REPLICATES", "99")
        patch.setenv("BIOME_SOLVED_REPLICATES", "20")
        patch.setenv("BIOME_SIMILARITY_DRAWS", "50")
        assert run_command_line(["run", "--data", str(data)]) == 0
    return data


@pytest.fixture
def _program(tmp_path, monkeypatch):
    """A stand-in for the explorer's program: whether it was built here is of no account."""
    for name in ("explorer.js", "explorer.css"):
        (tmp_path / name).write_text("")
    monkeypatch.setattr(bundle, "BUNDLE_FOLDER", tmp_path)


@pytest.mark.usefixtures("_program")
def test_read_only_commands_of_the_pages_run_on_the_demo(demo, capsysbinary):
    texts = {text for path in TEXTS for text in _commands(path)}
    ran = 0
    for text in sorted(texts):
        words = shlex.split(text)[1:]
        if words and words[0] in {
            "snapshots", "sql", "tree", "dictionary", "derivatives", "models", "bom",
        }:  # fmt: skip
            extra = [] if words[0] == "dictionary" else ["--data", str(demo)]
            assert run_command_line([*words, *extra]) == 0, text
            assert capsysbinary.readouterr().out, text
            ran += 1
    assert ran >= 10


def test_no_page_names_a_registry_or_a_machine():
    kept = {".py", ".md", ".toml", ".yaml", ".lock", ".json", ".ts", ".mjs", ".sh", ""}
    wrong = re.compile(r"pypi\.org|pythonhosted|npmjs|--index-url|--extra-index|/root/|\.pyenv")
    for path in ROOT.rglob("*"):
        inside = path.relative_to(ROOT).parts
        if inside[0] in {".git", ".venv", "data"} or "node_modules" in inside:
            continue
        if path.suffix not in kept or not path.is_file():
            continue
        if path == Path(__file__).resolve():
            continue
        found = wrong.search(path.read_text(encoding="utf-8", errors="ignore"))
        assert found is None, f"{path.relative_to(ROOT)} holds {found.group()}"
