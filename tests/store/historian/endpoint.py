"""A ClickHouse node for tests: chDB behind as much of the HTTP interface as clickhouse-connect uses.

Run as `python endpoint.py FOLDER PORT`; port 0 takes a free one. Prints the port when it listens.
"""

from __future__ import annotations

import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pyarrow as pa
from chdb.state.sqlitelike import Connection

INSERT = re.compile(r"^\s*(INSERT\s+INTO\s+.*?)\s+FORMAT\s+Arrow\s*$", re.IGNORECASE | re.DOTALL)
CODE = re.compile(r"\bCode: (\d+)")
OF_THE_INTERFACE = {
    "query", "database", "query_id", "session_id", "client_protocol_version", "default_format",
    "wait_end_of_query", "buffer_size", "compress",
}  # fmt: skip


class Node(BaseHTTPRequestHandler):
    """One request is one session: its settings end with it."""

    protocol_version = "HTTP/1.1"
    folder = ""

    def do_GET(self) -> None:
        self.answer(b"Ok.\n")

    def do_POST(self) -> None:
        params = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = Connection(self.folder)
        try:
            if database := params.get("database"):
                connection.query(f"USE {database}", "Null")
            for name in params.keys() - OF_THE_INTERFACE:
                connection.query(f"SET {name} = '{params[name]}'", "Null")
            insert = INSERT.match(params.get("query", ""))
            if insert:
                # chDB finds the table by this name; its streaming inserter hides a full disk.
                rows = pa.ipc.open_file(body).read_all()
                connection.query(
                    f"{insert[1]} SELECT {', '.join(rows.column_names)} FROM Python(rows)", "Null"
                )
                self.answer(b"")
            else:
                sql = f"{params.get('query', '')}\n{body.decode()}"
                self.answer(connection.query(sql, "TabSeparated").bytes())
        except RuntimeError as error:
            code = CODE.search(str(error))
            self.answer(str(error).encode(), 500, {"X-ClickHouse-Exception-Code": code[1] if code else "0"})
        finally:
            connection.close()

    def answer(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-ClickHouse-Summary", "{}")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def main(folder: str, port: int) -> None:
    Node.folder = folder
    keeps_engine_open = Connection(folder)
    keeps_engine_open.query("CREATE DATABASE IF NOT EXISTS sandan ENGINE = Atomic", "Null")
    server = ThreadingHTTPServer(("127.0.0.1", port), Node)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)  # noqa: T201  # the fixture reads it
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
