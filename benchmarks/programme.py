"""A large programme: the portfolio by HTTP, a full check, a document of 200 pages brought in.

python -m benchmarks programme [--plans 20] [--projects 500] [--pages 200] [--requests 100] [--dry]

20 plans of 500 projects with five years and six sources of money each (300,000 stated values) stand in an
SQLite registry with the documents they were read from; Sandan serves them in a process of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import TypeVar

import httpx
import typst

from benchmarks.durability import free_port, wait_for
from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.access import SYSTEM, Actor, Role
from sandan.accounts.records import get_account
from sandan.accounts.service.people import add_user, draft_of
from sandan.accounts.service.tokens import issue_token
from sandan.app import open_stores, store_addresses
from sandan.programme.engine.drafting import draft_plan
from sandan.programme.engine.figures import find_figures
from sandan.programme.engine.reading import read_document
from sandan.programme.model.documents import Document, Line
from sandan.programme.model.plan import (
    ChangeKind,
    Complex,
    Edit,
    Plan,
    Project,
    Row,
    StateSet,
    Version,
)
from sandan.programme.model.rights import PROGRAMME_EDIT, PROGRAMME_READ
from sandan.programme.model.statements import Origin, Statement
from sandan.programme.model.vocabulary import (
    WON,
    ComplexRole,
    Kind,
    PlanKind,
    PledgeState,
    Stage,
)
from sandan.programme.records import books, drafts
from sandan.programme.records.codec import TABLE_OF
from sandan.programme.service.audit import findings
from sandan.programme.service.drafts import commit_draft, confirm_sure, keep_draft
from sandan.settings import load_settings
from sandan.store import Store
from sandan.store.registry import open_registry

YEARS = range(2024, 2029)
SOURCES = ("국비", "도비", "시비", "군구비", "민자", "기타")
PAGE_GOAL, CHECK_GOAL, IMPORT_GOAL = 300.0, 5.0, 30.0
"""What a page may take at the 95th percentile [ms], a full check, and bringing a document in [s]."""
PASSWORD = "only-for-this-benchmark-7"
OFFICER = Actor("officer", "담당자", frozenset({Role.OFFICER}))
WORDS = ("스마트", "저탄소", "물류", "안전", "에너지", "인력", "창업", "통근", "재생", "공동")
THINGS = ("센터 조성", "플랫폼 구축", "도로 개설", "교육 지원", "실증 사업", "시설 확충", "주차장 건립")
EOK = 100_000_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Made:
    """A plan of the benchmark, and the document its values stand in."""

    rows: Sequence[Row]
    document: Document


def make_plan(number: int, projects: int, seed: int) -> Made:
    """A plan of so many projects, each with money of six sources over five years."""
    chance = random.Random(f"{seed}-{number}")
    id, name = f"plan-{number:02}", f"이행계획 {number:02}.hwpx"
    digest = hashlib.sha256(name.encode()).hexdigest()
    lines: list[tuple[str, ...]] = [(f"# 제{number}권역 산업단지 이행계획",)]
    roles = (ComplexRole.HUB, *[ComplexRole.LINKED] * 3, ComplexRole.AREA)
    complexes = [
        Complex(id=f"{id}-c{at}", name=f"제{number}-{at} 산업단지", role=role)
        for at, role in enumerate(roles)
    ]
    rows: list[Row] = [
        Plan(id=id, kind=PlanKind.PLEDGE_BOOK, title=f"제{number}권역 이행계획", owner="산업과"),
        *complexes,
    ]

    def read_at(cells: tuple[str, ...]) -> Origin:
        lines.append(cells)
        return Origin(document=digest, line=len(lines), text=" ".join(cells))

    for at in range(projects):
        title = f"{chance.choice(WORDS)} {chance.choice(WORDS)} {chance.choice(THINGS)} {number}-{at + 1}"
        last = 2028 if chance.random() > 0.01 else 2027  # a few have money behind their end
        project = Project(
            id=f"{id}-p{at:05}",
            title=title,
            code=f"{at // 20 + 1}-{at % 20 + 1}",
            complex=chance.choice(complexes).id,
            start=date(2024, 1, 1),
            end=date(last, 12, 31),
            owner=f"{chance.choice(WORDS)}과",
            origin=read_at((f"{at // 20 + 1}-{at % 20 + 1}. {title}",)),
        )
        rows.append(project)
        lines.append(("구분(억원)", *(str(year) for year in YEARS)))
        for source in SOURCES:
            money = [chance.randrange(1, 400) for _ in YEARS]
            origin = read_at((source, *map(str, money)))
            rows += [
                Statement(
                    id=f"{project.id}-{source}-{year}",
                    subject=project.id,
                    kind=Kind.BUDGET,
                    measure="재정투자계획",
                    value=amount * EOK,
                    unit=WON,
                    source=source,
                    period=str(year),
                    stage=Stage.PLANNED,
                    place=title,
                    origin=origin,
                )
                for year, amount in zip(YEARS, money, strict=True)
            ]
    numbered = [Line(at, cells) for at, cells in enumerate(lines, start=1)]
    return Made(rows, Document(name, digest, numbered))


def keep_plan(store: Store, made: Made, now: datetime) -> int:
    """Write a plan with its document and the states of its projects; how many values it states."""
    plan = made.rows[0].id
    new = Version(number=1, kind=ChangeKind.IMPORT, reason="측정", by=SYSTEM.id, at=now)
    states = list(PledgeState)
    with store.registry.write() as conn:
        drafts.put_document(conn, made.document, SYSTEM.id, now)
        books.add_version(conn, plan, new, [Edit(TABLE_OF[type(row)], row.id, row) for row in made.rows])
        for at, row in enumerate(one for one in made.rows if isinstance(one, Project)):
            state = StateSet(
                project=row.id, state=states[at % len(states)], by=SYSTEM.id, at=now, evidence="측정"
            )
            books.put_state(conn, plan, state)
    return sum(isinstance(row, Statement) for row in made.rows)


def print_programme(pages: int, seed: int) -> bytes:
    """A PDF of so many pages: on each two projects with fields, sentences and a table of money."""
    chance = random.Random(seed)
    body = []
    for page in range(pages):
        parts = []
        for at in range(2):
            number = f"{page + 1}-{at + 1}"
            title = f"{chance.choice(WORDS)} {chance.choice(WORDS)} {chance.choice(THINGS)} 제{number}지구"
            money = [[chance.randrange(1, 400) for _ in YEARS] for _ in SOURCES]
            total = [sum(year) for year in zip(*money, strict=True)]
            rows = [("계", total), *zip(SOURCES, money, strict=True)]
            cells = [f"[{text}]" for text in ("구분", "계", *(f"{year}년" for year in YEARS))]
            cells += [f"[{text}]" for of, row in rows for text in (of, f"{sum(row):,}", *map(str, row))]
            parts.append(
                f"공약번호 : {number}\n\n{title}\n\n○ 사업기간 : 2024. 1. \\~ 2028. 12.\n\n"
                f"○ 담당부서 : {chance.choice(WORDS)}산업과\n\n○ 총사업비 : {sum(total):,}억원\n\n"
                f"○ 사업내용\n\n\\- {title} 부지 {chance.randrange(1, 90)}천㎡ 확보 및 설계\n\n"
                f"\\- 입주기업 {chance.randrange(5, 90)}개사 지원\n\n"
                f"\\- 전문인력 {chance.randrange(20, 400)}명 양성 및 취업 연계\n\n"
                f"\\- {chance.choice(WORDS)} 분야 공동 활용 장비 {chance.randrange(2, 30)}대 도입\n\n"
                "\\- 산업단지의 스마트화와 고부가가치화를 위한 세부사업을 연차별 계획에 따라 추진함\n\n"
                f"○ 기대효과\n\n\\- 생산액 {chance.randrange(2, 30)}% 증가\n\n○ 추진실적\n\n"
                f"\\- 2025. {chance.randrange(1, 12)}월 : 기본계획 수립을 완료하였음\n\n"
                f"○ 향후계획\n\n\\- 2026. 6월 : 착공 예정\n\n○ 재원별 투자계획 (단위 : 억원)\n\n"
                f"#table(columns: {len(YEARS) + 2}, {', '.join(cells)})"
            )
        body.append("\n\n".join(parts))
    source = (
        '#set text(font: ("Noto Serif CJK KR", "Noto Sans CJK KR"), size: 8pt)\n#set par(spacing: 0.7em)\n'
    )
    cover = "산업단지 대개조 공약 이행계획\n\n"
    made = typst.compile((source + cover + "\n#pagebreak()\n".join(body)).encode())
    assert isinstance(made, bytes)
    return made


@dataclass(slots=True)
class Site:
    """A Sandan with a large programme, and a token that may read it."""

    folder: Path
    token: str = ""

    @property
    def settings(self) -> Path:
        return self.folder / "sandan.toml"

    def prepare(self, plans: int, projects: int, seed: int) -> int:
        """Write the plans; how many values they state."""
        environment = os.environ | {"SANDAN_ADMIN_PASSWORD": PASSWORD}
        subprocess.run(
            [sys.executable, "-m", "sandan", "init", str(self.folder)], check=True, env=environment
        )
        now = datetime.now(UTC)
        with open_stores(load_settings(self.settings)) as store:
            stated = sum(keep_plan(store, make_plan(n, projects, seed), now) for n in range(1, plans + 1))
            reader = draft_of("reader", "담당자", [Role.OFFICER.value], "", "ko")
            add_user(store, SYSTEM, reader, now, password=PASSWORD)
            with store.registry.read() as conn:
                owner = get_account(conn, "reader").actor()
            rights = (PROGRAMME_READ, PROGRAMME_EDIT)
            scope = [one.id for one in rights]
            _, self.token = issue_token(store, owner, "bench", scope, 1, rights, now, by=SYSTEM)
        return stated

    @contextmanager
    def serving(self) -> Iterator[httpx.Client]:
        """The application in a process of its own, and somebody who asks it."""
        port, log = free_port(), self.folder / "log"
        command = [sys.executable, "-m", "sandan", "--settings", str(self.settings)]
        with log.open("wb") as out:
            process = subprocess.Popen([*command, "serve", "--port", str(port)], stdout=out, stderr=out)
        try:
            wait_for(lambda: "Sandan is ready" in log.read_text(), 120, "Sandan")
            headers = {"authorization": f"Bearer {self.token}"}
            address = f"http://127.0.0.1:{port}"
            with httpx.Client(base_url=address, headers=headers, timeout=300, trust_env=False) as client:
                yield client
        finally:
            process.terminate()
            process.wait(30)


def ask(client: httpx.Client, paths: Sequence[str]) -> list[float]:
    """How long each page took [ms], to its last byte."""
    taken = []
    for path in paths:
        begin = time.perf_counter()
        answer = client.get(path)
        taken.append((time.perf_counter() - begin) * 1000)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
    return taken


def portfolio_paths(requests: int, projects: int) -> list[str]:
    """What somebody asks of the portfolio: its first page, a later one, words, a state, a plan."""
    pages = max(1, projects // 50)
    kinds = (
        "/programme",
        "/programme?page={page}",
        "/programme?q=스마트+센터&page=2",
        f"/programme?state={PledgeState.HELD}",
        "/programme?plan=plan-01&page=2",
    )
    return [kinds[at % len(kinds)].format(page=at * 37 % pages + 1) for at in range(requests)]


@dataclass(slots=True)
class Pages:
    """How long pages took [ms]."""

    cold: float
    portfolio: Sequence[float]
    changed: float
    plan: Sequence[float]
    money: Sequence[float]


def time_pages(site: Site, requests: int, projects: int) -> Pages:
    """The portfolio and a plan's own pages, as somebody waits for them."""
    with site.serving() as client:
        [cold] = ask(client, ["/programme"])
        portfolio = ask(client, portfolio_paths(requests, projects))
        change_state(site)
        [changed] = ask(client, ["/programme"])
        plan = ask(client, [f"/programme/plans/plan-01?page={at % 5 + 1}" for at in range(requests)])
        money = ask(client, ["/programme/plans/plan-01/money"] * max(1, requests // 5))
    return Pages(cold, portfolio, changed, plan, money)


def change_state(site: Site) -> None:
    """Set a pledge's state behind the server's back, as another process would."""
    registry = open_registry(store_addresses(load_settings(site.settings))[0])
    try:
        with registry.write() as conn:
            state = StateSet(
                project="plan-01-p00000",
                state=PledgeState.COMPLETED,
                by=SYSTEM.id,
                at=datetime.now(UTC),
                evidence="측정",
            )
            books.put_state(conn, "plan-01", state)
    finally:
        registry.close()


def time_checks(site: Site, runs: int) -> tuple[list[float], int]:
    """How long a check of everything took each time [s], and how much it found."""
    taken, found = [], 0
    with open_stores(load_settings(site.settings)) as store:
        for _ in range(runs):
            begin = time.perf_counter()
            found = len(findings(store, OFFICER, datetime.now(UTC), again=True).matters)
            taken.append(time.perf_counter() - begin)
    return taken, found


@dataclass(slots=True)
class Import:
    """A document brought in: how long each step took [s], and what came of it."""

    steps: dict[str, float]
    lines: int
    pages: int
    rows: int
    statements: int

    @property
    def seconds(self) -> float:
        return sum(self.steps.values())


def time_import(site: Site, data: bytes) -> Import:
    """Read a document, find its figures, draft its plan, keep it, confirm its rows, make the version."""
    steps: dict[str, float] = {}

    def step(name: str, of: Callable[[], T]) -> T:
        begin = time.perf_counter()
        made = of()
        steps[name] = time.perf_counter() - begin
        return made

    now = datetime.now(UTC)
    with open_stores(load_settings(site.settings)) as store:
        document = step("reading", lambda: read_document("이행계획.pdf", data))
        figures = step("finding its figures", lambda: find_figures(document).figures)
        draft = step("drafting its plan", lambda: draft_plan(document, figures))
        id = step("keeping both", lambda: keep_draft(store, OFFICER, document, draft, now))
        step("confirming its rows", lambda: confirm_sure(store, OFFICER, id, now, unsure=True))
        step("making the plan", lambda: commit_draft(store, OFFICER, id, "측정", now))
    stated = sum(isinstance(row, Statement) for row in draft.rows)
    pages = document.lines[-1].page or 0
    return Import(steps, len(document.lines), pages, len(draft.rows), stated)


@workload("programme", "10,000 projects: the portfolio by HTTP, a full check, a 200-page document brought in")
def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks programme")
    parser.add_argument("--plans", type=int, default=20)
    parser.add_argument("--projects", type=int, default=500, help="in each plan")
    parser.add_argument("--pages", type=int, default=200, help="of the document brought in")
    parser.add_argument("--requests", type=int, default=100, help="of each page")
    parser.add_argument("--runs", type=int, default=5, help="how often everything is checked")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dry", action="store_true", help="do not write the reference page")
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    data = print_programme(options.pages, options.seed)
    with tempfile.TemporaryDirectory(prefix="sandan-programme-") as made:
        site = Site(Path(made) / "site")
        stated = site.prepare(options.plans, options.projects, options.seed)
        checks, found = time_checks(site, options.runs)
        pages = time_pages(site, options.requests, options.plans * options.projects)
        brought = time_import(site, data)
    text = _page(options, stated, checks, found, pages, brought, load)
    print(text)
    if not options.dry:
        write("programme", text)
    kept = p95(pages.portfolio) <= PAGE_GOAL and max(checks) <= CHECK_GOAL and brought.seconds <= IMPORT_GOAL
    return 0 if kept and brought.pages == options.pages else 1


def p95(taken: Sequence[float]) -> float:
    """The 95th percentile of what was measured."""
    return quantiles(taken, n=20, method="inclusive")[18] if len(taken) > 1 else taken[0]


def _page(
    options: argparse.Namespace,
    stated: int,
    checks: Sequence[float],
    found: int,
    pages: Pages,
    brought: Import,
    load: float,
) -> str:
    def spread(taken: Sequence[float]) -> str:
        return f"{median(taken):,.0f} / {p95(taken):,.0f} / {max(taken):,.0f}"

    rows = [
        ["portfolio, median / p95 / slowest [ms]", "p95 ≤ 300", spread(pages.portfolio)],
        ["… the first after a start [ms]", "", f"{pages.cold:,.0f}"],
        ["… the first after a change of one plan [ms]", "", f"{pages.changed:,.0f}"],
        [
            f"a plan of {options.projects} projects, median / p95 / slowest [ms]",
            "",
            spread(pages.plan),
        ],
        ["… its money, median / p95 / slowest [ms]", "", spread(pages.money)],
        [
            f"full check, {found:,} findings, median / slowest [s]",
            "≤ 5",
            f"{median(checks):.1f} / {max(checks):.1f}",
        ],
        [f"{brought.pages}-page PDF brought in [s]", "≤ 30", f"{brought.seconds:.1f}"],
        *([f"… {name} [s]", "", f"{seconds:.1f}"] for name, seconds in brought.steps.items()),
    ]
    plans, projects = options.plans, options.plans * options.projects
    return f"""## Programme

{projects:,} projects in {plans} plans, each with money of {len(SOURCES)} sources in {len(YEARS)} years:
{stated:,} stated values in an SQLite registry, with the documents they were read from. Pages are asked by
HTTP one after another from a server in a process of its own, {options.requests} times (the money of a plan
{max(1, options.requests // 5)} times); the portfolio by page, words, state and plan.
The PDF has {brought.lines:,} lines and becomes {brought.rows:,} rows, {brought.statements:,} of them
stated values. `python -m benchmarks programme`

{table(["", "goal", "Sandan"], rows)}

{machine()}; {datetime.now(UTC):%F}; load average before the run {load:.1f}, after it
{os.getloadavg()[0]:.1f}."""
