"""What happens to alarms, written down: the alarm, its occurrence and the event in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.control.engine.alarms.lifecycle import LifecycleParams, advance
from sandan.control.model.alarms import ASIDE, Act, Alarm, AlarmState, Event, Refusal, Transition, Verdict
from sandan.control.model.rights import OPERATE
from sandan.control.records.alarms import (
    Occurrence,
    last_occurrences,
    occurrences,
    put_alarms,
    put_occurrences,
    read_alarms,
    unanswered,
)
from sandan.errors import NotFound
from sandan.store import Fact, Json, Store
from sandan.words import Text

KINDS: Mapping[Act, str] = {
    Act.RAISE: "AlarmRaised",
    Act.RETURN: "AlarmReturned",
    Act.FIND: "AlarmFound",
    Act.ACKNOWLEDGE: "AlarmAcknowledged",
    Act.RESET: "AlarmReset",
    Act.SHELVE: "AlarmShelved",
    Act.UNSHELVE: "AlarmUnshelved",
    Act.EXPIRE: "AlarmShelfExpired",
    Act.SUPPRESS: "AlarmSuppressed",
    Act.RELEASE: "AlarmReleased",
    Act.TAKE_OUT: "AlarmTakenOut",
    Act.PUT_BACK: "AlarmPutBack",
}
"""The events of the log, by what happened."""
Asked = tuple[str, Event]
"""An alarm's id and what is to happen to it."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What came of it: the transitions in their order, and what was refused with the reason."""

    done: Sequence[Transition] = field(default_factory=tuple)
    refused: Sequence[Refusal] = field(default_factory=tuple)


def handle(store: Store, actor: Actor, asked: Sequence[Asked], now: datetime, longest_shelf: float) -> Steps:
    """Do what a person asked for with alarms that there are; `longest_shelf` in hours.

    Raises `NotAllowed`. What an alarm's state does not allow comes back in `refused`; the rest is done.
    """
    actor.require(OPERATE)
    with store.registry.write() as conn:
        return take_steps(store, conn, asked, actor, now, LifecycleParams.of_hours(longest_shelf))


def judge(store: Store, actor: Actor, id: str, number: int, verdict: Verdict, now: datetime) -> None:
    """Say what an occurrence turned out to be; a later verdict takes the place of an earlier.

    Raises `NotAllowed`, `NotFound`.
    """
    actor.require(OPERATE)
    with store.registry.write() as conn:
        found = next((one for one in occurrences(conn, alarms=[id]) if one.number == number), None)
        if found is None:
            raise NotFound(Text("경보", "alarm"), f"{id} #{number}")
        put_occurrences(conn, [replace(found, verdict=verdict.value)])
        said = {"occurrence": number, "verdict": verdict.value}
        store.events.append(
            conn, "AlarmJudged", actor=actor, subject=id, payload=said, at=now, tenant=found.tenant
        )


def take_steps(
    store: Store,
    conn: Connection,
    asked: Sequence[Asked],
    actor: Actor,
    now: datetime,
    params: LifecycleParams | None = None,
    make: Callable[[str], Alarm] | None = None,
) -> Steps:
    """Advance alarms one event after the other and write what came of it.

    `make` gives the alarm of an id that has never been raised before; without it such an id is
    passed over. The alarm that comes again takes tenant and priority from `make` too.
    """
    ids = list(dict.fromkeys(id for id, _ in asked))
    alarms = read_alarms(conn, ids)
    book = _Book(conn, alarms)
    done: list[Transition] = []
    refused: list[Refusal] = []
    for id, event in asked:
        found = _current(id, event, alarms, make)
        if found is None or (event.act is Act.FIND and book.holds(id, event.began)):
            continue
        step = advance(found, event, now, actor.id, params)
        if isinstance(step, Refusal):
            refused.append(step)
            continue
        alarms[id], transition = step
        book.note(alarms[id], transition)
        done.append(transition)
    touched = dict.fromkeys(transition.alarm for transition in done)
    put_alarms(conn, [(alarms[id], _is_open(alarms[id], now)) for id in touched])
    put_occurrences(conn, book.written())
    _log(store, conn, done, alarms, actor, now)
    return Steps(done, refused)


def _current(
    id: str, event: Event, alarms: Mapping[str, Alarm], make: Callable[[str], Alarm] | None
) -> Alarm | None:
    found = alarms.get(id)
    if make is None or event.act not in (Act.RAISE, Act.FIND):
        return found
    fresh = make(id)
    if found is None:
        return fresh
    return replace(found, tenant=fresh.tenant, priority=fresh.priority, latching=fresh.latching)


def _is_open(alarm: Alarm, now: datetime) -> bool:
    return alarm.state(now) is not AlarmState.NORMAL


class _Book:
    """The occurrences that change with a run of transitions."""

    def __init__(self, conn: Connection, alarms: Mapping[str, Alarm]) -> None:
        self._known: dict[str, dict[int, Occurrence]] = defaultdict(dict)
        for row in (*last_occurrences(conn, alarms).values(), *unanswered(conn, alarms)):
            self._known[row.alarm][row.number] = row
        self._touched: dict[tuple[str, int], Occurrence] = {}

    def note(self, alarm: Alarm, transition: Transition) -> None:
        """Take in what happened to `alarm`, as it stands after it."""
        event, now = transition.event, transition.at
        key = (alarm.id, transition.occurrence)
        mine = self._known[alarm.id]
        before = mine.get(transition.occurrence)
        match event.act:
            case Act.RAISE | Act.FIND:
                self._put(
                    Occurrence(
                        *key,
                        alarm.tenant,
                        int(alarm.priority),
                        raised=event.began or now,
                        told=now,
                        acknowledged=None,
                        acknowledged_by=None,
                        returned=now if event.act is Act.FIND else None,
                        value=event.value,
                        late=event.late or event.act is Act.FIND,
                        hidden=transition.after in ASIDE,
                    )
                )
            case Act.SUPPRESS if before is not None and before.told == now:
                self._put(replace(before, hidden=True))  # nobody has seen it
            case Act.RETURN if before is not None:
                self._put(replace(before, returned=alarm.returned))
            case Act.ACKNOWLEDGE:
                for row in list(mine.values()):
                    if row.acknowledged is None:
                        self._put(replace(row, acknowledged=now, acknowledged_by=transition.by))

    def holds(self, id: str, at: datetime | None) -> bool:
        """Whether the last occurrence known was there at that time: then late data brings no news."""
        mine = self._known[id]
        last = mine[max(mine)] if mine else None
        if last is None or at is None:
            return False
        return last.raised <= at and (last.returned is None or at <= last.returned)

    def written(self) -> list[Occurrence]:
        return list(self._touched.values())

    def _put(self, row: Occurrence) -> None:
        self._known[row.alarm][row.number] = self._touched[row.alarm, row.number] = row


def _log(
    store: Store,
    conn: Connection,
    done: Sequence[Transition],
    alarms: Mapping[str, Alarm],
    actor: Actor,
    now: datetime,
) -> None:
    facts = [Fact(KINDS[t.event.act], t.alarm, _payload(t), alarms[t.alarm].tenant) for t in done]
    store.events.extend(conn, facts, actor=actor, at=now)


def _payload(transition: Transition) -> dict[str, Json]:
    event = transition.event
    return {
        "occurrence": transition.occurrence,
        "before": transition.before.value,
        "after": transition.after.value,
        "value": event.value,
        "began": event.began.isoformat() if event.began else None,
        "until": event.until.isoformat() if event.until else None,
        "reason": event.reason,
        "late": event.late,
    }
