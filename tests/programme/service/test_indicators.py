"""Indicators proved from a store: measured, declared or not at all, as of any day."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from sandan.access import OUTSIDER, SYSTEM, Actor, Role
from sandan.clock import SEOUL, Period
from sandan.domain import Evidence, Indicator
from sandan.errors import Conflict, InvalidInput, NotFound
from sandan.programme.model.evidence import How
from sandan.programme.model.plan import ChangeKind, Edit, Plan, Project, Table
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import Kind, PlanKind, Stage
from sandan.programme.records.stated import money_totals
from sandan.programme.service.changes import write_version
from sandan.programme.service.evidence import upload_payroll, upload_survey
from sandan.programme.service.indicators import (
    INDICATORS,
    define_indicator,
    drop_indicator,
    list_indicators,
    prove,
    try_formula,
)
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES
from sandan.words import Text

QUARTER = timedelta(minutes=15)
NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
DAY = Period.day(date(2026, 3, 3))
YEAR = Period(datetime(2026, 1, 1, tzinfo=SEOUL), datetime(2027, 1, 1, tzinfo=SEOUL))
OFFICER = Actor("officer", "담당", frozenset({Role.OFFICER}))
VIEWER = Actor("viewer", "열람자", frozenset({Role.VIEWER}), OUTSIDER)


@pytest.fixture
def complex_(sqlite_store):
    """Two firms with a meter each, and a sub-meter under the first one's."""
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(
            conn,
            [
                Thing("firm-a", "firm", "가나정밀", tenant="firm-a"),
                Thing("firm-b", "firm", "다라화학", tenant="firm-b"),
                Thing("m-a", "meter", "가나 계량기", parent="firm-a", tenant="firm-a"),
                Thing("m-a2", "meter", "가나 2동", parent="m-a", tenant="firm-a"),
                Thing("m-b", "meter", "다라 계량기", parent="firm-b", tenant="firm-b", simulated=True),
            ],
        )
        sqlite_store.points.put(
            conn,
            [
                Point("m-a.e", "m-a", "active_energy", QUARTER, tenant="firm-a"),
                Point("m-a2.e", "m-a2", "active_energy", QUARTER, tenant="firm-a"),
                Point("m-b.e", "m-b", "active_energy", QUARTER, tenant="firm-b", simulated=True),
            ],
        )
    return sqlite_store


def tell(store, point, values, known_at=None):
    with store.registry.write() as conn:
        source = store.sources.number(conn, "test")
        number = store.points.get(conn, point).number
    starts = [(DAY.start + i * QUARTER).astimezone(UTC) for i in range(len(values))]
    columns = [
        [number] * len(values),
        starts,
        [known_at or start + QUARTER for start in starts],
        [source] * len(values),
        values,
        [0] * len(values),
    ]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SAMPLES, strict=True)]
    store.historian.append(pa.table(arrays, schema=SAMPLES))


def known(store, id, period=DAY, as_of=NOW, actor=OFFICER):
    return prove(store, actor, INDICATORS, id, period, as_of, NOW)


def stated(id, kind, value, unit="원", subject="plan-p", **more):
    return Statement(
        id=id,
        subject=subject,
        kind=kind,
        measure=more.pop("measure", "총사업비"),
        value=value,
        unit=unit,
        **more,
    )


def write(store, rows, at):
    tables = {Plan: Table.PLAN, Project: Table.PROJECT, Statement: Table.STATEMENT}
    edits = [Edit(tables[type(row)], row.id, row) for row in rows]
    with store.registry.write() as conn:
        write_version(store, conn, "plan", edits, kind=ChangeKind.IMPORT, reason="시험", actor=SYSTEM, at=at)


def test_every_indicator_of_ours_says_none_in_an_empty_store(sqlite_store):
    """Nothing known is no zero: no value, no row, no coverage."""
    for line in list_indicators(sqlite_store, OFFICER, INDICATORS):
        proof = known(sqlite_store, line.id)
        assert (proof.how, proof.value, proof.coverage, list(proof.rows)) == (How.NONE, None, 0.0, [])


def test_energy_is_measured_at_the_top_meters_with_its_coverage(complex_):
    """A sub-meter's energy is in its meter's already; half a day of two meters is a quarter missing."""
    tell(complex_, "m-a.e", [10.0] * 96)
    tell(complex_, "m-a2.e", [4.0] * 96)
    tell(complex_, "m-b.e", [2.0] * 48)
    proof = known(complex_, "energy_use")
    assert proof.how is How.MEASURED
    assert proof.value == pytest.approx(960 + 96)
    assert proof.coverage == pytest.approx(0.75)
    assert proof.simulated
    assert {row.where: row.value for row in proof.rows} == {"m-a.e": 960.0, "m-b.e": 96.0}


def test_co2_is_energy_times_the_factor_of_the_day(complex_):
    """The factor is one of the rows behind it, with its source."""
    tell(complex_, "m-a.e", [10.0] * 96)
    proof = known(complex_, "co2")
    assert proof.value == pytest.approx(0.96 * 0.4173)
    assert proof.rows[-1].value == 0.4173
    assert proof.rows[-1].where


def test_an_indicator_of_an_earlier_day_knows_only_what_was_known(complex_):
    """A correction that came later changes today's figure and not yesterday's."""
    tell(complex_, "m-a.e", [10.0] * 96)
    tell(complex_, "m-a.e", [11.0] * 96, known_at=NOW.astimezone(UTC))
    assert known(complex_, "energy_use").value == pytest.approx(1056)
    assert known(complex_, "energy_use", as_of=NOW - timedelta(hours=1)).value == pytest.approx(960)
    with pytest.raises(InvalidInput):
        known(complex_, "energy_use", as_of=NOW + timedelta(seconds=1))


def test_a_viewer_sees_the_sum_and_not_the_firms(complex_):
    """What belongs to a firm is counted as hidden."""
    tell(complex_, "m-a.e", [10.0] * 96)
    upload_payroll(complex_, OFFICER, "a.csv", "기업명,월,인원\n가나정밀,2026-02,120\n".encode(), NOW)
    for id, value in (("energy_use", 960.0), ("jobs", 120.0)):
        proof = known(complex_, id, YEAR if id == "jobs" else DAY, actor=VIEWER)
        assert (proof.value, list(proof.rows), proof.hidden) == (pytest.approx(value), [], 1)


def test_jobs_are_declared_for_the_last_month_reported(complex_):
    """Months are not added up; the coverage is the share of firms that reported."""
    sheet = "기업명,월,인원\n가나정밀,2026-01,100\n다라화학,2026-01,50\n가나정밀,2026-02,120\n".encode()
    upload_payroll(complex_, OFFICER, "a.csv", sheet, NOW)
    proof = known(complex_, "jobs", YEAR)
    assert (proof.how, proof.value, proof.coverage) == (How.DECLARED, 120.0, 0.5)
    assert known(complex_, "jobs", YEAR, as_of=NOW - timedelta(days=1)).how is How.NONE


def test_satisfaction_is_a_mean_in_points_of_100(complex_):
    """Scales of five and of ten count alike."""
    upload_survey(
        complex_, OFFICER, "a.csv", b"date,score,scale\n2026-02-01,4,5\n2026-02-02,6,10\n", "조사", NOW
    )
    proof = known(complex_, "satisfaction", YEAR)
    assert (proof.value, proof.numerator, proof.denominator) == (pytest.approx(70), pytest.approx(140), 2.0)


def test_accidents_are_none_until_an_incident_was_ever_closed(complex_):
    """After that a quiet period is a measured zero; drills and small matters never count, and each once."""

    def close(subject: str, days: int, **payload: bool) -> None:
        with complex_.registry.write() as conn:
            complex_.events.append(
                conn, "IncidentClosed", actor=SYSTEM, subject=subject, payload=payload,
                at=NOW - timedelta(days=days),
            )  # fmt: skip

    assert known(complex_, "accidents", YEAR).how is How.NONE
    close("small", 40, major=False)
    assert (known(complex_, "accidents", YEAR).how, known(complex_, "accidents", YEAR).value) == (
        How.MEASURED,
        0.0,
    )
    close("leak", 35, major=True)
    close("leak", 30, major=True)  # reopened, and closed again
    close("drill", 29, major=True, drill=True)
    assert known(complex_, "accidents", YEAR).value == 1.0
    assert known(complex_, "accidents").value == 0.0


def test_progress_and_money_follow_the_version_of_the_day(complex_):
    """As of an earlier day the earlier version speaks; without secured money nothing is proved."""
    plan = Plan(id="plan", kind=PlanKind.PLEDGE_BOOK, title="시험 공약", owner="기획과")
    project = Project(id="plan-p", title="센터")
    first = NOW - timedelta(days=10)
    aim = stated("s1", Kind.BUDGET, 400, source="국비", period="2026", stage=Stage.PLANNED)
    done = stated("s2", Kind.PROGRESS, 40, "%", period="2025", measure="추진율")
    write(complex_, [plan, project, Project(id="plan-q", title="둘째"), aim, done], first)
    assert known(complex_, "funds_secured", YEAR).how is How.NONE
    have = stated("s3", Kind.BUDGET, 100, source="국비", period="2026", stage=Stage.SECURED)
    more = stated("s4", Kind.PROGRESS, 60, "%", period="2026-Q1", measure="추진율")
    write(complex_, [have, more], NOW - timedelta(days=1))
    funds, progress = (known(complex_, id, YEAR) for id in ("funds_secured", "project_progress"))
    assert (funds.value, funds.numerator, funds.denominator) == (25.0, 100.0, 400.0)
    assert (progress.value, progress.coverage) == (pytest.approx(60), 0.5)
    assert known(complex_, "project_progress", YEAR, as_of=NOW - timedelta(days=5)).value == pytest.approx(40)
    assert known(complex_, "project_progress", YEAR, as_of=first - timedelta(days=1)).how is How.NONE
    with complex_.registry.read() as conn:
        assert {(one.stage, one.won) for one in money_totals(conn, ["plan"])} == {
            (Stage.PLANNED, 400),
            (Stage.SECURED, 100),
        }


def test_an_officer_defines_an_indicator_after_trying_it(complex_):
    """It is known no better than the least known of its parts, and can be taken away again."""
    tell(complex_, "m-a.e", [10.0] * 96)
    upload_payroll(complex_, OFFICER, "a.csv", "기업명,월,인원\n가나정밀,2026-03,120\n".encode(), NOW)
    formula = "energy_use / jobs"
    assert try_formula(complex_, OFFICER, INDICATORS, formula, "kWh/명", DAY, NOW).value == pytest.approx(8)
    name = Text("1인당 전력", "Energy per job")
    define_indicator(complex_, OFFICER, INDICATORS, "energy-per-job", name, "kWh/명", formula, NOW)
    proof = known(complex_, "energy-per-job")
    assert (proof.how, proof.coverage) == (How.DECLARED, 0.5)
    assert [line.id for line in list_indicators(complex_, OFFICER, INDICATORS)][-1] == "energy-per-job"
    assert known(complex_, "energy-per-job", as_of=NOW - timedelta(days=1)).how is How.NONE
    assert try_formula(complex_, OFFICER, INDICATORS, "point('m-a.e') * 2", "kWh", DAY, NOW).value == 1920.0
    drop_indicator(complex_, OFFICER, "energy-per-job", NOW)
    with pytest.raises(NotFound):
        known(complex_, "energy-per-job")


def test_a_formula_over_what_is_not_there_is_refused_with_every_name(complex_):
    """Unknown names, points and records are all told; an indicator of ours is not replaced."""
    with pytest.raises(InvalidInput) as raised:
        try_formula(complex_, OFFICER, INDICATORS, "jobz + point('no') + record('no')", "", DAY, NOW)
    assert len(raised.value.findings) == 3
    with pytest.raises(Conflict):
        define_indicator(complex_, OFFICER, INDICATORS, "jobs", Text("고용", "Jobs"), "명", "energy_use", NOW)


def test_an_indicator_of_another_domain_is_proved_by_it(complex_):
    """What it says it was computed from are the rows behind it."""
    given = Indicator(
        "trips", Text("운행", "Trips"), "%", Text("운행", "Trips"), lambda *_: Evidence(3, 4, 0.9, ["a", "b"])
    )
    proof = prove(complex_, OFFICER, (given,), "trips", DAY, NOW, NOW)
    assert (proof.how, proof.value, proof.coverage, len(proof.rows)) == (How.MEASURED, 75.0, 0.9, 2)


def test_what_we_contribute_to_the_manifest_agrees_with_the_proof(complex_):
    """Another domain that asks through the manifest gets the same numerator."""
    tell(complex_, "m-a.e", [10.0] * 96)
    energy = next(one for one in INDICATORS if one.id == "energy_use")
    evidence = energy.compute(complex_, DAY, NOW)
    assert evidence.numerator == pytest.approx(known(complex_, "energy_use").numerator)
    assert "m-a.e" in evidence.inputs[0]
