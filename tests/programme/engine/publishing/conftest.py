"""A small pledge book with everything a card can show."""

from datetime import date, datetime

import pytest

from sandan.clock import SEOUL
from sandan.programme.model.evidence import Basis, How, proof_of
from sandan.programme.model.plan import (
    Book,
    ChangeKind,
    Complex,
    Fact,
    Measure,
    Milestone,
    Plan,
    Project,
    StateSet,
    Version,
)
from sandan.programme.model.statements import Origin, Statement
from sandan.programme.model.vocabulary import (
    ComplexRole,
    Continuity,
    FactKind,
    Kind,
    PlanKind,
    PledgeState,
    Quarter,
    Stage,
)

NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
DAY = date(2026, 3, 5)
DOCUMENT = "d0c5"
NAMES = {DOCUMENT: "2026년 공약 이행계획.hwpx"}


def line(number, text="", **more):
    """The origin of what stands in a line of the one document."""
    return Origin(document=DOCUMENT, line=number, text=text, **more)


def money(id, source, period, won, at, **more):
    """Planned money of the first project."""
    given = {"subject": "book-a", "measure": "재정투자", "stage": Stage.PLANNED, "origin": line(at)} | more
    return Statement(id=id, kind=Kind.BUDGET, value=won, unit="원", source=source, period=period, **given)


def figure(id, kind, measure, value, unit, period, at, **more):
    """Any other figure of the first project."""
    given = {"subject": "book-a", "origin": line(at)} | more
    return Statement(id=id, kind=kind, measure=measure, value=value, unit=unit, period=period, **given)


EOK = 100_000_000
TYPED = Origin()
MONEY = [
    money("book-m1", "국비", "2024", 124_50_000_000, 21),
    money("book-m2", "국비", "2025", 27_50_000_000, 21),
    money("book-m3", "국비", "2026", 10 * EOK, 21),
    money("book-m4", "시비", "2024", 34 * EOK, 22),
    money("book-m5", "시비", "2025", 25 * EOK, 22),
    money("book-m6", "시비", "2026", 3 * EOK, 22, origin=line(22, sure=False)),
    money("book-m7", "국비", "2024", 120 * EOK, 40, stage=Stage.SECURED, measure="확보액"),
    money(
        "book-m8", "국비", "2026-Q1", 7 * EOK, None, stage=Stage.EXECUTED, measure="집행액", origin=Origin()
    ),
]
FIGURES = [
    figure("book-f1", Kind.TARGET, "추진율", 40, "%", "2024", 12),
    figure("book-f2", Kind.TARGET, "추진율", 80, "%", "2025", 12),
    figure("book-f3", Kind.TARGET, "추진율", 100, "%", "2026", 12),
    figure("book-f4", Kind.PROGRESS, "추진율", 50, "%", "2025", 4),
    figure("book-f5", Kind.TARGET, "전력 절감", 12.5, "%", "2026", 30),
    figure("book-f6", Kind.PROGRESS, "전력 절감", 3.1, "%", "2025", 31, numerator=31, denominator=1000),
    figure("book-f7", Kind.TARGET, "신규 고용", None, "명", "2026", 32),
    figure("book-f8", Kind.COUNT, "소통: 설명회", 3, "회", "2025", 50),
    figure("book-f9", Kind.BASE, "입주기업", 7_700, "개사", "2023", 6),
    figure("book-f10", Kind.BASE, "고용", 104_000, "명", "2023", 7, subject="book-hub"),
]


def make_book(**more):
    """The book, with fields of `Book` in place of its own."""
    given = {
        "plan": Plan(
            id="book",
            kind=PlanKind.PLEDGE_BOOK,
            title="새빛시 공약 이행계획",
            owner="기획예산과",
            region="새빛시",
            term_start=date(2022, 7, 1),
            term_end=date(2026, 6, 30),
        ),
        "version": Version(
            number=3, kind=ChangeKind.CHECK, reason="2026년 1분기 점검", by="asks", at=NOW, published_at=NOW
        ),
        "complexes": [Complex(id="book-hub", name="새빛 국가산단", role=ComplexRole.HUB, origin=line(5))],
        "projects": [
            Project(
                id="book-a",
                title="노후산업단지를 스마트그린 산단으로 전환",
                complex="book-hub",
                code="57",
                continuity=Continuity.NEW,
                start=date(2022, 7, 1),
                end=date(2026, 12, 31),
                in_term=False,
                budgeted=True,
                basis="「산업집적활성화 및 공장설립에 관한 법률」 제45조의15",
                owner="산업입지과",
                cooperating=("시 산업정책과", "한국산업단지공단"),
                origin=line(3),
            ),
            Project(id="book-b", title="관제센터 구축", parent="book-a", code="57-1", owner="스마트산단팀"),
        ],
        "measures": [
            Measure(
                id="book-x",
                subject="book-a",
                name="전력 절감",
                unit="%",
                baseline=0,
                numerator="절감량",
                denominator="기준 사용량",
                indicator="energy_use",
                origin=line(29),
            ),
            Measure(id="book-y", subject="book-a", name="신규 고용", unit="명", origin=line(32)),
        ],
        "statements": [*MONEY, *FIGURES],
        "milestones": [
            Milestone(
                id="book-s1",
                project="book-a",
                title="기본·실시설계",
                start=Quarter(2022, 3),
                end=Quarter(2023, 2),
                done=Quarter(2023, 2),
                origin=line(14),
            ),
            Milestone(
                id="book-s2",
                project="book-a",
                title="관제센터 착공과 준공",
                start=Quarter(2023, 3),
                end=Quarter(2026, 4),
                origin=line(15),
            ),
        ],
        "facts": [
            Fact(
                id="book-t1",
                subject="book-a",
                kind=FactKind.GOAL,
                text="=스마트기술로 산단의 체질을 개선하고 \U000f02b1大改造를 추진",
                origin=line(8),
            ),
            Fact(
                id="book-t2",
                subject="book-a",
                kind=FactKind.ACHIEVEMENT,
                text="통합관제센터 개소",
                when="2024. 05.",
                origin=line(44),
            ),
            Fact(id="book-t3", subject="book-a", kind=FactKind.EFFECT, text="경쟁력 강화", origin=line(60)),
        ],
        "states": {
            "book-a": StateSet(
                project="book-a",
                state=PledgeState.ON_TRACK,
                by="담당 부서",
                at=NOW,
                evidence="1분기 점검 결과",
            )
        },
    }
    return Book(**(given | more))


@pytest.fixture
def book():
    return make_book()


@pytest.fixture
def proofs():
    """What was measured for the one bound measure, partly on simulated meters."""
    row = Basis(name="계량기", value=3.2, unit="%", where="meter-a.energy")
    return {"book-x": proof_of(How.MEASURED, "%", 32.0, 1000.0, 0.87, [row], simulated=True)}
