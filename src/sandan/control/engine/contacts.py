"""The contact book as rows of text: read with every fault named, written so that it can be read again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import time
from typing import cast

from sandan.control.model.contacts import Channel, ChannelKind, Circle, Contact, Quiet
from sandan.control.model.incidents.procedures import groups, kinds, levels
from sandan.errors import Finding, InvalidInput
from sandan.sheets import COMPUTED
from sandan.words import LANGUAGES, Language, Text

COLUMNS = (
    "id",
    "organisation",
    "post",
    "circle",
    "group",
    "tenant",
    "language",
    "order",
    "phone",
    "channels",
    "level",
    "kinds",
    "quiet",
    "answer_minutes",
    "active",
)
MOST_ROWS = 20_000
LONGEST = 200
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PHONE = re.compile(r"\+?[0-9][0-9 -]{2,24}")
_ADDRESS = {
    ChannelKind.SMS: _PHONE,
    ChannelKind.MAIL: re.compile(r"[^\s@,;/?#]+@[^\s@,;/?#]+"),
    ChannelKind.MESSENGER: re.compile(r"[^\s,;]+"),
    ChannelKind.WEBHOOK: re.compile(r"[^\s,;?#]*"),
}
_GATEWAY = re.compile(r"[a-z0-9_]{1,40}")
_TRUE = frozenset({"", "1", "true", "yes", "y", "on"})
_FALSE = frozenset({"0", "false", "no", "n", "off"})


def read_contacts(text: str, tenants: Collection[str], kinds: Collection[str] | None = None) -> list[Contact]:
    """Every contact of a CSV file with the columns `COLUMNS`; `InvalidInput` lists all faults by row."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    head = [name.strip() for name in rows[0]] if rows else []
    missing = [name for name in ("id", "organisation", "post", "circle") if name not in head]
    if missing or len(rows) - 1 > MOST_ROWS:
        raise InvalidInput.because(
            "1",
            Text(
                f"열이 없거나({', '.join(missing)}) {MOST_ROWS:,}행을 넘습니다.",
                f"columns are missing ({', '.join(missing)}), or there are more than {MOST_ROWS:,} rows.",
            ),
            Text(f"첫 행에 {', '.join(COLUMNS)}을(를) 쓰십시오.", f"begin with {', '.join(COLUMNS)}."),
        )
    findings: list[Finding] = []
    found: dict[str, Contact] = {}
    for number, cells in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        row = {name: _unescaped(cell) for name, cell in zip(head, cells, strict=False)}
        contact, faults = read_contact(row, tenants)
        findings += [
            Finding(f"{number}:{one.where}", one.problem, one.remedy, one.severity) for one in faults
        ]
        if contact is not None and contact.id in found:
            findings.append(
                Finding(
                    f"{number}:id",
                    Text(f"'{contact.id}'이(가) 두 번 나옵니다.", f"'{contact.id}' occurs twice."),
                    Text("한 행만 남기십시오.", "keep one of the rows."),
                )
            )
        elif contact is not None:
            found[contact.id] = contact
    if findings:
        raise InvalidInput(findings)
    return list(found.values())


def write_contacts(contacts: Sequence[Contact]) -> str:
    """The contact book as CSV; a cell that a spreadsheet would compute is marked as text with '."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for contact in contacts:
        row = as_row(contact)
        writer.writerow([_escaped(row[name]) for name in COLUMNS])
    return out.getvalue()


def as_row(contact: Contact) -> dict[str, str]:
    """A contact as the text of its fields."""
    quiet = f"{contact.quiet.start:%H:%M}-{contact.quiet.end:%H:%M}" if contact.quiet else ""
    return {
        "id": contact.id,
        "organisation": contact.organisation,
        "post": contact.post,
        "circle": contact.circle.value,
        "group": contact.group,
        "tenant": contact.tenant or "",
        "language": contact.language,
        "order": str(contact.order),
        "phone": contact.phone,
        "channels": "; ".join(
            f"{one.kind}{'@' + one.gateway if one.gateway else ''}:{one.address}" for one in contact.channels
        ),
        "level": str(contact.level),
        "kinds": " ".join(sorted(contact.kinds)),
        "quiet": quiet,
        "answer_minutes": "" if contact.answer_minutes is None else str(contact.answer_minutes),
        "active": "1" if contact.active else "0",
    }


def is_address(kind: ChannelKind, address: str) -> bool:
    """Whether somebody can be reached so over a kind of channel."""
    return len(address) <= LONGEST and _ADDRESS[kind].fullmatch(address) is not None


def read_contact(row: Mapping[str, str], tenants: Collection[str]) -> tuple[Contact | None, list[Finding]]:
    """One contact from the text of its fields, and everything wrong with it."""
    reader = _Reader(row)
    circle = reader.choice("circle", [one.value for one in Circle], "")
    tenant = reader.text("tenant", required=circle == Circle.FIRM) or None
    if tenant is not None and circle != Circle.FIRM:
        reader.fault(
            "tenant",
            Text("기업은 입주기업 연락처에만 적습니다.", "only a tenant firm's contact has a firm."),
            Text(
                "비우거나 구분을 입주기업(firm)으로 바꾸십시오.",
                "empty it, or make the circle that of a firm.",
            ),
        )
    elif tenant is not None and tenant not in tenants:
        reader.fault(
            "tenant",
            Text(f"'{tenant}' 기업이 없습니다.", f"there is no firm '{tenant}'."),
            Text("설비·기업 목록의 아이디를 적으십시오.", "give an id from the list of things."),
        )
    contact = Contact(
        id=reader.match("id", _ID),
        organisation=reader.text("organisation", required=True),
        post=reader.text("post", required=True),
        circle=Circle(circle) if circle else Circle.PUBLIC,
        group=reader.choice("group", ["", *groups()], ""),
        language=cast(Language, reader.choice("language", LANGUAGES, "ko")),
        tenant=tenant,
        order=reader.whole("order", 1, 99, 1) or 1,
        phone=reader.match("phone", _PHONE, required=False),
        channels=reader.channels(),
        level=reader.whole("level", min(levels()), max(levels()), 1) or 1,
        kinds=reader.kinds(),
        quiet=reader.quiet(),
        answer_minutes=reader.whole("answer_minutes", 1, 1440, None),
        active=reader.flag("active"),
    )
    if contact.active and not contact.channels and not contact.phone:
        reader.fault(
            "channels",
            Text("연락할 길이 없습니다.", "there is no way to reach them."),
            Text("채널이나 전화를 적으십시오.", "give a channel or a telephone."),
        )
    return (None if reader.findings else contact), reader.findings


class _Reader:
    """Reads the fields of one row and gathers what is wrong."""

    def __init__(self, row: Mapping[str, str]) -> None:
        self.row = row
        self.findings: list[Finding] = []

    def fault(self, where: str, problem: Text, remedy: Text) -> None:
        self.findings.append(Finding(where, problem, remedy))

    def text(self, name: str, *, required: bool = False) -> str:
        value = self.row.get(name, "").strip()
        if (required and not value) or len(value) > LONGEST or "\0" in value:
            self.fault(
                name,
                Text(f"비었거나 {LONGEST}자를 넘습니다.", f"is empty or longer than {LONGEST} characters."),
                Text("값을 적으십시오.", "fill it in."),
            )
            return ""
        return value

    def match(self, name: str, pattern: re.Pattern[str], *, required: bool = True) -> str:
        value = self.text(name, required=required)
        if value and not pattern.fullmatch(value):
            self.fault(
                name,
                Text(f"'{value}'은(는) 쓸 수 없는 값입니다.", f"'{value}' cannot be used."),
                Text("영문·숫자·점·줄표만 쓰십시오.", "use letters, digits, dots and dashes only.")
                if name == "id"
                else Text("숫자와 줄표로 적으십시오.", "write digits and dashes."),
            )
        return value

    def choice(self, name: str, known: Sequence[str], otherwise: str) -> str:
        value = self.row.get(name, "").strip() or otherwise
        if value in known:
            return value
        self.fault(
            name,
            Text(f"'{value}'은(는) 모르는 값입니다.", f"'{value}' is not known."),
            Text(f"{', '.join(known)} 중 하나를 쓰십시오.", f"use one of {', '.join(known)}."),
        )
        return otherwise

    def whole(self, name: str, low: int, high: int, otherwise: int | None) -> int | None:
        value = self.row.get(name, "").strip()
        if not value:
            return otherwise
        if value.isascii() and value.isdigit() and len(value) < 6 and low <= int(value) <= high:
            return int(value)
        self.fault(
            name,
            Text(f"'{value}'은(는) 쓸 수 없는 수입니다.", f"'{value}' is not a usable number."),
            Text(f"{low}부터 {high}까지 적으십시오.", f"give {low} to {high}."),
        )
        return otherwise

    def flag(self, name: str) -> bool:
        value = self.row.get(name, "").strip().lower()
        if value not in _TRUE | _FALSE:
            self.fault(
                name,
                Text(f"'{value}'은(는) 모르는 값입니다.", f"'{value}' is not known."),
                Text("1 또는 0을 쓰십시오.", "write 1 or 0."),
            )
        return value not in _FALSE

    def kinds(self) -> frozenset[str]:
        given = frozenset(self.row.get("kinds", "").replace(",", " ").split())
        strange = sorted(given - set(kinds()))
        if strange:
            self.fault(
                "kinds",
                Text(f"모르는 사고 종류: {', '.join(strange)}", f"unknown kinds: {', '.join(strange)}"),
                Text(f"쓸 수 있는 것: {', '.join(kinds())}", f"known: {', '.join(kinds())}"),
            )
        return given

    def quiet(self) -> Quiet | None:
        value = self.row.get("quiet", "").strip()
        if not value:
            return None
        try:
            start, end = (time.fromisoformat(part.strip()) for part in value.split("-"))
        except ValueError:
            self.fault(
                "quiet",
                Text(f"'{value}'은(는) 시각의 범위가 아닙니다.", f"'{value}' is not a range of times."),
                Text("22:00-07:00처럼 적으십시오.", "write it as 22:00-07:00."),
            )
            return None
        return Quiet(time(start.hour, start.minute), time(end.hour, end.minute))

    def channels(self) -> tuple[Channel, ...]:
        found = []
        for part in self.row.get("channels", "").replace("\n", ";").split(";"):
            if not part.strip():
                continue
            head, _, address = part.strip().partition(":")
            kind, _, gateway = head.strip().partition("@")
            address = address.strip()
            ok = kind in list(ChannelKind) and (not gateway or _GATEWAY.fullmatch(gateway))
            if ok and is_address(ChannelKind(kind), address):
                found.append(Channel(ChannelKind(kind), address, gateway))
                continue
            self.fault(
                "channels",
                Text(f"'{part.strip()}'을(를) 읽을 수 없습니다.", f"'{part.strip()}' cannot be read."),
                Text(
                    "sms:번호; mail:주소; webhook@게이트웨이:경로 처럼 적으십시오.",
                    "write sms:number; mail:address; webhook@gateway:path.",
                ),
            )
        return tuple(found)


def _escaped(cell: str) -> str:
    return f"'{cell}" if cell.startswith((*COMPUTED, "'")) else cell


def _unescaped(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell
