"""Real stores for every test that asks: SQLite and PostgreSQL, each with a historian.

The PostgreSQL server is private: started once on a free port in a temporary folder, stopped at the
end. Every test gets a database of its own.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

import sandan
from sandan.clock import SEOUL
from sandan.store import Registry, Store, open_store
from sandan.store.migrations import migrate
from sandan.store.registry import open_registry
from sandan.testing import FixedClock

ROOMS = tuple(
    sorted(
        f"sandan.{folder.parent.name}"
        for folder in Path(sandan.__path__[0]).glob("*/migrations")
        if folder.parent.name != "store"
    )
)
"""The domains that keep tables; found by folder, as the tests may run before an install."""

TOGETHER = ("tests/browser/", "tests/store/historian/")
"""Folders whose tests share one demo, and one cluster."""

_NUMBERS = count(1)

# Tests are never timed: a busy machine is no fault of the code.
settings.register_profile("sandan", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sandan")


class _Parts(LoadScopeScheduling):
    """Gives a worker a whole file at a time, or a whole folder of TOGETHER; the largest first."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _Parts(config, log)


@pytest.fixture
def bare_assets(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without scripts and styles, for whoever reads their words only."""
    assets = tmp_path_factory.mktemp("assets")
    (assets / "manifest.json").write_text('{"files": {}}')
    for room in ("render", "server"):
        monkeypatch.setattr(f"sandan.web.{room}.ASSETS", assets)


@pytest.fixture
def clock() -> FixedClock:
    """A Wednesday morning in Seoul."""
    return FixedClock(datetime(2026, 3, 4, 9, 0, tzinfo=SEOUL))


@pytest.fixture(scope="session")
def rooms() -> tuple[str, ...]:
    """The domains that keep tables, as `migrate` takes them."""
    return ROOMS


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a private server, `postgresql://sandan@127.0.0.1:port`."""
    binaries = _newest_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server in /usr/lib/postgresql; apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="sandan-postgresql-"))
    runs_as: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        runs_as = ["runuser", "-u", "postgres", "--"]
    data, port = folder / "data", _free_port()

    def run(program: str, *arguments: object) -> None:
        command = [*runs_as, binaries / program, "-D", data, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    # A locale that sorts unlike SQLite, so that an order left to the database is found out.
    locale = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=ko-KR")
    run("initdb", "-U", "sandan", "-A", "trust", "-N", "-E", "UTF8", *locale)
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=64MB"
    run("pg_ctl", "start", "-w", "-l", folder / "log", "-o", options)
    try:
        yield f"postgresql://sandan@127.0.0.1:{port}"
    finally:
        run("pg_ctl", "stop", "-w", "-m", "immediate")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite registry with today's tables, to be copied."""
    path: Path = tmp_path_factory.mktemp("migrated") / "registry.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: str) -> str:
    """The name of a PostgreSQL database with today's tables, to be copied."""
    _create_database(postgresql_server, "migrated", "template0")
    _migrate(f"{postgresql_server}/migrated")
    return "migrated"


@pytest.fixture(params=["sqlite", "postgresql"])
def registry_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A registry of this test's own, with today's tables and nothing in them; on both databases."""
    if request.param == "sqlite":
        path = tmp_path / "registry.db"
        shutil.copy(request.getfixturevalue("migrated"), path)
        yield f"sqlite:///{path}"
        return
    server, template = (
        request.getfixturevalue(name) for name in ("postgresql_server", "migrated_postgresql")
    )
    with _database(server, template) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_registry_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty' / 'registry.db'}"
        return
    with _database(request.getfixturevalue("postgresql_server"), "template0") as url:
        yield url


@pytest.fixture
def registry(registry_url: str) -> Iterator[Registry]:
    """A registry alone, for what needs no samples; on both databases."""
    registry = open_registry(registry_url)
    yield registry
    registry.close()


@pytest.fixture
def store(registry_url: str, tmp_path: Path) -> Iterator[Store]:
    """A whole store, with an empty historian in this process; on both databases."""
    with open_store(registry_url, f"chdb:///{tmp_path / 'historian'}", rooms=ROOMS) as store:
        yield store


@pytest.fixture
def sqlite_store(migrated: Path, tmp_path: Path) -> Iterator[Store]:
    """A whole store on SQLite alone, for what does not depend on the database."""
    path = tmp_path / "registry.db"
    shutil.copy(migrated, path)
    with open_store(f"sqlite:///{path}", f"chdb:///{tmp_path / 'historian'}", rooms=ROOMS) as store:
        yield store


def _migrate(url: str) -> None:
    registry = open_registry(url)
    try:
        migrate(registry, ROOMS)
    finally:
        registry.close()


@contextmanager
def _database(server: str, template: str) -> Iterator[str]:
    name = f"test_{next(_NUMBERS)}"
    _create_database(server, name, template)
    yield f"{server}/{name}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _create_database(server: str, name: str, template: str) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template}")


def _newest_binaries() -> Path | None:
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
