"""How the registry's tables came to be, step by step, and the way to today's.

The core's steps are in `versions/`. A domain keeps its own in its package, in a folder
`migrations/`, as a branch of its own that depends on the core's; it is found through the domain's
entry point, ours and a stranger's alike. All branches are brought to their heads when a store opens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.engine import Connection

from sandan.errors import Unavailable
from sandan.store.registry import Registry
from sandan.words import Text

HERE = Path(str(files("sandan.store.migrations")))
VERSION_TABLE = "schema_version"


def migrate(registry: Registry, rooms: Sequence[str] | None = None) -> None:
    """Bring the tables of the core and of `rooms` (default: every installed domain) to today's.

    A database already there is not locked. Waits for another process that is migrating.
    """
    scripts = steps(installed_rooms() if rooms is None else tuple(rooms))
    with registry.read() as conn, _refusing_the_unknown():
        if not _missing(scripts, "heads", _heads(conn)):
            return
    with registry.write() as conn:
        upgrade(conn, scripts)


def installed_rooms() -> tuple[str, ...]:
    """The packages of the installed domains, without importing what they hold."""
    found = {point.module.rpartition(".")[0] for point in entry_points(group="sandan.domains")}
    return tuple(sorted(found - {""}))


@lru_cache(maxsize=8)
def steps(rooms: tuple[str, ...]) -> ScriptDirectory:
    """The core's steps and those of the rooms that have any."""
    locations = [HERE / "versions", *(folder for room in rooms for folder in _folders(room))]
    return ScriptDirectory(str(HERE), version_locations=[str(folder) for folder in locations])


def upgrade(conn: Connection, scripts: ScriptDirectory, to: str | Sequence[str] = "heads") -> None:
    """Run what is missing in the given transaction."""

    def missing(reached: Any, _context: object) -> Any:
        return _missing(scripts, to, reached)

    with (
        _refusing_the_unknown(),
        EnvironmentContext(Config(), scripts, fn=missing, destination_rev=to) as environment,
    ):
        environment.configure(connection=conn, version_table=VERSION_TABLE)
        environment.run_migrations()


def revisions(conn: Connection) -> tuple[str, ...]:
    """The steps this database has reached, one for each branch."""
    return tuple(sorted(_heads(conn)))


def _heads(conn: Connection) -> tuple[str, ...]:
    if not sa.inspect(conn).has_table(VERSION_TABLE):
        return ()
    context = MigrationContext.configure(conn, opts={"version_table": VERSION_TABLE})
    return tuple(context.get_current_heads())


def _missing(scripts: ScriptDirectory, to: str | Sequence[str], reached: Sequence[str]) -> Any:
    """The steps still to run. What `alembic.command.upgrade` asks, which has no public name."""
    return scripts._upgrade_revs(to, reached)  # type: ignore[arg-type]  # typed narrower than it takes


@contextmanager
def _refusing_the_unknown() -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        raise Unavailable(
            Text(
                f"등록 데이터베이스가 이 프로그램보다 새롭거나 빠진 도메인이 있습니다({error})."
                " 프로그램을 올리거나 그 도메인을 설치하십시오.",
                f"the registry is newer than this program, or a domain is missing ({error})."
                " Upgrade the program or install the domain.",
            )
        ) from error


def _folders(room: str) -> list[Path]:
    spec = find_spec(room)
    if spec is None:
        return []
    places = [Path(place) / "migrations" for place in spec.submodule_search_locations or []]
    return [place for place in places if place.is_dir()]
