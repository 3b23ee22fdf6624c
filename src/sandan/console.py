"""Commands given to a Sandan that is already running.

An in-process historian belongs to one process, so while `sandan serve` runs, `sandan status`,
`backup`, `import`, `export` and `respond` cannot open it. They hand their arguments to the server
instead, over a socket that only the same user can open, and print what it answers. Nothing passes
through a shell.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import socket
import socketserver
import sys
import tempfile
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Literal

import click
import orjson
from typing_extensions import Buffer

from sandan.words import Language

log = logging.getLogger(__name__)
LONGEST = 100
"""A socket's path may have some 107 bytes; a deep folder's socket moves to the temporary folder."""
ASKED = 1_000_000
Run = Callable[[Sequence[str], Language], int]


def socket_path(folder: Path) -> Path:
    """Where the server of this folder listens."""
    path = folder.resolve() / "data" / "sandan.sock"
    if len(os.fsencode(path)) <= LONGEST:
        return path
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"sandan-{os.getuid()}-{name}.sock"


@contextmanager
def listening(folder: Path, run: Run) -> Iterator[None]:
    """Take commands while the server runs; `run` is called for one at a time, in a thread."""
    path = socket_path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    turn = threading.Lock()

    class Answer(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked = orjson.loads(self.rfile.readline(ASKED))
            out, err = _Wire(self.wfile, "out", asked["tty"]), _Wire(self.wfile, "err", asked["tty"])
            try:
                with turn, redirect_stdout(out), redirect_stderr(err):
                    code = run(asked["arguments"], asked["language"])
            except Exception:
                log.exception("the command %s failed", asked["arguments"])
                err.write("Unexpected error; the server's log says more.\n")
                code = os.EX_SOFTWARE
            self.wfile.write(orjson.dumps({"exit": code}) + b"\n")

    old = os.umask(0o177)
    try:
        server = socketserver.ThreadingUnixStreamServer(str(path), Answer)
    finally:
        os.umask(old)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="console", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        path.unlink(missing_ok=True)


def ask(folder: Path, arguments: Sequence[str], language: Language) -> int | None:
    """Let the server of this folder run `arguments`; its exit code, or None when none is running."""
    path = socket_path(folder)
    # Held from before the command starts: a server in this very process redirects both while it runs one.
    out, err = sys.stdout, sys.stderr
    connection = socket.socket(socket.AF_UNIX)
    try:
        if path.stat().st_uid != os.getuid():
            raise ConnectionRefusedError
        connection.connect(str(path))
    except OSError:
        connection.close()
        return None
    with connection, connection.makefile("rwb") as wire:
        tty = os.isatty(1)
        asked = {"arguments": list(arguments), "language": language, "tty": tty}
        wire.write(orjson.dumps(asked) + b"\n")
        wire.flush()
        for line in wire:
            said = orjson.loads(line)
            if "exit" in said:
                return int(said["exit"])
            if "bytes" in said:
                click.echo(b64decode(said["bytes"]), nl=False, file=out)
            elif "err" in said:
                click.echo(said["err"], nl=False, file=err)
            else:
                click.echo(said["out"], nl=False, file=out)
    return os.EX_UNAVAILABLE


class _Wire(io.TextIOBase):
    """A text stream whose other end is the asking terminal."""

    def __init__(self, file: io.BufferedIOBase, name: Literal["out", "err"], tty: bool) -> None:
        self._file, self._name, self._tty = file, name, tty
        self.buffer = _Bytes(file)

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a fixed one
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]  # as above
        return "strict"

    def write(self, text: str) -> int:
        self._file.write(orjson.dumps({self._name: text}) + b"\n")
        self._file.flush()
        return len(text)

    def isatty(self) -> bool:
        return self._tty

    def writable(self) -> bool:
        return True


class _Bytes(io.RawIOBase):
    """What a command writes as bytes (a Parquet file, a CSV) to its standard output."""

    def __init__(self, file: io.BufferedIOBase) -> None:
        self._file = file

    def write(self, data: Buffer) -> int:
        given = bytes(data)
        self._file.write(orjson.dumps({"bytes": b64encode(given).decode()}) + b"\n")
        return len(given)

    def writable(self) -> bool:
        return True


def absolute(group: click.Group, arguments: Sequence[str]) -> list[str]:
    """The same command line with every path made absolute: the server stands in another folder."""
    command: click.Command = group
    context = click.Context(group)
    rest, said = list(arguments), []
    while True:
        values, rest, _ = command.make_parser(context).parse_args(rest)
        for parameter in command.params:
            said += _spelled(parameter, values.get(parameter.name or ""))
        if not isinstance(command, click.Group) or not rest:
            return [*said, *rest]
        name, found, rest = command.resolve_command(context, rest)
        if found is None or name is None:
            return [*said, *rest]
        said.append(name)
        command, context = found, click.Context(found, parent=context, info_name=name)


def _spelled(parameter: click.Parameter, value: object) -> list[str]:
    if value is None or value is False or value == []:
        return []
    values = list(value) if isinstance(value, list | tuple) else [value]
    texts = [str(v) for v in values if v is not None]
    if isinstance(parameter.type, click.Path | click.File):
        texts = [text if text == "-" else str(Path(text).absolute()) for text in texts]
    if not isinstance(parameter, click.Option):
        return texts
    if parameter.is_flag:
        return [parameter.opts[0]] if value is True else []
    return [part for text in texts for part in (parameter.opts[0], text)]
