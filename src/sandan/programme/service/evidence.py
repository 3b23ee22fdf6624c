"""Uploading evidence no meter gives: head counts of firms, answers to a survey.

A sheet goes in whole or not at all; the same sheet again adds nothing. What was known before stays,
so that an indicator of an earlier day can be computed again as it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.errors import InvalidInput
from sandan.programme.engine.evidence import Upload, read_payroll, read_survey
from sandan.programme.engine.indicators import newest_sheets
from sandan.programme.model.evidence import Record, RecordKind
from sandan.programme.model.rights import PROGRAMME_EDIT
from sandan.programme.records import evidence as records
from sandan.store import Store
from sandan.words import Text

LONGEST_NAME = 200


def check_payroll(store: Store, actor: Actor, name: str, data: bytes, now: datetime) -> Upload:
    """What a sheet of head counts holds and what is wrong with it; nothing is written."""
    actor.require(PROGRAMME_EDIT)
    with store.registry.read() as conn:
        return read_payroll(name, data, _firms(store, conn), by=actor.id, now=now)


def upload_payroll(store: Store, actor: Actor, name: str, data: bytes, now: datetime) -> int:
    """Keep the head counts of a sheet; how many say something new. `InvalidInput` with every bad row."""
    upload = check_payroll(store, actor, name, data, now)
    return _keep(store, actor, upload, name, now)


def check_survey(actor: Actor, name: str, data: bytes, survey: str, now: datetime) -> Upload:
    """What a sheet of answers holds and what is wrong with it; nothing is written."""
    actor.require(PROGRAMME_EDIT)
    called = survey.strip()
    if not called or len(called) > LONGEST_NAME:
        raise InvalidInput.because(
            "survey",
            Text("조사 이름이 비었거나 너무 깁니다.", "the survey's name is empty or too long."),
            Text("예: 2026년 근로자 만족도", "for example Workers' satisfaction 2026."),
        )
    return read_survey(name, data, called, by=actor.id, now=now)


def upload_survey(store: Store, actor: Actor, name: str, data: bytes, survey: str, now: datetime) -> int:
    """Keep the answers to a survey; a later sheet for the same survey takes the place of the earlier."""
    upload = check_survey(actor, name, data, survey, now)
    return _keep(store, actor, upload, name, now)


def _keep(store: Store, actor: Actor, upload: Upload, name: str, now: datetime) -> int:
    if upload.findings:
        raise InvalidInput(upload.findings)
    kind, subject = upload.records[0].kind, upload.records[0].subject
    with store.registry.write() as conn:
        if kind is RecordKind.PAYROLL:
            new = _unknown_counts(conn, upload.records, now)
        else:
            new = _unknown_answers(conn, upload.records, subject, now)
        if not new:
            return 0
        records.put_records(conn, new)
        store.events.append(
            conn,
            "EvidenceUploaded",
            actor=actor,
            subject="programme",
            payload={"kind": kind.value, "filename": name, "rows": len(new)},
            at=now,
        )
    return len(new)


def _unknown_counts(conn: Connection, given: Sequence[Record], now: datetime) -> list[Record]:
    """Head counts that differ from what is known of that firm and month."""
    months = [one.period for one in given]
    known = {
        (one.subject, one.period): one.value
        for one in records.records_known(conn, RecordKind.PAYROLL, now, months=(min(months), max(months)))
    }
    return [one for one in given if known.get((one.subject, one.period)) != one.value]


def _unknown_answers(conn: Connection, given: Sequence[Record], survey: str, now: datetime) -> list[Record]:
    """All answers, or none when the survey's newest sheet holds the very same."""
    known = records.records_known(conn, RecordKind.SURVEY, now, subject=survey)
    kept = newest_sheets(known).get(survey, [])
    said = [(one.period, one.value, one.weight) for one in given]
    return [] if said == [(one.period, one.value, one.weight) for one in kept] else list(given)


def _firms(store: Store, conn: Connection) -> Mapping[str, Sequence[str]]:
    """Ids of firms by their id and by their name."""
    found: dict[str, list[str]] = defaultdict(list)
    for firm in store.things.all(conn, {"firm"}):
        for called in {firm.id, firm.name.strip()}:
            found[called].append(firm.id)
    return found
