"""Reading what offices upload as evidence: head counts of firms by month, answers to a survey.

Every row is checked and every fault told. A column that is not asked for is not read, so that names of
persons in a sheet go nowhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from sandan.errors import Finding, InvalidInput
from sandan.programme.model.evidence import Record, RecordKind
from sandan.twin.formats.delimited import Sheet, key, read_sheet
from sandan.words import Text

MOST_BYTES = 10 * 2**20
MOST_ROWS = 200_000

_MONTH = re.compile(r"(\d{4})\s*[-./년]\s*(\d{1,2})\s*(?:[-./월]\s*(?:\d{1,2}\s*일?\.?)?)?")
_DATE = re.compile(r"(\d{4})\s*[-./년]\s*(\d{1,2})\s*[-./월]\s*(\d{1,2})\s*[일.]?")


def _headers(**fields: str) -> Mapping[str, str]:
    return MappingProxyType({key(word): field for field, words in fields.items() for word in words.split()})


PAYROLL = _headers(
    firm="기업 기업명 회사명 업체명 사업장 사업장명 기업번호 firm company",
    month="월 기준월 연월 기준연월 month",
    employees="고용인원 종업원수 근로자수 인원 직원수 employees headcount",
)
SURVEY = _headers(
    date="조사일 조사일자 응답일 일자 날짜 date",
    score="점수 만족도 응답 score",
    scale="척도 만점 최고점 scale",
)


@dataclass(frozen=True, slots=True)
class Upload:
    """What a sheet holds: sound rows, and everything wrong with the others."""

    records: Sequence[Record]
    findings: Sequence[Finding]


def read_payroll(
    name: str, data: bytes, firms: Mapping[str, Sequence[str]], *, by: str, now: datetime
) -> Upload:
    """Head counts [persons] of firms by month. `firms` gives the ids known by an id or a name.

    The month has to be over or under way at `now`; a firm and month occur once in a sheet.
    """
    sheet = _open(data, PAYROLL, ("firm", "month", "employees"))
    seen: dict[tuple[str, str], int] = {}

    def read(row: int, cell: Callable[[str], str]) -> Record:
        firm = _firm(cell("firm"), firms)
        month = _month(cell("month"), now)
        employees = _number(cell("employees"))
        if employees < 0 or employees != int(employees):
            raise _Bad(
                Text(
                    f"인원 {employees:g}이(가) 0 이상의 정수가 아닙니다.", f"{employees:g} is no head count."
                ),
                Text("사람 수를 정수로 적으십시오.", "write a whole number of persons."),
            )
        first = seen.setdefault((firm, month), row)
        if first != row:
            raise _Bad(
                Text(f"{first}행과 같은 기업·월입니다.", f"same firm and month as row {first}."),
                Text("한 행만 남기십시오.", "keep one of the two."),
            )
        return Record(
            kind=RecordKind.PAYROLL,
            subject=firm,
            period=month,
            value=employees,
            weight=1.0,
            document=name,
            row=row,
            by=by,
            known_at=now,
        )

    return _each(sheet, read)


def read_survey(name: str, data: bytes, survey: str, *, by: str, now: datetime) -> Upload:
    """Answers to a survey, one a row: its day, the answer, and the highest answer possible.

    Nothing about who answered is read.
    """
    sheet = _open(data, SURVEY, ("date", "score", "scale"))

    def read(row: int, cell: Callable[[str], str]) -> Record:
        day = _day(cell("date"), now)
        score, scale = _number(cell("score")), _number(cell("scale"))
        if scale <= 0 or not 0 <= score <= scale:
            raise _Bad(
                Text(
                    f"점수 {score:g}이(가) 0과 {scale:g} 사이에 있지 않습니다.",
                    f"{score:g} is not between 0 and {scale:g}.",
                ),
                Text("점수와 척도를 확인하십시오.", "check the score and the scale."),
            )
        return Record(
            kind=RecordKind.SURVEY,
            subject=survey,
            period=f"{day:%Y-%m}",
            value=score,
            weight=scale,
            document=name,
            row=row,
            by=by,
            known_at=now,
        )

    return _each(sheet, read)


class _Bad(Exception):
    """A row that cannot be used."""

    def __init__(self, problem: Text, remedy: Text) -> None:
        super().__init__(problem.en)
        self.problem, self.remedy = problem, remedy


def _open(data: bytes, fields: Mapping[str, str], required: Sequence[str]) -> Sheet:
    if len(data) > MOST_BYTES:
        raise InvalidInput.because(
            "file",
            Text(f"파일이 {MOST_BYTES:,}바이트를 넘습니다.", f"the file is over {MOST_BYTES:,} bytes."),
            Text("기간을 나누어 올리십시오.", "split it by period."),
        )
    return read_sheet(data, fields, required)


def _each(sheet: Sheet, read: Callable[[int, Callable[[str], str]], Record]) -> Upload:
    at = {column.field: i for i, column in reversed(list(enumerate(sheet.columns))) if column.field}
    records: list[Record] = []
    findings: list[Finding] = []
    for count, (row, cells) in enumerate(sheet.rows(), start=1):
        if count > MOST_ROWS:
            raise InvalidInput.because(
                "file",
                Text(f"행이 {MOST_ROWS:,}개를 넘습니다.", f"there are more than {MOST_ROWS:,} rows."),
                Text("기간을 나누어 올리십시오.", "split it by period."),
            )

        def cell(field: str, cells: Sequence[str] = cells) -> str:
            return cells[at[field]].strip() if at[field] < len(cells) else ""

        try:
            records.append(read(row, cell))
        except _Bad as bad:
            findings.append(Finding(f"{row}행/row {row}", bad.problem, bad.remedy))
    if not records and not findings:
        findings.append(
            Finding(
                "file",
                Text("머리글 아래에 자료가 없습니다.", "there is nothing below the header."),
                Text("자료가 있는 파일을 올리십시오.", "upload a file with rows."),
            )
        )
    return Upload(records, findings)


def _firm(text: str, firms: Mapping[str, Sequence[str]]) -> str:
    found = firms.get(text, ())
    if len(found) == 1:
        return found[0]
    if found:
        raise _Bad(
            Text(
                f"'{text}'(이)라는 기업이 {len(found)}곳입니다.", f"{len(found)} firms are called '{text}'."
            ),
            Text("기업 이름 대신 기업번호를 적으십시오.", "write the firm's id instead of its name."),
        )
    raise _Bad(
        Text(f"기업 '{text}'을(를) 찾을 수 없습니다.", f"there is no firm '{text}'."),
        Text("등록된 이름이나 기업번호를 적으십시오.", "write a registered name or id."),
    )


def _number(text: str) -> float:
    try:
        number = float(text.replace(",", "").removesuffix("명").removesuffix("점").strip())
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _Bad(
            Text(f"'{text}'은(는) 수가 아닙니다.", f"'{text}' is not a number."),
            Text("숫자만 적으십시오.", "write a number."),
        )
    return number


def _month(text: str, now: datetime) -> str:
    found = _MONTH.fullmatch(text) or re.fullmatch(r"(\d{4})(\d{2})", text)
    if found is None or not 1 <= int(found[2]) <= 12:
        raise _Bad(
            Text(f"'{text}'은(는) 월이 아닙니다.", f"'{text}' is not a month."),
            Text("예: 2026-06", "for example 2026-06."),
        )
    month = f"{found[1]}-{int(found[2]):02d}"
    if month > f"{now:%Y-%m}":
        raise _Bad(_AHEAD, _CHECK_DAY)
    return month


def _day(text: str, now: datetime) -> date:
    found = _DATE.fullmatch(text) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    try:
        day = date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        day = None
    if day is None:
        raise _Bad(
            Text(f"'{text}'은(는) 날짜가 아닙니다.", f"'{text}' is not a day."),
            Text("예: 2026-06-15", "for example 2026-06-15."),
        )
    if day > now.date():
        raise _Bad(_AHEAD, _CHECK_DAY)
    return day


_AHEAD = Text("아직 오지 않은 때입니다.", "it has not come yet.")
_CHECK_DAY = Text("날짜를 확인하십시오.", "check the date.")
