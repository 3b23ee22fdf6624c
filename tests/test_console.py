"""Commands handed to a running server."""

import os
import sys

import click
import pytest

from sandan.cli import ELSEWHERE, sandan
from sandan.console import absolute, ask, listening, socket_path


@click.group()
@click.option("--settings", type=click.Path())
def tool(settings): ...


@tool.group("import")
def import_(): ...


@import_.command()
@click.argument("files", nargs=-1, type=click.Path())
@click.option("--firm")
@click.option("--yes", is_flag=True)
def readings(files, firm, yes): ...


def test_paths_become_absolute_and_nothing_else_changes(tmp_path, monkeypatch):
    """The server stands in another folder than whoever asks."""
    monkeypatch.chdir(tmp_path)
    given = [
        "--settings",
        "a/s.toml",
        "import",
        "readings",
        "b.csv",
        "--yes",
        "--firm",
        "한빛 정밀",
        "/c.csv",
    ]
    assert absolute(tool, given) == [
        "--settings",
        f"{tmp_path}/a/s.toml",
        "import",
        "readings",
        f"{tmp_path}/b.csv",
        "/c.csv",
        "--firm",
        "한빛 정밀",
        "--yes",
    ]


def test_a_mistyped_option_is_a_usage_error_before_anything_is_sent():
    """What the command does not know is not silently dropped."""
    with pytest.raises(click.NoSuchOption):
        absolute(tool, ["import", "readings", "--firms", "x"])


def test_a_running_server_answers_with_output_and_exit_code(tmp_path, capsys):
    """Both streams come back, in the language of whoever asked."""

    def run(arguments, language):
        click.echo(f"{language}: {' '.join(arguments)}")
        click.echo("careful", err=True)
        return 65

    with listening(tmp_path, run):
        assert socket_path(tmp_path).stat().st_mode & 0o777 == 0o600
        assert ask(tmp_path, ["status", "--verify"], "ko") == 65
    said = capsys.readouterr()
    assert said.out == "ko: status --verify\n"
    assert said.err == "careful\n"
    assert ask(tmp_path, ["status"], "ko") is None


def test_bytes_come_back_as_they_are(tmp_path, capfdbinary):
    """An export to standard output is the same file whoever writes it."""
    given = bytes(range(256)) * 40

    def run(arguments, language):
        sys.stdout.buffer.write(given)
        return 0

    with listening(tmp_path, run):
        assert ask(tmp_path, ["export"], "en") == 0
    assert capfdbinary.readouterr().out == given


def test_a_deep_folder_has_a_socket_too(tmp_path):
    """Paths of sockets are short by the system's own rule."""
    deep = tmp_path / ("d" * 200)
    assert len(os.fsencode(socket_path(deep))) < 108
    with listening(deep, lambda arguments, language: 0):
        assert ask(deep, ["status"], "en") == 0


def test_a_socket_left_by_a_server_that_died_is_no_server(tmp_path):
    """The next command works by itself, and the next server takes the place over."""
    path = socket_path(tmp_path)
    path.parent.mkdir()
    path.touch()
    assert ask(tmp_path, ["status"], "en") is None
    with listening(tmp_path, lambda arguments, language: 3):
        assert ask(tmp_path, ["status"], "en") == 3


def test_an_alarm_can_be_answered_by_command_while_the_server_runs():
    """The server has the historian, and the night on which it runs is the night of the alarm."""
    assert "respond" in ELSEWHERE
    assert sandan.commands.keys() >= ELSEWHERE
