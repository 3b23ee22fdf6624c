"""Uploading head counts and answers to surveys."""

from datetime import datetime, timedelta

import pytest

from sandan.access import SYSTEM, Actor, Role
from sandan.clock import SEOUL
from sandan.errors import InvalidInput, NotAllowed
from sandan.programme.engine.indicators import newest_sheets
from sandan.programme.model.evidence import RecordKind
from sandan.programme.records.evidence import records_known
from sandan.programme.service.evidence import check_payroll, upload_payroll, upload_survey
from sandan.twin.model import Thing

NOW = datetime(2026, 7, 10, 9, tzinfo=SEOUL)
OFFICER = Actor("officer", "담당", frozenset({Role.OFFICER}))
PAYROLL = "기업명,기준월,고용인원,담당자\n가나정밀,2026-06,120,홍길동\nfirm-b,2026년 6월,80,홍길동\n".encode()
SURVEY = "조사일,점수,척도\n2026-06-15,4,5\n2026-06-15,3,5\n2026-06-16,5,5\n".encode("cp949")


@pytest.fixture
def firms(store):
    """A complex of four firms, two of which have one name."""
    with store.registry.write() as conn:
        store.things.put(
            conn,
            [
                Thing(id, "firm", name, tenant=id)
                for id, name in (
                    ("firm-a", "가나정밀"),
                    ("firm-b", "다라화학"),
                    ("firm-c", "마바"),
                    ("firm-d", "마바"),
                )
            ],
        )
    return store


def known(store, kind, as_of=NOW):
    with store.registry.read() as conn:
        return records_known(conn, kind, as_of)


def test_head_counts_are_kept_by_firm_and_month_without_persons(firms):
    """A firm is known by name or id, a month by any usual form; a name in another column goes nowhere."""
    assert upload_payroll(firms, OFFICER, "인원.csv", PAYROLL, NOW) == 2
    rows = known(firms, RecordKind.PAYROLL)
    assert [(one.subject, one.period, one.value, one.row) for one in rows] == [
        ("firm-a", "2026-06", 120.0, 2),
        ("firm-b", "2026-06", 80.0, 3),
    ]
    assert "홍길동" not in repr(rows)


def test_a_sheet_imported_twice_adds_nothing(firms):
    """The same head counts, or the same answers, are known already."""
    upload_payroll(firms, OFFICER, "인원.csv", PAYROLL, NOW)
    assert upload_payroll(firms, OFFICER, "인원 사본.csv", PAYROLL, NOW + timedelta(days=1)) == 0
    assert upload_survey(firms, OFFICER, "조사.csv", SURVEY, "2026 만족도", NOW) == 3
    assert upload_survey(firms, OFFICER, "조사.csv", SURVEY, "2026 만족도", NOW) == 0
    with firms.registry.read() as conn:
        assert len(firms.events.find(conn, kind="EvidenceUploaded")) == 2


def test_what_was_known_before_a_correction_can_be_read_again(firms):
    """A corrected count becomes known on its day and leaves the earlier one in place."""
    upload_payroll(firms, OFFICER, "인원.csv", PAYROLL, NOW)
    later = NOW + timedelta(days=3)
    assert upload_payroll(firms, OFFICER, "정정.csv", PAYROLL.replace(b"120", b"118"), later) == 1
    assert [one.value for one in known(firms, RecordKind.PAYROLL, NOW)] == [120.0, 80.0]
    assert [one.value for one in known(firms, RecordKind.PAYROLL, later)] == [120.0, 80.0, 118.0]


def test_a_later_sheet_of_a_survey_takes_the_place_of_the_earlier(firms):
    """Answers are nobody's, so that a sheet is the smallest thing that can be corrected."""
    upload_survey(firms, OFFICER, "조사.csv", SURVEY, "2026 만족도", NOW)
    assert upload_survey(firms, OFFICER, "조사.csv", SURVEY.replace(b",3,", b",2,"), "2026 만족도", NOW) == 3
    rows = newest_sheets(known(firms, RecordKind.SURVEY))["2026 만족도"]
    assert [one.value for one in rows] == [4.0, 2.0, 5.0]


def test_every_bad_row_is_named_and_nothing_is_written(firms):
    """An unknown firm, a name two firms have, a month to come, no number, half a person, a double."""
    sheet = (
        "firm,month,employees\n없는곳,2026-06,1\n마바,2026-06,1\nfirm-a,2026-08,1\nfirm-a,2026-13,1\n"
        "firm-a,2026-05,nan\nfirm-a,2026-04,1.5\nfirm-a,2026-03,-1\nfirm-b,2026-06,3\nfirm-b,2026.6.,4\n"
    ).encode()
    with pytest.raises(InvalidInput) as raised:
        upload_payroll(firms, OFFICER, "a.csv", sheet, NOW)
    assert [one.where.split("행")[0] for one in raised.value.findings] == [
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "10",
    ]
    assert known(firms, RecordKind.PAYROLL) == []
    assert len(check_payroll(firms, OFFICER, "a.csv", sheet, NOW).records) == 1


def test_answers_outside_their_scale_are_refused(firms):
    """A score above the highest possible, a scale of nothing, a day that is none."""
    sheet = b"date,score,scale\n2026-06-01,6,5\n2026-06-01,0,0\n2026-02-30,3,5\n2026-07-11,3,5\n"
    with pytest.raises(InvalidInput) as raised:
        upload_survey(firms, OFFICER, "a.csv", sheet, "조사", NOW)
    assert len(raised.value.findings) == 4
    with pytest.raises(InvalidInput):
        upload_survey(firms, OFFICER, "a.csv", SURVEY, "  ", NOW)
    with pytest.raises(InvalidInput):
        upload_survey(firms, OFFICER, "a.csv", b"date,score,scale\n", "조사", NOW)


def test_only_who_may_edit_the_programme_uploads(firms):
    """A viewer may not; Sandan itself may."""
    with pytest.raises(NotAllowed):
        upload_payroll(firms, Actor("v", "v", frozenset({Role.VIEWER})), "a.csv", PAYROLL, NOW)
    assert upload_payroll(firms, SYSTEM, "a.csv", PAYROLL, NOW) == 2
