"""When a step that tells somebody is done: everybody it names has been told, for that step, and by what.

A telling chosen for a step is for that step. One that was not is for the first step that names the group: who
was told of a fire was told of the fire, and not yet given the list of what burns.

Told is what left the house and what a person states, never a decision to tell: a notice that is on its way,
failed or waits for the end of quiet hours leaves its step open, and says who is still without word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandan.control.engine.incidents.wording import clock_time
from sandan.control.engine.notices.selection import group_of
from sandan.control.model.contacts import Contact
from sandan.control.model.incidents import Incident, Task
from sandan.control.model.notices import (
    Call,
    CallOutcome,
    Delivery,
    DeliveryState,
    Notice,
    Phase,
    Subject,
    Telling,
)
from sandan.words import Text

NO_WORD = frozenset({Phase.DRILL, Phase.TEST, Phase.CLEAR})
"""Phases that say nothing of what happened."""

NEVER = timedelta.max


@dataclass(frozen=True, slots=True)
class Word:
    """What one organisation of a group was to hear; `at` is when it did, None while it has not.

    `since` is when it was decided; `steps` are the tasks it was said for, none for all that happened;
    `inside` that a test or a drill only put it on record.
    """

    group: str
    organisation: tuple[str, str | None]
    who: str
    since: datetime
    at: datetime | None
    by: str
    steps: frozenset[int] = frozenset()
    call: bool = False
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the telling of a step has come: who has been told, and who is still without word."""

    words: Sequence[Word]
    waiting: Sequence[str]
    missing: Sequence[str]

    @property
    def done(self) -> bool:
        return bool(self.words) and not self.waiting and not self.missing

    @property
    def last(self) -> Word:
        """The word that made it whole."""
        return max(self.words, key=lambda one: one.at or one.since)

    @property
    def evidence(self) -> Text:
        """Who was told when and how, in a line: calls, notices, and what only a test put on record."""
        ways = (
            (Text("통화", "by telephone"), [one for one in self.words if one.call]),
            (Text("알림", "by a notice"), [one for one in self.words if not one.call and not one.inside]),
            (
                Text("시험 알림(밖으로 나가지 않음)", "a test notice that did not leave the house"),
                [one for one in self.words if one.inside],
            ),
        )
        said = [_said(way, words) for way, words in ways if words]
        return Text(", ".join(one.ko for one in said), ", ".join(one.en for one in said))


def _said(way: Text, words: Sequence[Word]) -> Text:
    at = clock_time(max(one.at or one.since for one in words))
    others = len(words) - 1
    ko = words[0].who + (f" 외 {others}곳" if others else "")
    en = words[0].who + (f" and {others} others" if others else "")
    return Text(f"{ko} {way.ko} {at}", f"{en} {way.en}, {at}")


def words_of(
    subject: Subject,
    book: Iterable[Contact],
    tellings: Iterable[Telling],
    notices: Iterable[Notice],
    deliveries: Iterable[Delivery],
    calls: Iterable[Call],
    steps: Mapping[str | int, frozenset[int]],
) -> list[Word]:
    """Every word that was to reach somebody of the book; `steps` by the telling's id, the call's number."""
    known = {one.id: one for one in book}
    by = {one.id: one.by for one in tellings}
    out: dict[int, Delivery] = {}
    for way in deliveries:
        left = way.state in (DeliveryState.DELIVERED, DeliveryState.RECORDED) and way.done is not None
        if left and (way.notice not in out or _done(way) < _done(out[way.notice])):
            out[way.notice] = way
    found = []
    for one in notices:
        if one.contact in known and one.phase not in NO_WORD:
            first = out.get(one.id)
            found.append(
                Word(
                    group_of(known[one.contact], subject),
                    (one.organisation, one.tenant),
                    f"{one.organisation} {one.post}",
                    one.told,
                    None if first is None else first.done,
                    by.get(one.telling, ""),
                    steps.get(one.telling, frozenset()),
                    inside=first is not None and first.state is DeliveryState.RECORDED,
                )
            )
    for rung in calls:
        if rung.contact in known and rung.outcome is CallOutcome.REACHED:
            group, organisation = group_of(known[rung.contact], subject), (rung.organisation, rung.tenant)
            who = f"{rung.organisation} {rung.post}"
            said_for = steps.get(rung.id, frozenset())
            found.append(Word(group, organisation, who, rung.at, rung.at, rung.by, said_for, call=True))
    return found


def _done(way: Delivery) -> datetime:
    assert way.done is not None, "only what has left is compared"
    return way.done


def counts_from(incident: Incident, task: Task) -> datetime:
    """From when on a word counts for a step: a step there from the start counts from first detection."""
    return min(incident.detected_at, task.since) if task.since <= incident.opened_at else task.since


def first_steps(tasks: Iterable[Task]) -> dict[str, int]:
    """The task that tells each group first, by number: of the lowest level, due soonest."""
    found: dict[str, int] = {}
    for task in sorted(tasks, key=lambda one: (one.level, one.within or NEVER, one.number)):
        for group in task.tell:
            found.setdefault(group, task.number)
    return found


def reach_of_step(incident: Incident, task: Task, first: Mapping[str, int], words: Iterable[Word]) -> Reach:
    """How far the telling of a step has come, of the words said for it since it counts."""
    start = counts_from(incident, task)
    heard: dict[object, Word] = {}
    unheard: dict[object, Word] = {}
    for one in sorted(words, key=lambda one: one.at or one.since):
        ours = task.number in one.steps if one.steps else first.get(one.group) == task.number
        if ours and one.group in task.tell and one.since >= start:
            (unheard if one.at is None else heard).setdefault((one.group, one.organisation), one)
    there = {one.group for one in (*heard.values(), *unheard.values())}
    return Reach(
        words=list(heard.values()),
        waiting=[one.who for key, one in unheard.items() if key not in heard],
        missing=[group for group in task.tell if group not in there],
    )
