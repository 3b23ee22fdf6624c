"""The files a plan can be had as, and the settings they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandan.programme.engine.publishing.iati import iati
from sandan.programme.engine.publishing.ocds import ocds
from sandan.programme.engine.publishing.publisher import NAMES, Publisher
from sandan.programme.engine.publishing.rows import plan_csv, plan_json
from sandan.programme.model.plan import Book
from sandan.settings import Settings
from sandan.words import Language, Text

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class File:
    """A file a plan can be had as; `needs` are the settings without which it cannot be made."""

    name: str
    title: Text
    says: Text
    media_type: str
    make: Callable[[Book, Names, Language, Publisher], bytes]
    needs: tuple[str, ...] = ()
    schema: str = ""

    def offered(self, publisher: Publisher) -> bool:
        """Whether everything it needs is set."""
        return all(getattr(publisher, name) for name in self.needs)


FILES = (
    File(
        "plan.csv",
        Text("CSV", "CSV"),
        Text(
            "값 하나에 한 행, 읽은 문서와 행 번호까지. 엑셀에서 바로 열립니다.",
            "A row for every value with the document and line it was read in; opens in a spreadsheet.",
        ),
        "text/csv; charset=utf-8",
        lambda book, names, language, _: plan_csv(book, names=names, language=language),
    ),
    File(
        "plan.json",
        Text("JSON", "JSON"),
        Text(
            "계획의 모든 것: 사업, 값, 일정, 상태, 서로 다른 값.",
            "Everything of the plan: projects, values, milestones, states, and where documents differ.",
        ),
        "application/json",
        lambda book, names, _language, _: plan_json(book, names=names),
        schema="/open/plan.schema.json",
    ),
    File(
        "ocds.json",
        Text("OCDS 1.1", "OCDS 1.1"),
        Text(
            "공공계약 공개 표준. 사업마다 계획 단계의 예산을 재원과 연도로 나누어 담습니다.",
            "The Open Contracting Data Standard: each project's planned budget by source and year.",
        ),
        "application/json",
        lambda book, _names, _language, publisher: ocds(book, publisher),
        ("publisher", "ocid_prefix", "licence", "address"),
        "https://standard.open-contracting.org/1.1/en/release-package-schema.json",
    ),
    File(
        "iati.xml",
        Text("IATI 2.03", "IATI 2.03"),
        Text(
            "국제 원조 투명성 표준. 사업마다 기간, 예산, 지표의 목표와 실적을 담습니다.",
            "The standard of aid transparency: each project's dates, budgets, targets and results.",
        ),
        "application/xml",
        lambda book, _names, _language, publisher: iati(book, publisher),
        ("publisher", "organisation"),
        "https://iatistandard.org/203/schema/downloads/iati-activities-schema.xsd",
    ),
)


def read_publisher(settings: Settings) -> Publisher:
    """Who publishes, from `[programme]`; `InvalidInput` names every setting that is not usable."""
    given = settings.table("programme")
    return Publisher(**{name: str(given.get(name, "")) for name in NAMES})
