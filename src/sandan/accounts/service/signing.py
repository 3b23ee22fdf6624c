"""Signing in and out: sessions, and the door that slows down whoever guesses.

Whatever is wrong (no such person, a wrong password, a disabled account), the answer is one and
the same and takes the same time. Nobody can be locked out for ever: windows move on, and an address
from which a person has signed in before is not held to what strangers do with that person's login.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.accounts import records
from sandan.accounts.engine import LONGEST, fingerprint, neighbourhood, normal_login
from sandan.accounts.model import OWN, Account, Session, SessionLimits
from sandan.accounts.service.hashing import decoy, matches, new_secret
from sandan.accounts.service.people import own_account, refresh_hash
from sandan.errors import InvalidInput, NotAllowed
from sandan.settings import Settings
from sandan.store import Store
from sandan.web.errors import TooMany
from sandan.web.guard import Pace
from sandan.web.session import NOBODY
from sandan.words import Text

BY_PAIR = "10 per 10 minutes"
BY_ADDRESS = "60 per 10 minutes"  # a whole office may sit behind one address
BY_LOGIN = "60 per hour"
REMEMBERED = 10_000
TOUCH_EVERY = timedelta(minutes=5)
DAYS = 14


class WrongSignIn(NotAllowed):
    """The one answer to every sign-in that fails."""

    def __init__(self) -> None:
        super().__init__(
            Text("아이디 또는 비밀번호가 맞지 않습니다.", "The login or the password is not right.")
        )


class Door:
    """Counts attempts by person and by address, in the memory of one process."""

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = Lock()
        decoy()  # made now, so that the first stranger's answer is as quick as the next

    def knock(self, login: str, address: str) -> None:
        """Count an attempt; `TooMany` when there were too many of the kind."""
        place = neighbourhood(address)
        if not self._pace.allows(BY_ADDRESS, "sign-in", place):
            raise TooMany
        if not self._pace.allows(BY_PAIR, "sign-in", login, place):
            raise TooMany
        with self._lock:
            known = (login, place) in self._known
        if not known and not self._pace.allows(BY_LOGIN, "sign-in", login):
            raise TooMany

    def welcome(self, login: str, address: str) -> None:
        """Remember that this person comes from this address."""
        with self._lock:
            self._known[login, neighbourhood(address)] = None
            self._known.move_to_end((login, neighbourhood(address)))
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: the browser's token, shown to nobody else, and whose it is."""

    token: str
    account: Account


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a sign-in comes from, for the person to recognise it by."""

    address: str
    agent: str = ""


def session_limits(settings: Settings) -> SessionLimits:
    """`[web] session_hours` without use, `[accounts] session_days` in all."""
    days = settings.table("accounts").get("session_days", DAYS)
    if not isinstance(days, int) or not 1 <= days <= 90:
        raise InvalidInput.because(
            "[accounts] session_days",
            Text(f"'{days}'은(는) 쓸 수 없는 값입니다.", f"'{days}' is not a usable value."),
            Text("1에서 90 사이의 일수를 적으십시오.", "write a number of days from 1 to 90."),
        )
    return SessionLimits(timedelta(hours=settings.web.session_hours), timedelta(days=days))


def sign_in(
    store: Store,
    door: Door,
    login: str,
    password: str,
    visitor: Visitor,
    limits: SessionLimits,
    now: datetime,
) -> Opened:
    """A session for whoever gives the right password; `WrongSignIn` or `TooMany` otherwise."""
    login, password = normal_login(login)[:64], password[: LONGEST + 1]
    door.knock(login, visitor.address)
    with store.registry.read() as conn:
        found = records.find_account(conn, login)
        sealed = records.password_of(conn, login)
    right = matches(sealed, password)
    if found is None or sealed is None or not right or found.disabled or found.simulated:
        _record_failure(store, found, visitor, now)
        raise WrongSignIn
    with store.registry.write() as conn:
        found = records.get_account(conn, login)
        if found.disabled or records.password_of(conn, login) != sealed:
            raise WrongSignIn  # shut out while the password was being checked
        refresh_hash(conn, login, sealed, password)
        opened = _open(store, conn, found, visitor, limits, now)
    door.welcome(login, visitor.address)
    return opened


def sign_in_simulated(
    store: Store, login: str, visitor: Visitor, limits: SessionLimits, now: datetime
) -> Opened:
    """A session on a demo's account, without a password; the caller has made sure this is a demo."""
    with store.registry.write() as conn:
        found = records.get_account(conn, login)
        if not found.simulated or found.disabled:
            raise NotAllowed(Text("모의 계정이 아닙니다.", "This is no simulated account."))
        return _open(store, conn, found, visitor, limits, now)


def _open(
    store: Store,
    conn: Connection,
    account: Account,
    visitor: Visitor,
    limits: SessionLimits,
    now: datetime,
) -> Opened:
    token = new_secret()
    agent = "".join(c for c in visitor.agent if c.isprintable())[:200]
    records.clear_sessions(conn, seen_before=now - limits.idle, created_before=now - limits.longest)
    records.add_session(
        conn, Session(fingerprint(token), account.login, now, now, visitor.address[:64], agent)
    )
    records.change_account(conn, account.login, signed_in_at=now)
    store.events.append(
        conn,
        "SignedIn",
        actor=account.actor(),
        subject=account.subject,
        payload={"address": visitor.address[:64]},
        at=now,
        tenant=account.tenant,
    )
    return Opened(token, account)


def _record_failure(store: Store, found: Account | None, visitor: Visitor, now: datetime) -> None:
    """What was typed is not kept when nobody has that login: it may be a password in the wrong field."""
    why = "unknown" if found is None else "disabled" if found.disabled else "password"
    with store.registry.write() as conn:
        store.events.append(
            conn,
            "SignInFailed",
            actor=NOBODY,
            subject="account" if found is None else found.subject,
            payload={"address": visitor.address[:64], "why": why},
            at=now,
            tenant=None if found is None else found.tenant,
        )


def find_session(
    store: Store, token: str, limits: SessionLimits, now: datetime, *, demo: bool = False
) -> tuple[Session, Account] | None:
    """Whose browser this is; its idle time begins anew. A demo's accounts exist in a demo only."""
    id = fingerprint(token)
    with store.registry.read() as conn:
        found = records.session_with_account(conn, id)
    if found is None:
        return None
    session, account = found
    if account.disabled or limits.ended(session, now) or (account.simulated and not demo):
        return None
    if now - session.seen_at >= TOUCH_EVERY:
        with store.registry.write() as conn:
            records.touch_session(conn, id, now)
    return found


def sign_out(store: Store, actor: Actor, token: str, now: datetime) -> None:
    """End this browser's session."""
    with store.registry.write() as conn:
        found = records.session_with_account(conn, fingerprint(token))
        if found is None or found[1].login != actor.id:
            return
        records.remove_sessions(conn, actor.id, only=found[0].id)
        store.events.append(
            conn,
            "SignedOut",
            actor=actor,
            subject=found[1].subject,
            payload={},
            at=now,
            tenant=found[1].tenant,
        )


def own_sessions(store: Store, actor: Actor, limits: SessionLimits, now: datetime) -> list[Session]:
    """Where a person is signed in."""
    actor.require(OWN)
    with store.registry.read() as conn:
        return [s for s in records.sessions_of(conn, actor.id) if not limits.ended(s, now)]


def end_own_sessions(
    store: Store, actor: Actor, now: datetime, *, only: str | None = None, but: str | None = None
) -> int:
    """Sign a person out elsewhere: everywhere, of one session, or everywhere but here."""
    actor.require(OWN)
    with store.registry.write() as conn:
        own = own_account(conn, actor)
        ended = records.remove_sessions(conn, own.login, only=only, but=but)
        if ended:
            store.events.append(
                conn,
                "SessionsEnded",
                actor=actor,
                subject=own.subject,
                payload={"sessions_ended": ended},
                at=now,
                tenant=own.tenant,
            )
    return ended
