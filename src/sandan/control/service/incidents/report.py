"""The after-action report of an incident as a file."""

from __future__ import annotations

from datetime import datetime

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.control.engine.incidents.report import ScoreLine, ToldLine, after_action_sheet
from sandan.control.model.contacts import CHANNEL_NAMES
from sandan.control.service.drills import read_drill
from sandan.control.service.incidents.reading import read_case
from sandan.control.service.notices.told import Line, read_told
from sandan.printing import Section, sheet_pdf
from sandan.store import Store
from sandan.words import Language, Text


def after_action_pdf(
    store: Store,
    actor: Actor,
    id: str,
    language: Language,
    now: datetime,
    complex_name: str,
    area: Section | None = None,
) -> bytes:
    """The report of an incident as it stands at `now`, as PDF; `area` is its plan, put after the summary."""
    case = read_case(store, actor, id)
    told = [_told(line) for line in read_told(store, actor, id, now).lines]
    told.sort(key=lambda one: one.at)
    drill = read_drill(store, actor, id, now)
    scores = [] if drill is None else [
        ScoreLine(one.expected.text, one.name, one.at, f"{one.points:g} / {one.expected.points:g}")
        for one in drill.results
    ]  # fmt: skip
    sheet = after_action_sheet(
        case,
        told,
        scores,
        None if drill is None else drill.score,
        language,
        now.astimezone(SEOUL).date(),
        complex_name,
        area,
    )
    return sheet_pdf(sheet)


def _told(line: Line) -> ToldLine:
    kinds = list(dict.fromkeys(one.kind for one in line.deliveries))
    ways = Text(
        " · ".join(CHANNEL_NAMES[kind].ko for kind in kinds),
        ", ".join(CHANNEL_NAMES[kind].en for kind in kinds),
    )
    notice = line.notice
    return ToldLine(f"{notice.organisation} {notice.post}", notice.told, notice.read, notice.answered, ways)
