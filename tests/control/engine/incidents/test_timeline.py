"""The timeline as it is read: tellings folded, help and notes in sight, nothing of what is beneath lost."""

from datetime import UTC, datetime, timedelta

import pytest

from sandan.control.engine.incidents.timeline import Lines, fold_timeline
from sandan.control.model.incidents import Entry
from sandan.words import Text

START = datetime(2026, 3, 4, tzinfo=UTC)
TOLD = {"telling": "t1", "phase": "first", "contacts": 12, "organisations": ["관제 책임자", "119"]}
HEARD = [
    ("NoticeDelivered", "system", {"notice": 1, "channel": "sms"}),
    ("NoticeDelivered", "system", {"notice": 1, "channel": "mail"}),
    ("NoticeFailed", "system", {"notice": 2, "channel": "sms"}),
    ("NoticeFailed", "system", {"notice": 1, "channel": "webhook"}),
    ("NoticeRead", "system", {"notice": 1}),
    ("NoticeAnswered", "system", {"notice": 1}),
]


def entries(*rows):
    return [
        Entry(seq, at, at, actor, kind, Text(kind, kind), payload)
        for seq, (kind, actor, payload) in enumerate(rows, 1)
        for at in (START + timedelta(seconds=seq),)
    ]


def test_a_telling_is_one_line_that_counts_each_recipient_once():
    """A recipient reached by any channel is no failure; the lines beneath are all there, in order."""
    rows = entries(("PeopleTold", "kim", TOLD), ("IncidentNoted", "kim", {}), *HEARD)
    told, note = fold_timeline(rows, {1: "t1", 2: "t1"})
    assert (
        told.text.ko == "전파(최초 전파): 관제 책임자 외 11곳 · 3개 채널 · 1 전달 · 1 읽음 · 1 확인 · 1 실패"
    )
    assert told.text.en.startswith(
        "told (First report): 관제 책임자 and 11 others · 3 channels · 1 delivered"
    )
    assert [one.seq for one in told.parts] == [3, 4, 5, 6, 7, 8]
    assert note.entry.kind == "IncidentNoted"


def test_what_asks_for_somebody_is_never_folded_away():
    """A call for help, a tree at its end, and a notice whose telling is elsewhere keep their lines."""
    rows = entries(
        ("PeopleTold", "kim", TOLD),
        ("HelpAsked", "system", {"notice": 1}),
        ("TreeExhausted", "system", {"notice": 1}),
        ("NoticeDelivered", "system", {"notice": 9}),
    )
    assert [one.entry.seq for one in fold_timeline(rows, {1: "t1", 9: "t9"})] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("wanted", "seen"), [(Lines.PEOPLE, [1, 3]), (Lines.SYSTEM, [2]), (Lines.ALL, [1, 2, 3])]
)
def test_people_or_the_system_are_asked_for(wanted, seen):
    """What somebody decided to tell is theirs, with all that became of it."""
    rows = entries(
        ("PeopleTold", "kim", TOLD), ("DrillInjected", "system", {}), ("IncidentNoted", "kim", {}), *HEARD
    )
    lines = fold_timeline(rows, {1: "t1", 2: "t1"}, wanted)
    assert [one.entry.seq for one in lines] == seen
    assert not any(one.parts for one in lines) or len(lines[0].parts) == len(HEARD)
