"""Tokens for programs: named, narrow, of limited life, shown once.

A token never does more than its owner may at that moment, and never touches accounts: one that
leaks cannot make another.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sandan.access import Actor, Permission
from sandan.accounts import records
from sandan.accounts.engine import fingerprint
from sandan.accounts.model import INSPECT, MANAGE, OWN, Account, Token
from sandan.accounts.service.hashing import new_secret
from sandan.accounts.service.people import own_account
from sandan.errors import Finding, InvalidInput, NotFound
from sandan.store import Store
from sandan.web.routes import SIGNED_IN
from sandan.words import Text

PREFIX = "sandan_"
LONGEST_DAYS = 365
MOST = 50
TOUCH_EVERY = timedelta(minutes=5)
_NEVER = frozenset({OWN.id, MANAGE.id, INSPECT.id})


def grantable(actor: Actor, permissions: Iterable[Permission]) -> list[Permission]:
    """What `actor` may hand to a program."""
    return [p for p in permissions if p.id not in _NEVER and actor.may(p)]


def issue_token(
    store: Store,
    actor: Actor,
    name: str,
    scope: Collection[str],
    days: int,
    permissions: Iterable[Permission],
    now: datetime,
    *,
    by: Actor | None = None,
) -> tuple[Token, str]:
    """A new token of the actor's own, and the secret that is never shown again.

    `by` is who did it, when that was somebody else on the actor's behalf.
    """
    actor.require(OWN)
    allowed = {permission.id for permission in grantable(actor, permissions)}
    findings = _check(name, scope, days, allowed)
    with store.registry.write() as conn:
        own = own_account(conn, actor)
        if sum(token.open_at(now) for token in records.tokens_of(conn, own.login)) >= MOST:
            findings.append(
                Finding(
                    "name",
                    Text(f"토큰이 이미 {MOST}개 있습니다.", f"there are {MOST} tokens already."),
                    Text("쓰지 않는 것을 폐기하십시오.", "revoke those not in use."),
                )
            )
        if findings:
            raise InvalidInput(findings)
        secret = PREFIX + new_secret()
        token = Token(
            secrets.token_hex(6),
            own.login,
            name.strip(),
            frozenset(scope),
            now,
            now + timedelta(days=days),
        )
        records.add_token(conn, token, fingerprint(secret))
        store.events.append(
            conn,
            "TokenIssued",
            actor=by or actor,
            subject=own.subject,
            payload={
                "token": token.id,
                "name": token.name,
                "scope": sorted(token.scope),
                "expires_at": token.expires_at.isoformat(),
            },
            at=now,
            tenant=own.tenant,
        )
    return token, secret


def _check(name: str, scope: Collection[str], days: int, allowed: Collection[str]) -> list[Finding]:
    findings = []
    if not 1 <= len(name.strip()) <= 80 or not name.isprintable():
        findings.append(
            Finding(
                "name",
                Text("토큰 이름이 없거나 너무 깁니다.", "the token's name is missing or too long."),
                Text("어느 프로그램이 쓰는지 적으십시오.", "say which program uses it."),
            )
        )
    if not 1 <= days <= LONGEST_DAYS:
        findings.append(
            Finding(
                "days",
                Text(f"{days}일은 쓸 수 없는 기간입니다.", f"{days} days cannot be."),
                Text(f"1일에서 {LONGEST_DAYS}일 사이로 정하십시오.", f"choose 1 to {LONGEST_DAYS} days."),
            )
        )
    if not scope:
        findings.append(
            Finding(
                "scope",
                Text("권한이 하나도 없습니다.", "it has no right at all."),
                Text("이 프로그램에 필요한 권한을 고르십시오.", "choose what the program needs."),
            )
        )
    for id in sorted(set(scope) - set(allowed)):
        findings.append(
            Finding(
                "scope",
                Text(f"'{id}' 권한은 줄 수 없습니다.", f"the right '{id}' is not yours to give."),
                Text("자신이 가진 권한 안에서 고르십시오.", "choose among your own."),
            )
        )
    return findings


def find_token(
    store: Store, secret: str, now: datetime, *, demo: bool = False
) -> tuple[Token, Account] | None:
    """Whose program this is, if the token and its owner are still good."""
    if not secret.startswith(PREFIX):
        return None
    with store.registry.read() as conn:
        found = records.token_with_account(conn, fingerprint(secret))
    if found is None:
        return None
    token, account = found
    if not token.open_at(now) or account.disabled or (account.simulated and not demo):
        return None
    if token.used_at is None or now - token.used_at >= TOUCH_EVERY:
        with store.registry.write() as conn:
            records.touch_token(conn, token.id, now)
    return found


def actor_of_token(token: Token, account: Account) -> Actor:
    """Its owner, narrowed to the token's scope and what anyone signed in may do."""
    return account.actor(token.scope | {SIGNED_IN.id})


def own_tokens(store: Store, actor: Actor) -> list[Token]:
    actor.require(OWN)
    with store.registry.read() as conn:
        return records.tokens_of(conn, actor.id)


def revoke_token(store: Store, actor: Actor, id: str, now: datetime) -> None:
    """Close one of the actor's own tokens; closed ones stay listed."""
    actor.require(OWN)
    with store.registry.write() as conn:
        own = own_account(conn, actor)
        if not any(token.id == id for token in records.tokens_of(conn, own.login)):
            raise NotFound(Text("토큰", "token"), id)
        if records.revoke_tokens(conn, own.login, now, only=id):
            store.events.append(
                conn,
                "TokenRevoked",
                actor=actor,
                subject=own.subject,
                payload={"token": id},
                at=now,
                tenant=own.tenant,
            )
