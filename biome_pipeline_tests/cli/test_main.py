"""How errors reach the user: one line, the right code, no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from biome_pipeline.cli import main as main_module
from biome_pipeline.cli.main import COMMANDS
from biome_pipeline.errors import SnapshotBusyError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_shows_an_example(biome, command):
    code, out, err = biome(command, "--help")
    assert (code, err) == (0, "")
    assert "Example" in out
    assert f"  biome {command}" in out.split("Example")[1]
    assert biome(command, "-h")[1] == out


def test_help_names_every_command(biome):
    code, out, _ = biome("--help")
    assert code == 0
    for command in COMMANDS:
        assert f"  {command} " in out
    assert "biome run" in out


def test_the_version(biome):
    from biome_pipeline import __version__

    code, out, _ = biome("--version")
    assert code == 0
    assert __version__ in out


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["nothing"], "biome --help"),
        (["--odd"], "biome --help"),
        (["run", "--odd"], "biome run --help"),
        (["run", "extra"], "biome run --help"),
        (["sql"], "biome sql --help"),
        (["tree", "a/b", "--graph", "odd"], "biome tree --help"),
        (["tree", "a/b", "--max-children", "0"], "biome tree --help"),
        (["ui", "--port", "0"], "biome ui --help"),
    ],
    ids=" ".join,
)
def test_a_wrong_call_is_one_line_with_where_to_look(biome, words, hint):
    code, _, err = biome(*words)
    assert code == 2
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert hint in err


@pytest.fixture
def fails(biome, monkeypatch):
    """Call a command that raises an error; give exit code and complaint."""

    def _fails(error):
        @click.command("run")
        def command():
            raise error

        monkeypatch.setattr(main_module._LazyGroup, "get_command", lambda *_: command, raising=True)
        code, _, err = biome("run")
        return code, err

    return _fails


def test_a_foreseen_error_is_its_line(fails):
    assert fails(SnapshotBusyError("busy\nnow", place="x", remedy="wait")) == (
        1,
        "error: x: busy now; wait\n",
    )


def test_a_full_disk_anywhere_is_foreseen(fails):
    code, err = fails(OSError(28, "No space left on device"))
    assert code == 1
    assert "free some disk space" in err


def test_what_nobody_foresaw_is_kept_for_a_report(fails, tmp_path):
    code, err = fails(ZeroDivisionError("deep\nwithin"))
    assert code == 70
    assert err.count("\n") == 1
    assert "ZeroDivisionError: deep within" in err
    log = tmp_path / "biome-error.log"
    assert str(log) in err
    assert "Traceback" in log.read_text()


def test_what_nobody_foresaw_where_nothing_can_be_kept(fails, tmp_path):
    (tmp_path / "biome-error.log").mkdir()
    code, err = fails(ZeroDivisionError("deep"))
    assert code == 70
    assert "could not be written" in err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.exceptions.Abort()], ids=repr)
def test_ctrl_c_is_no_traceback(fails, error):
    code, err = fails(error)
    assert code == 130
    assert "error: interrupted" in err
    assert "Traceback" not in err


def test_a_reader_that_has_seen_enough_is_no_error(fails):
    assert fails(BrokenPipeError()) == (0, "")


def test_control_characters_in_an_error_are_escaped(fails):
    _, err = fails(SnapshotBusyError("\x1b[31mred\u202e"))
    assert "\x1b" not in err
    assert "\\u001b[31mred\\u202e" in err


def test_help_imports_nothing_heavy(tmp_path):
    code = (
        "import sys; from biome_pipeline.cli.main import run_command_line as run; "
        "run(['--help']); run(['run', '--help']); "
        "print([m for m in ('dagster', 'duckdb', 'ibis', 'pandas', 'scipy', 'matplotlib') "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
