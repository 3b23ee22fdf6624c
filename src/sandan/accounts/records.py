"""The tables of accounts, and the only SQL that touches them.

Hashes of passwords and tokens are compared here and handed out only where one must be verified.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.access import Role
from sandan.accounts.model import ACCOUNT, Account, Session, Token
from sandan.errors import NotFound
from sandan.store import Identifier, Instant, metadata

account = sa.Table(
    "account",
    metadata,
    sa.Column("login", Identifier, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("tenant", Identifier, sa.ForeignKey("thing.id")),
    sa.Column("language", Identifier, nullable=False),
    sa.Column("password", sa.Text),  # an argon2id hash; null: no password opens this account
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("signed_in_at", Instant),
    sa.Index(None, "tenant"),
)

session = sa.Table(
    "account_session",
    metadata,
    sa.Column("id", Identifier, primary_key=True),  # the SHA-256 of the browser's token
    sa.Column("account", Identifier, sa.ForeignKey("account.login"), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("agent", sa.Text, nullable=False),
    sa.Index(None, "account"),
    sa.Index(None, "seen_at"),
)

token = sa.Table(
    "account_token",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("account", Identifier, sa.ForeignKey("account.login"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("hash", Identifier, nullable=False, unique=True),
    sa.Column("scope", sa.JSON, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
    sa.Column("revoked_at", Instant),
    sa.Index(None, "account"),
)

_PUBLIC = [column for column in account.c if column.name != "password"]
_TOKEN = [column for column in token.c if column.name != "hash"]


def _account(row: Row[Any]) -> Account:
    values = {column.name: row._mapping[column] for column in _PUBLIC}
    return Account(**{**values, "roles": frozenset(Role(role) for role in values["roles"])})


def _token(row: Row[Any]) -> Token:
    values = {column.name: row._mapping[column] for column in _TOKEN}
    return Token(**{**values, "scope": frozenset(values["scope"])})


def _session(row: Row[Any]) -> Session:
    return Session(**{column.name: row._mapping[column] for column in session.c})


def add_account(conn: Connection, new: Account, password: str | None) -> None:
    """Keep a new account; `password` is a hash."""
    conn.execute(
        sa.insert(account).values(
            login=new.login,
            name=new.name,
            roles=_listed(new.roles),
            tenant=new.tenant,
            language=new.language,
            password=password,
            must_change=new.must_change,
            disabled=new.disabled,
            simulated=new.simulated,
            created_at=new.created_at,
            signed_in_at=new.signed_in_at,
        )
    )


def change_account(conn: Connection, login: str, **values: object) -> None:
    """Set columns of one account; roles may be given as a set."""
    roles = values.get("roles")
    if isinstance(roles, frozenset):
        values["roles"] = _listed(roles)
    conn.execute(sa.update(account).where(account.c.login == login).values(values))


def _listed(roles: Iterable[Role]) -> list[str]:
    return sorted(role.value for role in roles)


def find_account(conn: Connection, login: str) -> Account | None:
    row = conn.execute(sa.select(*_PUBLIC).where(account.c.login == login)).one_or_none()
    return None if row is None else _account(row)


def get_account(conn: Connection, login: str) -> Account:
    """The account, or `NotFound`."""
    found = find_account(conn, login)
    if found is None:
        raise NotFound(ACCOUNT, login)
    return found


def list_accounts(conn: Connection, *, text: str = "", simulated: bool | None = None) -> list[Account]:
    """Accounts by login; `text` occurs in the login, the name or the firm's id."""
    query = sa.select(*_PUBLIC).order_by(account.c.login)
    if text:
        columns = (account.c.login, account.c.name, account.c.tenant)
        query = query.where(sa.or_(*(column.icontains(text, autoescape=True) for column in columns)))
    if simulated is not None:
        query = query.where(account.c.simulated == simulated)
    return [_account(row) for row in conn.execute(query)]


def password_of(conn: Connection, login: str) -> str | None:
    """The hash to verify against; nothing else may ask."""
    return conn.scalar(sa.select(account.c.password).where(account.c.login == login))


def add_session(conn: Connection, new: Session) -> None:
    conn.execute(
        sa.insert(session).values(
            id=new.id,
            account=new.account,
            created_at=new.created_at,
            seen_at=new.seen_at,
            address=new.address,
            agent=new.agent,
        )
    )


def session_with_account(conn: Connection, id: str) -> tuple[Session, Account] | None:
    """A session and whose it is, in one look."""
    query = sa.select(session, *_PUBLIC).join(account).where(session.c.id == id)
    row = conn.execute(query).one_or_none()
    return None if row is None else (_session(row), _account(row))


def touch_session(conn: Connection, id: str, now: datetime) -> None:
    conn.execute(sa.update(session).where(session.c.id == id).values(seen_at=now))


def sessions_of(conn: Connection, login: str) -> list[Session]:
    """The newest first, ended ones that were not yet cleared among them."""
    query = sa.select(session).where(session.c.account == login).order_by(session.c.seen_at.desc())
    return [_session(row) for row in conn.execute(query)]


def remove_sessions(conn: Connection, login: str, *, only: str | None = None, but: str | None = None) -> int:
    """End a person's sessions: all, `only` one, or all `but` one; how many there were."""
    query = sa.delete(session).where(session.c.account == login)
    if only is not None:
        query = query.where(session.c.id == only)
    if but is not None:
        query = query.where(session.c.id != but)
    return conn.execute(query).rowcount


def clear_sessions(conn: Connection, *, seen_before: datetime, created_before: datetime) -> None:
    """Forget sessions nobody can use any more."""
    old = sa.or_(session.c.seen_at < seen_before, session.c.created_at < created_before)
    conn.execute(sa.delete(session).where(old))


def add_token(conn: Connection, new: Token, hash: str) -> None:
    conn.execute(
        sa.insert(token).values(
            id=new.id,
            account=new.account,
            name=new.name,
            hash=hash,
            scope=sorted(new.scope),
            created_at=new.created_at,
            expires_at=new.expires_at,
        )
    )


def token_with_account(conn: Connection, hash: str) -> tuple[Token, Account] | None:
    """A token and whose it is, in one look."""
    query = sa.select(*_TOKEN, *_PUBLIC).join(account).where(token.c.hash == hash)
    row = conn.execute(query).one_or_none()
    return None if row is None else (_token(row), _account(row))


def tokens_of(conn: Connection, login: str) -> list[Token]:
    """The newest first."""
    query = sa.select(*_TOKEN).where(token.c.account == login).order_by(token.c.created_at.desc(), token.c.id)
    return [_token(row) for row in conn.execute(query)]


def touch_token(conn: Connection, id: str, now: datetime) -> None:
    conn.execute(sa.update(token).where(token.c.id == id).values(used_at=now))


def revoke_tokens(conn: Connection, login: str, now: datetime, *, only: str | None = None) -> int:
    """Close a person's open tokens, or `only` one; how many were open."""
    query = sa.update(token).where(token.c.account == login, token.c.revoked_at.is_(None))
    if only is not None:
        query = query.where(token.c.id == only)
    return conn.execute(query.values(revoked_at=now)).rowcount


def registry_size(conn: Connection) -> int:
    """Bytes the registry's database takes on disk."""
    if conn.dialect.name == "postgresql":
        return conn.scalar(sa.select(sa.func.pg_database_size(sa.func.current_database()))) or 0
    pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
    return int(pages) * int(conn.exec_driver_sql("PRAGMA page_size").scalar_one())
