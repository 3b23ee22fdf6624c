"""A timeline as it is read: a telling is one line that opens to what became of each of its notices.

The events beneath stay as they are, one for each recipient and way; here they are only laid together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sandan.control.model.incidents import Entry
from sandan.control.model.notices import PHASE_NAMES, Phase
from sandan.words import Text

SYSTEM = "system"
SENT = frozenset({"NoticeDelivered", "NoticeRecorded"})
OF_A_NOTICE = SENT | {"NoticeFailed", "NoticeRead", "NoticeAnswered"}
"""Kinds that only say how far a notice has come; a call for help or a tree at its end stays a line."""


class Lines(StrEnum):
    """Which lines are asked for."""

    ALL = ""
    PEOPLE = "people"
    SYSTEM = "system"


LINES_NAMES = {
    Lines.ALL: Text("모두", "All"),
    Lines.PEOPLE: Text("사람이 한 것", "What people did"),
    Lines.SYSTEM: Text("시스템이 한 것", "What the system did"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line; a telling's `parts` are what became of its notices."""

    entry: Entry
    text: Text
    parts: Sequence[Entry] = ()


def fold_timeline(
    entries: Sequence[Entry], tellings: Mapping[int, str], wanted: Lines = Lines.ALL
) -> list[Line]:
    """The lines in the order of `entries`; `tellings` gives the telling that each notice belongs to.

    A notice whose telling is not among the entries keeps its lines.
    """
    there = {one.payload.get("telling") for one in entries if one.kind == "PeopleTold"}
    parts: dict[str, list[Entry]] = defaultdict(list)
    lines: list[Entry] = []
    for one in entries:
        telling = tellings.get(int(one.payload.get("notice") or 0)) if one.kind in OF_A_NOTICE else None
        if telling is not None and telling in there:
            parts[telling].append(one)
        elif wanted is Lines.ALL or (one.actor == SYSTEM) is (wanted is Lines.SYSTEM):
            lines.append(one)
    return [_line(one, parts.get(str(one.payload.get("telling")), ())) for one in lines]


def _line(entry: Entry, parts: Sequence[Entry]) -> Line:
    if entry.kind != "PeopleTold":
        return Line(entry, entry.text)
    return Line(entry, _summary(entry, parts), tuple(parts))


def _summary(entry: Entry, parts: Sequence[Entry]) -> Text:
    """`Told (first report): 119 and 11 others; 3 channels; 9 delivered, 2 read, 1 failed`."""
    said = entry.payload
    first = str(next(iter(said.get("organisations") or ()), ""))
    others = int(said.get("contacts") or 1) - 1
    phase = said.get("phase")
    name = PHASE_NAMES[Phase(phase)] if phase in list(Phase) else Text("", "")
    ko = [f"전파({name.ko}): {first}" + (f" 외 {others}곳" if others else "")]
    en = [f"told ({name.en}): {first}" + (f" and {others} others" if others else "")]
    for count, word in _counts(parts):
        ko.append(f"{count}{word.ko}" if word is CHANNELS else f"{count} {word.ko}")
        en.append(f"{count} {word.en}")
    return Text(" · ".join(ko), " · ".join(en))


CHANNELS = Text("개 채널", "channels")


def _counts(parts: Sequence[Entry]) -> list[tuple[int, Text]]:
    """What became of the notices, each counted once; what is none is left out."""

    def notices(kinds: Collection[str]) -> set[object]:
        return {one.payload.get("notice") for one in parts if one.kind in kinds}

    sent = notices(SENT)
    found = (
        (len({one.payload.get("channel") for one in parts} - {None}), CHANNELS),
        (len(notices({"NoticeDelivered"})), Text("전달", "delivered")),
        (
            len(notices({"NoticeRecorded"}) - notices({"NoticeDelivered"})),
            Text("시험 기록(나가지 않음)", "on record only (test)"),
        ),
        (len(notices({"NoticeRead", "NoticeAnswered"})), Text("읽음", "read")),
        (len(notices({"NoticeAnswered"})), Text("확인", "confirmed")),
        (len(notices({"NoticeFailed"}) - sent), Text("실패", "failed")),
    )
    return [(count, word) for count, word in found if count]
