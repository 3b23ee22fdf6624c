"""A work permit on one page: what is agreed, who signs, and the code that says whether it still holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sandan.clock import SEOUL
from sandan.control.engine.permits.tables import permit_rules
from sandan.control.model.permits import ANY
from sandan.control.model.safety import PERMIT_STATES, WorkPermit
from sandan.printing import Cell, Facts, Grid, Picture, Piece, Section, Sheet
from sandan.words import Language, Text

QR_SHARE = 0.26
"""Of the width of the text: some 45 mm, which a phone reads from the length of an arm."""


@dataclass(frozen=True, slots=True)
class SignLine:
    """A signature: who signs, and as which post and when somebody did."""

    name: Text
    post: str
    at: datetime | None


def permit_sheet(
    work: WorkPermit,
    signs: Sequence[SignLine],
    provisions: Mapping[str, Text],
    code: str,
    language: Language,
    now: datetime,
    complex_name: str,
) -> Sheet:
    """The paper of a permit as it stood at `now`; `code` is the drawing of its QR code.

    Lines for signatures that are missing stay empty, to be signed by hand.
    """

    def t(ko: str, en: str) -> str:
        return ko if language == "ko" else en

    def say(text: Text | str) -> Cell:
        said = text if isinstance(text, str) else text.in_(language)
        return [Piece(said)] if said else []

    kind = permit_rules().kinds[work.kind]
    made = [name.in_(language) for id, name in provisions.items() if id in work.provisions]
    facts = Facts(
        [
            (t("번호", "Number"), say(work.id)),
            (t("상태", "State"), say(f"{PERMIT_STATES[work.state].in_(language)} ({moment(now)})")),
            (t("시작", "From"), say(moment(work.start))),
            (t("끝", "To"), say(moment(work.end))),
            (t("장소", "Place"), say(work.place or f"{work.lat}, {work.lon}")),
            (t("협력업체", "Contractor"), say(work.contractor or "–")),
            (t("갖춘 조치", "Provisions"), say(", ".join(made) or "–")),
            (t("감시하는 직책", "Posts that watch"), say(", ".join(work.watchers) or "–")),
            *(
                [(t("상충에도 허가한 까닭", "Why it was granted all the same"), say(work.overridden))]
                if work.overridden
                else []
            ),
        ],
        frozenset(
            {t("갖춘 조치", "Provisions"), t("상충에도 허가한 까닭", "Why it was granted all the same")}
        ),
    )
    rules = [rule for rule in permit_rules().air if rule.kind == work.kind]
    latest = {test.quantity: test for test in sorted(work.tests, key=lambda one: one.at)}
    air = Grid(
        t("공기 측정. 빈칸은 현장에서 적습니다.", "Test of the air; empty cells are filled in on the spot."),
        (t("무엇", "What"), t("기준", "Fit"), t("측정값", "Measured"), t("시각", "Time")),
        [
            (
                say(rule.name),
                say(_fit(rule.low, rule.below, rule.unit, language)),
                say(f"{latest[rule.quantity].value:g} {rule.unit}" if rule.quantity in latest else ""),
                say(moment(latest[rule.quantity].at) if rule.quantity in latest else ""),
            )
            for rule in rules
        ],
        labels=4,
    )
    signatures = Grid(
        t("서명. 이름 없이 직책으로 남습니다.", "Signatures, kept as posts without names."),
        (t("누구", "Who"), t("직책", "Post"), t("시각", "Time")),
        [(say(one.name), say(one.post), say("" if one.at is None else moment(one.at))) for one in signs],
        labels=3,
    )
    closing = [one.name.in_(language) for one in permit_rules().closing if one.kind in (work.kind, ANY)]
    checks = Grid(
        t("마칠 때 확인", "Checked before it is closed"),
        (t("무엇", "What"), t("확인", "Checked")),
        [(say(one), []) for one in closing],
        labels=2,
        widths=(4.0, 1.0),
    )
    picture = Picture(
        code,
        t(
            "이 허가가 지금 유효한지 보는 주소의 QR 코드",
            "QR code of the address that says if it still holds",
        ),
        t(
            "종이는 찍은 때의 상태입니다. 경보로 중지될 수 있으니 지금 유효한지는 코드로 보십시오.",
            "As of when it was printed. An alarm may have stopped it: the code says whether it holds now.",
        ),
        QR_SHARE,
    )
    return Sheet(
        kind=t("안전작업허가서", "Safe work permit"),
        title=f"{kind.name.in_(language)} · {work.name}",
        subtitle=f"{complex_name} · {work.id}",
        version=f"{work.id} · {moment(now)}",
        language=language,
        day=now.astimezone(SEOUL).date(),
        sections=[
            Section(t("허가", "Permit"), [facts]),
            *([Section(t("공기", "Air"), [air])] if rules else []),
            Section(t("확인", "Checks"), [signatures, checks]),
            Section(t("지금 유효한가", "Does it hold now?"), [picture]),
        ],
        sources=(),
    )


def _fit(low: float | None, below: float | None, unit: str, language: Language) -> str:
    ko = [f"{low:g} 이상"] if low is not None else []
    en = [f"{low:g} or more"] if low is not None else []
    if below is not None:
        ko, en = [*ko, f"{below:g} 미만"], [*en, f"below {below:g}"]
    said = " ".join(ko) if language == "ko" else ", ".join(en)
    return f"{said} {unit}".strip() if said else ""


def moment(at: datetime) -> str:
    """`2026-11-22 09:00`, in Korea."""
    return f"{at.astimezone(SEOUL):%Y-%m-%d %H:%M}"
