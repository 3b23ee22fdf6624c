"""What runs here, without its secrets, and who may do what."""

from __future__ import annotations

import platform
import re
from dataclasses import fields, is_dataclass
from importlib.metadata import PackageNotFoundError, version

from starlette.responses import Response

from sandan.access import ROLE_NAMES, Role
from sandan.accounts.model import INSPECT, OWN
from sandan.accounts.pages.visitor import tabs
from sandan.accounts.records import registry_size
from sandan.domain import Here, Visit
from sandan.web import Routes

settings_routes = Routes("accounts")
_ADDRESS = re.compile(r"[\w+.-]+://([^@/?#]*@)?(?P<place>[^@?#]*)([?#][^@]*)?")
PARTS = ("sandan", "fastapi", "uvicorn", "sqlalchemy", "chdb", "pyarrow", "paho-mqtt", "asyncua", "pymodbus")


@settings_routes.page("/settings", permission=OWN)
def settings_page(here: Here) -> Response:
    """Language and theme for everybody; what runs, for staff."""
    running = _running(here) if here.actor.may(INSPECT) else None
    return here.render("accounts/settings.html", tabs=tabs(here), running=running)


def _running(here: Visit) -> dict[str, object]:
    store, house = here.store, here.house
    with store.registry.read() as conn:
        registry_bytes = registry_size(conn)
        server = ".".join(str(part) for part in conn.dialect.server_version_info or ())
        dialect = conn.dialect.name
    return {
        "versions": [("Python", platform.python_version()), (dialect, server), *_versions()],
        "settings": _settings(here),
        "registry_bytes": registry_bytes,
        "historian_bytes": store.historian.size(),
        "samples": store.historian.count(),
        "viewers": house.live.viewers,
        "process": sorted(house.roles),
        "roles": [(role, ROLE_NAMES[role]) for role in Role],
        "domains": [
            (domain.title, sorted(domain.permissions, key=lambda permission: permission.id))
            for domain in house.domains
            if domain.permissions
        ],
    }


def _versions() -> list[tuple[str, str]]:
    found = []
    for part in PARTS:
        try:
            found.append((part, version(part)))
        except PackageNotFoundError:
            continue
    return found


def _settings(here: Visit) -> list[tuple[str, str]]:
    """Names as in `sandan.toml`; an address loses the name and password in it."""
    settings = here.house.settings
    rows = []
    for section in ("store", "web"):
        table = getattr(settings, section)
        assert is_dataclass(table)
        rows += [(f"[{section}] {f.name}", _shown(getattr(table, f.name))) for f in fields(table)]
    return rows


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return without_credentials(text) if "://" in text else text


def without_credentials(url: str) -> str:
    """`postgresql://u:p@host/name?x=y` as `postgresql://host/name`; what is not plain is not shown."""
    plain = _ADDRESS.fullmatch(url)
    return f"{url.partition('://')[0]}://{plain['place'] if plain else '…'}"
