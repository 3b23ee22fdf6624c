"""What comes back: a notice opened, answered, a call somebody made."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor
from sandan.control.model.notices import UNANSWERED, Answer, CallOutcome, Notice
from sandan.control.model.rights import OPERATE
from sandan.control.records.notices import calls, contact_book, messages
from sandan.control.service.incidents.changing import checked_moment
from sandan.control.service.notices.steps import tick_told
from sandan.errors import InvalidInput, NotFound
from sandan.store import Store
from sandan.words import Text

LONGEST_TEXT = 500
_EVENTS = {
    Answer.SEEN: "NoticeAnswered",
    Answer.HELP: "HelpAsked",
    Answer.WRONG: "NoticeMisdirected",
}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")


def open_notice(store: Store, token: str) -> Notice:
    """The notice behind a link."""
    if _TOKEN.fullmatch(token):
        with store.registry.read() as conn:
            found = messages.read_notice(conn, token=token)
        if found is not None:
            return found
    raise NotFound(Text("알림", "notice"), "…")


def mark_read(store: Store, token: str, now: datetime) -> None:
    """Note when it was first on somebody's screen.

    The page's picture says so and not the page: messengers fetch every address to show what is behind it.
    """
    if open_notice(store, token).read is not None:
        return
    with store.registry.write() as conn:
        notice = messages.read_notice(conn, token=token)
        if notice is not None and notice.read is None:
            messages.mark_notice(conn, notice.id, read=now)
            _say(store, conn, "NoticeRead", notice, now)


def answer(store: Store, token: str, given: Answer, now: datetime) -> Notice:
    """Note the answer; a call for help may follow "I have read this", never the other way round.

    Whoever says that it is not for them has not answered for the organisation: its next contact is told now.
    """
    open_notice(store, token)
    with store.registry.write() as conn:
        notice = messages.read_notice(conn, token=token)
        assert notice is not None
        settled = notice.answer is Answer.HELP or (notice.answered is not None and given is Answer.WRONG)
        if notice.answer is given or settled:
            return notice
        said = {"answer": given.value, "read": notice.read or now}
        if given is not Answer.WRONG:
            said["answered"] = notice.answered or now
        elif notice.phase not in UNANSWERED:
            said["answer_by"] = now
        messages.mark_notice(conn, notice.id, **said)
        _say(store, conn, _EVENTS[given], notice, now)
        changed = messages.read_notice(conn, token=token)
    assert changed is not None
    return changed


def record_call(
    store: Store,
    actor: Actor,
    incident: str,
    contact: str,
    outcome: CallOutcome,
    text: str,
    now: datetime,
    happened: datetime | None = None,
    step: int = 0,
) -> int:
    """Keep a call that a person made about an incident, `happened` when they say it was; its number.

    `step` is the task it was made for.
    """
    actor.require(OPERATE)
    if len(text) > LONGEST_TEXT:
        raise InvalidInput.because(
            "text",
            Text(f"{LONGEST_TEXT}자를 넘습니다.", f"is longer than {LONGEST_TEXT} characters."),
            Text("짧게 적으십시오.", "shorten it."),
        )
    made = checked_moment("happened", happened, now)
    said = {} if happened is None else {"happened": made.isoformat()}
    with store.registry.write() as conn:
        found = next((one for one in contact_book.read_contacts(conn) if one.id == contact), None)
        if found is None:
            raise NotFound(Text("연락처", "contact"), contact)
        id = calls.add_call(
            conn,
            incident=incident,
            contact=found.id,
            organisation=found.organisation,
            post=found.post,
            tenant=found.tenant,
            at=made,
            by=actor.id,
            outcome=outcome.value,
            text=text.strip(),
        )
        store.events.append(
            conn,
            "CallReached" if outcome is CallOutcome.REACHED else "CallMissed",
            actor=actor,
            subject=incident,
            payload={
                "call": id,
                "organisation": found.organisation,
                "post": found.post,
                "outcome": outcome.value,
                "text": text.strip(),
                "steps": [step] if step else [],
                **said,
            },
            at=now,
            tenant=found.tenant,
        )
        tick_told(store, conn, incident, now)
    return id


def _say(store: Store, conn: Connection, kind: str, notice: Notice, now: datetime) -> None:
    store.events.append(
        conn,
        kind,
        actor=SYSTEM,
        subject=notice.incident,
        payload={"notice": notice.id, "organisation": notice.organisation, "post": notice.post},
        at=now,
        tenant=notice.tenant,
    )
