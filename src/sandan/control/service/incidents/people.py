"""Names of those who acted: events and records keep logins, people read names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.control.records.incidents import cases
from sandan.store import Store


def display_names(store: Store, actor: Actor, logins: Collection[str]) -> dict[str, str]:
    """What to call each of these to `actor`: the account's name, else the login itself.

    The people of a firm are given the names of their own firm's accounts alone.
    """
    with store.registry.read() as conn:
        return names_in(conn, logins, actor.tenant)


def names_in(conn: Connection, logins: Collection[str], tenant: str | None = None) -> dict[str, str]:
    """The same, in a transaction that is open; two accounts of one name are told apart by their logins."""
    known = {
        login: name.strip()
        for login, name in cases.account_names(conn, logins, tenant).items()
        if name.strip()
    }
    same = Counter(known.values())
    return {
        login: login
        if login not in known
        else known[login]
        if same[known[login]] == 1
        else f"{known[login]} ({login})"
        for login in logins
    }


def name_in(conn: Connection, login: str | None) -> str:
    """What to call one of them among the staff."""
    return "" if login is None else names_in(conn, [login])[login]
