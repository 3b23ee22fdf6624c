"""Reports from a phone without sign-in: received from anybody, dealt with by the control room.

Nothing is asked or kept of who reported: no name, no number, no address of theirs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor
from sandan.clock import SEOUL, Period
from sandan.control.engine.pictures import plain_picture
from sandan.control.model.incidents import Incident, Place, Source
from sandan.control.model.incidents.procedures import kinds
from sandan.control.model.rights import CASES, OPERATE
from sandan.control.model.safety import REPORT_KINDS, OdourComplaint, Photo, Report, ReportKind, ReportState
from sandan.control.records import safety as records
from sandan.control.records.incidents import cases
from sandan.control.service.incidents.changing import checked_text
from sandan.control.service.incidents.opening import open_in
from sandan.control.service.incidents.pictures import MOST_BYTES
from sandan.control.service.incidents.places import found_place
from sandan.domain import Attention
from sandan.errors import Conflict, Finding, InvalidInput, NotFound
from sandan.printing import Items, Picture, Piece, Section, Sheet, qr_svg, sheet_pdf
from sandan.store import Json, Store
from sandan.web.errors import TooMany
from sandan.web.guard import Pace
from sandan.words import Text

REPORT = Text("제보", "report")
LONGEST_REPORT = 2_000
LONGEST_KEY = 100
BY_ADDRESS = "10 per 10 minutes"  # a whole firm may sit behind one address
BY_ALL = "300 per hour"
"""What one may send and what all may send together, so that nobody fills the disk."""
BY_LOOKS = "30 per 10 minutes"
"""How often one address may ask what became of a report."""
RECEIPT = re.compile(r"(REP-\d{8}-\d{3,})-([A-Z2-7]{6})")
CODE = 6
"""Letters behind a report's number that only its reporter knows: 30 bits, asked for 30 times at most."""
POSTER_SHARE = 0.7
"""Of the width of the text: read from two or three steps away."""
MOST_SHOWN = 200
PRIORITY = 3
"""Priority of a report nobody has looked at."""


class ReportDoor:
    """Counts reports by address, in the memory of one process; addresses are kept nowhere else."""

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()

    def knock(self, address: str) -> None:
        """Count a report; `TooMany` when there were too many."""
        if not self._pace.allows(BY_ADDRESS, "report", _neighbourhood(address)):
            raise TooMany
        if not self._pace.allows(BY_ALL, "report"):
            raise TooMany

    def look(self, address: str) -> None:
        """Count somebody who asks what became of a report; `TooMany` when they try numbers."""
        if not self._pace.allows(BY_LOOKS, "receipt", _neighbourhood(address)):
            raise TooMany


def _neighbourhood(address: str) -> str:
    """The address; of IPv6 the network of one customer."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return address


def receive_report(
    store: Store,
    kind: str,
    text: str,
    now: datetime,
    *,
    place: Place | None = None,
    photo: bytes = b"",
    key: str,
) -> Report:
    """Keep what anybody reports; the same `key` again gives the report that is there already.

    The photo loses its metadata before it is kept. `InvalidInput` has everything that is wrong.
    """
    text = "".join(one for one in text if one.isprintable() or one == "\n").strip()
    picture: Photo | None = None
    found: list[Finding] = []
    if kind not in tuple(ReportKind):
        problem = Text("무엇인지 고르지 않았습니다.", "is not chosen.")
        found.append(Finding("kind", problem, Text("셋 가운데 고르십시오.", "choose one of the three.")))
    if not text or len(text) > LONGEST_REPORT:
        problem = Text(
            f"비었거나 {LONGEST_REPORT}자를 넘습니다.",
            f"is empty or longer than {LONGEST_REPORT} characters.",
        )
        found.append(Finding("text", problem, Text("본 대로 적으십시오.", "write what you saw.")))
    if photo:
        plain = plain_picture(photo) if len(photo) <= MOST_BYTES else None
        picture = None if plain is None else Photo(*plain)
        if picture is None:
            problem = Text(
                f"JPEG·PNG·WebP 사진이 아니거나 {MOST_BYTES // 1_000_000} MB를 넘습니다.",
                f"is no JPEG, PNG or WebP picture, or larger than {MOST_BYTES // 1_000_000} MB.",
            )
            found.append(Finding("photo", problem, Text("다른 사진을 고르십시오.", "choose another photo.")))
    if found:
        raise InvalidInput(found)
    day = now.astimezone(SEOUL).date()
    with store.registry.write() as conn:
        before = records.read_report(conn, key=key[:LONGEST_KEY])
        if before is not None:
            return before
        where = found_place(store, conn, place or Place())
        number = records.next_report(conn, day)
        new = Report(
            f"REP-{day:%Y%m%d}-{number:03d}",
            ReportKind(kind),
            text,
            where.thing,
            where.words,
            where.lon,
            where.lat,
            now,
            photo=None if picture is None else picture.media_type,
        )
        records.add_report(conn, new, picture, key[:LONGEST_KEY], day, number)
        said: dict[str, Json] = {"kind": kind, "place": where.words, "photo": picture is not None}
        store.events.append(conn, "ReportReceived", actor=SYSTEM, subject=new.id, payload=said, at=now)
        return new


@dataclass(frozen=True, slots=True)
class Outcome:
    """What its reporter is told of a report: when it came, what became of it and what was done."""

    report: Report
    closed: bool
    done: str


def receipt_of(store: Store, id: str) -> str:
    """The number of a report with the code that only who sent it is given."""
    with store.registry.read() as conn:
        return f"{id}-{_code(records.report_key(conn, id))}"


def read_outcome(store: Store, receipt: str) -> Outcome:
    """What became of the report of a receipt; a number without its code is not found."""
    found = RECEIPT.fullmatch(receipt.strip().upper())
    with store.registry.read() as conn:
        report = None if found is None else records.read_report(conn, found[1])
        if found is None or report is None:
            raise NotFound(REPORT, "…")
        if not hmac.compare_digest(_code(records.report_key(conn, report.id)), found[2]):
            raise NotFound(REPORT, "…")
        incident = None if report.incident is None else cases.read_incident(conn, report.incident)
    over = report.state is ReportState.CLOSED or (incident is not None and not incident.active)
    return Outcome(report, over, report.word)


def _code(key: str) -> str:
    return base64.b32encode(hashlib.sha256(f"receipt {key}".encode()).digest()).decode()[:CODE]


def list_reports(store: Store, actor: Actor, *, new: bool) -> list[Report]:
    """Those that wait, or those that were dealt with; newest first."""
    actor.require(CASES)
    with store.registry.read() as conn:
        return records.find_reports(conn, new=new, limit=MOST_SHOWN)


def report_photo(store: Store, actor: Actor, id: str) -> Photo:
    """The photo of a report."""
    actor.require(CASES)
    with store.registry.read() as conn:
        found = records.read_photo(conn, id)
    if found is None:
        raise NotFound(Text("사진", "photo"), id)
    return found


def make_incident(store: Store, actor: Actor, id: str, kind: str, now: datetime) -> Incident:
    """Open an incident from a report, at the report's place and time."""
    actor.require(OPERATE)
    if kind not in kinds():
        raise InvalidInput.because(
            "kind",
            Text(f"'{kind[:40]}'은(는) 없는 종류입니다.", f"there is no kind '{kind[:40]}'."),
            Text(f"가능한 값: {', '.join(kinds())}", f"one of: {', '.join(kinds())}"),
        )
    with store.registry.write() as conn:
        report = _need_new(conn, id)
        incident = open_in(
            store,
            conn,
            actor,
            kind,
            now,
            source=Source.COMPLAINT if report.kind is ReportKind.ODOUR else Source.WORKER,
            title=f"{report.text} ({report.id})",
            level=1,
            place=Place(None, report.place, report.lon, report.lat),  # the thing may be gone since
            alarms=(),
            detected=report.at,
            drill=False,
        )
        _settle(store, conn, actor, report, now, ReportState.INCIDENT, incident=incident.id)
        return incident


def close_report(store: Store, actor: Actor, id: str, word: str, now: datetime) -> Report:
    """Close a report with a word on what was done."""
    actor.require(OPERATE)
    word = checked_text("word", word)
    with store.registry.write() as conn:
        return _settle(store, conn, actor, _need_new(conn, id), now, ReportState.CLOSED, word=word)


def _need_new(conn: Connection, id: str) -> Report:
    found = records.read_report(conn, id)
    if found is None:
        raise NotFound(REPORT, id)
    if found.state is not ReportState.NEW:
        raise Conflict(Text(f"제보 {id}은(는) 이미 처리되었습니다.", f"Report {id} was dealt with already."))
    return found


def _settle(
    store: Store,
    conn: Connection,
    actor: Actor,
    report: Report,
    now: datetime,
    state: ReportState,
    *,
    word: str = "",
    incident: str | None = None,
) -> Report:
    changed = replace(report, state=state, word=word, incident=incident, handled_at=now, handled_by=actor.id)
    records.put_report(conn, changed)
    kind, said = (
        ("ReportClosed", {"word": word})
        if incident is None
        else ("ReportMadeIncident", {"incident": incident})
    )
    store.events.append(conn, kind, actor=actor, subject=report.id, payload=said, at=now)
    return changed


def odour_complaints(store: Store, period: Period) -> Sequence[OdourComplaint]:
    """Smells that were reported in a period, oldest first; `lon` and `lat` are None where nobody knows.

    For the search of a source: who asks checks the right to see the answer.
    """
    with store.registry.read() as conn:
        found = records.find_reports(conn, kind=ReportKind.ODOUR, period=period)
    return [OdourComplaint(one.id, one.at, one.lon, one.lat, one.place) for one in reversed(found)]


def report_attention(store: Store, actor: Actor) -> list[Attention]:
    """A line for each report nobody has dealt with, for those who may."""
    if not actor.may(CASES):
        return []
    return [_line(one) for one in list_reports(store, actor, new=True)]


def _line(report: Report) -> Attention:
    name = REPORT_KINDS[report.kind]
    place = f" · {report.place}" if report.place else ""
    short = report.text if len(report.text) <= 80 else f"{report.text[:79]}…"
    return Attention(
        priority=PRIORITY,
        title=Text(f"제보: {name.ko}{place}", f"Report: {name.en.lower()}{place}"),
        detail=Text(short, short),
        since=report.at,
        href=f"/control/reports#{report.id}",
        place=report.thing,
        id=report.id,
    )


def poster_pdf(address: str, place: str, now: datetime, complex_name: str) -> bytes:
    """A sheet to hang up where people walk, in both languages; `place` may be empty."""
    where = f" · {place}" if place else ""
    calls = "위급하면 먼저 대피하고 119 · In danger leave first, then call 119"
    kept = "이름도 전화번호도 묻지 않습니다 · No name or number is asked for"
    code = Picture(qr_svg(address), f"QR: {address}", address, POSTER_SHARE)
    facts = Items([("", Piece(one)) for one in (calls, kept)])
    sheet = Sheet(
        kind="안전 제보 · Safety report",
        title="위험을 보면 찍어서 알리십시오 · See a hazard? Scan and tell",
        subtitle=f"{complex_name}{where}",
        version=address,
        language="ko",
        day=now.astimezone(SEOUL).date(),
        sections=[Section("아차사고 · 위험 · 악취 / Near miss · Hazard · Bad smell", [code, facts])],
        sources=(),
    )
    return sheet_pdf(sheet)
