"""A permit as it is read: how it stands, what happened to it, who signed; and where its paper leads."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor
from sandan.clock import Period
from sandan.control.engine.permits import tell_step
from sandan.control.model.notices import Notice
from sandan.control.model.rights import PERMITS
from sandan.control.model.safety import LIVE, PermitState, WorkPermit
from sandan.control.records import safety as records
from sandan.control.records.notices import messages
from sandan.control.service.permits.keeping import PERMIT, need, tell
from sandan.control.service.permits.recording import post_faults, sign_in, signs_of
from sandan.errors import Conflict as Refused
from sandan.errors import Finding, InvalidInput, NotFound
from sandan.store import Event, Store
from sandan.words import Text

MOST_STEPS = 200
ON_THE_SPOT = frozenset({"supervisor", "tester"})
"""Who signs from a phone with the paper in the hand; a department signs from its account."""
MARK = 20
"""Letters of the mark on a permit's paper: 80 bits nobody guesses."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to a permit; `by` is a login."""

    at: datetime
    by: str
    text: Text


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature in a role: empty until somebody has signed."""

    role: str
    name: Text
    post: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A permit with its history, its signatures and the mark that its paper carries."""

    work: WorkPermit
    steps: Sequence[Step]
    signatures: Sequence[Signature]
    site_stopped: datetime | None
    mark: str
    told: Sequence[Notice] = ()
    """Whom it was told of, when its conditions changed."""

    @property
    def address(self) -> str:
        """Where the QR code leads: how the permit stands, for whoever has the paper."""
        return f"/permit/{self.work.id}/{self.mark}"


def read_paper(store: Store, actor: Actor, id: str) -> Paper:
    """A permit with all that is written on it; another firm's is not there."""
    actor.require(PERMITS)
    with store.registry.read() as conn:
        return _paper(store, conn, need(conn, actor, id))


def open_paper(store: Store, id: str, mark: str) -> Paper:
    """The permit whose paper somebody holds, without an account."""
    with store.registry.read() as conn:
        return _opened(store, conn, id, mark)


def sign_paper(store: Store, id: str, mark: str, role: str, post: str, now: datetime) -> None:
    """Sign on the spot, from a phone."""
    with store.registry.write() as conn:
        work = _opened(store, conn, id, mark).work
        if work.state not in LIVE or work.end <= now:
            raise Refused(Text("이미 끝난 작업입니다.", "This work is over."))
        if role not in ON_THE_SPOT:
            problem = Text("이 화면에서 서명하지 않는 칸입니다.", "is not signed here.")
            raise InvalidInput(
                [Finding("role", problem, Text("기업 계정으로 서명하십시오.", "sign in first."))]
            )
        sign_in(store, conn, SYSTEM, work, role, post, now)


def say_stopped(store: Store, id: str, mark: str, post: str, now: datetime) -> None:
    """Say from the spot that the work that was stopped has really stopped."""
    if faults := post_faults(post):
        raise InvalidInput(faults)
    with store.registry.write() as conn:
        paper = _opened(store, conn, id, mark)
        if paper.work.state is not PermitState.STOPPED:
            raise Refused(Text("중지된 작업이 아닙니다.", "This work is not stopped."))
        if paper.site_stopped is None:
            tell(store, conn, SYSTEM, paper.work, "SiteStopped", {"post": post.strip()}, now)


def _opened(store: Store, conn: Connection, id: str, mark: str) -> Paper:
    work = records.read_permit(conn, id)
    if work is not None:
        paper = _paper(store, conn, work)
        if paper.mark and hmac.compare_digest(paper.mark.encode(), mark.encode()):
            return paper
    raise NotFound(PERMIT, "…")


def _paper(store: Store, conn: Connection, work: WorkPermit) -> Paper:
    events = store.events.find(conn, subject=work.id, limit=MOST_STEPS)
    told = [(one, tell_step(one.kind, one.payload)) for one in events]
    signed = {str(one.payload.get("role")): one for one in reversed(events) if one.kind == "PermitSigned"}
    began = next((one.hash for one in store.events.find(conn, subject=work.id, kind="PermitAsked")), "")
    stopped = next((one for one in events if one.kind in ("PermitStopped", "PermitSuspended")), None)
    said = next((one.at for one in events if one.kind == "SiteStopped"), None)
    return Paper(
        work,
        [Step(one.at, one.actor, text) for one, text in told if text is not None],
        [_signature(role, name, signed.get(role)) for role, name in signs_of(work.kind).items()],
        said if said is not None and stopped is not None and said >= stopped.at else None,
        hashlib.sha256(f"permit {began}".encode()).hexdigest()[:MARK] if began else "",
        messages.find_notices(conn, work.id),
    )


def _signature(role: str, name: Text, event: Event | None) -> Signature:
    if event is None:
        return Signature(role, name)
    return Signature(role, name, str(event.payload.get("post", "")), event.at)


def list_permits(store: Store, actor: Actor, period: Period, now: datetime) -> list[WorkPermit]:
    """Permits of a period, and whenever it is what waits for a decision; of a firm only its own."""
    actor.require(PERMITS)
    with store.registry.read() as conn:
        found = records.find_permits(conn, tenant=actor.tenant, during=period)
        waiting = records.find_permits(
            conn, tenant=actor.tenant, states={PermitState.ASKED}, ending_after=now
        )
    known = {one.id for one in found}
    every = [*found, *(one for one in waiting if one.id not in known)]
    return sorted(every, key=lambda one: (one.start, one.id))
